import { createHash } from 'node:crypto'
import { type State, states } from '../request.ts'
import { type Body, readBody, wordsIn } from './body.ts'
import { type ContentError, isPath, type Refuse, refuseUnfit } from './content-error.ts'
import { type Fields, type Reader, readFrontMatter } from './front-matter.ts'
import type { Delay, Part, Series } from './series.ts'
import { isConfirmation } from './tip-due.ts'

/** A file as it was read. `path` is what errors name it by. */
export type TextFile = { path: string; text: string }

/** The files of one folder in `content/series/`. */
export type SeriesFiles = { id: string; series: TextFile; parts: readonly TextFile[] }

/** The series and its place among others, or all that is wrong with its files. */
export type SeriesRead = { ok: true; series: Series; order: number } | { ok: false; errors: ContentError[] }

/** What a part asks its reader to do: there is one in each, and it comes under this heading. */
const task = 'This week'
const mostWords = 1000
/** Of a file, in characters; a thousand words have some 6,000. */
const mostCharacters = 20_000
/** Of a series. An edition is kept as one item of the table, which has room for 400 KB. */
const mostBytes = 300_000

const slug = /^[a-z0-9]+(?:-[a-z0-9]+)*$/
const startsAt = states.filter((state) => state !== 'unconfirmed')
const onlyFor = ['sent', 'replied', 'scheduled', 'met'] as const satisfies State[]

/** Reads a series from its files. Throws for no text; errors come in the order of the files and their lines. */
export const readSeries = ({ id, series: file, parts: files }: SeriesFiles): SeriesRead => {
  const errors: ContentError[] = []
  const refuseIn =
    (path: string): Refuse =>
    (line, message) => {
      const known = errors.some((error) => error.path === path && error.line === line && error.message === message)
      if (!known) errors.push({ path, line, message })
    }
  const refuse = refuseIn(file.path)

  if (!slug.test(id) || id.length > 60) {
    refuse(1, `The folder is named in small letters, digits and single hyphens, not “${id}”.`)
  }
  const head = readFile(file, refuse, readSeriesHead)
  if (files.length === 0) refuse(1, 'A series has at least one part: a file like 01-ask-for-twenty-minutes.md.')

  const taken = { number: new Map<string, string>(), id: new Map<string, string>() }
  const parts = [...files].sort(byName).flatMap((part): Part[] => {
    const refusePart = refuseIn(part.path)
    const name = nameOf(part)
    const [, number = '', partId = ''] = /^(\d\d)-(.*)\.md$/.exec(name) ?? []
    if (!slug.test(partId) || partId.length > 60) {
      refusePart(1, `A part is named by two digits, a hyphen and words in small letters: 03-ask-twice.md, not ${name}.`)
      if (!name.endsWith('.md')) return []
    }
    if (isConfirmation(partId)) refusePart(1, `“${partId}” is the name of another mail. Call this part something else.`)
    for (const [what, value] of [
      ['number', number],
      ['id', partId],
    ] as const) {
      const other = taken[what].get(value)
      if (value === '') continue
      if (other) refusePart(1, `Another part has the same ${what === 'number' ? 'number' : 'name'}: ${other}.`)
      else taken[what].set(value, name)
    }
    const read = readFile(part, refusePart, readPartHead)
    if (!read) return []
    refuseWrongTask(read, refusePart)
    return read.head ? [{ id: partId, ...read.head, body: read.blocks }] : []
  })

  if (errors.length > 0 || !head?.head) {
    const order = new Map([file, ...[...files].sort(byName)].map(({ path }, index) => [path, index]))
    const place = ({ path }: ContentError): number => order.get(path) ?? 0
    return { ok: false, errors: errors.sort((a, b) => place(a) - place(b) || a.line - b.line) }
  }
  const { order, ...fields } = head.head
  const content = { id, ...fields, intro: head.blocks, parts }
  const series: Series = { ...content, edition: hashOf(content) }
  const bytes = Buffer.byteLength(JSON.stringify(series))
  if (bytes >= mostBytes) {
    refuse(1, `The series has ${Math.ceil(bytes / 1000)} KB in all; there is room for ${mostBytes / 1000}.`)
    return { ok: false, errors }
  }
  return { ok: true, series, order }
}

const nameOf = ({ path }: TextFile): string => path.slice(path.lastIndexOf('/') + 1)
const byName = (a: TextFile, b: TextFile): number => (nameOf(a) < nameOf(b) ? -1 : nameOf(a) > nameOf(b) ? 1 : 0)

type FileRead<T> = Body & {
  /** Nothing when a field is wrong. */
  head: T | undefined
  /** The last line with anything on it. */
  lastLine: number
}

const isMark = (line: string | undefined): boolean => /^---[ \t]*$/.test(line ?? '')

