import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AsyncInvocations } from './async-invocations.ts'
import type { Clock } from './clock.ts'
import { clockRequestOf, PastError } from './clock-request.ts'
import type { Database } from './database.ts'
import { faultsOf } from './fault-request.ts'
import type { FunctionFaults } from './function-faults.ts'
import type { Functions, LastRun } from './functions.ts'
import { readBody } from './gateway.ts'
import { linksOf } from './links.ts'
import type { Mail } from './mail.ts'
import { type Movement, RestlessError } from './movement.ts'
import * as pages from './pages.ts'
import type { Message, Queues } from './queues.ts'
import type { Schedules } from './schedules.ts'
import type { Ses } from './ses.ts'
import type { StreamReaders } from './streams.ts'
import type { Plan } from './template.ts'

/** What a person needs to try it out, under `/_local/`: none of it is part of what is deployed. */
export type Surroundings = {
  plan: Plan
  clock: Clock
  movement: Movement
  schedules: Schedules
  queues: Queues
  streams: Pick<StreamReaders, 'waiting'>
  invocations: Pick<AsyncInvocations, 'waiting'>
  ses: Ses
  lambda: Functions
  functionFaults: FunctionFaults
  database: Database
}

type Answer = { status: number; headers?: Record<string, string>; body: string | Buffer }
type Asked = {
  params: string[]
  wantsPage: boolean
  fields: Record<string, unknown>
  isForm: boolean
  query: URLSearchParams
}
type Route = { method: string; path: RegExp; answer: (asked: Asked, around: Surroundings) => Answer | Promise<Answer> }

const asJson = { 'content-type': 'application/json; charset=utf-8' }
const json = (value: unknown, status = 200): Answer => ({
  status,
  headers: asJson,
  body: JSON.stringify(value, undefined, 2),
})
const page = async (markup: string | Promise<string>): Promise<Answer> => ({
  status: 200,
  headers: {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': pages.contentSecurityPolicy,
    // Not `no-referrer`: with that a browser hides from its own form's POST where it comes from.
    'referrer-policy': 'same-origin',
    'x-content-type-options': 'nosniff',
  },
  body: `<!doctype html>${await markup}`,
})
const back = (to: string): Answer => ({ status: 303, headers: { location: to }, body: '' })

const titles: Record<number, string> = {
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  503: 'Service Unavailable',
}
/** RFC 9457. */
const problem = (status: number, detail: string, errors?: { field: string; message: string }[]): Answer => ({
  status,
  headers: { 'content-type': 'application/problem+json; charset=utf-8' },
  body: JSON.stringify({
    type: 'about:blank',
    title: titles[status] ?? 'Error',
    status,
    detail,
    ...(errors && { errors }),
  }),
})
const unknown = (): Answer => problem(404, 'nothing is here')

const ofMail =
  (show: (mail: Mail, asked: Asked) => Answer | Promise<Answer>): Route['answer'] =>
  (asked, { ses }) => {
    const mail = ses.mail(asked.params[0] ?? '')
    return mail ? show(mail, asked) : unknown()
  }

const deadLetter = ({ id, queue, sentAt, receives, body, attributes }: Message) => ({
  id,
  queue,
  sentAt: new Date(sentAt).toISOString(),
  receives,
  body: jsonOrText(body),
  attributes: Object.fromEntries(Object.entries(attributes).map(([name, { StringValue }]) => [name, StringValue])),
})

const moveClock: Route['answer'] = async ({ fields, isForm }, { clock, movement }) => {
  const request = clockRequestOf(fields, clock.now(), movement.next)
  if ('field' in request) return problem(422, 'the clock does not understand this', [request])
  try {
    const moved = await movement.move(request.target)
    return isForm ? back('/_local') : json(moved)
  } catch (error) {
    if (error instanceof PastError) return problem(409, error.message)
    if (error instanceof RestlessError) return problem(409, error.message)
    throw error
  }
}

const faultNow = ({ ses, functionFaults }: Surroundings) => {
  const functions = functionFaults.all()
  return { ...ses.fault(), quota: ses.quota(), ...(Object.keys(functions).length > 0 && { functions }) }
}

const setFault: Route['answer'] = ({ fields, isForm }, around) => {
  const asked = faultsOf(
    fields,
    around.plan.functions.map(({ name }) => name),
  )
  if ('field' in asked) return problem(422, 'this fault is not known', [asked])
  if (asked.fault) around.ses.fail(asked.fault)
  if (asked.quota) around.ses.setQuota(asked.quota)
  if (asked.fn) around.functionFaults.set(asked.fn.name, asked.fn.fault)
  around.movement.poke()
  return isForm ? back('/_local') : json(faultNow(around))
}

