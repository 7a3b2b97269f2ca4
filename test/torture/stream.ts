import type { DynamoDBRecord } from 'aws-lambda'
import { matches, type Pattern } from '../../local/pattern.ts'
import type { Ending } from './lambda.ts'
import { limits, streamFilters } from './limits.ts'
import { type Change, nameOf } from './table.ts'
import type { World } from './world.ts'

const { batchSize, retries, lanes: LANES, maxRecordAge } = limits.stream

type Held = { record: DynamoDBRecord; at: number; madeAt: number; tries: number }

/**
 * The stream of the table and its event source: the changes of one partition in their order, at least once; a batch that
 * failed comes again from the first that did, halved when the function died; what goes on failing is put aside.
 */
export const openStream = (world: World) => {
  const { agenda, chance, faults, timeline } = world
  const lanes = Array.from({ length: LANES }, () => ({ held: [] as Held[], busy: false, lastAt: 0 }))
  const dead: Held[] = []
  let sequence = 0
  // A run with few lanes has records of several requests in one batch.
  const used = chance.delivery.pick([1, 2, LANES])

  const laneOf = (pk: string) => {
    let sum = 0
    for (const letter of pk) sum = (sum * 31 + letter.charCodeAt(0)) % 65_521
    return lanes[sum % used]
  }

  const poll = (lane: (typeof lanes)[number], most: number): void => {
    if (lane.busy) return
    const batch = lane.held.filter(({ at }) => at <= world.now()).slice(0, most)
    const first = batch[0]
    if (!first) return
    if (first.tries > retries || world.now() - first.madeAt > maxRecordAge) {
      lane.held.shift()
      dead.push(first)
      timeline.say(`stream: ${keysOf(first.record)} goes to the dead letters`)
      later(lane, 0)
      return
    }
    lane.busy = true
    const Records = batch.map(({ record }) => record)
    world.invoke('plan-mail', { Records }, (ending) => {
      lane.busy = false
      const done = doneOf(ending, batch)
      lane.held.splice(0, faults.strike('stream batch again') ? 0 : done)
      const failed = done < batch.length ? lane.held[0] : undefined
      if (failed && batch.includes(failed)) failed.tries += 1
      const isDead = !('answer' in ending)
      later(lane, failed ? chance.delivery.spread(200, 30_000) : 0, isDead ? Math.ceil(batch.length / 2) : batchSize)
    })
  }

  const later = (lane: (typeof lanes)[number], delay: number, most: number = batchSize): void => {
    const next = lane.held[0]
    if (next) agenda.add(Math.max(world.now() + delay, next.at), 'stream', () => poll(lane, most))
  }

  return {
    dead,
    tell: (change: Change): void => {
      const { pk, sk, before, after } = change
      const lane = laneOf(pk)
      if (!lane || (!before && !after)) return
      sequence += 1
      const record = {
        eventID: String(sequence),
        eventName: !before ? 'INSERT' : after ? 'MODIFY' : 'REMOVE',
        eventSource: 'aws:dynamodb',
        dynamodb: {
          Keys: { pk: { S: pk }, sk: { S: sk } },
          ...(before ? { OldImage: before } : {}),
          ...(after ? { NewImage: after } : {}),
          SequenceNumber: String(sequence),
        },
      } as DynamoDBRecord
      if (!streamFilters.some((pattern) => matches(pattern as Pattern, record))) return
      const delay = faults.strike('stream record late') ? chance.delivery.spread(1000, 2 * 3_600_000) : 20
      lane.lastAt = Math.max(lane.lastAt, world.now() + delay)
      lane.held.push({ record, at: lane.lastAt, madeAt: world.now(), tries: 0 })
      later(lane, 0)
    },
    /** A change of this partition is still to be worked on, or lies with the dead letters. */
    tellsOf: (pk: string): boolean =>
      [...lanes.flatMap(({ held }) => held), ...dead].some(({ record }) => record.dynamodb?.Keys?.pk?.S === pk),
    left: (): string[] => lanes.flatMap(({ held }) => held.map(({ record }) => keysOf(record))),
  }
}

const keysOf = ({ dynamodb }: DynamoDBRecord): string =>
  nameOf({ pk: dynamodb?.Keys?.pk?.S ?? '', sk: dynamodb?.Keys?.sk?.S ?? '' })

/** How many records at the front of the batch are done with. */
const doneOf = (ending: Ending, batch: readonly Held[]): number => {
  if (!('answer' in ending)) return 0
  const { batchItemFailures } = ending.answer as { batchItemFailures: { itemIdentifier: string }[] }
  const first = batchItemFailures[0]?.itemIdentifier
  const index = batch.findIndex(({ record }) => record.dynamodb?.SequenceNumber === first)
  return first === undefined ? batch.length : Math.max(0, index)
}

export type Stream = ReturnType<typeof openStream>
