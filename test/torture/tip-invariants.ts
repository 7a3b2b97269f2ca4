import { setting, theStage } from '../../shared/aws/environment.ts'
import { fromStored } from '../../shared/aws/subscriptions.ts'
import { toMs } from '../../shared/calendar.ts'
import { readConfirmToken } from '../../shared/capability.ts'
import { sortKeys, tipTags } from '../../shared/names.ts'
import { personId } from '../../shared/person.ts'
import { readSesEvent } from '../../shared/ses-event.ts'
import { readSubscriptionId, subscriptionId, subscriptionLinks } from '../../shared/tips/links.ts'
import { isReading, type Subscription } from '../../shared/tips/subscription.ts'
import { isConfirmation } from '../../shared/tips/tip-due.ts'
import type { Result } from './calls.ts'
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
/** `since`: its claim is as old as its worker; SES may take it a minute and a half after that. */
type Sent = { key: string; round: number; messageId: string; since: number; knownAt?: number }

/** What somebody asks for by a link or a form. */
type Word = { person: string; series?: string | undefined; says: 'stop' | 'leave' | 'erase' | 'undo' | 'consent' }
/** A no of hers that was answered with 200, or what SES has told of her mailbox. */
type No = Word & {
  says: 'stop' | 'leave' | 'erase'
  beganAt: number
  /** No undo takes it back. */
  isForGood: boolean
  /** The whole of the tips is refused, and not this series alone. */
  refuses: boolean
}
const because = {
  stop: 'mail to this address was stopped',
  leave: 'she had left it',
  erase: 'she had had it erased',
} as const

type Given = { rawPath?: string; body?: string }

const wordIn = (world: World, { fn, event }: Invocation): Word | undefined => {
  const { rawPath = '', body = '' } = (event ?? {}) as Given
  const [, kind = '', id = '', , what = ''] = rawPath.split('/')
  const ofRequest = (requestId: string) => fileIn(world.table, requestId, 0)?.request.person
  const word = (key: { person: string; series?: string } | undefined, says: Word['says']) => key && { ...key, says }
  const isUndo = body.includes('undo')
  if (fn === 'requests' && kind === 'confirm') {
    const person = ofRequest(readConfirmToken(id)?.id ?? '')
    return person === undefined ? undefined : { person, says: 'consent' }
  }
  if (fn !== 'subscriptions') return undefined
  if (what === 'stop-everything') {
    const person = ofRequest(id)
    return person === undefined ? undefined : { person, says: isUndo ? 'undo' : 'stop' }
  }
  const key = readSubscriptionId(id)
  if (what === 'unsubscribe') return word(key, isUndo ? 'undo' : body.includes('everything') ? 'stop' : 'leave')
  if (what === 'erase') return word(key, 'erase')
  if (what === 'confirm') return word(key, 'consent')
  if (what !== 'preferences') return undefined
  const { leave, series } = JSON.parse(body) as { leave?: true; series?: string }
  return leave ? word(key, 'leave') : series ? word(key, 'consent') : undefined
}

