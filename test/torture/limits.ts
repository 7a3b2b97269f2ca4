import { sortKeys, table, turningPoints } from '../../shared/names.ts'
import { isFinal, mailStates } from '../../shared/request.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** How the services behave, as the template says it: `torture.test.ts` holds this to the template. */
export const limits = {
  /** How long each function may run. */
  timeouts: {
    requests: 10 * SECOND,
    subscriptions: 10 * SECOND,
    'plan-mail': MINUTE,
    'send-mail': 30 * SECOND,
    'record-outcome': 15 * SECOND,
    reconcile: 5 * MINUTE,
    'pick-tips': 2 * MINUTE,
    'send-tips': MINUTE,
  },
  stream: { batchSize: 25, retries: 5, lanes: 10, maxRecordAge: 6 * HOUR },
  queues: {
    mail: { visibility: 3 * MINUTE, maxReceives: 5, retention: 4 * 24 * HOUR, batchSize: 2, maxConcurrency: 2 },
    tips: { visibility: 6 * MINUTE, maxReceives: 5, retention: 24 * HOUR, batchSize: 1, maxConcurrency: 2 },
  },
  /** Of an event of SES: EventBridge hands it to Lambda, and that tries so often again. */
  outcomes: { retries: 2 },
  reconcile: { every: 15 * MINUTE, retries: 1 },
  /** How long it can be looked up which tips SES has taken. */
  takenTips: { kept: 400 * 24 * HOUR },
  pickTips: { every: 5 * MINUTE, retries: 0 },
} as const

/** Which changes of the table go to `plan-mail`: the patterns of its event source. */
export const streamFilters = [
  { dynamodb: { Keys: { [table.sortKey]: { S: [sortKeys.request] } } } },
  {
    dynamodb: {
      Keys: { [table.sortKey]: { S: turningPoints.map((mail) => ({ prefix: `${sortKeys.mail}${mail}#` })) } },
      OldImage: { state: { S: mailStates.filter((state) => !isFinal(state) || state === 'skipped') } },
      NewImage: { state: { S: ['sent', 'delivered', 'bounced', 'complained'] } },
    },
  },
  {
    dynamodb: {
      Keys: { [table.sortKey]: { S: [{ prefix: sortKeys.series }] } },
      NewImage: { ring: { S: [{ exists: true }] } },
    },
  },
  { eventName: ['REMOVE'], dynamodb: { Keys: { [table.sortKey]: { S: [{ prefix: sortKeys.series }] } } } },
  {
    dynamodb: {
      Keys: { [table.sortKey]: { S: [sortKeys.person] } },
      OldImage: { suppressedAt: { S: [{ exists: false }] } },
      NewImage: { suppressedAt: { S: [{ exists: true }] } },
    },
  },
]
