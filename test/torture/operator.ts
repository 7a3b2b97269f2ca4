import { windowOf } from '../../ops/dead-letters.ts'
import { replanChanged } from '../../ops/replan.ts'
import { toInstant } from '../../shared/calendar.ts'
import type { Instant } from '../../shared/request.ts'
import type { Handler } from './lambda.ts'
import type { World } from './world.ts'

const HOUR = 3_600_000

/** What Lambda writes of a batch of one that it has given up. */
const letterOf = (at: Instant): string =>
  JSON.stringify({
    DDBStreamBatchInfo: { approximateArrivalOfFirstRecord: at, approximateArrivalOfLastRecord: at, batchSize: 1 },
  })

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
    const now = () => toInstant(world.now())
    const windows = records.flatMap(({ madeAt }) => windowOf(letterOf(toInstant(madeAt))) ?? [])
    if (windows.length > 0) operate('plans anew what changed', () => replanChanged(windows, now))
    const all = [letters, tips, rings, events, records].reduce((sum, some) => sum + some.length, 0)
    counts.set('dead letters', (counts.get('dead letters') ?? 0) + all)
    return all > 0
  }
}
