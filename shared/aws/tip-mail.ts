import {
  type BulkEmailEntryResult,
  type BulkEmailStatus,
  SendBulkEmailCommand,
  SendEmailCommand,
} from '@aws-sdk/client-sesv2'
import type { TipTemplate } from '../mail/tip.tsx'
import type { Stage } from '../stage.ts'
import { MOST_READERS } from '../tips/tip-due.ts'
import { fill } from '../tips/values.ts'
import { setting } from './environment.ts'
import { fromHeader, isAboutUs, ses, whatHappened } from './mail.ts'

/** One reader's copy of a template. */
export type Copy = {
  to: string
  values: Record<string, string>
  headers: { name: string; value: string }[]
  tags: Record<string, string>
}

export type Fate =
  | { result: 'sent'; messageId: string }
  /** Not taken: too fast, or a hiccup. Worth another try in a minute or two. */
  | { result: 'soon'; because: string }
  /** Not taken, and nobody knows why: tried again a few times. */
  | { result: 'failed'; because: string }
  /** Not taken: the day's quota is used up. */
  | { result: 'later'; because: string }
  /** Not taken, and nothing will be until somebody acts. */
  | { result: 'halted'; because: string }
  /** This one will never be taken. */
  | { result: 'refused'; because: string }
  /** The answer was lost: it may have gone out. */
  | { result: 'unknown'; because: string }

/** What the status of an entry means. A status that AWS adds does not compile here when the SDK learns it. */
const meanings = {
  SUCCESS: 'unknown', // With a message id it is `sent`; without one nobody knows.
  ACCOUNT_THROTTLED: 'soon',
  TRANSIENT_FAILURE: 'soon',
  FAILED: 'failed',
  ACCOUNT_DAILY_QUOTA_EXCEEDED: 'later',
  ACCOUNT_SUSPENDED: 'halted',
  ACCOUNT_SENDING_PAUSED: 'halted',
  CONFIGURATION_SET_SENDING_PAUSED: 'halted',
  MAIL_FROM_DOMAIN_NOT_VERIFIED: 'halted',
  CONFIGURATION_SET_NOT_FOUND: 'halted',
  TEMPLATE_NOT_FOUND: 'halted',
  INVALID_SENDING_POOL_NAME: 'halted',
  MESSAGE_REJECTED: 'refused',
  INVALID_PARAMETER: 'refused',
} as const satisfies Record<BulkEmailStatus, Exclude<Fate['result'], 'sent'>>

const fateOf = (entry: BulkEmailEntryResult | undefined, sender: Stage['sender']): Fate => {
  const { Status = 'no answer', MessageId, Error: words } = entry ?? {}
  if (Status === 'SUCCESS' && MessageId) return { result: 'sent', messageId: MessageId }
  const meaning = Object.hasOwn(meanings, Status) ? meanings[Status as BulkEmailStatus] : 'unknown'
  return { result: isAboutUs(words, sender) ? 'halted' : meaning, because: Status }
}

// Of the first to match. What neither time nor an operator will change is something in the call itself.
const kinds: readonly [pattern: RegExp, result: 'soon' | 'halted' | 'refused'][] = [
  [/^(AccountSuspended|SendingPaused|MailFromDomainNotVerified|NotFound|AccessDenied)/, 'halted'],
  [/Throttl|TooManyRequests|LimitExceeded|^ECONNREFUSED$|^ENOTFOUND$|^EAI_AGAIN$/, 'soon'],
  [/^Validation|^Serialization/, 'refused'],
  // Keys and signatures.
  [/Token|Signature|Credential|Client|OptInRequired/, 'halted'],
]

/** What a whole call that failed means for each mail in it. */
const fateAfter = (error: unknown, sender: Stage['sender']): Fate => {
  const { result, because } = whatHappened(error)
  const words = error instanceof Error ? error.message : ''
  if (/daily message quota/i.test(words)) return { result: 'later', because }
  if (result === 'refused') return { result: isAboutUs(words, sender) ? 'halted' : result, because }
  if (result === 'unknown') return { result, because }
  return { result: kinds.find(([pattern]) => pattern.test(because))?.[1] ?? 'failed', because }
}

