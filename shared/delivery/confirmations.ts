import { countConfirmation, countOutcomes, outcomesLately } from '../aws/counters.ts'
import { setting, theStage } from '../aws/environment.ts'
import { count } from '../aws/metrics.ts'
import * as people from '../aws/people.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import { transports } from '../aws/tip-mail.ts'
import { toMs } from '../calendar.ts'
import { log } from '../log.ts'
import { renderConfirmSeries } from '../mail/tip.tsx'
import { tipTags } from '../names.ts'
import { mayConfirm } from '../person.ts'
import { standing } from '../reputation.ts'
import type { Instant } from '../request.ts'
import { asCapsAllow, resting, waiting, wasAsked } from '../tips/confirming.ts'
import { askedInVain } from '../tips/enrolment.ts'
import { subscriptionId, subscriptionLinks } from '../tips/links.ts'
import { after, type Subscription } from '../tips/subscription.ts'
import { confirmValues } from '../tips/values.ts'
import { closesAt } from './leave.ts'
import { mailboxTakes } from './mailbox.ts'
import { GRACE, lookUp, newClaim, oneClick } from './tips.ts'

const MINUTE = 60_000

/** Sends the mail that asks to confirm, if the caps of the address and our reputation allow it; else it waits. */
export const sendConfirmation = async (key: { person: string; series: string }, now: Instant): Promise<void> => {
  const subscription = await subscriptions.find(key, now)
  const { next, dueAt, confirming: before } = subscription ?? {}
  if (subscription?.state !== 'pending' || !dueAt || dueAt > now || (next !== 'confirm' && next !== 'remind')) return
  if (before) {
    if (toMs(now) - toMs(before.at) <= GRACE) return
    const taken = await lookUp(before)
    if (taken.has(subscriptionId(subscription))) {
      await countOutcomes({ sent: 1 }, now)
      return write(subscription, (present) => wasAsked(present, now))
    }
  }
  const wait = (minutes: number) => write(subscription, (present) => waiting(present, toMs(now) + minutes * MINUTE))

  const { caps, reputation } = theStage()
  if (standing(await outcomesLately(now), reputation) !== 'good') {
    log('error', 'confirmations-stopped', { because: 'bounces or complaints' })
    count({ ConfirmationsStopped: 1 })
    return wait(60)
  }
  const person = await people.find(key.person)
  // One that did not go out after all has been counted when it was claimed.
  const counts = subscription.counted !== next
  const confirmations = counts ? mayConfirm(person, caps, now) : undefined
  if (counts && !confirmations) return write(subscription, (present) => asCapsAllow(present, person, caps, now))
  if (counts && (await countConfirmation(now)) > caps.confirmationsAMinute) {
    log('error', 'confirmations-stopped', { because: 'too many in this minute' })
    count({ ConfirmationsStopped: 1 })
    return wait(2)
  }
  if (counts && !(await mailboxTakes(subscription.email, person, now))) return write(subscription, resting)
  const claim = newClaim(now)
  const claimed = await subscriptions.claimConfirmation(subscription, claim, { person, confirmations })
  if (claimed === 'suppressed') {
    const { suppressedAt, suppressedBecause } = await people.find(key.person)
    if (!suppressedAt) return wait(1)
    if (suppressedBecause !== 'asked')
      return write(subscription, (present) => after(present, 'suppressed', { now, ...expiry(present) }))
    const stopped = { now: suppressedAt, endsAt: closesAt(now) }
    // While that stands: an undo that is faster has not found it, and nobody would ask her.
    const store = subscriptions.saveWhileStopped(suppressedAt)
    return write(subscription, (present) => askedInVain(present, stopped), store)
  }
  if (claimed !== 'claimed') return claimed === 'raced' ? wait(1) : undefined
  await send({ ...subscription, version: subscription.version + 1, confirming: claim, counted: next }, next)
}

const send = async (subscription: Subscription, next: 'confirm' | 'remind'): Promise<void> => {
  if (!subscription.confirming) return
  const links = subscriptionLinks(setting('publicUrl'), subscription)
  const [fate] = await transports[theStage().tips.transport](
    renderConfirmSeries({ stage: theStage(), publicUrl: setting('publicUrl'), reminder: next === 'remind' }),
    [
      {
        to: subscription.email,
        values: confirmValues({ confirm: links.confirm, unsubscribe: links.unsubscribe }),
        headers: oneClick(links.unsubscribe),
        tags: {
          [tipTags.mail]: next === 'remind' ? 'confirm-series-reminder' : 'confirm-series',
          [tipTags.subscription]: subscriptionId(subscription),
          [tipTags.part]: next,
          [tipTags.batch]: subscription.confirming.batch,
        },
      },
    ],
    theStage().sender,
  )
  const at = new Date().toISOString()
  log(fate?.result === 'sent' ? 'info' : 'warn', 'confirmation-sent', {
    subscription: subscriptionId(subscription),
    mail: next,
    result: fate?.result,
    ...(fate && 'because' in fate ? { because: fate.because } : {}),
  })
  if (!fate) return
  switch (fate.result) {
    case 'sent':
      count({ Confirmations: 1 })
      // Most are rung for and never handed over: without this the bounces of a flood of them would be measured against nothing.
      await countOutcomes({ sent: 1 }, at)
      return write(subscription, (present) => wasAsked(present, at))
    case 'refused':
      return write(subscription, (present) => resting(present))
    case 'unknown':
      // It stays claimed until it is looked up.
      return
    default:
      return write(subscription, (present) => waiting(present, toMs(at) + (fate.result === 'soon' ? 2 : 30) * MINUTE))
  }
}

const expiry = ({ expiresAt }: Subscription) => (expiresAt ? { expiresAt } : {})

const write = async (
  seen: Subscription,
  decide: (present: Subscription) => Subscription | undefined,
  store: ReturnType<typeof subscriptions.saveWhileStopped> = subscriptions.save,
): Promise<void> => {
  let present: Subscription | undefined = seen
  while (present && present.state === 'pending' && present.confirming?.batch === seen.confirming?.batch) {
    const next = decide(present)
    if (!next) return
    const result = await store(next)
    if (result.saved || 'stopped' in result) return
    present = result.present
  }
}
