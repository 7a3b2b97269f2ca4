import { SESv2Client, SESv2ServiceException, SendEmailCommand } from '@aws-sdk/client-sesv2'
import type { RenderedMail } from '../mail/render.tsx'
import type { MailDue } from '../mail-due.ts'
import { mailTags } from '../names.ts'
import type { Stage } from '../stage.ts'
import { setting } from './environment.ts'

/**
 * One try each: SES has no idempotency token, so a second try after a lost answer could be a second mail. What may be
 * tried again is decided by the ledger, not here.
 */
export const ses = new SESv2Client({
  maxAttempts: 1,
  requestHandler: { connectionTimeout: 2_000, requestTimeout: 10_000, throwOnRequestTimeout: true },
})

export type Sending =
  | { result: 'sent'; messageId: string }
  /** SES certainly did not take it, but may later: too fast, paused, not reachable. */
  | { result: 'later'; because: string }
  /** SES will never take this one. */
  | { result: 'refused'; because: string }
  /** The answer was lost: it may have gone out. */
  | { result: 'unknown'; because: string }

const refusals: readonly string[] = ['MessageRejected', 'BadRequestException']
const unreachable: readonly string[] = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN']

export const fromHeader = ({ name, address }: Stage['sender']): string =>
  `"${name.replaceAll(/["\\]/g, '')}" <${address}>`

/**
 * Sends to one address, for a request that was sent in at `since` (`sentInAt`), and says what became of it; never throws for
 * what SES or the network did.
 */
export const send = async (
  mail: MailDue & { since: number },
  to: string,
  rendered: RenderedMail,
  sender: Stage['sender'],
): Promise<Sending> => {
  const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' })
  try {
    const { MessageId } = await ses.send(
      new SendEmailCommand({
        FromEmailAddress: fromHeader(sender),
        Destination: { ToAddresses: [to] },
        ConfigurationSetName: setting('configurationSet'),
        EmailTags: [
          { Name: mailTags.mail, Value: mail.mail },
          { Name: mailTags.request, Value: mail.requestId },
          { Name: mailTags.occurrence, Value: mail.occurrence },
          { Name: mailTags.since, Value: `${mail.since}` },
        ],
        Content: {
          Simple: {
            Subject: utf8(rendered.subject),
            Body: { Html: utf8(rendered.html), Text: utf8(rendered.text) },
            Headers: rendered.headers.map(({ name, value }) => ({ Name: name, Value: value })),
            Attachments: rendered.attachments.map(({ filename, contentType, content }) => ({
              FileName: filename,
              ContentType: contentType,
              RawContent: Buffer.from(content),
              ContentDisposition: 'ATTACHMENT' as const,
              // The default is 7-bit, which would break every accent in a calendar entry.
              ContentTransferEncoding: 'BASE64' as const,
            })),
          },
        },
      }),
    )
    return MessageId ? { result: 'sent', messageId: MessageId } : { result: 'unknown', because: 'no message id' }
  } catch (error) {
    const happened = whatHappened(error)
    const words = error instanceof Error ? error.message : ''
    return happened.result === 'refused' && isAboutUs(words, sender) ? { ...happened, result: 'later' } : happened
  }
}

/**
 * SES rejects a message for an address that is not verified, and names it: in its sandbox the reader's, else our own. That one
 * comes back, and what was to be sent until then has to go out after all.
 */
export const isAboutUs = (words = '', { address }: Stage['sender']): boolean =>
  /not verified/i.test(words) && words.toLowerCase().includes(address.toLowerCase())

/** What an error of a call that sends says about the mail. */
export const whatHappened = (error: unknown): Exclude<Sending, { result: 'sent' }> => {
  const because = error instanceof Error ? error.name : 'unknown error'
  if (error instanceof SESv2ServiceException) {
    const status = error.$metadata.httpStatusCode ?? 0
    if (refusals.includes(error.name)) return { result: 'refused', because }
    return status >= 400 && status < 500 ? { result: 'later', because } : { result: 'unknown', because }
  }
  const code = (error as { code?: unknown } | undefined)?.code
  if (typeof code === 'string' && unreachable.includes(code)) return { result: 'later', because: code }
  return { result: 'unknown', because }
}