export type Transport = (template: TipTemplate, copies: readonly Copy[], sender: Stage['sender']) => Promise<Fate[]>

const tagsOf = (tags: Record<string, string>) => Object.entries(tags).map(([Name, Value]) => ({ Name, Value }))
const headersOf = (headers: Copy['headers']) => headers.map(({ name, value }) => ({ Name: name, Value: value }))

/** At most 50 readers in one call. */
const bulk: Transport = async (template, copies, sender) => {
  const fates: Fate[] = []
  for (let start = 0; start < copies.length; start += MOST_READERS) {
    fates.push(...(await together(template, copies.slice(start, start + MOST_READERS), sender)))
  }
  return fates
}

/**
 * SES escapes nothing, so that values come escaped for the place they stand in. What is wrong with one of them may fail
 * the whole call: then it is halved until the one is found.
 */
const together: Transport = async (template, copies, sender) => {
  try {
    const { BulkEmailEntryResults = [] } = await ses.send(
      new SendBulkEmailCommand({
        FromEmailAddress: fromHeader(sender),
        ConfigurationSetName: setting('tipsConfigurationSet'),
        DefaultContent: {
          Template: {
            TemplateContent: { Subject: template.subject, Html: template.html, Text: template.text },
            TemplateData: '{}',
            Headers: headersOf(template.headers),
          },
        },
        BulkEmailEntries: copies.map(({ to, values, headers, tags }) => ({
          Destination: { ToAddresses: [to] },
          ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: JSON.stringify(values) } },
          ReplacementHeaders: headersOf(headers),
          ReplacementTags: tagsOf(tags),
        })),
      }),
    )
    // In the order of the entries. One that is missing tells nothing.
    return copies.map((_, index) => fateOf(BulkEmailEntryResults[index], sender))
  } catch (error) {
    const fate = fateAfter(error, sender)
    const mayBeOne = fate.result === 'refused' || fate.result === 'failed'
    if (!mayBeOne || copies.length === 1) return copies.map(() => fate)
    const middle = Math.ceil(copies.length / 2)
    return [
      ...(await together(template, copies.slice(0, middle), sender)),
      ...(await together(template, copies.slice(middle), sender)),
    ]
  }
}

const AT_ONCE = 5

/** One call a reader: where the account may call SendBulkEmail once a second only, this is faster. */
const single: Transport = async (template, copies, sender) => {
  const fates: Fate[] = []
  for (let start = 0; start < copies.length; start += AT_ONCE) {
    const some = copies.slice(start, start + AT_ONCE)
    fates.push(...(await Promise.all(some.map((copy) => sendOne(template, copy, sender)))))
  }
  return fates
}

const sendOne = async (
  template: TipTemplate,
  { to, values, headers, tags }: Copy,
  sender: Stage['sender'],
): Promise<Fate> => {
  const { subject, html, text } = fill(template, values)
  const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' })
  try {
    const { MessageId } = await ses.send(
      new SendEmailCommand({
        FromEmailAddress: fromHeader(sender),
        Destination: { ToAddresses: [to] },
        ConfigurationSetName: setting('tipsConfigurationSet'),
        EmailTags: tagsOf(tags),
        Content: {
          Simple: {
            Subject: utf8(subject),
            Body: { Html: utf8(html), Text: utf8(text) },
            Headers: headersOf([...template.headers, ...headers]),
          },
        },
      }),
    )
    return MessageId ? { result: 'sent', messageId: MessageId } : { result: 'unknown', because: 'no message id' }
  } catch (error) {
    return fateAfter(error, sender)
  }
}

/** The ways to hand tips to SES, by the name that a stage chooses one with. */
export const transports = { bulk, single } as const satisfies Record<Stage['tips']['transport'], Transport>
