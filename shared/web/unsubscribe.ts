import { theStage } from '../aws/environment.ts'
import * as people from '../aws/people.ts'
import { comeBack, leave, startAgain, stopEverything } from '../delivery/leave.ts'
import { type Answer, html, json, Problem } from '../http.ts'
import { everythingStoppedPage, goesOnPage, leftPage, nothingComesPage, unsubscribePage } from '../pages/unsubscribe.ts'
import type { Subscription } from '../tips/subscription.ts'
import { type Call, linksTo, open, type Route, says } from './call.ts'
import { linksToReading, openReading, readingOf, still } from './reader.ts'

export const askToUnsubscribe: Route = async (call) => {
  const subscription = await openReading(call, 'unsubscribe')
  if (!call.browser || isLeft(subscription)) return standing(call, subscription)
  const { title } = await readingOf(subscription)
  const action = linksToReading(subscription).unsubscribe
  return html(200, unsubscribePage({ stage: theStage(), title, action, pending: subscription.state === 'pending' }))
}

/**
 * One click, with any body or none and no redirect (RFC 8058); a second one says the same. With `undo` in the body it is
 * taken back, with `everything` no mail at all goes to this address any more.
 */
export const unsubscribe: Route = async (call) => {
  const subscription = await openReading(call, 'unsubscribe')
  const { now } = call
  if (says(call, 'undo')) {
    const { person, series } = subscription
    if (!(await startAgain(person, now, { series }))) throw staysStopped(subscription.state)
    const back = still(await comeBack(subscription, now))
    if (!call.browser || isLeft(back)) return standing(call, back)
    return html(200, goesOnPage({ stage: theStage(), reading: await readingOf(back) }))
  }
  if (says(call, 'everything')) await stopEverything(subscription.person, now)
  else return standing(call, still(await leave(subscription, now)))
  return standing(call, await openReading(call, 'unsubscribe'))
}

/** The same from the link that stops the mail of a request: there is one stop for all that we send. */
export const stopEverythingByRequest: Route = async (call) => {
  const { request } = (await open(call, 'stop')).file
  const back = says(call, 'undo')
  if (back && !(await startAgain(request.person, call.now, { requestId: request.id }))) throw staysStopped('suppressed')
  if (!back) await stopEverything(request.person, call.now)
  if (!call.browser) return json(200, { everything: !back })
  const stage = theStage()
  const action = `${linksTo(request).stop}-everything`
  return html(200, back ? goesOnPage({ stage }) : everythingStoppedPage({ stage, action }))
}

const isLeft = ({ state }: Subscription): boolean => state === 'unsubscribed' || state === 'suppressed'

const staysStopped = (state: string): Problem =>
  new Problem(
    409,
    'This cannot be taken back here',
    'Mail to this address came back to us, was reported as unwanted, or has been stopped anew.',
    {
      state,
    },
  )

const standing = async (call: Call, subscription: Subscription): Promise<Answer> => {
  const { state, before } = subscription
  if (!call.browser) return json(200, { state })
  const stage = theStage()
  const { suppressedAt, suppressedBecause } = await people.find(subscription.person)
  const action = linksToReading(subscription).unsubscribe
  if (suppressedAt && suppressedBecause !== 'asked') return html(200, nothingComesPage({ stage }))
  if (suppressedAt) return html(200, everythingStoppedPage({ stage, action }))
  const { title } = await readingOf(subscription)
  return html(200, leftPage({ stage, title, action, pending: before === 'pending' }))
}
