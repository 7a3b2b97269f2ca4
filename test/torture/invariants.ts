import { fromItem } from '../../shared/aws/database.ts'
import { theStage } from '../../shared/aws/environment.ts'
import { toInstant, toMs } from '../../shared/calendar.ts'
import { sortKeys, tipTags } from '../../shared/names.ts'
import { mailKey, plan } from '../../shared/plan.ts'
import { movedOn } from '../../shared/replanning.ts'
import { isFinal, type LedgerMail } from '../../shared/request.ts'
import { readSesEvent } from '../../shared/ses-event.ts'
import { fileIn, filesIn, peopleIn, personIn, requestsIn, rowsIn } from './contents.ts'
import type { Call, Invocation } from './gate.ts'
import type { Ending } from './lambda.ts'
import { watchLastWords } from './last-words.ts'
import type { Taken } from './mail-service.ts'
import type { Change, Item } from './table.ts'
import { watchTips } from './tip-invariants.ts'
import type { World } from './world.ts'

const MINUTE = 60_000
/** Nothing is sent again before an SES event has had this long to come (`shared/put-right.ts`). */
const GRACE = 10 * MINUTE
/** Clocks are off by no more than this, twice. */
const SKEW = 40_000
/** A schedule may ring this early for `send-mail`. */
const EARLY = MINUTE

/** What was true at the moment at which a worker took a mail. */
type Claim = { key: string; at: number; refusals: string[]; to: string; secret: string; person: string | undefined }
/** A mail that went out, and since when the ledger or an SES event has said so. */
type Sent = Taken & {
  key: string
  requestId: string
  secret: string
  /** The start of its worker: no claim of that is older, and SES may take it a minute after that. */
  since: number
  claimedAt: number
  knownAt?: number
}

/** The plan's own reasons for leaving a mail out. */
const reasons = new Set(['its useful time had passed', 'more important mail took its days'])

/** `lastTip`: the day is taken before the tip is, and a write of it that hangs can come after everything. */
const whatANoLeaves = new Set([
  'suppressedAt',
  'suppressedBecause',
  'stops',
  'tipsRefusedAt',
  'tipsErasedAt',
  'lastTip',
])

const keyOf = (mail: { requestId: string; mail: string; occurrence: string }): string =>
  `${mail.requestId} ${mailKey(mail)}`

