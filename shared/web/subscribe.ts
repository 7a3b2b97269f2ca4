import { randomBytes } from 'node:crypto'
import * as editions from '../aws/editions.ts'
import { theStage } from '../aws/environment.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import { seriesNamed } from '../delivery/parts.ts'
import { type Answer, badFields, html, json, type Problem, seeOther } from '../http.ts'
import { subscribePage, tipsInboxPage } from '../pages/subscription.ts'
import { personId } from '../person.ts'
import type { Instant } from '../request.ts'
import { isMachine } from '../submission.ts'
import { consentWording } from '../tips/consent.ts'
import { asked, toConfirm } from '../tips/enrolment.ts'
import { library } from '../tips/library.ts'
import type { Series } from '../tips/series.ts'
import { readSubscribing } from '../tips/subscribe.ts'
import { after, type Subscription } from '../tips/subscription.ts'
import { type Call, publicUrl, type Route, TRIES, typedIn } from './call.ts'
import { crowd } from './crowd.ts'
import { formAgain } from './form-again.ts'
import { challengeFor } from './proof.ts'

export const lookInYourInboxForTips: Route = async () => html(200, tipsInboxPage({ stage: theStage() }))

/**
 * Asks for a series. The answer, and the work until it comes, are the same whatever is known about the address: nobody
 * can ask us who reads this. The mail that asks to confirm is written when the stream tells of it.
 */
export const subscribe: Route = async (call) => {
  const { now, body, from = 'json' } = call
  const accepted = (): Answer =>
    call.browser ? seeOther(`${publicUrl()}/subscriptions/inbox`) : json(202, { state: 'pending' })
  if (from === 'form' && isMachine(body)) return accepted()
  const read = readSubscribing(
    body,
    from,
    library.map(({ id }) => id),
  )
  if (!read.ok) return subscribeFormWithAll(call, badFields(read.errors))
  const { email, firstName, timeZone } = read.value
  const series = read.value.series ? seriesNamed(read.value.series) : library[0]
  if (!series)
    return subscribeFormWithAll(call, badFields([{ field: 'series', message: 'There are no tips at the moment.' }]))

  const { network, refusal, confirmAfter } = await crowd(call)
  if (refusal) return subscribeFormWithAll(call, refusal)
  await editions.keep(series)
  const { calendar, tips, addressKey } = theStage()
  const fresh = asked(
    {
      person: personId(email, addressKey),
      series,
      email,
      firstName,
      timeZone: timeZone ?? calendar.timeZone,
      hour: tips.hour,
      secret: randomBytes(16).toString('base64url'),
      consent: { wording: consentWording, how: 'form', askedAt: now, from: network },
      now,
    },
    { withinHours: tips.confirmWithinHours, askAt: confirmAfter },
  )
  await ask(fresh, now)
  return accepted()
}

/**
 * One read and one write in every case: who reads it, has read it, or was asked already, keeps what there is, and the write
 * comes to nothing. Who has left is asked anew. While nobody has confirmed it, two forms may be of two people.
 */
const ask = async (fresh: Subscription, now: Instant): Promise<void> => {
  let present = await subscriptions.find(fresh, now)
  for (let tries = 0; tries < TRIES; tries += 1) {
    const next = present && (askedAgain(present, fresh, now) ?? withoutDoubtfulName(present, fresh))
    if (!next) return void (await subscriptions.create(fresh, now))
    const result = await subscriptions.save(next)
    if (result.saved) return
    present = result.present
  }
}

/** She is called by no name that somebody else may have given her. */
const withoutDoubtfulName = (present: Subscription, fresh: Subscription): Subscription | undefined => {
  const { firstName, ...nameless } = present
  const isOpen = present.state === 'pending' && present.consent.confirmedAt === undefined
  if (!isOpen || firstName === undefined || firstName === fresh.firstName) return undefined
  return { ...nameless, version: present.version + 1 }
}

const askedAgain = (present: Subscription, fresh: Subscription, now: Instant): Subscription | undefined => {
  if (present.state !== 'unsubscribed') return undefined
  const { consent, dueAt = now, expiresAt = 0 } = fresh
  return after(present, 'asked', { now, consent, expiresAt, due: toConfirm('confirm', dueAt, dueAt === now) })
}

/** The form with what was typed, and what is wrong. */
export const subscribeFormWithAll = (call: Call, problem: Problem): Answer => {
  const values = typedIn(call.body)
  const series: Series | undefined = seriesNamed(values.series ?? '')
  return formAgain(call, problem, (errors) =>
    subscribePage({ stage: theStage(), challenge: challengeFor(call), series, values, errors }),
  )
}
