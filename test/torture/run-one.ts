import { replanChanged } from '../../ops/replan.ts'
import * as editions from '../../shared/aws/editions.ts'
import { toInstant } from '../../shared/calendar.ts'
import { library } from '../../shared/tips/library.ts'
import { chanceOf, seedSecrets } from './chance.ts'
import type { OnlyFault } from './faults.ts'
import { atWork, closeGate, type Invocation } from './gate.ts'
import { watchInvariants } from './invariants.ts'
import { type Handler, setClock } from './lambda.ts'
import { limits } from './limits.ts'
import { openSeeker } from './seeker.ts'
import type { Database } from './table.ts'
import { type FunctionName, openWorld, type World } from './world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** After so many steps nothing goes wrong any more: what fails nine times of ten for months is not looked at. */
const ENOUGH_STEPS = 15_000
/** More than this and the run goes round in circles. */
const MOST_STEPS = 60_000
/** `reconcile` leaves a mail that is due alone for so long (`functions/reconcile.ts`). */
const PATIENCE = 2 * MINUTE
/** What expires later than this after the start is left: the end of a run is looked at, not the end of all. */
const EXPIRES_WITHIN = 60 * DAY

let world: World | undefined
// Before the first run: nothing is there, and all goes well.
closeGate((call) => (world ? world.pass(call) : Promise.resolve({})))
let secrets = chanceOf(0, 'secrets')
seedSecrets(() => secrets)

const nobody: Invocation = { name: 'nobody', fn: '', skew: 0, startedAt: 0, over: false, waiting: new Set() }
// What a process remembers is the same for all runs: which words of the series are kept.
await atWork.run(nobody, async () => {
  for (const series of library) await editions.keep(series)
})

export type Outcome = {
  seed: number
  hash: string
  steps: number
  /** To services outside. */
  calls: number
  counts: Map<string, number>
  violations: readonly string[]
  lines: readonly string[]
}

type Setting = {
  database: Database
  handlers: Record<FunctionName, Handler>
  /** Else as chance has it. */
  only?: OnlyFault
}

