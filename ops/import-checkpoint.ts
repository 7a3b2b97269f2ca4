import { appendFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import * as z from 'zod/mini'
import type { Instant } from '../shared/request.ts'

/** What became of a row, or will. */
export const outcomes = ['enrolled', 'enrolled-again', 'unchanged', 'refused'] as const
export type Outcome = (typeof outcomes)[number]
export type Totals = Record<Outcome, number>

const noTotals = (): Totals => ({ enrolled: 0, 'enrolled-again': 0, unchanged: 0, refused: 0 })

/** The import that a checkpoint belongs to: of these bytes, to that table, with this choice. */
const Run = z.object({ hash: z.string(), table: z.string(), series: z.string() })
type Run = z.infer<typeof Run>

const Head = z.object({
  run: Run,
  startedAt: z.string(),
  /** All rows that begin on this line or above are done, and counted. */
  line: z.number(),
  totals: z.record(z.enum(outcomes), z.number()),
})
type Head = z.infer<typeof Head>

const Begun = z.tuple([z.number(), z.enum(outcomes)])

export type Checkpoint = {
  startedAt: Instant
  /** Where an interrupted run of the same import had come to; 0 at the beginning. */
  line: number
  totals: Totals
  /** What was to become of a row that an interrupted run may have written, or may not. */
  begun: (line: number) => Outcome | undefined
  /** To be called before anything of a row is written. */
  begin: (line: number, foreseen: Outcome) => void
  /** This row is done, and all before it. */
  done: (line: number, outcome: Outcome) => void
  /** The import is over: nothing is left to go on with. */
  remove: () => void
  /** It stops here, to go on another time. */
  save: () => void
}

/** Rows done between two states of the file: after a kill so many are looked at again. */
const SAVED_EVERY = 200

/** `other`: there was a checkpoint of another import, or one that cannot be read. */
export type Resumed = 'none' | 'same' | 'other'
export type Opened = { checkpoint: Checkpoint; resumed: Resumed }

/**
 * Keeps in `<file>.progress` how far an import has come, so that it goes on after a kill and counts the same as if there
 * had been none. In the file: one line with the state, then a line for each row that was begun since. Any checkpoint but that of
 * the same import is written over.
 */
export const openCheckpoint = (
  file: string,
  run: Run,
  { startedAt, fresh }: { startedAt: Instant; fresh: boolean },
): Opened => {
  const path = `${file}.progress`
  const old = fresh ? undefined : readCheckpoint(path)
  const isSame = old !== undefined && old !== 'unreadable' && sameRun(old.head.run, run)
  const head: Head = isSame ? old.head : { run, startedAt, line: 0, totals: noTotals() }
  const begun = isSame ? old.begun : new Map<number, Outcome>()
  let unsaved = 0
  const save = (): void => {
    unsaved = 0
    writeFileSync(`${path}.new`, [head, ...begun].map((entry) => `${JSON.stringify(entry)}\n`).join(''))
    renameSync(`${path}.new`, path)
  }
  save()
  const checkpoint: Checkpoint = {
    startedAt: head.startedAt,
    line: head.line,
    totals: head.totals,
    begun: (line) => begun.get(line),
    begin: (line, foreseen) => {
      begun.set(line, foreseen)
      appendFileSync(path, `${JSON.stringify([line, foreseen])}\n`)
    },
    done: (line, outcome) => {
      head.line = line
      head.totals[outcome] += 1
      begun.delete(line)
      unsaved += 1
      if (unsaved >= SAVED_EVERY) save()
    },
    save,
    remove: () => rmSync(path, { force: true }),
  }
  return { checkpoint, resumed: old === undefined ? 'none' : isSame ? 'same' : 'other' }
}

/** For what writes nothing: it only counts. */
export const noCheckpoint = (startedAt: Instant): Opened => {
  const totals = noTotals()
  const checkpoint: Checkpoint = {
    startedAt,
    line: 0,
    totals,
    begun: () => undefined,
    begin: () => undefined,
    done: (_, outcome) => {
      totals[outcome] += 1
    },
    save: () => undefined,
    remove: () => undefined,
  }
  return { checkpoint, resumed: 'none' }
}

const sameRun = (a: Run, b: Run): boolean => a.hash === b.hash && a.table === b.table && a.series === b.series

const readCheckpoint = (path: string): { head: Head; begun: Map<number, Outcome> } | 'unreadable' | undefined => {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
  try {
    // Without what follows the last line break: a line that was cut off in the middle.
    const [first = '', ...others] = text.slice(0, text.lastIndexOf('\n')).split('\n')
    const head = Head.parse(JSON.parse(first))
    return { head, begun: new Map(others.map((entry) => Begun.parse(JSON.parse(entry)))) }
  } catch {
    return 'unreadable'
  }
}
