import { afterAll, beforeAll, expect, test } from 'vitest'
import { stageJson } from '../infra/stages.ts'
import { confirmed, stage } from './people.ts'
import { ada } from './readers.ts'
import { openTable } from './table.ts'

const NOW = '2026-11-23T15:00:00.000Z'

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
    await people.hold(confirmed.person, id)
    await people.verify(confirmed.person, id, NOW)
  }
  await people.hold(confirmed.person, '01JDGONE000000000000000BBB')
  await replanChanged([{ since: '2026-11-23T14:00:00.000Z', until: NOW }], NOW)
  expect(await people.find(confirmed.person)).toMatchObject({ requests: [confirmed.id], held: [] })
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
  await replanChanged([{ since: '2026-11-23T14:00:00.000Z', until: NOW }], NOW)
  const states = await Promise.all(readers.map(async (reader) => (await subscriptions.find(reader, NOW))?.state))
  expect(states).toEqual(['unsubscribed', 'active', 'active'])
})
