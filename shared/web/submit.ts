import { randomBytes, randomUUID } from 'node:crypto'
import { isDeepStrictEqual } from 'node:util'
import { theStage } from '../aws/environment.ts'
import { count } from '../aws/metrics.ts'
import * as requests from '../aws/requests.ts'
import { toMs } from '../calendar.ts'
import { type Answer, badFields, html, json, type Problem, seeOther } from '../http.ts'
import { newRequest } from '../new-request.ts'
import { formPage, lookInYourInboxPage } from '../pages/form.ts'
import { personId } from '../person.ts'
import type { Instant, InterviewRequest } from '../request.ts'
import { idOfSubmission, newRequestId } from '../request-id.ts'
import { isMachine, readSubmission } from '../submission.ts'
import { consentWording } from '../tips/consent.ts'
import { type Call, publicUrl, type Route, typedIn } from './call.ts'
import { crowd } from './crowd.ts'
import { formAgain } from './form-again.ts'
import { challengeFor } from './proof.ts'

const freshId = (now: Instant) => newRequestId(toMs(now), randomBytes(16))

export const form: Route = async (call) =>
  html(200, formPage({ stage: theStage(), challenge: challengeFor(call), submissionId: randomUUID() }))

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
  if (!read.ok) return formWithAll(call, badFields(read.errors))

  const submission = read.value
  const { network, refusal, confirmAfter } = await crowd(call)
  if (refusal) return formWithAll(call, refusal)
  const once = call.headers['idempotency-key'] || submission.submissionId
  const made = newRequest(submission, {
    id: once ? idOfSubmission(once.slice(0, 200), submission.seekerEmail) : freshId(now),
    secret: randomBytes(16).toString('base64url'),
    person: personId(submission.seekerEmail, theStage().addressKey),
    now,
    timeZone: theStage().calendar.timeZone,
    tipsConsent: { wording: consentWording, from: network },
    ...(confirmAfter ? { confirmAfter } : {}),
    retention: theStage().retention,
  })
  const request = await store(made)
  // She went back, wrote about somebody else and sent the same page once more: that is not the same form, though its id is.
  if (call.browser && once && !isDeepStrictEqual(typedOf(request), typedOf(made)))
    await store({ ...made, id: idOfSubmission(`${once} ${typedOf(made).join()}`, made.seeker.email) })
  return accepted(request.id)
}

/** Sent in twice it is planned once, and counted once. */
const store = async (made: InterviewRequest): Promise<InterviewRequest> => {
  const request = await requests.create(made)
  if (request === made) count({ FormsTaken: 1 })
  return request
}

/** By which one request is another than the one before. */
const typedOf = ({ contact, topic }: InterviewRequest): string[] => [contact.name, contact.organization, topic]

/** The form with what was typed, and what is wrong. */
export const formWithAll = (call: Call, problem: Problem): Answer => {
  const values = typedIn(call.body)
  const submissionId = values.submissionId ?? randomUUID()
  return formAgain(call, problem, (errors) =>
    formPage({ stage: theStage(), challenge: challengeFor(call), submissionId, values, errors }),
  )
}
