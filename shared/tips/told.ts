import type { Instant, LocalDate, State } from '../request.ts'
import { begin } from './enrolment.ts'
import type { Part } from './series.ts'
import { after, type Subscription } from './subscription.ts'

const sameList = (a: readonly string[] = [], b: readonly string[]): boolean => a.join() === b.join()

/** A subscription once it knows the days of workflow mail, and how far her requests have come; nothing when it knew. */
export const told = (
  seen: Subscription,
  news: { mailDays: LocalDate[]; reached: State[] },
  parts: readonly Part[],
  now: Instant,
): Subscription | undefined => {
  const reached = [...new Set([...(seen.reached ?? []), ...news.reached])]
  if (sameList(seen.mailDays, news.mailDays) && sameList(seen.reached, reached)) return undefined
  const { mailDays: _days, reached: _reached, ...rest } = seen
  const next: Subscription = {
    ...rest,
    ...(news.mailDays.length > 0 ? { mailDays: news.mailDays } : {}),
    ...(reached.length > 0 ? { reached } : {}),
  }
  const { due, passed } = begin(next, parts, now)
  const recalled = due && after({ ...next, passed }, 'recalled', { now, due })
  return recalled || { ...next, version: seen.version + 1 }
}
