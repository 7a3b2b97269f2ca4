import { theStage } from '../aws/environment.ts'
import * as people from '../aws/people.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import { fulfil } from '../delivery/wish.ts'
import { type Answer, badFields, html, json, Problem, seeOther } from '../http.ts'
import { preferencesPage, type Shelf } from '../pages/preferences.ts'
import { library } from '../tips/library.ts'
import { readingResource } from '../tips/resource.ts'
import { readPreferences } from '../tips/subscribe.ts'
import type { Subscription } from '../tips/subscription.ts'
import { type Call, type Route, typedIn } from './call.ts'
import { linksToReading, networkIn, openReading, readingOf } from './reader.ts'

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
  const refusal = await fulfil(read.value, { own, person, now: call.now, network: networkIn(call) })
  const present = await openReading(call, 'preferences')
  if (refusal) return notNow(call, present, refusal)
  return call.browser ? seeOther(linksToReading(own).preferences) : answerWith(call, present)
}

const notNow = (call: Call, own: Subscription, detail: string): Answer | Promise<Answer> => {
  if (call.browser) return answerWith(call, own, { status: 409, notice: detail })
  throw new Problem(409, 'This does not fit any more', detail, { state: own.state })
}
