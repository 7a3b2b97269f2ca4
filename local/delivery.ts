import type { AsyncInvocations } from './async-invocations.ts'
import type { Clock } from './clock.ts'
import { matches } from './pattern.ts'
import type { Queues } from './queues.ts'
import { account, type Fn, nameOf, type Rule, region, type Target } from './template.ts'

/** Where schedules and the default event bus hand over what they have: to a queue, or to a function's own queue. */
export type Delivery = {
  /** What cannot be delivered goes to the target's dead-letter queue. */
  toTarget: (target: Target, input: string) => void
  /** To every rule whose pattern the event matches. */
  toBus: (event: unknown) => void
}

type Options = {
  functions: Fn[]
  rules: Rule[]
  queues: Queues
  invocations: AsyncInvocations
  clock: Clock
  report: (line: string) => void
}

export const openDelivery = ({ functions, rules, queues, invocations, clock, report }: Options): Delivery => {
  const giveUp = (target: Target, input: string, reason: string): void => {
    const queue = target.deadLetterArn && queues.byArn(target.deadLetterArn)
    if (!queue) {
      report(`✗ a schedule could not deliver: ${reason}`)
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
  return {
    toTarget: (target, input) => {
      const body = input !== '' ? input : JSON.stringify(scheduledEvent(clock.iso()))
      const queue = queues.byArn(target.arn)
      const fn = functions.find(({ arn }) => arn === target.arn)
      if (queue) queues.send(queue.name, body)
      else if (!fn) giveUp(target, body, `nothing here is ${target.arn}`)
      else if (!isJson(body)) giveUp(target, body, `the input for ${fn.name} is not JSON`)
      else invocations.accept(fn.name, body)
    },
    toBus: (event) => {
      for (const { targets } of rules.filter(({ pattern }) => matches(pattern, event))) {
        for (const { arn } of targets) {
          const queue = queues.byArn(arn)
          if (queue) queues.send(queue.name, JSON.stringify(event))
          else invocations.accept(nameOf(arn), JSON.stringify(event), true)
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

const isJson = (text: string): boolean => {
  try {
    JSON.parse(text)
    return true
  } catch {
    return false
  }
}
