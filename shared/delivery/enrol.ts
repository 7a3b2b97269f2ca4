import { randomBytes } from 'node:crypto'
import * as editions from '../aws/editions.ts'
import { theStage } from '../aws/environment.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import { log } from '../log.ts'
import { hasRefused, type Person } from '../person.ts'
import type { Instant } from '../request.ts'
import { enrolled, enrolledAgain } from '../tips/enrolment.ts'
import { subscriptionId } from '../tips/links.ts'
import type { Series } from '../tips/series.ts'
import type { Consent, Subscription } from '../tips/subscription.ts'
import { partsOf } from './parts.ts'

export type Enrolment = 'enrolled' | 'enrolled-again' | 'unchanged' | 'refused'

/**
 * Subscribes a person whose consent is confirmed. Done twice with the same consent it ends the same; `refused` when she
 * has said no since, or mail to her address is stopped.
 */
export const enrol = async (
  person: Person,
  reader: { email: string; firstName?: string | undefined; timeZone: string; hour?: number | undefined },
  series: Series,
  consent: Consent,
  now: Instant,
): Promise<Enrolment> => {
  const { confirmedAt = '' } = consent
  if (person.suppressedAt || hasRefused(person, confirmedAt)) return 'refused'
  await editions.keep(series)
  const known = await subscriptions.of(person.id, now)
  const others = known.filter((other) => other.series !== series.id)
  const fresh = enrolled({
    person: person.id,
    series,
    ...reader,
    hour: reader.hour ?? others[0]?.hour ?? theStage().tips.hour,
    secret: randomBytes(16).toString('base64url'),
    consent,
    now,
  })
  const first = { ...fresh, ...(others.length > 0 ? { others: true } : {}) }
  const created = await subscriptions.createUnlessRefused(first, now)
  if ('stopped' in created) return 'refused'
  // Also where it was there: whoever wrote it may have died before this.
  await Promise.all(others.map((other) => shareDays(other, now)))
  if (created.saved) {
    log('info', 'enrolled', { subscription: subscriptionId(fresh) })
    return 'enrolled'
  }
  let again: Subscription | undefined
  const parts = created.present ? await partsOf(created.present) : []
  const written = await subscriptions.change(
    { person: person.id, series: series.id },
    now,
    (seen) => {
      const next = enrolledAgain(seen, { consent, series, now }, parts)
      again = next && others.length > 0 ? { ...next, others: true } : next
      return again
    },
    subscriptions.saveUnlessRefused,
  )
  return again && written === again ? 'enrolled-again' : 'unchanged'
}

/** From now on she reads two series: one tip a day, whichever comes first. */
export const shareDays = (subscription: Subscription, now: Instant): Promise<unknown> =>
  subscriptions.change(subscription, now, (seen) =>
    seen.others ? undefined : { ...seen, others: true, version: seen.version + 1 },
  )
