import { domainToASCII } from 'node:url'
import * as z from 'zod/mini'
import { readsAsLink, tidy } from './drafts/person-name.ts'
import { canonicalZone } from './zone.ts'

/** What a browser or a client sent for one field, and what is wrong with it, in words for the person who typed it. */
export type FieldError = { field: string; message: string }

// Control characters, bidi overrides and isolates, line and paragraph separators.
const NOT_IN_ONE_LINE = /[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u
// The same, but for a text area: tabs and line breaks are part of the text.
const NOT_IN_TEXT = /(?![\t\n\r])[\p{Cc}\u2028\u2029\u202A-\u202E\u2066-\u2069]/u

/** A form sends each line break as two characters, and its own `maxlength` counts it as one. */
const characters = (text: string): number => [...text.replaceAll('\r\n', '\n')].length

const clean = (text: string, forbidden: RegExp): boolean => text.isWellFormed() && !forbidden.test(text)

export const line = (max: number, what: string) =>
  z.string({ error: `Please fill in ${what}.` }).check(
    z.refine((text) => tidy(text) !== '', { error: `Please fill in ${what}.`, abort: true }),
    z.refine((text) => characters(text) <= max, { error: `Please keep this to ${max} characters.` }),
    z.refine((text) => clean(text, NOT_IN_ONE_LINE), {
      error: 'Please use one line of plain text, without control characters.',
      abort: true,
    }),
  )

/** A name is shown in subjects and greetings: a link has no place in it. */
export const nameLine = (max: number, what: string) =>
  line(max, what).check(z.refine((text) => !readsAsLink(text), { error: 'Please give a name, without a link.' }))

export const text = (max: number) =>
  z.string({ error: 'Please give this as text.' }).check(
    z.refine((value) => characters(value) <= max, { error: `Please keep this to ${max} characters.` }),
    z.refine((value) => clean(value, NOT_IN_TEXT), { error: 'Please leave out control characters.' }),
  )

export const choice = <const T extends readonly string[]>(values: T) =>
  z.enum(values, { error: `Please choose one of: ${values.join(', ')}.` })

/** An integer, from a form (digits) or from JSON (number). */
export const integer = (min: number, max: number) =>
  z.pipe(
    z.unknown(),
    z.transform((given, context) => {
      const value = typeof given === 'string' && /^\d{1,4}$/.test(given) ? Number(given) : given
      if (typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max) return value
      const message = `Please give a whole number from ${min} to ${max}.`
      context.issues.push({ code: 'custom', input: given, message })
      return z.NEVER
    }),
  )

export const oneOf = <const T extends readonly number[]>(values: T) =>
  z.pipe(
    integer(0, 1000),
    z
      .number()
      .check(z.refine((value) => values.includes(value), { error: `Please choose one of: ${values.join(', ')}.` })),
  )

/** A tick: what a checkbox sends, or a JSON boolean. */
export const tick = z.pipe(
  z.union([z.boolean(), z.enum(['on', 'off', 'true', 'false', ''])], { error: 'Please tick it or leave it.' }),
  z.transform((value) => value === true || value === 'on' || value === 'true'),
)

export const zone = z.pipe(
  z.string({ error: 'Please choose a time zone.' }),
  z.transform((name: string, context) => {
    const canonical = canonicalZone(name)
    if (canonical) return canonical
    context.issues.push({
      code: 'custom',
      input: name,
      message: 'We do not know this time zone. Please choose one such as Europe/London.',
    })
    return z.NEVER
  }),
)

// RFC 5321 dot-atom; SES takes no quoted local part and nothing beyond 7 bits before the @.
const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/
const DOMAIN = /^(?=.{4,253}$)([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+([a-z]{2,63}|xn--[a-z0-9-]{1,59})$/

/** What URLs end a host with, or decode in it, would be cut off or read otherwise, and mail go to another domain than was typed. */
const isHost = (domain: string): boolean => !/(?![A-Za-z0-9.-])\p{ASCII}/u.test(domain.normalize('NFKC'))

/** The address as SES takes it, its domain in punycode and lower case; nothing for what is no address. */
export const mailAddress = (typed: string): string | undefined => {
  const address = typed.trim()
  const at = address.lastIndexOf('@')
  const local = address.slice(0, at)
  const typedDomain = address.slice(at + 1)
  const domain = at > 0 && isHost(typedDomain) ? domainToASCII(typedDomain).toLowerCase() : ''
  const whole = `${local}@${domain}`
  return local.length <= 64 && whole.length <= 254 && LOCAL_PART.test(local) && DOMAIN.test(domain) ? whole : undefined
}

export const email = z.pipe(
  z.string({ error: 'Please give your mail address.' }),
  z.transform((typed: string, context) => {
    const address = mailAddress(typed)
    if (address) return address
    context.issues.push({
      code: 'custom',
      input: typed,
      message:
        typed.trim() === ''
          ? 'Please give your mail address.'
          : 'This does not look like a mail address, such as ada@example.org.',
    })
    return z.NEVER
  }),
)

const DATE = /^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/
const realDate = (value: string): boolean =>
  DATE.test(value) && new Date(`${value}T00:00:00Z`).toISOString().startsWith(value)

export const date = z
  .string({ error: 'Please give a date.' })
  .check(z.refine((value) => realDate(value), { error: 'Please give a date such as 2027-03-31.' }))

export const dateTime = z.string({ error: 'Please give a date and a time.' }).check(
  z.refine((value) => /^.{10}T([01]\d|2[0-3]):[0-5]\d(:00)?$/.test(value) && realDate(value.slice(0, 10)), {
    error: 'Please give a date and a time such as 2027-03-31T15:00.',
  }),
)

export type Read<T> = { ok: true; value: T } | { ok: false; errors: FieldError[] }

/**
 * The fields of a body. An empty field of a form is one that was not filled in. Unknown fields are ignored from a form and
 * refused from JSON.
 */
export const readFields = <Shape extends z.core.$ZodShape>(
  shape: Shape,
  body: unknown,
  from: 'form' | 'json',
): Read<z.output<z.ZodMiniObject<Shape>>> => {
  if (typeof body !== 'object' || body === null || Array.isArray(body)) {
    return { ok: false, errors: [{ field: '', message: 'Please send an object with the fields of the form.' }] }
  }
  const given = Object.fromEntries(
    Object.entries(body).filter(([, value]) => value !== null && value !== undefined && value !== ''),
  )
  const schema = from === 'json' ? z.strictObject(shape) : z.object(shape)
  const parsed = schema.safeParse(given)
  if (parsed.success) return { ok: true, value: parsed.data as z.output<z.ZodMiniObject<Shape>> }
  return { ok: false, errors: parsed.error.issues.flatMap(fieldErrors) }
}

const fieldErrors = (issue: z.core.$ZodIssue): FieldError[] =>
  issue.code === 'unrecognized_keys'
    ? issue.keys.map((field) => ({ field: field.slice(0, 60), message: 'There is no such field.' }))
    : [{ field: String(issue.path[0] ?? ''), message: issue.message }]
