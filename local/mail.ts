import { randomUUID } from 'node:crypto'
import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from './clock.ts'
import { ServiceError } from './service-error.ts'
import { eventsOf, type SesEvent } from './ses-events.ts'
import type { Store } from './store.ts'
import type { ConfigurationSet } from './template.ts'

/** A mail that SES accepted, as `GET /_local/mail` shows it. */
export type Mail = {
  id: string
  at: string
  to: string[]
  from: string
  subject: string
  text?: string
  html?: string
  headers: Record<string, string>
  attachments: { filename: string; contentType: string; content: string }[]
  configurationSet?: string
  tags: Record<string, string>
}

export const faults = ['throttle', 'timeout-after-accept', 'timeout-before-accept', 'down', 'ok'] as const
export type Fault = (typeof faults)[number]

export type SesAnswer = { status: number; body: unknown; errorType?: string; cut?: boolean }
/** SES v2: an emulator of its own judges and renders each mail; what it lacks is added around it. */
export type Ses = {
  call: (method: string, path: string, body: Buffer) => Promise<SesAnswer>
  mails: () => Mail[]
  mail: (id: string) => Mail | undefined
  /** For the next `calls` calls that send. */
  fail: (fault: Fault, calls: number) => void
  fault: () => { ses: Fault; for: number }
  /** Loads the emulator, which takes a moment, ahead of the first mail. */
  warmUp: () => Promise<void>
  stop: () => void
}

type Options = {
  configurationSets: ConfigurationSet[]
  store: Store
  clock: Clock
  /** In the same write as the mail itself. */
  emit: (event: SesEvent) => void
  onMail: () => void
}

type Emulated = {
  messageId: string
  from: string
  replyTo: string[]
  destination: { to: string[]; cc: string[]; bcc: string[] }
  subject: string
  body: { html?: string; text?: string }
  attachments: { filename?: string; contentType?: string; content: string }[]
  headers?: { name: string; value: string }[]
}
type Header = { Name: string; Value: string }
type Tag = { Name: string; Value: string }
type Destination = { ToAddresses?: string[]; CcAddresses?: string[]; BccAddresses?: string[] }
type SendInput = {
  FromEmailAddress?: string
  ConfigurationSetName?: string
  Destination?: Destination
  Content?: {
    Simple?: { Headers?: Header[]; Attachments?: { FileName?: string }[] }
    Template?: { Headers?: Header[]; Attachments?: { FileName?: string }[] }
  }
  EmailTags?: Tag[]
  DefaultContent?: { Template?: { Headers?: Header[] } }
  DefaultEmailTags?: Tag[]
  BulkEmailEntries?: { Destination?: Destination; ReplacementTags?: Tag[]; ReplacementHeaders?: Header[] }[]
}

const single = '/v2/email/outbound-emails'
const bulk = '/v2/email/outbound-bulk-emails'

// The emulator keeps its mails in one place for the whole process: one call at a time looks into it.
let emulator: Promise<{ url: string; server: Server }> | undefined
let users = 0
let turn: Promise<unknown> = Promise.resolve()
const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
  const result = turn.then(work)
  turn = result.catch(() => undefined)
  return result
}
const startEmulator = async (): Promise<{ url: string; server: Server }> => {
  const module = (await import('aws-ses-v2-local')) as unknown as { default: Start | { default: Start } }
  const start = typeof module.default === 'function' ? module.default : module.default.default
  const server = await start({ host: '127.0.0.1', port: 0 })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}
type Start = (config: { host: string; port: number }) => Promise<Server>

const authorization = 'AWS4-HMAC-SHA256 Credential=local'

