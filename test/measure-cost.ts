import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import { functionNames } from '../infra/bundling.ts'
import { stages } from '../infra/stages.ts'
import { startCloud } from '../local/cloud.ts'
import type { LastRun } from '../local/functions.ts'
import type { FunctionUse, Measured, Use } from '../ops/cost/bill.ts'
import { metrics } from '../shared/metrics.ts'
import { openMeter } from './meter.ts'
import { storedIn } from './stored.ts'
import { begin, subscribeAll, type Visitor, visitor } from './traveller.ts'

/** Readers of one hour and place: as many as go to SES in one call. */
const READERS = 50
const DAY = 86_400_000
const begins = '2026-11-23T14:00:00Z'
/** A day after the last mail of either way, whatever its content: nothing more comes. */
const requestEnds = '2027-03-01T14:00:00Z'
const seriesEnds = '2027-01-31T14:00:00Z'

type Resource = { Type: string; Properties: Record<string, unknown> }
type Template = { Resources: Record<string, Resource> }

const templateIn = (assembly: string, stage: string): Template =>
  JSON.parse(readFileSync(join(assembly, `interviews-${stage}.template.json`), 'utf8')) as Template

/** CDK calls it as its file is called, without the hyphens, and adds a hash. */
const functionsOf = ({ Resources }: Template): [name: string, properties: Resource['Properties']][] =>
  Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
    const name = functionNames.find((one) => id.startsWith(one.replaceAll('-', '')))
    return Type === 'AWS::Lambda::Function' && name ? [[name, Properties]] : []
  })

/** As DynamoDB counts what it keeps: names and values, and a hundred bytes for an item. */
const sizeOf = (item: Record<string, AttributeValue>): number => {
  const of = (value: AttributeValue): number => {
    if (value.S !== undefined) return Buffer.byteLength(value.S)
    if (value.N !== undefined) return Math.ceil(value.N.length / 2) + 1
    if (value.SS) return value.SS.reduce((sum, one) => sum + Buffer.byteLength(one), 0)
    if (value.L) return 3 + value.L.reduce((sum, one) => sum + 1 + of(one), 0)
    if (value.M) return 3 + Object.entries(value.M).reduce((sum, [name, one]) => sum + 1 + name.length + of(one), 0)
    return 1
  }
  return 100 + Object.entries(item).reduce((sum, [name, value]) => sum + name.length + of(value), 0)
}

const bytesIn = async (dataDir: string): Promise<number> =>
  (await storedIn(dataDir)).reduce((sum, item) => sum + sizeOf(item), 0)

