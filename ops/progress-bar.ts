import { MultiBar, Presets } from 'cli-progress'

/** On a terminal a bar below what is said, elsewhere a line every ten seconds. */
export type Progress = {
  at: (rows: number) => void
  /** Says a line, above the bar. */
  say: (line: string) => void
  stop: () => void
}

const EVERY_MS = 10_000

const number = new Intl.NumberFormat('en')
export const count = (rows: number): string => number.format(rows)

const duration = (seconds: number): string => {
  if (seconds < 90) return `${Math.ceil(seconds)} s`
  return seconds < 5400 ? `${Math.round(seconds / 60)} min` : `${(seconds / 3600).toFixed(1)} h`
}

/** Speed and rest of a walk over `total` rows, from the first row that it is told of. */
export const pace = (total: number) => {
  let first: { rows: number; at: number } | undefined
  return (rows: number, at: number): { speed: string; left: string } => {
    first ??= { rows, at }
    const perSecond = ((rows - first.rows) / Math.max(1, at - first.at)) * 1000
    if (perSecond === 0) return { speed: '–', left: '–' }
    return { speed: count(Math.round(perSecond)), left: duration((total - rows) / perSecond) }
  }
}

export const showProgress = (total: number, stream: NodeJS.WriteStream = process.stderr): Progress => {
  const now = pace(total)
  return stream.isTTY ? bar(total, now, stream) : lines(total, now, stream)
}

type Pace = ReturnType<typeof pace>

const bar = (total: number, now: Pace, stream: NodeJS.WriteStream): Progress => {
  const bars = new MultiBar(
    {
      format: '{bar} {rows} of {all} rows · {speed} a second · {left} left',
      stream,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false,
      barsize: 24,
    },
    Presets.shades_classic,
  )
  const one = bars.create(total, 0, { rows: '0', all: count(total), speed: '–', left: '–' })
  let shown = 0
  return {
    at: (rows) => {
      const at = performance.now()
      const telling = now(rows, at)
      if (at - shown < 100) return
      shown = at
      one.update(rows, { rows: count(rows), ...telling })
    },
    say: (line) => bars.log(`${line}\n`),
    stop: () => bars.stop(),
  }
}

const lines = (total: number, now: Pace, stream: NodeJS.WriteStream): Progress => {
  let said = performance.now()
  return {
    at: (rows) => {
      const at = performance.now()
      const { speed, left } = now(rows, at)
      if (at - said < EVERY_MS) return
      said = at
      stream.write(`${count(rows)} of ${count(total)} rows, ${speed} a second, ${left} left\n`)
    },
    say: (line) => stream.write(`${line}\n`),
    stop: () => undefined,
  }
}
