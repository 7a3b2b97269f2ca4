import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import { checkTransformer, transformed } from '../local/input-transformer.ts'
import { filterOf } from '../local/logs.ts'
import {
  type Answer,
  type Fixture,
  forget,
  newDataDir,
  startAt,
  startFixture,
  tipsTo,
  writeAssembly,
} from './local-fixture.ts'

describe('a filter pattern', () => {
  const line = '0100-abc batch-1 ada@example.com "quoted" error_1'
  test.each([
    ['', true],
    ['error_1', true],
    ['"batch-1"', true],
    ['"batch-1" "ada@example.com"', true],
    ['"batch-1" "bo@example.com"', false],
    ['"\\"quoted\\""', true],
    ['Error_1', false],
    ['?"batch-2" ?"batch-1"', true],
    ['?"batch-2" ?"batch-3"', false],
    ['error_1 -"ada@example.com"', false],
    ['-missing', true],
  ])('%s of a line', (pattern, wanted) => {
    expect(filterOf(pattern)(line)).toBe(wanted)
  })

  test.each(['{ $.a = 1 }', '[a, b]', 'ada@example.com', '"open', '%regex%'])('%s is refused', (pattern) => {
    expect(() => filterOf(pattern)).toThrow('Invalid filter pattern')
  })
})

describe('an input transformer', () => {
  const event = {
    time: '2026-12-01T08:00:00Z',
    'detail-type': 'Sent',
    detail: { n: 1, list: ['a', '"b"'], deep: { x: 'y' } },
  }
  const rule = { name: 'rule', arn: 'arn:rule', takenAt: '2026-12-01T08:00:01.000Z' }
  const paths = {
    time: '$.time',
    type: '$.detail-type',
    n: '$.detail.n',
    second: '$.detail.list[1]',
    deep: '$.detail.deep',
    none: '$.detail.none.x',
  }
  test.each([
    ['<time>', '"2026-12-01T08:00:00Z"'],
    ['{"at":<time>,"n":<n>}', '{"at":"2026-12-01T08:00:00Z","n":1}'],
    ['{"text":"<type> no <n>: <second>"}', '{"text":"Sent no 1: \\"b\\""}'],
    ['{"deep":<deep>,"text":"<deep>"}', '{"deep":{"x":"y"},"text":"{x:y}"}'],
    ['{"a":<none>,"b":"<none>"}', '{"a":"","b":""}'],
    ['"<aws.events.rule-name> at <aws.events.event.ingestion-time>"', '"rule at 2026-12-01T08:00:01.000Z"'],
    ['"a \\"<type>\\""', '"a \\"Sent\\""'],
  ])('makes of %s', (template, wanted) => {
    expect(() => checkTransformer({ paths, template })).not.toThrow()
    expect(transformed({ paths, template }, event, rule)).toBe(wanted)
  })

  test.each([
    [{ a: "$.detail['x']" }, '<a>', 'JSON path'],
    [{ a: '$.detail.list[*]' }, '<a>', 'JSON path'],
    [{ a: '$.detail.mail.tags.ses:configuration-set' }, '<a>', 'JSON path'],
    [{}, '{"a":<b>}', 'no path'],
  ])('with %j and %s is refused', (wrong, template, message) => {
    expect(() => checkTransformer({ paths: wrong, template })).toThrow(message)
  })
})

describe('a log group that a rule writes to', () => {
  const assembly = writeAssembly()
  const dataDir = newDataDir()
  let cloud: Fixture
  beforeEach(async () => {
    cloud = await startFixture({ assembly, dataDir, at: startAt, fresh: true })
    return () => cloud.cloud.stop()
  })
  afterAll(() => forget(assembly, dataDir))

  const search = async (input: Record<string, unknown> = {}): Promise<Answer> =>
    (await cloud.run(['logs', 'FilterLogEvents', { logGroupName: '$SENT', ...input }]))[0]
  const from = Date.parse(startAt)

  test('holds what the input transformer makes, as soon as the mail was taken', async () => {
    const [sent, found] = await cloud.run(tipsTo(['ada@example.com', 'bo@example.com']), [
      'logs',
      'FilterLogEvents',
      { logGroupIdentifier: '$SENT_ARN', filterPattern: '"ada@example.com"', startTime: from },
    ])
    expect(found.events).toEqual([
      {
        eventId: expect.any(String),
        ingestionTime: expect.any(Number),
        logStreamName: expect.any(String),
        message: `${sent.BulkEmailEntryResults[0].MessageId} b1 [ada@example.com]`,
        timestamp: expect.any(Number),
      },
    ])
    expect(found.nextToken).toBeUndefined()
    // The time of an event on the bus has whole seconds.
    expect(found.events[0].timestamp % 1000).toBe(0)
  })

  test('is searched by time, in pages, the oldest first', async () => {
    await cloud.run(tipsTo(['a@example.com', 'b@example.com', 'c@example.com']))
    await cloud.advance('PT1H')
    await cloud.run(tipsTo(['d@example.com']))
    expect((await search({ startTime: from + 1_800_000 })).events).toHaveLength(1)
    expect((await search({ endTime: from + 1_800_000 })).events).toHaveLength(3)
    const names = []
    let nextToken: string | undefined
    let pages = 0
    do {
      const page: Answer = await search({ limit: 1, ...(nextToken && { nextToken }) })
      names.push(...page.events.map(({ message }: Answer) => /\[(.)@/.exec(message)?.[1]))
      nextToken = page.nextToken
      pages += 1
    } while (nextToken)
    expect(names).toEqual(['a', 'b', 'c', 'd'])
    expect(pages).toBe(4)
  })

  test('forgets after as many days as it says, and is there after a restart', async () => {
    await cloud.run(tipsTo(['a@example.com']))
    await cloud.cloud.stop()
    cloud = await startFixture({ assembly, dataDir })
    await cloud.advance('P6D')
    expect((await search()).events).toHaveLength(1)
    await cloud.advance('P2D')
    expect((await search()).events).toEqual([])
  })

  test('answers wrong questions as CloudWatch Logs does', async () => {
    const [nobody, star, neither, both, token, unknown] = await cloud.run(
      ['logs', 'FilterLogEvents', { logGroupName: '/aws/lambda/web' }],
      ['logs', 'FilterLogEvents', { logGroupIdentifier: '$SENT_ARN:*' }],
      ['logs', 'FilterLogEvents', {}],
      ['logs', 'FilterLogEvents', { logGroupName: '$SENT', logGroupIdentifier: '$SENT' }],
      ['logs', 'FilterLogEvents', { logGroupName: '$SENT', nextToken: 'x' }],
      ['logs', 'PutLogEvents', {}],
    )
    expect(nobody).toMatchObject({ error: 'ResourceNotFoundException', status: 400 })
    for (const one of [star, neither, both, token]) expect(one).toMatchObject({ error: 'InvalidParameterException' })
    expect(unknown).toMatchObject({ error: 'UnknownOperationException' })
  })
})
