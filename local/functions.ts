import { randomUUID } from 'node:crypto'
import { appendFileSync, mkdirSync, statSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { Worker } from 'node:worker_threads'
import type { Clock } from './clock.ts'
import type { FunctionFaults } from './function-faults.ts'
import type { Fn } from './template.ts'
import type { Collect, FromWorker, FunctionError, Invocation, WorkerData } from './worker.ts'

export type Outcome = { ok: true; result: unknown } | { ok: false; error: FunctionError }
export type LastRun = {
  fn: string
  runs: number
  failures: number
  lastMs: number
  /** Of the heap, when the last run ended; and the most with which one ended. */
  memoryMb: number
  mostMemoryMb: number
  error?: string
}

/** Lambda: each function in worker threads of its own. */
export type Functions = {
  /** Runs a function once. A throw, a timeout or a crash of the function is an outcome; only `stop` makes it reject. */
  invoke: (name: string, event: unknown, id?: string) => Promise<Outcome>
  /** Whether it takes nothing at the moment: then nobody is to invoke it. */
  isThrottled: (name: string) => boolean
  /** How many invocations are running or waiting for their turn. */
  active: () => number
  lastRuns: () => LastRun[]
  /** Megabytes that the environments of each function hold when everything else has been collected, the largest of them. */
  held: () => Promise<Map<string, number>>
  stop: () => Promise<void>
}

type Environment = {
  worker: Worker
  ready: Promise<FunctionError | undefined>
  busy: boolean
  finish: ((outcome: Outcome) => void) | undefined
  /** Waits to hear what it holds. */
  measured: ((memoryMb: number) => void) | undefined
  idleTimer: NodeJS.Timeout | undefined
}
type House = { fn: Fn; most: number; environments: Set<Environment>; waiting: (() => void)[]; last: LastRun }

type Options = {
  functions: Fn[]
  /** How many events a function that does not answer HTTP may have at a time. */
  workers: number
  /** What every function finds in its environment beside its own variables. */
  environment: Record<string, string>
  faults: FunctionFaults
  clock: Clock
  folder: string
  report: (line: string) => void
  /** Called after every invocation: something may have changed. */
  onDone: () => void
}

/** As long as Lambda gives a function to load. */
const initMs = 10_000
/** An environment that nobody needs goes after this time, and its memory with it. */
const idleMs = 30_000
const mostLogBytes = 10 * 1024 * 1024

export const startFunctions = ({
  functions,
  workers,
  environment,
  faults,
  clock,
  folder,
  report,
  onDone,
}: Options): Functions => {
  const logs = join(folder, 'logs')
  mkdirSync(logs, { recursive: true })
  let stopped = false
  let active = 0
  const houses = new Map<string, House>()
  for (const fn of functions) {
    const last: LastRun = { fn: fn.name, runs: 0, failures: 0, lastMs: 0, memoryMb: 0, mostMemoryMb: 0 }
    houses.set(fn.name, {
      fn,
      most: fn.answersHttp ? Math.max(2, workers) : workers,
      environments: new Set(),
      waiting: [],
      last,
    })
    const log = join(logs, `${fn.name}.log`)
    if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) > mostLogBytes) truncateSync(log)
  }

  const log = ({ fn }: House, level: string, message: unknown, id: string | undefined): void => {
    appendFileSync(
      join(logs, `${fn.name}.log`),
      `${JSON.stringify({ at: clock.iso(), level, requestId: id, message })}\n`,
    )
  }

  const failure = (errorType: string, errorMessage: string): Outcome => ({
    ok: false,
    error: { errorType, errorMessage, trace: [] },
  })

  const open = (house: House): Environment => {
    const { fn } = house
    const data: WorkerData = {
      name: fn.name,
      arn: fn.arn,
      folder: fn.folder,
      handler: fn.handler,
      memoryMb: fn.memoryMb,
      now: clock.now(),
    }
    const worker = new Worker(join(import.meta.dirname, 'worker.ts'), {
      workerData: data,
      execArgv: [],
      env: {
        ...environment,
        // Keys of its own, as on AWS: whoever it calls can tell who it is.
        AWS_ACCESS_KEY_ID: fn.name,
        AWS_LAMBDA_FUNCTION_NAME: fn.name,
        AWS_LAMBDA_FUNCTION_VERSION: '$LATEST',
        AWS_LAMBDA_FUNCTION_MEMORY_SIZE: String(fn.memoryMb),
        ...fn.environment,
      },
      // A small young generation: a dozen functions at rest should not fill a laptop.
      resourceLimits: { maxOldGenerationSizeMb: fn.memoryMb, maxYoungGenerationSizeMb: 4 },
    })
    const { promise, resolve } = Promise.withResolvers<FunctionError | undefined>()
    const slow = setTimeout(
      () => resolve({ errorType: 'Sandbox.Timedout', errorMessage: 'loading took over 10 seconds', trace: [] }),
      initMs,
    )
    const made: Environment = {
      worker,
      ready: promise,
      busy: true,
      finish: undefined,
      measured: undefined,
      idleTimer: undefined,
    }
    house.environments.add(made)
    void promise.then(() => clearTimeout(slow))
    worker.on('message', (message: FromWorker) => {
      if (message.kind === 'ready') resolve(undefined)
      else if (message.kind === 'broken') resolve(message.error)
      else if (message.kind === 'held') made.measured?.(message.memoryMb)
      else if (message.kind === 'log') log(house, message.level, parsed(message.text), message.id)
      else {
        house.last.memoryMb = message.memoryMb
        house.last.mostMemoryMb = Math.max(house.last.mostMemoryMb, message.memoryMb)
        made.finish?.(
          message.kind === 'done'
            ? { ok: true, result: message.result === undefined ? null : JSON.parse(message.result) }
            : { ok: false, error: message.error },
        )
      }
    })
    const gone = (error: FunctionError): void => {
      house.environments.delete(made)
      resolve(error)
      made.finish?.({ ok: false, error })
      made.measured?.(0)
    }
    worker.on('error', (cause) => {
      const error = cause as Error & { code?: string }
      const type = error.code === 'ERR_WORKER_OUT_OF_MEMORY' ? 'Runtime.OutOfMemory' : (error.name ?? 'Error')
      gone({ errorType: type, errorMessage: error.message, trace: (error.stack ?? '').split('\n') })
    })
    worker.on('exit', (code) =>
      gone({ errorType: 'Runtime.ExitError', errorMessage: `the function ended with code ${code}`, trace: [] }),
    )
    return made
  }

  const close = (house: House, one: Environment): Promise<unknown> => {
    house.environments.delete(one)
    clearTimeout(one.idleTimer)
    return one.worker.terminate()
  }

  /** A free environment, a new one, or the next that gets free. */
  const take = async (house: House): Promise<Environment> => {
    for (;;) {
      const free = [...house.environments].find(({ busy }) => !busy)
      if (free) {
        free.busy = true
        clearTimeout(free.idleTimer)
        return free
      }
      if (house.environments.size < house.most) return open(house)
      await new Promise<void>((resolve) => house.waiting.push(resolve))
    }
  }

  const giveBack = (house: House, one: Environment): void => {
    one.busy = false
    one.finish = undefined
    one.idleTimer = setTimeout(() => void close(house, one), idleMs).unref()
    house.waiting.shift()?.()
  }

  const runIn = async (house: House, one: Environment, event: unknown, id: string): Promise<Outcome> => {
    const { fn } = house
    const broken = await one.ready
    if (broken) {
      void close(house, one)
      return { ok: false, error: broken }
    }
    const { promise, resolve } = Promise.withResolvers<Outcome>()
    const late = setTimeout(() => {
      void close(house, one)
      resolve(failure('Sandbox.Timedout', `Task timed out after ${(fn.timeoutMs / 1000).toFixed(2)} seconds`))
    }, fn.timeoutMs)
    one.finish = resolve
    const invocation: Invocation = {
      id,
      event: JSON.stringify(event ?? null),
      now: clock.now(),
      timeoutMs: fn.timeoutMs,
    }
    one.worker.postMessage(invocation)
    const outcome = await promise
    clearTimeout(late)
    return outcome
  }

  const invoke = async (name: string, event: unknown, id: string = randomUUID()): Promise<Outcome> => {
    const house = houses.get(name)
    if (!house) throw new Error(`no function is called ${name}`)
    active += 1
    try {
      const one = await take(house)
      if (stopped) throw new Error('the local cloud is stopping')
      const began = performance.now()
      const outcome = faults.crashes(name)
        ? failure('Error', 'it failed, as asked')
        : await runIn(house, one, event, id)
      giveBack(house, one)
      if (stopped) throw new Error('the local cloud is stopping')
      house.last.runs += 1
      house.last.lastMs = Math.round(performance.now() - began)
      if (!outcome.ok) {
        const { errorType, errorMessage, trace } = outcome.error
        house.last.failures += 1
        house.last.error = `${errorType}: ${errorMessage}`
        log(house, 'ERROR', { errorType, errorMessage, stackTrace: trace }, id)
        report(`✗ ${name}: ${errorType}: ${errorMessage}`)
      }
      return outcome
    } finally {
      active -= 1
      if (!stopped) onDone()
    }
  }

  return {
    invoke,
    isThrottled: faults.isThrottled,
    active: () => active,
    lastRuns: () => [...houses.values()].map(({ last }) => last),
    held: async () => {
      const all = [...houses].flatMap(([name, { environments }]) =>
        [...environments].map(async (one): Promise<[string, number]> => {
          if (await one.ready) return [name, 0]
          const { promise, resolve } = Promise.withResolvers<number>()
          const { measured } = one
          one.measured = (memoryMb) => {
            measured?.(memoryMb)
            resolve(memoryMb)
          }
          one.worker.postMessage({ kind: 'collect' } satisfies Collect)
          return [name, await promise]
        }),
      )
      const held = new Map<string, number>()
      for (const [name, memoryMb] of await Promise.all(all)) held.set(name, Math.max(memoryMb, held.get(name) ?? 0))
      return held
    },
    stop: async () => {
      stopped = true
      const all = [...houses.values()]
      const closing = all.flatMap((house) => [...house.environments].map((one) => close(house, one)))
      for (const house of all) for (const next of house.waiting) next()
      await Promise.all(closing)
    },
  }
}

/** JSON that a function logged is kept as JSON. */
const parsed = (text: string): unknown => {
  if (!text.startsWith('{')) return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
