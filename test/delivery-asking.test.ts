import { type AttributeValue, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { describe, expect, test, vi } from 'vitest'
import { toInstant, toMs } from '../shared/calendar.ts'
import { asked } from '../shared/tips/enrolment.ts'
import { subscriptionId, subscriptionLinks } from '../shared/tips/links.ts'
import type { Series } from '../shared/tips/series.ts'
import { after as afterEvent, type Subscription } from '../shared/tips/subscription.ts'
import {
  at,
  base,
  bounceOf,
  counters,
  drain,
  limits,
  NOW,
  now,
  pass,
  people,
  planMail,
  reader,
  run,
  said,
  sends,
  services,
  store,
  subscriptions,
  table,
  there,
  work,
} from './delivery-kit.ts'
import { library } from './library.ts'
import { stage } from './people.ts'
import { consent, due, weekly } from './readers.ts'

// The series of this build are those that a test puts there, and nothing is counted.
vi.mock('../shared/tips/library.ts', () => import('./library.ts'))
vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

describe('a mail that asks to confirm', () => {
  const confirmations = () =>
    services.mails.map(({ to, tags }) => `${to.split('@')[0]} ${tags.mail?.replace('confirm-series', 'asked')}`)
  /** Somebody fills in the form. */
  const ask = async (name = 'ada', more: Partial<Parameters<typeof asked>[0]> = {}) => {
    const { had: _had, state: _state, consent: _consent, ...who } = reader(name)
    const { confirmedAt: _at, ...unproven } = { ...consent, askedAt: now() }
    const asking = { ...who, series: weekly, consent: unproven, now: now(), ...more }
    const [waiting] = await store(asked(asking, { withinHours: stage.tips.confirmWithinHours }))
    return waiting as Subscription
  }
  /** What the stream tells `plan-mail` when it was stored. */
  const ring = async (one: Subscription) => {
    const image = (await table.items()).find(
      ({ sk, pk }) => sk?.S === `SERIES#${one.series}` && String(pk?.S).includes(one.person),
    )
    const record = { dynamodb: { Keys: { pk: image?.pk, sk: image?.sk }, NewImage: image, SequenceNumber: '1' } }
    expect(await planMail({ Records: [record] } as never)).toEqual({ batchItemFailures: [] })
  }
  const askAndSend = async (name = 'ada', more: Partial<Parameters<typeof asked>[0]> = {}) => {
    const waiting = await ask(name, more)
    await ring(waiting)
    await drain()
    return waiting
  }

  test('goes out at once, says nothing that anybody typed, and is counted for the address', async () => {
    const ada = await askAndSend('ada', { firstName: 'Buy now at evil.example' })
    expect(confirmations()).toEqual(['ada asked'])
    const { text, html, subject, headers, tags } = services.mails[0] ?? expect.unreachable()
    const { confirm, unsubscribe } = subscriptionLinks('https://chats.example.org', ada)
    for (const link of [confirm, unsubscribe]) {
      expect(text).toContain(link)
      expect(html).toContain(link)
    }
    expect(`${text}${html}${subject}${JSON.stringify(headers)}`).not.toMatch(/evil|Buy now/)
    expect(headers).toContainEqual({ name: 'List-Unsubscribe', value: `<${unsubscribe}>` })
    expect(tags).toMatchObject({ mail: 'confirm-series', subscription: subscriptionId(ada), part: 'confirm' })
    expect((await people.find(ada.person)).confirmations).toEqual([NOW])
    expect(await counters.outcomesLately(now())).toMatchObject({ sent: 1 })
  })

  test('comes a second time a day later, and never again', async () => {
    const ada = await askAndSend()
    pass(24 * 60 - 1)
    await run()
    expect(confirmations()).toEqual(['ada asked'])
    pass(2)
    await run()
    expect(confirmations()).toEqual(['ada asked', 'ada asked-reminder'])
    for (let hours = 0; hours < 46; hours += 2) {
      await run()
      pass(120)
    }
    expect(confirmations()).toHaveLength(2)
    expect(await there(ada)).not.toHaveProperty('dueAt')
    at(toInstant(toMs(NOW) + 72 * 3_600_000))
    expect(await subscriptions.find(ada, now())).toBeUndefined()
  })

  test('is not repeated where there would be no time left to press the button', async () => {
    const ada = await ask()
    await subscriptions.change(ada, now(), (seen) => ({
      ...seen,
      expiresAt: Math.floor(Date.now() / 1000) + 24 * 3600,
      version: seen.version + 1,
    }))
    await run()
    expect(await there(ada)).not.toHaveProperty('dueAt')
  })

  test.each(['confirmed', 'left', 'suppressed'] as const)('goes to nobody who is %s meanwhile', async (event) => {
    const ada = await ask()
    await subscriptions.change(ada, now(), (seen) =>
      afterEvent(seen, event, {
        now: now(),
        ...(event === 'confirmed' ? { due: due('one', '2026-12-01T14:00:00.000Z') } : {}),
      }),
    )
    await work({ series: 'weekly', next: 'confirm', people: [ada.person] })
    expect(sends()).toBe(0)
    if (event === 'confirmed') expect(await there(ada)).toMatchObject({ dueAt: '2026-12-01T14:00:00.000Z' })
  })

  test('rung for, handed over and delivered twice at once goes out once', async () => {
    const ada = await ask()
    const message = { series: 'weekly', next: 'confirm', people: [ada.person] }
    await Promise.all([work(message), work(message), work(message)])
    await work(message)
    expect(confirmations()).toEqual(['ada asked'])
  })

  test('waits a day where the address has had one, and three is the end', async () => {
    library.push(...['b', 'c', 'd'].map((id) => ({ ...weekly, id, edition: id })))
    await askAndSend()
    pass(60)
    const second = await askAndSend('ada', { series: library[1] as Series })
    expect(confirmations()).toHaveLength(1)
    expect((await there(second)).dueAt).toBe('2026-11-25T14:00:30.000Z')
    await people.find(second.person)
    // A day later the first one’s reminder is due as well: one of the two goes out.
    at('2026-11-25T14:01:00.000Z')
    await run()
    expect(confirmations()).toHaveLength(2)
    at('2026-11-26T14:02:00.000Z')
    await run()
    at('2026-11-27T14:03:00.000Z')
    await run()
    expect(confirmations()).toHaveLength(3)
    const fourth = await askAndSend('ada', { series: library[3] as Series })
    expect(confirmations()).toHaveLength(3)
    expect(await there(fourth)).toMatchObject({ state: 'pending' })
    expect(await there(fourth)).not.toHaveProperty('dueAt')
  })

  test('waits where a confirmed address has had its five of the day, and comes the day after', async () => {
    const ada = reader()
    const times = [1, 2, 3, 4, 5].map((minutes) => toInstant(toMs(NOW) - minutes * 60_000)).reverse()
    await base.database.send(
      new UpdateItemCommand({
        TableName: 'requests',
        Key: base.personKey(ada.person),
        UpdateExpression: 'SET verifiedAt = :first, confirmations = :times, lastConfirmationAt = :last',
        ExpressionAttributeValues: base.toItem({ ':first': times[0], ':times': times, ':last': times[4] }) as Record<
          string,
          AttributeValue
        >,
      }),
    )
    const waiting = await askAndSend()
    expect(sends()).toBe(0)
    expect((await there(waiting)).dueAt).toBe(toInstant(toMs(NOW) + 24 * 3_600_000 - 60_000))
    pass(24 * 60)
    await run()
    expect(confirmations()).toEqual(['ada asked'])
  })

  test('waits two minutes where too many go out in this one', async () => {
    for (let count = 0; count < stage.caps.confirmationsAMinute; count += 1) await counters.countConfirmation(now())
    const ada = await askAndSend()
    expect(sends()).toBe(0)
    expect(await there(ada)).toMatchObject({ next: 'confirm', dueAt: toInstant(toMs(NOW) + 120_000) })
    expect((await people.find(ada.person)).confirmations).toEqual([])
    pass(2)
    await run()
    expect(confirmations()).toEqual(['ada asked'])
  })

  test('that SES does not take waits, and is not counted twice for the address', async () => {
    services.troubles.push({ status: 429, error: 'TooManyRequestsException' })
    const ada = await askAndSend()
    expect(await there(ada)).toMatchObject({ dueAt: toInstant(toMs(NOW) + 120_000) })
    pass(2)
    services.troubles.push({ status: 400, error: 'SendingPausedException' })
    await run()
    expect(await there(ada)).toMatchObject({ dueAt: toInstant(toMs(NOW) + 32 * 60_000) })
    pass(31)
    await run()
    expect(confirmations()).toEqual(['ada asked'])
    expect((await people.find(ada.person)).confirmations).toEqual([NOW])
  })

  test('whose answer was lost is looked up after ten minutes: taken, it is not repeated before its day', async () => {
    services.forgets = 1
    const ada = await askAndSend()
    pass(9)
    await run()
    expect(sends()).toBe(1)
    const [{ tags, messageId } = expect.unreachable()] = services.mails
    services.noted.push({ at: Date.now(), line: `${tags.batch} ${tags.subscription} ${messageId}` })
    pass(2)
    await run()
    expect(sends()).toBe(1)
    expect(await there(ada)).toMatchObject({ next: 'remind' })
    expect(await counters.outcomesLately(now())).toMatchObject({ sent: 1 })
  })

  test('whose answer was lost and that was not taken is sent, and counted once for the address', async () => {
    services.troubles.push({ cut: true })
    const ada = await askAndSend()
    pass(11)
    await run()
    await run()
    expect(confirmations()).toEqual(['ada asked'])
    expect((await people.find(ada.person)).confirmations).toEqual([NOW])
  })

  test('that SES will never take is the end of it', async () => {
    services.troubles.push({ status: 400, error: 'BadRequestException' })
    const ada = await askAndSend()
    pass(60)
    await run()
    expect(sends()).toBe(1)
    expect(await there(ada)).not.toHaveProperty('dueAt')
  })

  test('for a stopped address is none, and says so', async () => {
    const ada = await ask()
    await people.suppress(ada.person, 'bounce', now())
    await run()
    expect(sends()).toBe(0)
    expect((await there(ada)).state).toBe('suppressed')
  })

  test('for an address that is stopped by her own word waits for her to take that back', async () => {
    const { startAgain, stopEverything } = await import('../shared/delivery/leave.ts')
    library.push({ ...weekly, id: 'second', edition: 'second-1' })
    const [reads] = await store(reader('ada', { series: 'second', edition: 'second-1' }))
    if (!reads) return expect.unreachable()
    await stopEverything(reads.person, now())
    pass(1)
    const waiting = await ask('ada')
    await run()
    expect(sends()).toBe(0)
    expect(await there(waiting)).toMatchObject({ state: 'unsubscribed', before: 'pending', unsubscribedAt: NOW })
    // As if a form had asked for what she reads, too.
    const asked = await subscriptions.change(reads, now(), (seen) =>
      afterEvent(seen, 'asked', { now: now(), expiresAt: toMs(now()) / 1000 + 99, due: due('confirm', now()) }),
    )
    expect(asked?.state).toBe('pending')
    await run()
    expect(await there(reads)).toMatchObject({ state: 'unsubscribed', before: 'active', unsubscribedAt: NOW })
    pass(1)
    expect(await startAgain(reads.person, now(), { series: 'second' })).toBe(true)
    expect((await there(reads)).state).toBe('active')
    await ring(await there(waiting))
    await drain()
    expect(confirmations()).toContain('ada asked')
    expect((await there(waiting)).state).toBe('pending')
  })

  test('waits a minute where the stop was taken back in the same moment', async () => {
    const ada = await ask()
    const claim = vi.spyOn(subscriptions, 'claimConfirmation').mockResolvedValueOnce('suppressed')
    await run()
    claim.mockRestore()
    expect(sends()).toBe(0)
    pass(1)
    await run()
    expect(sends()).toBe(1)
    expect((await there(ada)).state).toBe('pending')
  })

  test('with which something goes wrong holds up none behind it', async () => {
    const [ada, bea] = [await ask('ada'), await ask('bea')]
    const find = subscriptions.find
    const broken = vi.spyOn(base.database, 'send')
    broken.mockImplementationOnce(() => Promise.reject(new Error('the database is away')) as never)
    expect(await work({ series: 'weekly', next: 'confirm', people: [ada.person, bea.person] })).toBe(false)
    expect(confirmations()).toEqual(['bea asked'])
    expect(await find(ada, now())).toMatchObject({ next: 'confirm' })
  })

  test('stops for an hour, all of them, once too many have bounced', async () => {
    Object.assign(limits, { afterMails: 20, bounceRate: 0.1 })
    // A flood of made-up addresses, each of which rings for its mail.
    for (let index = 0; index < limits.afterMails; index += 1) await askAndSend(`invented-${index}`)
    expect(confirmations()).toHaveLength(limits.afterMails)
    for (let index = 0; index < limits.afterMails * limits.bounceRate; index += 1)
      await bounceOf(services.mails[index]?.to ?? '')
    const ada = await askAndSend()
    expect(confirmations()).toHaveLength(limits.afterMails)
    expect(said).toContainEqual(expect.objectContaining({ level: 'error', event: 'confirmations-stopped' }))
    expect((await there(ada)).dueAt).toBe(toInstant(toMs(NOW) + 3_600_000))
  })
})
