import { fromItem } from '../../shared/aws/database.ts'
import { fromStored } from '../../shared/aws/requests.ts'
import { sortKeys } from '../../shared/names.ts'
import { type File, mailKey } from '../../shared/plan.ts'
import type { InterviewRequest, LedgerMail } from '../../shared/request.ts'
import type { Item, Table } from './table.ts'

/** What the table holds at this moment, read past our functions. */

const all = ({ items }: Table): Item[] => [...items.values()]

export const requestsIn = (table: Table): InterviewRequest[] =>
  all(table)
    .filter(({ sk }) => sk?.S === sortKeys.request)
    .map(fromStored)

export const rowsIn = (table: Table): LedgerMail[] =>
  all(table)
    .filter(({ sk }) => sk?.S?.startsWith(sortKeys.mail))
    .map((item) => fromItem(item) as unknown as LedgerMail)

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

/** The request with its ledger; nothing when it is gone, or has expired at `now` (milliseconds). `without` some rows. */
export const fileIn = (
  table: Table,
  id: string,
  now: number,
  without: readonly LedgerMail[] = [],
): File | undefined => {
  const item = table.items.get(`REQUEST#${id} ${sortKeys.request}`)
  const request = item && fromStored(item)
  if (!request || request.expiresAt <= now / 1000) return undefined
  const mails = all(table)
    .filter(({ pk, sk }) => pk?.S === `REQUEST#${id}` && sk?.S?.startsWith(sortKeys.mail))
    .map((row) => fromItem(row) as unknown as LedgerMail)
    .filter((row) => !without.some((other) => mailKey(other) === mailKey(row)))
  return { request, mails }
}

/** The request and all others of its person, as our functions load them. */
export const filesIn = (table: Table, id: string, now: number, without: readonly LedgerMail[] = []): File[] => {
  const own = fileIn(table, id, now, without)
  if (!own) return []
  const siblings = [...(personIn(table, own.request.person).requests ?? [])].filter((other) => other !== id).sort()
  return [own, ...siblings.map((other) => fileIn(table, other, now)).filter((file) => file !== undefined)]
}
