import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { stageJson } from '../infra/stages.ts'
import { personId } from '../shared/person.ts'
import { confirmed, stage } from './people.ts'
import { ada } from './readers.ts'
import { openTable } from './table.ts'

/** SES's own list, which knows addresses by their letters' case; `down` while SES takes nothing off it. */
const ses = { list: new Set<string>(), isDown: false }
vi.mock('../shared/aws/sending.ts', () => ({
  takeOffSuppressionList: async (address: string) => {
    if (ses.isDown) throw new Error('SES is down')
    return ses.list.delete(address)
  },
}))

const NOW = '2026-11-23T15:00:00.000Z'
let table: Awaited<ReturnType<typeof openTable>>
beforeAll(async () => {
  table = await openTable()
  process.env.STAGE = stageJson(stage)
})
afterAll(() => table.close())

const id = personId('eve@example.org', stage.addressKey)
const request = (letter: string, email: string) => ({
  ...confirmed,
  id: `01JDSTOP0000000000000000${letter}${letter}`,
  person: id,
  seeker: { ...confirmed.seeker, email },
})

/** Eve, whose address bounced; she spells it in three ways, and the operator in a fourth. */
const bounced = async () => {
  const people = await import('../shared/aws/people.ts')
  const requests = await import('../shared/aws/requests.ts')
  const subscriptions = await import('../shared/aws/subscriptions.ts')
  const [asked, held] = [request('A', 'Eve@example.org'), request('B', 'EVE@example.org')]
  for (const one of [asked, held]) await requests.create(one)
  await people.hold(id, asked.id)
  await people.verify(id, asked.id, NOW)
  await people.hold(id, held.id)
  await subscriptions.create({ ...ada, person: id, email: 'eVe@example.org' }, NOW)
  await people.suppress(id, 'bounce', NOW)
  return people.find(id)
}

test('a bounce is lifted in every spelling of her address that SES may have on its list, and only then here', async () => {
  const people = await import('../shared/aws/people.ts')
  const { lift } = await import('../ops/stops.ts')
  const eve = await bounced()
  const hers = ['Eve@example.org', 'EVE@example.org', 'eVe@example.org', 'evE@example.org', 'eve@example.org']
  ses.list = new Set([...hers, 'adam@example.org'])
  ses.isDown = true
  await expect(lift(eve, 'evE@example.org', NOW)).rejects.toThrow('SES is down')
  expect((await people.find(id)).suppressedBecause).toBe('bounce')
  ses.isDown = false
  expect(await lift(eve, 'evE@example.org', NOW)).toMatchObject({ offTheListOfSes: true })
  expect([...ses.list]).toEqual(['adam@example.org'])
  expect((await people.find(id)).suppressedAt).toBeUndefined()
})