export const openSes = ({ configurationSets, store, clock, emit, onMail }: Options): Ses => {
  let fault: { ses: Fault; for: number } = { ses: 'ok', for: 0 }
  users += 1

  const forward = async (method: string, path: string, body: Buffer): Promise<SesAnswer> => {
    emulator ??= startEmulator()
    const { url } = await emulator
    const response = await fetch(url + path, {
      method,
      headers: { authorization, 'content-type': 'application/json' },
      ...(body.length > 0 && { body: new Uint8Array(body) }),
    })
    const text = await response.text()
    const answer = jsonOr(text) as { type?: string; message?: string; detail?: string }
    if (response.ok) return { status: response.status, body: answer }
    const errorType = answer.type ?? (response.status === 404 ? 'NotFoundException' : 'BadRequestException')
    return { status: response.status, errorType, body: { message: answer.detail ?? answer.message ?? text } }
  }

  const keep = (emulated: Emulated, input: SendInput, tags: Tag[]): string => {
    const at = clock.iso()
    // The shape of SES's own: time, then something that does not repeat.
    const id = `${clock.now().toString(16).padStart(16, '0')}-${randomUUID()}-000000`
    const configurationSet = input.ConfigurationSetName
    const mail: Mail = {
      id,
      at,
      to: [...emulated.destination.to, ...emulated.destination.cc, ...emulated.destination.bcc].map(bareAddress),
      from: emulated.from,
      subject: emulated.subject,
      ...(emulated.body.text !== undefined && { text: emulated.body.text }),
      ...(emulated.body.html !== undefined && { html: emulated.body.html }),
      headers: {
        from: emulated.from,
        to: emulated.destination.to.join(', '),
        subject: emulated.subject,
        date: new Date(at).toUTCString().replace('GMT', '+0000'),
        'message-id': `<${id}@email.amazonses.com>`,
        ...(emulated.replyTo.length > 0 && { 'reply-to': emulated.replyTo.join(', ') }),
        ...Object.fromEntries((emulated.headers ?? []).map(({ name, value }) => [name.toLowerCase(), value])),
      },
      attachments: emulated.attachments.map(({ filename, contentType, content }) => ({
        filename: filename ?? 'attachment',
        contentType: contentType ?? 'application/octet-stream',
        content,
      })),
      ...(configurationSet !== undefined && { configurationSet }),
      tags: Object.fromEntries(tags.map(({ Name, Value }) => [Name, Value])),
    }
    const set = configurationSets.find(({ name }) => name === configurationSet)
    store.together(() => {
      store.run('INSERT INTO mail (id, mail) VALUES (?, ?)', id, JSON.stringify(mail))
      if (set) for (const event of eventsOf(mail)) if (set.eventTypes.includes(event.type)) emit(event)
    })
    onMail()
    return id
  }

  const send = async (path: string, body: Buffer): Promise<SesAnswer> => {
    const input = jsonOr(body.toString()) as SendInput
    check(input, path === bulk, configurationSets)
    return inTurn(async () => {
      const answer = await forward('POST', path, body)
      if (answer.status !== 200) return answer
      const { url } = await (emulator as NonNullable<typeof emulator>)
      const { emails, templates } = (await (await fetch(`${url}/store`)).json()) as {
        emails: Emulated[]
        templates: object
      }
      const rename = (messageId: string, tags: Tag[]): string => {
        const emulated = emails.find((one) => one.messageId === messageId)
        if (!emulated) throw new Error(`the mail emulator lost ${messageId}`)
        return keep(emulated, input, tags)
      }
      if (path === single) {
        const { MessageId } = answer.body as { MessageId: string }
        answer.body = { MessageId: rename(MessageId, input.EmailTags ?? []) }
      } else {
        const { BulkEmailEntryResults } = answer.body as {
          BulkEmailEntryResults: { Status: string; MessageId: string }[]
        }
        answer.body = {
          BulkEmailEntryResults: BulkEmailEntryResults.map((result, index) => {
            const tags = [
              ...(input.DefaultEmailTags ?? []),
              ...(input.BulkEmailEntries?.[index]?.ReplacementTags ?? []),
            ]
            return result.Status === 'SUCCESS' ? { ...result, MessageId: rename(result.MessageId, tags) } : result
          }),
        }
      }
      // Kept here from now on; stored templates would go with the mails, so they stay together.
      if (Object.keys(templates).length === 0) await fetch(`${url}/clear-store`, { method: 'POST' })
      return answer
    })
  }

  const nextFault = (): Fault => {
    if (fault.for <= 0) return 'ok'
    const now = fault.ses
    fault = { ses: fault.ses, for: fault.for - 1 }
    return now
  }

  return {
    call: async (method, path, body) => {
      const sends = method === 'POST' && (path === single || path === bulk)
      const fails = sends ? nextFault() : 'ok'
      if (fails === 'throttle') {
        return {
          status: 429,
          errorType: 'TooManyRequestsException',
          body: { message: 'Maximum sending rate exceeded.' },
        }
      }
      if (fails === 'down')
        return { status: 503, errorType: 'ServiceUnavailableException', body: { message: 'Service is unavailable.' } }
      if (fails === 'timeout-before-accept') return { status: 0, body: {}, cut: true }
      const answer = sends ? await send(path, body) : await forward(method, path, body)
      return fails === 'timeout-after-accept' ? { ...answer, cut: true } : answer
    },
    mails: () =>
      store.all<{ mail: string }>('SELECT mail FROM mail ORDER BY seq').map(({ mail }) => JSON.parse(mail) as Mail),
    mail: (id) => {
      const row = store.first<{ mail: string }>('SELECT mail FROM mail WHERE id = ?', id)
      return row && (JSON.parse(row.mail) as Mail)
    },
    fail: (ses, calls) => {
      fault = { ses, for: ses === 'ok' ? 0 : calls }
    },
    fault: () => (fault.for > 0 ? fault : { ses: 'ok', for: 0 }),
    warmUp: async () => {
      emulator ??= startEmulator()
      await emulator
    },
    stop: () => {
      users -= 1
      if (users > 0 || !emulator) return
      void emulator.then(({ server }) => {
        server.close()
        server.closeAllConnections()
      })
      emulator = undefined
    },
  }
}