/** One small world from its beginning until all has come to rest. */
export const runOne = async (seed: number, { database, handlers, only }: Setting): Promise<Outcome> => {
  const story = chanceOf(seed, 'beginning')
  const startsAt = Date.parse('2026-11-23T14:00:00Z') + story.below(365) * DAY + story.below(DAY)
  const here = openWorld({ seed, startsAt, database, handlers, only })
  world = here
  secrets = here.chance.secrets
  setClock(startsAt)
  const { agenda, table, faults, timeline, lambda } = here
  const invariants = watchInvariants(here)

  const seekers = Array.from({ length: 1 + story.below(2) }, (_, index) => openSeeker(here, index + 1))
  here.onTaken = (taken, call) => {
    invariants.taken(taken, call)
    for (const seeker of seekers) seeker.read(taken)
  }
  here.onStart = (fn) => {
    if (fn === 'send-mail' && here.chance.story.is(0.15)) here.chance.story.pick(seekers).interrupt()
  }
  for (const seeker of seekers) agenda.add(startsAt + story.below(10 * MINUTE), 'seeker', seeker.begin)
  agenda.add(startsAt + story.spread(HOUR, 200 * DAY), 'calm', () => {
    faults.end()
    timeline.say('from now on nothing goes wrong')
  })

  let lastTick = startsAt
  let lastPick = startsAt
  let firstTip: number | undefined
  let dueChanged = true
  let firstDue: number | undefined
  const { onChange } = here
  here.onChange = (change, call) => {
    onChange(change, call)
    dueChanged ||= Boolean(change.before?.due ?? change.after?.due)
    const expires = Number(change.after?.expiresAt?.N ?? 0) * 1000
    if (
      (change.sk === 'REQUEST' || change.sk.startsWith('SERIES#')) &&
      expires &&
      expires < startsAt + EXPIRES_WITHIN &&
      change.after
    )
      agenda.add(expires + here.chance.delivery.spread(MINUTE, 2 * DAY), 'expiry', () => expire(change.pk, change.sk))
  }
  /** DynamoDB deletes what has expired, some time after. */
  const expire = async (pk: string, sk: string): Promise<void> => {
    const expires = Number(table.items.get(`${pk} ${sk}`)?.expiresAt?.N ?? Number.POSITIVE_INFINITY) * 1000
    if (expires > here.now()) return
    timeline.say(`${pk} has expired and is deleted`)
    const { changes } = await table.perform('DeleteItem', {
      TableName: 'requests',
      Key: { pk: { S: pk }, sk: { S: sk } },
    })
    for (const change of changes) {
      here.onChange(change, { by: nobody, service: 'dynamodb', operation: 'DeleteItem', input: {}, cancelled: false })
      here.stream.tell(change)
    }
  }

  const lookForDue = (): void => {
    if (!dueChanged) return
    dueChanged = false
    const first = (kind: string): number | undefined => {
      const times = [...table.items.values()].filter(({ due }) => due?.S?.startsWith(kind)).map(({ dueAt }) => dueAt?.S)
      return times.length > 0 ? Math.min(...times.map((at = '') => Date.parse(at))) : undefined
    }
    firstDue = first('mail#')
    firstTip = first('tips#')
  }
  const tickAfter = (due: number, last: number, every: number): number =>
    Math.max(Math.ceil(due / every) * every, (Math.floor(last / every) + 1) * every)
  /** The next times at which `reconcile` and `pick-tips` find something: at all others they would look at an empty index. */
  const addTicks = (): void => {
    lookForDue()
    const nextAt = agenda.nextAt() ?? Number.POSITIVE_INFINITY
    const tick = firstDue === undefined ? undefined : tickAfter(firstDue + PATIENCE, lastTick, limits.reconcile.every)
    if (tick !== undefined && tick < nextAt) {
      lastTick = tick
      agenda.add(tick, 'reconcile', () => {
        if (!faults.strike('reconcile left out')) reconcile(0)
      })
    }
    const pick = firstTip === undefined ? undefined : tickAfter(firstTip, lastPick, limits.pickTips.every)
    if (pick !== undefined && pick < nextAt) {
      lastPick = pick
      agenda.add(pick, 'pick-tips', () => {
        if (!faults.strike('pick-tips left out')) here.invoke('pick-tips', {}, () => undefined)
      })
    }
  }
  const reconcile = (tries: number): void =>
    here.invoke('reconcile', {}, (ending) => {
      if (!('answer' in ending) && tries < limits.reconcile.retries)
        agenda.add(here.now() + MINUTE, 'reconcile again', () => reconcile(tries + 1))
    })

  const operate = (what: string, work: () => Promise<unknown>): void =>
    void lambda.start('operator', work as Handler, {}, HOUR, () => timeline.say(`operator: ${what}`))
  /** What lies with the dead letters is done after all; `false` when there is nothing. */
  const redrive = (): boolean => {
    const letters = here.queues.mail.dead.splice(0)
    const tips = here.queues.tips.dead.splice(0)
    const rings = here.alarms.dead.splice(0)
    const events = here.mail.dead.splice(0)
    const records = here.stream.dead.splice(0)
    for (const { body } of letters) here.queues.mail.put(body)
    for (const { body } of tips) here.queues.tips.put(body)
    for (const body of rings) here.queues.mail.put(body)
    for (const event of events) here.mail.handOver(event, 0)
    const [first] = records.map(({ madeAt }) => madeAt).sort((a, b) => a - b)
    const since = toInstant((first ?? 0) - MINUTE)
    if (first !== undefined)
      operate('plans anew what changed', () =>
        replanChanged([{ since, until: toInstant(here.now()) }], toInstant(here.now())),
      )
    const all = [letters, tips, rings, events, records].reduce((sum, some) => sum + some.length, 0)
    here.counts.set('dead letters', (here.counts.get('dead letters') ?? 0) + all)
    return all > 0
  }

  let steps = 0
  for (; steps < MOST_STEPS; steps += 1) {
    if (steps === ENOUGH_STEPS) faults.end()
    addTicks()
    const entry = agenda.take()
    if (entry) await entry.work()
    else if (!faults.over) faults.end()
    else if (!redrive()) break
  }
  const violations = [...invariants.violations]
  if (steps === MOST_STEPS) violations.push('It does not come to rest')
  else {
    invariants.atRest()
    violations.splice(0, violations.length, ...invariants.violations, ...(await mirrorOf(here, database)))
  }
  await database.clear()
  world = undefined
  return {
    seed,
    hash: timeline.hash(),
    steps,
    calls: faults.calls,
    counts: here.counts,
    violations,
    lines: timeline.lines,
  }
}

/** That we have seen every change: what the database holds is what we believe it does. */
const mirrorOf = async ({ table }: World, database: Database): Promise<string[]> => {
  const { Items = [] } = (await database.call('Scan', { TableName: 'requests' })) as {
    Items?: Record<string, { S?: string }>[]
  }
  const names = new Set(Items.map(({ pk, sk }) => `${pk?.S} ${sk?.S}`))
  return [...names].sort().join() === [...table.items.keys()].sort().join()
    ? []
    : ['The simulator has lost sight of the table']
}
