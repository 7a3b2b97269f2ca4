import type { FunctionFault } from './function-faults.ts'
import type { Quota } from './sending-quota.ts'
import { type Fault, faults } from './ses.ts'
import { type BulkStatus, bulkStatuses } from './ses-request.ts'

/** What somebody asks of `/_local/faults`, understood; or what is wrong with it. */
export type FaultRequest =
  | { fault?: Fault; quota?: Partial<Quota>; fn?: { name: string; fault: FunctionFault | undefined } }
  | { field: string; message: string }

const mostCalls = 10_000
const isStatus = (one: unknown): one is BulkStatus => bulkStatuses.includes(one as BulkStatus)

/**
 * Reads `{ ses, for, statuses }`, `{ quota: { max24HourSend, maxSendRate } }`, or both; or `{ function, does, for }`.
 * `statuses` are a list, or text with commas, as a form sends it.
 */
export const faultsOf = (fields: Record<string, unknown>, functions: readonly string[]): FaultRequest => {
  if (fields.function !== undefined) return functionFaultOf(fields, functions)
  const { ses, quota } = fields
  if (quota === undefined || ses !== undefined) {
    const fault = faultOf(fields)
    if ('field' in fault) return fault
    const read = quota === undefined ? {} : quotaOf(quota)
    return 'field' in read ? read : { fault, ...(quota !== undefined && { quota: read }) }
  }
  const read = quotaOf(quota)
  return 'field' in read ? read : { quota: read }
}

const functionFaultOf = (fields: Record<string, unknown>, functions: readonly string[]): FaultRequest => {
  const { function: name, does } = fields
  if (typeof name !== 'string' || !functions.includes(name))
    return { field: 'function', message: `is none of ${functions.join(', ')}` }
  if (does === 'ok') return { fn: { name, fault: undefined } }
  if (does === 'throttle') return { fn: { name, fault: { does } } }
  if (does !== 'crash') return { field: 'does', message: 'is none of crash, throttle, ok' }
  const calls = callsOf(fields)
  return typeof calls === 'number' ? { fn: { name, fault: { does, for: calls } } } : calls
}

const callsOf = ({ for: given = 1 }: Record<string, unknown>): number | { field: string; message: string } => {
  const calls = typeof given === 'number' || typeof given === 'string' ? Number(given) : Number.NaN
  return Number.isInteger(calls) && calls >= 1 && calls <= mostCalls
    ? calls
    : { field: 'for', message: `is not a whole number from 1 to ${mostCalls}` }
}

const faultOf = (fields: Record<string, unknown>): Fault | { field: string; message: string } => {
  const kind = fields.ses as Fault['ses']
  if (!faults.includes(kind)) return { field: 'ses', message: `is none of ${faults.join(', ')}` }
  const calls = callsOf(fields)
  if (typeof calls !== 'number') return calls
  if (kind === 'ok') return { ses: kind, for: 0 }
  if (kind !== 'partial') return { ses: kind, for: calls }
  const { statuses: asked } = fields
  const listed: unknown = typeof asked === 'string' ? asked.split(',').map((one) => one.trim()) : asked
  const statuses = listed === undefined || asked === '' ? ['TRANSIENT_FAILURE'] : listed
  if (!Array.isArray(statuses) || statuses.length === 0 || statuses.length > 50 || !statuses.every(isStatus))
    return { field: 'statuses', message: `is not a list of ${bulkStatuses.join(', ')}` }
  return { ses: kind, for: calls, statuses }
}

const quotaOf = (quota: unknown): Partial<Quota> | { field: string; message: string } => {
  const wrong = {
    field: 'quota',
    message: 'is not { "max24HourSend": -1 or more, "maxSendRate": more than 0 }, or one of the two',
  }
  if (typeof quota !== 'object' || quota === null || Array.isArray(quota)) return wrong
  const { max24HourSend, maxSendRate, ...strange } = quota as Record<string, unknown>
  const isDaily = max24HourSend === undefined || (Number.isInteger(max24HourSend) && (max24HourSend as number) >= -1)
  const isRate = maxSendRate === undefined || (typeof maxSendRate === 'number' && maxSendRate > 0)
  if (!isDaily || !isRate || Object.keys(strange).length > 0) return wrong
  return {
    ...(max24HourSend !== undefined && { max24HourSend: max24HourSend as number }),
    ...(maxSendRate !== undefined && { maxSendRate: maxSendRate as number }),
  }
}
