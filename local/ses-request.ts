import { ServiceError } from './service-error.ts'
import type { ConfigurationSet } from './template.ts'

/** What SendEmail and SendBulkEmail are asked, and what SES refuses of it before anything is sent. */

export type Header = { Name: string; Value: string }
export type Tag = { Name: string; Value: string }
export type Destination = { ToAddresses?: string[]; CcAddresses?: string[]; BccAddresses?: string[] }
type TemplateContent = { Subject?: string; Text?: string; Html?: string }
type Template = { TemplateContent?: TemplateContent; TemplateData?: string; Headers?: Header[] }
type Attachment = { FileName?: string }
export type BulkEntry = {
  Destination?: Destination
  ReplacementEmailContent?: { ReplacementTemplate?: { ReplacementTemplateData?: string } }
  ReplacementTags?: Tag[]
  ReplacementHeaders?: Header[]
}
export type SendInput = {
  FromEmailAddress?: string
  ConfigurationSetName?: string
  Destination?: Destination
  Content?: {
    Simple?: { Headers?: Header[]; Attachments?: Attachment[] }
    Template?: Template & { Attachments?: Attachment[] }
  }
  EmailTags?: Tag[]
  DefaultContent?: { Template?: Template }
  DefaultEmailTags?: Tag[]
  BulkEmailEntries?: BulkEntry[]
}

/** What a bulk call can say of one of its entries. */
export const bulkStatuses = [
  'SUCCESS',
  'MESSAGE_REJECTED',
  'MAIL_FROM_DOMAIN_NOT_VERIFIED',
  'CONFIGURATION_SET_NOT_FOUND',
  'TEMPLATE_NOT_FOUND',
  'ACCOUNT_SUSPENDED',
  'ACCOUNT_THROTTLED',
  'ACCOUNT_DAILY_QUOTA_EXCEEDED',
  'INVALID_SENDING_POOL_NAME',
  'ACCOUNT_SENDING_PAUSED',
  'CONFIGURATION_SET_SENDING_PAUSED',
  'INVALID_PARAMETER',
  'TRANSIENT_FAILURE',
  'FAILED',
] as const
export type BulkStatus = (typeof bulkStatuses)[number]

const mostTemplateData = 262_144
const mostInlineBytes = 1024 * 1024
const mostHeaders = 15

// https://docs.aws.amazon.com/ses/latest/dg/header-fields.html: what a custom header may not be called, and what may
// stand in a mail once.
const words = (text: string): ReadonlySet<string> => new Set(text.split(' '))
const refusedHeaders = words(
  'bcc cc content-disposition content-type date from message-id mime-version reply-to return-path subject to',
)
const headersOnce = words(
  'auto-submitted in-reply-to list-id list-unsubscribe list-unsubscribe-post precedence references',
)

const refuse = (message: string): never => {
  throw new ServiceError('BadRequestException', message)
}

/** The address in `Name <address>`, as it was written. */
export const bareAddress = (address: string): string => /<([^<>]*)>\s*$/.exec(address)?.[1] ?? address.trim()

export const addressesOf = (to: Destination = {}): string[] =>
  [...(to.ToAddresses ?? []), ...(to.CcAddresses ?? []), ...(to.BccAddresses ?? [])].map(bareAddress)

const wrongAddressed = (to: Destination | undefined): string | undefined => {
  const addresses = addressesOf(to)
  if (addresses.length === 0 || addresses.length > 50) return 'Recipient count must be between 1 and 50.'
  return addresses.every((address) => /^[!-?A-~]{1,64}@[!-?A-~]{1,255}$/.test(address))
    ? undefined
    : 'Local address contains control or whitespace, or the address is not ASCII.'
}

const checkHeaders = (headers: Header[] = []): void => {
  if (headers.length > mostHeaders) refuse('No more than 15 headers are allowed.')
  const seen = new Set<string>()
  for (const { Name, Value } of headers) {
    const name = Name.toLowerCase()
    if (!/^[!-9;-@A-~]{1,126}$/.test(Name) || refusedHeaders.has(name)) refuse(`Header name <${Name}> is not allowed.`)
    if (!/^[ -~]{1,995}$/.test(Value) || Name.length + Value.length > 996)
      refuse(`Value of header <${Name}> is not printable ASCII of 1 to 995 characters.`)
    if (seen.has(name) && headersOnce.has(name)) refuse(`Header <${Name}> may stand in a mail once.`)
    seen.add(name)
  }
}

const checkTags = (tags: Tag[] = []): void => {
  for (const { Name, Value } of tags) {
    if (!/^[\w-]{1,256}$/.test(Name) || !/^[\w-]{1,256}$/.test(Value)) {
      refuse(`Email tag <${Name}>=<${Value}> is not made of letters, digits, _ and - alone.`)
    }
  }
}

