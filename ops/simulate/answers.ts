import { existsSync, readFileSync } from 'node:fs'
import { parse } from 'yaml'
import * as z from 'zod/mini'
import { PlainError } from '../plain-error.ts'
import type { Answer } from './simulation.ts'

export const answersInWords = `Answers are a list of “moment: event”, in a file (YAML or JSON) or on the command line:
  --answers 'on confirm + 2 min: confirmed; on draft + 1 h: sent; + 2 wd at 10:00: replied'
An event with fields, as the seeker's page would send them; dates may be counted from it:
  - on arrange + 1 wd: { event: scheduled, start: + 6 wd at 14:00, place: Café Central }`

const Deed = z.union([z.string(), z.looseObject({ event: z.string() })])
const Entry = z.union([z.looseObject({ when: z.string(), event: z.string() }), z.record(z.string(), Deed)])

/** From a file of that name, or from the text itself. Throws a PlainError for what is no list of answers. */
export const readAnswers = (given: string, events: readonly string[]): Answer[] => {
  const isFile = existsSync(given)
  const text = isFile ? readFileSync(given, 'utf8') : given
  const where = isFile ? `${given}: ` : ''
  const entries = parsed(text, where)
  return entries.map((entry, index): Answer => {
    const answer = answerIn(entry)
    if (!answer) throw new PlainError(`${where}Answer ${index + 1} is not “moment: event”.\n\n${answersInWords}`)
    if (!events.includes(answer.event)) {
      throw new PlainError(
        `${where}Answer ${index + 1}, “${answer.when}: ${answer.event}”: there is no event ${answer.event}. There are: ${events.join(', ')}.`,
      )
    }
    return answer
  })
}

const parsed = (text: string, where: string): unknown[] => {
  const isList = /^\s*(#.*\n\s*)*[[-]/.test(text)
  const lines = text.split(/;|\n/).filter((line) => line.trim() !== '' && !line.trim().startsWith('#'))
  try {
    const value: unknown = isList ? parse(text) : lines.map((line) => parse(line))
    if (Array.isArray(value)) return value
  } catch (error) {
    const [first = ''] = (error as Error).message.split('\n')
    throw new PlainError(`${where}The answers cannot be read: ${first}\n\n${answersInWords}`)
  }
  throw new PlainError(`${where}The answers are no list.\n\n${answersInWords}`)
}

const answerIn = (entry: unknown): Answer | undefined => {
  const read = Entry.safeParse(entry)
  if (!read.success) return undefined
  if (typeof read.data.when === 'string' && typeof read.data.event === 'string') {
    const { when, event, fields, ...more } = read.data as Record<string, unknown> & { when: string; event: string }
    return withFields(when, event, { ...(typeof fields === 'object' ? fields : {}), ...more })
  }
  const [only, ...others] = Object.entries(read.data as Record<string, z.infer<typeof Deed>>)
  if (!only || others.length > 0) return undefined
  const [when, deed] = only
  if (typeof deed === 'string') return withFields(when, deed.trim(), {})
  const { event, ...fields } = deed
  return withFields(when, event, fields)
}

const withFields = (when: string, event: string, fields: Record<string, unknown>): Answer => ({
  when,
  event,
  ...(Object.keys(fields).length > 0 ? { fields } : {}),
})
