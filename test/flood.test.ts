import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { stages } from '../infra/stages.ts'
import { type House, openHouse } from './house.ts'
import type { TakenMail } from './services.ts'
import { adasForm } from './traveller.ts'

vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

/**
 * Our mail that asks to confirm is itself the weapon: somebody types addresses of others, as fast as he can. With `FLOOD=10000`
 * in the environment so many forms are sent in, instead of a few.
 */
const MANY = Number(process.env.FLOOD ?? 160)
const LONG = { timeout: 300_000 + MANY * 300 }

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
    const answer = `${isTips ? 'tips' : 'request'} ${statusCode} ${headers['content-type']} ${said.state ?? said.title}`
    answers.set(answer, (answers.get(answer) ?? 0) + 1)
  }
  return Object.fromEntries(answers)
}

const DAY = 24 * 60
type Sent = { to: string; at: number }

/** Lets the clock go on, a minute at a time while something is due, and notes when each mail went out. */
const live = async (
  minutes: number,
  onMail: (mail: TakenMail) => Promise<unknown> = async () => {},
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
      sent.push({ to: mail.to, at: Date.now() })
      await onMail(mail)
    }
    house.pass(Math.max(1, Math.min(idle, Math.ceil((house.nextAt() - Date.now()) / 60_000))))
  }
  return sent
}

/** The most that fell into any stretch of so many minutes. */
const mostIn = (sent: readonly Sent[], minutes: number): number =>
  Math.max(0, ...sent.map(({ at }) => sent.filter((mail) => mail.at >= at && mail.at < at + minutes * 60_000).length))

describe('a flood of forms', () => {
  test(
    'for one address from many networks brings it one mail a day and three ever, and no answer tells',
    LONG,
    async () => {
      const victim = 'victim@example.org'
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
      const answers = await flood(
        Array.from({ length: MANY }, (_, index) => `campus-${index}@example.org`),
        (index) => `198.51.100.${index % 250}`,
      )
      const taken = Object.entries(answers).reduce(
        (all, [answer, times]) => (answer.includes(' 202 ') ? all + times : all),
        0,
      )
      expect(taken).toBe(caps.refuseFromANetworkAnHour)
      const sent = await live(DAY)
      expect(sent.length).toBeLessThanOrEqual(taken)
      expect(sent.length).toBeGreaterThan(taken * 0.9)
      const hours = new Map<number, number>()
      for (const { at } of sent) hours.set(Math.floor(at / 3_600_000), (hours.get(Math.floor(at / 3_600_000)) ?? 0) + 1)
      expect(Math.max(...hours.values())).toBeLessThanOrEqual(caps.requestsFromANetworkAnHour)
    },
  )

  test('for many addresses from many networks goes out slowly, and stops when they bounce', LONG, async () => {
    // A rate says something from so many mails on: fewer than in production, where it takes longer to try.
    const limits = { ...reputation, afterMails: 100 }
    Object.assign((await import('../shared/aws/environment.ts')).theStage().reputation, limits)
    // What was sent before is no part of the account of two days by then.
    await live(3 * DAY)
    let count = 0
    await flood(
      Array.from({ length: Math.max(MANY, 200) }, (_, index) => `x${index}@example.net`),
      networks,
    )
    const sent = await live(60, async ({ to, tags, messageId }) => {
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
    })
    expect(mostIn(sent, 1)).toBeLessThanOrEqual(caps.confirmationsAMinute)
    expect(new Set(sent.map(({ to }) => to)).size).toBe(sent.length)
    // Then the breaker opens.
    expect(sent.length).toBeGreaterThanOrEqual(limits.afterMails)
    expect(sent.length).toBeLessThanOrEqual(limits.afterMails + caps.confirmationsAMinute)
  })
})
