import { expect, test } from 'vitest'
import { counters, table } from './aws-kit.ts'

test('a counter counts within its stretch of time and starts anew after it', async () => {
  expect(await counters.countConfirmation('2026-11-23T15:00:01.000Z')).toBe(1)
  expect(await counters.countConfirmation('2026-11-23T15:00:59.000Z')).toBe(2)
  expect(await counters.countConfirmation('2026-11-23T15:01:00.000Z')).toBe(1)
})

test('what is counted is told apart, and deletes itself', async () => {
  const at = '2026-12-24T15:30:00.000Z'
  expect(await counters.countNetwork('here', at)).toBe(1)
  expect(await counters.countNetwork('there', at)).toBe(1)
  expect(await counters.countNetwork('here', '2026-12-24T15:59:59.999Z')).toBe(2)
  expect(await counters.countNetwork('here', '2026-12-24T16:00:00.000Z')).toBe(1)
  expect(await counters.countMailbox('here', at)).toBe(1)
  expect(await counters.countMailbox('there', at)).toBe(1)
  expect(await counters.countMailbox('here', '2026-12-25T15:30:00.000Z')).toBe(2)
  expect(await counters.countMailbox('here', '2027-02-24T15:30:00.000Z')).toBe(1)
  const kept = (await table.items())
    .filter(({ pk }) => /COUNT#(network|mailbox)#(here|there)/.test(`${pk?.S}`))
    .map(({ pk, expiresAt }) => `${`${pk?.S}`.split('#').slice(1, 3).join(' ')}: ${expiresAt?.N}`)
  const until = (time: string) => Date.parse(time) / 1000
  // Until the end of the stretch after this one.
  expect(kept).toContain(`network there: ${until('2026-12-24T17:00:00Z')}`)
  expect(kept.find((line) => line.startsWith('mailbox there'))).toBe(
    `mailbox there: ${(Math.floor(Date.parse(at) / (30 * 86_400_000)) + 2) * 30 * 86_400}`,
  )
})

test('what became of mail is counted by the day, and asked for over two of them', async () => {
  await counters.countOutcomes({ sent: 5, bounced: 1 }, '2026-12-01T10:00:00.000Z')
  await counters.countOutcomes({ sent: 2, complained: 1, bounced: 0 }, '2026-12-02T10:00:00.000Z')
  await counters.countOutcomes({ sent: 3 }, '2026-12-02T23:59:59.999Z')
  await counters.countOutcomes({ sent: 0 }, '2026-12-03T10:00:00.000Z')
  await counters.countOutcomes({}, '2026-12-03T10:00:00.000Z')
  const lately = (day: string) => counters.outcomesLately(`2026-12-${day}T12:00:00.000Z`)
  expect(await lately('01')).toEqual({ sent: 5, bounced: 1, complained: 0 })
  expect(await lately('02')).toEqual({ sent: 10, bounced: 1, complained: 1 })
  expect(await lately('03')).toEqual({ sent: 5, bounced: 0, complained: 1 })
  expect(await lately('04')).toEqual({ sent: 0, bounced: 0, complained: 0 })
  const kept = (await table.items()).filter(({ pk }) => `${pk?.S}`.startsWith('COUNT#outcomes#'))
  expect(kept.map(({ expiresAt }) => Number(expiresAt?.N)).sort()).toEqual(
    ['2026-12-04', '2026-12-05'].map((day) => Date.parse(`${day}T00:00:00Z`) / 1000),
  )
})

test('the synthetic request is done once a day, and that is known for three', async () => {
  const { doneToday, markDone } = await import('../shared/aws/canary-days.ts')
  expect(await doneToday('2026-12-01')).toBe(false)
  await markDone('2026-12-01')
  await markDone('2026-12-01')
  expect([await doneToday('2026-12-01'), await doneToday('2026-12-02')]).toEqual([true, false])
  const kept = (await table.items()).filter(({ pk }) => pk?.S === 'COUNT#canary#2026-12-01')
  expect(kept.map(({ expiresAt }) => Number(expiresAt?.N))).toEqual([Date.parse('2026-12-04T00:00:00Z') / 1000])
})
