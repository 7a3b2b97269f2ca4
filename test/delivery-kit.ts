import { DeleteItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeEach, expect, vi } from 'vitest'
import { stageJson } from '../infra/stages.ts'
import { toInstant } from '../shared/calendar.ts'
import { personId } from '../shared/person.ts'
import type { Instant } from '../shared/request.ts'
import type { Subscription } from '../shared/tips/subscription.ts'
import { library } from './library.ts'
import { stage } from './people.ts'
import { ada as reading, weekly } from './readers.ts'
import { openServices } from './services.ts'
import { openTable } from './table.ts'

/**
 * The delivery of tips as it is, on a real database, with services that answer as a test says and a clock that stands until it
 * is moved. Each test begins with an empty table, a series of a part a week and nothing said. Whoever imports this mocks the
 * library of series by `library.ts`, and `shared/aws/metrics.ts`, before any module of ours is imported.
 */

/** Tuesday, half a minute past nine in New York. */
export const NOW = '2026-11-24T14:00:30.000Z'
export const at = (instant: Instant) => void vi.setSystemTime(new Date(instant))
export const now = (): Instant => new Date().toISOString()
export const pass = (minutes: number) => at(toInstant(Date.now() + minutes * 60_000))

vi.useFakeTimers({ toFake: ['Date'], now: new Date(NOW) })
export const table = await openTable()
export const services = await openServices()
process.env.STAGE = stageJson(stage)
export const subscriptions = await import('../shared/aws/subscriptions.ts')
export const people = await import('../shared/aws/people.ts')
export const requests = await import('../shared/aws/requests.ts')
export const counters = await import('../shared/aws/counters.ts')
export const editions = await import('../shared/aws/editions.ts')
export const handover = await import('../shared/aws/handover.ts')
export const base = await import('../shared/aws/database.ts')
export const inStep = await import('../shared/delivery/in-step.ts')
export const files = await import('../shared/aws/files.ts')
export const delivery = await import('../shared/delivery/handover.ts')
export const { handler: sendTips } = await import('../functions/send-tips.ts')
export const { handler: pickTips } = await import('../functions/pick-tips.ts')
export const { handler: recordOutcome } = await import('../functions/record-outcome.ts')
export const { handler: planMail } = await import('../functions/plan-mail.ts')
export const limits = (await import('../shared/aws/environment.ts')).theStage().reputation

afterAll(async () => {
  vi.useRealTimers()
  await services.close()
  await table.close()
})

/** What was logged: events with their ids. */
export const said: Record<string, unknown>[] = []
beforeEach(async () => {
  vi.restoreAllMocks()
  said.length = 0
  Object.assign(limits, stage.reputation)
  for (const level of ['info', 'warn', 'error'] as const) {
    vi.spyOn(console, level).mockImplementation((line: object) => void said.push({ level, ...line }))
  }
  at(NOW)
  services.forget()
  library.splice(0, library.length, weekly)
  await Promise.all(
    (await table.items()).map(({ pk, sk }) =>
      base.database.send(new DeleteItemCommand({ TableName: 'requests', Key: { pk, sk } as never })),
    ),
  )
})

/** Ada, or somebody of another name, who reads the same. */
export const reader = (name = 'ada', more: Partial<Subscription> = {}): Subscription => ({
  ...reading,
  email: `${name}@example.org`,
  person: personId(`${name}@example.org`, stage.addressKey),
  firstName: name[0]?.toUpperCase() + name.slice(1),
  ...more,
})
export const readers = (many: number, more: Partial<Subscription> = {}) =>
  Array.from({ length: many }, (_, index) => reader(`reader-${index}`, more))
export const store = async (...all: Subscription[]) => {
  for (const one of all) expect(await subscriptions.create(one, now())).toBe(true)
  return all
}
export const there = async ({ person, series }: Subscription): Promise<Subscription> => {
  const found = await subscriptions.find({ person, series }, now())
  if (!found) throw new Error(`Nobody is there: ${person}`)
  return found
}

/** Runs the worker on one message. */
export const work = async (body: object) => {
  const Records = [{ messageId: 'm1', body: JSON.stringify(body) }]
  const { batchItemFailures } = await sendTips({ Records } as never)
  return batchItemFailures.length === 0
}
export const deliver = (...to: Subscription[]) =>
  work({ series: to[0]?.series, next: to[0]?.next ?? 'two', people: to.map(({ person }) => person) })
/** Everything that waits in the queue of the tips, in its order; what comes of it waits for the next time. */
export const drain = async () => {
  const waiting = services.queued.splice(0)
  for (const { queue, body } of waiting) if (queue === 'tips') expect(await work(body)).toBe(true)
  return waiting.length
}
/** One run of the clockwork: what is due is handed over, and worked on. */
export const run = async () => {
  const handed = await pickTips()
  await drain()
  return handed
}
export const received = () => services.mails.map(({ to, tags }) => `${to.split('@')[0]} ${tags.part}`)
export const sends = () => services.calls.filter(({ what }) => what.includes('outbound')).length
export const waits = async (one: Subscription) => {
  const { dueAt, claim, tries } = await there(one)
  return { dueAt, isClaimed: claim !== undefined, tries: tries ?? 0 }
}

export const tell = (
  eventType: string,
  to: string,
  more: {
    bounceType?: string
    diagnosticCode?: string
    part?: string
    count?: number
    messageId?: string
    series?: string
  } = {},
) => {
  const { bounceType = 'Permanent', diagnosticCode = 'smtp; 550 5.1.1 user unknown', count, messageId } = more
  const person = personId(to, stage.addressKey)
  const about = [{ emailAddress: to, diagnosticCode }]
  return recordOutcome({
    detail: {
      eventType,
      mail: {
        messageId: messageId ?? `${eventType}-${to}-${count ?? 0}`,
        destination: [to],
        tags: {
          subscription: [`${person}-${more.series ?? 'weekly'}`],
          part: [more.part ?? 'two'],
          ...(count === undefined ? {} : { count: [String(count)] }),
        },
      },
      ...(eventType === 'Bounce' ? { bounce: { bounceType, bouncedRecipients: about } } : {}),
      ...(eventType === 'Complaint' ? { complaint: { complainedRecipients: about } } : {}),
    },
  })
}
export const bounceOf = (to: string) => tell('Bounce', to)
export const softly = (to: string, count: number, more = {}) =>
  tell('Bounce', to, { bounceType: 'Transient', diagnosticCode: 'smtp; 452 4.2.2 mailbox full', count, ...more })
