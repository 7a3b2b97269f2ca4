import { isDeepStrictEqual } from 'node:util'
import * as editions from '../aws/editions.ts'
import { library } from '../tips/library.ts'
import { type Part, partsFor, type Series } from '../tips/series.ts'
import type { Subscription } from '../tips/subscription.ts'

/** The series of that name as this build has it. */
export const seriesNamed = (id: string): Series | undefined => library.find((series) => series.id === id)

/** Put together once for each edition, not for each reader of it. */
const known = new WeakMap<readonly Part[], { current: readonly Part[]; parts: readonly Part[] }>()

/**
 * The parts for this reader: those of the edition she began with, and what was added since. A part that reads the same in
 * two editions is the same object, by which readers of both are sent to together.
 */
export const partsOf = async ({
  series,
  edition,
}: Pick<Subscription, 'series' | 'edition'>): Promise<readonly Part[]> => {
  const now = seriesNamed(series)
  const current = now?.parts ?? []
  const pinned = await editions.partsOf(series, edition, now)
  const found = known.get(pinned)
  if (found?.current === current) return found.parts
  const parts = partsFor(pinned, current).map(
    (part) => current.find((present) => present.id === part.id && isDeepStrictEqual(present, part)) ?? part,
  )
  known.set(pinned, { current, parts })
  return parts
}
