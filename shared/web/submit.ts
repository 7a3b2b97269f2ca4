import { randomBytes, randomUUID } from 'node:crypto'
import { countNetwork } from '../aws/counters.ts'
import { theStage } from '../aws/environment.ts'
import * as requests from '../aws/requests.ts'
import { toInstant, toMs } from '../calendar.ts'
import { type Answer, badFields, html, json, Problem, problemDetails, seeOther } from '../http.ts'
import { networkOf } from '../network.ts'
import { newRequest } from '../new-request.ts'
import { formPage, lookInYourInboxPage } from '../pages/form.ts'
import { personId } from '../person.ts'
import type { Instant } from '../request.ts'
import { idOfSubmission, newRequestId } from '../request-id.ts'
import { isMachine, readSubmission } from '../submission.ts'
import { consentWording } from '../tips/consent.ts'
import { type Call, publicUrl, type Route, typedIn } from './call.ts'

const HOUR = 3_600_000

const startOfHour = (now: Instant): number => toMs(now) - (toMs(now) % HOUR)
const freshId = (now: Instant) => newRequestId(toMs(now), randomBytes(16))

export const form: Route = async () => html(200, formPage({ stage: theStage(), submissionId: randomUUID() }))

export const lookInYourInbox: Route = async () => html(200, lookInYourInboxPage({ stage: theStage() }))

/**
 * Stores a request. The answer is the same whatever is known about the address: nobody can ask us who uses this. A
 * crowded network gets its confirmations over the hours after, and a very crowded one is told to come back: that says
 * nothing about anybody.
 */
export const submit: Route = async (call) => {
  const { now, body, from = 'json' } = call
  const accepted = (id: string) =>
    call.browser ? seeOther(`${publicUrl()}/requests/inbox`) : json(202, { id, state: 'unconfirmed' })
  if (from === 'form' && isMachine(body)) return accepted(freshId(now))
  const read = readSubmission(body, from)
  if (!read.ok) return formAgain(call, 422, badFields(read.errors))

  const submission = read.value
  const network = networkOf(call.sourceIp, theStage().addressKey)
  const seen = await countNetwork(network, now)
  if (seen > theStage().caps.refuseFromANetworkAnHour) return formAgain(call, 429, tooMany(now))
  const hoursToWait = Math.floor((seen - 1) / theStage().caps.requestsFromANetworkAnHour)
  const once = call.headers['idempotency-key'] || submission.submissionId
  const request = await requests.create(
    newRequest(submission, {
      id: once ? idOfSubmission(once.slice(0, 200), submission.seekerEmail) : freshId(now),
      secret: randomBytes(16).toString('base64url'),
      person: personId(submission.seekerEmail, theStage().addressKey),
      now,
      timeZone: theStage().calendar.timeZone,
      tipsConsent: { wording: consentWording, from: network },
      ...(hoursToWait > 0 ? { confirmAfter: toInstant(startOfHour(now) + hoursToWait * HOUR) } : {}),
      retention: theStage().retention,
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
      retryAfterSeconds: Math.ceil((startOfHour(now) + HOUR - toMs(now)) / 1000),
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
