import { begin, subscribe, type Traveller } from './traveller.ts'

/**
 * Goes wherever a function asks something of AWS that it asks nowhere else, faults of SES included. In hours rather than
 * days: a day is hundreds of runs of what looks every few minutes. From a Monday morning in New York on.
 */
export const walkEverywhere = async (everything: Traveller): Promise<void> => {
  const traveller = { ...everything, ...onlyWhatWorks(everything) }
  await aRequestToItsEnd(traveller)
  await aRequestUnderFaults(traveller)
  await aReader(traveller)
  await aReaderUnderFaults(traveller)
  await addressesThatCannotBeWrittenTo(traveller)
}

/** A step that is refused would make the rest of the way another one. */
const onlyWhatWorks = ({ call, json, page }: Traveller) => {
  const sure =
    <Asked extends unknown[], Answer extends { status: number; text: string }>(
      ask: (...asked: Asked) => Promise<Answer>,
    ) =>
    async (...asked: Asked): Promise<Answer> => {
      const answer = await ask(...asked)
      if (answer.status >= 400) throw new Error(`${asked[0]} was refused: ${answer.text}`)
      return answer
    }
  return { call: sure(call), json: sure(json), page: sure(page) }
}

const post = { method: 'POST' }
/** As the button does: an undo is read from a form alone. */
const undo = { ...post, body: new URLSearchParams({ undo: 'on' }) }

const aRequestToItsEnd = async (traveller: Traveller): Promise<void> => {
  const seekerEmail = 'end@example.org'
  const request = await begin(traveller, { seekerEmail, tips: true })
  await request.tell('sent')
  // Alarms move, and move back.
  await request.tell('paused', { until: '2026-12-01' })
  await request.tell('resumed')
  await request.tell('replied')
  // So soon that all of its mails are due at once: one takes the others along.
  await request.tell('scheduled', { start: '2026-11-24T15:00', place: 'Café Central' })
  await request.tell('met', { learned: 'Much.' })
  await request.tell('thanked')
  for (const page of ['', '/drafts/thank', '/calendar.ics', '/events/closed', '/export', '/erase'])
    await traveller.page(`${request.page}${page}`)
  const stop = new URL((await traveller.mails(seekerEmail)).at(-1)?.headers['list-unsubscribe']?.slice(1, -1) ?? '')
    .pathname
  for (const path of [stop, `${stop}-everything`]) {
    await traveller.call(path, post)
    await traveller.call(path, undo)
  }
  await traveller.call(`${request.page}/erase`, post)
  await traveller.settle()
}

const aRequestUnderFaults = async (traveller: Traveller): Promise<void> => {
  const request = await begin(traveller, { seekerEmail: 'faults@example.org' })
  await request.tell('sent')
  // `reconcile` finds that nobody knows whether SES took it, and has it sent again.
  await traveller.faults('timeout-before-accept', 1)
  await request.tell('replied')
  await traveller.move({ advance: 'PT1H' })
  // The mail comes back to the queue, and when it is tried again nobody wants it any more.
  await traveller.faults('throttle', 1)
  await request.tell('scheduled', { start: '2026-12-04T15:00' })
  await request.tell('cancelled')
  await traveller.move({ advance: 'PT10M' })
  // The mail comes back to the queue, and when it is tried again there is no request any more.
  await traveller.faults('throttle', 1)
  await request.tell('scheduled', { start: '2026-12-04T15:00' })
  await traveller.call(`${request.page}/erase`, post)
  await traveller.move({ advance: 'PT10M' })
}

const aReader = async (traveller: Traveller): Promise<void> => {
  const { preferences, unsubscribe } = await subscribe(traveller, { email: 'lou@example.org' })
  await traveller.page(preferences)
  await traveller.json(preferences, { hour: 11 })
  await traveller.page(unsubscribe)
  await traveller.call(unsubscribe, post)
  await traveller.call(unsubscribe, undo)
  // Left again, and back by a request: only the planner can tell that she has been here before.
  await traveller.call(unsubscribe, post)
  await begin(traveller, { seekerEmail: 'lou@example.org', tips: true })
  await traveller.settle()
  await traveller.call(preferences.replace(/preferences$/, 'export'))
  await traveller.call(preferences.replace(/preferences$/, 'erase'), post)
  await traveller.settle()
}

const aReaderUnderFaults = async (traveller: Traveller): Promise<void> => {
  // What asks her to confirm is counted once, however often it is tried.
  await traveller.faults('throttle', 1)
  await traveller.json('/subscriptions', { email: 'kit@example.org' })
  await traveller.move({ advance: 'PT10M' })
  const reader = await subscribe(traveller, { email: 'kim@example.org' })
  // Too fast: back to the queue. Its answer is lost: looked up ten minutes later.
  for (const fault of ['throttle', 'timeout-after-accept']) {
    await traveller.faults(fault, 1)
    await traveller.json(reader.preferences, { next: 'now' })
    await traveller.move({ advance: 'PT30M' })
  }
}

const addressesThatCannotBeWrittenTo = async (traveller: Traveller): Promise<void> => {
  for (const name of ['bounce', 'bounce-transient', 'complaint']) {
    await traveller.json('/subscriptions', { email: `${name}+rights@simulator.amazonses.com` })
    await traveller.settle()
  }
}
