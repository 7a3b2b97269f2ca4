import { DeleteItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb'
import { beforeAll, describe, expect, test } from 'vitest'
import { counters, DAY, first, fresh, holds, ledger, NOW, people, requests, table, waiting } from './aws-kit.ts'
import { confirmed } from './people.ts'

describe('what an operator writes', () => {
  let byHand: typeof import('../shared/aws/by-hand.ts')
  beforeAll(async () => {
    byHand = await import('../shared/aws/by-hand.ts')
  })
  const stored = async (pk: string) => (await table.items()).find((item) => item.pk?.S === pk)

  test('of what is not there is nothing, and says so', async () => {
    const before = await table.items()
    const { touch, liftStop, endHold } = byHand
    expect(await Promise.all([touch('nowhere', NOW), liftStop('nobody'), endHold()])).toEqual([false, false, false])
    expect(await table.items()).toEqual(before)
  })

  test('to have a request told of anew is its version, and the moment', async () => {
    const request = fresh()
    await requests.create(request)
    const before = await stored(`REQUEST#${request.id}`)
    expect(await byHand.touch(request.id, NOW)).toBe(true)
    expect(await stored(`REQUEST#${request.id}`)).toEqual({
      ...before,
      version: { N: String(request.version + 1) },
      touchedAt: { S: NOW },
    })
  })

  const known = async (id: string) => {
    for (const request of ['a', 'b']) await holds(id, request)
    await people.verify(id, 'a', NOW)
    expect(await people.countSoftBounce(id, 'message-1', { requestId: 'a' })).toBe(1)
    await people.refuseTips(id, NOW)
    await people.suppress(id, 'bounce', NOW)
  }

  test('to lift a stop counts bounces anew, and keeps the rest', async () => {
    await known('lifted')
    expect(await byHand.liftStop('lifted')).toBe(true)
    expect(await people.find('lifted')).toEqual({
      id: 'lifted',
      verifiedAt: NOW,
      tipsRefusedAt: NOW,
      stops: 1,
      confirmations: [],
      requests: ['a'],
      held: ['b'],
    })
  })

  test('to hand tips over again ends what they were held for', async () => {
    const { hold, read } = await import('../shared/aws/handover.ts')
    await hold(byHand.forGood)
    expect((await read()).holdUntil).toBe('9999-12-31T23:59:59.000Z')
    expect(await byHand.endHold()).toBe(true)
    expect(await read()).not.toHaveProperty('holdUntil')
  })

  test('is no answer where the database cannot', async () => {
    await expect(table.withoutIt(() => byHand.touch('x', NOW))).rejects.toThrow('resource not found')
  })
})

test('the whole table is read a partition at a time, each once, however many pages it takes', async () => {
  const { everyPartition, itemCount } = await import('../shared/aws/whole-table.ts')
  const { database } = await import('../shared/aws/database.ts')
  // A page is of 1 MB: this partition goes over the end of one.
  // Where nothing is there is nothing to visit.
  await everyPartition((partition) => expect(partition.length).toBeGreaterThan(0))
  for (let many = 0; many < 12; many += 1) await waiting()
  const words = { S: 'x'.repeat(390_000) }
  const long = ['1', '2', '3', '4'].map((sk) => ({ pk: { S: 'LONG' }, sk: { S: sk } }))
  const all = [...(await table.items()), ...long]
  for (const key of long) await database.send(new PutItemCommand({ TableName: 'requests', Item: { ...key, words } }))
  const seen: string[][] = []
  const counts: number[] = []
  await everyPartition(
    (partition) => seen.push(partition.map(({ pk, sk }) => `${pk?.S} ${sk?.S}`)),
    (read) => counts.push(read),
  )
  expect(seen.every((partition) => new Set(partition.map((key) => key.split(' ')[0])).size === 1)).toBe(true)
  expect(new Set(seen.map(([key]) => key?.split(' ')[0])).size).toBe(seen.length)
  expect(seen.flat().sort()).toEqual(all.map(({ pk, sk }) => `${pk?.S} ${sk?.S}`).sort())
  expect(seen).toContainEqual(['LONG 1', 'LONG 2', 'LONG 3', 'LONG 4'])
  expect(counts.length).toBeGreaterThan(4)
  expect(counts).toEqual(counts.toSorted((a, b) => a - b))
  expect(counts.at(-1)).toBe(all.length)
  // Nobody has to listen.
  await everyPartition(() => {})
  expect(await itemCount()).toBe(all.length)
  for (const Key of long) await database.send(new DeleteItemCommand({ TableName: 'requests', Key }))
})

describe('what the database cannot do is an error, and no answer', () => {
  const mail = { requestId: 'x', mail: 'widen' as const, occurrence: '1' }
  const planned = { ...mail, dueAt: NOW, latestAt: NOW, lane: 'nudge' as const, merged: [], why: '' }
  const person = { id: 'x', confirmations: [], requests: [], held: [] }
  test.each<[string, () => Promise<unknown>]>([
    ['plan', () => ledger.plan(planned, NOW)],
    ['withdraw', () => ledger.withdraw(planned, NOW)],
    ['claim', () => ledger.claim(planned, { ...first, person, day: DAY, now: NOW })],
    ['settle', () => ledger.settle(mail, 'm', NOW)],
    ['drop', () => ledger.drop(mail, 'a test', NOW)],
    ['discard', () => ledger.discard(mail, NOW)],
    ['erase', () => requests.erase(confirmed)],
    ['create', () => requests.create(confirmed)],
    ['save', () => requests.save(confirmed, ['drafted'])],
    ['hold', () => people.hold('x', 'y')],
    ['verify', () => people.verify('x', 'y', NOW)],
    ['suppress', () => people.suppress('x', 'asked', NOW)],
    ['refuseTips', () => people.refuseTips('x', NOW)],
    ['countSoftBounce', () => people.countSoftBounce('x', 'm', { requestId: 'y' })],
    ['release', () => people.release('x', { suppressedAt: NOW, stops: 1 })],
    ['welcomeTips', () => people.welcomeTips('x', NOW)],
    ['forgetSoftBounces', () => people.forgetSoftBounces('x')],
    ['forgetAll', () => people.forgetAll('x')],
    ['forget', () => people.forget('x', 'y')],
    ['countOutcomes', () => counters.countOutcomes({ sent: 1 }, NOW)],
  ])('%s', (_name, call) => expect(table.withoutIt(call)).rejects.toThrow('resource not found'))

  test('nor is a request that is gone meanwhile', async () => {
    expect(await requests.save({ ...fresh(), version: 3 }, ['drafted'])).toBe(false)
  })
})
