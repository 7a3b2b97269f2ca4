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

/**
 * Speed and rest of a walk over `total` rows, from the first row that it is told of. The total may be a guess, which the
 * walk goes beyond: then nobody knows how much is left.
 */
export const pace = (total: number) => {
  let first: { rows: number; at: number } | undefined
  return (rows: number, at: number): { speed: string; left: string } => {
    first ??= { rows, at }
    const perSecond = ((rows - first.rows) / Math.max(1, at - first.at)) * 1000
    if (perSecond === 0) return { speed: '–', left: '–' }
    const left = rows > total ? '–' : duration((total - rows) / perSecond)
    return { speed: count(Math.round(perSecond)), left }
  }
}

/** `what` is counted: rows, messages. */
export const showProgress = (total: number, what = 'rows', stream: NodeJS.WriteStream = process.stderr): Progress => {
  const now = pace(total)
  return stream.isTTY ? bar(total, what, now, stream) : lines(total, what, now, stream)
}

type Pace = ReturnType<typeof pace>

const bar = (total: number, what: string, now: Pace, stream: NodeJS.WriteStream): Progress => {
  const bars = new MultiBar(
    {
      format: `{bar} {rows} of {all} ${what} · {speed} a second · {left} left`,
      stream,
      // Whoever ends it in the middle wants the terminal as it was.
      hideCursor: false,
      linewrap: true,
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
      if (rows > one.getTotal()) one.setTotal(rows)
      one.update(rows, { rows: count(rows), all: count(one.getTotal()), ...telling })
    },
    say: (line) => bars.log(`${line}\n`),
    stop: () => bars.stop(),
  }
}

const lines = (total: number, what: string, now: Pace, stream: NodeJS.WriteStream): Progress => {
  let said = performance.now()
  return {
    at: (rows) => {
      const at = performance.now()
      const { speed, left } = now(rows, at)
      if (at - said < EVERY_MS) return
      said = at
      stream.write(`${count(rows)} of ${count(Math.max(total, rows))} ${what}, ${speed} a second, ${left} left\n`)
    },
    say: (line) => stream.write(`${line}\n`),
    stop: () => undefined,
  }
}
