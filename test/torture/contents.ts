import { fromItem } from '../../shared/aws/database.ts'
import { fromStored } from '../../shared/aws/requests.ts'
import { sortKeys } from '../../shared/names.ts'
import type { File } from '../../shared/plan.ts'
import type { InterviewRequest, LedgerMail } from '../../shared/request.ts'
import type { Item, Table } from './table.ts'

/** What the table holds at this moment, read past our functions. */

const all = ({ items }: Table): Item[] => [...items.values()]

/** An item is replaced by each write, and never changed: what it says is read once. */
const once = <T>(read: (item: Item) => T): ((item: Item) => T) => {
  const known = new WeakMap<Item, T>()
  return (item) => {
    const value = known.get(item) ?? read(item)
    known.set(item, value)
    return value
  }
}
const asRequest = once(fromStored)
const asRow = once((item) => fromItem(item) as unknown as LedgerMail)

export const requestsIn = (table: Table): InterviewRequest[] =>
  all(table)
    .filter(({ sk }) => sk?.S === sortKeys.request)
    .map(asRequest)

export const rowsIn = (table: Table): LedgerMail[] =>
  all(table)
    .filter(({ sk }) => sk?.S?.startsWith(sortKeys.mail))
    .map(asRow)

export type StoredPerson = {
  id: string
  suppressedAt?: string
  tipsRefusedAt?: string
  tipsErasedAt?: string
  verifiedAt?: string
  confirmations?: string[]
  requests?: Set<string>
  held?: Set<string>
}

export const personIn = (table: Table, id: string): StoredPerson => {
  const item = table.items.get(`PERSON#${id} ${sortKeys.person}`)
  const { pk: _pk, sk: _sk, ...known } = item ? fromItem(item) : {}
  return { ...known, id }
}

export const peopleIn = (table: Table): StoredPerson[] =>
  all(table)
    .filter(({ sk }) => sk?.S === sortKeys.person)
    .map(({ pk }) => personIn(table, pk?.S?.replace('PERSON#', '') ?? ''))

/** How a row of the ledger is to be seen; nothing when it is to be left out. */
type See = (row: LedgerMail) => LedgerMail | undefined
const asItIs: See = (row) => row

/** The request with its ledger; nothing when it is gone, or has expired at `now` (milliseconds). */
export const fileIn = (table: Table, id: string, now: number, see = asItIs): File | undefined => {
  const item = table.items.get(`REQUEST#${id} ${sortKeys.request}`)
  const request = item && asRequest(item)
  if (!request || request.expiresAt <= now / 1000) return undefined
  const mails = all(table)
    .filter(({ pk, sk }) => pk?.S === `REQUEST#${id}` && sk?.S?.startsWith(sortKeys.mail))
    .map((row) => see(asRow(row)))
    .filter((row) => row !== undefined)
  return { request, mails }
}

/** The request and all others of its person, as our functions load them. */
export const filesIn = (table: Table, id: string, now: number, see = asItIs): File[] => {
  const own = fileIn(table, id, now, see)
  if (!own) return []
  const siblings = [...(personIn(table, own.request.person).requests ?? [])].filter((other) => other !== id).sort()
  return [own, ...siblings.map((other) => fileIn(table, other, now, see)).filter((file) => file !== undefined)]
}
