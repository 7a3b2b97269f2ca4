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
import { forgetWithTheLast } from '../shared/delivery/forget.ts'
import { keepInStep, keepInStepWithout } from '../shared/delivery/in-step.ts'
import { completeStop } from '../shared/delivery/leave.ts'
import { log } from '../shared/log.ts'
import { isMailName } from '../shared/mail-names.ts'
import { sortKeys } from '../shared/names.ts'
import { plan } from '../shared/plan.ts'
import { lessonOf, movedOn } from '../shared/replanning.ts'
import { type Instant, isOfEarlier } from '../shared/request.ts'
import { type Row, workflow } from '../shared/workflow.ts'

/** Nearer than this a schedule might be refused or ring late: the queue is told at once. */
const SOON = 60_000
/** The longest that the queue keeps a message back. */
const QUEUE_DELAY = 900_000

/**
 * Every change of a request plans it anew; the sending of a mail that moves a request on moves it on; a stop of all mail to an
 * address reaches everything that is read there, also where whoever wrote it has died.
 */
export const handler = fromStream(async (image, now) => {
  const { Keys, NewImage } = image.dynamodb ?? {}
  const requestId = Keys?.pk?.S?.replace('REQUEST#', '') ?? ''
  if (Keys?.sk?.S === sortKeys.request) return NewImage ? replan(requestId, now) : cancelAll(image, now)
  if (Keys?.sk?.S?.startsWith(sortKeys.series)) return NewImage ? ring(NewImage as never) : readNoMore(image, now)
  if (Keys?.sk?.S === sortKeys.person) return completeStop(Keys.pk?.S?.replace('PERSON#', '') ?? '', now)
  if (NewImage)
    return moveOn(requestId, { mail: NewImage.mail?.S ?? '', occurrence: NewImage.occurrence?.S ?? '' }, now)
})

/** Makes the ledger and the schedules say what the plan says. Done twice it ends the same. */
const replan = async (requestId: string, now: Instant): Promise<void> => {
  const loaded = await load(requestId, now)
  if (!loaded) return
  const { file, files } = loaded
  const planned = plan(files, theStage().calendar, now)
  // Before anything can go out: no tip comes on a day that a mail of hers is about to take. What goes wrong with tips
  // holds up no mail: it is tried again afterwards.
  const inStep = await keepInStep(loaded, planned.mails, now).catch((error: unknown) => ({ error }))
  const lesson = lessonOf(planned, file, files)
  const dueNow = []
  let fresh = 0
  // A change of this one is told of after the one that is told of now, and puts right what was planned without it; not what was
  // ended or taken back, though, if that write is long on its way. Those of the others are told elsewhere at the same time.
  const all = files.map(({ request }) => request)
  const others = all.filter((request) => request !== file.request)
  for (const { mail, isNew, moved, isPart } of lesson.planned) {
    if (isPart) {
      // Nothing rings it: `reconcile` does, where the mail that was to take it along has not.
      if (moved && (await ledger.plan(mail, now, others)) && !isNew) await schedules.cancel(mail)
      continue
    }
    const wait = toMs(mail.dueAt) - toMs(now)
    const refused = wait >= SOON && moved && !(await schedules.set(mail, mail.dueAt))
    if (moved && (await ledger.plan(mail, now, others)) && isNew) fresh += 1
    if (refused && wait > QUEUE_DELAY) {
      // Not because its time has passed, then: something is wrong with the role or the group. `reconcile` will ring it.
      log('error', 'schedule-refused', { requestId: mail.requestId, mail: mail.mail })
    } else if (refused || wait < SOON) {
      dueNow.push({ ...mail, delaySeconds: Math.max(0, Math.ceil(wait / 1000)) })
    }
  }
  await queues.enqueue(dueNow)

  // The alarm first: of a row that is gone nobody would know any more that there is one.
  for (const row of lesson.withdrawn) {
    await schedules.cancel(row)
    await ledger.withdraw(row, now, all)
  }
  for (const { row, reason } of lesson.skipped) {
    await schedules.cancel(row)
    await skipped(ledger.skip(row, reason, now, { seen: all }), reason)
  }
  for (const drop of lesson.dropped) await skipped(ledger.drop(drop, drop.reason, now, all), drop.reason)
  const own = planned.mails.filter((mail) => mail.requestId === requestId)
  log('info', 'planned', { requestId, version: file.request.version, mails: own.length, dueNow: dueNow.length })
  if (fresh > 0) count({ MailsPlanned: fresh })
  if (inStep) throw inStep.error
}

const skipped = async (written: Promise<boolean>, reason: string): Promise<void> => {
  if (await written) count({ MailsSkipped: 1 }, reason)
}

/** A reader waits for this at the moment: sooner than the next run of `pick-tips`. */
const ring = async (image: Parameters<typeof subscriptions.fromStored>[0]): Promise<void> => {
  const { person, series, next = 'now' } = subscriptions.fromStored(image)
  await queues.enqueueTips([{ series, next, people: [person] }])
}

/** A series that she read was erased or has expired. */
const readNoMore = async (image: DynamoDBRecord, now: Instant): Promise<void> => {
  if (!image.dynamodb?.OldImage) return
  const { person, expiresAt } = subscriptions.fromStored(image.dynamodb.OldImage as never)
  await forgetWithTheLast(person, { isErased: isBeforeItsEnd(expiresAt, now) }, now)
}

/** Deleted before its time, in seconds since 1970: by her word, or an operator's. */
const isBeforeItsEnd = (expiresAt: number | undefined, now: Instant): boolean =>
  expiresAt === undefined || expiresAt > toMs(now) / 1000

/** The request is erased or has expired: what was scheduled for it must not ring, and nothing of its ledger stays. */
const cancelAll = async (image: DynamoDBRecord, now: Instant): Promise<void> => {
  if (!image.dynamodb?.OldImage) return
  const { id, person, expiresAt } = requests.fromStored(image.dynamodb.OldImage as never)
  // Sent in again under the same submission id meanwhile: what is younger than that belongs to the new one.
  const again = await requests.find(id, now)
  const rowsLeft = async () => (await ledger.rowsOf(id)).filter((row) => !again || isOfEarlier(row, again.request))
  let mails = 0
  // Until there are none: whoever was sending one may have written of its parts meanwhile.
  for (let rows = await rowsLeft(); rows.length > 0; rows = await rowsLeft()) {
    for (const row of rows) {
      if (row.state === 'planned') await schedules.cancel(row)
      await ledger.remove(row)
    }
    mails += rows.length
  }
  if (!again) {
    // Of one whose row was taken back when an old message rang nobody else knows.
    await schedules.cancelAll(id)
    await people.forget(person, id)
    await forgetWithTheLast(person, { isErased: isBeforeItsEnd(expiresAt, now) }, now)
  }
  await keepInStepWithout(person, now)
  log('info', 'cleared', { requestId: id, mails })
}

const moveOn = async (
  requestId: string,
  { mail, occurrence }: { mail: string; occurrence: string },
  now: Instant,
): Promise<void> => {
  if (!isMailName(mail) || !(workflow[mail] as Row).leadsTo) return
  const file = await requests.find(requestId, now)
  const next = file && movedOn(file.request, { mail, occurrence }, { ...theStage(), now })
  if (next && !(await requests.save(next, [file.request.state]))) throw new Error('The request changed meanwhile')
}
