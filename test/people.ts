import { stages } from '../infra/stages.ts'
import { decide, type EventName } from '../shared/events.ts'
import type { File } from '../shared/plan.ts'
import type { Instant, InterviewRequest, LedgerMail } from '../shared/request.ts'

/** The stage that `npm start` runs. */
export const stage = stages.dev
export const settings = stage.calendar
const { retention } = stage

/** Ada: the person whom every test knows. She writes to Grace, whom she met at a talk. */
export const ada: InterviewRequest = {
  id: '01JDADA00000000000000000AA',
  person: 'ada-lovelace-hash',
  state: 'unconfirmed',
  version: 1,
  seeker: {
    name: 'Ada Lovelace',
    email: 'ada@example.org',
    introduction: 'a mathematician moving into computing',
    timeZone: 'America/New_York',
  },
  contact: {
    name: 'Grace Hopper',
    role: 'Head of compilers',
    organization: 'Navy Computing',
    source: 'event',
    connection: 'we talked after your keynote in Boston',
  },
  goal: 'explore-career',
  topic: 'compiler work',
  minutes: 20,
  channel: 'email',
  followUps: 1,
  tips: false,
  secret: 'AAAAAAAAAAAAAAAAAAAAAA',
  history: [{ event: 'requested', at: '2026-11-23T14:00:00.000Z' }],
  pauses: [],
  expiresAt: 1_900_000_000,
}

/** Ada's request after she confirmed her address, one minute after the form. */
export const confirmed: InterviewRequest = {
  ...ada,
  state: 'drafted',
  version: 2,
  history: [...ada.history, { event: 'confirmed', at: '2026-11-23T14:01:00.000Z' }],
}

/** The request after these events, each at its time; throws when one of them is refused. */
export const having = (
  request: InterviewRequest,
  ...story: [event: EventName, now: Instant, fields?: Record<string, unknown>][]
): InterviewRequest =>
  story.reduce((present, [event, now, body = {}]) => {
    const decision = decide(present, event, { body, from: 'json' }, { now, retention })
    if (!decision.ok) throw new Error(`${event} was refused in ${present.state}: ${JSON.stringify(decision)}`)
    return decision.request
  }, request)

export const inZone = (request: InterviewRequest, timeZone: string): InterviewRequest => ({
  ...request,
  seeker: { ...request.seeker, timeZone },
})

export const fileOf = (request: InterviewRequest, mails: LedgerMail[] = []): File => ({ request, mails })

/** A ledger row that has come to `state` at `at`. */
export const row = (
  request: InterviewRequest,
  mail: LedgerMail['mail'],
  occurrence: string,
  at: Instant,
  state: LedgerMail['state'] = 'sent',
): LedgerMail => ({
  requestId: request.id,
  mail,
  occurrence,
  state,
  dueAt: at,
  latestAt: at,
  attempts: 1,
  at,
})
