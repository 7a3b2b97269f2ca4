import { theStage } from '../../shared/aws/environment.ts'
import { fromStored } from '../../shared/aws/subscriptions.ts'
import { toMs } from '../../shared/calendar.ts'
import { sortKeys, tipTags } from '../../shared/names.ts'
import { personId } from '../../shared/person.ts'
import { readSesEvent } from '../../shared/ses-event.ts'
import { readSubscriptionId, subscriptionId } from '../../shared/tips/links.ts'
import { isReading, type Subscription } from '../../shared/tips/subscription.ts'
import { isConfirmation } from '../../shared/tips/tip-due.ts'
import { fileIn, personIn } from './contents.ts'
import type { Call, Invocation } from './gate.ts'
import type { Ending } from './lambda.ts'
import type { Taken } from './mail-service.ts'
import type { Change } from './table.ts'
import type { World } from './world.ts'

/** Nobody takes over a claim that is younger than this (`shared/delivery/tips.ts`). */
const GRACE = 600_000
/** Clocks are off by no more than this, twice. */
const SKEW = 40_000

/** A claim, as it was at the moment at which a worker had it. */
type Claim = { batch: string; subscription: Subscription; round: number; at: number; refusals: string[] }
type Sent = { key: string; round: number; messageId: string; at: number; knownAt?: number }

/** The same for the tips: who gets which part, once, and as long as she wants to. */
export const watchTips = (world: World, violated: (what: string) => void) => {
  const { table } = world
  const claims = new Map<Invocation, Claim[]>()
  const sent: Sent[] = []
  /** A series may be read again from its beginning. */
  const rounds = new Map<string, number>()

  const known = (messageId: string | undefined): void => {
    const mail = sent.find((one) => one.messageId === messageId)
    if (mail) mail.knownAt ??= world.now()
  }
  // One that comes after the claim was looked up, which is once, is as good as lost.
  world.onNoted = (messageId) => {
    const mail = sent.find((one) => one.messageId === messageId)
    if (mail && world.now() - mail.at < GRACE - SKEW) known(messageId)
  }

  /** Since when somebody was told that all mail to an address is stopped. Half done, it is asked for again. */
  const stopped = new Map<string, number>()
  const isStopped = (person: string): boolean =>
    stopped.has(person) && personIn(table, person).suppressedAt !== undefined
  const ended = (fn: string, event: unknown, ending: Ending): void => {
    if (!('answer' in ending)) return
    const seen = fn === 'record-outcome' ? readSesEvent(event) : undefined
    for (const address of seen?.suppress ? seen.recipients : [])
      stopped.set(personId(address, theStage().addressKey), world.now())
    const { rawPath = '', body = '' } = event as { rawPath?: string; body?: string }
    const { statusCode } = (ending.answer ?? {}) as { statusCode?: number }
    const isStop = /stop-everything$/.test(rawPath) ? !body.includes('undo') : body.includes('everything')
    if (fn !== 'subscriptions' || statusCode !== 200) return
    const [, kind, id = ''] = rawPath.split('/')
    const person = kind === 'requests' ? fileIn(table, id, 0)?.request.person : readSubscriptionId(id)?.person
    if (!person) return
    if (isStop) stopped.set(person, world.now())
    // Taken back, or at that very moment: it counts from the next time.
    else if (body.includes('undo')) stopped.delete(person)
  }

  const sees = ({ sk, before, after }: Change, by: Invocation): void => {
    if (!sk.startsWith(sortKeys.series)) return
    const was = before && fromStored(before)
    const now = after && fromStored(after)
    const id = subscriptionId(now ?? was ?? { person: '', series: '' })
    if (!before) world.count('subscriptions')
    // Erased, or read again from the beginning.
    if (!now || now.had.length < (was?.had.length ?? 0)) rounds.set(id, (rounds.get(id) ?? 0) + 1)
    if (!now) return
    if (now.messageId) known(now.messageId)
    const made = (['claim', 'confirming'] as const)
      .filter((one) => now[one]?.batch !== was?.[one]?.batch)
      .map((one) => now[one])
      .find((one) => one !== undefined)
    if (!made) return
    const refusals = [
      ...(now.state === 'active' || now.state === 'paused' || now.state === 'pending' ? [] : [`it was ${now.state}`]),
      ...(toMs(now.dueAt ?? '') <= by.startedAt + by.skew ? [] : ['it was not due']),
      ...(isStopped(now.person) ? ['mail to this address was stopped'] : []),
    ]
    const claim = { batch: made.batch, subscription: now, round: rounds.get(id) ?? 0, at: world.now(), refusals }
    claims.set(by, [...(claims.get(by) ?? []), claim])
  }

  const taken = (mail: Taken, { by }: Call): void => {
    const { [tipTags.subscription]: id = '', [tipTags.part]: part = '', [tipTags.batch]: batch } = mail.tags
    const key = `${id} ${part}`
    const claim = claims.get(by)?.findLast((one) => one.batch === batch && subscriptionId(one.subscription) === id)
    world.count(isConfirmation(part) ? 'confirmations of tips sent' : 'tips sent')
    if (!claim) {
      violated(`${key} went out without a claim`)
      return
    }
    const { subscription, round, at, refusals } = claim
    for (const refusal of refusals) violated(`${key} went out, and when it was claimed ${refusal}`)
    if (mail.to.join() !== subscription.email)
      violated(`${key} went to ${mail.to.join()}, not to ${subscription.email}`)
    if (!isConfirmation(part) && subscription.had.includes(part)) violated(`${key} went out to somebody who had it`)
    for (const earlier of sent.filter((one) => one.key === key && one.round === round && !isConfirmation(part))) {
      if (earlier.knownAt !== undefined && earlier.knownAt < at)
        violated(`${key} went out twice, and of the first one it was known`)
      else if (at - earlier.at < GRACE - SKEW) violated(`${key} went out twice without waiting for news of the first`)
      else world.count('tips sent twice in doubt')
    }
    sent.push({ key, round, messageId: mail.messageId, at: mail.at })
  }

  const atRest = (): void => {
    for (const item of table.items.values()) {
      if (!item.sk?.S?.startsWith(sortKeys.series)) continue
      const { claim, dueAt, expiresAt, ...subscription } = fromStored(item)
      const id = subscriptionId(subscription)
      if (expiresAt && expiresAt <= world.now() / 1000) continue
      if (isReading(subscription) && personIn(table, subscription.person).suppressedAt)
        violated(`${id} is read by somebody to whom all mail is stopped`)
      if (dueAt) violated(`${id} came to no end: ${subscription.state}, ${subscription.next} due at ${dueAt}`)
      // She left while a part was on its way, and its answer was lost: that is looked up when she comes back.
      if (claim && !isReading(subscription)) continue
      const round = rounds.get(id) ?? 0
      for (const { key, messageId, knownAt } of sent.filter(
        (one) => one.round === round && one.key.startsWith(`${id} `),
      )) {
        const part = key.slice(id.length + 1)
        if (!isConfirmation(part) && knownAt !== undefined && !subscription.had.includes(part))
          violated(`SES took ${key} (${messageId}) and told of it, and she has not had it`)
      }
    }
  }

  return { sees, taken, ended, atRest }
}
