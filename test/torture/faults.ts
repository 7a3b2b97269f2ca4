import type { Chance } from './chance.ts'
import { isRead, type Service } from './gate.ts'

type CallFault = {
  at: readonly Service[]
  /** Only where something is written. */
  writes?: true
  effect: 'none' | 'once' | 'twice'
  outcome: 'crash' | 'answer' | 'error'
  /** The name of the error that the caller sees. */
  error?: Partial<Record<Service, string>>
}

const everywhere = ['dynamodb', 'sqs', 'scheduler', 'ses', 'logs'] as const
const throttling = {
  dynamodb: 'ThrottlingException',
  sqs: 'RequestThrottled',
  scheduler: 'ThrottlingException',
  ses: 'TooManyRequestsException',
  logs: 'ThrottlingException',
}
const broken = {
  dynamodb: 'InternalServerError',
  sqs: 'InternalError',
  scheduler: 'InternalServerException',
  ses: 'InternalServiceErrorException',
  logs: 'ServiceUnavailableException',
}
const silence = {
  dynamodb: 'TimeoutError',
  sqs: 'TimeoutError',
  scheduler: 'TimeoutError',
  ses: 'TimeoutError',
  logs: 'TimeoutError',
}

/** What can go wrong with one call to an outside service, as the caller sees it when the SDK has given up trying. */
export const callFaults = {
  'crash before the call': { at: everywhere, effect: 'none', outcome: 'crash' },
  'crash after the call': { at: everywhere, effect: 'once', outcome: 'crash' },
  throttled: { at: everywhere, effect: 'none', outcome: 'error', error: throttling },
  'broken before it took effect': { at: everywhere, effect: 'none', outcome: 'error', error: broken },
  'broken after it took effect': { at: everywhere, writes: true, effect: 'once', outcome: 'error', error: broken },
  'no answer, no effect': { at: everywhere, effect: 'none', outcome: 'error', error: silence },
  'answer lost': { at: everywhere, writes: true, effect: 'once', outcome: 'error', error: silence },
  // The SDK tries again by itself; SES's client may not.
  'answer lost and asked again': {
    at: ['dynamodb', 'sqs', 'scheduler'],
    writes: true,
    effect: 'twice',
    outcome: 'answer',
  },
  'in conflict with a transaction': { at: ['dynamodb'], writes: true, effect: 'none', outcome: 'error' },
  'part of the batch refused': { at: ['sqs'], writes: true, effect: 'once', outcome: 'answer' },
  'not reachable': { at: ['ses'], writes: true, effect: 'none', outcome: 'error' },
  'refused for good': {
    at: ['ses'],
    writes: true,
    effect: 'none',
    outcome: 'error',
    error: { ses: 'MessageRejected' },
  },
  // SES had the request, and took it when nobody waited for its answer any more.
  'taken after the caller gave up': { at: ['ses'], writes: true, effect: 'once', outcome: 'error', error: silence },
} as const satisfies Record<string, CallFault>
export type CallFaultName = keyof typeof callFaults

/** What can go wrong between the services, with the most that it happens, as a share. */
export const deliveryFaults = {
  'slow call': 0.1,
  'slow clock': 0.5,
  'stream record late': 0.3,
  'stream batch again': 0.2,
  'message late': 0.3,
  'message twice': 0.3,
  'message not deleted': 0.2,
  'schedule late': 0.3,
  'schedule rings twice': 0.3,
  'schedule never rings': 0.3,
  'schedule to its dead letters': 0.2,
  'old schedule rings after all': 0.3,
  'copy of a bulk refused': 0.6,
  'end of a bulk answer missing': 0.6,
  'SES event late': 0.5,
  'SES event twice': 0.3,
  'SES event lost': 0.5,
  'reconcile left out': 0.4,
  'pick-tips left out': 0.4,
} as const satisfies Record<string, number>
export type DeliveryFaultName = keyof typeof deliveryFaults

/** Of one run's calls at most this share is struck by one kind. */
const MOST = 0.12
/** One call of twenty is to SES, and most depends on that one. */
const SES_MORE = 4

/** Nothing goes wrong but this: the call of this number, counted from 1. */
export type OnlyFault = { call: number; kind: CallFaultName }

/**
 * The faults of one run, or the only one. Each run has a choice of kinds, each at a rate of its own: where everything goes wrong at once,
 * little gets far enough to go wrong in a new way.
 */
export const openFaults = (chance: Chance, strikes: (kind: string) => void, only?: OnlyFault) => {
  const share = chance.pick([0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7])
  const rates = new Map<string, number>()
  for (const kind of Object.keys(callFaults)) {
    if (chance.is(share)) rates.set(kind, chance.spread(20, MOST * 10_000) / 10_000)
  }
  for (const [kind, most] of Object.entries(deliveryFaults)) {
    if (chance.is(share)) rates.set(kind, chance.spread(100, most * 10_000) / 10_000)
  }
  let calm = false
  let calls = 0
  const strike = (kind: string, more = 1): boolean => {
    const rate = rates.get(kind)
    if (calm || only || !rate || !chance.is(rate * more)) return false
    strikes(kind)
    return true
  }
  return {
    strike: (kind: DeliveryFaultName): boolean => strike(kind),
    /** What befalls this call; nothing, most of the time. */
    ofCall: (service: Service, operation: string): CallFaultName | undefined => {
      calls += 1
      if (only?.call === calls) {
        strikes(only.kind)
        return only.kind
      }
      if (calm || only) return undefined
      for (const [kind, fault] of Object.entries(callFaults) as [CallFaultName, CallFault][]) {
        if (!fault.at.includes(service) || (fault.writes && isRead(operation))) continue
        if (strike(kind, service === 'ses' ? SES_MORE : 1)) return kind
      }
      return undefined
    },
    /** Nothing goes wrong any more. */
    end: (): void => {
      calm = true
    },
    get calls() {
      return calls
    },
    get over() {
      return calm
    },
    rates: rates as ReadonlyMap<string, number>,
  }
}

export type Faults = ReturnType<typeof openFaults>
export type CallFaultRow = CallFault
