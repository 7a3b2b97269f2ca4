import { liftStop } from '../shared/aws/by-hand.ts'
import { theStage } from '../shared/aws/environment.ts'
import * as people from '../shared/aws/people.ts'
import * as requests from '../shared/aws/requests.ts'
import { takeOffSuppressionList } from '../shared/aws/sending.ts'
import * as subscriptions from '../shared/aws/subscriptions.ts'
import { forgetWithTheLast } from '../shared/delivery/forget.ts'
import { closesAt, comeBack, startAgain, stopEverything } from '../shared/delivery/leave.ts'
import { type Person, personId } from '../shared/person.ts'
import type { Instant } from '../shared/request.ts'
import { after, type Subscription } from '../shared/tips/subscription.ts'

export const personOf = (email: string): Promise<Person> => people.find(personId(email, theStage().addressKey))

/** Nothing more is sent to her, as if she had asked for it by the link in a mail. */
export const stop = async ({ id }: Person, now: Instant): Promise<{ subscriptions: number }> => {
  await stopEverything(id, now)
  return { subscriptions: (await subscriptions.of(id, now)).length }
}

export type Lifted = { resumed: number; released: number; offTheListOfSes: boolean }

/**
 * Mail may go to her again. What was stopped at her word comes back as it was; so does what a bounce has ended. After a
 * complaint tips do not: she can ask for them anew. What she left herself stays left. Run again after an interruption it
 * goes on.
 */
export const lift = async (person: Person, email: string, now: Instant): Promise<Lifted> => {
  const lifted = { resumed: 0, released: 0, offTheListOfSes: false }
  const known = await subscriptions.of(person.id, now)
  if (person.suppressedBecause === 'asked') {
    await startAgain(person.id, now)
    const present = await subscriptions.of(person.id, now)
    lifted.resumed = present.filter(({ series, state }) =>
      known.some((one) => one.series === series && one.state !== state),
    ).length
    await forgetWithTheLast(person.id, { isErased: false }, now)
    return lifted
  }
  for (const subscription of known.filter(({ state }) => state === 'suppressed')) {
    if (person.suppressedBecause === 'bounce' && !subscription.unsubscribedAt) {
      // The address comes last: cut off before that, this begins with it again.
      await comeBack(subscription, now, subscriptions.save)
      lifted.resumed += 1
    } else {
      await subscriptions.change(subscription, now, (seen) => released(seen, now))
      lifted.released += 1
    }
  }
  for (const spelling of await spellingsOf(person, [email, ...known.map((one) => one.email)], now)) {
    if (await takeOffSuppressionList(spelling)) lifted.offTheListOfSes = true
  }
  await liftStop(person.id)
  // Of who has nothing here any more only the stop was left.
  await forgetWithTheLast(person.id, { isErased: false }, now)
  return lifted
}

/** Her address as each mail to her may have had it: SES's list tells spellings apart that are one person here. */
const spellingsOf = async (person: Person, known: readonly string[], now: Instant): Promise<Set<string>> => {
  const files = await Promise.all([...person.requests, ...person.held].map((id) => requests.find(id, now)))
  const all = [...known, ...files.flatMap((file) => (file ? [file.request.seeker.email] : []))]
  return new Set([...all, ...all.map((address) => address.toLowerCase())])
}

/** Left, and free to be asked for again. */
const released = (seen: Subscription, now: Instant): Subscription | undefined =>
  after(seen, 'released', { now, expiresAt: closesAt(now) })
