import * as editions from '../aws/editions.ts'
import { library } from '../tips/library.ts'
import { type Part, partsFor, type Series } from '../tips/series.ts'
import type { Subscription } from '../tips/subscription.ts'

/** The series of that name as this build has it. */
export const seriesNamed = (id: string): Series | undefined => library.find((series) => series.id === id)

/** The parts for this reader: those of the edition she began with, and what was added since. */
export const partsOf = async ({ series, edition }: Pick<Subscription, 'series' | 'edition'>): Promise<Part[]> => {
  const current = seriesNamed(series)
  const pinned = await editions.partsOf(series, edition, current)
  return partsFor(pinned, current?.parts ?? [])
}