/** What a walk through the local cloud used, of all functions, those that run by the clock among them. */
const walked = async (assembly: string, walk: (traveller: Visitor) => Promise<unknown>): Promise<Use> => {
  const dataDir = mkdtempSync(join(tmpdir(), 'interviews-cost-'))
  const meter = openMeter()
  const cloud = await startCloud({ port: 0, dataDir, assembly, at: begins, quiet: true, onCall: meter.hear })
  try {
    const traveller = visitor(() => cloud.url)
    await walk(traveller)
    const runs = (await traveller.call('/_local/functions')).json as LastRun[]
    const failed = runs.filter(({ failures }) => failures > 0)
    if (failed.length > 0)
      throw new Error(`What fails is not what we measure: ${failed.map(({ fn }) => fn).join(', ')}`)
    const logs = join(dataDir, 'logs')
    const written = readdirSync(logs)
    const used = ({ fn, runs }: LastRun): FunctionUse => {
      const { reads, writes, refused } = meter.of(fn)
      const logBytes = written.includes(`${fn}.log`) ? readFileSync(join(logs, `${fn}.log`)).length : 0
      return { runs, reads, writes: writes + refused, logBytes }
    }
    return {
      mails: (await traveller.mails()).length,
      functions: Object.fromEntries(runs.filter(({ runs }) => runs > 0).map((run) => [run.fn, used(run)])),
      storedBytes: await bytesIn(dataDir),
    }
  } finally {
    await cloud.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** As somebody does it in a browser: each button stands on a page that is opened first. */
const aRequest = async (traveller: Visitor): Promise<void> => {
  await traveller.page('/')
  const request = await begin(traveller, { seekerEmail: 'ada@example.org' })
  const tell = async (event: string, more = {}) => {
    await traveller.page(request.page)
    await request.tell(event, more)
  }
  await tell('sent')
  await traveller.move({ to: '2026-12-02T20:00:00Z' })
  await tell('replied')
  await tell('scheduled', { start: '2026-12-15T15:00', place: 'Café Central' })
  await traveller.move({ to: '2026-12-15T23:00:00Z' })
  const learned = 'Compilers are read more than they are written.'
  await tell('met', { learned, names: 'Jean Bartik', promisedBy: '2027-01-12' })
  await tell('thanked')
  await traveller.move({ to: requestEnds })
}

const aSeries = async (traveller: Visitor): Promise<void> => {
  const emails = Array.from({ length: READERS }, (_, n) => `reader.${n}@students.example.edu`)
  for (const _ of emails) await traveller.page('/tips')
  await subscribeAll(
    traveller,
    emails.map((email) => ({ email, timeZone: 'Etc/UTC' })),
  )
  await traveller.move({ to: seriesEnds })
}

const divided = (use: FunctionUse, by: number): FunctionUse =>
  Object.fromEntries(
    Object.entries(use).map(([key, value]) => [key, Number((value / by).toPrecision(4))]),
  ) as FunctionUse

const divideAll = (functions: Use['functions'], by: number): Use['functions'] =>
  Object.fromEntries(Object.entries(functions).map(([name, use]) => [name, divided(use, by)]))

/** Without what would have run as well had nobody been there. */
const withoutClock = (use: Use, byTheClock: Measured['byTheClock']): Use => ({
  ...use,
  functions: Object.fromEntries(Object.entries(use.functions).filter(([name]) => !byTheClock[name])),
})

/** Pick-tips runs anyhow: what it does for a reader is what it uses beyond a run that finds nobody. */
const beyond = (use: FunctionUse, quiet: FunctionUse): FunctionUse => ({
  runs: 0,
  reads: use.reads - quiet.reads * use.runs,
  writes: use.writes - quiet.writes * use.runs,
  logBytes: Math.max(0, use.logBytes - quiet.logBytes * use.runs),
})

const runsADay = ({ Resources }: Template): Record<string, number> =>
  Object.fromEntries(
    Object.entries(Resources).flatMap(([id, { Type, Properties }]) => {
      if (Type !== 'AWS::Scheduler::Schedule') return []
      const [, minutes] = /^rate\((\d+) minutes\)$/.exec(String(Properties.ScheduleExpression)) ?? []
      const name = functionNames.find((one) => id.startsWith(one.replaceAll('-', '')))
      if (!minutes || !name) throw new Error(`${id} runs ${Properties.ScheduleExpression}, which nobody counts`)
      return [[name, (24 * 60) / Number(minutes)]]
    }),
  )

/** AWS bills an alarm for each metric that it watches. */
const alarmMetrics = ({ Resources }: Template): number =>
  Object.values(Resources)
    .filter(({ Type }) => Type === 'AWS::CloudWatch::Alarm')
    .map(({ Properties: { Metrics } }) =>
      Array.isArray(Metrics) ? Metrics.filter((one) => 'MetricStat' in one).length : 1,
    )
    .reduce((sum, some) => sum + some, 0)

/** `dev` is walked through; what stands in the account is counted in `prod`. */
export const measure = async ({ dev, prod }: { dev: string; prod: string }): Promise<Measured> => {
  const template = templateIn(prod, 'prod')
  const count = (type: string): number => Object.values(template.Resources).filter(({ Type }) => Type === type).length
  const ofQueues = Object.values(template.Resources).filter(
    ({ Type, Properties }) =>
      Type === 'AWS::Lambda::EventSourceMapping' && /queue/.test(JSON.stringify(Properties.EventSourceArn)),
  )

  const quiet = await walked(dev, (traveller) => traveller.move({ advance: 'P1D' }))
  const byTheClock = divideEach(quiet.functions)
  // It only looks whether a walk is under way; the walks themselves are counted as requests.
  if (runsADay(template).canary) byTheClock.canary = { runs: 1, reads: 1, writes: 0, logBytes: 400 }
  const request = withoutClock(await walked(dev, aRequest), byTheClock)
  const many = await walked(dev, aSeries)
  const pick = many.functions['pick-tips']
  const [idle] = [byTheClock['pick-tips']]
  if (!pick || !idle) throw new Error('Nobody has looked for tips')
  return {
    stack: {
      alarms: alarmMetrics(template),
      dashboards: count('AWS::CloudWatch::Dashboard'),
      metrics: metrics.length,
      polledQueues: ofQueues.length,
      memoryMb: Object.fromEntries(functionsOf(template).map(([name, { MemorySize }]) => [name, Number(MemorySize)])),
      runsADay: runsADay(template),
      keptDays: {
        requests: Math.ceil((Date.parse(requestEnds) - Date.parse(begins)) / DAY) + stages.prod.retention.idleDays,
        logs: stages.prod.cloud.logRetentionDays,
      },
    },
    request,
    series: {
      mails: many.mails / READERS,
      functions: divideAll({ ...withoutClock(many, byTheClock).functions, 'pick-tips': beyond(pick, idle) }, READERS),
      storedBytes: Math.round(many.storedBytes / READERS),
    },
    byTheClock,
  }
}

const divideEach = (functions: Use['functions']): Use['functions'] =>
  Object.fromEntries(Object.entries(functions).map(([name, use]) => [name, divided(use, use.runs)]))

/** What is counted, and no weather changes. */
const isExact = (path: string): boolean => path.startsWith('stack.') || /(^|\.)mails$/.test(path)

/**
 * Numbers of the first that are not those of the second, by their path: of what stands in the stack and of mails each one, of the
 * rest what is more than a tenth, and than half a one.
 */
export const differences = (found: unknown, recorded: unknown, path = ''): string[] => {
  if (typeof found === 'number' && typeof recorded === 'number') {
    const isNear = isExact(path) ? found === recorded : Math.abs(found - recorded) <= Math.max(0.5, recorded * 0.1)
    return isNear ? [] : [`${path} is ${found}, not ${recorded}`]
  }
  const of = (value: unknown): Record<string, unknown> =>
    typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  const names = new Set([...Object.keys(of(found)), ...Object.keys(of(recorded))])
  if (names.size === 0) return [`${path} is ${found}, not ${recorded}`]
  return [...names].flatMap((name) => differences(of(found)[name], of(recorded)[name], path ? `${path}.${name}` : name))
}
