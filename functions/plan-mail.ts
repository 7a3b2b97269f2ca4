import type { DynamoDBRecord } from 'aws-lambda'
import { theStage } from '../shared/aws/environment.ts'
import { load } from '../shared/aws/files.ts'
import * as ledger from '../shared/aws/ledger.ts'
import { count } from '../shared/aws/metrics.ts'
import * as people from '../shared/aws/people.ts'
import * as queues from '../shared/aws/queues.ts'
import * as requests from '../shared/aws/requests.ts'
import * as schedules from '../shared/aws/schedules.ts'
import * as subscriptions from '../shared/aws/subscriptions.ts'
import { fromStream } from '../shared/batch.ts'
import { toMs } from '../shared/calendar.ts'
import { keepInStep, keepInStepWithout } from '../shared/delivery/in-step.ts'
import { record } from '../shared/events.ts'
import { log } from '../shared/log.ts'
import { isMailName } from '../shared/mail-names.ts'
import { sortKeys } from '../shared/names.ts'
import { mailKey, occurrenceOf, plan } from '../shared/plan.ts'
import { type Instant, isFinal } from '../shared/request.ts'
import { type Row, workflow } from '../shared/workflow.ts'

/** Nearer than this a schedule might be refused or ring late: the queue is told at once. */
const SOON = 60_000
/** The longest that the queue keeps a message back. */
const QUEUE_DELAY = 900_000

/** Every change of a request plans it anew; the sending of a mail that moves a request on moves it on. */
export const handler = fromStream(async (image, now) => {
  const { Keys, NewImage } = image.dynamodb ?? {}
  const requestId = Keys?.pk?.S?.replace('REQUEST#', '') ?? ''
  if (Keys?.sk?.S === sortKeys.request) return NewImage ? replan(requestId, now) : cancelAll(image, now)
  if (Keys?.sk?.S?.startsWith(sortKeys.series)) return ring(NewImage as never)
  if (NewImage)
    return moveOn(requestId, { mail: NewImage.mail?.S ?? '', occurrence: NewImage.occurrence?.S ?? '' }, now)
})

/** Makes the ledger and the schedules say what the plan says. Done twice it ends the same. */
const replan = async (requestId: string, now: Instant): Promise<void> => {
  const loaded = await load(requestId, now)
  if (!loaded) return
  const { file, files } = loaded
  const { mails, dropped } = plan(files, theStage().calendar, now)
  // Before anything can go out: no tip comes on a day that a mail of hers is about to take. What goes wrong with tips
  // holds up no mail: it is tried again afterwards.
  const inStep = await keepInStep(loaded, mails, now).catch((error: unknown) => ({ error }))
  const dueNow = []
  let fresh = 0
  for (const mail of mails) {
    const owner = files.find(({ request }) => request.id === mail.requestId) ?? file
    const row = owner.mails.find((known) => mailKey(known) === mailKey(mail))
    // Somebody is sending it at this moment, or waits to hear what became of it.
    if (row && row.state !== 'planned') continue
    const moved = !row || row.dueAt !== mail.dueAt
    const wait = toMs(mail.dueAt) - toMs(now)
    const refused = wait >= SOON && moved && !(await schedules.set(mail, mail.dueAt))
    if (moved && (await ledger.plan(mail, now)) && !row) fresh += 1
    if (refused && wait > QUEUE_DELAY) {
      // Not because its time has passed, then: something is wrong with the role or the group. `reconcile` will ring it.
      log('error', 'schedule-refused', { requestId: mail.requestId, mail: mail.mail })
    } else if (refused || wait < SOON) {
      dueNow.push({ ...mail, delaySeconds: Math.max(0, Math.ceil(wait / 1000)) })
    }
  }
  await queues.enqueue(dueNow)

  const planned = new Set(mails.filter((mail) => mail.requestId === requestId).map(mailKey))
  for (const row of file.mails.filter((known) => known.state === 'planned' && !planned.has(mailKey(known)))) {
    const reason = dropped.find((drop) => drop.requestId === requestId && mailKey(drop) === mailKey(row))?.reason
    if (reason) await skipped(ledger.skip(row, reason, now), reason)
    else await ledger.withdraw(row)
    await schedules.cancel(row)
  }
  const known = new Set(file.mails.filter((row) => isFinal(row.state)).map(mailKey))
  for (const drop of dropped.filter((entry) => entry.requestId === requestId && !known.has(mailKey(entry)))) {
    await skipped(ledger.drop(drop, drop.reason, now), drop.reason)
  }
  log('info', 'planned', { requestId, version: file.request.version, mails: planned.size, dueNow: dueNow.length })
  if (fresh > 0) count({ MailsPlanned: fresh })
  if (inStep) throw inStep.error
}

const skipped = async (written: Promise<boolean>, reason: string): Promise<void> => {
  if (await written) count({ MailsSkipped: 1 }, reason)
}

/** A reader waits for this at the moment: sooner than the next run of `pick-tips`. */
const ring = async (image: Parameters<typeof subscriptions.fromStored>[0] | undefined): Promise<void> => {
  if (!image) return
  const { person, series, next = 'now' } = subscriptions.fromStored(image)
  await queues.enqueueTips([{ series, next, people: [person] }])
}

/** The request is erased or has expired: what was scheduled for it must not ring, and nothing of its ledger stays. */
const cancelAll = async (image: DynamoDBRecord, now: Instant): Promise<void> => {
  if (!image.dynamodb?.OldImage) return
  const { id, person } = requests.fromStored(image.dynamodb.OldImage as never)
  // Sent in again under the same submission id meanwhile: what is younger than that belongs to the new one.
  const again = await requests.find(id, now)
  const since = again?.request.history[0]?.at ?? now
  const rows = (await ledger.rowsOf(id)).filter((row) => !again || row.at < since)
  for (const row of rows) {
    if (row.state === 'planned') await schedules.cancel(row)
    await ledger.remove(row)
  }
  if (!again) await people.forget(person, id)
  await keepInStepWithout(person, now)
  log('info', 'cleared', { requestId: id, mails: rows.length })
}

const moveOn = async (
  requestId: string,
  { mail, occurrence }: { mail: string; occurrence: string },
  now: Instant,
): Promise<void> => {
  if (!isMailName(mail)) return
  const { leadsTo } = workflow[mail] as Row
  const file = leadsTo && (await requests.find(requestId, now))
  // A record that comes late may tell of a round that is long over.
  if (!file || occurrenceOf(mail, file.request, theStage().calendar) !== occurrence) return
  const next = record(file.request, leadsTo, { now, retention: theStage().retention })
  if (next && !(await requests.save(next, [file.request.state]))) throw new Error('The request changed meanwhile')
}
