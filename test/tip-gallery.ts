import { libraryPage } from '../shared/pages/library.ts'
import type { Page } from '../shared/pages/page.ts'
import { erasedTipsPage, eraseTipsPage, preferencesPage, type Shelf } from '../shared/pages/preferences.ts'
import {
  confirmedSeriesPage,
  confirmSeriesPage,
  leftSincePage,
  subscribePage,
  tipsInboxPage,
} from '../shared/pages/subscription.ts'
import {
  everythingStoppedPage,
  goesOnPage,
  leftPage,
  nothingComesPage,
  unsubscribePage,
} from '../shared/pages/unsubscribe.ts'
import { undone } from '../shared/tips/enrolment.ts'
import { subscriptionLinks } from '../shared/tips/links.ts'
import type { Reading } from '../shared/tips/resource.ts'
import type { Series } from '../shared/tips/series.ts'
import { after, type Subscription } from '../shared/tips/subscription.ts'
import { nextNow, pausedFor } from '../shared/tips/wishes.ts'
import { stage } from './people.ts'
import { ada, due, part, resting, weekly } from './readers.ts'

/** Every page of the tips but the texts themselves, in every state. */

export const origin = 'http://chats.example.org'

/** Monday morning in New York; the next part is due tomorrow. */
export const now = '2026-11-23T15:00:00.000Z'
const endsAt = Date.parse('2027-11-23T15:00:00Z') / 1000

const parts = weekly.parts
const going = { parts, now, endsAt }
const made = (subscription: Subscription | undefined): Subscription => {
  if (!subscription) throw new Error('This cannot happen to a reader')
  return subscription
}

export const states = {
  pending: { ...resting, state: 'pending', had: [], ...due('confirm', now) },
  'before the first part': { ...ada, had: [], ...due('one', '2026-11-24T14:00:00.000Z') },
  active: ada,
  'on its way': made(nextNow(ada, going)),
  'just sent': { ...ada, sentAt: '2026-11-23T14:59:40.000Z', ...due('two', '2026-11-30T14:00:00.000Z') },
  paused: made(pausedFor(ada, 4, going)),
  finished: { ...resting, state: 'finished', had: ['one', 'two', 'three'] },
  'finished, some not hers': { ...resting, state: 'finished', passed: ['three'], had: ['one', 'two'] },
  unsubscribed: made(after(ada, 'left', { now, expiresAt: endsAt })),
  suppressed: made(after(ada, 'suppressed', { now, expiresAt: endsAt })),
} as const satisfies Record<string, Subscription>

const readingOf = (subscription: Subscription, series: Series = weekly): Reading => ({
  subscription,
  parts: series.parts,
  title: series.title,
})
const shelf = (subscription: Subscription, series?: Series): Shelf => ({
  ...readingOf(subscription, series),
  links: subscriptionLinks(origin, subscription),
})

const evenings: Series = {
  ...weekly,
  id: 'evenings',
  title: 'Letters for long evenings',
  lead: 'A short mail a month, on staying in touch.',
  parts: [part('lamp'), part('paper')],
}
const monthly: Subscription = { ...ada, series: 'evenings', had: [], ...due('lamp', '2026-11-25T14:00:00.000Z') }

const preferences = (subscription: Subscription, more: Partial<Parameters<typeof preferencesPage>[0]> = {}): Page =>
  preferencesPage({ stage, own: shelf(subscription), others: [], offered: [], now, ...more })

const links = subscriptionLinks(origin, ada)
const { title } = weekly
const action = links.unsubscribe

/** Every page there is, by what it shows. */
export const gallery: Record<string, Page> = {
  'tips, form again': subscribePage({
    stage,
    series: weekly,
    values: { email: 'ada at example', firstName: 'https://example.com', timeZone: 'Moon/Sea', series: 'weekly' },
    errors: [
      { field: 'email', message: 'This does not look like a mail address, such as ada@example.org.' },
      { field: 'firstName', message: 'Please give a name, without a link.' },
      { field: 'timeZone', message: 'We do not know this time zone. Please choose one such as Europe/London.' },
    ],
  }),
  'tips, too many': subscribePage({
    stage,
    series: undefined,
    values: { email: 'ada@example.org', timeZone: 'Europe/London' },
    errors: [{ field: '', message: 'Many requests have come from your network. Please send it again in a while.' }],
  }),
  'tips, inbox': tipsInboxPage({ stage }),
  'tips, confirm': confirmSeriesPage({ stage, title, action: links.confirm }),
  'tips, confirmed': confirmedSeriesPage({
    stage,
    reading: readingOf(states['before the first part']),
    links,
    already: false,
  }),
  'tips, confirmed, back again': confirmedSeriesPage({ stage, reading: readingOf(ada), links, already: false }),
  'tips, confirmed before': confirmedSeriesPage({ stage, reading: readingOf(ada), links, already: true }),
  'tips, confirmed before, paused': confirmedSeriesPage({
    stage,
    reading: readingOf(states.paused),
    links,
    already: true,
  }),
  'tips, confirmed before, finished': confirmedSeriesPage({
    stage,
    reading: readingOf(states.finished),
    links,
    already: true,
  }),
  'tips, left since': leftSincePage({ stage, title, action, leftAt: now, timeZone: ada.timeZone }),
  'tips, unsubscribe': unsubscribePage({ stage, title, action, pending: false }),
  'tips, unsubscribe, never confirmed': unsubscribePage({ stage, title, action, pending: true }),
  'tips, left': leftPage({ stage, title, action, pending: false }),
  'tips, left, never confirmed': leftPage({ stage, title, action, pending: true }),
  'tips, everything stopped': everythingStoppedPage({ stage, action }),
  'tips, nothing comes': nothingComesPage({ stage }),
  'tips, goes on': goesOnPage({ stage, reading: readingOf(made(undone(states.unsubscribed, going))) }),
  'tips, goes on, paused': goesOnPage({ stage, reading: readingOf(states.paused) }),
  'tips, goes on, finished': goesOnPage({ stage, reading: readingOf(states.finished) }),
  'tips, goes on, to be confirmed': goesOnPage({ stage, reading: readingOf(states.pending) }),
  'tips, everything goes on': goesOnPage({ stage }),
  ...Object.fromEntries(
    Object.entries(states).map(([name, subscription]) => [`preferences, ${name}`, preferences(subscription)]),
  ),
  'preferences, of two series': preferences(ada, { others: [shelf(monthly, evenings)] }),
  'preferences, more to read': preferences(ada, { offered: [evenings] }),
  'preferences, stopped by her': preferences(states.unsubscribed, { stopped: 'asked' }),
  'preferences, stopped by a bounce': preferences(states.suppressed, { stopped: 'bounced' }),
  'preferences, refused': preferences(ada, {
    problem: {
      errors: [
        { field: 'firstName', message: 'Please give a name, without a link.' },
        { field: 'pauseWeeks', message: 'Please give a whole number from 0 to 52.' },
      ],
      values: { firstName: 'www.example.com', hour: '7', timeZone: 'Asia/Kathmandu', pauseWeeks: '99' },
    },
  }),
  'preferences, not now': preferences(states.finished, { notice: 'This series has come to its end.' }),
  'tips, erase': eraseTipsPage({ stage, links }),
  'tips, erased': erasedTipsPage({ stage }),
  'all series': libraryPage({ stage, library: [weekly, evenings] }),
}
