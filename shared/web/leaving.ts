import { theStage } from '../aws/environment.ts'
import * as requests from '../aws/requests.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import { decide, type EventName, statesFor } from '../events.ts'
import { html, json, Problem } from '../http.ts'
import { erasedPage, erasePage } from '../pages/erase.ts'
import { standstillOf, stopPage, stoppedPage } from '../pages/stop.ts'
import type { State } from '../request.ts'
import { exportOf } from '../resource.ts'
import { exportOfSubscription } from '../tips/resource.ts'
import { linksTo, open, type Route, says, TRIES } from './call.ts'

/**
 * Everything that is kept on this person: her tips, and every request that stands with her address, also what she has not
 * confirmed, for whoever typed it, it can be confirmed by nobody else.
 */
export const takeAlong: Route = async (call) => {
  const { file, person } = await open(call)
  const { id, ...kept } = person
  const ids = new Set([file.request.id, ...person.requests, ...person.held])
  const [reads, files] = await Promise.all([
    subscriptions.of(id, call.now),
    Promise.all([...ids].map((one) => requests.find(one, call.now))),
  ])
  return json(200, {
    exportedAt: call.now,
    person: kept,
    requests: files.flatMap((one) => (one ? [exportOf(one)] : [])),
    subscriptions: reads.map(exportOfSubscription),
  })
}

export const askToErase: Route = async (call) =>
  html(200, erasePage({ stage: theStage(), links: linksTo((await open(call)).file.request) }))

/** Gone at once; what hangs on it goes when the stream tells of it. */
export const erase: Route = async (call) => {
  await requests.erase((await open(call)).file.request)
  return call.browser ? html(200, erasedPage({ stage: theStage() })) : json(200, { erased: true })
}

export const askToStop: Route = async (call) => {
  const { file, person } = await open(call, 'stop')
  const { request } = file
  const everything = person.suppressedBecause === 'asked'
  return html(200, stopPage({ stage: theStage(), request, action: linksTo(request).stop, everything }))
}

/** One click, with any body or none and no redirect (RFC 8058); a second one says the same. `undo` takes it back. */
export const stop: Route = async (call) => {
  const { retention } = theStage()
  const undo = says(call, 'undo')
  const event: EventName = undo ? 'reopened' : 'closed'
  for (let tries = 0; tries < TRIES; tries += 1) {
    const { file, person } = await open(call, 'stop')
    const { request } = file
    const decision = decide(request, event, { body: {}, from: 'json' }, { now: call.now, retention })
    // What rests, or was declined, no stop has ended; nor is what was said once more taken back while this was on its way.
    const isVain = undo && (tries > 0 || request.state !== 'closed')
    const done = isVain || !decision.ok || (await requests.save(decision.request, statesFor(event)))
    if (!done) continue
    const { state }: { state: State } = decision.ok && !isVain ? decision.request : request
    if (!call.browser) return json(200, { state })
    const action = linksTo(request).stop
    const [stopped, standstill] = [state === 'closed', standstillOf(person)]
    return html(200, stoppedPage({ stage: theStage(), request, action, stopped, standstill }))
  }
  throw new Problem(409, 'Something else happened at the same moment', 'Please try again.')
}
