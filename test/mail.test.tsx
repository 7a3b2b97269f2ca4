import { describe, expect, test } from 'vitest'
import { decide, type EventName, record } from '../shared/events.ts'
import { type MailContext, renderMail } from '../shared/mail/render.tsx'
import { mailNames } from '../shared/mail-names.ts'
import { plan } from '../shared/plan.ts'
import type { Instant, InterviewRequest, LedgerMail } from '../shared/request.ts'
import { type Row, workflow } from '../shared/workflow.ts'
import { ada, stage } from './people.ts'

const publicUrl = 'https://chats.example.org'

type Told = [event: EventName | 'confirmed', at: Instant, body?: Record<string, unknown>]

/**
 * A request lived through: every mail that the plan sends, in the context in which it goes out. What the seeker tells us
 * happens at its time, and every mail before it.
 */
const journey = (start: InterviewRequest, told: Told[], until: Instant): MailContext[] => {
  let request = start
  let now = request.history[0]?.at ?? ''
  const ledger: LedgerMail[] = []
  const sent: MailContext[] = []
  const events = [...told]
  for (;;) {
    const [event] = events
    const planned = plan([{ request, mails: ledger }], stage.calendar, now).mails
    const [first] = planned
    if (first && first.dueAt <= (event?.[1] ?? until)) {
      if (first.dueAt > now) now = first.dueAt
      const merged = first.merged.map(({ mail }) => mail)
      sent.push({ stage, publicUrl, now, request, mail: first.mail, merged, upcoming: planned.slice(1) })
      for (const { mail, occurrence } of [first, ...first.merged]) {
        ledger.push({
          requestId: request.id,
          mail,
          occurrence,
          state: 'sent',
          dueAt: now,
          latestAt: now,
          attempts: 1,
          at: now,
        })
      }
      const row = workflow[first.mail] as Row
      if (row.leadsTo) request = record(request, row.leadsTo, { now, retention: stage.retention }) ?? request
    } else if (event) {
      events.shift()
      const [name, at, body = {}] = event
      now = at
      if (name === 'confirmed') {
        request = record(request, name, { now, retention: stage.retention }) ?? request
        continue
      }
      const decision = decide(request, name, { body, from: 'json' }, { now, retention: stage.retention })
      if (!decision.ok) throw new Error(`${name} at ${at} in ${request.state}: ${JSON.stringify(decision)}`)
      request = decision.request
    } else {
      return sent
    }
  }
}

/** Tenzin: on LinkedIn, in Kathmandu, sent by a friend, with a CV to be read and three follow-ups to send. */
const tenzin: InterviewRequest = {
  ...ada,
  id: '01JDTENZ0000000000000000NN',
  secret: 'BBBBBBBBBBBBBBBBBBBBBB',
  seeker: {
    name: 'Tenzin Dolma',
    email: 'tenzin@example.org',
    introduction: 'Final-year hydrology student',
    timeZone: 'Asia/Kathmandu',
  },
  contact: {
    name: 'Dr. María Núñez',
    organization: 'the Mountain Water Institute',
    source: 'referral',
    connection: 'Pasang Lama, my thesis supervisor, gave me your name',
  },
  goal: 'resume-feedback',
  topic: 'flood forecasting',
  minutes: 30,
  channel: 'linkedin',
  followUps: 3,
}

const outcome = {
  learned: 'start with the billing data of a small river, not with the model',
  promised: 'to try her exercise on the upper valley',
  promisedBy: '2027-02-01',
  names: 'Sunita Rai at the weather office; perhaps also her colleague who does the radar',
}

