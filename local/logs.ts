import type { Clock } from './clock.ts'
import { ServiceError } from './service-error.ts'
import type { Store } from './store.ts'
import type { LogGroup } from './template.ts'

/**
 * CloudWatch Logs, as far as rules write to it and functions search it. What functions themselves log is in files: their
 * groups are not known here.
 */
export type Logs = {
  write: (group: string, event: { at: number; message: string }) => void
  /** One call of the API, in its JSON protocol. */
  call: (operation: string, input: Record<string, unknown>) => unknown
  /** Forgets what is older than its group keeps. */
  forgetOld: () => void
}

type Options = { groups: LogGroup[]; store: Store; clock: Clock }
type Row = { seq: number; at: number; takenAt: number; message: string }

const mostEvents = 10_000
/** A page looks at no more than this, matching or not: as on AWS it may be empty, with more to come. */
const mostLookedAt = 10_000
const mostPageBytes = 1024 * 1024

const invalid = (message: string): never => {
  throw new ServiceError('InvalidParameterException', message)
}

type Wanted = (message: string) => boolean

/**
 * The part of the filter syntax that is about plain text: terms that all occur, `?term` of which one occurs, `-term` that
 * does not occur. Case matters.
 */
export const filterOf = (pattern: string): Wanted => {
  const all: string[] = []
  const some: string[] = []
  const none: string[] = []
  const rest = pattern.replace(
    /(?<=^|\s)([?-]?)(?:"((?:[^"\\]|\\.)*)"|(\w+))(?=\s|$)/g,
    (_, sign: string, quoted?: string, bare?: string) => {
      const term = bare ?? (quoted ?? '').replace(/\\(.)/g, '$1')
      const list = sign === '?' ? some : sign === '-' ? none : all
      list.push(term)
      return ''
    },
  )
  if (rest.trim() !== '')
    invalid(`Invalid filter pattern: the local cloud knows terms, with others than letters in quotes, not ${rest}`)
  return (message) =>
    all.every((term) => message.includes(term)) &&
    (some.length === 0 || some.some((term) => message.includes(term))) &&
    !none.some((term) => message.includes(term))
}

const known = [
  'logGroupName',
  'logGroupIdentifier',
  'startTime',
  'endTime',
  'filterPattern',
  'limit',
  'nextToken',
  'interleaved',
]

export const openLogs = ({ groups, store, clock }: Options): Logs => {
  const groupOf = ({ logGroupName, logGroupIdentifier }: Record<string, unknown>): LogGroup => {
    if ((logGroupName === undefined) === (logGroupIdentifier === undefined))
      invalid('Give either logGroupName or logGroupIdentifier.')
    const wanted = String(logGroupName ?? logGroupIdentifier)
    if (wanted.includes('*')) invalid('A log group is named without a * at its end.')
    const group = groups.find(
      ({ name, arn }) => name === wanted || (logGroupIdentifier !== undefined && arn === wanted),
    )
    if (!group) {
      throw new ServiceError(
        'ResourceNotFoundException',
        'The specified log group does not exist: the local cloud has those to which rules write.',
      )
    }
    return group
  }
  const timeOf = (value: unknown, otherwise: number): number => {
    if (value === undefined) return otherwise
    return typeof value === 'number' && Number.isInteger(value) && value >= 0 ? value : invalid('A time is no time.')
  }
  const oldestOf = ({ retentionMs }: LogGroup): number => (retentionMs === undefined ? 0 : clock.now() - retentionMs)

  const filter = (input: Record<string, unknown>): unknown => {
    const strange = Object.keys(input).find((name) => !known.includes(name))
    if (strange !== undefined) invalid(`the local cloud does not know ${strange}`)
    const group = groupOf(input)
    const isWanted = filterOf(String(input.filterPattern ?? ''))
    const limit = timeOf(input.limit, mostEvents)
    if (limit < 1 || limit > mostEvents) invalid(`limit must be from 1 to ${mostEvents}.`)
    const [fromAt = 0, fromSeq = 0] = String(input.nextToken ?? '0/0')
      .split('/')
      .map(Number)
    if (!Number.isInteger(fromAt) || !Number.isInteger(fromSeq)) invalid('The specified nextToken is invalid.')
    const start = Math.max(timeOf(input.startTime, 0), oldestOf(group))
    const end = timeOf(input.endTime, Number.MAX_SAFE_INTEGER)
    const events: Row[] = []
    let bytes = 0
    let looked = 0
    let last: Row | undefined
    let more = false
    for (const row of store.each<Row>(
      'SELECT seq, at, takenAt, message FROM logs WHERE grp = ?1 AND at >= ?2 AND at <= ?3 AND (at, seq) > (?4, ?5) ORDER BY at, seq',
      group.name,
      start,
      end,
      fromAt,
      fromSeq,
    )) {
      if (looked === mostLookedAt || events.length === limit || bytes >= mostPageBytes) {
        more = true
        break
      }
      looked += 1
      last = row
      if (!isWanted(row.message)) continue
      events.push(row)
      bytes += row.message.length
    }
    return {
      events: events.map(({ seq, at, takenAt, message }) => ({
        eventId: String(seq).padStart(56, '0'),
        ingestionTime: takenAt,
        logStreamName: 'local',
        message,
        timestamp: at,
      })),
      searchedLogStreams: [],
      ...(more && last && { nextToken: `${last.at}/${last.seq}` }),
    }
  }

  return {
    write: (group, { at, message }) => {
      store.run('INSERT INTO logs (grp, at, takenAt, message) VALUES (?, ?, ?, ?)', group, at, clock.now(), message)
    },
    call: (operation, input) => {
      if (operation === 'FilterLogEvents') return filter(input)
      throw new ServiceError(
        'UnknownOperationException',
        `the local cloud does not know the CloudWatch Logs operation ${operation}`,
      )
    },
    forgetOld: () => {
      for (const group of groups) store.run('DELETE FROM logs WHERE grp = ? AND at < ?', group.name, oldestOf(group))
    },
  }
}
