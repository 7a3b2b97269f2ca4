import ICAL from 'ical.js'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { adasForm, begin, openTraveller, type Traveller, wall } from './traveller.ts'

let traveller: Traveller
beforeAll(async () => {
  traveller = await openTraveller('2026-11-23T14:00:00Z', inject('assembly'))
})
afterAll(() => traveller.close())

let count = 0
/** A seeker whom no other test knows. */
const somebody = () => {
  count += 1
  return `seeker-${count}@example.org`
}
const clock = async (): Promise<number> => Date.parse((await traveller.call('/_local/clock')).json.now)

describe('a request, from the form to staying in touch', () => {
  test('walks through three months in New York, each mail at its hour', async () => {
    const seekerEmail = somebody()
    const request = await begin(traveller, { seekerEmail })
    const sent = await request.tell('sent')
    expect(sent.json).toMatchObject({
      state: 'sent',
      nextMails: [{ mail: 'widen' }, { mail: 'follow-up' }, { mail: 'let-rest' }],
    })

    await traveller.move({ to: '2026-12-02T20:00:00Z' })
    await request.tell('replied')
    await request.tell('scheduled', { start: '2026-12-15T15:00', place: 'Café Central' })
    await traveller.move({ to: '2026-12-15T23:00:00Z' })
    await request.tell('met', {
      learned: 'Compilers are read more than written.',
      names: 'Jean Bartik',
      promisedBy: '2027-01-12',
    })
    await request.tell('thanked')
    await traveller.move({ to: '2027-03-01T14:00:00Z' })

    expect(await traveller.diary(seekerEmail, 'America/New_York')).toEqual([
      'confirm Mon 2026-11-23 09:00',
      'draft Mon 2026-11-23 09:00',
      'widen Thu 2026-11-26 08:30',
      'follow-up Wed 2026-12-02 08:30',
      'arrange Wed 2026-12-02 15:00',
      'invitation Wed 2026-12-02 15:00',
      'prepare Thu 2026-12-10 08:30',
      'day-before Mon 2026-12-14 08:30',
      'thank Tue 2026-12-15 17:20',
      'refer Fri 2026-12-18 08:30',
      'close-the-loop Tue 2027-01-12 08:30',
      'keep-in-touch Fri 2027-01-15 08:30',
    ])
    for (const mail of await traveller.mails(seekerEmail)) expect(mail.to).toEqual([seekerEmail])
    expect((await request.get()).state).toBe('thanked')
  })

  test('that nobody answers is put to rest, and can be woken', async () => {
    const seekerEmail = somebody()
    const request = await begin(traveller, { seekerEmail, followUps: 2 })
    await request.tell('sent')
    const start = await traveller.mails(seekerEmail)
    await traveller.move({ advance: 'P40D' })
    const mails = (await traveller.mails(seekerEmail)).slice(start.length).map((mail) => mail.tags.mail)
    expect(mails).toEqual(['widen', 'follow-up', 'follow-up-2', 'let-rest'])
    expect(await request.get()).toMatchObject({ state: 'no-response', nextMails: [] })
    expect((await request.tell('replied')).json.state).toBe('replied')
  })

  test('deferred by the other side comes back on the day, and follows up from there', async () => {
    const seekerEmail = somebody()
    const request = await begin(traveller, { seekerEmail })
    await request.tell('sent')
    const until = new Date((await clock()) + 40 * 86_400_000).toISOString().slice(0, 10)
    await request.tell('deferred', { until })
    const before = (await traveller.mails(seekerEmail)).length
    await traveller.move({ advance: 'P45D' })
    const mails = (await traveller.mails(seekerEmail)).slice(before)
    expect(mails.map((mail) => mail.tags.mail)).toEqual(['resume'])
    expect((await request.get()).state).toBe('sent')
    expect((await request.get()).nextMails.map((mail: { mail: string }) => mail.mail)).toEqual([
      'follow-up',
      'let-rest',
    ])
  })

  test('paused shifts, and a meeting is still prepared', async () => {
    const request = await begin(traveller, { seekerEmail: somebody() })
    const before = (await request.tell('sent')).json.nextMails[0].dueAt
    const until = new Date((await clock()) + 14 * 86_400_000).toISOString().slice(0, 10)
    const paused = await request.tell('paused', { until })
    expect(paused.json.nextMails[0].dueLocal.slice(0, 10) > until).toBe(true)
    expect((await request.tell('resumed')).json.nextMails[0].dueAt).toBe(before)
  })

  test('closed because she landed where she wanted brings a word of gratitude, and then nothing', async () => {
    const seekerEmail = somebody()
    const request = await begin(traveller, { seekerEmail })
    await request.tell('sent')
    await request.tell('replied')
    await request.tell('met', { learned: 'Much.' })
    await request.tell('thanked')
    await request.tell('closed', { landed: true })
    await traveller.move({ advance: 'P100D' })
    expect((await traveller.mails(seekerEmail)).map((mail) => mail.tags.mail).at(-1)).toBe('gratitude')
  })
})

