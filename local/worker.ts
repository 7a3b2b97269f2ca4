import { existsSync } from 'node:fs'
import { createRequire, registerHooks } from 'node:module'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'
import { getHeapStatistics, setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { parentPort, workerData } from 'node:worker_threads'
import FakeTimers from '@sinonjs/fake-timers'

/** One environment of a function: loads the code once, then answers one invocation after the other. */

export type WorkerData = { name: string; arn: string; folder: string; handler: string; memoryMb: number; now: number }
export type Invocation = { id: string; event: string; now: number; timeoutMs: number }
/** Asks what of the heap is held when everything else has been collected. */
export type Collect = { kind: 'collect' }
export type FromWorker =
  | { kind: 'ready' }
  | { kind: 'broken'; error: FunctionError }
  | { kind: 'log'; level: string; text: string; id: string | undefined }
  | { kind: 'done'; id: string; result: string | undefined; memoryMb: number }
  | { kind: 'failed'; id: string; error: FunctionError; memoryMb: number }
  | { kind: 'held'; memoryMb: number }
export type FunctionError = { errorType: string; errorMessage: string; trace: string[] }

type Handler = (event: unknown, context: unknown) => unknown

const { name, arn, folder, handler, memoryMb, now } = workerData as WorkerData
const port = parentPort
if (!port) throw new Error('worker.ts runs in a worker thread')

// `Date` follows the clock of the local cloud; timers stay real, so that timeouts of sockets work.
const clock = FakeTimers.install({ now, toFake: ['Date'] })
let current: string | undefined

const say = (message: FromWorker): void => port.postMessage(message)
/** An object alone stays one, as Lambda writes it with the log format JSON; anything else becomes text. */
const textOf = (parts: unknown[]): string => {
  const [only] = parts
  const isObject = parts.length === 1 && typeof only === 'object' && only !== null && !(only instanceof Error)
  return isObject ? JSON.stringify(only) : format(...parts)
}
const logTo =
  (level: string) =>
  (...parts: unknown[]): void =>
    say({ kind: 'log', level, text: textOf(parts), id: current })
const levels = { debug: 'DEBUG', trace: 'TRACE', log: 'INFO', info: 'INFO', warn: 'WARN', error: 'ERROR' } as const
for (const [method, level] of Object.entries(levels)) {
  console[method as keyof typeof levels] = logTo(level)
}
const writeTo = (level: string) => (chunk: unknown) => {
  const text = (typeof chunk === 'string' ? chunk : Buffer.from(chunk as Uint8Array).toString()).trimEnd()
  if (text !== '') say({ kind: 'log', level, text, id: current })
  return true
}
process.stdout.write = writeTo('INFO')
process.stderr.write = writeTo('ERROR')
if (process.env.NODE_OPTIONS?.includes('--enable-source-maps')) process.setSourceMapsEnabled(true)

const described = (error: unknown): FunctionError => {
  if (!(error instanceof Error)) return { errorType: typeof error, errorMessage: String(error), trace: [] }
  const trace = (error.stack ?? '').split('\n')
  return { errorType: error.name, errorMessage: error.message, trace }
}

const load = async (): Promise<Handler> => {
  const dot = handler.lastIndexOf('.')
  const [base, exported] = [handler.slice(0, dot), handler.slice(dot + 1)]
  const file = ['.js', '.cjs', '.mjs'].map((end) => join(folder, base + end)).find((one) => existsSync(one))
  if (!file) throw new Error(`Cannot find module '${base}' in ${folder}`)
  const url = pathToFileURL(file).href
  if (file.endsWith('.js') && !existsSync(join(folder, 'package.json'))) {
    // On Lambda nothing lies above the code. Here this project's package.json does, and it would make ES modules of it.
    registerHooks({
      load: (loaded, context, next) => next(loaded, loaded === url ? { ...context, format: 'commonjs' } : context),
    })
  }
  const module = (file.endsWith('.mjs') ? await import(url) : createRequire(file)(file)) as Record<string, unknown>
  const found = module[exported] ?? (module.default as Record<string, unknown> | undefined)?.[exported]
  if (typeof found !== 'function') throw new Error(`${base}.${exported} is undefined or not exported`)
  if (found.length > 2) throw new Error('a handler with a callback does not run on Node.js 24: make it async')
  return found as Handler
}

const heap = (): number => Math.round((getHeapStatistics().used_heap_size / 1024 / 1024) * 10) / 10

const held = (): number => {
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  return heap()
}

const answer = async (run: Handler, { id, event, now, timeoutMs }: Invocation): Promise<void> => {
  clock.setSystemTime(now)
  current = id
  const deadline = performance.now() + timeoutMs
  const context = {
    awsRequestId: id,
    functionName: name,
    functionVersion: '$LATEST',
    invokedFunctionArn: arn,
    memoryLimitInMB: String(memoryMb),
    logGroupName: `/aws/lambda/${name}`,
    logStreamName: 'local',
    callbackWaitsForEmptyEventLoop: true,
    getRemainingTimeInMillis: () => Math.max(0, Math.round(deadline - performance.now())),
  }
  try {
    const result = JSON.stringify(await run(JSON.parse(event), context))
    say({ kind: 'done', id, result, memoryMb: heap() })
  } catch (error) {
    say({ kind: 'failed', id, error: described(error), memoryMb: heap() })
  } finally {
    current = undefined
  }
}

try {
  const run = await load()
  port.on('message', (message: Invocation | Collect) => {
    if ('kind' in message) say({ kind: 'held', memoryMb: held() })
    else void answer(run, message)
  })
  say({ kind: 'ready' })
} catch (error) {
  say({ kind: 'broken', error: described(error) })
}