const readFile = <T>(
  { text }: TextFile,
  refuse: Refuse,
  readHead: (fields: Fields) => T | undefined,
): FileRead<T> | undefined => {
  if (text.length > mostCharacters) {
    refuse(1, `The file has ${text.length} characters; there is room for ${mostCharacters}.`)
    return undefined
  }
  const lines = text.replace(/^\ufeff/, '').split(/\r\n|\r|\n/)
  for (const [index, line] of lines.entries()) refuseUnfit([{ text: line, line: index + 1 }], refuse)
  const close = isMark(lines[0]) ? lines.findIndex((line, index) => index > 0 && isMark(line)) : -1
  if (close < 0) {
    refuse(1, 'The file begins with its fields: a line ---, a field on each line, and another line ---.')
    return undefined
  }
  const fields = readFrontMatter(lines.slice(1, close), refuse)
  const head = fields && readHead(fields)
  fields?.end()
  const body = readBody(lines, close + 2, refuse)
  const words = wordsIn(body.blocks)
  if (words > mostWords) {
    refuse(Math.min(close + 2, lines.length), `The text has ${words} words; there is room for ${mostWords}.`)
  }
  return { head, ...body, lastLine: lines.findLastIndex((line) => line.trim() !== '') + 1 }
}

const refuseWrongTask = ({ blocks, headings, lastLine }: FileRead<unknown>, refuse: Refuse): void => {
  const [first, ...others] = headings.filter(({ text }) => text === task)
  if (!first) refuse(lastLine, `Each part has a heading “## ${task}”, and under it what the reader is to do.`)
  for (const { line } of others) refuse(line, `A part has one heading “${task}”; this is another.`)
  const below = blocks[blocks.findIndex((block) => 'heading' in block && block.heading === task) + 1]
  if (first && (!below || 'heading' in below)) refuse(first.line, `Under “${task}” stands what the reader is to do.`)
}

const readSeriesHead = (fields: Fields) => {
  const title = fields.required('title', upTo(80))
  const order = fields.required('order', wholeNumber)
  const lead = fields.required('lead', upTo(300))
  const starts = fields.optional('starts', oneOf(startsAt))
  if (title === undefined || order === undefined || lead === undefined) return undefined
  return { title, lead, ...(starts && { starts }), order }
}

const readPartHead = (fields: Fields): Omit<Part, 'id' | 'body'> | undefined => {
  const title = fields.required('title', upTo(80))
  const takeaway = fields.required('takeaway', upTo(140))
  const delay = fields.required('delay', delayOf)
  const only = fields.optional('only', oneOf(onlyFor))
  const action = fields.group('action', (inner) => {
    const label = inner.required('label', upTo(40))
    const to = inner.required('to', path)
    return label !== undefined && to !== undefined ? { label, to } : undefined
  })
  const correction = fields.optional('correction', upTo(200))
  const withdrawn = fields.optional('withdrawn', yesOrNo)
  if (title === undefined || takeaway === undefined || delay === undefined) return undefined
  return {
    title,
    takeaway,
    delay,
    ...(only && { only }),
    ...(action && { action }),
    ...(correction && { correction }),
    ...(withdrawn && { withdrawn: true as const }),
  }
}

const upTo =
  (atMost: number): Reader<string> =>
  (text, wrong) => {
    const length = [...text].length
    return length > atMost ? wrong(`has ${length} characters; there is room for ${atMost}.`) : text
  }

const wholeNumber: Reader<number> = (text, wrong) =>
  /^\d{1,3}$/.test(text) ? Number(text) : wrong(`is a whole number from 0 to 999, not “${text}”.`)

const oneOf =
  <const T extends string>(values: readonly T[]): Reader<T> =>
  (text, wrong) =>
    values.find((value) => value === text) ?? wrong(`is one of ${values.join(', ')}, not “${text}”.`)

const path: Reader<string> = (text, wrong) =>
  isPath(text) ? text : wrong(`is a path of these pages, such as /new, not “${text}”.`)

const yesOrNo: Reader<boolean> = (text, wrong) => {
  if (/^(yes|true)$/i.test(text)) return true
  return /^(no|false)$/i.test(text) ? false : wrong(`is yes, or the line is left out; not “${text}”.`)
}

const units = { day: { days: 1, months: 0 }, week: { days: 7, months: 0 }, month: { days: 0, months: 1 } }

const delayOf: Reader<Delay> = (text, wrong) => {
  if (text === 'none') return { days: 0, months: 0 }
  const [, count = '', unit = ''] = /^([1-9]\d?) (day|week|month)s?$/.exec(text) ?? []
  const { days, months } = units[unit as keyof typeof units] ?? { days: 0, months: 0 }
  const delay = { days: Number(count) * days, months: Number(count) * months }
  const fits = delay.days + delay.months > 0 && delay.days <= 366 && delay.months <= 12
  return fits ? delay : wrong(`is none, 3 days, 1 week or 2 months, at most a year; not “${text}”.`)
}

/** Of content, however its fields happen to be ordered. */
const hashOf = (content: unknown): string => {
  const ordered = (_: string, value: unknown): unknown =>
    value && typeof value === 'object' && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)))
      : value
  return createHash('sha256').update(JSON.stringify(content, ordered)).digest('hex').slice(0, 10)
}
