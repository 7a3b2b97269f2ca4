import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { afterAll, expect, test } from 'vitest'
import { InterviewsStack } from '../infra/interviews-stack.ts'
import { stages } from '../infra/stages.ts'
import { settings } from '../infra/synthesis.ts'
import { readAssembly } from '../local/template.ts'
import { architecturePage, diagramsOf } from '../ops/diagram.ts'

const outdir = mkdtempSync(join(tmpdir(), 'diagram-'))
afterAll(() => rmSync(outdir, { recursive: true }))

const app = new App({ ...settings, outdir, context: { 'aws:cdk:bundling-stacks': [] } })
new InterviewsStack(app, 'interviews-prod', stages.prod)
app.synth()
const assembly = readAssembly(outdir)

test('docs/architecture.md is what the template of production says', async () => {
  await expect(architecturePage(assembly)).toMatchFileSnapshot('../docs/architecture.md')
})

test('every function, queue, schedule and configuration set is somewhere in it', () => {
  const { way, failures } = diagramsOf(assembly)
  const drawn = Object.entries(assembly.template.Resources ?? {}).filter(([, { Type }]) =>
    /^AWS::(Lambda::Function|SQS::Queue|Scheduler::\w+|SES::ConfigurationSet|DynamoDB::\w+)$/.test(Type),
  )
  expect(drawn.length).toBeGreaterThan(20)
  for (const [id] of drawn) {
    const key = assembly.names.get(id)?.replaceAll('-', '_')
    expect(way + failures, id).toMatch(new RegExp(`^  ${key}\\W`, 'm'))
  }
})

test('a queue of dead letters that nobody hears of is not drawn but refused', () => {
  const silent = Object.fromEntries(
    Object.entries(assembly.template.Resources ?? {}).filter(([, { Type }]) => Type !== 'AWS::CloudWatch::Alarm'),
  )
  expect(() => diagramsOf({ ...assembly, template: { ...assembly.template, Resources: silent } })).toThrow(
    /Nobody hears of what ends in .*dead-queue/,
  )
})
