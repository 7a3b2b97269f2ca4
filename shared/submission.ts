import * as z from 'zod/mini'
import { choice, email, integer, line, nameLine, oneOf, type Read, readFields, tick, zone } from './fields.ts'
import { proofField } from './proof-of-work.ts'
import { channels, goals, type Source, sources } from './request.ts'

/** The sources for which the letter has nothing to stand on without the connection. */
export const connectionRequired: readonly Source[] = ['referral', 'alumni', 'association', 'event']

export const connectionMissing = 'Please say what links the two of you: the letter begins with it.'

/** Fields of a request that can be changed afterwards, with their rules. */
export const editable = {
  seekerName: nameLine(100, 'your name'),
  introduction: line(200, 'who you are, in one clause'),
  contactName: nameLine(100, 'the name of the person you would like to talk with'),
  contactRole: z.optional(line(100, 'their role')),
  organization: line(150, 'the organisation'),
  connection: z.optional(line(300, 'what links the two of you')),
  topic: line(150, 'the field or question you want to explore'),
  minutes: oneOf([15, 20, 30]),
  channel: choice(channels),
  followUps: integer(0, 3),
  timeZone: zone,
} as const

/** The form. Lengths are in characters; `http.md` is the contract. */
const shape = {
  ...editable,
  seekerEmail: email,
  timeZone: z.optional(zone),
  source: choice(sources),
  goal: choice(goals),
  minutes: z._default(editable.minutes, 20),
  channel: z._default(editable.channel, 'email'),
  followUps: z._default(editable.followUps, 1),
  tips: z._default(tick, false),
  submissionId: z.optional(line(100, 'the submission id')),
  /** Whatever it holds: it decides as how many forms this one counts, and nothing else. */
  [proofField]: z.optional(z.unknown()),
}

export type Submission = z.output<z.ZodMiniObject<typeof shape>>

/** A field that no person sees: what fills it in is a machine. */
export const honeypot = 'website'

export const isMachine = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && Boolean((body as Record<string, unknown>)[honeypot])

export const readSubmission = (body: unknown, from: 'form' | 'json'): Read<Submission> => {
  const read = readFields(shape, body, from)
  const source = read.ok ? read.value.source : (body as { source?: unknown } | null)?.source
  const connection = read.ok ? read.value.connection : (body as { connection?: unknown } | null)?.connection
  const isNamed = !read.ok && read.errors.some(({ field }) => field === 'connection')
  if (!connectionRequired.includes(source as Source) || connection || isNamed) return read
  const missing = { field: 'connection', message: connectionMissing }
  return { ok: false, errors: [...(read.ok ? [] : read.errors), missing] }
}
