import type { Store } from './store.ts'

/** The clock of the local cloud: real time plus an offset that only ever grows, kept over restarts. */
export type Clock = {
  /** Epoch milliseconds. */
  now: () => number
  iso: () => string
  /** Stops the clock where it is. While it is moved it stands at each moment until all is quiet. */
  stop: () => void
  /** Moves a stopped clock forward; a moment in the past leaves it where it is. */
  moveTo: (at: number) => void
  /** Lets it tick on from where it stands. */
  tick: () => void
  standing: () => boolean
}

/**
 * Opens the clock. With `startAt` it begins there.
 * @throws when `startAt` lies before the time that the kept data has reached: a clock never goes back.
 */
export const openClock = (store: Store, startAt?: number): Clock => {
  const kept = store.first<{ value: string }>("SELECT value FROM facts WHERE name = 'clockOffset'")
  let offset = Number(kept?.value ?? 0)
  let stoodAt: number | undefined
  const keep = (): void => {
    store.run("INSERT OR REPLACE INTO facts VALUES ('clockOffset', ?)", String(offset))
  }
  if (startAt !== undefined) {
    const now = Date.now() + offset
    if (kept && startAt < now) {
      throw new Error(
        `the data here has reached ${new Date(now).toISOString()}, and a clock never goes back to ${new Date(startAt).toISOString()}: start with --fresh as well`,
      )
    }
    offset = startAt - Date.now()
  }
  keep()
  const now = (): number => stoodAt ?? Date.now() + offset
  return {
    now,
    iso: () => new Date(now()).toISOString(),
    stop: () => {
      stoodAt ??= Date.now() + offset
    },
    moveTo: (at) => {
      if (stoodAt === undefined || at <= stoodAt) return
      stoodAt = at
      // A kill in the middle of a move resumes here.
      offset = stoodAt - Date.now()
      keep()
    },
    tick: () => {
      if (stoodAt === undefined) return
      offset = stoodAt - Date.now()
      stoodAt = undefined
      keep()
    },
    standing: () => stoodAt !== undefined,
  }
}
