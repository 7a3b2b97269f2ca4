import { randomUUID } from 'node:crypto'
import { Temporal } from 'temporal-polyfill'
import type { Clock } from './clock.ts'
import type { Outlook } from './due-index.ts'
import { ServiceError } from './service-error.ts'
import type { Store } from './store.ts'
import { account, type Recurring, region, type Target } from './template.ts'

type Row = {
  grp: string
  name: string
  kind: 'at' | 'rate'
  nextAt: number | null
  everyMs: number | null
  stepMs: number | null
  definition: string
  token: string | null
  createdAt: number
  changedAt: number
}
type Definition = {
  ScheduleExpression: string
  ScheduleExpressionTimezone?: string
  State?: 'ENABLED' | 'DISABLED'
  ActionAfterCompletion?: 'NONE' | 'DELETE'
  FlexibleTimeWindow: { Mode: string }
  Target: { Arn: string; RoleArn: string; Input?: string; DeadLetterConfig?: { Arn?: string } }
}
export type Fired = { count: number; recurring: { grp: string; name: string }[] }
export type Pending = { name: string; group: string; at: string; input: unknown; kind: 'at' | 'rate' }

/** EventBridge Scheduler: one-time and recurring schedules, by its REST API and from the template. */
export type Schedules = {
  /** Delivers what is due, in the order of time, then name. A one-time schedule goes in the same write. */
  fireDue: () => Fired
  nextMoment: () => number | undefined
  /** The soonest first. */
  pending: () => Pending[]
  /**
   * Makes recurring schedules that fired without effect come less often. None sleeps past the next moment at which
   * something falls due: their first own tick from then on is kept, and their own rate with it.
   */
  slowDown: (fired: Fired, outlook: Outlook | undefined) => void
  /** Every recurring schedule keeps its own rate again, from now on. */
  ownRate: () => void
  /** One call of the REST API. */
  call: (method: string, path: string, query: URLSearchParams, body: Record<string, unknown>) => unknown
}

type Options = {
  schedules: Recurring[]
  groups: string[]
  store: Store
  clock: Clock
  deliver: (target: Target, input: string) => void
  onChange: () => void
}

const hourMs = 3_600_000
/** How much longer the steps get, and up to what. Where nobody is waited for, a dozen times and up to a day. */
const patient = { times: 12, longestMs: 24 * hourMs }
const attentive = { times: 2, longestMs: 6 * hourMs }
const unitMs: Record<string, number> = { minute: 60_000, hour: 3_600_000, day: 86_400_000 }

type Timing = { kind: 'at'; at: number } | { kind: 'rate'; everyMs: number }

/** @throws for an expression that is wrong, or that the local cloud does not know. */
const timingOf = (expression: string, timeZone: string): Timing => {
  const once = /^at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)$/.exec(expression)
  if (once?.[1]) {
    try {
      const local = Temporal.PlainDateTime.from(once[1], { overflow: 'reject' })
      return { kind: 'at', at: Number(local.toZonedDateTime(timeZone).epochMilliseconds) }
    } catch {
      throw new ServiceError('ValidationException', `Invalid Schedule Expression ${expression} in ${timeZone}.`)
    }
  }
  const [, amount, unit] = /^rate\(([1-9]\d*) (minute|hour|day)s?\)$/.exec(expression) ?? []
  if (amount && unit) return { kind: 'rate', everyMs: Number(amount) * (unitMs[unit] ?? 0) }
  if (expression.startsWith('cron(')) {
    throw new ServiceError('ValidationException', `the local cloud does not know cron schedules: ${expression}`)
  }
  throw new ServiceError('ValidationException', `Invalid Schedule Expression ${expression}.`)
}

