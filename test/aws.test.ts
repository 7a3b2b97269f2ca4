import { DeleteItemCommand, PutItemCommand, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { record, statesFor } from '../shared/events.ts'
import { mayConfirm } from '../shared/person.ts'
import { mailKey, type PlannedMail, partsOf, plan } from '../shared/plan.ts'
import type { InterviewRequest, LedgerMail } from '../shared/request.ts'
import { staleReads, unitsOf, watchCalls } from './calls.ts'
import { ada, confirmed, fileOf, having, settings, stage } from './people.ts'
import { ada as reader } from './readers.ts'
import { openTable } from './table.ts'

const NOW = '2026-11-23T15:00:00.000Z'
const LATER = '2026-11-23T15:05:00.000Z'
const DAY = '2026-11-23'
/** When the request was sent in. */
const SINCE = Date.parse('2026-11-23T14:00:00.000Z')

let table: Awaited<ReturnType<typeof openTable>>
let requests: typeof import('../shared/aws/requests.ts')
let ledger: typeof import('../shared/aws/ledger.ts')
let people: typeof import('../shared/aws/people.ts')
let subscriptions: typeof import('../shared/aws/subscriptions.ts')
let counters: typeof import('../shared/aws/counters.ts')
let calls: ReturnType<typeof watchCalls>

beforeAll(async () => {
  table = await openTable()
  requests = await import('../shared/aws/requests.ts')
  ledger = await import('../shared/aws/ledger.ts')
  people = await import('../shared/aws/people.ts')
  subscriptions = await import('../shared/aws/subscriptions.ts')
  counters = await import('../shared/aws/counters.ts')
  calls = watchCalls((await import('../shared/aws/database.ts')).database)
})
afterEach(() => {
  calls.pageOf = undefined
  calls.refusal = undefined
})
afterAll(() => table.close())

let count = 0
/** A request that no other test has seen, with a person of its own. */
const fresh = (request: InterviewRequest = confirmed): InterviewRequest => {
  count += 1
  return { ...request, id: `01JDTEST000000000000000${String(count).padStart(3, '0')}`, person: `person-${count}` }
}

/** Nobody has tried before. */
const first = { since: SINCE, attempts: 0 }
/** In the hands of who claimed it as its first attempt, or a later one. */
const taken = <Mail extends object>(mail: Mail, attempts = 1) => ({ ...mail, attempts })

const rowOf = async (mail: PlannedMail) =>
  (await ledger.rowsOf(mail.requestId)).find((row) => mailKey(row) === mailKey(mail))

const firstMailOf = (request: InterviewRequest): PlannedMail => {
  const [mail] = plan([fileOf(request)], settings, NOW).mails
  if (!mail) throw new Error('Nothing is planned')
  return mail
}

/** A stored request whose first mail is waiting. */
const waiting = async (request = fresh()) => {
  await requests.create(request)
  const mail = firstMailOf(request)
  expect(await ledger.plan(mail, NOW)).toBe(true)
  return { request, mail, person: await people.find(request.person) }
}

const claimed = async (request = fresh()) => {
  const given = await waiting(request)
  expect(await ledger.claim(given.mail, { ...first, person: given.person, day: DAY, now: NOW })).toBe('claimed')
  return given
}

/** One that takes a lesser mail along, and that lesser one, which waits as well. */
const withPart = async () => {
  const { mail, person } = await waiting(fresh(having(confirmed, ['scheduled', NOW, { start: '2026-11-24T15:00' }])))
  const [part] = mail.merged
  if (!part) throw new Error('Nothing is merged')
  const alone = { ...mail, ...part, merged: [] }
  await ledger.plan(alone, NOW)
  return { mail, person, alone }
}

/** A request that is there, named with this person: its confirmation was forbidden by the caps. */
const holds = async (person: string, id: string) => {
  await requests.erase({ id })
  await requests.create({ ...fresh(), id, person })
  await people.hold(person, id)
}

/** It is gone, and the stream has told of it. */
const goes = async (person: string, id: string) => {
  await requests.erase({ id })
  await people.forget(person, id)
}

/** The address was confirmed by a request that is gone. */
const verified = async (person: string, at: string, meanwhile?: (requestId: string) => Promise<unknown>) => {
  const id = `verifying ${person}`
  await holds(person, id)
  expect(await people.verify(person, id, at)).toBe(true)
  await meanwhile?.(id)
  await goes(person, id)
}

describe('a request in the table', () => {
  test('is found as it was stored, with its ledger', async () => {
    const { request, mail } = await waiting()
    const file = await requests.find(request.id, NOW)
    expect(file?.request).toEqual(request)
    expect(file?.mails).toMatchObject([{ mail: mail.mail, state: 'planned', dueAt: mail.dueAt, attempts: 0 }])
  })

  test('stored a second time under its id is not overwritten: the first one answers', async () => {
    const request = fresh()
    await requests.create(request)
    expect(await requests.create({ ...request, topic: 'something else' })).toEqual(request)
  })

  test('sent in again under the id of one that has expired is a new one, and the database tells of the end of the old one', async () => {
    const old = { ...fresh(), expiresAt: Date.parse(NOW) / 1000, secret: 'old' }
    await requests.create(old)
    const again = (at: string) => ({
      ...old,
      secret: at,
      history: [{ event: 'requested' as const, at }],
      expiresAt: 4_000_000_000,
    })
    const early = again('2026-11-23T14:59:59.999Z')
    expect(await requests.create(early)).toEqual(old)
    calls.asked.length = 0
    expect(await requests.create(again(NOW))).toEqual(again(NOW))
    expect(calls.asked.map(({ command }) => command)).toEqual(['PutItemCommand', 'DeleteItemCommand', 'PutItemCommand'])
    expect((await requests.find(old.id, NOW))?.request).toEqual(again(NOW))
  })

  test('sent in again is not what an older write or an erasure is about', async () => {
    const old = fresh()
    await requests.create(old)
    await requests.erase(old)
    const again = { ...old, secret: 'another' }
    await requests.create(again)
    expect(await requests.save({ ...old, version: old.version + 1 }, [old.state])).toBe(false)
    await requests.erase(old)
    expect((await requests.find(old.id, NOW))?.request).toEqual(again)
    await requests.erase(again)
    await requests.erase(again)
    expect(await requests.find(old.id, NOW)).toBeUndefined()
  })

  test('is gone once its time to live has passed, before the database deletes it', async () => {
    const request = { ...fresh(), expiresAt: Date.parse(NOW) / 1000 + 60 }
    await requests.create(request)
    expect(await requests.find(request.id, '2026-11-23T15:00:59.999Z')).toBeDefined()
    expect(await requests.find(request.id, '2026-11-23T15:01:00.000Z')).toBeUndefined()
  })

  test('takes one of two changes that were decided on the same version', async () => {
    const request = fresh()
    await requests.create(request)
    const one = having(request, ['sent', NOW])
    const other = having(request, ['closed', NOW])
    expect(await requests.save(one, statesFor('sent'))).toBe(true)
    expect(await requests.save(other, statesFor('closed'))).toBe(false)
    expect((await requests.find(request.id, NOW))?.request.state).toBe('sent')
    expect(await requests.versionOf(request.id)).toBe(3)
  })

  test('written twice, because the first answer was lost, is written once', async () => {
    const request = fresh()
    await requests.create(request)
    const sent = having(request, ['sent', NOW])
    expect(await requests.save(sent, statesFor('sent'))).toBe(true)
    expect(await requests.save(sent, statesFor('sent'))).toBe(true)
    expect((await requests.find(request.id, NOW))?.request).toEqual(sent)
  })

  test('refuses a move that its state does not allow, whatever was decided elsewhere', async () => {
    const request = fresh({ ...confirmed, state: 'closed' })
    await requests.create(request)
    const forged = { ...request, state: 'sent' as const, version: request.version + 1 }
    expect(await requests.save(forged, statesFor('sent'))).toBe(false)
  })

  test('is read as it stands at this moment, with its rows and its person', async () => {
    const { request, mail } = await waiting()
    calls.asked.length = 0
    await requests.find(request.id, NOW)
    await requests.versionOf(request.id)
    await ledger.rowsOf(request.id)
    await people.find(request.person)
    for await (const row of ledger.dueBefore('2027-01-01T00:00:00.000Z')) if (row.requestId === mail.requestId) break
    expect(calls.asked.length).toBeGreaterThan(5)
    expect(staleReads(calls.asked)).toEqual([])
  })

  test('is whole, and its ledger, however many pages of the database it takes', async () => {
    const { mail, alone } = await withPart()
    calls.pageOf = 1
    const names = [mail, alone].map(mailKey).sort()
    expect((await ledger.rowsOf(mail.requestId)).map(mailKey).sort()).toEqual(names)
    const file = await requests.find(mail.requestId, NOW)
    expect(file?.request.id).toBe(mail.requestId)
    expect(file?.mails.map(mailKey).sort()).toEqual(names)
  })

  test('erased leaves nothing behind once its ledger is cleared', async () => {
    const { request } = await claimed()
    await requests.erase(request)
    for (const row of await ledger.rowsOf(request.id)) await ledger.remove(row)
    expect((await table.items()).filter((item) => JSON.stringify(item.pk).includes(request.id))).toEqual([])
    expect(await requests.versionOf(request.id)).toBeUndefined()
  })
})

describe('the send ledger', () => {
  test('moved after it was put back in doubt, a mail still knows what it takes along', async () => {
    const request = fresh(having(confirmed, ['scheduled', NOW, { start: '2026-11-24T15:00' }]))
    const { mail, person } = await waiting(request)
    await ledger.claim(mail, { ...first, person, day: DAY, now: NOW })
    await ledger.unsettle(taken(mail), NOW)
    await ledger.sendAgain(taken(mail), NOW)
    await ledger.plan({ ...mail, dueAt: LATER }, LATER)
    expect(await rowOf(mail)).toMatchObject({ state: 'planned', dueAt: LATER, attempts: 1, merged: mail.merged })
  })

  test('counts how often nobody knew, and not how often it was surely refused', async () => {
    const { mail, person } = await waiting()
    const claim = (attempts: number) => ledger.claim(mail, { ...first, attempts, person, day: DAY, now: NOW })
    for (let n = 0; n < 3; n += 1) {
      await claim(n)
      await ledger.release(taken(mail, n + 1), NOW)
    }
    await claim(3)
    await ledger.unsettle(taken(mail, 4), LATER)
    expect(await rowOf(mail)).toMatchObject({ state: 'unsettled', attempts: 4, doubts: 1 })
  })

  test('a row says since when it is what it is', async () => {
    const { mail, person } = await waiting()
    expect(await rowOf(mail)).toMatchObject({ state: 'planned', at: NOW })
    await ledger.claim(mail, { ...first, person, day: DAY, now: LATER })
    expect(await rowOf(mail)).toMatchObject({ state: 'claimed', at: LATER })
  })

  test('a claim says what it cost, as every call does', async () => {
    calls.asked.length = 0
    await claimed()
    expect(calls.asked.map(({ command }) => command)).toContain('TransactWriteItemsCommand')
    for (const units of unitsOf(calls.asked)) expect(units).toBeGreaterThan(0)
  })

  test('what was decided from nothing is one write, and from a request a transaction, and both say what they cost', async () => {
    const { request, mail } = await waiting()
    for (const [seen, command] of [
      [[], 'UpdateItemCommand'],
      [[request], 'TransactWriteItemsCommand'],
    ] as const) {
      calls.asked.length = 0
      expect(await ledger.plan({ ...mail, dueAt: LATER }, LATER, seen)).toBe(true)
      expect(calls.asked.map((asked) => asked.command)).toEqual([command])
      for (const units of unitsOf(calls.asked)) expect(units).toBeGreaterThan(0)
    }
  })

  test('that asks somebody to confirm who is gone meanwhile is not claimed', async () => {
    const { mail, person } = await waiting(fresh(ada))
    const seen = { ...person, confirmations: ['2026-11-20T15:00:00.000Z'] }
    const confirmations = [...seen.confirmations, NOW]
    expect(await ledger.claim(mail, { ...first, person: seen, day: DAY, now: NOW, confirmations })).toBe('raced')
    expect(await rowOf(mail)).toMatchObject({ state: 'planned' })
  })

  test('of many workers one gets the mail', async () => {
    const { mail, person } = await waiting()
    const claims = await Promise.all(
      Array.from({ length: 20 }, () => ledger.claim(mail, { ...first, person, day: DAY, now: NOW })),
    )
    expect(claims.filter((claim) => claim === 'claimed')).toHaveLength(1)
    expect(claims.filter((claim) => claim === 'not-waiting')).toHaveLength(19)
  })

  test('nobody gets the mail of a suppressed address, even if she was suppressed after the worker looked', async () => {
    const { request, mail, person } = await waiting()
    await people.suppress(request.person, 'complaint', NOW)
    expect(await ledger.claim(mail, { ...first, person, day: DAY, now: NOW })).toBe('suppressed')
    expect(await rowOf(mail)).toMatchObject({ state: 'planned', attempts: 0 })
  })

  test('a claim makes the lesser mails of the day a part of it, in the same write', async () => {
    const request = fresh(having(confirmed, ['scheduled', NOW, { start: '2026-11-24T15:00' }]))
    const { mail, person } = await waiting(request)
    expect(mail.merged.map((part) => part.mail)).toEqual(['prepare', 'day-before'])
    await ledger.claim(mail, { ...first, person, day: DAY, now: NOW })
    const file = await requests.find(request.id, NOW)
    expect(file?.mails.map((row) => `${row.mail} ${row.state} ${row.reason ?? ''}`).sort()).toEqual([
      'day-before skipped part of “invitation”',
      'invitation claimed ',
      'prepare skipped part of “invitation”',
    ])
    expect(file?.mails.find((row) => row.mail === 'invitation')?.merged).toEqual(mail.merged)
  })

  test('a claim takes along no lesser mail that another worker has sent by itself', async () => {
    const { mail, person, alone } = await withPart()
    await ledger.claim(alone, { ...first, person, day: DAY, now: NOW })
    await ledger.settle(alone, 'message-1', NOW)
    await expect(ledger.claim(mail, { ...first, person, day: DAY, now: NOW })).rejects.toThrow()
    expect(await rowOf(alone)).toMatchObject({ state: 'sent', messageId: 'message-1' })
    expect((await rowOf(mail))?.state).toBe('planned')
  })

  type Step =
    | 'settle'
    | 'release'
    | 'unsettle'
    | 'sendAgain'
    | 'delivered'
    | 'complained'
    | 'skip'
    | 'refuse'
    | 'letGo'
    | 'plan'
    | 'withdraw'
    | 'discard'
  const steps: Record<Step, (mail: PlannedMail) => Promise<unknown>> = {
    settle: (mail) => ledger.settle(mail, 'message-1', LATER),
    release: (mail) => ledger.release(taken(mail), LATER),
    unsettle: (mail) => ledger.unsettle(taken(mail), LATER),
    sendAgain: (mail) => ledger.sendAgain(taken(mail), LATER),
    delivered: (mail) => ledger.recordOutcome(mail, 'delivered', { messageId: 'message-1', since: SINCE }, LATER),
    complained: (mail) => ledger.recordOutcome(mail, 'complained', { messageId: 'message-1', since: SINCE }, LATER),
    skip: (mail) => ledger.skip(mail, 'a test', LATER),
    refuse: (mail) => ledger.refuse(taken(mail), 'a test', LATER),
    letGo: (mail) => ledger.letGo(taken(mail), LATER),
    plan: (mail) => ledger.plan({ ...mail, dueAt: LATER }, LATER),
    withdraw: (mail) => ledger.withdraw(mail, LATER),
    discard: async (mail) => {
      await requests.erase({ id: mail.requestId })
      await ledger.discard(mail, LATER)
    },
  }
  test.each<[story: Step[], ends: LedgerMail['state'] | 'gone']>([
    [['settle'], 'sent'],
    [['settle', 'settle'], 'sent'],
    [['settle', 'delivered'], 'delivered'],
    [['delivered', 'settle'], 'delivered'],
    [['settle', 'delivered', 'complained'], 'complained'],
    [['complained', 'delivered'], 'complained'],
    [['unsettle'], 'unsettled'],
    [['unsettle', 'delivered'], 'delivered'],
    [['unsettle', 'sendAgain'], 'planned'],
    [['unsettle', 'sendAgain', 'delivered'], 'delivered'],
    [['sendAgain'], 'claimed'],
    [['release'], 'planned'],
    [['release', 'plan'], 'planned'],
    [['release', 'withdraw'], 'gone'],
    [['withdraw'], 'claimed'],
    // SES may have it: its event must find the row, and nobody may plan it anew.
    [['unsettle', 'sendAgain', 'withdraw'], 'skipped'],
    [['unsettle', 'sendAgain', 'withdraw', 'plan'], 'skipped'],
    [['unsettle', 'sendAgain', 'withdraw', 'delivered'], 'delivered'],
    [['unsettle', 'letGo', 'complained'], 'complained'],
    [['release', 'skip', 'delivered'], 'skipped'],
    [['unsettle', 'sendAgain', 'discard'], 'gone'],
    [['discard'], 'claimed'],
    [['plan'], 'claimed'],
    [['settle', 'release'], 'sent'],
    [['settle', 'unsettle'], 'sent'],
    [['settle', 'skip'], 'sent'],
    // Another worker, who looked before the claim, thinks that nobody should get it.
    [['skip'], 'claimed'],
    [['skip', 'settle'], 'sent'],
    [['unsettle', 'skip'], 'unsettled'],
    [['release', 'skip'], 'skipped'],
    [['refuse'], 'skipped'],
    [['refuse', 'settle'], 'skipped'],
    [['settle', 'refuse'], 'sent'],
    [['unsettle', 'letGo'], 'skipped'],
    [['letGo'], 'claimed'],
    // The worker that was thought dead hears from SES after all.
    [['unsettle', 'settle'], 'sent'],
  ])('a claimed mail, then %j, ends as %s', async (story, ends) => {
    const { mail } = await claimed()
    for (const step of story) await steps[step](mail)
    expect((await rowOf(mail))?.state ?? 'gone').toBe(ends)
  })

  const AT = LATER
  const MUCH_LATER = '2026-11-23T16:00:00.000Z'
  const outcome = (name: Parameters<typeof ledger.recordOutcome>[1], at: string) => (mail: PlannedMail) =>
    ledger.recordOutcome(mail, name, { messageId: 'message-1', since: SINCE }, at)
  /** What the row says beside its state: the page of the seeker shows it. */
  test.each<[string, ((mail: PlannedMail) => Promise<unknown>)[], Partial<Record<keyof LedgerMail, unknown>>]>([
    ['sent', [steps.settle], { at: AT, sentAt: AT, messageId: 'message-1' }],
    ['heard of before its worker said so', [outcome('sent', AT), steps.settle], { sentAt: AT, messageId: 'message-1' }],
    ['delivered', [steps.settle, outcome('delivered', MUCH_LATER)], { at: MUCH_LATER, sentAt: AT }],
    [
      'delivered, as the first that was heard',
      [outcome('delivered', MUCH_LATER)],
      { at: MUCH_LATER, sentAt: MUCH_LATER },
    ],
    ['bounced', [steps.settle, outcome('bounced', MUCH_LATER)], { at: MUCH_LATER, sentAt: AT }],
    ['bounced at once', [outcome('bounced', AT)], { at: AT, sentAt: undefined, messageId: 'message-1' }],
    ['refused', [steps.refuse], { at: AT, sentAt: undefined, reason: 'a test' }],
    ['let go', [steps.unsettle, steps.letGo], { sentAt: undefined, doubts: 1 }],
    ['in doubt twice', [steps.unsettle, steps.sendAgain], { at: AT, sentAt: undefined, doubts: 1 }],
    [
      'let go, and then heard of',
      [steps.unsettle, steps.letGo, outcome('delivered', AT)],
      { reason: undefined, sentAt: AT },
    ],
  ])('a mail that was %s', async (_case, story, says) => {
    const { mail } = await claimed()
    for (const step of story) await step(mail)
    const row = await rowOf(mail)
    for (const [name, value] of Object.entries(says)) expect(row?.[name as keyof LedgerMail], name).toEqual(value)
  })

  test.each<[string, string, number | undefined, boolean]>([
    ['of its own', 'claimed', SINCE, true],
    ['of a build that gave no date', 'claimed', undefined, true],
    ['of a request that had the same id and was erased', 'claimed', SINCE - 1, false],
    ['of a request that had the same id and was erased', 'let go', SINCE - 1, false],
    ['of its own', 'let go', SINCE, true],
  ])('an event about a mail %s, while its row is %s', async (_whose, how, since, is) => {
    const { mail } = await claimed()
    if (how === 'let go') for (const step of [steps.unsettle, steps.letGo]) await step(mail)
    const before = await rowOf(mail)
    expect(await ledger.recordOutcome(mail, 'delivered', { messageId: 'message-1', since }, LATER)).toBe(is)
    expect(await rowOf(mail)).toEqual(is ? expect.objectContaining({ state: 'delivered', since: SINCE }) : before)
  })

  test('an event about an erased request changes nothing of a mail that nobody has claimed since', async () => {
    const { mail } = await waiting()
    expect(await ledger.recordOutcome(mail, 'sent', { messageId: 'message-1', since: SINCE }, LATER)).toBe(false)
    expect((await rowOf(mail))?.state).toBe('planned')
  })

  test('that nobody knew is the reason on the page', async () => {
    const { mail } = await claimed()
    await ledger.unsettle(taken(mail), LATER)
    await ledger.letGo(taken(mail), LATER)
    expect((await rowOf(mail))?.reason).toBeTruthy()
  })

  test('what never had a row gets its last one with the reason, once, and over no other', async () => {
    const request = fresh()
    const mail = { requestId: request.id, mail: 'widen' as const, occurrence: '2' }
    expect(await ledger.drop(mail, 'its useful time had passed', NOW)).toBe(true)
    expect(await ledger.drop(mail, 'another reason', LATER)).toBe(false)
    expect(await ledger.rowsOf(request.id)).toMatchObject([
      {
        ...mail,
        state: 'skipped',
        reason: 'its useful time had passed',
        dueAt: NOW,
        latestAt: NOW,
        attempts: 0,
        at: NOW,
      },
    ])
    const { mail: taken } = await claimed()
    expect(await ledger.drop(taken, 'a test', LATER)).toBe(false)
    expect((await rowOf(taken))?.state).toBe('claimed')
  })

  test.each(['waits', 'was skipped'])('a claim takes along a lesser mail that %s', async (how) => {
    const { mail, person, alone } = await withPart()
    if (how === 'was skipped') await ledger.skip(alone, 'a test', NOW)
    expect(await ledger.claim(mail, { ...first, person, day: DAY, now: NOW })).toBe('claimed')
    expect(await rowOf(alone)).toMatchObject({ state: 'skipped', reason: 'part of “invitation”' })
  })

  test('of two that ask the same person to confirm the slower one is told', async () => {
    const { mail, person } = await waiting(fresh(ada))
    await people.suppress(person.id, 'asked', NOW)
    const counted = { ...first, person, day: DAY, now: NOW, confirmations: [NOW] }
    expect(await ledger.claim(mail, counted)).toBe('suppressed')
    await people.release(person.id, await people.find(person.id))
    expect(await ledger.claim(mail, { ...counted, person: { ...person, confirmations: [LATER] } })).toBe('raced')
    expect(await ledger.claim(mail, counted)).toBe('claimed')
  })

  test('of two that ask a confirmed address in the millisecond of a third one the slower one is told', async () => {
    const { mail: third, person } = await waiting(fresh(ada))
    const counted = { ...first, day: DAY, now: NOW }
    await ledger.claim(third, { ...counted, person, confirmations: [NOW] })
    await verified(person.id, NOW)
    const seen = await people.find(person.id)
    const others = [fresh(ada), fresh(ada)]
    const claims = []
    for (const request of others) {
      const { mail } = await waiting({ ...request, person: person.id })
      claims.push(await ledger.claim(mail, { ...counted, person: seen, confirmations: [NOW, NOW] }))
    }
    expect(claims).toEqual(['claimed', 'raced'])
    expect((await people.find(person.id)).confirmations).toEqual([NOW, NOW])
  })

  test('a mail that was decided on before somebody was asked to confirm is told', async () => {
    const { mail, person } = await waiting()
    const given = { ...first, day: DAY, now: NOW }
    expect(await ledger.claim(mail, { ...given, person: { ...person, confirmations: [LATER] } })).toBe('raced')
    expect(await rowOf(mail)).toMatchObject({ state: 'planned', attempts: 0 })
    const { mail: confirm, person: asked } = await waiting(fresh(ada))
    expect(await ledger.claim(confirm, { ...given, person: asked, confirmations: [NOW] })).toBe('claimed')
    await ledger.release(taken(confirm), NOW)
    const again = { ...given, attempts: 1 }
    expect(await ledger.claim(confirm, { ...again, person: asked })).toBe('raced')
    expect(await ledger.claim(confirm, { ...again, person: await people.find(asked.id) })).toBe('claimed')
    expect(await people.find(asked.id)).toMatchObject({ confirmations: [NOW], requests: [confirm.requestId] })
  })

  test('a mail that was decided on before a request was among hers, or after one has gone, is told', async () => {
    const { mail, person } = await waiting()
    for (const id of ['b', 'c', 'a']) {
      await holds(person.id, id)
      await people.verify(person.id, id, NOW)
    }
    const given = { ...first, day: DAY, now: NOW }
    for (const requests of [[], ['a', 'b'], ['a', 'b', 'd']])
      expect(await ledger.claim(mail, { ...given, person: { ...person, requests } })).toBe('raced')
    expect(await ledger.claim(mail, { ...given, person: await people.find(person.id) })).toBe('claimed')
  })

  test('what another worker has claimed meanwhile is left to it', async () => {
    const { mail, person } = await claimed()
    expect(await ledger.release(taken(mail), NOW)).toBe(true)
    const given = { ...first, person, day: DAY, now: NOW }
    expect(await ledger.claim(mail, given)).toBe('not-waiting')
    expect(await ledger.claim(mail, { ...given, attempts: 1 })).toBe('claimed')
    for (const theirs of [ledger.release, ledger.unsettle]) expect(await theirs(taken(mail), LATER)).toBe(false)
    expect(await ledger.refuse(taken(mail), 'a test', LATER)).toBe(false)
    expect(await rowOf(mail)).toMatchObject({ state: 'claimed', attempts: 2 })
  })

  test('what was decided from a request that has changed since is not done, and comes again', async () => {
    const { request, mail } = await waiting()
    const seen = [request]
    await requests.save({ ...request, minutes: 30, version: request.version + 1 }, [request.state])
    await expect(ledger.withdraw(mail, LATER, seen)).rejects.toThrow(/Transaction cancel/)
    await expect(ledger.skip(mail, 'a test', LATER, { seen })).rejects.toThrow(/Transaction cancel/)
    await expect(ledger.plan({ ...mail, dueAt: LATER }, LATER, seen)).rejects.toThrow(/Transaction cancel/)
    expect(await rowOf(mail)).toMatchObject({ state: 'planned', at: NOW })
    const now = { seen: [{ ...request, version: request.version + 1 }] }
    expect(await ledger.skip(mail, 'a test', LATER, now)).toBe(true)
    expect(await ledger.skip(mail, 'another', LATER, now)).toBe(false)
    expect(await rowOf(mail)).toMatchObject({ state: 'skipped', reason: 'a test' })
    const { request: other, mail: unwanted } = await waiting()
    expect(await ledger.withdraw(unwanted, LATER, [other])).toBe(true)
    expect(await rowOf(unwanted)).toBeUndefined()
    const { request: third, mail: doubted, person } = await waiting()
    await ledger.claim(doubted, { ...first, person, day: DAY, now: NOW })
    await ledger.unsettle(taken(doubted), NOW)
    await ledger.sendAgain(taken(doubted), NOW)
    expect(await ledger.withdraw(doubted, LATER, [third])).toBe(true)
    expect(await rowOf(doubted)).toMatchObject({ state: 'skipped', reason: ledger.UNKNOWN })
  })

  test('given back, it leaves what it had taken along as it was, for the plan to want it by itself', async () => {
    const { mail, person } = await withPart()
    const before = (await requests.find(mail.requestId, NOW))?.mails
    await ledger.claim(mail, { ...first, person, day: DAY, now: NOW })
    expect(await ledger.release(taken(mail), NOW)).toBe(true)
    const after = (await requests.find(mail.requestId, NOW))?.mails ?? []
    const part = (rows: readonly LedgerMail[] = []) => rows.find(({ mail: name }) => name === mail.merged[0]?.mail)
    expect({ ...part(after), dueAt: '' }).toEqual({ ...part(before), dueAt: '' })
    expect(after.map(({ state, reason, merged }) => [state, reason, merged])).toEqual(
      after.map(() => ['planned', undefined, undefined]),
    )
    for (const [index, { dueAt, latestAt }] of partsOf(mail).entries())
      expect(after.find(({ mail: name }) => name === mail.merged[index]?.mail)).toMatchObject({ dueAt, latestAt })
    let due = 0
    for await (const row of ledger.dueBefore('2027-01-01T00:00:00.000Z')) if (row.requestId === mail.requestId) due += 1
    expect(due).toBe(after.length)
  })

  test.each<[string, (mail: PlannedMail, alone: PlannedMail) => Promise<unknown>]>([
    ['SES may have had before', (mail) => ledger.unsettle(taken(mail), NOW)],
    [
      'has gone on without it',
      async (_mail, alone) => {
        const [row] = (await ledger.rowsOf(alone.requestId)).filter(({ mail }) => mail === alone.mail)
        await ledger.remove(row ?? expect.unreachable())
      },
    ],
  ])('given back where one of them %s, it takes them along again', async (_which, happens) => {
    const { mail, person, alone } = await withPart()
    await ledger.claim(mail, { ...first, person, day: DAY, now: NOW })
    await happens(mail, alone)
    const isDoubted = await ledger.sendAgain(taken(mail), NOW)
    if (isDoubted) await ledger.claim(mail, { ...first, attempts: 1, person, day: DAY, now: NOW })
    expect(await ledger.release(taken(mail, isDoubted ? 2 : 1), NOW)).toBe(true)
    expect(await rowOf(mail)).toMatchObject({ state: 'planned', merged: mail.merged })
    expect((await rowOf(alone))?.state).toBe(isDoubted ? 'skipped' : undefined)
  })

  test('given back without parts it is one write, as before', async () => {
    const { mail } = await claimed()
    calls.asked.length = 0
    await ledger.release(taken(mail), NOW)
    expect(calls.asked.map(({ command }) => command)).toEqual(['UpdateItemCommand'])
  })

  test('what was thought of it before another worker had it and gave it back is out of date', async () => {
    const { mail } = await claimed()
    await ledger.release(taken(mail), LATER)
    expect(await ledger.skip(mail, 'a test', LATER, { attempts: 0 })).toBe(false)
    expect(await ledger.skip(mail, 'a test', LATER, { attempts: 1 })).toBe(true)
  })

  test.each(['sendAgain', 'letGo'] as const)('%s is about the doubt that was read, and no later one', async (name) => {
    const { mail, person } = await claimed()
    await ledger.unsettle(taken(mail), LATER)
    await ledger.sendAgain(taken(mail), LATER)
    await ledger.claim(mail, { ...first, attempts: 1, person, day: DAY, now: LATER })
    await ledger.unsettle(taken(mail, 2), LATER)
    expect(await ledger[name](taken(mail), LATER)).toBe(false)
    expect(await ledger[name](taken(mail, 2), LATER)).toBe(true)
  })

  test('what waits of a request that is there, or has changed since it was read, is not cleared away', async () => {
    const { request, mail } = await waiting()
    await expect(ledger.discard(mail, NOW)).rejects.toThrow(/Transaction cancel/)
    const [row = expect.unreachable()] = await ledger.rowsOf(request.id)
    await ledger.plan({ ...mail, dueAt: LATER }, LATER)
    expect(await ledger.remove(row)).toBe(false)
    const [moved = expect.unreachable()] = await ledger.rowsOf(request.id)
    expect(await ledger.remove({ ...moved, state: 'claimed' })).toBe(false)
    expect(await ledger.remove(moved)).toBe(true)
    // Expired, and not deleted yet.
    const { mail: late } = await waiting({ ...fresh(), expiresAt: Date.parse(NOW) / 1000 })
    expect(await ledger.discard(late, NOW)).toBe(true)
    expect(await ledger.discard(late, NOW)).toBe(false)
  })

  test('a row leaves the index of what is due when it comes to an end, and not before', async () => {
    const due = async (mail: PlannedMail) => {
      for await (const row of ledger.dueBefore('2027-01-01T00:00:00.000Z'))
        if (row.requestId === mail.requestId) return true
      return false
    }
    const { mail, person } = await claimed()
    expect(await due(mail)).toBe(true)
    await ledger.release(taken(mail), LATER)
    expect(await due(mail)).toBe(true)
    await ledger.claim(mail, { ...first, attempts: 1, person: await people.find(person.id), day: DAY, now: NOW })
    await ledger.unsettle(taken(mail, 2), LATER)
    expect(await due(mail)).toBe(true)
    await ledger.sendAgain(taken(mail, 2), LATER)
    expect(await due(mail)).toBe(true)
    await ledger.skip(mail, 'a test', LATER)
    expect(await due(mail)).toBe(false)
  })

  test('what has come to its end, or is gone, since the page was read is not due', async () => {
    const { mail } = await waiting()
    const others = ['second', 'third', 'fourth'].map((occurrence) => ({ ...mail, occurrence }))
    for (const other of others) await ledger.plan(other, NOW)
    const ends = [
      (row: LedgerMail) => ledger.skip(row, 'a test', NOW),
      (row: LedgerMail) => ledger.remove(row),
      async (row: LedgerMail) => {
        await requests.erase({ id: row.requestId })
        await ledger.discard(row, NOW)
      },
    ]
    const found: string[] = []
    for await (const row of ledger.dueBefore('2027-01-01T00:00:00.000Z')) {
      if (row.requestId !== mail.requestId) continue
      found.push(mailKey(row))
      const rest = (await ledger.rowsOf(mail.requestId)).filter((one) => mailKey(one) !== mailKey(row))
      for (const [at, one] of rest.entries()) await ends[at]?.(one)
    }
    expect(found).toHaveLength(1)
  })

  test('what is due is spread over all parts of the index', async () => {
    const mails = await Promise.all(Array.from({ length: 60 }, async () => (await waiting()).mail))
    const rows = await Promise.all(mails.map(rowOf))
    expect([...new Set(rows.map((row) => (row as { due?: string } | undefined)?.due))].sort()).toEqual([
      'mail#0',
      'mail#1',
      'mail#2',
      'mail#3',
    ])
  })

  test('what is due is found a page at a time, and only what is due', async () => {
    const mails = await Promise.all(Array.from({ length: 230 }, async () => (await waiting()).mail))
    calls.pageOf = 7
    const found = new Set<string>()
    for await (const row of ledger.dueBefore(NOW)) found.add(row.requestId)
    for (const mail of mails) expect(found).toContain(mail.requestId)
    for await (const row of ledger.dueBefore('2026-11-23T14:00:00.000Z')) expect.unreachable(row.requestId)
  })
})

describe('a person', () => {
  test('who has erased the last of what was hers leaves her no behind, or nothing', async () => {
    const known = async (id: string) => {
      const item = (await table.items()).find(({ pk }) => pk?.S === `PERSON#${id}`)
      return item && Object.keys(item).sort()
    }
    const counts = ['pk', 'sk', 'softBounce', 'softBounces', 'softPart', 'verifiedAt']
    const [nobody, refuses, stops, asks, waits] = ['gone-1', 'gone-2', 'gone-3', 'gone-4', 'gone-5'] as const
    for (const id of [nobody, refuses, stops, asks, waits]) {
      await verified(id, NOW, async (requestId) =>
        expect(await people.countSoftBounce(id, 'message-1', { requestId })).toBe(1),
      )
      expect(await known(id)).toEqual(counts)
    }
    await people.refuseTips(refuses, NOW)
    await people.suppress(stops, 'bounce', NOW)
    await holds(asks, 'a')
    expect(await people.verify(asks, 'a', NOW)).toBe(true)
    await holds(waits, 'a')
    for (const id of [nobody, refuses, stops, asks, waits]) await people.forgetAll(id)
    expect(await known(nobody)).toBeUndefined()
    expect(await known(refuses)).toEqual(['pk', 'sk', 'tipsRefusedAt'])
    expect(await known(stops)).toEqual(['pk', 'sk', 'stops', 'suppressedAt', 'suppressedBecause'])
    expect(await known(asks)).toEqual([...counts, 'requests'].sort())
    expect(await known(waits)).toEqual([...counts, 'held'].sort())
  })

  test('whose last request has come to its end by itself is forgotten, but for what the caps need', async () => {
    const counted = async (id: string) => {
      const { id: _id, requests: _requests, held: _held, ...rest } = await people.find(id)
      return rest
    }
    const [stranger, hers] = ['ended-1', 'ended-2'] as const
    for (const id of [stranger, hers]) {
      expect(await asks(id, NOW)).toBe('claimed')
      const [request = ''] = (await people.find(id)).requests
      if (id === hers) await people.verify(id, request, NOW)
      await goes(id, request)
    }
    const before = await counted(stranger)
    for (const id of [stranger, hers]) await people.forgetAll(id, { butCaps: true })
    expect(await counted(stranger)).toEqual(before)
    expect(before).toEqual({ confirmations: [NOW], lastMailOn: DAY })
    expect(await counted(hers)).toEqual({ confirmations: [] })
    // Brought here by an operator, and never asked to confirm.
    await holds('ended-3', 'bounces')
    await people.countSoftBounce('ended-3', 'message-1', { requestId: 'bounces' })
    await goes('ended-3', 'bounces')
    await people.forgetAll('ended-3', { butCaps: true })
    expect(await counted('ended-3')).toEqual({ confirmations: [] })
    await people.forgetAll(stranger)
    expect(await counted(stranger)).toEqual({ confirmations: [] })
  })

  test('is not written of because of what is gone, or is not hers', async () => {
    await people.hold('unknown', 'gone')
    expect(await people.countSoftBounce('unknown', 'message-1', { requestId: 'gone' })).toBe(0)
    expect(await people.countSoftBounce('unknown', 'message-1', { series: 'weekly', part: 2 })).toBe(0)
    // Nor because of what is somebody else's: behind an alias there may be more than one.
    const { id: requestId } = (await waiting()).request
    expect(await people.countSoftBounce('alias', 'message-1', { requestId })).toBe(0)
    expect((await table.items()).filter(({ pk }) => pk?.S === 'PERSON#alias')).toEqual([])
    expect(await people.release('unknown', { suppressedAt: NOW, stops: 1 })).toBe(true)
    await people.welcomeTips('unknown', NOW)
    await people.forgetSoftBounces('unknown')
    await people.forgetAll('unknown')
    await people.forgetAll('unknown', { butCaps: true })
    expect((await table.items()).filter(({ pk }) => pk?.S === 'PERSON#unknown')).toEqual([])
  })

  const asks = async (person: string, now: string) => {
    const request = { ...fresh(ada), person }
    await requests.create(request)
    const mail = firstMailOf(request)
    await ledger.plan(mail, now)
    const known = await people.find(person)
    const confirmations = mayConfirm(known, stage.caps, now)
    return confirmations
      ? ledger.claim(mail, { ...first, person: known, day: now.slice(0, 10), now, confirmations })
      : 'capped'
  }

  test('who has not confirmed gets one confirmation a day and three ever', async () => {
    const answers = []
    for (const day of ['01', '01', '02', '03', '04', '05'])
      answers.push(await asks('stranger', `2026-12-${day}T10:00:00.000Z`))
    expect(answers).toEqual(['claimed', 'capped', 'claimed', 'claimed', 'capped', 'capped'])
    expect((await people.find('stranger')).requests).toHaveLength(3)
  })

  test('who has confirmed once may ask for several on one day', async () => {
    await asks('known', '2026-12-01T10:00:00.000Z')
    await verified('known', '2026-12-01T10:05:00.000Z')
    const answers = []
    for (let minute = 10; minute < 16; minute += 1) answers.push(await asks('known', `2026-12-01T10:${minute}:00.000Z`))
    expect(answers).toEqual(['claimed', 'claimed', 'claimed', 'claimed', 'capped', 'capped'])
    expect(await asks('known', '2026-12-02T10:30:00.000Z')).toBe('claimed')
  })

  test('two requests in the same moment bring one confirmation', async () => {
    const both = await Promise.all([asks('twice', NOW), asks('twice', NOW)])
    expect(both.filter((answer) => answer === 'claimed')).toHaveLength(1)
  })

  test('keeps the first reason for which mail was stopped', async () => {
    await people.suppress('unlucky', 'bounce', NOW)
    await people.suppress('unlucky', 'complaint', LATER)
    expect(await people.find('unlucky')).toMatchObject({ suppressedAt: NOW, suppressedBecause: 'bounce' })
  })

  test('is known by what is written of it', async () => {
    expect(await people.find('nobody')).toEqual({ id: 'nobody', confirmations: [], requests: [], held: [] })
    await holds('written', 'b')
    await holds('written', 'a')
    await people.refuseTips('written', NOW)
    await people.refuseTips('written', '2026-11-23T14:59:59.999Z')
    await verified('written', NOW)
    await verified('written', LATER)
    const { mail } = await waiting()
    await ledger.claim(mail, { ...first, person: await people.find('written'), day: DAY, now: NOW })
    await subscriptions.takeDay({ person: 'written', series: 'weekly' }, '2026-11-24')
    expect(await people.find('written')).toEqual({
      id: 'written',
      confirmations: [],
      requests: [],
      held: ['a', 'b'],
      verifiedAt: NOW,
      tipsRefusedAt: NOW,
      lastMailOn: DAY,
      lastTip: '2026-11-24 weekly',
    })
    // What she has refused since stays refused.
    await people.welcomeTips('written', '2026-11-23T14:59:59.999Z')
    expect(await people.find('written')).toMatchObject({ tipsRefusedAt: NOW })
    await people.welcomeTips('written', NOW)
    expect(await people.find('written')).not.toHaveProperty('tipsRefusedAt')
    await people.welcomeTips('written', '')
    expect(await people.find('written')).not.toHaveProperty('tipsRefusedAt')
  })

  test('is not brought back by a confirmation that was long on its way', async () => {
    const before = await table.items()
    expect(await people.verify('long-gone', 'nowhere', NOW)).toBe(false)
    expect(await table.items()).toEqual(before)
    // Nor is one of two requests that she has erased.
    await holds('stays', 'a')
    await holds('stays', 'b')
    // While it is there its name stays.
    await people.forget('stays', 'b')
    expect((await people.find('stays')).held).toEqual(['a', 'b'])
    await goes('stays', 'b')
    expect(await people.verify('stays', 'b', NOW)).toBe(false)
    expect(await people.find('stays')).toEqual({ id: 'stays', confirmations: [], requests: [], held: ['a'] })
    expect(await people.verify('stays', 'a', NOW)).toBe(true)
    expect(await people.verify('stays', 'a', LATER)).toBe(true)
    expect(await people.find('stays')).toMatchObject({ verifiedAt: NOW, requests: ['a'], held: [] })
  })

  test('stops all mail once more only as she was read', async () => {
    const unheard = await people.find('stops-twice')
    expect(await people.suppress('stops-twice', 'asked', NOW, unheard)).toBe(true)
    expect(await people.suppress('stops-twice', 'asked', NOW, unheard)).toBe(false)
    const once = await people.find('stops-twice')
    expect(await people.suppress('stops-twice', 'asked', LATER, once)).toBe(true)
    expect(await people.suppress('stops-twice', 'asked', LATER, once)).toBe(false)
    expect(await people.find('stops-twice')).toMatchObject({ suppressedAt: NOW, stops: 2 })
    const twice = await people.find('stops-twice')
    await people.suppress('stops-twice', 'bounce', LATER)
    expect(await people.suppress('stops-twice', 'asked', LATER, { ...twice, stops: 3 })).toBe(false)
    expect(await people.find('stops-twice')).toMatchObject({ suppressedBecause: 'bounce', stops: 3 })
  })

  test.each([
    ['without a word', undefined],
    ['because too much was asked', [{ Code: 'ThrottlingError' }, { Code: 'None' }]],
  ])('is not held to be gone where the database cancels %s', async (_why, CancellationReasons) => {
    calls.refused = 'TransactWriteItemsCommand'
    calls.refusal = new TransactionCanceledException({
      message: 'Transaction cancelled',
      $metadata: {},
      ...(CancellationReasons ? { CancellationReasons } : {}),
    })
    await expect(people.hold('x', 'y')).rejects.toThrow('Transaction cancelled')
    calls.refused = undefined
  })

  test('says something of herself by a link, while that leads to something', async () => {
    const by = { requestId: 'by its link' }
    await holds('linked', by.requestId)
    await people.suppress('linked', 'asked', NOW)
    await people.refuseTips('linked', NOW)
    const seen = await people.find('linked')
    const gone = { series: 'weekly' }
    expect(await people.release('linked', seen, gone)).toBe(false)
    expect(await people.release('linked', seen, by)).toBe(true)
    expect(await people.release('linked', seen, by)).toBe(true)
    await people.welcomeTips('linked', NOW, gone)
    expect(await people.find('linked')).toMatchObject({ takenBack: NOW, tipsRefusedAt: NOW })
    await people.welcomeTips('linked', NOW, by)
    expect(await people.find('linked')).not.toHaveProperty('tipsRefusedAt')
    // A refusal that is a part of a stop, once that is taken back.
    await people.refuseTips('linked', LATER, NOW)
    expect(await people.find('linked')).not.toHaveProperty('tipsRefusedAt')
    await people.suppress('linked', 'asked', LATER)
    await people.refuseTips('linked', LATER, LATER)
    expect(await people.find('linked')).toMatchObject({ tipsRefusedAt: LATER })
    // What she had erased no welcome takes back, and of two erasures the later one stands.
    await people.eraseTips('linked', LATER)
    await people.eraseTips('linked', NOW)
    // Nor any, while all mail is stopped.
    await people.welcomeTips('linked', LATER)
    expect(await people.find('linked')).toMatchObject({ tipsRefusedAt: LATER })
    await people.release('linked', await people.find('linked'))
    await people.welcomeTips('linked', LATER)
    expect((await people.find('linked')).tipsErasedAt).toBe(LATER)
    await goes('linked', by.requestId)
    await people.forgetAll('linked')
    expect(await people.find('linked')).toEqual({
      id: 'linked',
      stops: 2,
      tipsErasedAt: LATER,
      confirmations: [],
      requests: [],
      held: [],
    })
  })

  test('takes back her own word, and nothing else', async () => {
    await people.suppress('herself', 'asked', NOW)
    await people.suppress('herself', 'asked', LATER)
    const twice = await people.find('herself')
    expect(twice).toMatchObject({ suppressedAt: NOW, suppressedBecause: 'asked', stops: 2 })
    // Said once more since it was read: the later word stands, of the same moment as well.
    await people.suppress('herself', 'asked', LATER)
    expect(await people.release('herself', twice)).toBe(false)
    expect(await people.find('herself')).toMatchObject({ suppressedAt: NOW, suppressedBecause: 'asked', stops: 3 })
    const seen = await people.find('herself')
    expect(await people.release('herself', seen)).toBe(true)
    expect(await people.find('herself')).not.toHaveProperty('suppressedAt')
    expect(await people.find('herself')).not.toHaveProperty('suppressedBecause')
    expect(await people.find('herself')).toMatchObject({ takenBack: NOW })
    expect(await people.release('herself', seen)).toBe(true)
    // Which word it was is forgotten once the tips are welcome, and late answers do not tell of it again.
    await people.welcomeTips('herself', LATER)
    expect(await people.release('herself', seen)).toBe(true)
    expect(await people.find('herself')).not.toHaveProperty('takenBack')
    // Another word of hers than the one that is taken back.
    await people.suppress('herself', 'asked', LATER)
    expect(await people.release('herself', seen)).toBe(false)
    expect(await people.find('herself')).toMatchObject({ suppressedAt: LATER })
    // By its moment, if the count were the same, and by its count.
    expect(await people.release('herself', { ...(await people.find('herself')), suppressedAt: NOW })).toBe(false)
    expect(await people.release('herself', await people.find('herself'))).toBe(true)
    // A bounce says more than her word, and stays.
    await people.suppress('herself', 'asked', NOW)
    await people.suppress('herself', 'bounce', LATER)
    expect(await people.find('herself')).toMatchObject({ suppressedAt: NOW, suppressedBecause: 'bounce' })
    expect(await people.release('herself', await people.find('herself'))).toBe(false)
    expect(await people.find('herself')).toMatchObject({ suppressedBecause: 'bounce' })
  })

  test('whose mail comes back again and again is counted, each message once, until something arrives', async () => {
    await holds('full', 'full-1')
    for (const series of ['weekly', 'other']) await subscriptions.create({ ...reader, person: 'full', series }, NOW)
    const softly = (message: string, about: Parameters<typeof people.countSoftBounce>[2] = { requestId: 'full-1' }) =>
      people.countSoftBounce('full', message, about)
    expect(await softly('m1')).toBe(1)
    expect(await softly('m1')).toBe(1)
    expect(await softly('m2')).toBe(2)
    expect(await softly('m3', { series: 'weekly', part: 4 })).toBe(3)
    // The next part of the same series: nothing has arrived in between. The one after the next: something has.
    expect(await softly('m4', { series: 'weekly', part: 5 })).toBe(4)
    expect(await softly('m5', { series: 'other', part: 9 })).toBe(5)
    expect(await people.find('full')).toMatchObject({ softBounce: 'm5', softPart: { weekly: 5, other: 9 } })
    expect(await softly('m6', { series: 'weekly', part: 7 })).toBe(1)
    expect(await people.find('full')).toMatchObject({ softBounces: 1, softBounce: 'm6', softPart: { weekly: 7 } })
    // A mail that asks to confirm, or whose place nobody knows: no part of a row.
    expect(await softly('m7', { series: 'weekly' })).toBe(2)
    expect(await people.find('full')).toMatchObject({ softBounce: 'm7', softPart: { weekly: 7 } })
    await people.forgetSoftBounces('full')
    await people.forgetSoftBounces('full')
    expect(await people.find('full')).toEqual({ id: 'full', confirmations: [], requests: [], held: ['full-1'] })
    await people.forgetSoftBounces('nobody')
    expect(await people.find('nobody')).toEqual({ id: 'nobody', confirmations: [], requests: [], held: [] })
    expect(await softly('m8')).toBe(1)
  })

  test('whom nobody knows has nothing to forget', async () => {
    await people.forget('nobody', 'a request')
    expect((await table.items()).filter(({ pk }) => JSON.stringify(pk).includes('nobody'))).toEqual([])
  })

  test('holds what the caps forbade, until it is confirmed or forgotten, and no more than ten', async () => {
    for (let n = 0; n < 12; n += 1) await holds('eager', `held-${n}`)
    expect((await people.find('eager')).held).toHaveLength(10)
    await people.verify('eager', 'held-3', NOW)
    await goes('eager', 'held-4')
    await people.verify('eager', 'held-1', NOW)
    const { held, requests: own } = await people.find('eager')
    expect(held).toEqual(['held-0', 'held-2', 'held-5', 'held-6', 'held-7', 'held-8', 'held-9'])
    expect(own).toEqual(['held-1', 'held-3'])
  })
})

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

describe('what an operator writes', () => {
  let byHand: typeof import('../shared/aws/by-hand.ts')
  beforeAll(async () => {
    byHand = await import('../shared/aws/by-hand.ts')
  })
  const stored = async (pk: string) => (await table.items()).find((item) => item.pk?.S === pk)

  test('of what is not there is nothing, and says so', async () => {
    const before = await table.items()
    const { touch, liftStop, endHold } = byHand
    expect(await Promise.all([touch('nowhere'), liftStop('nobody'), endHold()])).toEqual([false, false, false])
    expect(await table.items()).toEqual(before)
  })

  test('to have a request told of anew is its version alone', async () => {
    const request = fresh()
    await requests.create(request)
    const before = await stored(`REQUEST#${request.id}`)
    expect(await byHand.touch(request.id)).toBe(true)
    expect(await stored(`REQUEST#${request.id}`)).toEqual({ ...before, version: { N: String(request.version + 1) } })
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
    await expect(table.withoutIt(() => byHand.touch('x'))).rejects.toThrow('resource not found')
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

test('a confirmed request that is put to rest is known to the database as such', async () => {
  const request = fresh(having(confirmed, ['sent', NOW]))
  await requests.create(request)
  const rested = record(request, 'rested', { now: LATER, retention: stage.retention })
  expect(rested && (await requests.save(rested, ['sent']))).toBe(true)
  expect((await requests.find(request.id, LATER))?.request).toMatchObject({ state: 'no-response' })
})
