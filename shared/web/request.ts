import { theStage } from '../aws/environment.ts'
import type { PersonFile } from '../aws/files.ts'
import * as requests from '../aws/requests.ts'
import { calendarEntry } from '../calendar-entry.ts'
import { compose, type DraftName, draftNames } from '../drafts.ts'
import { toEml } from '../eml.ts'
import { decide, type EventName, events, isAllowed, isEventName, isRepeated, statesFor } from '../events.ts'
import type { FieldError } from '../fields.ts'
import { type Answer, badFields, file, html, json, notFound, Problem, seeOther, wants } from '../http.ts'
import { eventPage } from '../pages/event.ts'
import { requestPage } from '../pages/request.ts'
import { plan } from '../plan.ts'
import type { InterviewRequest } from '../request.ts'
import { resourceOf } from '../resource.ts'
import { type Call, linksTo, open, type Route, TRIES, typedIn } from './call.ts'

type FormProblem = { event: EventName; errors: FieldError[]; values: Record<string, string> }

const answerWith = (
  call: Call,
  opened: PersonFile,
  { status = 200, problem }: { status?: number; problem?: FormProblem } = {},
): Answer => {
  const { file: own, files, person } = opened
  const { mails } = plan(files, theStage().calendar, call.now)
  const planned = person.suppressedAt ? [] : mails.filter((mail) => mail.requestId === own.request.id)
  if (!call.browser) return json(status, resourceOf(own, planned))
  const links = linksTo(own.request)
  const notice =
    person.suppressedBecause === 'asked'
      ? 'You have stopped all mail to this address. “Stop this request’s mail”, below, leads to the way back.'
      : person.suppressedAt
        ? 'Mail to this address is stopped: it came back to us, or was reported as unwanted.'
        : undefined
  return html(
    status,
    requestPage({
      stage: theStage(),
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

export const show: Route = async (call) => answerWith(call, await open(call))

/** Where the buttons of mails lead: one plain button that records this event. */
export const askForEvent: Route = async (call) => {
  const { request } = (await open(call)).file
  const { event } = call.path
  if (!isEventName(event)) throw notFound()
  const allowed = isAllowed(event, request.state)
  return html(200, eventPage({ stage: theStage(), request, event, links: linksTo(request), allowed }))
}

export const recordEvent: Route = async (call) => {
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
      return answerWith(call, opened, {
        status: 422,
        problem: { event, errors: decision.errors, values: typedIn(fields) },
      })
    }
    if (!decision.ok) return notNow(call, event, { request, fields, from })
    // It was closed once more while this was on its way: what takes something back takes back what it has read.
    if (event === 'reopened' && tries > 0) break
    if (await requests.save(decision.request, statesFor(event))) {
      return call.browser ? seeOther(linksTo(request).page) : answerWith(call, await open(call))
    }
  }
  const opened = await open(call)
  const { request } = opened.file
  if (!call.browser || !isEventName(event) || !isAllowed(event, request.state)) {
    throw new Problem(409, 'Something else happened at the same moment', 'Please look at the request and try again.', {
      state: request.state,
      back: linksTo(request).page,
    })
  }
  const message = 'Something else happened at the same moment. Please look at it, and press again.'
  return answerWith(call, opened, {
    status: 409,
    problem: { event, errors: [{ field: '', message }], values: typedIn(fields) },
  })
}

type Late = { request: InterviewRequest; fields: Record<string, unknown>; from: 'form' | 'json' }

/** A second click on what is done already is no mistake; anything else is told what the state is, and what was typed. */
const notNow = (call: Call, event: EventName, { request, fields, from }: Late): Answer => {
  const { state } = request
  const links = linksTo(request)
  if (!call.browser) throw new Problem(409, 'This does not fit any more', `The request is “${state}” now.`, { state })
  if (isRepeated(request, event, { body: fields, from }, call.now)) return seeOther(links.page)
  const problem = { event, errors: [], values: typedIn(fields) }
  return html(409, eventPage({ stage: theStage(), request, event, links, allowed: false, problem }))
}

export const draft: Route = async (call) => {
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

export const calendar: Route = async (call) => {
  const { request } = (await open(call)).file
  const entry = calendarEntry(request, { now: call.now, pageUrl: linksTo(request).page })
  if (!entry) throw notFound()
  return file(entry.contentType, entry.content, entry.filename)
}
