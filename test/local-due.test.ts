import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Call,
  type Fixture,
  forget,
  newDataDir,
  put,
  startAt,
  startFixture,
  writeAssembly,
} from './local-fixture.ts'

// The function of the template that comes round every 15 minutes comes every 5 as well, by a schedule of its own.
const assembly = writeAssembly((resources) => {
  const { Properties } = structuredClone(resources.Recurring) as { Properties: object }
  resources.Often = {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      ...Properties,
      Name: 'often',
      ScheduleExpression: 'rate(5 minutes)',
      FlexibleTimeWindow: { Mode: 'FLEXIBLE', MaximumWindowInMinutes: 2 },
    },
  }
})
const dataDir = newDataDir()
let cloud: Fixture

beforeEach(async () => {
  cloud = await startFixture({ assembly, dataDir, at: startAt, fresh: true })
  return () => cloud.cloud.stop()
})
afterAll(() => forget(assembly, dataDir))

const due = (sk: string, dueAt: string, partition = 'tips#3'): Call =>
  put('READER', sk, { due: { S: partition }, dueAt: { S: dueAt }, note: { S: 'n' }, more: { S: 'm' } })

/** When the function ran. */
const runs = (): string[] =>
  readFileSync(join(dataDir, 'logs', 'tick.log'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => (JSON.parse(line) as { at: string }).at)
/** Minutes from an instant to the first run at or after it. */
const delayOf = (instant: string): number => {
  const first = runs().find((at) => at >= instant)
  return first === undefined ? Number.NaN : (Date.parse(first) - Date.parse(instant)) / 60_000
}

describe('recurring schedules that sleep while the clock is moved', () => {
  test('are awake within their own rate of what falls due in an index, and sleep otherwise', async () => {
    const instants = ['2026-12-05T09:00:00.000Z', '2026-12-20T13:07:30.500Z', '2026-12-29T02:59:59.000Z']
    await cloud.run(
      ...instants.map((instant, index) => due(`r${index}`, `${instant}#${index}`, `tips#${index % 2}`)),
      // Not an instant, and not in the index.
      put('READER', 'words', { due: { S: 'tips#9' }, dueAt: { S: 'tomorrow' } }),
      put('READER', 'none', { dueAt: { S: '2026-12-06T09:00:00.000Z' } }),
    )
    await cloud.advance('P1M')
    for (const instant of instants) {
      expect(delayOf(instant), instant).toBeGreaterThanOrEqual(0)
      expect(delayOf(instant), instant).toBeLessThanOrEqual(5)
    }
    expect(runs().length).toBeLessThan(300)
    expect(delayOf('2026-12-06T09:00:00.000Z')).toBeGreaterThan(60)
  })

  test('find what was there before this process, in every partition', async () => {
    const at = (shard: number) => new Date(Date.parse('2026-12-10T09:02:00Z') + shard * 86_400_000).toISOString()
    const shards = Array.from({ length: 16 }, (_, shard) => shard)
    // In three calls: a function has two seconds.
    await cloud.run(...shards.map((shard) => due(`a${shard}`, at(shard), `tips#${shard}`)))
    await cloud.run(...shards.map((shard) => due(`b${shard}`, at(40), `tips#${shard}`)))
    await cloud.run(due('mail', at(20), 'mail#0'))
    await cloud.settle()
    await cloud.cloud.stop()
    cloud = await startFixture({ assembly, dataDir })
    await cloud.advance('P1M')
    for (const day of [...shards, 20]) expect(delayOf(at(day)), at(day)).toBeLessThanOrEqual(5)
  })

  test('see what is moved, and what is taken away', async () => {
    await cloud.run(due('moved', '2026-12-20T09:00:00.000Z'), due('gone', '2026-12-12T09:00:00.000Z'))
    await cloud.advance('P1D')
    await cloud.run(due('moved', '2026-12-22T09:01:00.000Z'), [
      'dynamodb',
      'DeleteItem',
      { TableName: '$TABLE', Key: { pk: { S: 'READER' }, sk: { S: 'gone' } } },
    ])
    await cloud.advance('P1M')
    expect(delayOf('2026-12-22T09:01:00.000Z')).toBeLessThanOrEqual(5)
    // As on any other day.
    expect(runs().filter((at) => at.startsWith('2026-12-12')).length).toBeLessThan(4)
    expect(runs().filter((at) => at.startsWith('2026-12-20')).length).toBeLessThan(4)
  })

  test('look after what nobody resolves, and are not kept awake by it', async () => {
    await cloud.run(
      ...Array.from({ length: 20 }, (_, index) => due(`r${index}`, '2026-12-02T09:00:00.000Z', `tips#${index}`)),
    )
    const { fired } = await cloud.advance('P1M')
    // Every six hours, each of the two.
    expect(fired).toBeGreaterThan(230)
    expect(fired).toBeLessThan(290)
  })

  test('keep to their own rhythm of minutes, whatever woke them', async () => {
    await cloud.run(due('r', '2026-12-05T09:02:00.000Z'))
    await cloud.advance('P7D')
    await cloud.run(due('s', '2026-12-09T09:02:00.000Z'))
    await cloud.advance('P7D')
    const rests = new Set(runs().map((at) => Date.parse(at) % 300_000))
    // The two schedules were made within moments of each other.
    expect(Math.max(...rests) - Math.min(...rests)).toBeLessThan(100)
  })
})

describe('an index that includes some attributes', () => {
  const query: Call = [
    'dynamodb',
    'Query',
    {
      TableName: '$TABLE',
      IndexName: 'due',
      KeyConditionExpression: 'due = :d',
      ExpressionAttributeValues: { ':d': { S: 'tips#3' } },
    },
  ]
  const found = { pk: { S: 'READER' }, sk: { S: 'r' }, due: { S: 'tips#3' }, dueAt: { S: '2027' } }

  test('holds them and no others', async () => {
    const [, { Items }] = await cloud.run(due('r', '2027'), query)
    expect(Items).toEqual([{ ...found, note: { S: 'n' } }])
  })

  test('is made anew when the template wants others of it', async () => {
    await cloud.run(due('r', '2027'))
    await cloud.cloud.stop()
    const other = writeAssembly((resources) => {
      const { Properties } = resources.Table as { Properties: { GlobalSecondaryIndexes: { Projection: object }[] } }
      for (const index of Properties.GlobalSecondaryIndexes) {
        index.Projection = { ProjectionType: 'INCLUDE', NonKeyAttributes: ['more'] }
      }
    })
    cloud = await startFixture({ assembly: other, dataDir })
    const [{ Items }] = await cloud.run(query)
    expect(Items).toEqual([{ ...found, more: { S: 'm' } }])
    await cloud.cloud.stop()
    forget(other)
    cloud = await startFixture({ assembly, dataDir, fresh: true })
  })
})
