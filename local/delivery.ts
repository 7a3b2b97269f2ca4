import type { AsyncInvocations } from './async-invocations.ts'
import type { Clock } from './clock.ts'
import { transformed } from './input-transformer.ts'
import type { Logs } from './logs.ts'
import { matches } from './pattern.ts'
import type { Queues } from './queues.ts'
import { account, type Fn, nameOf, type Rule, type RuleTarget, region, type Target } from './template.ts'

/** Where schedules and the default event bus hand over what they have: to a queue, a function's own queue, a log group. */
export type Delivery = {
  /** What cannot be delivered goes to the target's dead-letter queue. */
  toTarget: (target: Target, input: string) => void
  /** To every rule whose pattern the event matches; of those, if asked, to log groups alone. */
  toBus: (event: Record<string, unknown>, toLogsOnly?: boolean) => void
}

type Options = {
  functions: Fn[]
  rules: Rule[]
  queues: Queues
  invocations: AsyncInvocations
  logs: Logs
  clock: Clock
  report: (line: string) => void
}

export const openDelivery = (options: Options): Delivery => {
  const { functions, rules, queues, invocations, logs, clock, report } = options
  const rulesOfLogs = rules
    .map((rule) => ({ ...rule, targets: rule.targets.filter(({ logGroup }) => logGroup !== undefined) }))
    .filter(({ targets }) => targets.length > 0)

  const giveUp = (target: Pick<Target, 'arn' | 'deadLetterArn'>, input: string, reason: string): void => {
    const queue = target.deadLetterArn && queues.byArn(target.deadLetterArn)
    if (!queue) {
      report(`✗ could not be delivered: ${reason}`)
      return
    }
    const attribute = (StringValue: string) => ({ DataType: 'String', StringValue })
    queues.send(queue.name, input, {
      attributes: {
        ERROR_CODE: attribute('InvalidTarget'),
        ERROR_MESSAGE: attribute(reason),
        TARGET_ARN: attribute(target.arn),
      },
    })
  }

  const toLogs = (target: RuleTarget, group: string, event: Record<string, unknown>, text: string): void => {
    if (!target.transformer) {
      logs.write(group, { at: Date.parse(String(event.time)), message: text })
      return
    }
    const { timestamp, message } = (jsonOf(text) ?? {}) as { timestamp?: unknown; message?: unknown }
    const at = typeof timestamp === 'number' ? timestamp : Date.parse(String(timestamp))
    if (Number.isNaN(at) || typeof message !== 'string' || message === '')
      giveUp(target, JSON.stringify(event), `a log group takes a timestamp and a message, not ${text}`)
    else logs.write(group, { at, message })
  }

  return {
    toTarget: (target, input) => {
      const body = input !== '' ? input : JSON.stringify(scheduledEvent(clock.iso()))
      const queue = queues.byArn(target.arn)
      const fn = functions.find(({ arn }) => arn === target.arn)
      if (queue) queues.send(queue.name, body)
      else if (!fn) giveUp(target, body, `nothing here is ${target.arn}`)
      else if (jsonOf(body) === undefined) giveUp(target, body, `the input for ${fn.name} is not JSON`)
      else invocations.accept(fn.name, body)
    },
    toBus: (event, toLogsOnly = false) => {
      for (const rule of (toLogsOnly ? rulesOfLogs : rules).filter(({ pattern }) => matches(pattern, event))) {
        for (const target of rule.targets) {
          const { arn, transformer, logGroup } = target
          const text = transformer
            ? transformed(transformer, event, { ...rule, takenAt: clock.iso() })
            : JSON.stringify(event)
          const queue = queues.byArn(arn)
          if (logGroup !== undefined) toLogs(target, logGroup, event, text)
          else if (queue) queues.send(queue.name, text)
          else if (transformer && jsonOf(text) === undefined)
            giveUp(target, text, `what the rule makes for ${arn} is not JSON`)
          else invocations.accept(nameOf(arn), text, true)
        }
      }
    },
  }
}

/** What a schedule without an input says. */
const scheduledEvent = (time: string): unknown => ({
  version: '0',
  id: crypto.randomUUID(),
  'detail-type': 'Scheduled Event',
  source: 'aws.scheduler',
  account,
  time,
  region,
  resources: [],
  detail: '{}',
})

const jsonOf = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
