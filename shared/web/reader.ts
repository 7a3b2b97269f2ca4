import { theStage } from '../aws/environment.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import { opens, type Purpose } from '../capability.ts'
import { partsOf, seriesNamed } from '../delivery/parts.ts'
import { notFound } from '../http.ts'
import { networkOf } from '../network.ts'
import { readSubscriptionId, type SubscriptionLinks, subscriptionLinks } from '../tips/links.ts'
import type { Reading } from '../tips/resource.ts'
import type { Subscription } from '../tips/subscription.ts'
import { type Call, publicUrl } from './call.ts'

/** The subscription that the link opens; an unknown, expired or malformed one and a wrong token get the same answer. */
export const openReading = async ({ path, now }: Call, purpose: Purpose): Promise<Subscription> => {
  const { id = '', token = '' } = path
  const key = readSubscriptionId(id)
  const found = key && (await subscriptions.find(key, now))
  if (!found || !opens(found.secret, purpose, token)) throw notFound()
  return found
}

/** What it is called. One that is offered no more keeps the name of its folder. */
const titleOf = ({ series }: Subscription): string => seriesNamed(series)?.title ?? series.replaceAll('-', ' ')

export const readingOf = async (subscription: Subscription): Promise<Reading> => ({
  subscription,
  parts: await partsOf(subscription),
  title: titleOf(subscription),
})

export const linksToReading = (subscription: Subscription): SubscriptionLinks =>
  subscriptionLinks(publicUrl(), subscription)

export const networkIn = ({ sourceIp }: Call): string => networkOf(sourceIp, theStage().addressKey)

/** What an erased or expired one leaves behind: the same answer as if it had never been. */
export const still = (subscription: Subscription | undefined): Subscription => {
  if (!subscription) throw notFound()
  return subscription
}
