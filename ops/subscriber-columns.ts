import * as z from 'zod/mini'
import { instantOf, toInstant, toMs } from '../shared/calendar.ts'
import { date, email, type FieldError, integer, line, nameLine, readFields, zone } from '../shared/fields.ts'
import type { Instant } from '../shared/request.ts'
import type { Library, Series } from '../shared/tips/series.ts'
import type { Consent, Subscription } from '../shared/tips/subscription.ts'
import { guarded, unguarded } from './csv-guard.ts'
import { PlainError } from './plain-error.ts'
import type { CsvRow } from './read-csv.ts'

/** What an export writes, in this order. An import reads those of `imported`, and `state`. */
export const exported = [
  'email',
  'firstName',
  'series',
  'state',
  'timeZone',
  'hour',
  'parts',
  'consent',
  'consentHow',
  'consentAskedAt',
  'consentAt',
  'unsubscribedAt',
] as const
type Exported = (typeof exported)[number]

const required = ['email', 'consent', 'consentAt'] as const satisfies readonly Exported[]
const imported = [
  ...required,
  'firstName',
  'timeZone',
  'hour',
  'series',
  'state',
] as const satisfies readonly Exported[]
type Imported = (typeof imported)[number]

/** The place of each column that is read, and the names of those that are not. */
export type Columns = { at: Map<Imported, number>; count: number; unused: string[] }

/** Throws a PlainError, which quotes nothing of the file, for a header that lacks a column or has one twice. */
export const readHeader = ({ line: at, cells }: CsvRow): Columns => {
  const names = cells.map((cell) => unguarded(cell.trim()))
  const found = new Map<Imported, number>()
  const unused: string[] = []
  for (const [index, name] of names.entries()) {
    const column = imported.find((known) => known.toLowerCase() === name.toLowerCase())
    if (column && found.has(column))
      throw new PlainError(`Line ${at} has the column ${column} twice. Nothing was done.`)
    if (column) found.set(column, index)
    else if (name !== '') unused.push(name)
  }
  const missing = required.filter((column) => !found.has(column))
  if (missing.length > 0) {
    throw new PlainError(
      `Line ${at} has to name the columns, and does not name ${listed(missing)}. Needed are ${listed(required)}. Nothing was done.`,
    )
  }
  return { at: found, count: cells.length, unused }
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? names.join() : `${names.slice(0, -1).join(', ')} and ${names.at(-1)}`

const shape = {
  email,
  consent: line(200, 'what they agreed to, and where'),
  consentAt: z.string({ error: 'Please fill in when they agreed.' }),
  firstName: z.optional(nameLine(60, 'the first name')),
  hour: z.optional(integer(0, 23)),
}

/** Somebody to be subscribed. `hasLeft`: as an export wrote it down, in its column `state`. */
export type Subscriber = {
  email: string
  firstName?: string | undefined
  timeZone: string
  hour?: number | undefined
  series: Series
  consent: Consent & { confirmedAt: Instant }
  hasLeft: boolean
}

/** What holds for all rows. `now`: no consent is younger. */
export type Defaults = { library: Library; series: Series; timeZone: string; now: Instant }

export type ReadRow = { ok: true; subscriber: Subscriber } | { ok: false; errors: FieldError[] }

/** The cells by the names of their columns; those without a word are left out. */
export const cellsByColumn = ({ cells }: CsvRow, { at }: Columns): Partial<Record<Imported, string>> =>
  Object.fromEntries(
    [...at].map(([column, index]) => [column, unguarded(cells[index] ?? '').trim()]).filter(([, cell]) => cell !== ''),
  )

/** By the rules of the forms. */
export const readRow = (row: CsvRow, columns: Columns, { library, series, timeZone, now }: Defaults): ReadRow => {
  if (row.cells.length !== columns.count) {
    const to = row.lastLine > row.line ? `, which goes on to line ${row.lastLine},` : ''
    const message = `This row${to} has ${row.cells.length} cells, and there are ${columns.count} columns. Is a quotation mark missing?`
    return { ok: false, errors: [{ field: '', message }] }
  }
  const { consent: words, ...cells } = cellsByColumn(row, columns)
  const read = readFields(shape, { ...cells, ...(words ? { consent: withoutPrefix(words) } : {}) }, 'form')
  const own = library.find(({ id }) => id === (cells.series ?? series.id))
  const place = cells.timeZone ? readZone(cells.timeZone) : { success: true as const, data: timeZone }
  const at = consentInstant(cells.consentAt ?? '', place.success ? place.data : timeZone)
  const errors = [
    ...(read.ok ? [] : read.errors),
    ...(place.success ? [] : place.error.issues.map(({ message }) => ({ field: 'timeZone', message }))),
    ...(own ? [] : [{ field: 'series', message: `Please choose one of: ${library.map(({ id }) => id).join(', ')}.` }]),
    ...(cells.consentAt && !at ? [{ field: 'consentAt', message: wrongInstant }] : []),
    ...(at && toMs(at) > toMs(now) ? [{ field: 'consentAt', message: 'Nobody can have agreed in the future.' }] : []),
  ]
  if (!read.ok || !own || !at || !place.success || errors.length > 0) return { ok: false, errors }
  const { email, consent, firstName, hour } = read.value
  return {
    ok: true,
    subscriber: {
      email,
      firstName,
      timeZone: place.data,
      hour,
      series: own,
      consent: { wording: `${prefix}${consent}`, how: 'import', askedAt: at, confirmedAt: at },
      hasLeft: cells.state === 'unsubscribed' || cells.state === 'suppressed',
    },
  }
}

const zones = new Map<string, ReturnType<typeof zone.safeParse>>()

/** Asked of the zone rules once for each name: it takes as long as all other fields of a hundred rows. */
const readZone = (name: string): ReturnType<typeof zone.safeParse> => {
  const read = zones.get(name) ?? zone.safeParse(name)
  if (zones.size < 1000) zones.set(name, read)
  return read
}

const prefix = 'import: '

const withoutPrefix = (words: string): string => (words.startsWith(prefix) ? words.slice(prefix.length) : words)

const wrongInstant =
  'Please give a date such as 2026-11-23, or a time with its distance from UTC such as 2026-11-23T14:05:00Z.'

const instant = z.iso.datetime({ offset: true })

/** A day begins at midnight where the reader is: whoever left later on that day has left after she agreed. */
const consentInstant = (text: string, timeZone: string): Instant | undefined => {
  if (date.safeParse(text).success) return toInstant(instantOf(`${text}T00:00`, timeZone))
  return instant.safeParse(text).success ? toInstant(toMs(text)) : undefined
}

/** A row of an export. */
export const writeRow = (subscription: Subscription): string[] => {
  const { consent } = subscription
  const cells: Record<Exported, string> = {
    email: subscription.email,
    firstName: subscription.firstName ?? '',
    series: subscription.series,
    state: subscription.state,
    timeZone: subscription.timeZone,
    hour: String(subscription.hour),
    parts: subscription.had.join(' '),
    consent: consent.wording,
    consentHow: consent.how,
    consentAskedAt: consent.askedAt,
    consentAt: consent.confirmedAt ?? '',
    unsubscribedAt: subscription.unsubscribedAt ?? '',
  }
  return exported.map((column) => guarded(cells[column]))
}
