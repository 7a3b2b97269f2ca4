import { alarmsOf } from '../shared/aws/alarms.ts'
import { fromItem, type Item } from '../shared/aws/database.ts'
import * as ledger from '../shared/aws/ledger.ts'
import * as people from '../shared/aws/people.ts'
import * as requests from '../shared/aws/requests.ts'
import * as subscriptions from '../shared/aws/subscriptions.ts'
import { sortKeys } from '../shared/names.ts'
import type { Person } from '../shared/person.ts'
import type { File } from '../shared/plan.ts'
import type { Instant, InterviewRequest } from '../shared/request.ts'
import { exportOf } from '../shared/resource.ts'
import { exportOfSubscription } from '../shared/tips/resource.ts'
import type { Subscription } from '../shared/tips/subscription.ts'
import { replan } from './replan.ts'
import { walkTable } from './walk.ts'

export type Everything = { person: Person; isKnown: boolean; requestIds: string[]; subscriptions: Subscription[] }

/**
 * Everything of one person. Requests are looked for in the whole table: one that was never confirmed stands with nobody.
 */
export const everythingOf = async (person: Person, now: Instant): Promise<Everything> => {
  const ids = new Set([...person.requests, ...person.held])
  let isKnown = false
  await walkTable((items) => {
    for (const item of items) {
      if (item.pk?.S === `PERSON#${person.id}`) isKnown = true
      if (isRequestOf(item, person)) ids.add((fromItem(item) as unknown as InterviewRequest).id)
    }
  })
  return { person, isKnown, requestIds: [...ids].sort(), subscriptions: await subscriptions.of(person.id, now) }
}

const isRequestOf = (item: Item, { id }: Person): boolean => item.sk?.S === sortKeys.request && item.person?.S === id

/** As a person can take it along: nothing that opens a link. */
export const takenAlong = async (everything: Everything, now: Instant): Promise<object> => {
  const { id: _id, requests: _requests, held: _held, ...kept } = everything.person
  const files = await Promise.all(everything.requestIds.map((id) => requests.find(id, now)))
  const alarms = await Promise.all(everything.requestIds.map((id) => alarmsOf(id)))
  return {
    exportedAt: now,
    person: kept,
    requests: files.filter((file): file is File => file !== undefined).map(exportOf),
    subscriptions: everything.subscriptions.map(exportOfSubscription),
    alarms: alarms.flat(),
  }
}

/** What a request still has in the ledger and in Scheduler. */
const isCleared = async (id: string): Promise<boolean> =>
  (await ledger.rowsOf(id)).length === 0 && (await alarmsOf(id)).length === 0

const PATIENCE_MS = 60_000
const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))

/**
 * Deletes requests, whoever made them. The stream clears ledger and alarms of each; answers those of which something is left
 * after a minute.
 */
export const eraseRequests = async (ids: readonly string[], now: Instant): Promise<string[]> => {
  for (const id of ids) {
    if (await requests.versionOf(id)) await requests.erase({ id })
    // It was gone before, and the stream tells of it no more.
    else await replan(id, now)
  }
  let left = [...ids]
  for (const until = performance.now() + PATIENCE_MS; left.length > 0; await wait(500)) {
    const cleared = await Promise.all(left.map(isCleared))
    left = left.filter((_, index) => !cleared[index])
    if (left.length === 0 || performance.now() > until) break
  }
  return left
}

/**
 * Deletes it, but for the hash with her no: first that, so that nothing subscribes her again meanwhile. Answers the requests
 * of which something is left.
 */
export const eraseAll = async (
  { person, requestIds, subscriptions: known }: Everything,
  now: Instant,
): Promise<string[]> => {
  await people.eraseTips(person.id, now)
  for (const subscription of known) await subscriptions.remove(subscription)
  const left = await eraseRequests(requestIds, now)
  for (const id of requestIds) await people.forget(person.id, id)
  await people.forgetAll(person.id)
  return left
}
