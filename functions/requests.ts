import { randomBytes, randomUUID } from 'node:crypto'
import middy from '@middy/core'
import jsonBodyParser from '@middy/http-json-body-parser'
import router from '@middy/http-router'
import urlencodeBodyParser from '@middy/http-urlencode-body-parser'
import type { APIGatewayProxyEventV2 } from 'aws-lambda'
import { countNetwork } from '../shared/aws/counters.ts'
import { setting, theStage } from '../shared/aws/environment.ts'
import { load, type PersonFile } from '../shared/aws/files.ts'
import * as people from '../shared/aws/people.ts'
import * as requests from '../shared/aws/requests.ts'
import { toMs } from '../shared/calendar.ts'
import { calendarEntry } from '../shared/calendar-entry.ts'
import { opens, type Purpose, readConfirmToken } from '../shared/capability.ts'
import { compose, type DraftName, draftNames } from '../shared/drafts.ts'
import { toEml } from '../shared/eml.ts'
import { decide, type EventName, events, isAllowed, isEventName, record, statesFor } from '../shared/events.ts'
import type { FieldError } from '../shared/fields.ts'
import {
  type Answer,
  badFields,
  file,
  html,
  json,
  MAX_BODY_BYTES,
  notFound,
  Problem,
  problemDetails,
  seeOther,
  wants,
  wantsHtml,
} from '../shared/http.ts'
import { linksOf } from '../shared/links.ts'
import { log } from '../shared/log.ts'
import { networkOf } from '../shared/network.ts'
import { newRequest } from '../shared/new-request.ts'
import { confirmedPage, confirmPage } from '../shared/pages/confirm.ts'
import { erasedPage, erasePage } from '../shared/pages/erase.ts'
import { errorPage } from '../shared/pages/error.ts'
import { eventPage } from '../shared/pages/event.ts'
import { formPage, lookInYourInboxPage } from '../shared/pages/form.ts'
import { requestPage } from '../shared/pages/request.ts'
import { stopPage, stoppedPage } from '../shared/pages/stop.ts'
import { personId } from '../shared/person.ts'
import { plan } from '../shared/plan.ts'
import type { Instant, InterviewRequest, State } from '../shared/request.ts'
import { idOfSubmission, isRequestId, newRequestId } from '../shared/request-id.ts'
import { exportOf, resourceOf } from '../shared/resource.ts'
import { type RequestRoute, requestRoutes } from '../shared/routes.ts'
import { isMachine, readSubmission } from '../shared/submission.ts'

/** One HTTP request, read: what every route needs to know about it. */
type Call = {
  now: Instant
  path: Record<string, string | undefined>
  headers: Record<string, string | undefined>
  browser: boolean
  sourceIp: string
  body: unknown
  from: 'form' | 'json' | undefined
}

const HOUR = 3_600_000
/** Two clicks at once: the second is decided again on what the first has made. */
const TRIES = 3

const routes: Record<RequestRoute, (call: Call) => Promise<Answer>> = {
  'GET /': async () => html(200, formPage({ stage: theStage(), submissionId: randomUUID() })),
  'GET /health': async () => json(200, { ok: true }),
  'POST /requests': submit,
  'GET /requests/inbox': async () => html(200, lookInYourInboxPage({ stage: theStage() })),
  'GET /confirm/{token}': async (call) => {
    const { request } = await toConfirm(call)
    const action = linksOf(publicUrl(), request).confirm
    return call.browser
      ? html(200, confirmPage({ stage: theStage(), action }))
      : json(200, { confirmed: request.state !== 'unconfirmed' })
  },
  'POST /confirm/{token}': confirm,
  'GET /requests/{id}/{token}': async (call) => show(call, await open(call)),
  'POST /requests/{id}/{token}/events': recordEvent,
  'GET /requests/{id}/{token}/events/{event}': async (call) => {
    const { request } = (await open(call)).file
    const { event } = call.path
    if (!isEventName(event)) throw notFound()
    const links = linksOf(publicUrl(), request)
    return html(200, eventPage({ stage: theStage(), request, event, links, allowed: isAllowed(event, request.state) }))
  },
  'GET /requests/{id}/{token}/drafts/{mail}': draft,
  'GET /requests/{id}/{token}/calendar.ics': async (call) => {
    const { request } = (await open(call)).file
    const entry = calendarEntry(request, { now: call.now, pageUrl: linksOf(publicUrl(), request).page })
    if (!entry) throw notFound()
    return file(entry.contentType, entry.content, entry.filename)
  },
  'GET /requests/{id}/{token}/export': async (call) => {
    const { person, files } = await open(call)
    const { id: _id, ...kept } = person
    return json(200, { exportedAt: call.now, person: kept, requests: files.map(exportOf) })
  },
  'GET /requests/{id}/{token}/erase': async (call) =>
    html(200, erasePage({ stage: theStage(), links: linksOf(publicUrl(), (await open(call)).file.request) })),
  'POST /requests/{id}/{token}/erase': async (call) => {
    const { request } = (await open(call)).file
    await people.forget(request.person, request.id)
    await requests.erase(request.id)
    return call.browser ? html(200, erasedPage({ stage: theStage() })) : json(200, { erased: true })
  },
  'GET /requests/{id}/{token}/stop': async (call) => {
    const { request } = (await open(call, 'stop')).file
    return html(200, stopPage({ stage: theStage(), request, action: linksOf(publicUrl(), request).stop }))
  },
  'POST /requests/{id}/{token}/stop': stop,
}

