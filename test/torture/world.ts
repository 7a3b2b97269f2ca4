import type { Agenda } from './agenda.ts'
import { openAgenda } from './agenda.ts'
import { type AlarmClock, openAlarmClock } from './alarm-clock.ts'
import { openCalls, type Result } from './calls.ts'
import { type Chance, chanceOf } from './chance.ts'
import { type Faults, type OnlyFault, openFaults } from './faults.ts'
import type { Call, Service } from './gate.ts'
import { type Ending, type Handler, type Lambda, openLambda } from './lambda.ts'
import { limits } from './limits.ts'
import { type Mailbox, type MailService, openMailService, type Taken } from './mail-service.ts'
import { openQueue, type Queue } from './queue.ts'
import { openStream, type Stream } from './stream.ts'
import { type Change, type Database, openTable, type Table } from './table.ts'
import { openTimeline, type Timeline } from './timeline.ts'

export type FunctionName = keyof typeof limits.timeouts

/** Everything outside our functions, in one process, on one clock, from one seed. */
export type World = {
  seed: number
  /** The true time, in milliseconds since 1970. */
  now: () => number
  chance: { delivery: Chance; story: Chance; secrets: Chance }
  agenda: Agenda
  timeline: Timeline
  faults: Faults
  lambda: Lambda
  table: Table
  stream: Stream
  queues: { mail: Queue; tips: Queue }
  alarms: AlarmClock
  mail: MailService
  /** What becomes of mail, by address. */
  mailboxes: Map<string, Mailbox>
  services: Record<Service, (call: Call) => unknown>
  /** Runs a function on an event, and says how it ended. */
  invoke: (fn: FunctionName, event: unknown, onEnd: (ending: Ending) => void) => void
  pass: (call: Call) => Promise<unknown>
  tell: (call: Call) => string
  counts: Map<string, number>
  count: (what: string) => void
  /** Who wants to know what happens, at the moment it does. */
  onChange: (change: Change, call: Call) => void
  onTaken: (taken: Taken, call: Call) => void
  /** What a function is told of a call that it has made. */
  onTold: (call: Call, told: Result) => void
  /** That SES took it can be looked up from now on. */
  onNoted: (messageId: string) => void
  onStart: (fn: FunctionName) => void
  onEnd: (fn: FunctionName, event: unknown, ending: Ending) => void
  /** An alarm that nobody has moved or deleted has come to its time; in milliseconds, when it was set. */
  onRing: (name: string, setAt: number) => void
}

type Given = {
  seed: number
  startsAt: number
  database: Database
  handlers: Record<FunctionName, Handler>
  only?: OnlyFault | undefined
  /** Without a timeline. */
  silent: boolean
}

export const openWorld = ({ seed, startsAt, database, handlers, only, silent }: Given): World => {
  let now = startsAt
  const world = { seed, now: () => now, mailboxes: new Map(), counts: new Map() } as World
  world.count = (what) => void world.counts.set(what, (world.counts.get(what) ?? 0) + 1)
  world.chance = {
    delivery: chanceOf(seed, 'delivery'),
    story: chanceOf(seed, 'story'),
    secrets: chanceOf(seed, 'secrets'),
  }
  const agenda = openAgenda(chanceOf(seed, 'agenda'))
  world.agenda = {
    ...agenda,
    take: () => {
      const entry = agenda.take()
      if (entry) now = Math.max(now, entry.at)
      return entry
    },
  }
  world.timeline = openTimeline(world.now, silent)
  world.faults = openFaults(chanceOf(seed, 'faults'), (kind) => world.count(kind), only)
  world.lambda = openLambda(world)
  world.table = openTable(database)
  world.stream = openStream(world)
  world.queues = {
    mail: openQueue(world, 'mail', 'send-mail', limits.queues.mail),
    tips: openQueue(world, 'tips', 'send-tips', limits.queues.tips),
  }
  world.alarms = openAlarmClock(world)
  world.mail = openMailService(world)
  world.onChange = () => undefined
  world.onTaken = () => undefined
  world.onTold = () => undefined
  world.onNoted = () => undefined
  world.onStart = () => undefined
  world.onEnd = () => undefined
  world.onRing = () => undefined
  world.services = {
    dynamodb: async (call) => {
      const { answer, changes } = await world.table.perform(call.operation, call.input)
      for (const change of changes) {
        world.onChange(change, call)
        world.stream.tell(change)
      }
      return answer
    },
    sqs: ({ operation, input }) => {
      const queue = String(input.QueueUrl).endsWith('/tips') ? world.queues.tips : world.queues.mail
      if (operation === 'SendMessageBatch') return queue.take(input.Entries as never)
      return { Attributes: { ApproximateNumberOfMessages: String(queue.depth()) } }
    },
    scheduler: ({ operation, input }) => world.alarms.answer(operation, input as never),
    ses: (call) => {
      const onTaken = (taken: Taken): void => world.onTaken(taken, call)
      if (call.operation === 'SendEmail') return world.mail.send(call.input as never, onTaken)
      if (call.operation === 'SendBulkEmail') return world.mail.sendBulk(call.input as never, onTaken)
      return world.mail.account()
    },
    logs: ({ input }) => world.mail.search(input as never),
  }
  world.invoke = (fn, event, onEnd) => {
    world.onStart(fn)
    world.lambda.start(fn, handlers[fn], event, limits.timeouts[fn], (ending) => {
      world.timeline.say(() => `${fn}: ${endingOf(ending)}`)
      world.onEnd(fn, event, ending)
      onEnd(ending)
    })
  }
  world.tell = tell
  world.pass = openCalls(world).pass
  return world
}

const endingOf = (ending: Ending): string => {
  if ('died' in ending) return ending.died
  if ('error' in ending) return `failed: ${ending.error}`
  const { batchItemFailures, statusCode } = (ending.answer ?? {}) as {
    batchItemFailures?: unknown[]
    statusCode?: number
  }
  if (statusCode) return `answers ${statusCode}`
  return batchItemFailures?.length ? `done, but for ${batchItemFailures.length}` : 'done'
}

/** A call in few words. */
const tell = ({ operation, input }: Call): string => {
  type Keyed = { Key?: Record<string, { S?: string }>; Item?: Record<string, { S?: string }> }
  const keyOf = ({ Key, Item }: Keyed): string => [Key ?? Item].map((key) => `${key?.pk?.S} ${key?.sk?.S}`).join()
  const { TransactItems, Entries, Name, Destination, EmailTags, ExpressionAttributeValues } = input as {
    TransactItems?: Record<string, Keyed>[]
    Entries?: { MessageBody: string }[]
    Name?: string
    Destination?: { ToAddresses: string[] }
    EmailTags?: { Value: string }[]
    ExpressionAttributeValues?: Record<string, { S?: string }>
  }
  const about =
    TransactItems?.flatMap((item) => Object.values(item).map(keyOf)).join(' + ') ??
    Entries?.map(({ MessageBody }) => MessageBody).join(' + ') ??
    Name ??
    (Destination && `${Destination.ToAddresses.join()} ${EmailTags?.map(({ Value }) => Value).join(' ')}`) ??
    ('Key' in input || 'Item' in input
      ? keyOf(input as Keyed)
      : Object.values(ExpressionAttributeValues ?? {})
          .map(({ S }) => S)
          .join(' '))
  const to = ExpressionAttributeValues?.[':to']?.S ?? (ExpressionAttributeValues?.[':planned'] ? 'planned' : undefined)
  return `${operation} ${about}${to && operation === 'UpdateItem' ? ` = ${to}` : ''}`
}
