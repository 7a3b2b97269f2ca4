import { Stack } from 'aws-cdk-lib'
import { Queue } from 'aws-cdk-lib/aws-sqs'
import { AwsSolutionsChecks } from 'cdk-nag'
import { describe, expect, test } from 'vitest'
import type { Deployment } from '../infra/stages.ts'
import { type Exception, exceptions } from './nag-exceptions.ts'
import { deployments, stackOf } from './stacks.ts'

/** One finding on one resource, written as an exception to it would be. */
const asLine = ({ rule, at, finding }: Pick<Exception, 'rule' | 'at' | 'finding'>): string =>
  `${rule} at ${at}${finding ? `: ${finding}` : ''}`

/** Without what differs from stage to stage: hashes, and the account and region where a stage names them. */
const masked = (finding: string): string =>
  finding
    .replaceAll(/[0-9A-F]{8}(?=[./-]|$)/g, '')
    .replace(
      /^Resource::arn:aws:([a-z0-9]+):[a-z0-9-]+:\d{12}:/,
      'Resource::arn:<AWS::Partition>:$1:<AWS::Region>:<AWS::AccountId>:',
    )

/** What cdk-nag finds, errors and warnings alike, and which of its rules could not read the template. */
const findingsOf = (stack: Stack) => {
  const own = new RegExp(`${stack.stackName.replaceAll('-', '')}(?=-)`, 'g')
  const { violations } = new AwsSolutionsChecks().validateScope(stack)
  return violations.flatMap(({ ruleName, description, violatingResources }) => {
    const [, rule = '', finding] = /^([^[]+)(?:\[(.+)\])?$/.exec(ruleName) ?? []
    return violatingResources.map(({ constructPath = '' }) => ({
      broke: description.startsWith('Rule threw'),
      line: asLine({
        rule: rule as Exception['rule'],
        at: constructPath
          .split('/')
          .slice(1)
          .join('/')
          .replace(/\/Resource$/, ''),
        ...(finding && { finding: masked(finding.replace(own, '<stack>')) }),
      }),
    }))
  })
}

const exceptionsOf = ({ cloud }: Deployment): Exception[] => exceptions.filter(({ only }) => only?.(cloud) ?? true)

describe.each(deployments)('stage $name', (deployment) => {
  const findings = findingsOf(stackOf(deployment))

  test('no rule of AwsSolutions is broken but those of the table, and there is nothing in the table that is not broken', () => {
    expect(findings.map(({ line }) => line).sort()).toEqual(exceptionsOf(deployment).map(asLine).sort())
  })

  test('every rule could read the template', () => {
    expect(findings.filter(({ broke }) => broke)).toEqual([])
  })
})

test('an exception says in whole sentences why it is one', () => {
  for (const exception of exceptions) {
    expect(exception.because, asLine(exception)).toMatch(/^([A-Z]|[a-z]+:[A-Z]).{40,}\.$/)
  }
})

test('what is wrong is found: a queue that talks with anybody is', () => {
  const stack = new Stack(undefined, 'interviews-open')
  new Queue(stack, 'open')
  expect(findingsOf(stack).map(({ line }) => line)).toEqual(
    expect.arrayContaining(['AwsSolutions-SQS3 at open', 'AwsSolutions-SQS4 at open']),
  )
})