const publicUrl = () => setting('publicUrl')
const freshId = (now: Instant) => newRequestId(toMs(now), randomBytes(16))

/** The file that the link opens; an unknown, expired or malformed one and a wrong token get the same answer. */
async function open({ path, now }: Call, purpose: Purpose = 'page'): Promise<PersonFile> {
  const { id = '', token = '' } = path
  const loaded = isRequestId(id) ? await load(id, now) : undefined
  if (!loaded || !opens(loaded.file.request.secret, purpose, token)) throw notFound()
  return loaded
}

/**
 * Stores a request. The answer is the same whatever is known about the address: nobody can ask us who uses this. A
 * crowded network is told to come back, for that says nothing about anybody.
 */
async function submit(call: Call): Promise<Answer> {
  const { now, body, from = 'json' } = call
  const stage = theStage()
  const accepted = (id: string) =>
    call.browser ? seeOther(`${publicUrl()}/requests/inbox`) : json(202, { id, state: 'unconfirmed' })
  if (from === 'form' && isMachine(body)) return accepted(freshId(now))
  const read = readSubmission(body, from)
  if (!read.ok) return formAgain(call, 422, badFields(read.errors))

  const submission = read.value
  const seen = await countNetwork(networkOf(call.sourceIp, stage.addressKey), now)
  if (seen > stage.caps.refuseFromANetworkAnHour) return formAgain(call, 429, tooMany(now))
  const once = call.headers['idempotency-key'] || submission.submissionId
  const request = await requests.create(
    newRequest(submission, {
      id: once ? idOfSubmission(once.slice(0, 200), submission.seekerEmail) : freshId(now),
      secret: randomBytes(16).toString('base64url'),
      person: personId(submission.seekerEmail, stage.addressKey),
      now,
      timeZone: stage.calendar.timeZone,
      withheld: seen > stage.caps.requestsFromANetworkAnHour,
      retention: stage.retention,
    }),
  )
  return accepted(request.id)
}

const tooMany = (now: Instant): Problem =>
  new Problem(
    429,
    'Many requests have come from your network',
    'Please send it again in a while: nothing is wrong with it.',
    {
      retryAfterSeconds: Math.ceil((HOUR - (toMs(now) % HOUR)) / 1000),
    },
  )

/** A browser gets its form back with everything that was typed; a client gets the problem. */
const formAgain = ({ browser, body }: Call, status: number, problem: Problem): Answer => {
  const answer = problemDetails(problem)
  if (!browser) return answer
  const errors = problem.more.errors ?? [{ field: '', message: `${problem.message}. ${problem.detail}` }]
  const values = typedIn(body)
  const page = html(
    status,
    formPage({ stage: theStage(), submissionId: values.submissionId ?? randomUUID(), values, errors }),
  )
  const retryAfter = answer.headers['retry-after']
  return { ...page, headers: { ...page.headers, ...(retryAfter ? { 'retry-after': retryAfter } : {}) } }
}

const typedIn = (body: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(body ?? {}).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [[name, String(value)]]
        : [],
    ),
  )

