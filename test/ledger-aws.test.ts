import { describe, expect, test } from 'vitest'
import { mailKey, type PlannedMail, partsOf } from '../shared/plan.ts'
import type { LedgerMail } from '../shared/request.ts'
import {
  calls,
  claimed,
  DAY,
  first,
  fresh,
  holds,
  LATER,
  ledger,
  NOW,
  people,
  requests,
  rowOf,
  SINCE,
  taken,
  verified,
  waiting,
  withPart,
} from './aws-kit.ts'
import { unitsOf } from './calls.ts'
import { ada, confirmed, having } from './people.ts'

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