/** What she was answered, and whether it still holds: her own words alone count, and not what the table says of them. */
const listen = (world: World) => {
  const words = new Map<Invocation, Word | undefined>()
  const workers = new WeakMap<object, Invocation>()
  const refusing = new Set<Invocation>()
  const nos: No[] = []
  /** By which a no ends that began before. */
  const ends: { person: string; at: number; says: Word['says'] }[] = []

  const told = ({ by, operation, input }: Call, result: Result): void => {
    const isFirst = !words.has(by)
    if (isFirst) {
      words.set(by, wordIn(world, by))
      if (by.event) workers.set(by.event, by)
    }
    const word = words.get(by)
    if (!word || 'error' in result) return
    const { person, says } = word
    const isPerson = (input.Key as { sk?: { S?: string } } | undefined)?.sk?.S === sortKeys.person
    // An undo takes back what it finds when it looks at the person; a consent is as old as its clock says.
    if (says === 'undo' && isPerson && operation === 'GetItem') ends.push({ person, at: world.now(), says })
    if (says === 'consent' && isFirst) ends.push({ person, at: by.startedAt + SKEW, says })
    if (isPerson && operation === 'UpdateItem') refusing.add(by)
  }

  const ended = (fn: string, event: unknown, ending: Ending): void => {
    if (!('answer' in ending)) return
    const seen = fn === 'record-outcome' ? readSesEvent(event) : undefined
    for (const address of seen?.suppress ? seen.recipients : []) {
      const person = personId(address, theStage().addressKey)
      nos.push({ person, says: 'stop', beganAt: world.now(), isForGood: true, refuses: true })
    }
    const by = workers.get(event as object)
    const { person, series, says } = (by && words.get(by)) ?? {}
    const { statusCode } = (ending.answer ?? {}) as { statusCode?: number }
    if (!by || !person || statusCode !== 200 || (says !== 'stop' && says !== 'leave' && says !== 'erase')) return
    const refuses = says !== 'leave' || refusing.has(by)
    nos.push({ person, series, says, beganAt: by.startedAt, isForGood: says === 'erase', refuses })
  }

  const holds = ({ person, says, beganAt, isForGood }: No): boolean =>
    !ends.some(
      (end) => end.person === person && end.at > beganAt && (end.says === 'undo' ? !isForGood : says !== 'stop'),
    )
  const ofPerson = (person: string): No[] => nos.filter((no) => no.person === person && holds(no))

  return {
    told,
    ended,
    isStopped: (person: string): boolean => ofPerson(person).some(({ says }) => says === 'stop'),
    /** Why she is to get no part of this series. */
    noTo: ({ person, series }: Subscription): string[] =>
      ofPerson(person)
        .filter((no) => no.says !== 'leave' || no.series === series)
        .map(({ says }) => because[says]),
    /** Why no series begins for her by an older consent. */
    noToAny: ({ person, series }: Subscription): string[] =>
      ofPerson(person)
        .filter((no) => no.refuses || no.series === series)
        .map(({ says }) => because[says]),
  }
}

