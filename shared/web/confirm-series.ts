import * as editions from '../aws/editions.ts'
import { theStage } from '../aws/environment.ts'
import * as people from '../aws/people.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import { shareDays } from '../delivery/enrol.ts'
import { putInStep } from '../delivery/in-step.ts'
import { endsAt } from '../delivery/leave.ts'
import { partsOf, seriesNamed } from '../delivery/parts.ts'
import { type Answer, html, json, Problem } from '../http.ts'
import { confirmedSeriesPage, confirmSeriesPage, leftSincePage } from '../pages/subscription.ts'
import { nothingComesPage } from '../pages/unsubscribe.ts'
import { confirmed } from '../tips/enrolment.ts'
import { isReading, type Subscription } from '../tips/subscription.ts'
import type { Call, Route } from './call.ts'
import { linksToReading, networkIn, openReading, readingOf, still } from './reader.ts'

export const askToConfirmSeries: Route = async (call) => {
  const subscription = await openReading(call, 'confirm')
  if (!call.browser) return json(200, { confirmed: subscription.consent.confirmedAt !== undefined })
  if (subscription.state !== 'pending') return standing(call, subscription, { already: true, status: 200 })
  const { title } = await readingOf(subscription)
  return html(200, confirmSeriesPage({ stage: theStage(), title, action: linksToReading(subscription).confirm }))
}

/** The address is hers, and the series begins; a second time says the same and changes nothing. */
export const confirmSeries: Route = async (call) => {
  const asked = await openReading(call, 'confirm')
  if (asked.state !== 'pending') return standing(call, asked, { already: true, status: 409 })
  if ((await people.find(asked.person)).suppressedAt) throw isStopped()
  const present = await begin(asked, call)
  // Stopped, and asked for anew, since the person was read.
  if (present.state === 'pending') throw isStopped()
  // Refused: the same button was pressed twice at once, or she has left in the same moment.
  return standing(call, present, { already: present.consent.confirmedAt !== call.now, status: 409 })
}

/** Days of workflow mail first, and the words of today: the first part comes by both. */
const begin = async (asked: Subscription, call: Call): Promise<Subscription> => {
  const { now } = call
  const { person } = asked
  const series = seriesNamed(asked.series)
  if (series) await editions.keep(series)
  await putInStep(person, now)
  const others = (await subscriptions.of(person, now)).filter((other) => other.series !== asked.series)
  await Promise.all(others.map((other) => shareDays(other, now)))
  const parts = await partsOf(asked)
  const [read] = others.filter(isReading)
  const confirm = (seen: Subscription): Subscription | undefined => {
    if (seen.state !== 'pending') return undefined
    const consent = { ...seen.consent, confirmedAt: now, confirmedFrom: networkIn(call) }
    // Who reads one already has chosen her hour there.
    const reader = {
      ...seen,
      ...(others.length > 0 ? { others: true } : {}),
      ...(read ? { hour: read.hour, timeZone: read.timeZone } : {}),
    }
    return confirmed(reader, { consent, series, parts, now, endsAt: endsAt(now) })
  }
  return still(await subscriptions.change(asked, now, confirm, subscriptions.saveConfirmed))
}

const isLeft = (): Problem =>
  new Problem(409, 'These tips were left', 'She has left them since this link was sent: nothing begins by itself.', {
    state: 'unsubscribed',
  })

const isStopped = (): Problem =>
  new Problem(
    409,
    'Mail to this address is stopped',
    'You asked for that, or mail came back to us or was reported as unwanted. So nothing begins.',
    { state: 'suppressed' },
  )

/** How it stands now. `status` is that of a page which says that nothing begins any more. */
const standing = async (
  call: Call,
  subscription: Subscription,
  { already, status }: { already: boolean; status: number },
): Promise<Answer> => {
  const { state, unsubscribedAt: leftAt = call.now, timeZone } = subscription
  const stage = theStage()
  const links = linksToReading(subscription)
  const isOver = state === 'unsubscribed' || state === 'suppressed'
  if (isOver && !call.browser) throw state === 'suppressed' ? isStopped() : isLeft()
  if (!call.browser) return json(200, { state, preferences: links.preferences })
  if (state === 'suppressed') return html(status, nothingComesPage({ stage }))
  const reading = await readingOf(subscription)
  if (!isOver) return html(200, confirmedSeriesPage({ stage, reading, links, already }))
  return html(status, leftSincePage({ stage, title: reading.title, action: links.unsubscribe, leftAt, timeZone }))
}