/** The names that a text asks for. Inline templates know nothing but `{{name}}`. */
const namesIn = (text: string): string[] => {
  const names: string[] = []
  const rest = text.replace(/(?<!\{)\{\{\s*([A-Za-z_][\w-]*)\s*\}\}(?!\})/g, (_, name: string) => {
    names.push(name)
    return ''
  })
  const at = rest.indexOf('{{')
  if (at >= 0) refuse(`An inline template takes simple substitutions only, not ${rest.slice(at, at + 20)}.`)
  return names
}

const wordsOf = (data: string | undefined): Record<string, unknown> | undefined => {
  try {
    const read: unknown = JSON.parse(data || '{}')
    return typeof read === 'object' && read !== null && !Array.isArray(read)
      ? (read as Record<string, unknown>)
      : undefined
  } catch {
    return undefined
  }
}

/** What becomes of one mail of a call: it is sent, or why it is not. */
export type Judgement =
  | { send: true }
  | { send: false; status: BulkStatus; error: string }
  /** Accepted, and told of later: a word that the template asks for is not in its data. */
  | { send: false; status: 'SUCCESS'; missing: string }

/** The names that an inline template asks for; none for a stored one. */
const namesOf = (template: Template | undefined, bytes: number): string[] => {
  const content = template?.TemplateContent
  if ((template?.TemplateData ?? '').length > mostTemplateData) refuse('TemplateData is too long.')
  if (!content) return []
  if (bytes > mostInlineBytes) refuse('A call with an inline template has at most 1 MB.')
  if (!content.Subject || !(content.Html || content.Text))
    refuse('A template has a subject, and a body of HTML or text.')
  return [...new Set([content.Subject, content.Html, content.Text].flatMap((text) => namesIn(text ?? '')))]
}

const judged = (names: string[], data: Record<string, unknown>): Judgement => {
  const missing = names.find((name) => !Object.hasOwn(data, name))
  return missing === undefined ? { send: true } : { send: false, status: 'SUCCESS', missing }
}

const checkSender = ({ FromEmailAddress: from, ConfigurationSetName: set }: SendInput, sets: ConfigurationSet[]) => {
  if (set !== undefined && !sets.some(({ name }) => name === set)) {
    throw new ServiceError('NotFoundException', `Configuration set <${set}> does not exist.`, 404)
  }
  if (from !== undefined && !/@[!-?A-~]+$/.test(bareAddress(from))) refuse('FromEmailAddress is not an address.')
}

/** Judges a SendEmail. `bytes` is the length of its body. @throws what SES answers to a call that it refuses. */
export const judgeSingle = (input: SendInput, sets: ConfigurationSet[], bytes: number): Judgement => {
  checkSender(input, sets)
  const wrong = wrongAddressed(input.Destination)
  if (wrong !== undefined) refuse(wrong)
  const { Simple, Template } = input.Content ?? {}
  const content = Simple ?? Template
  checkHeaders(content?.Headers)
  checkTags(input.EmailTags)
  for (const { FileName } of content?.Attachments ?? []) {
    if (!FileName || FileName.length > 255 || !/\.[^.]+$/.test(FileName))
      refuse('An attachment needs a FileName with an extension, of at most 255 characters.')
  }
  const names = namesOf(Template, bytes)
  return judged(names, wordsOf(Template?.TemplateData) ?? refuse('TemplateData is not a JSON object.'))
}

/** Judges a SendBulkEmail, each entry by itself. @throws what SES answers to a call that it refuses as a whole. */
export const judgeBulk = (input: SendInput, sets: ConfigurationSet[], bytes: number): Judgement[] => {
  const { BulkEmailEntries: entries = [], DefaultContent, DefaultEmailTags } = input
  checkSender(input, sets)
  if (entries.length === 0 || entries.length > 50) refuse('BulkEmailEntries must have between 1 and 50 entries.')
  if (!DefaultContent?.Template) refuse('DefaultContent must have a Template.')
  const template = DefaultContent?.Template
  checkHeaders(template?.Headers)
  checkTags(DefaultEmailTags)
  for (const { ReplacementHeaders, ReplacementTags, ReplacementEmailContent } of entries) {
    checkHeaders(ReplacementHeaders)
    checkTags(ReplacementTags)
    const data = ReplacementEmailContent?.ReplacementTemplate?.ReplacementTemplateData ?? ''
    if (data.length > mostTemplateData) refuse('ReplacementTemplateData is too long.')
  }
  const names = namesOf(template, bytes)
  const defaults = wordsOf(template?.TemplateData) ?? refuse('TemplateData is not a JSON object.')
  return entries.map(({ Destination, ReplacementEmailContent }): Judgement => {
    const wrong = wrongAddressed(Destination)
    if (wrong !== undefined) return { send: false, status: 'INVALID_PARAMETER', error: wrong }
    const own = wordsOf(ReplacementEmailContent?.ReplacementTemplate?.ReplacementTemplateData)
    if (!own) {
      return { send: false, status: 'INVALID_PARAMETER', error: 'ReplacementTemplateData is not a JSON object.' }
    }
    return judged(names, { ...defaults, ...own })
  })
}
