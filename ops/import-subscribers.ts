import { pMapIterable } from 'p-map'
import { setting, theStage } from '../shared/aws/environment.ts'
import type { FieldError } from '../shared/fields.ts'
import type { Instant } from '../shared/request.ts'
import type { Library, Series } from '../shared/tips/series.ts'
import { enrolling, rehearsing } from './enrol-subscriber.ts'
import { noCheckpoint, openCheckpoint, type Resumed, type Totals } from './import-checkpoint.ts'
import { checkCsv, rowsOf } from './read-csv.ts'
import { cellsByColumn, readHeader, readRow, type Subscriber } from './subscriber-columns.ts'

/** Rows that are worked on side by side, and how many may be ahead of the slowest of them. */
const AT_ONCE = 25
const AHEAD = 100

/** What is wrong with a row. Only `cells` holds what it says. */
export type BadRow = { line: number; errors: FieldError[]; cells: Partial<Record<string, string>> }

export type Import = {
  path: string
  library: Library
  /** For rows that name none. */
  series: Series
  now: () => Instant
  dryRun?: boolean
  /** Begins at the top, whatever a checkpoint says. */
  fresh?: boolean
  /** Aborted, no further row is begun; those that are come to their end. */
  signal?: AbortSignal
  onStart?: (told: { rows: number; unused: string[]; resumed: Resumed; line: number }) => void
  onBadRow?: (row: BadRow) => void
  /** So many rows of the file have been dealt with. */
  onProgress?: (rows: number) => void
}

export type Summary = Totals & { rows: number; bad: number; finished: boolean }

/**
 * Subscribes everybody in the file. Run again it changes nothing; interrupted, it goes on from its checkpoint and comes to
 * the same sums. A dry run only reads. Throws a PlainError before anything is written, for a file that cannot be read; and
 * whatever the database threw, after which the same call goes on.
 */
export const importSubscribers = async (given: Import): Promise<Summary> => {
  const { path, library, series, now, dryRun = false, fresh = false, signal, onBadRow, onProgress } = given
  const file = await checkCsv(path, 'email')
  const columns = readHeader(file.header)
  const run = { hash: file.hash, table: setting('table'), series: series.id }
  const { checkpoint, resumed } = dryRun ? noCheckpoint(now()) : openCheckpoint(path, run, { startedAt: now(), fresh })
  const rowsDone = checkpoint.line
  given.onStart?.({ rows: file.rows, unused: columns.unused, resumed, line: rowsDone })

  const defaults = { library, series, timeZone: theStage().calendar.timeZone, now: checkpoint.startedAt }
  let rows = 0
  let bad = 0
  /** Rows that are done are read as well: the bad ones among them count each time. */
  async function* toDo(): AsyncGenerator<{ line: number; subscriber: Subscriber }> {
    for await (const row of rowsOf(file)) {
      if (signal?.aborted) return
      const { line } = row
      const read = readRow(row, columns, defaults)
      if (read.ok && line > rowsDone) {
        yield { line, subscriber: read.subscriber }
        continue
      }
      rows += 1
      if (read.ok) continue
      bad += 1
      onBadRow?.({ line, errors: read.errors, cells: cellsByColumn(row, columns) })
    }
  }
  const work = dryRun ? rehearsing(now) : enrolling(checkpoint, now)
  const outcomes = pMapIterable(
    toDo(),
    async ({ line, subscriber }) => ({ line, outcome: await work.of(subscriber, line) }),
    { concurrency: AT_ONCE, backpressure: AHEAD },
  )
  try {
    for await (const { line, outcome } of outcomes) {
      checkpoint.done(line, outcome)
      rows += 1
      onProgress?.(rows)
    }
  } catch (error) {
    checkpoint.save()
    throw error
  } finally {
    work.close()
  }
  const finished = !signal?.aborted
  if (finished) checkpoint.remove()
  else checkpoint.save()
  return { rows, bad, finished, ...checkpoint.totals }
}
