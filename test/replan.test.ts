import { afterAll, beforeAll, expect, test } from 'vitest'
import { stageJson } from '../infra/stages.ts'
import { toInstant, toMs } from '../shared/calendar.ts'
import type { Instant } from '../shared/request.ts'
import { confirmed, stage } from './people.ts'
import { ada } from './readers.ts'
import { openTable } from './table.ts'

const NOW = '2026-11-23T15:00:00.000Z'
const SENT_IN = '2026-11-23T14:00:00.000Z'
const LONG_AGO = '2026-10-01T14:00:00.000Z'

type Ops = typeof import('../ops/replan.ts')

let table: Awaited<ReturnType<typeof openTable>>
beforeAll(async () => {
  table = await openTable()
  process.env.STAGE = stageJson(stage)
})
afterAll(() => table.close())

test('planned anew after dead letters, nobody is named any more with a request that is gone', async () => {
  const people = await import('../shared/aws/people.ts')
  const requests = await import('../shared/aws/requests.ts')
  const { replanChanged } = await import('../ops/replan.ts')
  await requests.create(confirmed)
  for (const id of [confirmed.id, '01JDGONE000000000000000AAA']) {
    await requests.create({ ...confirmed, id })
    await people.hold(confirmed.person, id)
    await people.verify(confirmed.person, id, NOW)
  }
  await requests.create({ ...confirmed, id: '01JDGONE000000000000000BBB' })
  await people.hold(confirmed.person, '01JDGONE000000000000000BBB')
  for (const id of ['01JDGONE000000000000000AAA', '01JDGONE000000000000000BBB']) await requests.erase({ id })
  await replanChanged([{ since: '2026-11-23T14:00:00.000Z', until: NOW }], () => NOW)
  expect(await people.find(confirmed.person)).toMatchObject({ requests: [confirmed.id], held: [] })
})

test('planned anew after dead letters, of who has nothing left nothing is known', async () => {
  const people = await import('../shared/aws/people.ts')
  const requests = await import('../shared/aws/requests.ts')
  const subscriptions = await import('../shared/aws/subscriptions.ts')
  const { replanChanged } = await import('../ops/replan.ts')
  const [gone, reads, asks] = ['gone-for-good', 'reads-on', 'asks-on'] as const
  for (const [index, person] of [gone, reads, asks].entries()) {
    const id = `01JDLEFT00000000000000000${index}`
    await requests.create({ ...confirmed, id, person })
    await people.hold(person, id)
    await people.verify(person, id, NOW)
    if (person !== asks) await requests.erase({ id })
  }
  await subscriptions.create({ ...ada, person: reads }, NOW)
  await replanChanged([{ since: '2026-11-23T14:00:00.000Z', until: NOW }], () => NOW)
  const isVerified = async (person: string) => (await people.find(person)).verifiedAt
  expect(await Promise.all([gone, reads, asks].map(isVerified))).toEqual([undefined, NOW, NOW])
  const left = (await table.items()).filter(({ pk }) => pk?.S === `PERSON#${gone}`)
  expect(left).toEqual([])
})

test('of a request that was erased and sent in again, what is left of the first goes', async () => {
  const ledger = await import('../shared/aws/ledger.ts')
  const requests = await import('../shared/aws/requests.ts')
  const { replan } = await import('../ops/replan.ts')
  const request = { ...confirmed, id: '01JDAGAIN00000000000000000' }
  await requests.create(request)
  const of = (mail: 'draft' | 'confirm') => ({ requestId: request.id, mail, occurrence: '0' })
  await ledger.drop(of('draft'), 'a test', '2026-11-20T15:00:00.000Z')
  await ledger.drop(of('confirm'), 'a test', NOW)
  await replan(request.id, NOW)
  expect((await ledger.rowsOf(request.id)).map(({ mail }) => mail)).toEqual(['confirm'])
})

test('what was stopped then, and not to its end, is stopped', async () => {
  const people = await import('../shared/aws/people.ts')
  const subscriptions = await import('../shared/aws/subscriptions.ts')
  const { replanChanged } = await import('../ops/replan.ts')
  const readers = ['AdaWasStoppedThen00000', 'BeaWasStoppedEarlier00', 'CarlReadsOn0000000000A'].map((person) => ({
    ...ada,
    person,
  }))
  for (const reader of readers) await subscriptions.create(reader, NOW)
  const [then, earlier] = readers
  await people.suppress(then?.person ?? '', 'asked', '2026-11-23T14:30:00.000Z')
  await people.suppress(earlier?.person ?? '', 'bounce', '2026-11-23T13:30:00.000Z')
  await replanChanged([{ since: '2026-11-23T14:00:00.000Z', until: NOW }], () => NOW)
  const states = await Promise.all(readers.map(async (reader) => (await subscriptions.find(reader, NOW))?.state))
  expect(states).toEqual(['unsubscribed', 'active', 'active'])
})

/** The stretch of time around a moment that the dead letter of a change at that moment names. */
const around = (at: Instant) => [{ since: toInstant(toMs(at) - 60_000), until: toInstant(toMs(at) + 60_000) }]
const rows = [
  {
    how: 'by its id',
    id: '01JDTWICE00000000000000000',
    at: '2026-11-25T09:00:00.000Z',
    again: ({ replan }: Ops, id: string, at: Instant) => replan(id, at),
  },
  {
    how: 'after dead letters',
    id: '01JDTWICE00000000000000001',
    at: '2026-11-26T09:00:00.000Z',
    again: ({ replanChanged }: Ops, _id: string, at: Instant) => replanChanged(around(SENT_IN), () => at),
  },
]

test.each(rows)(
  'planned anew $how and failed once more, it is found by the next dead letters',
  async ({ id, at, again }) => {
    const requests = await import('../shared/aws/requests.ts')
    const ops = await import('../ops/replan.ts')
    await requests.create({ ...confirmed, id })
    const version = async () => (await requests.find(id, NOW))?.request.version
    await again(ops, id, at)
    expect(await version()).toBe(confirmed.version + 1)
    await ops.replanChanged(around('2026-11-28T09:00:00.000Z'), () => NOW)
    expect(await version(), 'at another time').toBe(confirmed.version + 1)
    await ops.replanChanged(around(at), () => NOW)
    expect(await version()).toBe(confirmed.version + 2)
  },
)

test('each is written down at the moment at which it was planned anew, however long all of them take', async () => {
  const requests = await import('../shared/aws/requests.ts')
  const { replanChanged } = await import('../ops/replan.ts')
  const ids = ['01JDHOURS00000000000000000', '01JDHOURS00000000000000001']
  for (const id of ids) await requests.create({ ...confirmed, id, history: [{ event: 'requested', at: LONG_AGO }] })
  const times = ['2026-11-24T10:00:00.000Z', '2026-11-24T12:00:00.000Z']
  const left = [...times]
  await replanChanged(around(LONG_AGO), () => left.shift() ?? NOW)
  const found = await Promise.all(ids.map((id) => requests.find(id, NOW)))
  expect(found.map((file) => file?.request.touchedAt)).toEqual(times)
})
