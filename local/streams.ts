import type { Clock } from './clock.ts'
import type { Database } from './database.ts'
import { itemId } from './expiry.ts'
import type { Functions } from './functions.ts'
import { type Loop, loopOf } from './loop.ts'
import { matches } from './pattern.ts'
import type { Queues } from './queues.ts'
import type { Store } from './store.ts'
import { type Fn, region, type StreamMapping } from './template.ts'

/** Reads the stream of a table and hands its records to a function, as a Lambda event source mapping does. */
export type StreamReaders = {
  loops: Loop[]
  nextMoment: () => number | undefined
  /**
   * Of each function that reads a stream: since when the oldest record waits that was read for it, whether more may be
   * there that was not, and the last batches that it was given, with how old they were then.
   */
  waiting: () => (Progress & { fn: string; since: number | undefined })[]
}
type Progress = { isAtEnd: boolean; given: { at: number; ageSeconds: number }[] }

export type Item = Record<string, { S?: string; N?: string }>
export type StreamRecord = {
  eventID: string
  eventName: string
  userIdentity?: unknown
  dynamodb: {
    SequenceNumber: string
    Keys: Item
    NewImage?: Item
    OldImage?: Item
    ApproximateCreationDateTime?: number
  }
}
/** Records `first` to `last`, both included, as one try: a whole batch, or a part that bisecting or a failure left. */
type Batch = { first: number; last: number; attempts: number; retryAt: number; arrivedAt: number }
type State = { after: number; batches: Batch[] }
const mostGiven = 100

type Options = {
  mappings: StreamMapping[]
  functions: Fn[]
  lambda: Functions
  database: Database
  store: Store
  clock: Clock
  queues: Queues
  /** Goes up when something may have been written since it was asked last. */
  changes: () => number
  /** Records of a table were read, matching or not; each mapping reads them. */
  onRecords: (table: string, records: StreamRecord[]) => void
  onWork: () => void
  report: (error: Error) => void
}

/** So many are read at a time, however few a function takes: most of them may be for nobody. */
const pageSize = 250
const retryAfterMs = (attempts: number): number => Math.min(1000 * 2 ** (attempts - 1), 60_000)
const sequence = (record: StreamRecord): number => Number(record.dynamodb.SequenceNumber)

export const openStreamReaders = async (options: Options): Promise<StreamReaders> => {
  const { mappings, database, store } = options
  const states = new Map<string, State>()
  const keep = (id: string): void => {
    store.run('INSERT OR REPLACE INTO streams VALUES (?, ?)', id, JSON.stringify(states.get(id)))
  }
  const shards = await shardsOf(database, [...new Set(mappings.map(({ table }) => table))])
  const loops: Loop[] = []
  const readers: { fn: string; state: State; progress: Progress }[] = []
  for (const mapping of mappings) {
    const shard = shards.get(mapping.table)
    if (!shard) throw new Error(`table ${mapping.table} has no stream`)
    const kept = store.first<{ state: string }>('SELECT state FROM streams WHERE mapping = ?', mapping.id)
    const begin = async (): Promise<State> => ({
      after: mapping.fromStart ? 0 : await newestIn(shard, database),
      batches: [],
    })
    const state: State = kept ? JSON.parse(kept.state) : await begin()
    states.set(mapping.id, state)
    keep(mapping.id)
    const progress: Progress = { isAtEnd: false, given: [] }
    readers.push({ fn: mapping.fn, state, progress })
    const work = stepsOf(mapping, state, shard, progress, () => keep(mapping.id), options)
    loops.push(loopOf(work, options.report))
  }
  return {
    loops,
    nextMoment: () => {
      const due = mappings
        .filter(({ fn }) => !options.lambda.isThrottled(fn))
        .flatMap(({ id }) => states.get(id)?.batches.slice(0, 1) ?? [])
        .map(({ retryAt }) => retryAt)
      return due.length > 0 ? Math.min(...due) : undefined
    },
    waiting: () => readers.map(({ fn, state, progress }) => ({ fn, since: state.batches[0]?.arrivedAt, ...progress })),
  }
}

type Shard = { streamArn: string; id: string }

const shardsOf = async (database: Database, tables: string[]): Promise<Map<string, Shard>> => {
  type Description = { StreamDescription: { Shards: { ShardId: string }[] } }
  const { Streams } = await database.call<{ Streams: { StreamArn: string; TableName: string }[] }>('ListStreams', {})
  const shards = new Map<string, Shard>()
  for (const table of tables) {
    const stream = Streams.find(({ TableName }) => TableName === table)
    if (!stream) continue
    const { StreamDescription } = await database.call<Description>('DescribeStream', { StreamArn: stream.StreamArn })
    const [shard] = StreamDescription.Shards
    if (!shard) continue
    shards.set(table, { streamArn: stream.StreamArn, id: shard.ShardId })
  }
  return shards
}

