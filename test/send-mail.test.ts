import { PutItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { toItem } from '../shared/aws/database.ts'
import { plan } from '../shared/plan.ts'
import { putRight } from '../shared/put-right.ts'
import type { InterviewRequest } from '../shared/request.ts'
import { type House, openHouse } from './house.ts'
import { ada, confirmed, fileOf, having, settings, stage } from './people.ts'
import { ada as reader } from './readers.ts'

vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

const NOW = '2026-11-23T14:01:30.000Z'

let house: House
let requests: typeof import('../shared/aws/requests.ts')
let people: typeof import('../shared/aws/people.ts')
let ledger: typeof import('../shared/aws/ledger.ts')
/** Done once, when a worker has decided what to send, and before it claims it. */
let beforeTheClaim: (() => Promise<unknown>) | undefined

beforeAll(async () => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => {})
  house = await openHouse(stage, NOW)
  requests = await import('../shared/aws/requests.ts')
  people = await import('../shared/aws/people.ts')
  ledger = await import('../shared/aws/ledger.ts')
  house.database.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const work = commandName === 'TransactWriteItemsCommand' ? beforeTheClaim : undefined
        if (work) beforeTheClaim = undefined
        await work?.()
        return next(args)
      },
    { step: 'initialize' },
  )
})
afterAll(() => house.close())
afterEach(() => expect(beforeTheClaim).toBeUndefined())

let count = 0
/** A person whom no other test has seen, with as many requests whose address is confirmed. */
const requestsOf = async (many: number): Promise<InterviewRequest[]> => {
  count += 1
  const all = Array.from({ length: many }, (_, index) => ({
    ...confirmed,
    id: `01JDSEND${String(count).padStart(9, '0')}${String(index).padStart(9, '0')}`,
    person: `sent-to-${count}`,
  }))
  for (const one of all) {
    await requests.create(one)
    await people.hold(one.person, one.id)
    await people.verify(one.person, one.id, NOW)
  }
  return all
}

/** The draft of a request is due; what its worker says of it, what SES took, and how it stands in the ledger. */
const sendDraft = async (request: InterviewRequest, plannedAt = NOW) => {
  const [draft] = plan([fileOf(request)], settings, NOW).mails
  if (draft?.mail !== 'draft') return expect.unreachable()
  await ledger.plan(draft, plannedAt)
  house.services.mails.length = 0
  const { requestId, mail, occurrence } = draft
  const Records = [{ messageId: 'm1', body: JSON.stringify({ requestId, mail, occurrence }) }]
  const { batchItemFailures } = await house.functions.sendMail({ Records } as never)
  const rows = await ledger.rowsOf(requestId)
  return { again: batchItemFailures.length > 0, mails: house.services.mails.length, state: rows[0]?.state }
}
const wasSent = { again: false, mails: 1, state: 'sent' }
const comesAgain = { again: true, mails: 0, state: 'planned' }