/** What must never happen, looked at while it does, and what must be true when all has come to rest. */
export const watchInvariants = (world: World) => {
  const { timeline, table } = world
  const violations: string[] = []
  const claims = new Map<Invocation, Claim[]>()
  const sent: Sent[] = []
  /** Of which a second copy went out before anything had said that SES took the first. */
  const inDoubt: Sent[] = []

  const violated = (what: string): void => {
    timeline.say(`VIOLATION: ${what}`)
    violations.push(what)
  }

  const tips = watchTips(world, violated)
  const lastWords = watchLastWords(world, violated)
  const { onTold } = world
  world.onTold = (call, result) => {
    onTold(call, result)
    lastWords.told(call)
  }

  /** Something of theirs has come to its end by itself. */
  const ranOut = new Set<string>()
  const isOver = ({ expiresAt }: Item): boolean =>
    Number(expiresAt?.N ?? Number.POSITIVE_INFINITY) * 1000 <= world.now()

  /** Of who has nothing here any more only her no is known; and what the caps need, if she was asked and never confirmed. */
  const forgotten = (): void => {
    const stands = new Set([...table.items.values()].flatMap(({ person }) => person?.S ?? []))
    for (const { id, ...known } of peopleIn(table).filter((person) => !stands.has(person.id))) {
      if (ranOut.has(id) && !known.verifiedAt && known.confirmations) continue
      const no = known.suppressedAt || known.tipsRefusedAt || known.tipsErasedAt
      const extra = Object.keys(known).filter((name) => !(no && whatANoLeaves.has(name)))
      if (extra.length > 0 || !no) violated(`person ${id} is gone, and still there is ${extra.join(', ') || 'a hash'}`)
    }
  }

  const claimed = (row: LedgerMail, by: Invocation): void => {
    // What the worker goes by: its clock, at the moment it began.
    const at = by.startedAt + by.skew
    const files = filesIn(table, row.requestId, at)
    const own = files[0]
    const { mails } = plan(files, theStage().calendar, toInstant(at))
    // By itself, or as a part of another that is on its way as well: who is first has it.
    const planned = mails.find((mail) =>
      [mail, ...mail.merged.map((part) => ({ ...mail, ...part }))].some((one) => keyOf(one) === keyOf(row)),
    )
    const person = own && personIn(table, own.request.person)
    const refusals = [
      ...(planned ? [] : ['the plan did not hold it']),
      ...(planned && toMs(planned.dueAt) > at + EARLY ? ['it was not due'] : []),
      ...(person?.suppressedAt ? ['mail to this address was stopped'] : []),
      ...(own && tips.isStopped(own.request.person) ? ['she had been told that all mail is stopped'] : []),
    ]
    const claim = {
      key: keyOf(row),
      at: world.now(),
      refusals,
      to: own?.request.seeker.email ?? '',
      secret: own?.request.secret ?? '',
      person: own?.request.person,
    }
    claims.set(by, [...(claims.get(by) ?? []), claim])
  }

  /** Mails that came to their end without going out: as they stood before, and when it was. */
  const unsent = new Map<string, { before: LedgerMail; at: number }>()

  /**
   * Nobody gets it: so the plan must leave it out, and not only have done so before. Another mail that took its days may
   * have come to its end, unsent, since the writer began: it was there when this was decided, and what it leaves free
   * goes to nobody.
   */
  const skipped = (row: LedgerMail, by: Invocation): void => {
    const at = by.startedAt + by.skew
    const holdsIt = (see: (other: LedgerMail) => LedgerMail): boolean => {
      const others = (other: LedgerMail): LedgerMail | undefined =>
        keyOf(other) === keyOf(row) ? undefined : see(other)
      const { mails } = plan(filesIn(table, row.requestId, at, others), theStage().calendar, toInstant(at))
      return mails.some((mail) => keyOf(mail) === keyOf(row))
    }
    const asItWas = (other: LedgerMail): LedgerMail => {
      const end = unsent.get(keyOf(other))
      return end && end.at >= by.startedAt ? end.before : other
    }
    if (holdsIt((other) => other) && holdsIt(asItWas))
      violated(`${keyOf(row)} was skipped (${row.reason}), and the plan held it`)
  }

  const known = (messageId: string | undefined): void => {
    const mail = sent.find((one) => one.messageId === messageId)
    if (mail) mail.knownAt ??= world.now()
  }

  /** When each request went that is gone. */
  const goneAt = new Map<string, number>()
  world.onRing = (name, setAt) => {
    const [id = ''] = name.split('-')
    const at = goneAt.get(id)
    // Who was setting it when the request went comes too late for whoever clears; it rings, and nothing follows.
    if (at === undefined || setAt > at || world.stream.tellsOf(`REQUEST#${id}`)) return
    violated(`the alarm ${name} outlived its request and all that was left of it`)
  }

  world.onChange = (change: Change, { by, operation }: Call) => {
    const { pk, sk, before, after } = change
    if (sk === sortKeys.request && after) goneAt.delete(pk.replace('REQUEST#', ''))
    if (sk === sortKeys.request && !after) goneAt.set(pk.replace('REQUEST#', ''), world.now())
    tips.sees(change, by)
    lastWords.sees(change)
    if (!before && sk === sortKeys.request) world.count('requests')
    if (before && !after && isOver(before)) ranOut.add(before.person?.S ?? '')
    if (!sk.startsWith('MAIL#') || !after) return
    const row = fromItem(after) as unknown as LedgerMail
    const was = before?.state?.S
    if (!before && row.state === 'planned') world.count('planned')
    // Also over another one's claim, if that is possible.
    if (row.state === 'claimed' && operation === 'TransactWriteItems') claimed(row, by)
    if (row.state === was) return
    if (row.state === 'unsettled') world.count('unsettled')
    if (row.state === 'skipped') {
      world.count('skipped')
      if (before) unsent.set(keyOf(row), { before: fromItem(before) as unknown as LedgerMail, at: world.now() })
      if (reasons.has(row.reason ?? '')) skipped(row, by)
    }
    if (row.messageId) known(row.messageId)
  }

  const taken = (mail: Taken, call: Call): void => {
    const { by } = call
    if (mail.tags[tipTags.subscription]) {
      tips.taken(mail, call)
      return
    }
    world.count('sent')
    const { request: requestId = '', mail: name = '', occurrence = '' } = mail.tags
    const key = keyOf({ requestId, mail: name, occurrence })
    const claim = claims.get(by)?.findLast((one) => one.key === key)
    if (!claim) {
      violated(`${key} went out without a claim`)
      return
    }
    for (const refusal of claim.refusals) violated(`${key} went out, and when it was claimed ${refusal}`)
    if (mail.to.length !== 1 || mail.to[0] !== claim.to)
      violated(`${key} went to ${mail.to.join()}, not to ${claim.to}`)
    for (const request of requestsIn(table)) {
      if (request.seeker.email === claim.to) continue
      if (mail.html.includes(request.id)) violated(`${key} tells of ${request.id}`)
      if (mail.html.includes(request.topic)) violated(`${key} tells of what ${request.seeker.email} has typed`)
    }
    for (const earlier of sent.filter((one) => one.key === key && one.secret === claim.secret)) {
      if (earlier.knownAt !== undefined && earlier.knownAt < claim.at)
        violated(`${key} went out twice, and of the first one it was known`)
      else if (by.startedAt - earlier.since < GRACE - SKEW)
        violated(`${key} went out twice without waiting for news of the first`)
      else inDoubt.push(earlier)
    }
    if (claim.person && personIn(table, claim.person).suppressedAt)
      world.count('sent, claimed before she stopped all mail')
    sent.push({ ...mail, key, requestId, secret: claim.secret, since: by.startedAt, claimedAt: claim.at })
  }

  const ended = (fn: string, event: unknown, ending: Ending): void => {
    tips.ended(fn, event, ending)
    lastWords.ended(event, ending)
    if (fn === 'record-outcome' && 'answer' in ending) known(readSesEvent(event)?.messageId)
  }
  world.onEnd = ended

  /** When nothing goes wrong any more, nothing is on its way, and the clock has gone past all that was due. */
  const atRest = (): void => {
    const now = world.now()
    // One that has expired is deleted some time, and with it what belongs to it.
    const there = new Set(requestsIn(table).map(({ id }) => id))
    for (const row of rowsIn(table)) {
      if (!isFinal(row.state)) violated(`${keyOf(row)} came to no end: ${row.state}`)
      if (!there.has(row.requestId)) violated(`${keyOf(row)} is left of a request that is gone`)
    }
    for (const request of requestsIn(table)) {
      const { mails, dropped } = plan(filesIn(table, request.id, now), theStage().calendar, toInstant(now))
      const isStopped = personIn(table, request.person).suppressedAt !== undefined
      for (const mail of mails.filter((one) => one.requestId === request.id && !isStopped))
        violated(`${keyOf(mail)} ought to go out at ${mail.dueAt}, and nobody knows of it`)
      // Also of one that came too late to be worth it: when it was planned it was not.
      for (const mail of dropped.filter((one) => one.requestId === request.id))
        if (!rowsIn(table).some((row) => keyOf(row) === keyOf(mail)))
          violated(`${keyOf(mail)} never went out, and the ledger says nothing of it: ${mail.reason}`)
      const file = fileIn(table, request.id, now)
      if (!file) continue
      ledgerOf(request.id, request.secret)
      for (const row of file.mails.filter(({ state }) => isFinal(state) && state !== 'skipped'))
        if (movedOn(request, row, { ...theStage(), now: toInstant(now) }))
          violated(`${keyOf(row)} has gone out, and the request is still ${request.state}`)
    }
    for (const { id, requests = [], held = [] } of peopleIn(table)) {
      for (const request of [...requests, ...held])
        if (!there.has(request)) violated(`person ${id} still names request ${request}, which is gone`)
    }
    for (const { knownAt } of inDoubt)
      world.count(`sent twice in doubt, and of the first was heard ${knownAt === undefined ? 'nothing' : 'later'}`)
    forgotten()
    tips.atRest()
    lastWords.atRest()
    for (const message of [...world.queues.mail.left(), ...world.queues.tips.left()])
      violated(`left in the queue: ${message}`)
    for (const record of world.stream.left()) violated(`left in the stream: ${record}`)
    for (const alarm of world.alarms.set()) violated(`left in the scheduler: ${alarm}`)
  }

  /** The ledger of a request says what SES took, and nothing else. */
  const ledgerOf = (requestId: string, secret: string): void => {
    const rows = new Map(rowsIn(table).map((row) => [keyOf(row), row]))
    const mails = sent.filter((mail) => mail.requestId === requestId && mail.secret === secret)
    for (const { key, messageId, knownAt } of mails) {
      const row = rows.get(key)
      if (!row) violated(`SES took ${key} (${messageId}), and the ledger has no row of it`)
      else if (row.state === 'skipped' && knownAt !== undefined)
        violated(`SES took ${key} (${messageId}) and told of it, and the ledger says skipped: ${row.reason}`)
    }
    for (const [key, row] of rows) {
      if (row.requestId !== requestId || row.state === 'skipped' || !isFinal(row.state)) continue
      if (!mails.some((mail) => mail.key === key && mail.messageId === row.messageId))
        violated(`the ledger says ${key} was ${row.state} as ${row.messageId}, and SES never took that`)
    }
  }

  return { violations: violations as readonly string[], taken, atRest }
}