/** What one reader's copy says that is not hers. */
const notHers = ({ html, text, headers }: Taken, subscription: Subscription, part: string): string[] => {
  const links = subscriptionLinks(setting('publicUrl'), subscription)
  const own: readonly string[] = Object.values(links)
  const all = [html, text, ...Object.values(headers)].flatMap((one) => one.match(/https?:[^\s"<>]+/g) ?? [])
  const strange = all.filter((link) => link.includes('/subscriptions/') && !own.includes(link))
  const greeting = subscription.firstName ? `Hello ${subscription.firstName},` : 'Hello,'
  return [
    ...strange.map((link) => `holds ${link}, which is not hers`),
    ...([html, text].every((one) => one.includes(links.unsubscribe)) ? [] : ['does not say how to leave']),
    ...(headers['List-Unsubscribe'] === `<${links.unsubscribe}>` ? [] : ['has no button to leave by']),
    ...(isConfirmation(part) || [html, text].every((one) => one.includes(greeting))
      ? []
      : [`does not say ${greeting}`]),
    ...([html, text].some((one) => one.includes('{{')) ? ['is not filled in'] : []),
  ]
}

/** Copies that the worker knows SES has not taken, by their tags. */
const refusedIn = ({ operation, input }: Call, result: Result): Record<string, string>[] => {
  const { BulkEmailEntries = [], EmailTags } = input as {
    BulkEmailEntries?: { ReplacementTags: Named[] }[]
    EmailTags?: Named[]
  }
  const copies = EmailTags ? [EmailTags] : BulkEmailEntries.map(({ ReplacementTags }) => ReplacementTags)
  const tags = copies.map((all) => Object.fromEntries(all.map(({ Name, Value }) => [Name, Value])))
  if ('error' in result) return isRefusal(result.error) ? tags : []
  if (operation !== 'SendBulkEmail') return []
  const { BulkEmailEntryResults: results } = result.answer as { BulkEmailEntryResults: { Status: string }[] }
  return tags.filter((_, index) => results[index] && results[index].Status !== 'SUCCESS')
}
type Named = { Name: string; Value: string }
const isRefusal = (error: unknown): boolean => {
  const { name, code } = error as { name: string; code?: string }
  return name === 'MessageRejected' || name === 'TooManyRequestsException' || code === 'ECONNREFUSED'
}

/** The same for the tips: who gets which part, once, and as long as she wants to. */
export const watchTips = (world: World, violated: (what: string) => void) => {
  const { table } = world
  const claims = new Map<Invocation, Claim[]>()
  const sent: Sent[] = []
  const inDoubt: Sent[] = []
  /** A series may be read again from its beginning. */
  const rounds = new Map<string, number>()

  const known = (messageId: string | undefined): void => {
    const mail = sent.find((one) => one.messageId === messageId)
    if (mail) mail.knownAt ??= world.now()
  }
  // One that comes after the claim was looked up, which is once, is as good as lost.
  world.onNoted = (messageId) => {
    const mail = sent.find((one) => one.messageId === messageId)
    if (mail && world.now() - mail.since < GRACE - SKEW) known(messageId)
  }

  const hers = listen(world)
  const refused = new Map<Invocation, string[]>()
  world.onTold = (call, result) => {
    hers.told(call, result)
    if (call.service !== 'ses') return
    const copies = refusedIn(call, result).map((tags) => `${tags[tipTags.subscription]} ${tags[tipTags.part]}`)
    refused.set(call.by, [...(refused.get(call.by) ?? []), ...copies])
  }

  /** A part counts as one she had when SES has taken it, or when it is given up. */
  const had = (key: string, { failed, messageId }: Subscription, by: Invocation): void => {
    if (key.endsWith(` ${failed}`)) {
      if (!refused.get(by)?.includes(key)) violated(`${key} was given up, and SES had not refused it`)
      else world.count('tips given up')
    } else if (!sent.some((one) => one.key === key && one.messageId === messageId))
      violated(`${key} counts as one she had, and SES never took it`)
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
    for (const part of now.had.filter((one) => !was?.had.includes(one))) had(`${id} ${part}`, now, by)
    const goesOn = (one: Subscription | undefined): boolean => one?.state === 'finished' || (!!one && isReading(one))
    if (goesOn(now) && !goesOn(was)) for (const no of hers.noToAny(now)) violated(`${id} begins, and before that ${no}`)
    const made = (['claim', 'confirming'] as const)
      .filter((one) => now[one]?.batch !== was?.[one]?.batch)
      .map((one) => now[one])
      .find((one) => one !== undefined)
    if (!made) return
    const refusals = [
      ...(now.state === 'active' || now.state === 'paused' || now.state === 'pending' ? [] : [`it was ${now.state}`]),
      ...(toMs(now.dueAt ?? '') <= by.startedAt + by.skew ? [] : ['it was not due']),
      ...(made === now.claim ? hers.noTo(now) : hers.isStopped(now.person) ? [because.stop] : []),
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
    for (const wrong of notHers(mail, subscription, part)) violated(`${key} ${wrong}`)
    for (const earlier of sent.filter((one) => one.key === key && one.round === round && !isConfirmation(part))) {
      if (earlier.knownAt !== undefined && earlier.knownAt < at)
        violated(`${key} went out twice, and of the first one it was known`)
      else if (by.startedAt - earlier.since < GRACE - SKEW)
        violated(`${key} went out twice without waiting for news of the first`)
      else inDoubt.push(earlier)
    }
    sent.push({ key, round, messageId: mail.messageId, since: by.startedAt })
  }

  const atRest = (): void => {
    for (const { knownAt } of inDoubt)
      world.count(`tips sent twice in doubt, and of the first was heard ${knownAt === undefined ? 'nothing' : 'later'}`)
    for (const item of table.items.values()) {
      if (!item.sk?.S?.startsWith(sortKeys.series)) continue
      const { claim, dueAt, expiresAt, ...subscription } = fromStored(item)
      const id = subscriptionId(subscription)
      if (expiresAt && expiresAt <= world.now() / 1000) continue
      if (isReading(subscription) && personIn(table, subscription.person).suppressedAt)
        violated(`${id} is read by somebody to whom all mail is stopped`)
      // Pauses are over by now: whoever reads on with nothing to come has been forgotten.
      if (!dueAt && isReading(subscription)) violated(`${id} is read, and nothing is to come: ${subscription.state}`)
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

  return { sees, taken, ended: hers.ended, atRest, isStopped: hers.isStopped }
}
