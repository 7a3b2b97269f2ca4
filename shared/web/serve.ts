import middy from '@middy/core'
import jsonBodyParser from '@middy/http-json-body-parser'
import router from '@middy/http-router'
import urlencodeBodyParser from '@middy/http-urlencode-body-parser'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { frontKeys, theStage } from '../aws/environment.ts'
import { frontHeaders, isFrontKey, withoutPort } from '../front.ts'
import {
  type Answer,
  badFields,
  html,
  MAX_BODY_BYTES,
  notFound,
  Problem,
  problemDetails,
  retryAfter,
  wantsHtml,
} from '../http.ts'
import { log } from '../log.ts'
import { errorPage } from '../pages/error.ts'
import { type Call, publicUrl, type Route, typedIn } from './call.ts'

type HttpEvent = Omit<APIGatewayProxyEventV2, 'body'> & { body?: unknown }

const callOf = ({ headers, pathParameters, requestContext, body }: HttpEvent): Call => ({
  now: new Date().toISOString(),
  path: pathParameters ?? {},
  headers,
  browser: wantsHtml(headers.accept),
  sourceIp: requestContext.http.sourceIp,
  body,
  from: typeof body === 'object' && body !== null ? kindOf(headers) : undefined,
})

const handlerOf =
  (route: Route, needsBody: boolean) =>
  async (event: unknown): Promise<Answer> => {
    if (needsBody && !kindOf((event as HttpEvent).headers)) {
      throw new Problem(415, 'This kind of content is not read here', 'Please send a form (urlencoded) or JSON.')
    }
    return route(callOf(event as HttpEvent))
  }

const kindOf = (headers: HttpEvent['headers']): 'form' | 'json' | undefined => {
  const type = (headers['content-type'] ?? '').toLowerCase()
  if (/^application\/x-www-form-urlencoded\b/.test(type)) return 'form'
  return /^application\/([\w.-]+\+)?json\b/.test(type) ? 'json' : undefined
}

/**
 * Where CloudFront stands before the API, nobody gets around it, and who shows its key is believed where the visitor is:
 * the address that API Gateway sees is CloudFront's.
 */
const byTheFront = ({ headers, requestContext: { http } }: APIGatewayProxyEventV2): Answer | undefined => {
  const keys = frontKeys()
  if (keys.length === 0) return
  if (!isFrontKey(keys, headers[frontHeaders.key] ?? '')) {
    return problemDetails(new Problem(403, 'This address is not open', `Please go to ${publicUrl()}.`))
  }
  const visitor = headers[frontHeaders.visitor]
  if (visitor) http.sourceIp = withoutPort(visitor)
}

/** A body too large is refused before it is read; HEAD is answered as GET would be. */
const before = ({ event }: { event: APIGatewayProxyEventV2 }): Answer | undefined => {
  const refused = byTheFront(event)
  if (refused) return refused
  const { http } = event.requestContext
  if (http.method === 'HEAD') http.method = 'GET'
  const bytes = event.body ? Buffer.byteLength(event.body, event.isBase64Encoded ? 'base64' : 'utf8') : 0
  if (bytes > MAX_BODY_BYTES) throw new Problem(413, 'This is too long', 'Please keep it below 32 kilobytes.')
}

type Failed = { event: APIGatewayProxyEventV2; error: Error | null; response?: unknown }

/**
 * Every error becomes an answer: those that are meant to be seen with their words, middy's by their status. What was typed is
 * not lost where we could not do it: its form comes back, or the words.
 */
const onError =
  (forms: Forms) =>
  (failed: Failed): void => {
    const problem = asProblem(failed.error)
    const { headers, requestContext } = failed.event
    const { method, path } = requestContext.http
    const again = problem.status >= 500 ? forms[`${method} ${path}`] : undefined
    failed.response = !wantsHtml(headers?.accept)
      ? problemDetails(problem)
      : again
        ? again(callOf(failed.event), problem)
        : page(problem, problem.status >= 500 ? callOf(failed.event).body : undefined)
  }

/** The form that was sent to a path, with what was typed and what went wrong. */
export type Forms = Readonly<Record<string, (call: Call, problem: Problem) => Answer>>

const page = (problem: Problem, body: unknown): Answer => {
  const { status, message, detail, more } = problem
  const answer = html(
    status,
    errorPage({
      stage: theStage(),
      status,
      title: message,
      detail,
      errors: more.errors ?? [],
      ...(more.back ? { back: more.back } : {}),
      values: typeof body === 'object' ? typedIn(body) : {},
    }),
  )
  return { ...answer, headers: { ...answer.headers, ...retryAfter(problem) } }
}

const asProblem = (error: unknown): Problem => {
  if (error instanceof Problem) return error
  const status = (error as { statusCode?: unknown } | null)?.statusCode
  if (status === 404) return notFound()
  if (status === 422) return badFields([{ field: '', message: 'The JSON could not be read.' }])
  log('error', 'unexpected', { because: error instanceof Error ? error.name : typeof error })
  return new Problem(503, 'We could not do this just now', 'Please try again in a minute: nothing was lost.', {
    retryAfterSeconds: 60,
  })
}

const lenient = { disableContentTypeError: true }
const json = jsonBodyParser(lenient)
/** One click comes with any body or none: what says that it is JSON, and is not, is none. */
const jsonIfItIs: typeof json = {
  before: async (request) => {
    try {
      await json.before?.(request)
    } catch {}
  },
}
const readBody = (route: Route, needsBody: boolean) =>
  needsBody
    ? middy().use(json).use(urlencodeBodyParser(lenient)).handler(handlerOf(route, needsBody))
    : middy().use(jsonIfItIs).use(urlencodeBodyParser(lenient)).handler(handlerOf(route, needsBody))

/**
 * The handler of a table of routes. Those in `withBody` cannot do without a form or JSON; the others take whatever comes
 * with them, and read it if it is one of these. A path that nobody names is a 404 in the form that the client asked for.
 */
export const serve = <Key extends string>(routes: Record<Key, Route>, withBody: readonly Key[], forms: Forms = {}) =>
  middy<APIGatewayProxyEventV2>(
    router(
      (Object.keys(routes) as Key[]).map((key) => {
        const [method, path] = key.split(' ') as ['GET', string]
        return { method, path, handler: readBody(routes[key], withBody.includes(key)) }
      }),
      // The types of middy's router know nothing of handlers that are middy's own.
    ) as never,
    // Where the database hangs Lambda would cut the page off without a word: before that we say when to come again.
    { timeoutEarlyInMillis: 1_000 },
  ).use({ before, onError: onError(forms) })