describe('a mail that was decided on, and is not claimed yet', () => {
  test('goes out where nothing has happened', async () => {
    const [own] = await requestsOf(2)
    expect(await sendDraft(own ?? expect.unreachable())).toEqual(wasSent)
  })

  test.each([
    ['its own request', 0],
    ['another request of the same person', 1],
  ])('is decided on anew where %s has changed', async (_which, changed) => {
    const all = await requestsOf(2)
    const [own = expect.unreachable()] = all
    const other = all[changed] ?? expect.unreachable()
    beforeTheClaim = () => requests.save({ ...other, minutes: 30, version: other.version + 1 }, ['drafted'])
    expect(await sendDraft(own)).toEqual(comesAgain)
    expect(await sendDraft(own)).toEqual(wasSent)
  })

  test('is decided on anew where she is asked to confirm one more request', async () => {
    const [own = expect.unreachable()] = await requestsOf(1)
    const one = { ...ada, id: '01JDSENDMORE00000000000000', person: own.person }
    await requests.create(one)
    const [confirm = expect.unreachable()] = plan([fileOf(one)], settings, NOW).mails
    await ledger.plan(confirm, NOW)
    beforeTheClaim = async () => {
      const person = await people.find(own.person)
      const given = { since: Date.parse(NOW), attempts: 0, person, day: '2026-11-23', now: NOW, confirmations: [NOW] }
      expect(await ledger.claim(confirm, given)).toBe('claimed')
    }
    expect(await sendDraft(own)).toEqual(comesAgain)
    expect(await sendDraft(own)).toEqual(wasSent)
  })

  test('is decided on anew where a request that was held has become hers by a button', async () => {
    const [own = expect.unreachable()] = await requestsOf(1)
    beforeTheClaim = async () => {
      await requests.create({ ...ada, id: '01JDSENDHELD00000000000000', person: own.person })
      await people.hold(own.person, '01JDSENDHELD00000000000000')
      await people.verify(own.person, '01JDSENDHELD00000000000000', NOW)
    }
    expect(await sendDraft(own)).toEqual(comesAgain)
    expect(await sendDraft(own)).toEqual(wasSent)
  })

  test('is not taken back where it is wanted again meanwhile', async () => {
    const [own = expect.unreachable()] = await requestsOf(1)
    const closed = having(own, ['closed', NOW])
    await requests.save(closed, ['drafted'])
    beforeTheClaim = () => requests.save(having(closed, ['reopened', NOW]), ['closed'])
    expect(await sendDraft(own)).toEqual(comesAgain)
    expect(await sendDraft(own)).toEqual(wasSent)
  })

  test('is not skipped where it is in time again meanwhile', async () => {
    const [own = expect.unreachable()] = await requestsOf(1)
    const aWeekLater = '2026-12-01T15:00:00.000Z'
    vi.setSystemTime(aWeekLater)
    const again = having(having(own, ['closed', aWeekLater]), ['reopened', aWeekLater])
    beforeTheClaim = () => requests.save({ ...again, version: own.version + 1 }, ['drafted'])
    expect(await sendDraft(own)).toEqual(comesAgain)
    vi.setSystemTime(NOW)
  })

  test('is not sent to a person who has moved on', async () => {
    const [own = expect.unreachable()] = await requestsOf(1)
    beforeTheClaim = () => requests.save(having(own, ['sent', NOW]), ['drafted'])
    expect(await sendDraft(own)).toEqual(comesAgain)
  })
})

describe('a mail that only a newer version knew, which was taken back', () => {
  const unknown = { mail: 'from-the-future', occurrence: '1' }
  const rowIn = (state: string, requestId: string) =>
    house.database.send(
      new PutItemCommand({
        TableName: 'requests',
        Item: toItem({
          pk: `REQUEST#${requestId}`,
          sk: `MAIL#${unknown.mail}#${unknown.occurrence}`,
          requestId,
          ...unknown,
          state,
          dueAt: NOW,
          latestAt: NOW,
          at: NOW,
          attempts: 0,
        }),
      }),
    )
  const rowOf = async (requestId: string) =>
    (await ledger.rowsOf(requestId)).find(({ mail }) => (mail as string) === unknown.mail)

  test('is left out when it falls due, and holds up nothing', async () => {
    const [own = expect.unreachable()] = await requestsOf(1)
    await rowIn('planned', own.id)
    const Records = [{ messageId: 'm1', body: JSON.stringify({ requestId: own.id, ...unknown }) }]
    expect(await house.functions.sendMail({ Records } as never)).toEqual({ batchItemFailures: [] })
    expect(await rowOf(own.id)).toBeUndefined()
    expect(await sendDraft(own)).toEqual(wasSent)
  })

  test('stays in the ledger once it was sent, and disturbs no plan, no page and no operator', async () => {
    const [own = expect.unreachable()] = await requestsOf(1)
    await rowIn('sent', own.id)
    expect((await requests.find(own.id, NOW))?.mails).toEqual([])
    const { replan } = await import('../ops/replan.ts')
    expect(await replan(own.id, NOW)).toBe('touched')
    expect(await sendDraft({ ...own, version: own.version + 1 })).toMatchObject({ again: false, mails: 1 })
    expect(await rowOf(own.id)).toMatchObject({ state: 'sent' })
  })

  test('is given up where nobody knows whether SES took it', () => {
    const row = { state: 'unsettled', at: '2026-11-23T13:00:00.000Z', doubts: 1, ...unknown } as never
    expect(putRight(row, NOW)).toBe('give-up')
  })
})

test.each([
  ['so long ago that its day was too far ahead to be told', '2026-09-01T15:00:00.000Z', ['2026-11-23']],
  ['lately, whose day was told then', '2026-11-20T15:00:00.000Z', undefined],
])('no tip comes on the day of a mail that was planned %s', async (_when, plannedAt, days) => {
  const subscriptions = await import('../shared/aws/subscriptions.ts')
  const [own = expect.unreachable()] = await requestsOf(1)
  const reads = { ...reader, person: own.person }
  expect(await subscriptions.create(reads, NOW)).toBe(true)
  expect(await sendDraft(own, plannedAt)).toEqual(wasSent)
  expect((await subscriptions.find(reads, NOW))?.mailDays).toEqual(days)
})
