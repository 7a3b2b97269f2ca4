import { randomUUID } from 'node:crypto'
import type { Clock } from './clock.ts'
import { type Mail, type Mailbox, openMailbox } from './mail.ts'
import { openSendingQuota, type SendingQuota } from './sending-quota.ts'
import { ServiceError } from './service-error.ts'
import { type Emulated, jsonOr, type SesAnswer, useEmulator } from './ses-emulator.ts'
import { type EventType, eventsOf, renderingFailed, type SesEvent } from './ses-events.ts'
import {
  addressesOf,
  type BulkStatus,
  bareAddress,
  type Destination,
  type Judgement,
  judgeBulk,
  judgeSingle,
  type SendInput,
  type Tag,
} from './ses-request.ts'
import type { Store } from './store.ts'
import type { ConfigurationSet } from './template.ts'

export const faults = ['throttle', 'timeout-after-accept', 'timeout-before-accept', 'down', 'partial', 'ok'] as const
/** `statuses` are those of the last entries of each bulk call, with `partial`. */
export type Fault = { ses: (typeof faults)[number]; for: number; statuses?: BulkStatus[] }

/**
 * `renders`: each mail is rendered and kept, and its events go out. `answers`: calls are judged and answered at once, and
 * of each mail is kept to whom it went and its tags; of its events only what a log group asks for, or all, if wanted.
 */
export type SesManner = 'renders' | 'answers' | 'answers-with-events'

/** SES v2: an emulator of its own judges and renders each mail; what it lacks is added around it. */
export type Ses = Pick<Mailbox, 'erase' | 'mails' | 'mailsAsJson' | 'mail' | 'counted' | 'accepted'> &
  Pick<SendingQuota, 'quota'> & {
    call: (method: string, path: string, body: Buffer) => Promise<SesAnswer>
    /** For the next calls that send; `partial` counts the bulk calls alone. */
    fail: (fault: Fault) => void
    fault: () => Fault
    setQuota: SendingQuota['set']
    /** Loads the emulator, which takes a moment, ahead of the first mail. */
    warmUp: () => Promise<void>
    stop: () => void
  }

type Options = {
  configurationSets: ConfigurationSet[]
  manner: SesManner
  store: Store
  clock: Clock
  /** In the same write as the mail itself. */
  emit: (event: SesEvent, toLogsOnly: boolean) => void
  onMail: () => void
}

const single = '/v2/email/outbound-emails'
const bulk = '/v2/email/outbound-bulk-emails'

type Envelope = { from: string; to: Destination; tags: Tag[] }
type EntryResult = { Status: BulkStatus; Error?: string; MessageId?: string }

