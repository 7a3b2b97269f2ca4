import { createHash } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as delay } from 'node:timers/promises'

/** A mail as SES would make it of what it was given. */
export type TakenMail = {
  to: string
  from: string
  subject: string
  html: string
  text: string
  headers: { name: string; value: string }[]
  tags: Record<string, string>
  configurationSet: string
  messageId: string
}

/** An answer that says no, or none at all: the connection is cut after the request was read. */
export type Trouble = { status: number; error: string; message?: string } | { cut: true }
type Named = { Name: string; Value: string }
type Body = Record<string, never>

const filled = (text: string, values: Record<string, string>): string =>
  Object.entries(values).reduce((all, [name, value]) => all.replaceAll(`{{${name}}}`, value), text)

const tagsOf = (tags: Named[]) => Object.fromEntries(tags.map(({ Name, Value }) => [Name, Value]))
const headersOf = (headers: Named[]) => headers.map(({ Name, Value }) => ({ name: Name, value: Value }))

/**
 * SES, SQS, Scheduler and the log of what SES has taken, as they answer when a test says so: what happens once in a million calls
 * cannot be had from a real one on demand. To be awaited before any module of `shared/aws` is imported.
 */
export const openServices = async () => {
  let count = 0
  const services = {
    /** Every call, in order: its path, or its operation, and what was in it. */
    calls: [] as { what: string; body: Body }[],
    /** Mails that SES has taken. */
    mails: [] as TakenMail[],
    /** What the next calls that send are answered with, one each; after them all goes well. */
    troubles: [] as Trouble[],
    /** What the next calls of SendBulkEmail answer for each entry; after them all goes well. */
    statuses: [] as { Status?: string; Error?: string; MessageId?: string | undefined }[][],
    /** A call with a mail to this address is refused as a whole. */
    poison: undefined as string | undefined,
    /** So many calls that send are answered by nobody: SES has taken them all the same. */
    forgets: 0,
    /** What happens while SES has the next call that sends. */
    meanwhile: undefined as (() => Promise<unknown>) | undefined,
    account: { SendingEnabled: true, SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 0 } },
    /** What waits in the queues. */
    queued: [] as { queue: string; body: Record<string, unknown>; delaySeconds: number }[],
    /** How deep the queues say they are; without it, what waits there. */
    depth: {} as { tips?: number; mail?: number },
    /** Beside them, how many are delayed, and being worked on, in each. */
    delayed: 0,
    inFlight: 0,
    /** A message with one of these words is not taken. */
    refusedByQueue: [] as string[],
    /** Alarms that are set, by name: the moment, and what they will hand over. */
    alarms: new Map<string, { at: string; body: Record<string, unknown> }>(),
    /** Lines of the log of taken mail. */
    noted: [] as { at: number; line: string }[],
    /** Calls of one kind. */
    asked: (what: string) => services.calls.filter((call) => call.what === what).map(({ body }) => body),
    forget: () => {
      Object.assign(services, { calls: [], mails: [], troubles: [], statuses: [], queued: [], noted: [], depth: {} })
      Object.assign(services, { delayed: 0, inFlight: 0, refusedByQueue: [] })
      Object.assign(services, { poison: undefined, forgets: 0, meanwhile: undefined, alarms: new Map() })
      services.account = {
        SendingEnabled: true,
        SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 0 },
      }
    },
    /** Nobody listens there any more, until it is called again. */
    hangUp: () => undefined as unknown as Promise<() => Promise<void>>,
    close: () => undefined as unknown as Promise<void>,
  }

  const take = (mail: Omit<TakenMail, 'messageId'>): string => {
    count += 1
    const messageId = `message-${count}`
    services.mails.push({ ...mail, messageId })
    return messageId
  }

  const sendBulk = (body: Body): unknown => {
    const { FromEmailAddress, ConfigurationSetName, DefaultContent, BulkEmailEntries } = body as never as {
      FromEmailAddress: string
      ConfigurationSetName: string
      DefaultContent: {
        Template: { TemplateContent: { Subject: string; Html: string; Text: string }; Headers: Named[] }
      }
      BulkEmailEntries: {
        Destination: { ToAddresses: string[] }
        ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: string } }
        ReplacementHeaders: Named[]
        ReplacementTags: Named[]
      }[]
    }
    const { TemplateContent, Headers } = DefaultContent.Template
    const told = services.statuses.shift()
    const results = BulkEmailEntries.map((entry, index) => {
      const fate = told?.[index]
      if (fate && fate.Status !== 'SUCCESS') return fate
      const values = JSON.parse(entry.ReplacementEmailContent.ReplacementTemplate.ReplacementTemplateData)
      const messageId = take({
        to: entry.Destination.ToAddresses.join(),
        from: FromEmailAddress,
        subject: filled(TemplateContent.Subject, values),
        html: filled(TemplateContent.Html, values),
        text: filled(TemplateContent.Text, values),
        headers: headersOf([...Headers, ...entry.ReplacementHeaders]),
        tags: tagsOf(entry.ReplacementTags),
        configurationSet: ConfigurationSetName,
      })
      return { Status: 'SUCCESS', MessageId: messageId, ...fate }
    })
    return { BulkEmailEntryResults: told ? results.slice(0, told.length) : results }
  }

  const sendOne = (body: Body): unknown => {
    const { FromEmailAddress, ConfigurationSetName, Destination, EmailTags, Content } = body as never as {
      FromEmailAddress: string
      ConfigurationSetName: string
      Destination: { ToAddresses: string[] }
      EmailTags: Named[]
      Content: {
        Simple: {
          Subject: { Data: string }
          Body: { Html: { Data: string }; Text: { Data: string } }
          Headers: Named[]
        }
      }
    }
    const { Subject, Body: parts, Headers } = Content.Simple
    const messageId = take({
      to: Destination.ToAddresses.join(),
      from: FromEmailAddress,
      subject: Subject.Data,
      html: parts.Html.Data,
      text: parts.Text.Data,
      headers: headersOf(Headers),
      tags: tagsOf(EmailTags),
      configurationSet: ConfigurationSetName,
    })
    return { MessageId: messageId }
  }

  type SqsEntry = { Id: string; MessageBody: string; DelaySeconds?: number }
  const enqueue = (body: Body): unknown => {
    const { QueueUrl, Entries } = body as never as { QueueUrl: string; Entries: SqsEntry[] }
    if (Entries.length < 1 || Entries.length > 10) throw new Error(`SQS takes 1 to 10 messages, not ${Entries.length}`)
    const isRefused = ({ MessageBody }: SqsEntry) => services.refusedByQueue.some((word) => MessageBody.includes(word))
    const refused = Entries.filter(isRefused)
    const taken = Entries.filter((entry) => !isRefused(entry))
    for (const { MessageBody, DelaySeconds = 0 } of taken) {
      const queue = QueueUrl.split('/').pop() ?? ''
      services.queued.push({ queue, body: JSON.parse(MessageBody), delaySeconds: DelaySeconds })
    }
    return {
      // Left out where there is none.
      ...(refused.length > 0
        ? { Failed: refused.map(({ Id }) => ({ Id, Code: 'InternalError', SenderFault: false })) }
        : {}),
      Successful: taken.map(({ Id, MessageBody }) => ({
        Id,
        MessageId: Id,
        MD5OfMessageBody: createHash('md5').update(MessageBody).digest('hex'),
      })),
    }
  }

  /** Setting one that is set is a conflict, and moving or deleting one that is not is not found; all are listed by a prefix. */
  const schedule = (what: string, body: Body): { status: number; answer: object } | undefined => {
    const [, query] = /^GET \/schedules\?(.+)/.exec(what) ?? []
    if (query) {
      const prefix = new URLSearchParams(query).get('NamePrefix') ?? ''
      const Schedules = [...services.alarms.keys()].filter((name) => name.startsWith(prefix)).map((Name) => ({ Name }))
      return { status: 200, answer: { Schedules } }
    }
    const [, method, name = ''] = /^(POST|PUT|DELETE) \/schedules\/([^?]+)/.exec(what) ?? []
    if (!method) return undefined
    if (services.alarms.has(name) === (method === 'POST')) {
      return method === 'POST' ? { status: 409, answer: {} } : { status: 404, answer: {} }
    }
    services.alarms.delete(name)
    if (method === 'DELETE') return { status: 200, answer: {} }
    const { ScheduleExpression, Target } = body as never as { ScheduleExpression: string; Target: { Input: string } }
    services.alarms.set(name, { at: `${ScheduleExpression.slice(3, -1)}.000Z`, body: JSON.parse(Target.Input) })
    return { status: 200, answer: { ScheduleArn: name } }
  }
  const scheduleErrors: Record<number, string> = { 404: 'ResourceNotFoundException', 409: 'ConflictException' }

  const depthOf = (body: Body): unknown => {
    const { QueueUrl, AttributeNames } = body as never as { QueueUrl: string; AttributeNames: string[] }
    const queue = QueueUrl.split('/').pop() as 'tips' | 'mail'
    const depth = services.depth[queue] ?? services.queued.filter((message) => message.queue === queue).length
    const counts: Record<string, number> = {
      ApproximateNumberOfMessages: depth,
      ApproximateNumberOfMessagesNotVisible: services.inFlight,
      ApproximateNumberOfMessagesDelayed: services.delayed,
    }
    return { Attributes: Object.fromEntries(AttributeNames.map((name) => [name, String(counts[name])])) }
  }

  /** Two lines a page. */
  const search = (body: Body): unknown => {
    const {
      filterPattern,
      startTime,
      endTime,
      nextToken = '0',
    } = body as Record<string, never> & { startTime: number; endTime: number }
    const wanted = String(filterPattern).replaceAll('"', '')
    const found = services.noted.filter(({ at, line }) => line.includes(wanted) && at >= startTime && at <= endTime)
    const from = Number(nextToken)
    const events = found.slice(from, from + 2).map(({ at, line }) => ({ timestamp: at, message: line }))
    return { events, ...(from + 2 < found.length ? { nextToken: String(from + 2) } : {}) }
  }

  const answers: Record<string, (body: Body) => unknown> = {
    'POST /v2/email/outbound-bulk-emails': sendBulk,
    'POST /v2/email/outbound-emails': sendOne,
    'GET /v2/email/account': () => services.account,
    'AmazonSQS.SendMessageBatch': enqueue,
    'AmazonSQS.GetQueueAttributes': depthOf,
    'Logs_20140328.FilterLogEvents': search,
  }

  const server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', async () => {
      const what = String(request.headers['x-amz-target'] ?? `${request.method} ${request.url}`)
      const body = text ? JSON.parse(text) : {}
      services.calls.push({ what, body })
      const sends = what.includes('outbound')
      const { meanwhile } = services
      if (sends && meanwhile) {
        services.meanwhile = undefined
        await meanwhile()
      }
      const isPoisoned = sends && services.poison !== undefined && text.includes(services.poison)
      const poisoned: Trouble = { status: 400, error: 'BadRequestException', message: 'Invalid content' }
      const trouble = isPoisoned ? poisoned : sends ? services.troubles.shift() : undefined
      if (trouble && 'cut' in trouble) return void response.destroy()
      const scheduled = schedule(what, body)
      const answered = () => {
        try {
          return answers[what]?.(body)
        } catch (error) {
          return void console.error(error)
        }
      }
      const answer = trouble ? { message: trouble.message ?? trouble.error } : (scheduled?.answer ?? answered())
      if (sends && services.forgets > 0) {
        services.forgets -= 1
        return void response.destroy()
      }
      const error = trouble?.error ?? scheduleErrors[scheduled?.status ?? 0]
      response.writeHead(trouble?.status ?? scheduled?.status ?? (answer ? 200 : 500), {
        'content-type': 'application/x-amz-json-1.0',
        ...(error ? { 'x-amzn-errortype': error } : {}),
      })
      response.end(JSON.stringify(answer ?? { message: `nobody answers ${what}` }))
    })
  })
  const listen = (port: number) => new Promise<void>((done) => void server.listen(port, '127.0.0.1', done))
  const stop = () =>
    new Promise<void>((done) => {
      server.close(() => done())
      server.closeAllConnections()
    })
  await listen(0)
  const { port } = server.address() as AddressInfo
  const url = `http://127.0.0.1:${port}`
  services.hangUp = async () => {
    await stop()
    // Until our side has seen that its open connections are closed.
    await delay(100)
    return () => listen(port)
  }
  services.close = stop
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_SESV2: url,
    AWS_ENDPOINT_URL_SQS: url,
    AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: url,
    AWS_ENDPOINT_URL_SCHEDULER: url,
    SCHEDULE_GROUP: 'requests',
    SCHEDULE_ROLE_ARN: 'arn:aws:iam::123456789012:role/rings',
    SCHEDULE_DEAD_LETTER_ARN: 'arn:aws:sqs:us-east-1:123456789012:dead',
    MAIL_QUEUE_ARN: 'arn:aws:sqs:us-east-1:123456789012:mail',
    CONFIGURATION_SET: 'workflow',
    TIPS_CONFIGURATION_SET: 'tips',
    MAIL_QUEUE_URL: `${url}/mail`,
    TIPS_QUEUE_URL: `${url}/tips`,
    TAKEN_TIPS: '/aws/events/taken-tips',
    PUBLIC_URL: 'https://chats.example.org',
  })
  return services
}