export const openSchedules = ({ schedules, groups, store, clock, deliver, onChange }: Options): Schedules => {
  const get = (grp: string, name: string): Row | undefined =>
    store.first<Row>('SELECT * FROM schedules WHERE grp = ? AND name = ?', grp, name)

  const put = (
    grp: string,
    name: string,
    definition: Definition,
    options: { token?: string; fromTemplate?: boolean; createdAt?: number },
  ): void => {
    const timing = timingOf(definition.ScheduleExpression, definition.ScheduleExpressionTimezone ?? 'UTC')
    const now = clock.now()
    const enabled = definition.State !== 'DISABLED'
    const nextAt = timing.kind === 'at' ? timing.at : now + timing.everyMs
    store.run(
      'INSERT OR REPLACE INTO schedules (grp, name, kind, nextAt, everyMs, stepMs, definition, token, fromTemplate, createdAt, changedAt) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)',
      grp,
      name,
      timing.kind,
      enabled ? nextAt : null,
      timing.kind === 'rate' ? timing.everyMs : null,
      timing.kind === 'rate' ? timing.everyMs : null,
      JSON.stringify(definition),
      options.token ?? null,
      options.fromTemplate ? 1 : 0,
      options.createdAt ?? now,
      now,
    )
  }

  store.together(() => {
    const wanted = new Set(schedules.map(({ group, name }) => `${group}/${name}`))
    for (const { grp, name } of store.all<Row>('SELECT * FROM schedules WHERE fromTemplate = 1')) {
      if (!wanted.has(`${grp}/${name}`)) store.run('DELETE FROM schedules WHERE grp = ? AND name = ?', grp, name)
    }
    for (const { name, group, expression, timeZone, enabled, target } of schedules) {
      const definition: Definition = {
        ScheduleExpression: expression,
        ScheduleExpressionTimezone: timeZone,
        State: enabled ? 'ENABLED' : 'DISABLED',
        FlexibleTimeWindow: { Mode: 'OFF' },
        Target: {
          Arn: target.arn,
          RoleArn: '',
          ...(target.input !== undefined && { Input: target.input }),
          ...(target.deadLetterArn !== undefined && { DeadLetterConfig: { Arn: target.deadLetterArn } }),
        },
      }
      // An unchanged one keeps its rhythm over a restart.
      if (get(group, name)?.definition !== JSON.stringify(definition))
        put(group, name, definition, { fromTemplate: true })
    }
  })

  const ownRate = (): void => {
    const now = clock.now()
    const slow = store.all<Row>(
      "SELECT * FROM schedules WHERE kind = 'rate' AND nextAt IS NOT NULL AND (stepMs > everyMs OR nextAt > ? + everyMs)",
      now,
    )
    for (const { grp, name, nextAt, everyMs } of slow) {
      const [at, every] = [nextAt ?? 0, everyMs ?? 60_000]
      // The own rhythm is a grid, and every slower one a part of it.
      const next = at > now ? at - Math.floor((at - now - 1) / every) * every : at
      store.run('UPDATE schedules SET nextAt = ?, stepMs = ? WHERE grp = ? AND name = ?', next, every, grp, name)
    }
  }
  // A kill in the middle of a move leaves them slow.
  ownRate()

  const arnOf = (grp: string, name: string): string => `arn:aws:scheduler:${region}:${account}:schedule/${grp}/${name}`

  const fire = (row: Row, now: number): void => {
    const definition = JSON.parse(row.definition) as Definition
    const { Target } = definition
    const scheduledAt = new Date(row.nextAt ?? now).toISOString().replace(/\.\d{3}Z$/, 'Z')
    const input = (Target.Input ?? '')
      .replaceAll('<aws.scheduler.schedule-arn>', arnOf(row.grp, row.name))
      .replaceAll('<aws.scheduler.scheduled-time>', scheduledAt)
      .replaceAll('<aws.scheduler.execution-id>', randomUUID())
      .replaceAll('<aws.scheduler.attempt-number>', '1')
    store.together(() => {
      if (row.kind === 'rate') {
        const step = row.stepMs ?? row.everyMs ?? 60_000
        const due = row.nextAt ?? now
        // What was missed while nothing ran is not made up for: the next one comes in its rhythm.
        const next = due + step * (Math.floor((now - due) / step) + 1)
        store.run('UPDATE schedules SET nextAt = ? WHERE grp = ? AND name = ?', next, row.grp, row.name)
      } else if (definition.ActionAfterCompletion === 'DELETE') {
        store.run('DELETE FROM schedules WHERE grp = ? AND name = ?', row.grp, row.name)
      } else store.run('UPDATE schedules SET nextAt = NULL WHERE grp = ? AND name = ?', row.grp, row.name)
      deliver({ arn: Target.Arn, input: Target.Input, deadLetterArn: Target.DeadLetterConfig?.Arn }, input)
    })
  }

  const checked = (name: string, body: Record<string, unknown>): { grp: string; definition: Definition } => {
    const invalid = (message: string): never => {
      throw new ServiceError('ValidationException', message)
    }
    if (!/^[0-9a-zA-Z\-_.]{1,64}$/.test(name)) {
      invalid(
        `1 validation error detected: Value '${name}' at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern: ^[0-9a-zA-Z-_.]+$ and have length between 1 and 64`,
      )
    }
    const grp = String(body.GroupName ?? 'default')
    if (!groups.includes(grp))
      throw new ServiceError('ResourceNotFoundException', `Schedule group ${grp} does not exist.`, 404)
    const { ClientToken: _, GroupName: __, Name: ___, ...rest } = body
    const definition = rest as unknown as Definition
    if (typeof definition.ScheduleExpression !== 'string')
      invalid("Value at 'scheduleExpression' failed to satisfy constraint: Member must not be null")
    if (typeof definition.FlexibleTimeWindow?.Mode !== 'string')
      invalid("Value at 'flexibleTimeWindow' failed to satisfy constraint: Member must not be null")
    if (typeof definition.Target?.Arn !== 'string' || typeof definition.Target.RoleArn !== 'string') {
      invalid("Value at 'target' failed to satisfy constraint: Member must not be null")
    }
    if (Buffer.byteLength(definition.Target.Input ?? '') > 256 * 1024) invalid('Target input is longer than 256 KB.')
    const timing = timingOf(definition.ScheduleExpression, definition.ScheduleExpressionTimezone ?? 'UTC')
    if (timing.kind === 'at' && timing.at <= clock.now()) {
      invalid(`Invalid Schedule Expression ${definition.ScheduleExpression}: it lies in the past.`)
    }
    return { grp, definition }
  }

  const found = (grp: string, name: string): Row => {
    const row = get(grp, name)
    if (!row) throw new ServiceError('ResourceNotFoundException', `Schedule ${name} does not exist.`, 404)
    return row
  }

  const asResource = (row: Row): Record<string, unknown> => ({
    ...(JSON.parse(row.definition) as Definition),
    Arn: arnOf(row.grp, row.name),
    Name: row.name,
    GroupName: row.grp,
    CreationDate: row.createdAt / 1000,
    LastModificationDate: row.changedAt / 1000,
  })

  const create = (name: string, body: Record<string, unknown>): unknown => {
    const { grp, definition } = checked(name, body)
    const token = typeof body.ClientToken === 'string' ? body.ClientToken : undefined
    const existing = get(grp, name)
    if (existing) {
      // The SDK's own retry of a call whose answer was lost.
      if (token !== undefined && existing.token === token) return { ScheduleArn: arnOf(grp, name) }
      throw new ServiceError('ConflictException', `Schedule ${name} already exists.`, 409)
    }
    put(grp, name, definition, token === undefined ? {} : { token })
    onChange()
    return { ScheduleArn: arnOf(grp, name) }
  }

  const update = (name: string, body: Record<string, unknown>): unknown => {
    const { grp, definition } = checked(name, body)
    put(grp, name, definition, { createdAt: found(grp, name).createdAt })
    onChange()
    return { ScheduleArn: arnOf(grp, name) }
  }

  const remove = (name: string, grp: string): unknown => {
    found(grp, name)
    store.run('DELETE FROM schedules WHERE grp = ? AND name = ?', grp, name)
    onChange()
    return {}
  }

  const list = (query: URLSearchParams): unknown => {
    const most = Math.min(Number(query.get('MaxResults') ?? 100) || 100, 100)
    const from = Number(query.get('NextToken') ?? 0) || 0
    const rows = store
      .all<Row>('SELECT * FROM schedules ORDER BY grp, name')
      .filter(
        ({ grp, name }) =>
          (!query.has('ScheduleGroup') || grp === query.get('ScheduleGroup')) &&
          name.startsWith(query.get('NamePrefix') ?? ''),
      )
    const page = rows.slice(from, from + most).map((row) => {
      const { Arn, Name, GroupName, State = 'ENABLED', CreationDate, LastModificationDate, Target } = asResource(row)
      return {
        Arn,
        Name,
        GroupName,
        State,
        CreationDate,
        LastModificationDate,
        Target: { Arn: (Target as { Arn: string }).Arn },
      }
    })
    return { Schedules: page, ...(from + most < rows.length && { NextToken: String(from + most) }) }
  }

  const groupCall = (method: string, name: string | undefined): unknown => {
    if (method !== 'GET')
      throw new ServiceError('ValidationException', 'groups of the local cloud come from the template')
    const summary = (group: string) => ({
      Name: group,
      State: 'ACTIVE',
      Arn: `arn:aws:scheduler:${region}:${account}:schedule-group/${group}`,
    })
    if (name === undefined) return { ScheduleGroups: groups.map(summary) }
    if (!groups.includes(name))
      throw new ServiceError('ResourceNotFoundException', `Schedule group ${name} does not exist.`, 404)
    return summary(name)
  }

  return {
    fireDue: () => {
      const now = clock.now()
      const due = store.all<Row>('SELECT * FROM schedules WHERE nextAt <= ? ORDER BY nextAt, name', now)
      for (const row of due) fire(row, now)
      return { count: due.length, recurring: due.filter(({ kind }) => kind === 'rate') }
    },
    nextMoment: () => store.first<{ at: number | null }>('SELECT min(nextAt) at FROM schedules')?.at ?? undefined,
    pending: () =>
      store.all<Row>('SELECT * FROM schedules WHERE nextAt IS NOT NULL ORDER BY nextAt, name').map((row) => {
        const { Target } = JSON.parse(row.definition) as Definition
        return {
          name: row.name,
          group: row.grp,
          at: new Date(row.nextAt ?? 0).toISOString(),
          input: jsonOrText(Target.Input),
          kind: row.kind,
        }
      }),
    // Five minutes over three months are 26,000 runs of a function that finds nothing to do. So, only while the clock is
    // being moved, a recurring schedule whose last firing left no trace (no stream record, no message, no mail, no
    // schedule) comes less often each time: half as often while something is overdue that may have to be put right.
    // Any activity gives it its own rate back.
    slowDown: ({ recurring }, outlook) => {
      const { times, longestMs } = outlook && !outlook.isOverdue ? patient : attentive
      for (const { grp, name } of recurring) {
        const row = get(grp, name)
        if (!row?.nextAt || !row.everyMs || !row.stepMs) continue
        const { everyMs, stepMs } = row
        const fired = row.nextAt - stepMs
        const longest = Math.max(everyMs, Math.floor(longestMs / everyMs) * everyMs)
        const slow = Math.min(stepMs * times, longest)
        const due = outlook?.next ?? Number.POSITIVE_INFINITY
        // Its first own tick at which that is due.
        const awake = Math.max(1, Math.ceil((due - fired) / everyMs)) * everyMs
        store.run(
          'UPDATE schedules SET nextAt = ?, stepMs = ? WHERE grp = ? AND name = ?',
          fired + Math.min(awake, slow),
          awake <= slow ? everyMs : slow,
          grp,
          name,
        )
      }
    },
    ownRate,
    call: (method, path, query, body) => {
      const [, kind, raw] = path.split('/')
      const name = raw === undefined ? undefined : decodeURIComponent(raw)
      if (kind === 'schedule-groups') return groupCall(method, name)
      if (kind === 'schedules' && name === undefined && method === 'GET') return list(query)
      if (kind === 'schedules' && name !== undefined) {
        const grp = query.get('groupName') ?? 'default'
        if (method === 'POST') return create(name, body)
        if (method === 'PUT') return update(name, body)
        if (method === 'GET') return asResource(found(grp, name))
        if (method === 'DELETE') return remove(name, grp)
      }
      throw new ServiceError('UnknownOperationException', `the local cloud does not know ${method} ${path}`, 404)
    },
  }
}

const jsonOrText = (text: string | undefined): unknown => {
  if (text === undefined) return null
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
