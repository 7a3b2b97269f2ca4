import FakeTimers from '@sinonjs/fake-timers'
import { atWork, type Invocation } from './gate.ts'
import type { World } from './world.ts'

/** How an invocation ended: with an answer, with an error of its own, or with its death. */
export type Ending = { answer: unknown } | { error: unknown } | { died: 'crash' | 'timeout' }
export type Handler = (event: never, context: never) => Promise<unknown>

const clock = FakeTimers.install({ now: 0, toFake: ['Date'] })
/** The clock that code in this process reads. */
export const setClock = (ms: number): void => void clock.setSystemTime(ms)

/** Until everybody waits for the outside again: between two calls our functions do nothing but promises. */
const untilQuiet = (): Promise<void> => new Promise((done) => void setImmediate(done))

/** Runs functions, each with a clock of its own, side by side in this process. */
export const openLambda = (world: World) => {
  let count = 0
  const ends = new Map<Invocation, (ending: Ending) => void>()

  /** Somebody's code goes on, by their own clock. */
  const goOn = async (by: Invocation, work: () => void): Promise<void> => {
    setClock(world.now() + by.skew)
    work()
    await untilQuiet()
    setClock(world.now())
  }

  /** What it was about to ask may be on its way already, or never leave. */
  const die = (by: Invocation): void => {
    by.over = true
    for (const call of by.waiting) call.cancelled ||= world.chance.delivery.is(0.5)
    by.waiting.clear()
  }

  return {
    goOn,
    /** It is gone in the middle of its work, with everything that it knew. */
    kill: (by: Invocation, how: 'crash' | 'timeout'): void => {
      if (by.over) return
      die(by)
      world.timeline.say(`${by.name} dies: ${how}`)
      ends.get(by)?.({ died: how })
    },
    start: (fn: string, handler: Handler, event: unknown, timeout: number, onEnd: (ending: Ending) => void) => {
      count += 1
      const by: Invocation = {
        name: `${fn} ${count}`,
        fn,
        event,
        skew: world.faults.strike('slow clock')
          ? world.chance.delivery.spread(10, 20_000) * world.chance.delivery.pick([-1, 1])
          : 0,
        startedAt: world.now(),
        over: false,
        waiting: new Set(),
      }
      const end = (ending: Ending): void => {
        ends.delete(by)
        by.over = true
        world.agenda.cancel(deadline)
        onEnd(ending)
      }
      ends.set(by, end)
      const deadline = world.agenda.add(world.now() + timeout, 'deadline', () => world.lambda.kill(by, 'timeout'))
      world.agenda.add(world.now(), `${by.name} starts`, () => {
        if (by.over) return
        world.timeline.say(`${by.name} starts${by.skew ? `, its clock ${by.skew} ms off` : ''}`)
        return goOn(by, () => {
          atWork.run(by, () => {
            // As text, as an event comes to a function: what one does with it no other sees.
            handler(JSON.parse(JSON.stringify(event)) as never, { awsRequestId: by.name } as never).then(
              (answer) => by.over || end({ answer }),
              (error) => by.over || end({ error }),
            )
          })
        })
      })
      return by
    },
  }
}

export type Lambda = ReturnType<typeof openLambda>