const listMail: Route['answer'] = ({ query }, { ses }) => ({
  status: 200,
  headers: asJson,
  body: ses.mailsAsJson(query.get('to') ?? undefined),
})

const countMail: Route['answer'] = ({ query }, { ses }) => json(ses.counted(Object.fromEntries(query)))

/** What `GET /_local/functions` tells of each: `heldMb` of those that are loaded, of the environment that holds most. */
export type Ran = LastRun & { heldMb?: number | undefined }

/** How often each ran and what it took; of those that are loaded, what they hold. */
const showFunctions: Route['answer'] = async (_, { lambda }) => {
  const held = await lambda.held()
  return json(lambda.lastRuns().map((last): Ran => ({ ...last, heldMb: held.get(last.fn) })))
}

/** What `GET /_local/waiting` tells: of each queue, of each reader of the stream, and of each function that has events. */
export type Waiting = {
  queues: Record<string, { visible: number; hidden: number; delayed: number; oldestSeconds: number }>
  streams: Record<string, { oldestSeconds: number; isAtEnd: boolean; given: { at: number; ageSeconds: number }[] }>
  /** Invoked asynchronously: by a schedule, or by a rule with what SES tells. */
  events: Record<string, { events: number; oldestSeconds: number }>
}

const showWaiting: Route['answer'] = (_, { plan, queues, streams, invocations, clock }) => {
  const ageOf = (since: number | undefined) => (since === undefined ? 0 : Math.round((clock.now() - since) / 1000))
  const waiting: Waiting = {
    queues: Object.fromEntries(
      plan.queues.map(({ name }) => [name, { ...queues.count(name), oldestSeconds: ageOf(queues.oldest(name)) }]),
    ),
    streams: Object.fromEntries(
      streams.waiting().map(({ fn, since, isAtEnd, given }) => [fn, { oldestSeconds: ageOf(since), isAtEnd, given }]),
    ),
    events: Object.fromEntries(
      invocations.waiting().map(({ fn, events, since }) => [fn, { events, oldestSeconds: ageOf(since) }]),
    ),
  }
  return json(waiting)
}

const showData: Route['answer'] = async ({ wantsPage }, { plan, database }) => {
  const tables: { table: string; items: unknown[]; more: boolean }[] = []
  for (const { name } of plan.tables) {
    const { Items = [], LastEvaluatedKey } = await database.call<{
      Items?: Record<string, unknown>[]
      LastEvaluatedKey?: unknown
    }>('Scan', {
      TableName: name,
      Limit: 1000,
    })
    tables.push({ table: name, items: Items.map((item) => plain({ M: item })), more: LastEvaluatedKey !== undefined })
  }
  return wantsPage ? page(pages.data(tables)) : json(tables)
}

const routes: Route[] = [
  { method: 'GET', path: /^\/_local\/?$/, answer: (_, around) => page(pages.home(around)) },
  { method: 'GET', path: /^\/_local\/clock$/, answer: (_, { clock }) => json({ now: clock.iso() }) },
  { method: 'POST', path: /^\/_local\/clock$/, answer: moveClock },
  { method: 'GET', path: /^\/_local\/mail$/, answer: listMail },
  { method: 'GET', path: /^\/_local\/mail\/count$/, answer: countMail },
  { method: 'GET', path: /^\/_local\/mail\/([\w-]+)$/, answer: ofMail((mail) => json(mail)) },
  { method: 'GET', path: /^\/_local\/mail\/([\w-]+)\/links$/, answer: ofMail((mail) => json(linksOf(mail))) },
  {
    method: 'GET',
    path: /^\/_local\/mail\/([\w-]+)\/html$/,
    answer: ofMail((mail) => ({
      status: 200,
      headers: {
        'content-type': 'text/html; charset=utf-8',
        'content-security-policy': pages.mailPolicy,
        'x-content-type-options': 'nosniff',
      },
      body: pages.openingLinksOutside(mail.html ?? ''),
    })),
  },
  {
    method: 'GET',
    path: /^\/_local\/mail\/([\w-]+)\/attachments\/(\d{1,3})$/,
    answer: ofMail((mail, { params }) => {
      const found = mail.attachments[Number(params[1])]
      if (!found) return unknown()
      const name = encodeURIComponent(found.filename)
      return {
        status: 200,
        headers: {
          'content-type': /^[\x20-\x7e]+$/.test(found.contentType) ? found.contentType : 'application/octet-stream',
          'content-disposition': `attachment; filename*=UTF-8''${name}`,
          'content-security-policy': 'sandbox',
          'x-content-type-options': 'nosniff',
        },
        body: Buffer.from(found.content, 'base64'),
      }
    }),
  },
  { method: 'GET', path: /^\/_local\/inbox$/, answer: (_, { ses }) => page(pages.inbox(ses.mails())) },
  {
    method: 'GET',
    path: /^\/_local\/inbox\/([\w-]+)$/,
    answer: ofMail((mail) => page(pages.message(mail, linksOf(mail)))),
  },
  {
    method: 'GET',
    path: /^\/_local\/schedules$/,
    answer: (_, { schedules }) =>
      json(
        schedules
          .pending()
          .filter(({ kind }) => kind === 'at')
          .map(({ name, at, input }) => ({ name, at, input })),
      ),
  },
  {
    method: 'GET',
    path: /^\/_local\/dead-letters$/,
    answer: ({ wantsPage }, { queues }) => {
      const letters = queues.deadLetters().map(deadLetter)
      return wantsPage ? page(pages.deadLetters(letters)) : json(letters)
    },
  },
  { method: 'GET', path: /^\/_local\/waiting$/, answer: showWaiting },
  { method: 'GET', path: /^\/_local\/functions$/, answer: showFunctions },
  { method: 'GET', path: /^\/_local\/faults$/, answer: (_, around) => json(faultNow(around)) },
  { method: 'POST', path: /^\/_local\/faults$/, answer: setFault },
  { method: 'GET', path: /^\/_local\/data$/, answer: showData },
]

