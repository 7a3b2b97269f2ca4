import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { stageJson } from '../infra/stages.ts'
import { plan } from '../shared/plan.ts'
import type { InterviewRequest } from '../shared/request.ts'
import { ada, confirmed, fileOf, having, settings, stage } from './people.ts'
import { openServices } from './services.ts'
import { openTable } from './table.ts'

const NOW = '2026-11-23T14:01:30.000Z'

let table: Awaited<ReturnType<typeof openTable>>
let services: Awaited<ReturnType<typeof openServices>>
let requests: typeof import('../shared/aws/requests.ts')
let people: typeof import('../shared/aws/people.ts')
let ledger: typeof import('../shared/aws/ledger.ts')
let sendMail: typeof import('../functions/send-mail.ts').handler
/** Done once, when a worker has decided what to send, and before it claims it. */
let beforeTheClaim: (() => Promise<unknown>) | undefined

beforeAll(async () => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(NOW) })
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => {})
  table = await openTable()
  services = await openServices()
  process.env.STAGE = stageJson(stage)
  requests = await import('../shared/aws/requests.ts')
  people = await import('../shared/aws/people.ts')
  ledger = await import('../shared/aws/ledger.ts')
  const { database } = await import('../shared/aws/database.ts')
  database.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const work = commandName === 'TransactWriteItemsCommand' ? beforeTheClaim : undefined
        if (work) beforeTheClaim = undefined
        await work?.()
        return next(args)
      },
    { step: 'initialize' },
  )
  sendMail = (await import('../functions/send-mail.ts')).handler
})
afterAll(async () => {
  vi.useRealTimers()
  await services.close()
  await table.close()
})
afterEach(() => expect(beforeTheClaim).toBeUndefined())

let count = 0
/** A person whom no other test has seen, with as many requests whose address is confirmed. */
const requestsOf = async (many: number): Promise<InterviewRequest[]> => {
  count += 1
  const all = Array.from({ length: many }, (_, index) => ({
    ...confirmed,
    id: `01JDSEND0000000000000${count}000${index}`.slice(0, 26).padEnd(26, '0'),
    person: `sent-to-${count}`,
  }))
  for (const one of all) {
    await requests.create(one)
    await people.verify(one.person, one.id, NOW)
  }
  return all
}

/** The draft of a request is due; what its worker says of it, what SES took, and how it stands in the ledger. */
const sendDraft = async (request: InterviewRequest) => {
  const [draft] = plan([fileOf(request)], settings, NOW).mails
  if (draft?.mail !== 'draft') return expect.unreachable()
  await ledger.plan(draft, NOW)
  services.mails.length = 0
  const { requestId, mail, occurrence } = draft
  const Records = [{ messageId: 'm1', body: JSON.stringify({ requestId, mail, occurrence }) }]
  const { batchItemFailures } = await sendMail({ Records } as never)
  const rows = await ledger.rowsOf(requestId)
  return { again: batchItemFailures.length > 0, mails: services.mails.length, state: rows[0]?.state }
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
      const given = { since: Date.parse(NOW), person, day: '2026-11-23', now: NOW, confirmations: [NOW] }
      expect(await ledger.claim(confirm, given)).toBe('claimed')
    }
    expect(await sendDraft(own)).toEqual(comesAgain)
    expect(await sendDraft(own)).toEqual(wasSent)
  })

  test('is not sent to a person who has moved on', async () => {
    const [own = expect.unreachable()] = await requestsOf(1)
    beforeTheClaim = () => requests.save(having(own, ['sent', NOW]), ['drafted'])
    expect(await sendDraft(own)).toEqual(comesAgain)
  })
})