const jsonOr = (text: string): unknown => {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}

/** The address in `Name <address>`, as it was written. */
export const bareAddress = (address: string): string => /<([^<>]*)>\s*$/.exec(address)?.[1] ?? address.trim()

// https://docs.aws.amazon.com/ses/latest/dg/header-fields.html: what a custom header may not be called.
const refusedHeaders = new Set(
  'bcc cc content-disposition content-type date from message-id mime-version reply-to return-path subject to'.split(
    ' ',
  ),
)

/** What SES checks and the emulator does not. */
const check = (input: SendInput, isBulk: boolean, sets: ConfigurationSet[]): void => {
  const refuse = (message: string): never => {
    throw new ServiceError('BadRequestException', message)
  }
  const set = input.ConfigurationSetName
  if (set !== undefined && !sets.some(({ name }) => name === set)) {
    throw new ServiceError('NotFoundException', `Configuration set <${set}> does not exist.`, 404)
  }
  const entries = isBulk ? (input.BulkEmailEntries ?? []) : [{ Destination: input.Destination }]
  if (isBulk && (entries.length === 0 || entries.length > 50))
    refuse('BulkEmailEntries must have between 1 and 50 entries.')
  for (const { Destination: to = {} } of entries) {
    const addresses = [...(to.ToAddresses ?? []), ...(to.CcAddresses ?? []), ...(to.BccAddresses ?? [])]
    if (addresses.length === 0 || addresses.length > 50) refuse('Recipient count must be between 1 and 50.')
    for (const address of addresses.map(bareAddress)) {
      if (!/^[!-?A-~]{1,64}@[!-?A-~]{1,255}$/.test(address))
        refuse('Local address contains control or whitespace, or the address is not ASCII.')
    }
  }
  const content = input.Content?.Simple ?? input.Content?.Template
  const headers = [
    ...(content?.Headers ?? input.DefaultContent?.Template?.Headers ?? []),
    ...(input.BulkEmailEntries ?? []).flatMap(({ ReplacementHeaders }) => ReplacementHeaders ?? []),
  ]
  if ((content?.Headers ?? []).length > 15) refuse('No more than 15 headers are allowed.')
  for (const { Name, Value } of headers) {
    if (!/^[!-9;-@A-~]{1,126}$/.test(Name) || refusedHeaders.has(Name.toLowerCase()))
      refuse(`Header name <${Name}> is not allowed.`)
    if (!/^[ -~]{1,995}$/.test(Value))
      refuse(`Value of header <${Name}> is not printable ASCII of 1 to 995 characters.`)
  }
  for (const { FileName } of content?.Attachments ?? []) {
    if (!FileName || FileName.length > 255 || !/\.[^.]+$/.test(FileName))
      refuse('An attachment needs a FileName with an extension, of at most 255 characters.')
  }
  const tags = [
    ...(input.EmailTags ?? []),
    ...(input.DefaultEmailTags ?? []),
    ...(input.BulkEmailEntries ?? []).flatMap(({ ReplacementTags }) => ReplacementTags ?? []),
  ]
  for (const { Name, Value } of tags) {
    if (!/^[\w-]{1,256}$/.test(Name) || !/^[\w-]{1,256}$/.test(Value)) {
      refuse(`Email tag <${Name}>=<${Value}> is not made of letters, digits, _ and - alone.`)
    }
  }
}
