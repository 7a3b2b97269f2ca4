import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { stages } from '../infra/stages.ts'
import { type House, openHouse } from './house.ts'
import type { TakenMail } from './services.ts'
import { adasForm } from './traveller.ts'

vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

/**
 * Our mail that asks to confirm is itself the weapon: somebody types addresses of others, as fast as he can. With `FLOOD=10000`
 * in the environment so many forms are sent in, instead of a few, and what came of them is printed.
 */
const MANY = Number(process.env.FLOOD ?? 160)
const LONG = { timeout: 300_000 + MANY * 600 }
/** Enough of them for the limits of production, where a test of every day is content with lower ones. */
const isGreat = MANY >= 10_000

const { caps, reputation } = stages.prod

let house: House
beforeAll(async () => {
  house = await openHouse(stages.prod, '2026-11-23T14:00:00Z')
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => undefined)
})
afterAll(() => house.close())

const networks = (index: number) => `2001:db8:${index.toString(16)}::1`

/** Sends in a form for each address, for a request or for the tips: what was answered, and how often. */
const flood = async (addresses: readonly string[], from: (index: number) => string) => {
  const answers = new Map<string, number>()
  for (const [index, address] of addresses.entries()) {
    const isTips = index % 4 === 3
    const { statusCode, headers, body } = await house.call('POST', isTips ? '/subscriptions' : '/requests', {
      body: isTips ? { email: address } : { ...adasForm, seekerEmail: address },
      sourceIp: from(index),
    })
    const { id: _id, ...said } = JSON.parse(body)
    const answer = `${isTips ? 'tips' : 'request'} ${statusCode} ${headers['content-type']} ${said.state ?? said.title}${isWhen(headers['retry-after']) ? ', and when to come again' : ''}`
    answers.set(answer, (answers.get(answer) ?? 0) + 1)
  }
  return Object.fromEntries(answers)
}

const isWhen = (retryAfter = ''): boolean => /^[1-9]\d*$/.test(retryAfter) && Number(retryAfter) <= 3600

const DAY = 24 * 60
type Sent = { to: string; mail: string | undefined; at: number }

/**
 * Lets the clock go on, a minute at a time while something is due, and notes when each mail went out. While something is due
 * and no mail goes out it looks again after `patience` minutes.
 */
const live = async (
  minutes: number,
  { onMail = async () => {}, patience = 1 }: { onMail?: (mail: TakenMail) => Promise<unknown>; patience?: number } = {},
): Promise<Sent[]> => {
  const sent: Sent[] = []
  const idle = minutes < DAY ? 30 : 6 * 60
  await house.tell()
  let pickedAt = 0
  for (const end = Date.now() + minutes * 60_000; Date.now() < end; ) {
    if (Date.now() - pickedAt >= idle * 60_000) {
      await house.functions.pickTips()
      pickedAt = Date.now()
    }
    await house.deliver(2 * caps.confirmationsAMinute)
    const mails = house.services.mails.splice(0)
    house.services.calls.length = 0
    for (const mail of mails) {
      sent.push({ to: mail.to, mail: mail.tags.mail, at: Date.now() })
      await onMail(mail)
    }
    const atLeast = mails.length > 0 ? 1 : patience
    house.pass(Math.max(atLeast, Math.min(idle, Math.ceil((house.nextAt() - Date.now()) / 60_000))))
  }
  return sent
}

/** The most that fell into any stretch of so many minutes. */
const mostIn = (sent: readonly Sent[], minutes: number): number =>
  Math.max(0, ...sent.map(({ at }) => sent.filter((mail) => mail.at >= at && mail.at < at + minutes * 60_000).length))

/** For who wants to know, with `FLOOD` in the environment: forms by their answer, and mails by the hour after the first form. */
const tell = (from: number, answers: Record<string, number>, sent: readonly Sent[]): void => {
  if (!process.env.FLOOD) return
  const hours = Object.groupBy(sent, ({ at }) => `hour ${Math.floor((at - from) / 3_600_000)}`)
  const mails = Object.entries(hours).map(([hour, some]) => [hour, some?.length])
  process.stdout.write(`${expect.getState().currentTestName}\n`)
  process.stdout.write(
    `${JSON.stringify({ answers, mails: { all: sent.length, ...Object.fromEntries(mails) } }, null, 2)}\n`,
  )
}

