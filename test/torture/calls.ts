import { CloudWatchLogsServiceException } from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDBServiceException, TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { SchedulerServiceException } from '@aws-sdk/client-scheduler'
import { SESv2ServiceException } from '@aws-sdk/client-sesv2'
import { SQSServiceException } from '@aws-sdk/client-sqs'
import { type CallFaultName, type CallFaultRow, callFaults } from './faults.ts'
import { type Call, isRead, type Service } from './gate.ts'
import type { World } from './world.ts'

/** SES's client waits so long for an answer (`shared/aws/mail.ts`). */
const SES_PATIENCE = 10_000
/** After at most so long the other clients have asked once more, without an answer to the first time. */
const ASKED_AGAIN = 5_000

export type Result = { answer: unknown } | { error: unknown }

const exceptions = {
  dynamodb: DynamoDBServiceException,
  sqs: SQSServiceException,
  scheduler: SchedulerServiceException,
  ses: SESv2ServiceException,
  logs: CloudWatchLogsServiceException,
} as const

const named = (name: string, more: object = {}): Error => Object.assign(new Error(name), { name, ...more })

const errorOf = ({ service, operation }: Call, kind: CallFaultName): Error => {
  if (kind === 'not reachable') return named('Error', { code: 'ECONNREFUSED' })
  if (kind === 'in conflict with a transaction') {
    if (operation !== 'TransactWriteItems') return failure(service, 'TransactionConflictException', 400)
    return new TransactionCanceledException({
      message: 'Transaction cancelled',
      $metadata: {},
      CancellationReasons: [{ Code: 'TransactionConflict' }, { Code: 'None' }],
    })
  }
  const fault: CallFaultRow = callFaults[kind]
  const name = fault.error?.[service] ?? 'TimeoutError'
  if (name === 'TimeoutError') return named(name)
  return failure(service, name, kind.startsWith('broken') ? 500 : name === 'TooManyRequestsException' ? 429 : 400)
}

const failure = (service: Service, name: string, status: number): Error =>
  new exceptions[service]({
    name,
    message: name,
    $fault: status < 500 ? 'client' : 'server',
    $metadata: { httpStatusCode: status },
  })

type Batch = { Entries: { Id: string }[] }
type BatchAnswer = { Successful: unknown[]; Failed: unknown[] }

/** What becomes of each call that leaves a function: when it takes effect, what goes wrong, when its answer is there. */
export const openCalls = (world: World) => {
  const { agenda, chance, faults, timeline, lambda } = world

  const journey = (): number =>
    faults.strike('slow call') ? chance.delivery.spread(500, 40_000) : chance.delivery.spread(2, 60)

  const perform = async (call: Call): Promise<Result> => {
    try {
      return { answer: await world.services[call.service](call) }
    } catch (error) {
      return { error }
    }
  }

  /** The first message of the batch is not taken, the others are. */
  const performInPart = async (call: Call): Promise<Result> => {
    const [first, ...rest] = (call.input as Batch).Entries
    const result = await perform({ ...call, input: { ...call.input, Entries: rest } })
    if (!first || 'error' in result) return result
    const answer = result.answer as BatchAnswer
    return { answer: { ...answer, Failed: [{ Id: first.Id, Code: 'InternalError', SenderFault: false }] } }
  }

  const takeEffect = async (call: Call, kind: CallFaultName | undefined): Promise<Result | undefined> => {
    const { effect = 'once' }: Partial<CallFaultRow> = kind ? callFaults[kind] : {}
    const result =
      effect === 'none'
        ? undefined
        : kind === 'part of the batch refused'
          ? await performInPart(call)
          : await perform(call)
    timeline.say(() => {
      const what = `${call.by.name}: ${world.tell(call)}`
      return `${what}${outcomeOf(result)}${kind ? ` — ${kind}` : ''}${call.by.over ? ' — of the dead' : ''}`
    })
    return result
  }

  const pass = (call: Call): Promise<unknown> =>
    new Promise((resolve, reject) => {
      const { by, service } = call
      // The dead ask nothing.
      if (by.over) return
      by.waiting.add(call)
      const kind = faults.ofCall(service, call.operation)
      const outcome = kind && callFaults[kind].outcome
      const reply = (result: Result | undefined): Promise<void> | void => {
        if (by.over) return
        if (outcome === 'crash') return lambda.kill(by, 'crash')
        by.waiting.delete(call)
        const told = kind && outcome === 'error' ? { error: errorOf(call, kind) } : result
        if (told) world.onTold(call, told)
        return lambda.goOn(by, () => {
          if (told && 'answer' in told) resolve(told.answer)
          else reject(told?.error ?? named('TimeoutError'))
        })
      }

      if (service !== 'ses' || isRead(call.operation)) {
        agenda.add(world.now() + journey(), call.operation, async () => {
          if (call.cancelled) return
          const result = await takeEffect(call, kind)
          if (!kind || callFaults[kind].effect !== 'twice') return reply(result)
          // Others are at work between the two. A transaction is known by its token, and only answered anew.
          agenda.add(world.now() + chance.delivery.spread(10, ASKED_AGAIN), `${call.operation} again`, async () => {
            if (by.over || call.cancelled) return
            return reply(call.operation === 'TransactWriteItems' ? result : await takeEffect(call, kind))
          })
        })
        return
      }
      // SES may take a mail long before its answer is there, and after nobody waits for that any more.
      const patience = world.now() + SES_PATIENCE
      const isLate = kind === 'taken after the caller gave up'
      const takenAt = isLate ? patience + chance.delivery.spread(10, 30_000) : world.now() + journey()
      let result: Result | undefined
      agenda.add(takenAt, 'SES takes it', async () => {
        if (!call.cancelled) result = await takeEffect(call, kind)
      })
      agenda.add(Math.min(takenAt + journey(), patience), 'SES answers', () => reply(result))
    })

  return { pass }
}

const outcomeOf = (result: Result | undefined): string => {
  if (!result) return ''
  if ('answer' in result) return ''
  const { name, CancellationReasons } = result.error as { name: string; CancellationReasons?: { Code?: string }[] }
  const reasons = CancellationReasons?.map(({ Code }) => Code).join()
  return ` → ${name}${reasons ? ` (${reasons})` : ''}`
}
