import { alarmsOf } from '../shared/aws/alarms.ts'
import { outcomesLately } from '../shared/aws/counters.ts'
import { theStage } from '../shared/aws/environment.ts'
import { load } from '../shared/aws/files.ts'
import * as handover from '../shared/aws/handover.ts'
import * as ledger from '../shared/aws/ledger.ts'
import * as people from '../shared/aws/people.ts'
import { isSending } from '../shared/aws/sending.ts'
import * as subscriptions from '../shared/aws/subscriptions.ts'
import { partsOf, seriesNamed } from '../shared/delivery/parts.ts'
import { standing } from '../shared/reputation.ts'
import type { LedgerMail } from '../shared/request.ts'
import type { Subscription } from '../shared/tips/subscription.ts'
import type { Stack } from './open-stack.ts'
import type { RequestFacts } from './request-story.ts'
import type { SubscriptionFacts } from './subscription-story.ts'

/** All that bears on the mails of a request; nothing for one that is not there. */
export const requestFacts = async (id: string, stack: Stack): Promise<RequestFacts | undefined> => {
  const now = stack.now()
  const loaded = await load(id, now)
  if (!loaded) return undefined
  const { file, person, files } = loaded
  const [alarms, known, sends, outcomes] = await Promise.all([
    alarmsOf(id),
    subscriptions.of(person.id, now),
    isSending(stack.configurationSets.workflow),
    outcomesLately(now),
  ])
  const stage = theStage()
  return {
    now,
    stage,
    file,
    person,
    files,
    alarms,
    subscriptions: known,
    isSending: sends,
    standing: standing(outcomes, stage.reputation),
  }
}

/** What is left of a request that is not there any more. */
export const leftOf = async (id: string): Promise<{ rows: LedgerMail[]; alarms: number }> => ({
  rows: await ledger.rowsOf(id),
  alarms: (await alarmsOf(id)).length,
})

/** All that bears on the tips of one subscription; nothing for one that is not there. */
export const subscriptionFacts = async (
  key: Pick<Subscription, 'person' | 'series'>,
  stack: Stack,
): Promise<SubscriptionFacts | undefined> => {
  const now = stack.now()
  const subscription = await subscriptions.find(key, now)
  if (!subscription) return undefined
  const [person, parts, sends, outcomes, { holdUntil }] = await Promise.all([
    people.find(key.person),
    partsOf(subscription),
    isSending(stack.configurationSets.tips),
    outcomesLately(now),
    handover.read(),
  ])
  const stage = theStage()
  return {
    now,
    stage,
    subscription,
    person,
    parts,
    title: seriesNamed(key.series)?.title ?? key.series,
    isSending: sends,
    standing: standing(outcomes, stage.reputation),
    ...(holdUntil ? { holdUntil } : {}),
    ...(subscription.claim ? { taken: await takenUnder(subscription) } : {}),
  }
}

/** What EventBridge has noted of the claim: the message id, if SES has taken it. */
const takenUnder = async (subscription: Subscription): Promise<string | null> => {
  if (!subscription.claim) return null
  const [{ takenUnder: lookUp }, { subscriptionId }] = await Promise.all([
    import('../shared/aws/taken-tips.ts'),
    import('../shared/tips/links.ts'),
  ])
  return (await lookUp(subscription.claim)).get(subscriptionId(subscription))?.messageId ?? null
}