describe('a flood of forms', () => {
  test(
    'for one address from many networks brings it one mail a day and three ever, and no answer tells',
    LONG,
    async () => {
      const victim = 'victim@example.org'
      const from = Date.now()
      const seen = { answers: await flood(Array(MANY).fill(victim), networks), sent: await live(DAY) }
      expect(seen.answers).toEqual({
        'request 202 application/json; charset=utf-8 unconfirmed': (MANY * 3) / 4,
        'tips 202 application/json; charset=utf-8 pending': MANY / 4,
      })
      expect(seen.sent.map(({ to }) => to)).toEqual([victim])
      for (let day = 0; day < 5; day += 1) {
        await flood(Array(20).fill(victim), networks)
        seen.sent.push(...(await live(DAY)))
      }
      tell(from, seen.answers, seen.sent)
      expect(seen.sent).toHaveLength(caps.confirmationsEver)
      expect(mostIn(seen.sent, caps.confirmationEveryHours * 60 - 60)).toBe(1)
    },
  )

  test('for the many spellings of one mailbox brings it no more than one address may get', LONG, async () => {
    const spelt = (index: number) =>
      index % 2 ? `victim+${index}@example.com` : `${index.toString(2).split('').join('.')}.victim+${index}@gmail.com`
    await flood(
      Array.from({ length: 60 }, (_, index) => spelt(index)),
      networks,
    )
    const sent = await live(7 * DAY)
    const dotted = new Set(sent.filter(({ to }) => to.endsWith('@gmail.com')).map(({ to }) => to))
    expect(sent.filter(({ to }) => to.endsWith('@example.com'))).toHaveLength(caps.confirmationsEver)
    // Those differ in their letters, too: each is a mailbox of its own.
    expect(dotted.size).toBeGreaterThan(3)
    await flood(
      Array.from({ length: 40 }, (_, index) => `v${'.'.repeat(index % 2)}ictim+${index}@gmail.com`),
      networks,
    )
    expect(await live(7 * DAY)).toHaveLength(caps.confirmationsEver)
  })

  test(
    'for many addresses from one network is refused, and what was taken goes out over the hours after',
    LONG,
    async () => {
      const from = Date.now()
      const answers = await flood(
        Array.from({ length: MANY }, (_, index) => `campus-${index}@example.org`),
        (index) => `198.51.100.${index % 250}`,
      )
      const taken = Object.entries(answers).reduce(
        (all, [answer, times]) => (answer.includes(' 202 ') ? all + times : all),
        0,
      )
      expect(taken).toBe(caps.refuseFromANetworkAnHour)
      const refused = 'application/problem+json; charset=utf-8 Many requests have come from your network'
      expect(answers).toEqual({
        'request 202 application/json; charset=utf-8 unconfirmed': (taken * 3) / 4,
        'tips 202 application/json; charset=utf-8 pending': taken / 4,
        [`request 429 ${refused}, and when to come again`]: ((MANY - taken) * 3) / 4,
        [`tips 429 ${refused}, and when to come again`]: (MANY - taken) / 4,
      })
      const sent = await live(DAY)
      tell(from, answers, sent)
      expect(sent.length).toBeLessThanOrEqual(taken)
      expect(sent.length).toBeGreaterThan(taken * 0.9)
      const hours = new Map<number, number>()
      for (const { at } of sent) hours.set(Math.floor(at / 3_600_000), (hours.get(Math.floor(at / 3_600_000)) ?? 0) + 1)
      expect(Math.max(...hours.values())).toBeLessThanOrEqual(caps.requestsFromANetworkAnHour)
    },
  )

  test('for an address that was confirmed brings it no more in a day than its owner may ask for', LONG, async () => {
    const victim = 'reader@example.org'
    const { confirm } = await house.begin({ seekerEmail: victim })
    await house.settle()
    expect((await house.call('POST', confirm)).statusCode).toBe(200)
    await live(2 * DAY)
    const from = Date.now()
    const answers = await flood(Array(MANY).fill(victim), networks)
    const sent = await live(DAY)
    for (let day = 0; day < 2; day += 1) {
      await flood(Array(20).fill(victim), networks)
      sent.push(...(await live(DAY)))
    }
    tell(from, answers, sent)
    expect(answers).toEqual({
      'request 202 application/json; charset=utf-8 unconfirmed': (MANY * 3) / 4,
      'tips 202 application/json; charset=utf-8 pending': MANY / 4,
    })
    const asking = sent.filter(({ to, mail }) => to === victim && mail?.startsWith('confirm'))
    expect(mostIn(asking, DAY)).toBe(caps.confirmationsADayOnceVerified)
    // Of each day as many as the cap, and not a queue of them for the days after.
    expect(asking).toHaveLength(3 * caps.confirmationsADayOnceVerified)
    expect((await live(DAY)).filter(({ mail }) => mail === 'confirm')).toEqual([])
  })

  test('for many addresses from many networks goes out slowly, and stops when they bounce', LONG, async () => {
    // A rate says something from so many mails on: fewer than in production, where it takes longer to try.
    const limits = { ...reputation, ...(isGreat ? {} : { afterMails: 100 }) }
    Object.assign((await import('../shared/aws/environment.ts')).theStage().reputation, limits)
    // What was sent before is no part of the account of two days by then.
    await live(3 * DAY)
    const from = Date.now()
    let count = 0
    const addresses = Array.from({ length: Math.max(MANY, 240) }, (_, index) => `x${index}@example.net`)
    const answers = await flood(addresses, networks)
    const onMail = async ({ to, tags, messageId }: TakenMail) => {
      count += 1
      const told = Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]]))
      const event = (eventType: string, more = {}) =>
        house.functions.recordOutcome({
          detail: { eventType, mail: { messageId, destination: [to], tags: told }, ...more },
        })
      await event('Send')
      if (count % 3 === 0) {
        const bouncedRecipients = [{ emailAddress: to, diagnosticCode: 'smtp; 550 5.1.1' }]
        await event('Bounce', { bounce: { bounceType: 'Permanent', bouncedRecipients } })
      }
    }
    const forgottenAt = (Math.floor(from / (DAY * 60_000)) + 2) * DAY * 60_000
    const sent = await live((forgottenAt - Date.now()) / 60_000 + 6 * 60, { onMail, patience: isGreat ? 30 : 3 * 60 })
    tell(from, answers, sent)
    expect(mostIn(sent, 1)).toBeLessThanOrEqual(caps.confirmationsAMinute)
    expect(new Set(sent.map(({ to, mail }) => `${mail} ${to}`)).size).toBe(sent.length)
    // Then the breaker opens, and stays open for as long as those mails are in the account: of today and yesterday.
    const first = sent.filter(({ at }) => at < forgottenAt)
    expect(first.length).toBeGreaterThanOrEqual(limits.afterMails)
    expect(first.length).toBeLessThanOrEqual(limits.afterMails + caps.confirmationsAMinute)
    expect(sent.length - first.length).toBeLessThanOrEqual(limits.afterMails + caps.confirmationsAMinute)
    // The rest was waiting all the time, and the next of it go out after that.
    expect(sent.length).toBeGreaterThan(first.length)
  })
})
