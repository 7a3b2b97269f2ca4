import { suffix, titles } from '../shared/drafts/person-name.ts'
import type { InterviewRequest } from '../shared/request.ts'

/** Somebody whom seekers wanted to talk with, who asks to be forgotten. We know such a person by name alone. */
export type Contact = { name: string; organization?: string }

/** Without case, accents, and the ways in which keyboards write the same. */
const plain = (text: string): string =>
  text
    .normalize('NFKD')
    .replace(/[\u0300-\u036f\p{Cf}]/gu, '')
    .toLowerCase()
    .replace(/[’‘ʼ`´]/g, "'")
    .replace(/\p{Pd}/gu, '-')
    .replaceAll('ς', 'σ')
    .replaceAll('ı', 'i')

/** With single spaces, one behind a dot as well. */
const spaced = (text: string): string =>
  plain(text)
    .replaceAll(/\.(?=\p{L})/gu, '. ')
    .replace(/\s+/gu, ' ')
    .trim()

/** First name first, where it stands behind the surname and a comma. */
const inOrder = (parts: readonly string[]): string => {
  const [last = '', first, ...more] = parts
  return first === undefined || more.length > 0 ? parts.join(', ') : `${first} ${last}`
}

/** As it is compared: first name first, without titles. A surname alone keeps its own: Dr. Lee is not Ms. Lee. */
const folded = (text: string): string => {
  const parts = spaced(text).split(/ ?, ?/)
  const isLetters = (part: string): boolean => suffix.test(part.replaceAll(' ', ''))
  const bare = inOrder(parts.filter((part, at) => at === 0 || !isLetters(part)).map((part) => part.replace(titles, '')))
  return bare.includes(' ') ? bare : inOrder(parts)
}

/** Whether this request is to that person; without an organisation, to anybody of the name. */
export const isTo = ({ contact }: InterviewRequest, { name, organization }: Contact): boolean =>
  folded(contact.name) === folded(name) && (organization === undefined || same(contact.organization, organization))

const same = (left: string, right: string): boolean => spaced(left) === spaced(right)

/** To somebody of the same name, in another organisation than was said. */
export const isNamesake = (request: InterviewRequest, contact: Contact): boolean =>
  isTo(request, { name: contact.name }) && !isTo(request, contact)

const REMOVED = '[name removed]'

const letters = new Intl.Segmenter('en', { granularity: 'grapheme' })

/** The name in plain text, also as in a list: surname first, with a comma. Parts of longer words are others'. */
const patternOf = (name: string): RegExp => {
  const words = folded(name)
    .split(' ')
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const spellings = words.map((_, at) =>
    [words.slice(at), words.slice(0, at)]
      .filter((some) => some.length > 0)
      .map((some) => some.join('\\s+').replaceAll('.\\s+', '.\\s*'))
      .join('\\s*,\\s*'),
  )
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${spellings.join('|')})(?![\\p{L}\\p{N}])`, 'gu')
}

/** Without what the pattern finds in its plain form; the rest as it was typed. */
const without = (text: string, pattern: RegExp): string => {
  if (plain(text).search(pattern) < 0) return text
  let spelt = ''
  /** For each unit of `spelt`, where in the text its letter begins. */
  const from: number[] = []
  for (const { segment, index } of letters.segment(text)) {
    const letter = plain(segment)
    for (let unit = 0; unit < letter.length; unit += 1) from.push(index)
    spelt += letter
  }
  let rest = ''
  let at = 0
  for (const { 0: found, index } of spelt.matchAll(pattern)) {
    rest += text.slice(at, from[index]) + REMOVED
    at = from[index + found.length] ?? text.length
  }
  return rest + text.slice(at)
}

/** The request without that name in anything that was typed; nothing where it stands nowhere. */
export const withoutName = (request: InterviewRequest, { name }: Contact): InterviewRequest | undefined => {
  const pattern = patternOf(name)
  let found = false
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const text = without(value, pattern)
      found ||= text !== value
      return text
    }
    if (Array.isArray(value)) return value.map(clean)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clean(inner)]))
  }
  // Her own name may be the same: it is hers.
  const { seeker, ...rest } = request
  const introduction = clean(seeker.introduction) as string
  const next = { ...(clean(rest) as Omit<InterviewRequest, 'seeker'>), seeker: { ...seeker, introduction } }
  return found ? { ...next, version: request.version + 1 } : undefined
}