const mostBodyBytes = 64 * 1024

/** Fields of a JSON or form body, or why there are none. */
const fieldsOf = (
  body: Buffer | undefined,
  type: string,
): { fields: Record<string, unknown>; isForm: boolean } | Answer => {
  if (!body) return problem(413, `a body has at most ${mostBodyBytes} bytes here`)
  const text = body.toString()
  if (/^application\/x-www-form-urlencoded\b/i.test(type))
    return { fields: Object.fromEntries(new URLSearchParams(text)), isForm: true }
  if (type !== '' && !/^application\/json\b/i.test(type))
    return problem(415, 'the body is application/json or application/x-www-form-urlencoded')
  const value = text.trim() === '' ? {} : jsonOrText(text)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return problem(422, 'the body is not a JSON object', [{ field: '', message: 'is not a JSON object' }])
  }
  return { fields: value as Record<string, unknown>, isForm: false }
}

/** Another site's page must not be able to press these buttons. */
const isFromElsewhere = ({ origin, host }: IncomingMessage['headers']): boolean => {
  if (origin === undefined) return false
  try {
    return new URL(origin).host !== host
  } catch {
    return true
  }
}

const answerTo = async (request: IncomingMessage, around: Surroundings): Promise<Answer> => {
  const { url = '/', headers } = request
  const body = await readBody(request, mostBodyBytes)
  const method = request.method === 'HEAD' ? 'GET' : (request.method ?? 'GET')
  const [path = '/', query = ''] = url.split('?')
  const onPath = routes.filter((route) => route.path.test(path))
  if (onPath.length === 0) return unknown()
  const route = onPath.find((one) => one.method === method)
  if (!route) {
    const allow = onPath.map((one) => one.method).join(', ')
    const refusal = problem(405, `this takes ${allow}`)
    return { ...refusal, headers: { ...refusal.headers, allow } }
  }
  let read: { fields: Record<string, unknown>; isForm: boolean } = { fields: {}, isForm: false }
  if (method === 'POST') {
    if (isFromElsewhere(headers)) return problem(403, 'this takes requests of its own pages only')
    const fields = fieldsOf(body, headers['content-type'] ?? '')
    if ('status' in fields) return fields
    read = fields
  }
  const params = route.path.exec(path)?.slice(1) ?? []
  const wantsPage = (headers.accept ?? '').includes('text/html')
  return route.answer({ ...read, params, wantsPage, query: new URLSearchParams(query) }, around)
}

export const answerLocally =
  (around: Surroundings) =>
  async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const answer = await answerTo(request, around).catch(() =>
      problem(503, 'the local cloud is stopping, or cannot do this now'),
    )
    response.writeHead(answer.status, { 'cache-control': 'no-store', ...answer.headers })
    response.end(request.method === 'HEAD' ? undefined : answer.body)
  }

const jsonOrText = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

type AttributeValue = {
  S?: string
  N?: string
  BOOL?: boolean
  NULL?: boolean
  L?: unknown[]
  M?: object
  SS?: string[]
  NS?: string[]
  B?: string
}

/** An item without DynamoDB's types, for reading. */
const plain = (value: unknown): unknown => {
  const { S, N, BOOL, NULL, L, M, SS, NS, B } = value as AttributeValue
  if (S !== undefined) return S
  if (N !== undefined) return Number(N)
  if (BOOL !== undefined) return BOOL
  if (NULL) return null
  if (L) return L.map(plain)
  if (M) return Object.fromEntries(Object.entries(M).map(([name, one]) => [name, plain(one)]))
  return SS ?? NS ?? B
}