const journeys = (person: InterviewRequest) => {
  const asked: Told[] = [['confirmed', '2026-11-23T14:01:00.000Z']]
  const sent: Told[] = [...asked, ['sent', '2026-12-04T15:00:00.000Z']]
  const replied: Told[] = [...sent, ['replied', '2026-12-07T15:00:00.000Z']]
  const scheduled: Told[] = [
    ...replied,
    [
      'scheduled',
      '2026-12-09T15:20:00.000Z',
      person === ada
        ? { start: '2026-12-17T15:00', place: 'The café on the ground floor, 12 Pine Street' }
        : { start: '2026-12-17T09:00', timeZone: 'Europe/Madrid', place: 'https://meet.example.com/rio' },
    ],
  ]
  const met: Told[] = [...scheduled, ['met', '2026-12-18T20:00:00.000Z', person === ada ? {} : outcome]]
  const thanked: Told[] = [...met, ['thanked', '2026-12-19T16:00:00.000Z']]
  return {
    quiet: journey(person, sent, '2027-02-01T00:00:00.000Z'),
    met: journey(person, thanked, '2027-07-01T00:00:00.000Z'),
    landed: journey(
      person,
      [...thanked, ['closed', '2027-01-20T16:00:00.000Z', { landed: true }]],
      '2027-02-01T00:00:00.000Z',
    ),
    later: journey(
      person,
      [...sent, ['deferred', '2026-12-08T15:00:00.000Z', { until: '2027-01-11' }]],
      '2027-01-12T00:00:00.000Z',
    ),
    'called-off': journey(
      person,
      [...scheduled, ['cancelled', '2026-12-10T15:00:00.000Z']],
      '2026-12-10T16:00:00.000Z',
    ),
    soon: journey(
      person,
      [
        ...replied,
        ['scheduled', '2026-12-07T16:00:00.000Z', { start: '2026-12-08T11:00' }],
        ['met', '2026-12-08T17:00:00.000Z'],
      ],
      '2026-12-10T16:00:00.000Z',
    ),
    moved: journey(
      person,
      [...scheduled, ['rescheduled', '2026-12-10T15:00:00.000Z', { start: '2026-12-22T10:30' }]],
      '2026-12-10T16:00:00.000Z',
    ),
  }
}

const people = { ada, tenzin } as const

/** Every different mail of every journey, by name. */
const goldens = (person: InterviewRequest): Map<string, MailContext> => {
  const found = new Map<string, MailContext>()
  for (const [story, mails] of Object.entries(journeys(person))) {
    for (const context of mails) {
      const plain = [context.mail, ...context.merged].join('+')
      const name = story === 'quiet' || story === 'met' ? plain : `${plain}.${story}`
      const again = found.has(name) ? `${name}.again` : name
      const seen = [...found.values()].some(
        (known) => JSON.stringify(renderMail(known)) === JSON.stringify(renderMail(context)),
      )
      if (!seen) found.set(again, context)
    }
  }
  return found
}

describe.each(Object.entries(people))('the mails of %s', (person, request) => {
  const contexts = goldens(request)

  test.each([...contexts])('%s reads as it was approved', async (name, context) => {
    const mail = renderMail(context)
    const head = [`Subject: ${mail.subject}`, ...mail.headers.map(({ name, value }) => `${name}: ${value}`)]
    const attached = mail.attachments.map(({ filename, contentType }) => `[${filename}, ${contentType}]`)
    await expect([...head, ...attached, '', mail.text].join('\n')).toMatchFileSnapshot(
      `golden/mails/${person}/${name}.txt`,
    )
    await expect(pretty(mail.html)).toMatchFileSnapshot(`golden/mails/${person}/${name}.html`)
  })
})

/** A line a block, and the invisible padding of the preview as one sign. */
const pretty = (html: string): string =>
  `${html.replace(/(?:\u00a0\u200c\u200b\u200d\u200e\u200f\ufeff)+/g, '…').replace(/(?=<(?:table|div|p|h[1-6]|ul|ol|li|hr|meta|title|style|body)[ >])/g, '\n')}\n`

test('every mail of the workflow is among the golden ones', () => {
  const seen = new Set([...goldens(ada).values()].flatMap(({ mail, merged }) => [mail, ...merged]))
  expect(
    [...mailNames].filter((name) => !seen.has(name) && !['follow-up-2', 'follow-up-3', 'refer'].includes(name)),
  ).toEqual([])
})
