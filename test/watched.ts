import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { vi } from 'vitest'
import { readEndpoints } from '../local/endpoints.ts'
import type { Waiting } from '../local/surface.ts'
import { synthesized } from '../local/synthesized.ts'
import { readAssembly } from '../local/template.ts'
import { commands } from '../ops/commands.ts'
import { type Alarm, alarmsOf, isOff, type Point } from './alarm.ts'
import { visitor } from './traveller.ts'

const root = join(import.meta.dirname, '..')

/** `npm start` of another stage than dev, in a process of its own; resolves when it says that it is ready. */
const start = (data: string, at: string): Promise<ChildProcess> =>
  new Promise((done, fail) => {
    const child = spawn(
      process.execPath,
      ['local/start.ts', '--data', data, '--assembly', join(data, 'cloud'), '--at', at],
      { cwd: root, env: { ...process.env, PORT: '0' }, stdio: ['ignore', 'pipe', 'inherit'] },
    )
    let said = ''
    child.stdout.on('data', (chunk) => {
      said += chunk
      if (/^Ready/m.test(said)) done(child)
    })
    child.once('exit', () => fail(new Error(`It did not start: ${said}`)))
  })

/** Longer steps would be skipped over: the local cloud lets what comes round without effect come less often. */
const STEP = 15

/**
 * The stage prod on this machine, and CloudWatch beside it: what the functions count is read from their logs, and what AWS
 * would count of its own services is taken from how they stand, and from what they did, whenever somebody looks.
 */
