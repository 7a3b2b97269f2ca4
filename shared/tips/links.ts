import { tokenFor } from '../capability.ts'
import type { Subscription } from './subscription.ts'

type Key = Pick<Subscription, 'person' | 'series'>

/** A subscription's id on the outside: the person's hash and the series. */
export const subscriptionId = ({ person, series }: Key): string => `${person}-${series}`

const ID = /^([A-Za-z0-9_-]{22})-([a-z0-9]+(?:-[a-z0-9]+)*)$/

/** The two halves of an id, or nothing when it is malformed. */
export const readSubscriptionId = (id: string): Key | undefined => {
  const [, person, series] = ID.exec(id.slice(0, 120)) ?? []
  return person && series ? { person, series } : undefined
}

/** Every address that a mail or a page of one subscription points to, absolute. */
export const subscriptionLinks = (publicUrl: string, subscription: Key & Pick<Subscription, 'secret'>) => {
  const to = (purpose: 'confirm' | 'unsubscribe' | 'preferences'): string =>
    `${publicUrl}/subscriptions/${subscriptionId(subscription)}/${tokenFor(subscription.secret, purpose)}/${purpose}`
  const preferences = to('preferences')
  const own = preferences.slice(0, preferences.lastIndexOf('/'))
  return {
    home: `${publicUrl}/`,
    series: `${publicUrl}/series/${subscription.series}`,
    confirm: to('confirm'),
    /** A page with one button, and the target of the one-click header. */
    unsubscribe: to('unsubscribe'),
    preferences,
    export: `${own}/export`,
    erase: `${own}/erase`,
  }
}
export type SubscriptionLinks = ReturnType<typeof subscriptionLinks>
