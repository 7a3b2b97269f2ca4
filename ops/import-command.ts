import { existsSync } from 'node:fs'
import { basename } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import { bold, openPlace, placeOptions, placeUsage, print, readArguments, red, say } from './command-line.ts'
import type { BadRow, Summary } from './import-subscribers.ts'
import { inPlainWords, PlainError } from './plain-error.ts'
import { count, type Progress, showProgress } from './progress-bar.ts'

const usage = `npm run subscribers -- import <file.csv> [options]

Subscribes everybody in the file, without a mail that asks to confirm: the columns
\`consent\` and \`consentAt\` say how you know that they want it. Who has left since, or
whose mail is stopped, is not subscribed. Run again it changes nothing; interrupted, it
goes on where it was.

Columns, in any order: email, consent, consentAt; and, where known, firstName, timeZone,
hour, series.

  --series <id>    of rows that name none; otherwise the first series
  --dry-run        says what would happen, and writes nothing
  --fresh          begins at the top, also after an interruption
  --show-rows      shows what stands in bad rows, mail addresses included
  --json           one line of JSON for each bad row, and one for the sums

${placeUsage}

Ends with 0; with 1 when there were bad rows; with 2 when nothing was done, since
something has to be put right first; with 3 when it stopped in the middle.`

const options = {
  ...placeOptions,
  'dry-run': { type: 'boolean', default: false },
  fresh: { type: 'boolean', default: false },
  'show-rows': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
} as const

/** Runs it; the result is the exit code. Throws a PlainError where nothing was done. */
export const runImport = async (args: string[]): Promise<number> => {
  const { values, positionals } = readArguments(args, options, usage)
  if (values.help) {
    print(usage)
    return 0
  }
  const [path, ...more] = positionals
  if (path === undefined || more.length > 0) throw new PlainError(`Name one file to import.\n\n${usage}`)
  if (!existsSync(path)) throw new PlainError(`${path}: There is no such file.`)
  const { target, library, series } = await openPlace(values)
  const [first] = library
  if (!first) throw new PlainError('There is no series in content/ that anybody could be subscribed to.')
  const { importSubscribers } = await import('./import-subscribers.ts')

  const { 'dry-run': dryRun, 'show-rows': showRows, fresh, json } = values
  const name = basename(path)
  let progress: Progress | undefined
  const tell = (line: string): void => (progress ?? { say }).say(line)
  const signal = stopSignal(tell)
  const began = performance.now()
  try {
    const summary = await importSubscribers({
      path,
      library,
      series: series ?? first,
      now: target.now,
      dryRun,
      fresh,
      signal,
      onStart: ({ rows, unused, resumed, line }) => {
        say(`${count(rows)} rows of ${name} for ${target.name}${dryRun ? ': a dry run, nothing is written' : ''}.`)
        if (unused.length > 0) say(`Columns that are not used: ${unused.map(shown).join(', ')}.`)
        if (resumed === 'same') say(`It goes on below line ${line}, where it was interrupted.`)
        if (resumed === 'other') say(`${name}.progress was not of this import: it begins at the top.`)
        progress = showProgress(rows)
      },
      onBadRow: (row) => (json ? print(JSON.stringify(asJson(row, showRows))) : tell(inWords(name, row, showRows))),
      onProgress: (rows) => progress?.at(rows),
    })
    progress?.stop()
    const seconds = (performance.now() - began) / 1000
    say(
      `${count(summary.rows)} rows in ${seconds.toFixed(1)} s, ${count(Math.round(summary.rows / seconds))} a second.`,
    )
    if (json) print(JSON.stringify({ file: name, dryRun, ...sumsOf(summary) }))
    else printSums(summary, dryRun)
    if (summary.finished) return summary.bad > 0 ? 1 : 0
    say(`It was stopped before its end.${dryRun ? '' : goesOn}`)
    return 130
  } catch (error) {
    progress?.stop()
    if (!progress) throw error
    say(red(`It stopped in the middle. ${inPlainWords(error)}${dryRun ? '' : goesOn}`))
    return 3
  }
}

const goesOn = ' The same command goes on from there.'

/** Ctrl-C lets what is begun come to its end; a second one ends at once, as a kill does. */
const stopSignal = (tell: (line: string) => void): AbortSignal => {
  const stopping = new AbortController()
  let asked = 0
  const stop = (): void => {
    // One Ctrl-C comes twice, from the terminal and from npm.
    if (stopping.signal.aborted && performance.now() - asked > 500) process.exit(130)
    if (stopping.signal.aborted) return
    asked = performance.now()
    stopping.abort()
    tell('Stopping, after the rows that are begun.')
  }
  process.on('SIGINT', stop).on('SIGTERM', stop)
  return stopping.signal
}

/** What stands in the file, as it may be shown on a terminal. */
const shown = (text: string): string => {
  const plain = stripVTControlCharacters(text).replace(/\p{Cc}/gu, ' ')
  return plain.length > 60 ? `${plain.slice(0, 59)}…` : plain
}

const inWords = (file: string, { line, errors, cells }: BadRow, showRow: boolean): string => {
  const said = errors.map(({ field, message }) => red(`${file}:${line}  ${field ? `${field}: ` : ''}${message}`))
  const row = Object.entries(cells).map(([column, cell]) => `${column}: ${shown(cell ?? '')}`)
  return [...said, ...(showRow ? [`  ${row.join(' · ')}`] : [])].join('\n')
}

const asJson = ({ line, errors, cells }: BadRow, showRow: boolean) => ({ line, errors, ...(showRow ? { cells } : {}) })

const sumsOf = ({ rows, enrolled, 'enrolled-again': enrolledAgain, unchanged, refused, bad, finished }: Summary) => ({
  rows,
  enrolled,
  enrolledAgain,
  unchanged,
  refused,
  badRows: bad,
  finished,
})

const printSums = (summary: Summary, dryRun: boolean): void => {
  const { enrolled, enrolledAgain, unchanged, refused, badRows } = sumsOf(summary)
  const lines: [name: string, rows: number, note?: string][] = [
    [dryRun ? 'Would be enrolled' : 'Enrolled', enrolled],
    [dryRun ? 'Would be enrolled again' : 'Enrolled again', enrolledAgain, 'had left before, or had never confirmed'],
    ['Unchanged', unchanged, 'read it already, or stand twice in the file'],
    ['Refused', refused, 'have left since, or mail to them is stopped'],
    ['Bad rows', badRows],
  ]
  for (const [name, rows, note] of lines) {
    print(`${name.padEnd(24)}${bold(count(rows).padStart(10))}${note && rows > 0 ? `  ${note}` : ''}`)
  }
}
