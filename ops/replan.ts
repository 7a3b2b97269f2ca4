import { touch } from '../shared/aws/by-hand.ts'
import { fromItem, type Item } from '../shared/aws/database.ts'
import { theStage } from '../shared/aws/environment.ts'
import * as ledger from '../shared/aws/ledger.ts'
import * as people from '../shared/aws/people.ts'
import * as requests from '../shared/aws/requests.ts'
import * as schedules from '../shared/aws/schedules.ts'
import { forgetWithTheLast } from '../shared/delivery/forget.ts'
import { completeStop } from '../shared/delivery/leave.ts'
import { record } from '../shared/events.ts'
import { sortKeys } from '../shared/names.ts'
import { occurrenceOf } from '../shared/plan.ts'
import { type Instant, type InterviewRequest, isFinal, isOfEarlier, type LedgerMail } from '../shared/request.ts'
import { type Row, workflow } from '../shared/workflow.ts'
import { showProgress } from './progress-bar.ts'
import { walkTable } from './walk.ts'

/** `touched`: the stream tells of it anew. `moved-on`: what a mail of it has changed is recorded, which the stream tells too. */
export type Replanned = 'touched' | 'moved-on' | 'cleared' | 'unknown'

/** Has a request planned anew; of one that is gone, or was erased before it was sent in again, clears what is left. Done twice it ends the same. */
export const replan = async (id: string, now: Instant): Promise<Replanned> => {
  const file = await requests.find(id, now)
  if (!file) return clear(id)
  await removeAll(file.mails.filter((row) => isOfEarlier(row, file.request)))
  if (await moveOn(file.request, file.mails, now)) return 'moved-on'
  return (await touch(id, now)) ? 'touched' : 'unknown'
}

/** A mail that moves its request on has gone out, and nobody has recorded that. */
const moveOn = async (request: InterviewRequest, mails: readonly LedgerMail[], now: Instant): Promise<boolean> => {
  const { retention, calendar } = theStage()
  for (const row of mails) {
    const { leadsTo } = workflow[row.mail] as Row
    const wentOut = isFinal(row.state) && row.state !== 'skipped'
    if (!leadsTo || !wentOut || occurrenceOf(row.mail, request, calendar) !== row.occurrence) continue
    const next = record(request, leadsTo, { now, retention })
    if (next && (await requests.save(next, [request.state]))) return true
  }
  return false
}

const clear = async (id: string): Promise<Replanned> => {
  const rows = await ledger.rowsOf(id)
  await removeAll(rows)
  await schedules.cancelAll(id)
  return rows.length > 0 ? 'cleared' : 'unknown'
}

const removeAll = async (rows: readonly LedgerMail[]): Promise<void> => {
  for (const row of rows) {
    if (row.state === 'planned') await schedules.cancel(row)
    await ledger.remove(row)
  }
}

type Window = { since: Instant; until: Instant }

/**
 * Has every request planned anew that was changed in one of these stretches of time, clears what is left of those that are
 * gone, with the people who are still named with them or had nothing else, and completes what was stopped then.
 */
export const replanChanged = async (
  windows: readonly Window[],
  clock: () => Instant,
): Promise<{ requests: number; cleared: number }> => {
  const isIn = (at: unknown): boolean =>
    typeof at === 'string' && windows.some(({ since, until }) => since <= at && at <= until)
  const wanted: string[] = []
  const there = new Set<string>()
  const named: { person: string; request: string }[] = []
  const stopped: string[] = []
  const unread: string[] = []
  await walkTable((items) => {
    const [kind, id = ''] = items[0]?.pk?.S?.split('#') ?? []
    if (kind === 'PERSON') named.push(...namesIn(items).map((request) => ({ person: id, request })))
    if (kind === 'PERSON' && items.some(({ suppressedAt }) => isIn(suppressedAt?.S))) stopped.push(id)
    if (kind === 'PERSON' && items.every(({ sk }) => sk?.S === sortKeys.person)) unread.push(id)
    if (kind !== 'REQUEST') return
    if (items.some((item) => item.sk?.S === sortKeys.request)) there.add(id)
    if (concerns(items, isIn)) wanted.push(id)
  })
  // Oldest first.
  wanted.sort()
  const counts = { requests: 0, cleared: 0 }
  const progress = showProgress(wanted.length, 'requests')
  try {
    for (const [index, id] of wanted.entries()) {
      // It may take hours, and what fails once more is looked for around the moment at which it was touched.
      const result = await replan(id, clock())
      if (result === 'cleared') counts.cleared += 1
      else if (result !== 'unknown') counts.requests += 1
      progress.at(index + 1)
    }
  } finally {
    progress.stop()
  }
  const now = clock()
  for (const { person, request } of named.sort((a, b) => (a.request < b.request ? -1 : 1))) {
    // Sent in since the walk began, it is there after all.
    if (!there.has(request) && !(await requests.find(request, now))) await people.forget(person, request)
  }
  const asking = new Set(named.filter(({ request }) => there.has(request)).map(({ person }) => person))
  for (const id of unread) if (!asking.has(id)) await forgetWithTheLast(id, { isErased: false }, now)
  for (const id of stopped) await completeStop(id, now)
  return counts
}

/** The requests that a person is named with. */
const namesIn = (items: readonly Item[]): string[] =>
  items
    .filter(({ sk }) => sk?.S === sortKeys.person)
    .flatMap(({ requests, held }) => [...(requests?.SS ?? []), ...(held?.SS ?? [])])

/** Something happened to it then, or one of its mails; it was planned anew then; or it is gone and something is left. */
const concerns = (items: readonly Item[], isIn: (at: unknown) => boolean): boolean => {
  const found = items.find((item) => item.sk?.S === sortKeys.request)
  if (!found) return true
  const { history = [], touchedAt } = fromItem(found) as unknown as InterviewRequest
  return isIn(touchedAt) || history.some(({ at }) => isIn(at)) || items.some((item) => isIn(item.at?.S))
}
