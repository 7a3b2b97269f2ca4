import { replanChanged } from '../../ops/replan.ts'
import { toInstant } from '../../shared/calendar.ts'
import type { Handler } from './lambda.ts'
import type { World } from './world.ts'

const MINUTE = 60_000
const HOUR = 60 * MINUTE

/** Who comes when an alarm has rung: what lies with the dead letters is done after all; `false` when there is nothing. */
export const openRedrive = (world: World) => {
  const { lambda, timeline, counts } = world
  const operate = (what: string, work: () => Promise<unknown>): void =>
    void lambda.start('operator', work as Handler, {}, HOUR, () => timeline.say(`operator: ${what}`))

  return (): boolean => {
    const letters = world.queues.mail.dead.splice(0)
    const tips = world.queues.tips.dead.splice(0)
    const rings = world.alarms.dead.splice(0)
    const events = world.mail.dead.splice(0)
    const records = world.stream.dead.splice(0)
    for (const { body } of letters) world.queues.mail.put(body)
    for (const { body } of tips) world.queues.tips.put(body)
    for (const body of rings) world.queues.mail.put(body)
    for (const event of events) world.mail.handOver(event, 0)
    const [first] = records.map(({ madeAt }) => madeAt).sort((a, b) => a - b)
    if (first !== undefined) {
      const now = () => toInstant(world.now())
      const window = { since: toInstant(first - MINUTE), until: now() }
      operate('plans anew what changed', () => replanChanged([window], now))
    }
    const all = [letters, tips, rings, events, records].reduce((sum, some) => sum + some.length, 0)
    counts.set('dead letters', (counts.get('dead letters') ?? 0) + all)
    return all > 0
  }
}
