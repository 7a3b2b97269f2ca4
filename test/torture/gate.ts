import { AsyncLocalStorage } from 'node:async_hooks'
import { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDBClient } from '@aws-sdk/client-dynamodb'
import { SchedulerClient } from '@aws-sdk/client-scheduler'
import { SESv2Client } from '@aws-sdk/client-sesv2'
import { SQSClient } from '@aws-sdk/client-sqs'

export type Service = 'dynamodb' | 'sqs' | 'scheduler' | 'ses' | 'logs'

/** A function at work on one event. All that it keeps in memory ends with it. */
export type Invocation = {
  /** `send-mail 12` */
  name: string
  fn: string
  event: unknown
  /** What its clock is ahead of the true time, in milliseconds. */
  skew: number
  startedAt: number
  over: boolean
  /** Calls that have left and have not been answered. */
  waiting: Set<Call>
}

/** Code that only asks. */
export const isRead = (operation: string): boolean => /^(Get|Query|List|Scan|Describe|Filter)/.test(operation)

/** One call to an outside service, on its way. */
export type Call = {
  by: Invocation
  service: Service
  operation: string
  input: Record<string, unknown>
  /** It has been given up: it no longer takes effect when its time comes. */
  cancelled: boolean
}

/** Work that is nobody's: the database's own, and what goes on before the first run. */
export const nobody: Invocation = {
  name: 'nobody',
  fn: '',
  event: undefined,
  skew: 0,
  startedAt: 0,
  over: false,
  waiting: new Set(),
}

/** Who is at work: known wherever its code has come to. */
export const atWork = new AsyncLocalStorage<Invocation>()

const clients = {
  dynamodb: DynamoDBClient,
  sqs: SQSClient,
  scheduler: SchedulerClient,
  ses: SESv2Client,
  logs: CloudWatchLogsClient,
} as const satisfies Record<Service, unknown>

/**
 * From now on no call leaves by itself: each is handed to `pass`, which says what comes of it, and when. The modules of
 * `shared/aws` and the commands they make are the real ones; what is left out is the SDK's way over HTTP.
 */
export const closeGate = (pass: (call: Call) => Promise<unknown>): void => {
  for (const [service, Client] of Object.entries(clients)) {
    const send = function (this: unknown, command: { input: Record<string, unknown> }): Promise<unknown> {
      const by = atWork.getStore()
      const operation = command.constructor.name.replace(/Command$/, '')
      if (!by) throw new Error(`Nobody is at work, and ${service} is asked for ${operation}`)
      return pass({ by, service: service as Service, operation, input: command.input, cancelled: false })
    }
    Object.defineProperty(Client.prototype, 'send', { value: send, configurable: true, writable: true })
  }
}
