import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline } from 'node:stream/promises'
import { CsvError, type Options, parse } from 'csv-parse'
import { parse as parseAtOnce } from 'csv-parse/sync'
import { PlainError } from './plain-error.ts'

/** One row of a file, and the lines on which it begins and ends, 1 for the first of the file. */
export type CsvRow = { line: number; lastLine: number; cells: string[] }

/** A file that can be read to its end. `hash` is of every byte; `rows` counts those below the header. */
export type CsvFile = { path: string; hash: string; separator: string; header: CsvRow; rows: number }

/** What one row may hold: beyond it a quotation mark was left open. */
const LONGEST_ROW = 64 * 1024

const options = (separator: string): Options => ({
  bom: true,
  delimiter: separator,
  record_delimiter: ['\r\n', '\n', '\r'],
  ltrim: true,
  relax_quotes: true,
  relax_column_count: true,
  skip_empty_lines: true,
  max_record_size: LONGEST_ROW,
  raw: true,
})

const linesIn = (text: string): number => text.match(/\r\n?|\n/g)?.length ?? 0

/** Finds the line of each row in what the parser read: its own count takes a CRLF within quotes for two lines. */
const lineCounter = () => {
  let line = 1
  return {
    next: ({ record: cells, raw }: { record: string[]; raw: string }): CsvRow => {
      const begins = line + linesIn(/^[\r\n]*/.exec(raw)?.[0] ?? '')
      const lastLine = line + linesIn(raw.replace(/[\r\n]+$/, ''))
      line += linesIn(raw)
      return { line: begins, lastLine, cells }
    },
    /** Where the row after the last one begins, but for empty lines. */
    line: () => line,
  }
}

const isEmpty = ({ cells }: CsvRow): boolean => cells.every((cell) => cell.trim() === '')

const separators = { ',': 'commas', ';': 'semicolons', '\t': 'tabs' } as const

/** Spreadsheets write commas, semicolons or tabs, as their country has it: the one by which the header has this column. */
const separatorOf = async (path: string, column: string): Promise<string> => {
  const file = await open(path)
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(LONGEST_ROW))
    const head = buffer.subarray(0, bytesRead)
    const names = (separator: string): string[] =>
      (parseAtOnce(head, { ...options(separator), raw: false, to: 1, skip_records_with_error: true })[0] ?? []).map(
        (name) => name.trim().toLowerCase(),
      )
    return Object.keys(separators).find((separator) => names(separator).includes(column)) ?? ','
  } finally {
    await file.close()
  }
}

/**
 * Goes through the whole file once, before anything is done with its rows. `column` is one that the header has.
 * @throws PlainError when it is empty, in no UTF-8, or has a quotation mark that is never closed: no row below that one
 * could be told from another.
 */
export const checkCsv = async (path: string, column: string): Promise<CsvFile> => {
  const name = basename(path)
  const separator = await separatorOf(path, column)
  const hash = createHash('sha256')
  const utf8 = new TextDecoder('utf-8', { fatal: true })
  const counter = lineCounter()
  let header: CsvRow | undefined
  let rows = 0
  const count = (record: { record: string[]; raw: string }): null => {
    const row = counter.next(record)
    if (header && !isEmpty(row)) rows += 1
    header ??= row
    return null
  }
  try {
    await pipeline(
      createReadStream(path),
      async function* (chunks: AsyncIterable<Buffer>) {
        for await (const chunk of chunks) {
          hash.update(chunk)
          utf8.decode(chunk, { stream: true })
          yield chunk
        }
        utf8.decode()
      },
      parse({ ...options(separator), on_record: count as never }),
      async (none) => {
        for await (const _ of none);
      },
    )
  } catch (error) {
    if (error instanceof CsvError) {
      const message = `${name}: in the row that begins on line ${counter.line()} a quotation mark is opened and never closed. The rows below it cannot be told apart. Nothing was done.`
      throw new PlainError(message)
    }
    if ((error as NodeJS.ErrnoException).code === 'ERR_ENCODING_INVALID_ENCODED_DATA') {
      throw new PlainError(`${name} is not UTF-8. In Excel, save it as “CSV UTF-8”. Nothing was done.`)
    }
    throw error
  }
  if (!header) throw new PlainError(`${name} is empty.`)
  return { path, hash: hash.digest('hex'), separator, header, rows }
}

/** The rows below the header, one after the other, however many there are. Rows without a word are none. */
export async function* rowsOf({ path, separator }: CsvFile): AsyncGenerator<CsvRow> {
  const counter = lineCounter()
  const parser = parse({ ...options(separator), on_record: counter.next as never })
  const source = createReadStream(path)
  source.once('error', (error) => parser.destroy(error))
  let isHeader = true
  try {
    for await (const row of source.pipe(parser) as AsyncIterable<CsvRow>) {
      if (!isHeader && !isEmpty(row)) yield row
      isHeader = false
    }
  } finally {
    source.destroy()
  }
}
