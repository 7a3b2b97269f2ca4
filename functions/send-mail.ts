import { countConfirmation, outcomesLately } from '../shared/aws/counters.ts'
import { setting, theStage } from '../shared/aws/environment.ts'
import { load, type PersonFile } from '../shared/aws/files.ts'
import * as ledger from '../shared/aws/ledger.ts'
import * as ses from '../shared/aws/mail.ts'
import { count } from '../shared/aws/metrics.ts'
import * as people from '../shared/aws/people.ts'
import * as requests from '../shared/aws/requests.ts'
import * as subscriptions from '../shared/aws/subscriptions.ts'
import { fromQueue } from '../shared/batch.ts'
import { dayOf, toDate, toMs } from '../shared/calendar.ts'
import { mailboxTakes } from '../shared/delivery/mailbox.ts'
import { log } from '../shared/log.ts'
import { type RenderedMail, renderMail } from '../shared/mail/render.tsx'
import { isKnown, Ringing } from '../shared/mail-due.ts'
import { mayConfirm, type Person } from '../shared/person.ts'
import { type File, mailKey, type PlannedMail } from '../shared/plan.ts'
import { standing } from '../shared/reputation.ts'
import { type Instant, type LedgerMail, sentInAt } from '../shared/request.ts'
import { whenRung } from '../shared/ring.ts'
import { TOLD_AHEAD } from '../shared/tips/rhythm.ts'

/** Load, decide, claim, act: only what the plan still holds at this moment goes out. */
export const handler = fromQueue(Ringing, async (due, now) => {
  if (!isKnown(due)) {
    log('warn', 'mail-of-another-version')
    return void (await ledger.withdraw(due, now))
  }
  const loaded = await load(due.requestId, now)
  // Erased or expired: a row that somebody left behind must not ring again.
  if (!loaded) return void (await ledger.discard(due, now))
  const { file, person } = loaded
  const rung = whenRung(due, loaded, theStage().calendar, now)
  const seen = loaded.files.map(({ request }) => request)
  switch (rung.becomes) {
    case 'withdrawn':
      return void (await ledger.withdraw(due, now, seen))
    case 'skipped':
      if (due.mail === 'confirm') await people.hold(person.id, due.requestId)
      return skip(due, rung.reason, now, { seen })
    case 'postponed':
      return postpone(rung.mail, rung.row, now, seen)
  }
  const { row, upcoming } = rung
  const attempts = row?.attempts ?? 0
  if (!(await take(rung.mail, { attempts, seen, plannedAt: row?.at }, file, person, now))) return
  const mail = { ...rung.mail, attempts: attempts + 1 }
  // Whatever was decided before the claim is seen here, and what is decided later came too late: the claim is the moment.
  if (await hasChanged(loaded)) {
    await ledger.release(mail, now)
    throw new Error('A request changed while its mail was being claimed')
  }
  await send(mail, file, upcoming, now)
})

/** The request itself, or another one of the same person: the days are shared among them. */
const hasChanged = async ({ files }: PersonFile): Promise<boolean> => {
  const seen = await Promise.all(
    files.map(async ({ request }) => (await requests.versionOf(request.id)) === request.version),
  )
  return seen.includes(false)
}

/** `reconcile` or the new alarm will ring. */
const postpone = async (
  mail: PlannedMail,
  row: LedgerMail | undefined,
  now: Instant,
  seen: ledger.Seen,
): Promise<void> => {
  if (row?.dueAt !== mail.dueAt) await ledger.plan(mail, now, seen)
}

