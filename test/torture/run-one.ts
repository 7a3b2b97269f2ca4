import * as editions from '../../shared/aws/editions.ts'
import { library } from '../../shared/tips/library.ts'
import { chanceOf, seedSecrets } from './chance.ts'
import { openClockwork } from './clockwork.ts'
import type { OnlyFault } from './faults.ts'
import { atWork, closeGate, nobody } from './gate.ts'
import { watchInvariants } from './invariants.ts'
import { type Handler, setClock } from './lambda.ts'
import { openRedrive } from './operator.ts'
import { openSeeker } from './seeker.ts'
import type { Database } from './table.ts'
import { type FunctionName, openWorld, type World } from './world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR
/** After so many steps, for two seekers, nothing goes wrong any more: what fails nine times of ten for months is not looked at. */
const ENOUGH_STEPS = 15_000
/** More than this and the run goes round in circles. */
const MOST_STEPS = 60_000
let world: World | undefined
// Before the first run: nothing is there, and all goes well.
closeGate((call) => (world ? world.pass(call) : Promise.resolve({})))
let secrets = chanceOf(0, 'secrets')
seedSecrets(() => secrets)

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
  lines: () => readonly string[]
}

type Setting = {
  database: Database
  handlers: Record<FunctionName, Handler>
  /** Else as chance has it. */
  only?: OnlyFault
  /** How many live in this world; else one or two. */
  many?: number | undefined
  /** Without a timeline, and so without a hash. */
  silent?: boolean
}

/** One small world from its beginning until all has come to rest. */
export const runOne = async (
  seed: number,
  { database, handlers, only, many, silent = false }: Setting,
): Promise<Outcome> => {
  const story = chanceOf(seed, 'beginning')
  const startsAt = Date.parse('2026-11-23T14:00:00Z') + story.below(365) * DAY + story.below(DAY)
  const here = openWorld({ seed, startsAt, database, handlers, only, silent })
  world = here
  secrets = here.chance.secrets
  setClock(startsAt)
  const { agenda, faults, timeline } = here
  const invariants = watchInvariants(here)

  const few = 1 + story.below(2)
  const seekers = Array.from({ length: many ?? few }, (_, index) => openSeeker(here, index + 1))
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

  const clockwork = openClockwork(here)
  const redrive = openRedrive(here)

  const crowd = Math.max(2, seekers.length) / 2
  const [enough, most] = [ENOUGH_STEPS * crowd, MOST_STEPS * crowd]
  let steps = 0
  for (; steps < most; steps += 1) {
    if (steps === enough) faults.end()
    clockwork.addTicks()
    const entry = agenda.take()
    if (entry) await entry.work()
    else if (!faults.over) faults.end()
    else if (!redrive()) break
  }
  const violations = [...invariants.violations]
  if (steps === most) violations.push('It does not come to rest')
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
