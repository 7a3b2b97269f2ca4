import { parseArgs } from 'node:util'
import { stageJson, stages } from '../../infra/stages.ts'
import { atWork } from './gate.ts'
import type { Handler } from './lambda.ts'
import { openMemory } from './memory.ts'
import type { Report } from './report.ts'
import type { Outcome } from './run-one.ts'
import { openDynoxide } from './table.ts'
import type { FunctionName } from './world.ts'

/** The part that runs bundled: `run.ts` builds and starts it. */

Object.assign(process.env, {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  TABLE: 'requests',
  STAGE: stageJson(stages.dev),
  PUBLIC_URL: 'https://chats.example.org',
  CONFIGURATION_SET: 'workflow',
  TIPS_CONFIGURATION_SET: 'tips',
  MAIL_QUEUE_URL: 'https://queues.example.org/mail',
  TIPS_QUEUE_URL: 'https://queues.example.org/tips',
  MAIL_QUEUE_ARN: 'arn:aws:sqs:us-east-1:123456789012:mail',
  SCHEDULE_GROUP: 'interviews',
  SCHEDULE_ROLE_ARN: 'arn:aws:iam::123456789012:role/scheduler',
  SCHEDULE_DEAD_LETTER_ARN: 'arn:aws:sqs:us-east-1:123456789012:dead',
  TAKEN_TIPS: '/aws/events/taken-tips',
})

const { values } = parseArgs({
  options: {
    runs: { type: 'string', default: '100' },
    seed: { type: 'string', default: '1' },
    trace: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    /** Keeps no timeline, which is faster: a run that breaks something is run once more, with one. */
    bare: { type: 'boolean', default: false },
    /** How many seekers live in one world; else one or two. */
    seekers: { type: 'string' },
    /** `dynoxide`, the real one, or `memory`, a model of it. */
    table: { type: 'string', default: 'dynoxide' },
    /** Stops at the first violation that has this text in it. */
    until: { type: 'string' },
    /** Each run as often as it has calls, twice: with one death before that call, and one after it, and nothing else. */
    'every-death': { type: 'boolean', default: false },
  },
})

for (const name of ['runs', 'seed', 'seekers'] as const) {
  if (values[name] !== undefined && !/^[1-9]\d*$/.test(values[name])) {
    console.error(`--${name} is a whole number from 1 on, and not ${values[name]}.`)
    process.exit(2)
  }
}
const many = values.seekers === undefined ? undefined : Number(values.seekers)
const isBare = values.bare && !values.trace

const say = console.log.bind(console)
for (const level of ['info', 'warn', 'error'] as const) {
  const real = console[level].bind(console)
  console[level] = (...parts: unknown[]): void => {
    if (!atWork.getStore()) real(...parts)
  }
}
// What our functions count goes past the console.
const write = process.stdout.write.bind(process.stdout)
process.stdout.write = ((...parts: Parameters<typeof write>) =>
  atWork.getStore() ? true : write(...parts)) as typeof write

const handlers: Record<FunctionName, Handler> = {
  requests: (await import('../../functions/requests.ts')).handler as never,
  subscriptions: (await import('../../functions/subscriptions.ts')).handler as never,
  'plan-mail': (await import('../../functions/plan-mail.ts')).handler as never,
  'send-mail': (await import('../../functions/send-mail.ts')).handler as never,
  'record-outcome': (await import('../../functions/record-outcome.ts')).handler as never,
  reconcile: (await import('../../functions/reconcile.ts')).handler as never,
  'pick-tips': (await import('../../functions/pick-tips.ts')).handler as never,
  'send-tips': (await import('../../functions/send-tips.ts')).handler as never,
}
const { runOne } = await import('./run-one.ts')

const database = values.table === 'memory' ? openMemory() : await openDynoxide()
const began = performance.now()
const first = Number(values.seed)
const totals = new Map<string, number>()
const failed: Outcome[] = []
const hashes: Record<number, string> = {}
let runs = 0
let steps = 0
let enough = false
// Ctrl-C: the run that is under way is the last.
process.once('SIGINT', () => {
  enough = true
})

/** `false` when what was looked for is found. */
const look = (outcome: Outcome, what: string): boolean => {
  runs += 1
  steps += outcome.steps
  if (runs % 500 === 0 && !values.json) process.stderr.write(`${runs} runs so far\n`)
  for (const [name, many] of outcome.counts) totals.set(name, (totals.get(name) ?? 0) + many)
  if (values.trace) for (const line of outcome.lines()) say(line)
  if (outcome.violations.length === 0) return true
  failed.push(outcome)
  if (!values.json) say(`${what}: ${outcome.violations.join('; ')}`)
  return values.until === undefined || !outcome.violations.some((told) => told.includes(values.until ?? ''))
}

/** No other fault: what happens up to that call is the same each time. */
const everyDeath = async (seed: number): Promise<void> => {
  const none = { call: 0, kind: 'crash before the call' } as const
  const { calls } = await runOne(seed, { database, handlers, only: none })
  for (let call = 1; call <= calls && !enough; call += 1) {
    for (const kind of ['crash before the call', 'crash after the call'] as const)
      look(await runOne(seed, { database, handlers, only: { call, kind } }), `seed ${seed}, ${kind} ${call}`)
  }
}

for (let seed = first; seed < first + Number(values.runs) && !enough; seed += 1) {
  if (values['every-death']) await everyDeath(seed)
  else {
    const bare = isBare ? await runOne(seed, { database, handlers, many, silent: true }) : undefined
    const outcome = bare?.violations.length === 0 ? bare : await runOne(seed, { database, handlers, many })
    if (!isBare) hashes[seed] = outcome.hash
    if (!look(outcome, `seed ${seed}`)) break
  }
}
database.close()
const seconds = (performance.now() - began) / 1000

const report: Report = {
  runs,
  events: steps,
  seconds: Math.round(seconds * 10) / 10,
  counts: Object.fromEntries([...totals].sort()),
  failed: failed.map(({ seed, violations }) => ({ seed, violations })),
  hashes,
}
if (values.json) say(JSON.stringify(report))
else {
  say(
    `${runs} runs, ${steps} events on ${values.table}, ${report.seconds} s (${((seconds * 1000) / runs).toFixed(0)} ms a run)`,
  )
  for (const [name, many] of Object.entries(report.counts)) say(`${String(many).padStart(9)}  ${name}`)
  if (failed[0] && !values.trace)
    for (const line of [`The timeline of seed ${failed[0].seed}:`, ...failed[0].lines()]) say(line)
  say(failed.length === 0 ? 'No violation.' : `${failed.length} runs with violations.`)
}
// A pipe would lose the end of a long timeline.
write('', () => process.exit(failed.length === 0 || values.json ? 0 : 1))