/** Claims the mail, or says in the ledger why nobody gets it. */
const take = async (
  mail: PlannedMail,
  read: { attempts: number; seen: ledger.Seen; plannedAt?: Instant | undefined },
  { request }: File,
  person: Person,
  now: Instant,
): Promise<boolean> => {
  const { caps, reputation } = theStage()
  const { attempts } = read
  const hold = async (): Promise<false> => {
    await people.hold(person.id, request.id)
    await skip(mail, 'this address has had its confirmation mail already', now, read)
    return false
  }
  // A confirmation that was claimed before, and did not go out, has been counted then.
  const counts = mail.mail === 'confirm' && attempts === 0
  const confirmations = counts ? mayConfirm(person, caps, now) : undefined
  if (counts) {
    if (!confirmations) return hold()
    if (standing(await outcomesLately(now), reputation) !== 'good') {
      log('error', 'confirmations-stopped', { because: 'bounces or complaints' })
      count({ ConfirmationsStopped: 1 })
      throw new Error('Confirmations are stopped: too many addresses bounce or complain')
    }
    if ((await countConfirmation(now)) > caps.confirmationsAMinute) {
      log('error', 'confirmations-stopped', { because: 'too many in this minute' })
      count({ ConfirmationsStopped: 1 })
      throw new Error('The circuit breaker for confirmations is open')
    }
    if (!(await mailboxTakes(request.seeker.email, person, now))) return hold()
  }
  const day = toDate(dayOf(toMs(now), request.seeker.timeZone))
  const { plannedAt = mail.dueAt } = read
  // It comes on another day than the one that was told of when it was planned, or that day was too far ahead to be told: no tip
  // is to come on this one.
  const isTold = toMs(mail.dueAt) - toMs(plannedAt) <= TOLD_AHEAD
  if (!isTold || toDate(dayOf(toMs(mail.dueAt), request.seeker.timeZone)) !== day)
    await subscriptions.keepFree(person.id, day, now)
  const claim = await ledger.claim(mail, {
    since: sentInAt(request),
    attempts,
    person,
    day,
    now,
    ...(confirmations ? { confirmations } : {}),
  })
  if (claim === 'raced') throw new Error('Another confirmation to this address went out at the same moment')
  if (claim === 'suppressed') await skip(mail, 'mail to this address is stopped', now, read)
  return claim === 'claimed'
}

const REFUSED = 'the mail service refused it'

/** Nobody gets it: the seeker's page says why, and so does the dashboard. */
const skip = async (...given: Parameters<typeof ledger.skip>): Promise<void> => {
  const [, reason] = given
  if (await ledger.skip(...given)) count({ MailsSkipped: 1 }, reason)
}

type HeldMail = PlannedMail & ledger.Held

const send = async (mail: HeldMail, file: File, upcoming: PlannedMail[], now: Instant): Promise<void> => {
  const { requestId, mail: name } = mail
  const sending = await ses.send(
    { ...mail, since: sentInAt(file.request) },
    file.request.seeker.email,
    await rendered(mail, file, upcoming, now),
    theStage().sender,
  )
  const at = new Date().toISOString()
  log(sending.result === 'sent' ? 'info' : 'warn', `mail-${sending.result}`, {
    requestId,
    mail: name,
    ...('because' in sending ? { because: sending.because } : {}),
  })
  switch (sending.result) {
    case 'sent':
      count({
        MailsSent: 1,
        MailLateness: Math.max(0, (toMs(at) - toMs(mail.dueAt)) / 1000),
        ...(name === 'confirm' ? { Confirmations: 1 } : {}),
      })
      return void (await ledger.settle(mail, sending.messageId, at))
    case 'refused':
      if (await ledger.refuse(mail, REFUSED, at)) count({ MailsSkipped: 1 }, REFUSED)
      return
    case 'unknown':
      count({ MailsUnsettled: 1 })
      return void (await ledger.unsettle(mail, at))
    case 'later':
      await ledger.release(mail, at)
      throw new Error(`The mail service is not ready: ${sending.because}`)
  }
}

/** Rendering comes last, from current data. A mail that cannot be rendered was not sent: it waits for the mended code. */
const rendered = async (mail: HeldMail, file: File, upcoming: PlannedMail[], now: Instant): Promise<RenderedMail> => {
  try {
    return renderMail({
      stage: theStage(),
      publicUrl: setting('publicUrl'),
      now,
      request: file.request,
      mail: mail.mail,
      merged: [...new Set(mail.merged.map((part) => part.mail))],
      upcoming: upcoming.filter((other) => other.requestId === mail.requestId && mailKey(other) !== mailKey(mail)),
    })
  } catch (error) {
    await ledger.release(mail, now)
    throw error
  }
}