export const openWatched = async (at: string) => {
  const data = mkdtempSync(join(tmpdir(), 'interviews-watched-'))
  const assembly = readAssembly(synthesized(join(data, 'cloud'), 'prod'))
  const { Resources = {} } = assembly.template
  const named = (id: string): string => {
    const short = assembly.names.get(id) ?? ''
    return Resources[id]?.Type === 'AWS::SQS::Queue' ? `${assembly.stack}-${short}` : short
  }
  const alarms = alarmsOf(assembly, (value) => {
    if (typeof value === 'string') return value
    const { Ref, 'Fn::GetAtt': attribute } = value as { Ref?: string; 'Fn::GetAtt'?: [string, string] }
    return named(Ref ?? attribute?.[0] ?? '')
  })
  const child = await start(data, at)
  const endpoints = readEndpoints(data)
  if (!endpoints) throw new Error('It does not say where it is')
  const noted: Point[] = []

  const people = visitor(() => endpoints.publicUrl)
  const now = async (): Promise<number> => Date.parse((await people.call('/_local/clock')).json.now)
  const note = async (namespace: string, name: string, dimensions: Record<string, string>, value: number) =>
    void noted.push({ namespace, name, dimensions, at: await now(), value })

  let looked = 0
  const look = async () => {
    const at = await now()
    const { queues, streams } = (await people.call('/_local/waiting')).json as Waiting
    for (const [QueueName, { visible, oldestSeconds }] of Object.entries(queues)) {
      const of = { namespace: 'AWS/SQS', dimensions: { QueueName }, at }
      noted.push({ ...of, name: 'ApproximateNumberOfMessagesVisible', value: visible })
      noted.push({ ...of, name: 'ApproximateAgeOfOldestMessage', value: oldestSeconds })
    }
    // Lambda tells it of each batch that a function was given: of one that does not run it tells nothing.
    for (const [FunctionName, { given }] of Object.entries(streams)) {
      const of = { namespace: 'AWS/Lambda', name: 'IteratorAge', dimensions: { FunctionName } }
      noted.push(
        ...given.filter((one) => one.at > looked).map((one) => ({ ...of, at: one.at, value: one.ageSeconds * 1000 })),
      )
    }
    looked = at
  }

  return {
    ...people,
    data,
    assembly,
    alarms,
    endpoints,
    now,
    note,
    /** So many minutes, one look after the other. */
    pass: async (minutes: number) => {
      for (let left = minutes; left > 0; left -= STEP) {
        await people.move({ advance: `PT${Math.min(left, STEP)}M` })
        await look()
      }
    },
    look,
    /** Until a moment; after each midnight (UTC) slowly, so that the daily walk comes to its end. */
    until: async (to: string) => {
      const target = Date.parse(to)
      for (let at = await now(); at < target; at = await now()) {
        const midnight = Date.parse(new Date(at).toISOString().slice(0, 10)) + 86_400_000
        await people.move({ to: new Date(Math.min(target, midnight)).toISOString() })
        for (let left = 60; left > 0 && midnight + 3_600_000 < target; left -= STEP)
          await people.move({ advance: `PT${STEP}M` })
      }
      await look()
    },
    make: async (fn: string, does: 'crash' | 'throttle' | 'ok', calls = 1) => {
      const answer = await people.json('/_local/faults', { function: fn, does, for: calls })
      if (answer.status !== 200) throw new Error(answer.text)
    },
    /** Names of the alarms that are off at this moment. */
    off: async (): Promise<string[]> => {
      const at = await now()
      const lines = linesOf(join(data, 'logs'))
      const points = [...noted, ...counted(lines), ...invocations(lines)]
      return alarms.filter((alarm: Alarm) => isOff(alarm, points, at)).map(({ name }) => name)
    },
    logged: () => linesOf(join(data, 'logs')),
    /** What a command of the command line says, in words; about this cloud. */
    ops: async (line: string): Promise<string> => {
      const [name = '', ...args] = [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(
        ([, quoted, bare]) => quoted ?? bare ?? '',
      )
      const command = commands[name]
      if (!command) throw new Error(`There is no command ${name}`)
      // What our own functions log has no place between the lines of a command.
      const quiet = vi.spyOn(console, 'info').mockImplementation(() => undefined)
      try {
        return (await command.run([...args, '--data', data])).text
      } finally {
        quiet.mockRestore()
      }
    },
    close: async () => {
      const ended = new Promise((done) => child.once('exit', done))
      child.kill('SIGTERM')
      await ended
      rmSync(data, { recursive: true, force: true })
    },
  }
}

export type Watched = Awaited<ReturnType<typeof openWatched>>

type Line = { fn: string; at: string; requestId?: string; level: string; message: unknown }

const linesOf = (folder: string): Line[] =>
  readdirSync(folder).flatMap((name) =>
    readFileSync(join(folder, name), 'utf8')
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => ({ fn: name.replace(/\.log$/, ''), ...(JSON.parse(line) as Omit<Line, 'fn'>) })),
  )

/** Each run of a function leaves a line at least. */
const invocations = (lines: Line[]): Point[] =>
  [...Map.groupBy(lines, ({ fn, requestId }) => `${fn} ${requestId}`).values()].flatMap(([first]) =>
    first?.requestId
      ? [
          {
            namespace: 'AWS/Lambda',
            name: 'Invocations',
            dimensions: { FunctionName: first.fn },
            at: Date.parse(first.at),
            value: 1,
          },
        ]
      : [],
  )

type Counted = Record<string, unknown> & {
  _aws: {
    Timestamp: number
    CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[]
  }
}

/** What CloudWatch reads from the lines of the logs that are written for it. */
const counted = (lines: Line[]): Point[] =>
  lines
    .map(({ message }) => message as Counted)
    .filter((message) => typeof message === 'object' && message !== null && '_aws' in message)
    .flatMap((line) =>
      line._aws.CloudWatchMetrics.flatMap(({ Namespace, Dimensions, Metrics }) =>
        Dimensions.flatMap((names) =>
          Metrics.map(({ Name }) => ({
            namespace: Namespace,
            name: Name,
            dimensions: Object.fromEntries(names.map((name) => [name, String(line[name])])),
            at: line._aws.Timestamp,
            value: Number(line[Name]),
          })),
        ),
      ),
    )
