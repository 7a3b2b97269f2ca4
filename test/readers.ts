import type { Part, Series } from '../shared/tips/series.ts'
import type { Consent, Due, Subscription } from '../shared/tips/subscription.ts'
import { stage } from './people.ts'

/** A part that says little: `words` tell one text from another. */
export const part = (id: string, more: Partial<Part> = {}, words = id): Part => ({
  id,
  title: `On ${id}`,
  takeaway: `What matters about ${id}.`,
  delay: { days: 7, months: 0 },
  body: [{ p: [`About ${words}.`] }],
  ...more,
})

/** Three parts, one a week, the first at once. */
export const weekly: Series = {
  id: 'weekly',
  title: 'Week by week',
  lead: 'Short mails.',
  intro: [],
  parts: [part('one', { delay: { days: 0, months: 0 } }), part('two'), part('three')],
  edition: 'weekly-1',
}

export const consent: Consent = {
  wording: 'tips-2026-11',
  how: 'form',
  askedAt: '2026-11-16T15:00:00.000Z',
  from: 'network-hash',
  confirmedAt: '2026-11-16T15:05:00.000Z',
}

export const due = (next: string, dueAt: string): Due => ({ next, dueAt, dueOn: dueAt.slice(0, 10) })

/** Ada as a reader: she has had the first part, and the second is due on Tuesday at nine in New York. */
export const ada: Subscription = {
  person: 'AdaLovelaceHash0000000',
  series: 'weekly',
  state: 'active',
  version: 3,
  email: 'ada@example.org',
  firstName: 'Ada',
  timeZone: 'America/New_York',
  hour: stage.tips.hour,
  secret: 'AAAAAAAAAAAAAAAAAAAAAA',
  edition: weekly.edition,
  consent,
  had: ['one'],
  messageId: 'message-one',
  sentAt: '2026-11-17T14:00:05.000Z',
  ...due('two', '2026-11-24T14:00:00.000Z'),
}

/** The same without what is due: before the first part, at the end, or gone. */
export const { next: _next, dueAt: _dueAt, dueOn: _dueOn, ...resting } = ada
