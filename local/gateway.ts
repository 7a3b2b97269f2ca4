import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Clock } from './clock.ts'
import type { Functions } from './functions.ts'
import { account, type Plan, type Route } from './template.ts'

/** API Gateway's HTTP API with payload format 2.0, and whatever else answers on the same port. */
export type Gateway = {
  url: string
  port: number
  serve: (answer: (request: IncomingMessage, response: ServerResponse) => Promise<void>) => void
  stop: () => void
}

/** How long the port waits for whom, in milliseconds. */
export const patience = {
  /** For the head of a request, and for all of it: after that the connection is ended with 408. */
  headersTimeout: 60_000,
  requestTimeout: 120_000,
  /** How often it looks for those whose time is over. */
  connectionsCheckingInterval: 30_000,
  // A client that is busy for some seconds comes back to a connection that is still open.
  keepAliveTimeout: 120_000,
}

/**
 * Opens the port before anything else is there: that it is taken should be known at once.
 * @throws with the code `EADDRINUSE` when it is.
 */
export const openGateway = async (port: number, waits: typeof patience = patience): Promise<Gateway> => {
  let serve: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined
  // Request line and headers together, as on AWS.
  const server: Server = createServer({ ...waits, maxHeaderSize: 10_240 }, (request, response) => {
    if (!serve) {
      response
        .writeHead(503, { 'content-type': 'text/plain', 'retry-after': '2' })
        .end('The local cloud is starting.\n')
      return
    }
    serve(request, response).catch(() => {
      if (response.headersSent) response.destroy()
      else say(response, 500, 'Internal Server Error')
    })
  })
  // Loopback only: this serves everybody's mail without asking who they are.
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(port, '127.0.0.1', done)
  })
  const taken = (server.address() as AddressInfo).port
  return {
    url: `http://localhost:${taken}`,
    port: taken,
    serve: (answer) => {
      serve = answer
    },
    stop: () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

const mostBodyBytes = 10 * 1024 * 1024

/** The body, or nothing when it is longer than `most` bytes. */
export const readBody = async (request: IncomingMessage, most = mostBodyBytes): Promise<Buffer | undefined> => {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += (chunk as Buffer).length
    if (size <= most) chunks.push(chunk as Buffer)
  }
  return size > most ? undefined : Buffer.concat(chunks)
}

/** API Gateway's own answers have this shape. */
const say = (response: ServerResponse, status: number, message: string): void => {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify({ message }))
}

type Match = { route: Route; parameters: Record<string, string> }

/** Fewer is better: a literal segment beats a parameter, which beats the rest of the path, which beats `$default`. */
const score = (route: Route): string =>
  route.method === '$default'
    ? '9'
    : route.path
        .split('/')
        .map((part) => (part.endsWith('+}') ? 2 : part.startsWith('{') ? 1 : 0))
        .join('') + (route.method === 'ANY' ? 1 : 0)

/** The routes in the order in which API Gateway prefers them. */
export const byPreference = (routes: Route[]): Route[] =>
  routes.toSorted((left, right) => (score(left) < score(right) ? -1 : 1))

/** The first route that takes the request. `path` is as the client wrote it, still encoded. */
export const matchRoute = (sorted: Route[], method: string, path: string): Match | undefined => {
  const parts = path.split('/')
  for (const route of sorted) {
    if (route.method === '$default') return { route, parameters: {} }
    if (route.method !== 'ANY' && route.method !== method) continue
    const parameters = parametersOf(route.path.split('/'), parts)
    if (parameters) return { route, parameters }
  }
  return undefined
}

const parametersOf = (wanted: string[], parts: string[]): Record<string, string> | undefined => {
  const parameters: Record<string, string> = {}
  for (const [index, want] of wanted.entries()) {
    const part = parts[index]
    if (part === undefined) return undefined
    if (want.endsWith('+}')) {
      parameters[want.slice(1, -2)] = parts.slice(index).map(decodeURIComponent).join('/')
      return parameters
    }
    if (want.startsWith('{')) {
      if (part === '') return undefined
      parameters[want.slice(1, -1)] = decodeURIComponent(part)
    } else if (want !== decodeURIComponent(part)) return undefined
  }
  return wanted.length === parts.length ? parameters : undefined
}

// What API Gateway takes for text; a form is not among it, and reaches the function in base64.
const textTypes = /^(text\/[^;]+|application\/(json|javascript|xml|[^;]+\+(json|xml)))\s*(;|$)/i

const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
const clfTime = (at: number): string => {
  const [date = '', time = ''] = new Date(at).toISOString().split('T')
  const [year, month, day] = date.split('-')
  return `${day}/${months[Number(month) - 1]}/${year}:${time.slice(0, 8)} +0000`
}

