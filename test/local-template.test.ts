import { afterAll, describe, expect, test } from 'vitest'
import { planOf, readAssembly } from '../local/template.ts'
import { forget, newDataDir, startFixture, writeAssembly } from './local-fixture.ts'

const written: string[] = []
const planWith = (change?: Parameters<typeof writeAssembly>[0]) => {
  const folder = writeAssembly(change)
  written.push(folder)
  return planOf(readAssembly(folder), { publicUrl: 'http://localhost:3000', servicesUrl: 'http://127.0.0.1:9' })
}
afterAll(() => forget(...written))

const properties = (resource: unknown): Record<string, unknown> =>
  (resource as { Properties: Record<string, unknown> }).Properties

const logTarget = (resources: Record<string, unknown>): Record<string, unknown> => {
  const [target] = properties(resources.SentRule).Targets as [{ InputTransformer: Record<string, unknown> }]
  return target.InputTransformer
}

describe('a template', () => {
  test('is read with its intrinsics resolved to this machine', () => {
    const { functions, queues, routes } = planWith()
    expect(functions.find(({ name }) => name === 'web')?.environment).toMatchObject({
      TABLE: 'fixture-Table',
      GROUP: 'mails',
      QUEUE: 'http://127.0.0.1:9/000000000000/work',
      QUEUE_ARN: 'arn:aws:sqs:us-east-1:000000000000:work',
      URL: 'http://localhost:3000',
    })
    expect(queues.find(({ name }) => name === 'work')).toMatchObject({
      visibilityMs: 180_000,
      redrive: { to: 'dead', maxReceives: 3 },
      holdsDeadLetters: false,
    })
    expect(routes).toContainEqual({ method: 'POST', path: '/do', fn: 'web', timeoutMs: 30_000 })
  })

  test('may write the address of its API with the id', () => {
    const { functions } = planWith((resources) => {
      const Variables = {
        URL: {
          'Fn::Join': [
            '',
            ['https://', { Ref: 'Api' }, '.execute-api.', { Ref: 'AWS::Region' }, '.', { Ref: 'AWS::URLSuffix' }, '/x'],
          ],
        },
      }
      properties(resources.Web).Environment = { Variables }
    })
    expect(functions.find(({ name }) => name === 'web')?.environment.URL).toBe('http://localhost:3000/x')
  })

  test('may leave resources out by a condition', () => {
    const { queues } = planWith((resources) => {
      resources.Never = { Type: 'AWS::SQS::Queue', Condition: 'Never', Properties: { FifoQueue: true } }
    })
    expect(queues.map(({ name }) => name)).toEqual(['dead', 'work'])
  })

  test.each<[string, Parameters<typeof writeAssembly>[0], RegExp]>([
    [
      'a resource type',
      (resources) => {
        resources.Bucket = { Type: 'AWS::S3::Bucket' }
      },
      /AWS::S3::Bucket Bucket: the local cloud does not know this resource type/,
    ],
    [
      'a property',
      (resources) => {
        properties(resources.Work).FifoQueue = true
      },
      /AWS::SQS::Queue Work: the local cloud does not know FifoQueue/,
    ],
    [
      'a nested property',
      (resources) => {
        properties(resources.Work).RedrivePolicy = { deadLetterTargetArn: 'x', maxReceiveCount: 1, redrive: 1 }
      },
      /AWS::SQS::Queue Work: the local cloud does not know RedrivePolicy.redrive/,
    ],
    [
      'a value',
      (resources) => {
        properties(resources.Web).Runtime = 'python3.13'
      },
      /AWS::Lambda::Function Web: Runtime is not what the local cloud can run/,
    ],
    [
      'an intrinsic',
      (resources) => {
        properties(resources.Work).QueueName = { 'Fn::ImportValue': 'x' }
      },
      /the local cloud does not know the intrinsic Fn::ImportValue/,
    ],
    [
      'an attribute',
      (resources) => {
        properties(resources.Web).Handler = { 'Fn::GetAtt': ['Table', 'TableId'] }
      },
      /the local cloud does not know the attribute TableId of AWS::DynamoDB::GlobalTable/,
    ],
    [
      'an operator of a pattern',
      (resources) => {
        properties(resources.Rule).EventPattern = { source: [{ cidr: '10.0.0.0/8' }] }
      },
      /AWS::Events::Rule Rule: the local cloud does not know the pattern operator cidr/,
    ],
    [
      'a target',
      (resources) => {
        properties(resources.Rule).Targets = [{ Arn: 'arn:aws:sns:us-east-1:000000000000:topic', Id: 'x' }]
      },
      /AWS::Events::Rule Rule: the local cloud cannot deliver to arn:aws:sns/,
    ],
    [
      'an input template',
      (resources) => {
        logTarget(resources).InputTemplate = '{"timestamp":<time>,"message":"<nobody>"}'
      },
      /AWS::Events::Rule SentRule: the input template has <nobody>/,
    ],
    [
      'a shape of log events',
      (resources) => {
        logTarget(resources).InputTemplate = '{"message":"<id>"}'
      },
      /AWS::Events::Rule SentRule: a log group takes an object of "timestamp" and "message"/,
    ],
  ])('with %s that the local cloud does not know is refused by name', (_, change, message) => {
    expect(() => planWith(change)).toThrow(message)
  })

  test('with an unknown resource does not start, and leaves nothing running', async () => {
    const assembly = writeAssembly((resources) => {
      resources.Bucket = { Type: 'AWS::S3::Bucket' }
    })
    const dataDir = newDataDir()
    written.push(assembly, dataDir)
    await expect(startFixture({ assembly, dataDir })).rejects.toThrow('AWS::S3::Bucket')
    written.push(writeAssembly())
    // The folder is free again.
    const fixture = await startFixture({ assembly: written.at(-1) ?? '', dataDir })
    await fixture.cloud.stop()
  })
})
