import type { Instant } from '../request.ts'
import { dueAfter, localDay } from './rhythm.ts'
import { nextPart, type Part, passedWith } from './series.ts'
import { hadPart, type Subscription } from './subscription.ts'

/**
 * She has had this part, or it is let go of: what comes next for her, and when, or the end. `endsAt`, in seconds since
 * 1970, is when a subscription that comes to its end is deleted.
 */
export const having = (
  present: Subscription,
  {
    part,
    parts,
    outcome,
    now,
    endsAt,
  }: {
    part: Part
    parts: readonly Part[]
    outcome: { messageId: string; at: Instant } | 'failed'
    now: Instant
    endsAt: number
  },
): Subscription => {
  const passed = passedWith(parts, present, part)
  const next = nextPart(parts, { ...present, had: [...present.had, part.id], passed })
  const due = next.part && {
    next: next.part.id,
    ...dueAfter(present, present.dueOn ?? localDay(now, present), next.part.delay, now),
  }
  // Not `next.passed`: a part that she was passed over for waits in there until she has had it.
  return hadPart(present, part.id, { now, due, passed, outcome, expiresAt: endsAt })
}