/** The event of payload format 2.0. @throws URIError for a path that is not well encoded. */
const eventOf = (
  request: IncomingMessage,
  body: Buffer,
  { route, parameters }: Match,
  plan: Plan,
  clock: Clock,
): unknown => {
  const { method = 'GET', url = '/' } = request
  const mark = url.indexOf('?')
  const [path, query] = mark < 0 ? [url, ''] : [url.slice(0, mark), url.slice(mark + 1)]
  const headers: Record<string, string> = {}
  for (const [name, value] of Object.entries(request.headersDistinct)) {
    if (name !== 'cookie' && value) headers[name] = value.join(',')
  }
  const sourceIp = (request.socket.remoteAddress ?? '127.0.0.1').replace(/^::ffff:/, '')
  const host = headers.host ?? 'localhost'
  headers['x-forwarded-for'] =
    headers['x-forwarded-for'] === undefined ? sourceIp : `${headers['x-forwarded-for']}, ${sourceIp}`
  headers['x-forwarded-proto'] = 'http'
  headers['x-forwarded-port'] = String(request.socket.localPort ?? '')
  const queries: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(query))
    queries[name] = Object.hasOwn(queries, name) ? `${queries[name]},${value}` : value
  const cookies = request.headers.cookie?.split(/;\s*/)
  const isText = textTypes.test(headers['content-type'] ?? '')
  const routeKey = route.method === '$default' ? '$default' : `${route.method} ${route.path}`
  // Decoded, unlike that of a function URL.
  const rawPath = decodeURIComponent(path)
  return {
    version: '2.0',
    routeKey,
    rawPath,
    rawQueryString: query,
    ...(cookies && { cookies }),
    headers,
    ...(query !== '' && { queryStringParameters: queries }),
    requestContext: {
      accountId: account,
      apiId: plan.apiId,
      domainName: host,
      domainPrefix: plan.apiId,
      http: {
        method,
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp,
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: crypto.randomUUID(),
      routeKey,
      stage: '$default',
      time: clfTime(clock.now()),
      timeEpoch: clock.now(),
    },
    ...(Object.keys(parameters).length > 0 && { pathParameters: parameters }),
    ...(body.length > 0 && { body: body.toString(isText ? 'utf8' : 'base64') }),
    isBase64Encoded: body.length > 0 && !isText,
  }
}

type Result = {
  statusCode?: unknown
  headers?: Record<string, unknown>
  cookies?: string[]
  body?: unknown
  isBase64Encoded?: boolean
}

/** The server writes these itself. */
const ownHeaders = /^(connection|transfer-encoding|content-length)$/i

const respond = (response: ServerResponse, result: unknown): void => {
  const structured = typeof result === 'object' && result !== null && 'statusCode' in result
  // A plain value is a body of its own.
  const {
    statusCode = 200,
    headers = {},
    cookies,
    body,
    isBase64Encoded,
  } = (
    structured
      ? result
      : {
          headers: { 'content-type': 'application/json' },
          body: typeof result === 'string' ? result : JSON.stringify(result),
        }
  ) as Result
  const status = Number(statusCode)
  const isStatus = Number.isInteger(status) && status >= 200 && status <= 599
  if (!isStatus || (body !== undefined && body !== null && typeof body !== 'string')) {
    say(response, 500, 'Internal Server Error')
    return
  }
  const bytes = Buffer.from((body as string | null | undefined) ?? '', isBase64Encoded ? 'base64' : 'utf8')
  response.statusCode = status
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || value === null || ownHeaders.test(name)) continue
    response.setHeader(name, String(value))
  }
  if (cookies?.length) response.setHeader('set-cookie', cookies)
  if (!response.hasHeader('content-type') && bytes.length > 0) {
    response.setHeader('content-type', 'text/plain;charset=UTF-8')
  }
  if (status !== 204 && status !== 304) response.setHeader('content-length', bytes.length)
  response.end(bytes)
}

/** Answers a request as API Gateway does: by the routes of the template, and what is not on them itself. */
export const answerByRoutes = (plan: Plan, lambda: Functions, clock: Clock) => {
  const sorted = byPreference(plan.routes)
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = await readBody(request)
    if (!body) return say(response, 413, 'Request Entity Too Large')
    const { method = 'GET', url = '/' } = request
    let match: Match | undefined
    let event: unknown
    try {
      match = matchRoute(sorted, method, url.split('?')[0] ?? '/')
      if (!match) return say(response, 404, 'Not Found')
      event = eventOf(request, body, match, plan, clock)
    } catch (error) {
      if (error instanceof URIError) return say(response, 400, 'Bad Request')
      throw error
    }
    if (lambda.isThrottled(match.route.fn)) return say(response, 503, 'Service Unavailable')
    const slow = Promise.withResolvers<undefined>()
    const timer = setTimeout(() => slow.resolve(undefined), match.route.timeoutMs)
    const outcome = await Promise.race([lambda.invoke(match.route.fn, event), slow.promise])
    clearTimeout(timer)
    if (!outcome) return say(response, 503, 'Service Unavailable')
    if (!outcome.ok) return say(response, 500, 'Internal Server Error')
    try {
      respond(response, outcome.result)
    } catch {
      // A header that HTTP does not allow.
      if (!response.headersSent) say(response, 500, 'Internal Server Error')
    }
  }
}
