import { toInstant, toMs } from '../shared/calendar.ts'
import { MailDue } from '../shared/mail-due.ts'
import { mailKey } from '../shared/plan.ts'
import type { Instant } from '../shared/request.ts'
import { TipsDue } from '../shared/tips/tip-due.ts'
import { many } from './in-words.ts'

/** The queues for what failed for good: what a message in each means, and what is done with it. */

type Row = {
  /** Path of the construct without its punctuation: the part of the queue's name in the template that we choose. */
  stem: string
  /** What it means for people. */
  means: string
  cure: Cure
}

/**
 * `back`: SQS puts it back on the queue that it came from. `send`: it goes on to the mail queue. `replan`: what changed
 * then is planned anew. `replay`: it is worked on here and now. `drop`: the next run has done the same work.
 */
type Cure = { do: 'back' | 'send'; to: string } | { do: 'replan' | 'replay' | 'drop' }

export const deadLetters = {
  mail: {
    stem: 'maildeadqueue',
    means: 'A mail that was due could not be sent, five times. Reconcile tries it again every 15 minutes.',
    cure: { do: 'back', to: 'mailqueue' },
  },
  tips: {
    stem: 'tipsdeadqueue',
    means: 'Tips for up to 50 readers failed five times. They are still due, and handed over again every five minutes.',
    cure: { do: 'back', to: 'tipsqueue' },
  },
  schedules: {
    stem: 'schedulesdeadqueue',
    means:
      'The timer of a mail rang, and it could not be put on the mail queue. Reconcile hands it over within 15 minutes.',
    cure: { do: 'send', to: 'mailqueue' },
  },
  plans: {
    stem: 'plansdeadqueue',
    means:
      'Requests changed and were not planned anew: their seekers may get no further mail, or one that does not fit.',
    cure: { do: 'replan' },
  },
  'pick-tips': {
    stem: 'picktipsdeadqueue',
    means: 'A run of pick-tips failed: tips that were due waited for the next run, five minutes later.',
    cure: { do: 'drop' },
  },
  outcomes: {
    stem: 'outcomesdeadqueue',
    means: 'What became of a mail was not written down: an address that bounced or complained may be written to again.',
    cure: { do: 'replay' },
  },
  reconcile: {
    stem: 'reconciledeadqueue',
    means: 'A run of the safety net failed: what was lost elsewhere waited for the next run, 15 minutes later.',
    cure: { do: 'drop' },
  },
} as const satisfies Record<string, Row>

export type DeadLetterQueue = { name: string } & Row

/** Those of a stack. One that this version does not know goes by its name in the template, and nothing is done with it. */
export const deadLetterQueues = (queues: ReadonlyMap<string, string>): (DeadLetterQueue & { url: string })[] =>
  [...queues]
    .filter(([stem]) => stem.endsWith('deadqueue'))
    .flatMap(([stem, url]) => {
      const found = Object.entries(deadLetters).find(([, row]) => row.stem === stem)
      return found ? [{ name: found[0], ...(found[1] as Row), url }] : []
    })

export type Told = {
  /** What it is about, in words. */
  says: string
  /** Why it failed, as far as the message knows. */
  because?: string
  /** A command that says more, or mends it alone. */
  command?: string
}

/** What one message says, without what anybody typed: the words of a parser or a service may quote it. */
export const tell = (
  queue: string,
  { body, attributes }: { body: string; attributes: Record<string, string> },
): Told => {
  const content = jsonOf(body)
  const because = reasonIn(content, attributes)
  const why = because ? { because } : {}
  const mail = MailDue.safeParse(content)
  if (mail.success) {
    const { requestId } = mail.data
    const key = mailKey(mail.data)
    return { says: `mail ${key} of request ${requestId}`, command: `explain "${requestId} ${key}"`, ...why }
  }
  const tips = TipsDue.safeParse(content)
  if (tips.success) {
    const { series, next, people } = tips.data
    return { says: `${next} of the series ${series}, for ${many(people.length, 'reader')}`, ...why }
  }
  const window = windowOf(body)
  if (window) {
    return {
      says: `${many(window.changes, 'change')} of requests or readers, between ${window.since} and ${window.until}`,
      command: `replan --since ${window.since} --until ${window.until}`,
      ...why,
    }
  }
  const event = eventIn(content)
  if (event) return { says: event, ...why }
  if (queue === 'pick-tips' || queue === 'reconcile') return { says: `a run of ${queue}`, ...why }
  return { says: 'something that is not understood', ...why }
}

type Content = {
  requestContext?: { condition?: unknown; approximateInvokeCount?: unknown }
  /** Nothing where the function was never run. */
  responsePayload?: { errorType?: unknown; errorMessage?: unknown } | null
  requestPayload?: unknown
  DDBStreamBatchInfo?: {
    approximateArrivalOfFirstRecord?: string
    approximateArrivalOfLastRecord?: string
    batchSize?: number
  }
  'detail-type'?: string
  detail?: { mail?: { tags?: Record<string, string[]> } }
}

const jsonOf = (body: string): Content | undefined => {
  try {
    const value = JSON.parse(body)
    return typeof value === 'object' && value !== null ? value : undefined
  } catch {
    return undefined
  }
}

const words = (value: unknown): string => (typeof value === 'string' ? value : '')

/** The words of an error only where it is one of our own. */
const reasonIn = (content: Content | undefined, { ERROR_CODE = '' }: Record<string, string>): string => {
  const { requestContext = {}, responsePayload } = content ?? {}
  const type = words(responsePayload?.errorType)
  const error = type === 'Error' ? words(responsePayload?.errorMessage) : type
  const count = Number(requestContext.approximateInvokeCount)
  return [ERROR_CODE, words(requestContext.condition), error, count > 1 ? `${count} tries` : '']
    .filter(Boolean)
    .join(', ')
}

/**
 * Around the changes, since a request is written a moment before its change is told, and by the clock of whoever replans by
 * hand, which AWS takes for right within five minutes.
 */
const AROUND = 360_000

export type Window = { since: Instant; until: Instant; changes: number }

/** When the changes were made that a message from the stream tells of: that is all that it knows of them. */
export const windowOf = (body: string): Window | undefined => {
  const { DDBStreamBatchInfo: info } = jsonOf(body) ?? {}
  const first = Date.parse(info?.approximateArrivalOfFirstRecord ?? '')
  const last = Date.parse(info?.approximateArrivalOfLastRecord ?? '')
  if (Number.isNaN(first) || Number.isNaN(last)) return undefined
  const to = (ms: number): Instant => toInstant(Math.floor(ms / 1000) * 1000)
  return { since: to(first - AROUND), until: to(last + AROUND), changes: info?.batchSize ?? 1 }
}

/** The event that was not worked on, whether EventBridge or Lambda gave it up. */
export const eventOf = (body: string): unknown => {
  const content = jsonOf(body)
  return content?.requestPayload ?? content
}

const eventIn = (content: Content | undefined): string | undefined => {
  const { 'detail-type': type, detail } = (content?.requestPayload ?? content ?? {}) as Content
  const tags = detail?.mail?.tags
  if (!type || !tags) return undefined
  const of = (name: string): string => tags[name]?.[0] ?? ''
  const about = of('request')
    ? `${of('mail')}#${of('occurrence')} of request ${of('request')}`
    : `${of('part')} of ${of('subscription')}`
  return `SES told “${type}” about ${about}`
}

export const ageOf = (sentAt: Instant, now: Instant): number => toMs(now) - toMs(sentAt)
