import * as editions from '../aws/editions.ts'
import { theStage } from '../aws/environment.ts'
import * as people from '../aws/people.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import { enrol } from '../delivery/enrol.ts'
import { putInStep } from '../delivery/in-step.ts'
import { endsAt, leave } from '../delivery/leave.ts'
import { partsOf, seriesNamed } from '../delivery/parts.ts'
import { type Answer, badFields, html, json, Problem, seeOther } from '../http.ts'
import { preferencesPage, type Shelf } from '../pages/preferences.ts'
import type { Person } from '../person.ts'
import { consentWording } from '../tips/consent.ts'
import { again, readsOn } from '../tips/enrolment.ts'
import { library } from '../tips/library.ts'
import { readingResource } from '../tips/resource.ts'
import { nextPart } from '../tips/series.ts'
import { type Preferences, readPreferences } from '../tips/subscribe.ts'
import { isReading, mayHappen, type Subscription } from '../tips/subscription.ts'
import { isOnItsWay, nextNow, pausedFor, withSettings } from '../tips/wishes.ts'
import { type Call, type Route, typedIn } from './call.ts'
import { linksToReading, networkIn, openReading, readingOf, still } from './reader.ts'

type Shown = Pick<Parameters<typeof preferencesPage>[0], 'problem' | 'notice'> & { status?: number }

const answerWith = async (call: Call, own: Subscription, { status = 200, ...more }: Shown = {}): Promise<Answer> => {
  const { now } = call
  const known = await subscriptions.of(own.person, now)
  const others = known.filter(({ series }) => series !== own.series)
  const shelfOf = async (subscription: Subscription): Promise<Shelf> => ({
    ...(await readingOf(subscription)),
    links: linksToReading(subscription),
  })
  const [mine, ...hers] = await Promise.all([own, ...others].map(shelfOf))
  if (!mine) throw new Error('A reader without what she reads')
  if (!call.browser) {
    const resource = (shelf: Shelf) => ({ ...readingResource(shelf, now), preferences: shelf.links.preferences })
    return json(status, { ...readingResource(mine, now), others: hers.map(resource) })
  }
  const { suppressedAt, suppressedBecause } = await people.find(own.person)
  return html(
    status,
    preferencesPage({
      stage: theStage(),
      own: mine,
      others: hers,
      offered: library.filter(({ id }) => !known.some(({ series }) => series === id)),
      now,
      ...(suppressedAt ? { stopped: suppressedBecause === 'asked' ? 'asked' : 'bounced' } : {}),
      ...more,
    }),
  )
}

export const showPreferences: Route = async (call) => answerWith(call, await openReading(call, 'preferences'))

/** What she asked for is done, and the page shown anew; what does not fit any more is said, with how it stands. */
export const changePreferences: Route = async (call) => {
  const own = await openReading(call, 'preferences')
  const { from = 'json', body } = call
  const ids = library.map(({ id }) => id)
  const read = readPreferences(body, from, ids)
  if (!read.ok) {
    if (!call.browser) throw badFields(read.errors)
    return answerWith(call, own, { status: 422, problem: { errors: read.errors, values: typedIn(body) } })
  }
  const person = await people.find(own.person)
  const refusal = await refusalOf(read.value, own, person)
  if (refusal) return notNow(call, own, refusal)
  await set(read.value, own, call)
  const done = await act(read.value, own, person, call)
  if (!done)
    return notNow(call, await openReading(call, 'preferences'), 'It changed in the same moment. Please look again.')
  return call.browser
    ? seeOther(linksToReading(own).preferences)
    : answerWith(call, await openReading(call, 'preferences'))
}

const notNow = (call: Call, own: Subscription, detail: string): Answer | Promise<Answer> => {
  if (call.browser) return answerWith(call, own, { status: 409, notice: detail })
  throw new Problem(409, 'This does not fit any more', detail, { state: own.state })
}

