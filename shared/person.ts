import { createHmac } from 'node:crypto'
import { toInstant, toMs } from './calendar.ts'
import type { Instant, LocalDate } from './request.ts'
import type { Stage } from './stage.ts'

export type Suppressed = 'bounce' | 'complaint' | 'asked'

/** Somebody with a mail address, known by a keyed hash of it. */
export type Person = {
  id: string
  verifiedAt?: Instant
  /** A permanent bounce, a complaint, or her own word: nothing is sent to this address any more. */
  suppressedAt?: Instant
  suppressedBecause?: Suppressed
  /** How often mail to this address was stopped: an undo takes back the word that it has read, and none that came since. */
  stops?: number
  /** The stops that she is taking back, where that was not seen to its end: what she left by one of them begins again. */
  undoing?: Instant[]
  /** She left the tips, or stopped all mail: nothing subscribes her again but a consent that is younger, or her taking it back. */
  tipsRefusedAt?: Instant
  /** She had the tips erased: the same, and there is nothing to take back. */
  tipsErasedAt?: Instant
  /** Transient bounces in a row. */
  softBounces?: number
  /** The message that bounced last. */
  softBounce?: string
  /** Of each series in this row, how many parts that reader had with the one that bounced last. */
  softPart?: Record<string, number>
  /** When confirmation mails went out: all of them until the address is confirmed, then those of the last day. Oldest first. */
  confirmations: Instant[]
  /** Requests whose confirmation was sent to this address. */
  requests: string[]
  /** Requests that were sent in while the address had had its confirmation mail: they can be confirmed with the next one. */
  held: string[]
  /** The last local day on which workflow mail went out. */
  lastMailOn?: LocalDate
  /** The day of her last tip, and its series. */
  lastTip?: string
}

/** Whether she has said no to tips since she consented to them. Pure. */
export const hasRefused = (
  { tipsRefusedAt = '', tipsErasedAt = '' }: Pick<Person, 'tipsRefusedAt' | 'tipsErasedAt'>,
  confirmedAt: Instant,
): boolean => tipsRefusedAt >= confirmedAt || tipsErasedAt >= confirmedAt

/** 128 bits of HMAC-SHA256 over the address in lower case. The key belongs to the stage. */
export const personId = (address: string, key: string): string =>
  createHmac('sha256', key).update(address.toLowerCase()).digest().subarray(0, 16).toString('base64url')

// One mailbox by two names.
const sameAs: ReadonlyMap<string, string> = new Map([['googlemail.com', 'gmail.com']])
// Where dots in the local part mean nothing.
const undotted: readonly string[] = ['gmail.com']

/**
 * The mailbox in which mail to this spelling of its address arrives: without what follows a `+`, and without dots where those
 * mean nothing. Nothing when the address is spelt as its mailbox is.
 */
export const mailboxOf = (address: string): string | undefined => {
  const [local = '', typed = ''] = address.toLowerCase().split('@')
  const domain = sameAs.get(typed) ?? typed
  const [own = ''] = local.split('+')
  const mailbox = `${undotted.includes(domain) ? own.replaceAll('.', '') : own}@${domain}`
  return mailbox === address.toLowerCase() ? undefined : mailbox
}

const DAY = 86_400_000

/**
 * Whether one more confirmation may go to this address, as the list that holds it as well; nothing when the caps say no.
 * An address that nobody has confirmed gets one in `confirmationEveryHours` and `confirmationsEver` in all: whoever types
 * a stranger's address cannot make us a nuisance.
 */
export const mayConfirm = (person: Person, caps: Stage['caps'], now: Instant): Instant[] | undefined => {
  const { confirmations, verifiedAt } = person
  if (verifiedAt) {
    const recent = confirmations.filter((at) => at > toInstant(toMs(now) - DAY))
    return recent.length < caps.confirmationsADayOnceVerified ? [...recent, now] : undefined
  }
  const last = confirmations.at(-1)
  const tooSoon = last !== undefined && toMs(now) - toMs(last) < caps.confirmationEveryHours * 3_600_000
  return confirmations.length < caps.confirmationsEver && !tooSoon ? [...confirmations, now] : undefined
}
