import { theStage } from '../aws/environment.ts'
import * as people from '../aws/people.ts'
import * as requests from '../aws/requests.ts'
import { opens, readConfirmToken } from '../capability.ts'
import { record, wasConfirmed } from '../events.ts'
import { html, json, notFound, Problem } from '../http.ts'
import { confirmedPage, confirmPage } from '../pages/confirm.ts'
import { standstillOf } from '../pages/stop.ts'
import type { Person } from '../person.ts'
import type { Instant } from '../request.ts'
import { isRequestId } from '../request-id.ts'
import { type Call, linksTo, type Route, TRIES } from './call.ts'

/** The file that a confirm link opens; anything else is a 404. */
const toConfirm = async ({ path, now }: Call) => {
  const token = readConfirmToken(path.token ?? '')
  const found = token && isRequestId(token.id) ? await requests.find(token.id, now) : undefined
  if (!token || !found || !opens(found.request.secret, 'confirm', token.token)) throw notFound()
  return found
}

export const askToConfirm: Route = async (call) => {
  const { request } = await toConfirm(call)
  return call.browser
    ? html(200, confirmPage({ stage: theStage(), action: linksTo(request).confirm, tips: request.tips }))
    : json(200, { confirmed: wasConfirmed(request) })
}

/** The address is verified and the request drafted; a second time says the same and changes nothing. */
export const confirm: Route = async (call) => {
  const { now } = call
  let { request } = await toConfirm(call)
  const already = wasConfirmed(request)
  if (!already && !(await people.verify(request.person, request.id, now))) throw notFound()
  for (let tries = 0; !wasConfirmed(request); tries += 1) {
    if (tries === TRIES)
      throw new Problem(409, 'Something else happened at the same moment', 'Please press the button again.')
    const next = record(request, 'confirmed', { now, retention: theStage().retention })
    // Refused: the same button was pressed twice at once, and the other one has done it; or it was stopped in that moment.
    if (next && (await requests.save(next, ['unconfirmed', 'closed']))) request = next
    else request = (await toConfirm(call)).request
  }
  const links = linksTo(request)
  if (!call.browser) return json(200, { id: request.id, state: request.state, page: links.page })
  const person = await people.find(request.person)
  const others = await waitingWith(person, now)
  const standstill = standstillOf(person)
  return html(200, confirmedPage({ stage: theStage(), links, already, tips: request.tips, others, standstill }))
}

/** Requests sent in from this address on the same day, for which the caps allowed no mail of their own. */
const waitingWith = async ({ held }: Person, now: Instant) => {
  const files = await Promise.all(held.map((id) => requests.find(id, now)))
  return files.flatMap((waiting) =>
    waiting?.request.state === 'unconfirmed'
      ? [{ contactName: waiting.request.contact.name, action: linksTo(waiting.request).confirm }]
      : [],
  )
}