/** Why what she asks for cannot be, in words for her; nothing when it can, or is so already. */
const refusalOf = async (
  { pauseWeeks, next, again, series, leave }: Preferences,
  own: Subscription,
  person: Person,
): Promise<string | undefined> => {
  const { state } = own
  const acts = pauseWeeks !== undefined || next || again || series || leave
  if (!acts) return undefined
  if (person.suppressedAt || state === 'suppressed') return 'Nothing is sent to your address at the moment.'
  if (series) {
    if (own.consent.confirmedAt === undefined || state === 'pending') return 'Please confirm your address first.'
    return undefined
  }
  if (leave) return undefined
  if (again) {
    const isUnread = state === 'active' && own.had.length === 0
    return state === 'finished' || isUnread ? undefined : 'This series has not come to its end.'
  }
  if (pauseWeeks === 0 && state === 'active') return undefined
  if (!isReading(own)) return `This series is not under way: it is “${state}”.`
  if (next && !nextPart(await partsOf(own), own).part) return 'You have had all of its parts.'
  return undefined
}

/** Hour, zone and name are hers, and the same for all that she reads. */
const set = async ({ hour, timeZone, firstName }: Preferences, own: Subscription, { now }: Call): Promise<void> => {
  if (hour === undefined && timeZone === undefined && firstName === undefined) return
  for (const subscription of await subscriptions.of(own.person, now))
    await subscriptions.change(subscription, now, (seen) => withSettings(seen, { hour, timeZone, firstName }, now))
}

/** Does it, if it is still what its state allows; `false` when it is not. */
const act = async (wish: Preferences, own: Subscription, person: Person, call: Call): Promise<boolean> => {
  const { now } = call
  if (wish.leave) return (await leave(own, now))?.state === 'unsubscribed'
  if (wish.series) return beginAnother(wish.series, own, person, call)
  const parts = await partsOf(own)
  const going = { parts, now, endsAt: endsAt(now) }
  const { pauseWeeks } = wish
  if (wish.again) {
    const series = seriesNamed(own.series)
    if (series) await editions.keep(series)
    const present = still(
      await subscriptions.change(own, now, (seen) =>
        mayHappen('again', seen.state) ? again(seen, { ...going, series }) : undefined,
      ),
    )
    return present.state !== 'unsubscribed'
  }
  if (wish.next) {
    const present = still(
      await subscriptions.change(own, now, (seen) => (isOnItsWay(seen, now) ? undefined : nextNow(seen, going))),
    )
    return isReading(present)
  }
  if (pauseWeeks === undefined) return true
  const present = still(
    await subscriptions.change(own, now, (seen) => {
      if (pauseWeeks > 0) return pausedFor(seen, pauseWeeks, going)
      return mayHappen('resumed', seen.state) ? readsOn(seen, 'resumed', going) : undefined
    }),
  )
  return present.state === (pauseWeeks > 0 ? 'paused' : 'active') || present.state === 'finished'
}

/** Another series of the library, or the one she has left, by her word of this moment. */
const beginAnother = async (id: string, own: Subscription, person: Person, call: Call): Promise<boolean> => {
  const { now } = call
  const series = seriesNamed(id)
  if (!series) return false
  const network = networkIn(call)
  const consent = {
    wording: consentWording,
    how: 'form' as const,
    askedAt: now,
    from: network,
    // The link came to her mailbox: it proves what the mail that asks to confirm would prove.
    confirmedAt: now,
    confirmedFrom: network,
  }
  await people.welcomeTips(own.person, now)
  const { email, firstName, timeZone, hour } = own
  const result = await enrol(person, { email, firstName, timeZone, hour }, series, consent, now)
  if (result === 'enrolled' || result === 'enrolled-again') await putInStep(own.person, now)
  if (result !== 'unchanged') return result !== 'refused'
  const present = await subscriptions.find({ person: own.person, series: id }, now)
  return present !== undefined && isReading(present)
}
