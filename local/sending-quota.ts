import type { Clock } from './clock.ts'
import type { Mailbox } from './mail.ts'

/** How many recipients an account may write to in 24 hours, -1: any number; and in a second. */
export type Quota = { max24HourSend: number; maxSendRate: number }

/** The account's quota, and how much of it the last 24 hours of the local cloud's clock have used. */
export type SendingQuota = {
  quota: () => Quota
  set: (quota: Partial<Quota>) => void
  used: () => number
  /** How many recipients there is still room for. */
  left: () => number
  /** So many are about to be kept. */
  note: (recipients: number) => void
}

const dayMs = 86_400_000

export const openSendingQuota = (mailbox: Mailbox, clock: Clock): SendingQuota => {
  let quota: Quota = { max24HourSend: 50_000, maxSendRate: 200 }
  /** The moments of the last day at which something was sent, the oldest first, from `first` on. */
  let moments: { at: number; recipients: number }[] | undefined
  let first = 0
  let sum = 0

  const known = () => {
    if (moments) return moments
    const since = new Date(clock.now() - dayMs).toISOString()
    moments = mailbox.moments(since).map(({ at, recipients }) => ({ at: Date.parse(at), recipients }))
    for (const { recipients } of moments) sum += recipients
    return moments
  }
  const used = (): number => {
    const all = known()
    const since = clock.now() - dayMs
    for (let oldest = all[first]; oldest && oldest.at <= since; oldest = all[first]) {
      sum -= oldest.recipients
      first += 1
    }
    if (first > 1000 && first * 2 > all.length) {
      all.splice(0, first)
      first = 0
    }
    return sum
  }

  return {
    quota: () => quota,
    set: (changed) => {
      quota = { ...quota, ...changed }
    },
    used,
    left: () => (quota.max24HourSend < 0 ? Number.POSITIVE_INFINITY : Math.max(0, quota.max24HourSend - used())),
    note: (recipients) => {
      const all = known()
      const at = clock.now()
      const newest = all.at(-1)
      if (newest?.at === at) newest.recipients += recipients
      else all.push({ at, recipients })
      sum += recipients
    },
  }
}
