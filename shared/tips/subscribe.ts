import * as z from 'zod/mini'
import {
  choice,
  email,
  type FieldError,
  integer,
  line,
  nameLine,
  type Read,
  readFields,
  tick,
  zone,
} from '../fields.ts'
import { proofField } from '../proof-of-work.ts'

const firstName = nameLine(60, 'your first name')

const seriesIn = (ids: readonly string[]) =>
  z
    .string({ error: 'Please choose a series.' })
    .check(z.refine((id) => ids.includes(id), { error: `Please choose one of: ${ids.join(', ')}.` }))

const subscribing = (ids: readonly string[]) => ({
  email,
  series: z.optional(seriesIn(ids)),
  timeZone: z.optional(zone),
  firstName: z.optional(firstName),
  submissionId: z.optional(line(100, 'the submission id')),
  /** Whatever it holds: it decides as how many forms this one counts, and nothing else. */
  [proofField]: z.optional(z.unknown()),
})

export type Subscribing = z.output<z.ZodMiniObject<ReturnType<typeof subscribing>>>

/** The form that asks for tips. `ids` are the series there are. */
export const readSubscribing = (body: unknown, from: 'form' | 'json', ids: readonly string[]): Read<Subscribing> =>
  readFields(subscribing(ids), body, from)

const preferences = (ids: readonly string[]) => ({
  hour: z.optional(integer(0, 23)),
  timeZone: z.optional(zone),
  firstName: z.optional(firstName),
  /** 0 ends a pause. */
  pauseWeeks: z.optional(integer(0, 52)),
  next: z.optional(choice(['now'])),
  again: z.optional(tick),
  series: z.optional(seriesIn(ids)),
  leave: z.optional(tick),
})

export type Preferences = z.output<z.ZodMiniObject<ReturnType<typeof preferences>>>

/** The fields of the page of preferences. */
export const preferenceFields = Object.keys(preferences([]))

/** What was asked for, one thing a time but for what can be set together; an empty `firstName` takes the name away. */
export const readPreferences = (body: unknown, from: 'form' | 'json', ids: readonly string[]): Read<Preferences> => {
  const read = readFields(preferences(ids), body, from)
  if (!read.ok) return read
  const isNamed = typeof body === 'object' && body !== null && (body as { firstName?: unknown }).firstName === ''
  const value: Preferences = { ...read.value, ...(isNamed ? { firstName: '' } : {}) }
  const { hour, timeZone, firstName: name, pauseWeeks, next, again, series, leave } = value
  const acts = [pauseWeeks !== undefined, next, again, series, leave].filter(Boolean).length
  const sets = [hour, timeZone, name].some((setting) => setting !== undefined)
  if (acts > 1) return refused('Please ask for one thing at a time.')
  return acts > 0 || sets ? { ok: true, value } : refused('Please say what you would like to change.')
}

const refused = (message: string): { ok: false; errors: FieldError[] } => ({
  ok: false,
  errors: [{ field: '', message }],
})