export const openSes = ({ configurationSets, manner, store, clock, emit, onMail }: Options): Ses => {
  const mailbox = openMailbox(store)
  const quota = openSendingQuota(mailbox, clock)
  const emulator = useEmulator()
  const works: Fault = { ses: 'ok', for: 0 }
  let fault = works

  const sendingFact = (set: string): string => `sendingEnabled ${set}`
  const isPaused = (name: string | undefined): boolean => {
    const set = configurationSets.find((one) => one.name === name)
    if (!set) return false
    const kept = store.first<{ value: string }>('SELECT value FROM facts WHERE name = ?', sendingFact(set.name))
    return kept ? kept.value !== 'true' : !set.sendingEnabled
  }
  const setOf = (name: string): ConfigurationSet => {
    const set = configurationSets.find((one) => one.name === name)
    if (!set) throw new ServiceError('NotFoundException', `Configuration set <${name}> does not exist.`, 404)
    return set
  }

  // The shape of SES's own: time, then something that does not repeat.
  const newId = (): string => `${clock.now().toString(16).padStart(16, '0')}-${randomUUID()}-000000`

  const tell = (input: SendInput, eventsFor: (types: ReadonlySet<EventType>) => SesEvent[]): void => {
    const set = configurationSets.find(({ name }) => name === input.ConfigurationSetName)
    if (!set) return
    const toLogsOnly = manner === 'answers'
    const types = new Set(set.eventTypes as EventType[])
    const wanted = toLogsOnly ? new Set<EventType>(types.has('SEND') ? ['SEND'] : []) : types
    if (wanted.size > 0) for (const event of eventsFor(wanted)) emit(event, toLogsOnly)
  }

  const bare = (input: SendInput, { from, to, tags }: Envelope): Mail => {
    const configurationSet = input.ConfigurationSetName
    return {
      id: newId(),
      at: clock.iso(),
      to: addressesOf(to),
      from,
      subject: '',
      headers: {},
      attachments: [],
      ...(configurationSet !== undefined && { configurationSet }),
      tags: Object.fromEntries(tags.map(({ Name, Value }) => [Name, Value])),
    }
  }

  const rendered = (mail: Mail, { from, destination, subject, body, attachments, ...more }: Emulated): Mail => ({
    ...mail,
    to: [...destination.to, ...destination.cc, ...destination.bcc].map(bareAddress),
    from,
    subject,
    ...(body.text !== undefined && { text: body.text }),
    ...(body.html !== undefined && { html: body.html }),
    headers: {
      from,
      to: destination.to.join(', '),
      subject,
      date: new Date(mail.at).toUTCString().replace('GMT', '+0000'),
      'message-id': `<${mail.id}@email.amazonses.com>`,
      ...(more.replyTo.length > 0 && { 'reply-to': more.replyTo.join(', ') }),
      ...Object.fromEntries((more.headers ?? []).map(({ name, value }) => [name.toLowerCase(), value])),
    },
    attachments: attachments.map(({ filename, contentType, content }) => ({
      filename: filename ?? 'attachment',
      contentType: contentType ?? 'application/octet-stream',
      content,
    })),
  })

  /** Accepts mails, all or none. */
  const keep = (input: SendInput, mails: Mail[]): void => {
    store.together(() => {
      for (const mail of mails) {
        quota.note(mail.to.length)
        if (manner === 'renders') mailbox.keep(mail)
        else mailbox.count(mail)
        tell(input, (types) => eventsOf(mail, types))
      }
    })
    if (mails.length > 0) onMail()
  }

  /** What SES accepts and cannot render: an id for the answer, and the event. */
  const failToRender = (input: SendInput, envelope: Envelope, missing: string): string => {
    const mail = bare(input, envelope)
    store.together(() =>
      tell(input, (types) => (types.has('RENDERINGFAILURE') ? [renderingFailed(mail, missing)] : [])),
    )
    onMail()
    return mail.id
  }

  /** Sends what is left of a call after the judgement; what became of each mail, by position. */
  const sendAll = async (path: string, input: SendInput, envelopes: Envelope[]): Promise<EntryResult[] | SesAnswer> => {
    if (manner !== 'renders') {
      const mails = envelopes.map((envelope) => bare(input, envelope))
      keep(input, mails)
      return mails.map(({ id }) => ({ Status: 'SUCCESS', MessageId: id }))
    }
    return emulator.send(path, Buffer.from(JSON.stringify(input)), (answer, sent) => {
      if (answer.status !== 200) return answer
      const told =
        path === single
          ? [{ Status: 'SUCCESS', ...(answer.body as { MessageId: string }) } as EntryResult]
          : (answer.body as { BulkEmailEntryResults: EntryResult[] }).BulkEmailEntryResults
      const mails: Mail[] = []
      const results = told.map(({ Status, Error: error, MessageId }, index): EntryResult => {
        if (Status !== 'SUCCESS') return { Status, ...(error !== undefined && { Error: error }) }
        const emulated = sent.find(({ messageId }) => messageId === MessageId)
        if (!emulated) throw new Error(`the mail emulator lost ${MessageId}`)
        const mail = rendered(bare(input, envelopes[index] as Envelope), emulated)
        mails.push(mail)
        return { Status, MessageId: mail.id }
      })
      keep(input, mails)
      return results
    })
  }

  const sendOne = async (input: SendInput, bytes: number): Promise<SesAnswer> => {
    const judgement = judgeSingle(input, configurationSets, bytes)
    if (isPaused(input.ConfigurationSetName)) {
      throw new ServiceError(
        'SendingPausedException',
        `Email sending is disabled for configuration set <${input.ConfigurationSetName}>.`,
      )
    }
    const envelope = {
      from: input.FromEmailAddress ?? '',
      to: input.Destination ?? {},
      tags: input.EmailTags ?? [],
    }
    if (addressesOf(envelope.to).length > quota.left())
      throw new ServiceError('TooManyRequestsException', 'Daily message quota exceeded.', 429)
    if ('missing' in judgement)
      return { status: 200, body: { MessageId: failToRender(input, envelope, judgement.missing) } }
    const sent = await sendAll(single, input, [envelope])
    return Array.isArray(sent) ? { status: 200, body: { MessageId: sent[0]?.MessageId } } : sent
  }

  const sendMany = async (input: SendInput, bytes: number, refused: BulkStatus[]): Promise<SesAnswer> => {
    const judgements = judgeBulk(input, configurationSets, bytes)
    const entries = input.BulkEmailEntries ?? []
    const envelopes = entries.map(
      ({ Destination: to = {}, ReplacementTags = [] }): Envelope => ({
        from: input.FromEmailAddress ?? '',
        to,
        tags: [...(input.DefaultEmailTags ?? []), ...ReplacementTags],
      }),
    )
    const paused = isPaused(input.ConfigurationSetName)
    let left = quota.left()
    const final = judgements.map((judgement, index): Judgement => {
      const not = (status: BulkStatus, error: string): Judgement => ({ send: false, status, error })
      if (paused) return not('CONFIGURATION_SET_SENDING_PAUSED', 'Sending is paused for this configuration set.')
      const status = refused[index - entries.length + refused.length]
      if (status !== undefined && status !== 'SUCCESS') return not(status, `${status}, as asked`)
      if (!judgement.send) return judgement
      const recipients = addressesOf(entries[index]?.Destination).length
      if (recipients > left) return not('ACCOUNT_DAILY_QUOTA_EXCEEDED', 'Daily message quota exceeded.')
      left -= recipients
      return judgement
    })
    const going = [...final.keys()].filter((index) => final[index]?.send)
    const rest = { ...input, BulkEmailEntries: entries.filter((_, index) => final[index]?.send) }
    const sent =
      going.length === 0
        ? []
        : await sendAll(
            bulk,
            rest,
            envelopes.filter((_, index) => final[index]?.send),
          )
    if (!Array.isArray(sent)) return sent
    const results = final.map((judgement, index): EntryResult => {
      if (judgement.send) return sent[going.indexOf(index)] as EntryResult
      if ('error' in judgement) return { Status: judgement.status, Error: judgement.error }
      return { Status: 'SUCCESS', MessageId: failToRender(input, envelopes[index] as Envelope, judgement.missing) }
    })
    return { status: 200, body: { BulkEmailEntryResults: results } }
  }

  const nextFault = (path: string): Fault => {
    if (fault.for <= 0 || (fault.ses === 'partial' && path !== bulk)) return works
    const now = fault
    fault = { ...fault, for: fault.for - 1 }
    return now
  }

  const send = async (path: string, body: Buffer): Promise<SesAnswer> => {
    const { ses, statuses = [] } = nextFault(path)
    if (ses === 'throttle') {
      return { status: 429, errorType: 'TooManyRequestsException', body: { message: 'Maximum sending rate exceeded.' } }
    }
    if (ses === 'down')
      return { status: 503, errorType: 'ServiceUnavailableException', body: { message: 'Service is unavailable.' } }
    if (ses === 'timeout-before-accept') return { status: 0, body: {}, cut: true }
    const input = jsonOr(body.toString()) as SendInput
    const answer = await (path === single
      ? sendOne(input, body.length)
      : sendMany(input, body.length, ses === 'partial' ? statuses : []))
    return ses === 'timeout-after-accept' ? { ...answer, cut: true } : answer
  }

  const account = (): SesAnswer => {
    const { max24HourSend, maxSendRate } = quota.quota()
    return {
      status: 200,
      body: {
        EnforcementStatus: 'HEALTHY',
        ProductionAccessEnabled: true,
        SendingEnabled: true,
        SendQuota: { Max24HourSend: max24HourSend, MaxSendRate: maxSendRate, SentLast24Hours: quota.used() },
      },
    }
  }

  const callSet = (method: string, name: string, part: string | undefined, body: Buffer): SesAnswer => {
    const set = setOf(name)
    if (method === 'GET' && part === undefined) {
      return { status: 200, body: { ConfigurationSetName: name, SendingOptions: { SendingEnabled: !isPaused(name) } } }
    }
    if (method === 'PUT' && part === 'sending') {
      const { SendingEnabled = false } = jsonOr(body.toString()) as { SendingEnabled?: boolean }
      store.run('INSERT OR REPLACE INTO facts VALUES (?, ?)', sendingFact(set.name), String(SendingEnabled))
      return { status: 200, body: {} }
    }
    throw new ServiceError(
      'UnknownOperationException',
      `the local cloud does not know ${method} of a configuration set`,
      404,
    )
  }

  return {
    call: async (method, path, body) => {
      if (method === 'POST' && (path === single || path === bulk)) return send(path, body)
      if (method === 'GET' && path === '/v2/email/account') return account()
      const [, name, part] = /^\/v2\/email\/configuration-sets\/([^/]+)(?:\/([^/]+))?$/.exec(path) ?? []
      if (name !== undefined) return callSet(method, decodeURIComponent(name), part, body)
      return emulator.forward(method, path, body)
    },
    mails: mailbox.mails,
    erase: mailbox.erase,
    mailsAsJson: mailbox.mailsAsJson,
    mail: mailbox.mail,
    counted: mailbox.counted,
    accepted: mailbox.accepted,
    quota: quota.quota,
    setQuota: quota.set,
    fail: (wanted) => {
      fault = wanted.ses === 'ok' ? works : wanted
    },
    fault: () => (fault.for > 0 ? fault : works),
    warmUp: async () => {
      if (manner === 'renders') await emulator.load()
    },
    stop: emulator.stop,
  }
}