type Page = { Records: StreamRecord[]; NextShardIterator?: string }

/** The newest record there is. Read, because the range in the description of the shard compares numbers as text. */
const newestIn = async (shard: Shard, database: Database): Promise<number> => {
  let newest = 0
  let { ShardIterator } = await database.call<{ ShardIterator?: string }>('GetShardIterator', {
    StreamArn: shard.streamArn,
    ShardId: shard.id,
    ShardIteratorType: 'TRIM_HORIZON',
  })
  while (ShardIterator !== undefined) {
    const { Records, NextShardIterator }: Page = await database.call<Page>('GetRecords', { ShardIterator })
    const last = Records.at(-1)
    if (!last) break
    newest = sequence(last)
    ShardIterator = NextShardIterator
  }
  return newest
}

const stepsOf = (
  mapping: StreamMapping,
  state: State,
  shard: Shard,
  progress: Progress,
  keep: () => void,
  options: Options,
): (() => Promise<boolean>) => {
  const { functions, lambda, database, store, clock, queues, changes, onRecords, onWork } = options
  const fn = functions.find(({ name }) => name === mapping.fn)
  /** What was read last. What of it comes after `state.after` is next. */
  let recent: StreamRecord[] = []
  /** Nothing was there when `changes` said this. */
  let emptyAt: number | undefined
  let place: { after: number; iterator: string } | undefined

  const read = async (after: number): Promise<StreamRecord[]> => {
    const from = place
    // Whatever goes wrong below, the next read asks for its place anew.
    place = undefined
    let iterator = from?.after === after ? from.iterator : undefined
    if (iterator === undefined) {
      const asked = await database.call<{ ShardIterator: string }>('GetShardIterator', {
        StreamArn: shard.streamArn,
        ShardId: shard.id,
        ...(after > 0
          ? { ShardIteratorType: 'AFTER_SEQUENCE_NUMBER', SequenceNumber: String(after) }
          : { ShardIteratorType: 'TRIM_HORIZON' }),
      })
      iterator = asked.ShardIterator
    }
    const { Records, NextShardIterator } = await database.call<Page>('GetRecords', {
      ShardIterator: iterator,
      Limit: pageSize,
    })
    const last = Records.at(-1)
    place = NextShardIterator ? { after: last ? sequence(last) : after, iterator: NextShardIterator } : undefined
    if (last) onRecords(mapping.table, Records)
    return Records
  }

  /** From memory when this process read them, else from the stream. */
  const recordsOf = async ({ first, last }: Batch): Promise<StreamRecord[]> => {
    const known =
      recent.some((record) => sequence(record) === first) && recent.some((record) => sequence(record) === last)
    if (!known) recent = await read(first - 1)
    return recent.filter((record) => sequence(record) >= first && sequence(record) <= last)
  }

  const asEvent = (record: StreamRecord, arrivedAt: number) => ({
    ...record,
    awsRegion: region,
    eventSourceARN: mapping.streamArn,
    dynamodb: { ...record.dynamodb, ApproximateCreationDateTime: Math.floor(arrivedAt / 1000) },
    ...(record.eventName === 'REMOVE' &&
      wasExpired(store, mapping.table, record.dynamodb.Keys) && {
        userIdentity: { type: 'Service', principalId: 'dynamodb.amazonaws.com' },
      }),
  })

  const done = (batch: Batch): void => {
    state.after = batch.last
    state.batches.shift()
    keep()
  }

  const discard = (batch: Batch, condition: string, size: number): void => {
    store.together(() => {
      const queue = mapping.onFailure && queues.byArn(mapping.onFailure)
      if (queue) {
        // Only where the records are, not what they say: as on AWS, whoever wants them reads the stream again.
        const arrival = new Date(batch.arrivedAt).toISOString()
        queues.send(
          queue.name,
          JSON.stringify({
            requestContext: {
              requestId: crypto.randomUUID(),
              functionArn: fn?.arn,
              condition,
              approximateInvokeCount: batch.attempts,
            },
            responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
            version: '1.0',
            timestamp: clock.iso(),
            DDBStreamBatchInfo: {
              shardId: shard.id,
              startSequenceNumber: String(batch.first),
              endSequenceNumber: String(batch.last),
              approximateArrivalOfFirstRecord: arrival,
              approximateArrivalOfLastRecord: arrival,
              batchSize: size,
              streamArn: mapping.streamArn,
            },
          }),
        )
      }
      done(batch)
    })
  }

  /** What failed, from `from` on, is tried again: in two halves when the mapping bisects, and as one otherwise. */
  const tryAgain = (batch: Batch, matching: StreamRecord[], from: number): void => {
    const rest = matching.filter((record) => sequence(record) >= from)
    const progressed = rest.length < matching.length
    const middle = rest[Math.ceil(rest.length / 2)]
    if (progressed) state.after = from - 1
    if (mapping.bisects && !progressed && middle) {
      // Splitting does not count as a retry.
      const half = { ...batch, retryAt: clock.now() }
      state.batches.splice(
        0,
        1,
        { ...half, first: from, last: sequence(middle) - 1 },
        { ...half, first: sequence(middle) },
      )
    } else {
      const attempts = progressed ? 1 : batch.attempts + 1
      state.batches[0] = { ...batch, first: from, attempts, retryAt: clock.now() + retryAfterMs(attempts) }
    }
    keep()
  }

  /** Records that have not been looked at: the rest of what was read, or a new page; none when there is nothing new. */
  const unseen = async (): Promise<StreamRecord[]> => {
    const rest = recent.findIndex((record) => sequence(record) > state.after)
    if (rest >= 0) return rest === 0 ? recent : recent.slice(rest)
    const asked = changes()
    if (asked === emptyAt) return []
    recent = await read(state.after)
    progress.isAtEnd = recent.length === 0
    if (progress.isAtEnd) emptyAt = asked
    return recent
  }

  return async () => {
    if (state.batches.length === 0) {
      const records = await unseen()
      const last = records.at(-1)
      if (!last) return false
      onWork()
      const arrivedAt = clock.now()
      const wanted: StreamRecord[] = []
      for (const record of records) {
        if (isWanted(mapping, asEvent(record, arrivedAt))) wanted.push(record)
        if (wanted.length === mapping.batchSize) break
      }
      const [first, final] = [wanted[0], wanted.at(-1)]
      if (first && final)
        state.batches = [{ first: sequence(first), last: sequence(final), attempts: 0, retryAt: arrivedAt, arrivedAt }]
      // The usual case: nothing in here is for this function.
      else state.after = sequence(last)
      keep()
      if (!first) return true
    }
    const batch = state.batches[0]
    if (!batch || batch.retryAt > clock.now() || lambda.isThrottled(mapping.fn)) return false
    onWork()
    const matching = (await recordsOf(batch))
      .map((record) => asEvent(record, batch.arrivedAt))
      .filter((record) => isWanted(mapping, record))
    if (matching.length === 0) {
      done(batch)
      return true
    }
    if (mapping.maxAgeMs >= 0 && clock.now() - batch.arrivedAt > mapping.maxAgeMs) {
      discard(batch, 'RecordAgeExceeded', matching.length)
      return true
    }
    progress.given.push({ at: clock.now(), ageSeconds: Math.round((clock.now() - batch.arrivedAt) / 1000) })
    if (progress.given.length > mostGiven) progress.given.shift()
    const outcome = await lambda.invoke(mapping.fn, { Records: matching })
    const failedFrom = outcome.ok
      ? firstFailure(mapping, matching, outcome.result)
      : sequence(matching[0] as StreamRecord)
    if (failedFrom === undefined) done(batch)
    else {
      const only = matching.filter((record) => sequence(record) >= failedFrom).length
      const spent = mapping.maxRetries >= 0 && batch.attempts >= mapping.maxRetries
      const canSplit = mapping.bisects && matching.length > 1
      const stuck = only === matching.length
      if (stuck && spent && !canSplit)
        discard({ ...batch, attempts: batch.attempts + 1 }, 'RetryAttemptsExhausted', matching.length)
      else tryAgain(batch, matching, failedFrom)
    }
    return true
  }
}

const isWanted = (mapping: StreamMapping, record: unknown): boolean =>
  mapping.filters.length === 0 || mapping.filters.some((filter) => matches(filter, record))

/** The lowest record that the function reports as failed; all of them when its answer makes no sense. */
const firstFailure = (mapping: StreamMapping, records: StreamRecord[], result: unknown): number | undefined => {
  if (!mapping.reportsItemFailures) return undefined
  const failures = (result as { batchItemFailures?: { itemIdentifier?: unknown }[] | null } | null)?.batchItemFailures
  if (!failures || failures.length === 0) return undefined
  const known = new Set(records.map((record) => record.dynamodb.SequenceNumber))
  const failed = failures.map(({ itemIdentifier }) => itemIdentifier)
  if (!failed.every((one) => typeof one === 'string' && known.has(one))) return sequence(records[0] as StreamRecord)
  return Math.min(...failed.map(Number))
}

const wasExpired = (store: Store, table: string, keys: Item): boolean =>
  store.first('SELECT 1 FROM expiries WHERE tbl = ? AND item = ?', table, itemId(keys)) !== undefined
