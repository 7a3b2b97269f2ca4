import { afterAll, afterEach, expect } from 'vitest'
import { mailKey, type PlannedMail, plan } from '../shared/plan.ts'
import type { InterviewRequest } from '../shared/request.ts'
import { watchCalls } from './calls.ts'
import { confirmed, fileOf, having, settings } from './people.ts'
import { openTable } from './table.ts'

/** The modules of `shared/aws` on a real database, which are to be imported from here alone: they read the environment when they load. */

export const NOW = '2026-11-23T15:00:00.000Z'
export const LATER = '2026-11-23T15:05:00.000Z'
export const DAY = '2026-11-23'
/** When the request was sent in. */
export const SINCE = Date.parse('2026-11-23T14:00:00.000Z')

export const table = await openTable()
export const requests = await import('../shared/aws/requests.ts')
export const ledger = await import('../shared/aws/ledger.ts')
export const people = await import('../shared/aws/people.ts')
export const subscriptions = await import('../shared/aws/subscriptions.ts')
export const counters = await import('../shared/aws/counters.ts')
export const calls = watchCalls((await import('../shared/aws/database.ts')).database)
afterEach(() => {
  calls.pageOf = undefined
  calls.refusal = undefined
})
afterAll(() => table.close())

let count = 0
/** A request that no other test has seen, with a person of its own. */
export const fresh = (request: InterviewRequest = confirmed): InterviewRequest => {
  count += 1
  return { ...request, id: `01JDTEST000000000000000${String(count).padStart(3, '0')}`, person: `person-${count}` }
}

/** Nobody has tried before. */
export const first = { since: SINCE, attempts: 0 }
/** In the hands of who claimed it as its first attempt, or a later one. */
export const taken = <Mail extends object>(mail: Mail, attempts = 1) => ({ ...mail, attempts })

export const rowOf = async (mail: PlannedMail) =>
  (await ledger.rowsOf(mail.requestId)).find((row) => mailKey(row) === mailKey(mail))

export const firstMailOf = (request: InterviewRequest): PlannedMail => {
  const [mail] = plan([fileOf(request)], settings, NOW).mails
  if (!mail) throw new Error('Nothing is planned')
  return mail
}

/** A stored request whose first mail is waiting. */
export const waiting = async (request = fresh()) => {
  await requests.create(request)
  const mail = firstMailOf(request)
  expect(await ledger.plan(mail, NOW)).toBe(true)
  return { request, mail, person: await people.find(request.person) }
}

export const claimed = async (request = fresh()) => {
  const given = await waiting(request)
  expect(await ledger.claim(given.mail, { ...first, person: given.person, day: DAY, now: NOW })).toBe('claimed')
  return given
}

/** One that takes a lesser mail along, and that lesser one, which waits as well. */
export const withPart = async () => {
  const { mail, person } = await waiting(fresh(having(confirmed, ['scheduled', NOW, { start: '2026-11-24T15:00' }])))
  const [part] = mail.merged
  if (!part) throw new Error('Nothing is merged')
  const alone = { ...mail, ...part, merged: [] }
  await ledger.plan(alone, NOW)
  return { mail, person, alone }
}

/** A request that is there, named with this person: its confirmation was forbidden by the caps. */
export const holds = async (person: string, id: string) => {
  await requests.erase({ id })
  await requests.create({ ...fresh(), id, person })
  await people.hold(person, id)
}

/** It is gone, and the stream has told of it. */
export const goes = async (person: string, id: string) => {
  await requests.erase({ id })
  await people.forget(person, id)
}

/** The address was confirmed by a request that is gone. */
export const verified = async (person: string, at: string, meanwhile?: (requestId: string) => Promise<unknown>) => {
  const id = `verifying ${person}`
  await holds(person, id)
  expect(await people.verify(person, id, at)).toBe(true)
  await meanwhile?.(id)
  await goes(person, id)
}
