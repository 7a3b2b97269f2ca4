import type { Clock } from './clock.ts'
import type { Outlook } from './due-index.ts'
import type { Loop } from './loop.ts'
import type { Schedules } from './schedules.ts'

/**
 * What makes things happen. While the clock ticks, a timer waits for the next moment at which something is due. When
 * the clock is moved it goes from one such moment to the next, and at each waits until all is quiet.
 */
export type Movement = {
  start: () => void
  /** Something may be due that was not before. */
  poke: () => void
  /** Something left a trace: a stream record, a message, a mail, a schedule. */
  trace: () => void
  /** Something was written, maybe: an invocation ended, or a while has passed in which others could have written. */
  changed: () => void
  changes: () => number
  /** A loop found something to do. */
  worked: () => void
  /**
   * Moves the clock and resolves when all that fell due has run. One move at a time; `target` is asked for when its
   * turn comes.
   * @returns how many schedules fired.
   */
  move: (target: (now: number) => number) => Promise<{ now: string; fired: number }>
  /** The next moment at which something is due by itself. */
  next: () => number | undefined
  stop: () => Promise<void>
}

type Options = {
  clock: Clock
  loops: Loop[]
  /** Loops that nobody wakes when something was written from outside. */
  pollers: Loop[]
  schedules: Schedules
  /** What in the tables is due, and when more is: for that recurring schedules have to be awake. */
  outlook: () => Promise<Outlook | undefined>
  /** Lets what is under way between services arrive; how much that was. */
  arrive: () => number
  nextMoments: (() => number | undefined)[]
  /** What services do in the background, once a day: expired items, old messages. */
  tidy: () => Promise<void>
  isActive: () => boolean
  report: (error: Error) => void
}

const dayMs = 86_400_000
const hourMs = 3_600_000
/** More pieces of work than this without the clock moving is a loop of functions that feed each other. */
const mostWorkAtOneMoment = 20_000

export const openMovement = (options: Options): Movement => {
  const { clock, loops, pollers, schedules, outlook, arrive, nextMoments, tidy, isActive, report } = options
  let stopped = false
  let timer: NodeJS.Timeout | undefined
  let poller: NodeJS.Timeout | undefined
  let tidier: NodeJS.Timeout | undefined
  let poked = false
  let work = 0
  let traces = 0
  let changes = 0
  let turn: Promise<unknown> = Promise.resolve()

  const next = (): number | undefined => {
    const moments = nextMoments.map((one) => one()).filter((at) => at !== undefined)
    return moments.length > 0 ? Math.min(...moments) : undefined
  }
  const wakeAll = (): void => {
    if (!stopped) for (const loop of loops) loop.wake()
  }
  const arm = (): void => {
    clearTimeout(timer)
    if (stopped || clock.standing()) return
    const at = next()
    if (at === undefined) return
    const wait = at - clock.now()
    // What is due already has been woken and is being worked on: look again in a second, not at once.
    timer = setTimeout(tick, wait > 0 ? Math.min(wait, hourMs) : 1000)
  }
  const tick = (): void => {
    if (stopped || clock.standing()) return
    schedules.fireDue()
    wakeAll()
    arm()
  }
  const poll = (): void => {
    changes += 1
    for (const loop of pollers) loop.wake()
    poller = setTimeout(poll, isActive() ? 250 : 2000)
  }

  const tidyUp = async (): Promise<void> => {
    await tidy()
    changes += 1
  }

  /** Resolves when every loop has nothing to do at this moment. */
  const quiet = async (): Promise<void> => {
    const began = work
    for (;;) {
      const before = work
      wakeAll()
      await Promise.all(loops.map((loop) => loop.idle()))
      if (stopped) throw new Error('the local cloud is stopping')
      if (work - began > mostWorkAtOneMoment) {
        throw new RestlessError(
          `the functions do not come to rest at ${clock.iso()}: they keep causing each other's work`,
        )
      }
      if (work === before && arrive() === 0) return
    }
  }

  const moveTo = async (target: number): Promise<number> => {
    let fired = 0
    let tidyAt = clock.now() + dayMs
    changes += 1
    await quiet()
    for (;;) {
      const at = next()
      if (at === undefined || at > target) {
        if (clock.now() >= target) return fired
        clock.moveTo(target)
        await tidyUp()
        await quiet()
        continue
      }
      const before = traces
      clock.moveTo(at)
      const due = schedules.fireDue()
      fired += due.count
      await quiet()
      if (clock.now() >= tidyAt) {
        tidyAt = clock.now() + dayMs
        await tidyUp()
        await quiet()
      }
      if (traces === before && due.recurring.length > 0) schedules.slowDown(due, await outlook())
      else if (traces > before) schedules.ownRate()
    }
  }

  const move: Movement['move'] = (target) => {
    const run = async (): Promise<{ now: string; fired: number }> => {
      const to = target(clock.now())
      clock.stop()
      clearTimeout(timer)
      try {
        const fired = await moveTo(to)
        return { now: clock.iso(), fired }
      } finally {
        if (!stopped) {
          schedules.ownRate()
          clock.tick()
          arm()
        }
      }
    }
    const result = turn.then(run)
    turn = result.catch(() => undefined)
    return result
  }

  return {
    start: () => {
      tick()
      poll()
      const hourly = (): void => {
        if (!clock.standing()) tidyUp().catch(report)
        tidier = setTimeout(hourly, hourMs)
      }
      hourly()
    },
    poke: () => {
      if (poked || stopped) return
      poked = true
      setImmediate(() => {
        poked = false
        wakeAll()
        arm()
      })
    },
    trace: () => {
      traces += 1
    },
    changed: () => {
      changes += 1
    },
    changes: () => changes,
    worked: () => {
      work += 1
    },
    move,
    next,
    stop: async () => {
      stopped = true
      for (const one of [timer, poller, tidier]) clearTimeout(one)
    },
  }
}

/** The functions keep each other busy without end. */
export class RestlessError extends Error {}