async function toConfirm({ path, now }: Call) {
  const token = readConfirmToken(path.token ?? '')
  const found = token && isRequestId(token.id) ? await requests.find(token.id, now) : undefined
  if (!token || !found || !opens(found.request.secret, 'confirm', token.token)) throw notFound()
  return found
}

async function confirm(call: Call): Promise<Answer> {
  const stage = theStage()
  const { now } = call
  let { request } = await toConfirm(call)
  const already = request.state !== 'unconfirmed'
  if (!already) {
    await people.verify(request.person, request.id, now)
    const next = record(request, 'confirmed', { now, retention: stage.retention })
    // Refused: the same button was pressed twice at once, and the other one has done it.
    if (next && (await requests.save(next, ['unconfirmed']))) request = next
    else request = (await toConfirm(call)).request
  }
  const links = linksOf(publicUrl(), request)
  if (!call.browser) return json(200, { id: request.id, state: request.state, page: links.page })
  return html(200, confirmedPage({ stage, links, already, others: await waitingWith(request, now) }))
}

/** Requests sent in from this address on the same day, for which the caps allowed no mail of their own. */
const waitingWith = async (request: InterviewRequest, now: Instant) => {
  const { held } = await people.find(request.person)
  const files = await Promise.all(held.map((id) => requests.find(id, now)))
  return files.flatMap((waiting) =>
    waiting?.request.state === 'unconfirmed'
      ? [{ contactName: waiting.request.contact.name, action: linksOf(publicUrl(), waiting.request).confirm }]
      : [],
  )
}

type FormProblem = { event: EventName; errors: FieldError[]; values: Record<string, string> }

function show(
  call: Call,
  opened: PersonFile,
  { status = 200, problem }: { status?: number; problem?: FormProblem } = {},
): Answer {
  const stage = theStage()
  const { file: own, files, person } = opened
  const { mails } = plan(files, stage.calendar, call.now)
  const planned = person.suppressedAt ? [] : mails.filter((mail) => mail.requestId === own.request.id)
  if (!call.browser) return json(status, resourceOf(own, planned))
  const links = linksOf(publicUrl(), own.request)
  const notice = person.suppressedAt
    ? 'Mail to this address is stopped: it came back to us, or was reported as unwanted.'
    : undefined
  return html(
    status,
    requestPage({
      stage,
      request: own.request,
      mails: [...own.mails],
      planned,
      links,
      now: call.now,
      ...(problem ? { problem } : {}),
      ...(notice ? { notice } : {}),
    }),
  )
}

async function recordEvent(call: Call): Promise<Answer> {
  const { from = 'json', now } = call
  const { event, ...fields } =
    typeof call.body === 'object' && call.body ? (call.body as Record<string, unknown>) : { event: '' }
  for (let tries = 0; tries < TRIES; tries += 1) {
    const opened = await open(call)
    const { request } = opened.file
    if (!isEventName(event)) {
      throw badFields([{ field: 'event', message: `Please name one of: ${Object.keys(events).join(', ')}.` }])
    }
    const decision = decide(request, event, { body: fields, from }, { now, retention: theStage().retention })
    if (!decision.ok && decision.why === 'fields') {
      if (!call.browser) throw badFields(decision.errors)
      return show(call, opened, { status: 422, problem: { event, errors: decision.errors, values: typedIn(fields) } })
    }
    if (!decision.ok) return notNow(call, event, request)
    if (!decision.changed || (await requests.save(decision.request, statesFor(event)))) {
      return call.browser ? seeOther(linksOf(publicUrl(), request).page) : show(call, await open(call))
    }
  }
  throw new Problem(409, 'Something else happened at the same moment', 'Please look at the request and try again.')
}

/** A second click on what is done already is no mistake; anything else is told what the state is. */
const notNow = (call: Call, event: EventName, request: InterviewRequest): Answer => {
  if (call.browser && request.history.at(-1)?.event === event) return seeOther(linksOf(publicUrl(), request).page)
  throw new Problem(409, 'This does not fit any more', `The request is “${request.state}” now.`, {
    state: request.state,
  })
}

