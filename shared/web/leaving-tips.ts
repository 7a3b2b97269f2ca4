import { theStage } from '../aws/environment.ts'
import * as people from '../aws/people.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import { html, json } from '../http.ts'
import { erasedTipsPage, eraseTipsPage } from '../pages/preferences.ts'
import { exportOfSubscription } from '../tips/resource.ts'
import type { Route } from './call.ts'
import { linksToReading, openReading } from './reader.ts'

/** Everything that is kept on this person's tips; her requests are exported on their own pages. */
export const takeTipsAlong: Route = async (call) => {
  const { person } = await openReading(call, 'preferences')
  const [{ id: _id, requests: _requests, held: _held, ...kept }, known] = await Promise.all([
    people.find(person),
    subscriptions.of(person, call.now),
  ])
  return json(200, { exportedAt: call.now, person: kept, subscriptions: known.map(exportOfSubscription) })
}

export const askToEraseTips: Route = async (call) =>
  html(200, eraseTipsPage({ stage: theStage(), links: linksToReading(await openReading(call, 'preferences')) }))

/**
 * Gone at once, but for her no: first that, and last what the link is about, so that it can be pressed again until all is done.
 * What was counted of her goes when the stream tells of it.
 */
export const eraseTips: Route = async (call) => {
  const own = await openReading(call, 'preferences')
  await people.eraseTips(own.person, call.now)
  const known = await subscriptions.of(own.person, call.now)
  await Promise.all(known.filter(({ series }) => series !== own.series).map(subscriptions.remove))
  await subscriptions.remove(own)
  return call.browser ? html(200, erasedTipsPage({ stage: theStage() })) : json(200, { erased: true })
}
