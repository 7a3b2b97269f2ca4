import { nobody } from './gate.ts'
import { limits } from './limits.ts'
import type { World } from './world.ts'

const MINUTE = 60_000
const DAY = 24 * 60 * MINUTE
/** `reconcile` leaves a mail that is due alone for so long (`functions/reconcile.ts`). */
const PATIENCE = 2 * MINUTE
/** What expires later than this after the start is left in most runs: the end of a story is looked at, not the end of all. */
const EXPIRES_WITHIN = 60 * DAY

/** The first round from when something is due, after the last one. */
const tickAfter = (due: number, last: number, every: number): number =>
  Math.max(Math.ceil(due / every) * every, (Math.floor(last / every) + 1) * every)

/** What happens by the clock alone: the runs of `reconcile` and `pick-tips`, and the deletion of what has expired. */
export const openClockwork = (world: World) => {
  const { agenda, table, faults, timeline, chance } = world
  const startsAt = world.now()
  const lastsUntil = chance.delivery.is(0.2) ? Number.POSITIVE_INFINITY : startsAt + EXPIRES_WITHIN
  let lastTick = startsAt
  let lastPick = startsAt
  let dueChanged = true
  let firstMail: number | undefined
  let firstTip: number | undefined

  const { onChange } = world
  world.onChange = (change, call) => {
    onChange(change, call)
    const { pk, sk, before, after } = change
    dueChanged ||= before?.due?.S !== after?.due?.S || before?.dueAt?.S !== after?.dueAt?.S
    const expires = Number(after?.expiresAt?.N ?? 0) * 1000
    const isOurs = sk === 'REQUEST' || sk.startsWith('SERIES#')
    if (isOurs && expires && expires < lastsUntil)
      agenda.add(expires + chance.delivery.spread(MINUTE, 2 * DAY), 'expiry', () => expire(pk, sk))
  }

  /** DynamoDB deletes what has expired, some time after. */
  const expire = async (pk: string, sk: string): Promise<void> => {
    const expires = Number(table.items.get(`${pk} ${sk}`)?.expiresAt?.N ?? Number.POSITIVE_INFINITY) * 1000
    if (expires > world.now()) return
    timeline.say(`${pk} has expired and is deleted`)
    const Key = { pk: { S: pk }, sk: { S: sk } }
    const { changes } = await table.perform('DeleteItem', { TableName: 'requests', Key })
    for (const change of changes) {
      world.onChange(change, { by: nobody, service: 'dynamodb', operation: 'DeleteItem', input: {}, cancelled: false })
      world.stream.tell(change)
    }
  }

  const lookForDue = (): void => {
    if (!dueChanged) return
    dueChanged = false
    const first = (kind: string): number | undefined => {
      const times = [...table.items.values()].filter(({ due }) => due?.S?.startsWith(kind)).map(({ dueAt }) => dueAt?.S)
      return times.length > 0 ? Math.min(...times.map((at = '') => Date.parse(at))) : undefined
    }
    firstMail = first('mail#')
    firstTip = first('tips#')
  }

  const reconcile = (tries: number): void =>
    world.invoke('reconcile', {}, (ending) => {
      if (!('answer' in ending) && tries < limits.reconcile.retries)
        agenda.add(world.now() + MINUTE, 'reconcile again', () => reconcile(tries + 1))
    })

  /** The next times at which `reconcile` and `pick-tips` find something: at all others they would look at an empty index. */
  const addTicks = (): void => {
    lookForDue()
    const nextAt = agenda.nextAt() ?? Number.POSITIVE_INFINITY
    // What became due in the past is found by a round to come.
    const tickFor = (due: number | undefined, last: number, every: number): number | undefined =>
      due === undefined ? undefined : tickAfter(Math.max(due, world.now()), last, every)
    const tick = tickFor(firstMail && firstMail + PATIENCE, lastTick, limits.reconcile.every)
    if (tick !== undefined && tick < nextAt) {
      lastTick = tick
      agenda.add(tick, 'reconcile', () => {
        if (!faults.strike('reconcile left out')) reconcile(0)
      })
    }
    const pick = tickFor(firstTip, lastPick, limits.pickTips.every)
    if (pick !== undefined && pick < nextAt) {
      lastPick = pick
      agenda.add(pick, 'pick-tips', () => {
        if (!faults.strike('pick-tips left out')) world.invoke('pick-tips', {}, () => undefined)
      })
    }
  }

  return { addTicks }
}