async function draft(call: Call): Promise<Answer> {
  const { request } = (await open(call)).file
  const name = call.path.mail as DraftName
  if (!draftNames.includes(name) || request.state === 'unconfirmed') throw notFound()
  const composed = compose(name, request)
  if (composed.kind === 'ask') {
    throw new Problem(409, 'This draft needs one more thing from you', 'Please answer on the page of the request.', {
      errors: composed.asks.map(({ field, question }) => ({ field, message: question })),
      state: request.state,
    })
  }
  if (wants('message/rfc822', call.headers.accept)) return file('message/rfc822', toEml(composed), `${name}.eml`)
  return file('text/plain; charset=utf-8', `Subject: ${composed.subject}\n\n${composed.body}`)
}

/** One click, with any body or none and no redirect (RFC 8058); a second one says the same. `undo` takes it back. */
async function stop(call: Call): Promise<Answer> {
  const { retention } = theStage()
  const event: EventName = hasUndo(call.body) ? 'reopened' : 'closed'
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { request } = (await open(call, 'stop')).file
    const decision = decide(request, event, { body: {}, from: 'json' }, { now: call.now, retention })
    const done = !decision.ok || !decision.changed || (await requests.save(decision.request, statesFor(event)))
    if (!done) continue
    const { state }: { state: State } = decision.ok ? decision.request : request
    if (!call.browser) return json(200, { state })
    const links = linksOf(publicUrl(), request)
    return html(200, stoppedPage({ stage: theStage(), request, action: links.stop, stopped: state === 'closed' }))
  }
  throw new Problem(409, 'Something else happened at the same moment', 'Please try again.')
}

const hasUndo = (body: unknown): boolean => typeof body === 'object' && body !== null && 'undo' in body

type HttpEvent = Omit<APIGatewayProxyEventV2, 'body'> & { body?: unknown }

/** Routes that cannot do without a body; the others ignore whatever comes with them. */
const needsBody: readonly RequestRoute[] = ['POST /requests', 'POST /requests/{id}/{token}/events']

const handlerOf =
  (route: RequestRoute) =>
  async (event: unknown): Promise<Answer> => {
    const { headers, pathParameters, requestContext, body } = event as HttpEvent
    const from = typeof body === 'object' && body !== null ? kindOf(headers) : undefined
    if (needsBody.includes(route) && !kindOf(headers)) {
      throw new Problem(415, 'This kind of content is not read here', 'Please send a form (urlencoded) or JSON.')
    }
    return routes[route]({
      now: new Date().toISOString(),
      path: pathParameters ?? {},
      headers,
      browser: wantsHtml(headers.accept),
      sourceIp: requestContext.http.sourceIp,
      body,
      from,
    })
  }

const kindOf = (headers: HttpEvent['headers']): 'form' | 'json' | undefined => {
  const type = (headers['content-type'] ?? '').toLowerCase()
  if (/^application\/x-www-form-urlencoded\b/.test(type)) return 'form'
  return /^application\/([\w.-]+\+)?json\b/.test(type) ? 'json' : undefined
}

/** A body too large is refused before it is read; HEAD is answered as GET would be. */
const before = ({ event }: { event: APIGatewayProxyEventV2 }): void => {
  const { http } = event.requestContext
  if (http.method === 'HEAD') http.method = 'GET'
  const bytes = event.body ? Buffer.byteLength(event.body, event.isBase64Encoded ? 'base64' : 'utf8') : 0
  if (bytes > MAX_BODY_BYTES) throw new Problem(413, 'This is too long', 'Please keep it below 32 kilobytes.')
}

/** Every error becomes an answer: those that are meant to be seen with their words, middy's by their status. */
const onError = (failed: { event: APIGatewayProxyEventV2; error: Error | null; response?: unknown }): void => {
  const problem = asProblem(failed.error)
  const { status, message, detail, more } = problem
  failed.response = wantsHtml(failed.event.headers?.accept)
    ? html(status, errorPage({ stage: theStage(), status, title: message, detail, errors: more.errors ?? [] }))
    : problemDetails(problem)
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
const readBody = (route: RequestRoute) =>
  needsBody.includes(route)
    ? middy().use(jsonBodyParser(lenient)).use(urlencodeBodyParser(lenient)).handler(handlerOf(route))
    : middy().use(urlencodeBodyParser(lenient)).handler(handlerOf(route))

export const handler = middy<APIGatewayProxyEventV2>()
  .use({ before, onError })
  .handler(
    // The types of middy's router know nothing of handlers that are middy's own.
    router(
      requestRoutes.map((route) => ({ ...route, handler: readBody(`${route.method} ${route.path}` as RequestRoute) })),
    ) as never,
  )