describe.each(['America/New_York', 'Asia/Kathmandu', 'Australia/Lord_Howe', 'Pacific/Kiritimati'])(
  'in %s',
  (timeZone) => {
    test('reminders come at half past eight on the wall, over a clock change, on working days only', async () => {
      const seekerEmail = somebody()
      const request = await begin(traveller, { seekerEmail, timeZone, followUps: 3 })
      await request.tell('sent')
      const before = (await traveller.mails(seekerEmail)).length
      await traveller.move({ advance: 'P60D' })
      const mails = (await traveller.mails(seekerEmail)).slice(before)
      expect(mails.map((mail) => mail.tags.mail)).toEqual([
        'widen',
        'follow-up',
        'follow-up-2',
        'follow-up-3',
        'let-rest',
      ])
      for (const mail of mails) {
        expect(wall(mail.at, timeZone)).toMatch(/^(Mon|Tue|Wed|Thu|Fri) .* 08:30$/)
      }
    })
  },
)

describe('the calendar entry', () => {
  const entryOf = (mail: { attachments: { contentType: string; content: string }[] } | undefined) => {
    const ics = mail?.attachments.find(({ contentType }) => contentType.startsWith('text/calendar'))
    if (!ics) throw new Error('No calendar entry')
    const calendar = new ICAL.Component(ICAL.parse(Buffer.from(ics.content, 'base64').toString('utf8')))
    const event = calendar.getFirstSubcomponent('vevent')
    return {
      method: calendar.getFirstPropertyValue('method'),
      uid: event?.getFirstPropertyValue('uid'),
      sequence: Number(event?.getFirstPropertyValue('sequence')),
      start: String(event?.getFirstPropertyValue('dtstart')),
    }
  }

  test('keeps its UID over a new date and a cancellation, and counts on', async () => {
    const seekerEmail = somebody()
    const request = await begin(traveller, { seekerEmail })
    const day = (days: number, at: number) => new Date(at + days * 86_400_000).toISOString().slice(0, 10)
    const now = await clock()
    await request.tell('scheduled', { start: `${day(20, now)}T15:00`, timeZone: 'UTC' })
    await request.tell('rescheduled', { start: `${day(21, now)}T16:00`, timeZone: 'UTC' })
    await request.tell('cancelled')
    const [first, second, third] = (await traveller.mails(seekerEmail)).slice(2).map(entryOf)
    expect(first).toMatchObject({ method: 'PUBLISH', sequence: 0, start: `${day(20, now)}T15:00:00Z` })
    expect(second).toMatchObject({
      method: 'PUBLISH',
      sequence: 1,
      start: `${day(21, now)}T16:00:00Z`,
      uid: first?.uid,
    })
    expect(third).toMatchObject({ method: 'CANCEL', sequence: 2, uid: first?.uid })
  })
})

describe('what SES says and does', () => {
  const trouble = async (fault: string, calls: number) => {
    const seekerEmail = somebody()
    const request = await begin(traveller, { seekerEmail })
    await request.tell('sent')
    const before = (await traveller.mails(seekerEmail)).length
    await traveller.faults(fault, calls)
    await traveller.move({ advance: 'P5D' })
    await traveller.faults('ok', 0)
    return (await traveller.mails(seekerEmail)).slice(before).map((mail) => mail.tags.mail)
  }

  test.each([
    ['throttles three times', 'throttle', 3],
    ['is down twice', 'down', 2],
    ['does not answer, having taken nothing', 'timeout-before-accept', 1],
    ['takes the mail and does not answer', 'timeout-after-accept', 1],
  ])('when it %s, the seeker gets the mail once', async (_case, fault, calls) => {
    expect(await trouble(fault, calls)).toEqual(['widen'])
  })

  test.each([
    ['throttles three times', 'throttle', 3],
    ['is down twice', 'down', 2],
    ['does not answer, having taken nothing', 'timeout-before-accept', 1],
    ['takes the mail and does not answer', 'timeout-after-accept', 1],
  ])('when it %s, the confirmation comes once all the same', async (_case, fault, calls) => {
    const seekerEmail = somebody()
    await traveller.faults(fault, calls)
    await traveller.json('/requests', { ...adasForm, seekerEmail })
    await traveller.move({ advance: 'PT3H' })
    await traveller.faults('ok', 0)
    expect((await traveller.mails(seekerEmail)).map((mail) => mail.tags.mail)).toEqual(['confirm'])
  })

  test('a permanent bounce stops all mail to the address', async () => {
    const seekerEmail = 'bounce+journey@simulator.amazonses.com'
    const submitted = await traveller.json('/requests', { ...adasForm, seekerEmail })
    await traveller.settle()
    expect(submitted.status).toBe(202)
    expect(await traveller.mails(seekerEmail)).toHaveLength(1)
    await traveller.move({ advance: 'P2D' })
    await traveller.json('/requests', { ...adasForm, seekerEmail })
    await traveller.move({ advance: 'P2D' })
    expect(await traveller.mails(seekerEmail)).toHaveLength(1)
  })

  test('a complaint stops the mail of a running request', async () => {
    const seekerEmail = 'complaint+journey@simulator.amazonses.com'
    const request = await begin(traveller, { seekerEmail })
    await request.tell('sent')
    await traveller.move({ advance: 'P30D' })
    expect((await traveller.mails(seekerEmail)).map((mail) => mail.tags.mail)).toEqual(['confirm'])
    expect((await request.get()).nextMails).toEqual([])
  })
})

test('nothing ended in a dead-letter queue on all these journeys', async () => {
  const { json } = await traveller.call('/_local/dead-letters')
  expect(json).toEqual([])
})
