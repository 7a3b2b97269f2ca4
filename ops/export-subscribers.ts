import { createWriteStream, renameSync, rmSync } from 'node:fs'
import { Readable, type Writable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { stringify } from 'csv-stringify'
import { allSubscriptions } from '../shared/aws/all-subscriptions.ts'
import type { Instant } from '../shared/request.ts'
import type { SubscriptionState } from '../shared/tips/subscription.ts'
import { exported, writeRow } from './subscriber-columns.ts'

export type Export = {
  series?: string | undefined
  state?: SubscriptionState | undefined
  now: Instant
  /** A path, or a stream that stays open. */
  to: string | Writable
}

/**
 * Writes a row for each subscription, and answers how many there were. A file is there when it is whole, for its owner
 * alone, and with the mark by which Excel knows it for UTF-8.
 */
export const exportSubscribers = async ({ series, state, now, to }: Export): Promise<number> => {
  let count = 0
  async function* rows(): AsyncGenerator<string[]> {
    for await (const subscription of allSubscriptions({ series, state }, now)) {
      count += 1
      yield writeRow(subscription)
    }
  }
  const csv = (bom: boolean) => stringify({ header: true, columns: [...exported], bom })
  if (typeof to !== 'string') {
    await pipeline(Readable.from(rows()), csv(false), to, { end: false })
    return count
  }
  const part = `${to}.part`
  rmSync(part, { force: true })
  try {
    await pipeline(Readable.from(rows()), csv(true), createWriteStream(part, { mode: 0o600, flags: 'wx' }))
    renameSync(part, to)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
  return count
}
