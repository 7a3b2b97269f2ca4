import { isSayable } from '../lint.ts'
import { firstName, type InterviewRequest, type Source } from '../request.ts'
import { addressed } from './address.ts'
import { clause, inner, nameOf, tidy, wordsIn } from './clauses.ts'
import { briefTopic } from './readings.ts'

// By the first name where one is known.
const familiar = (hello: string, name: string): string => {
  const first = firstName(name)
  return `${first === name && first.includes(' ') ? 'Dear' : hello} ${first},`
}

/** How each source is greeted, in the first letter and in all that follow: by the full name, by the first among friends. */
export const greetings = {
  'own-network': (name) => familiar('Hi', name),
  referral: (name) => `Dear ${name},`,
  linkedin: (name) => familiar('Hello', name),
  association: (name) => `Dear ${name},`,
  alumni: (name) => `Dear ${name},`,
  'target-company': (name) => `Dear ${name},`,
  event: (name) => familiar('Hello', name),
  cold: (name) => `Dear ${name},`,
} as const satisfies Record<Source, (name: string) => string>

/** How the letters to each source end. */
export const closings = {
  'own-network': 'All the best,',
  referral: 'Kind regards,',
  linkedin: 'Best wishes,',
  association: 'With best regards,',
  alumni: 'Kind regards,',
  'target-company': 'Kind regards,',
  event: 'Best wishes,',
  cold: 'Kind regards,',
} as const satisfies Record<Source, string>

/** Paragraphs between greeting and signature; an empty one is left out. */
export const note = (
  request: InterviewRequest,
  paragraphs: readonly (string | undefined)[],
  closing: string = closings[request.contact.source],
): string => {
  // On LinkedIn the first message has used the first name already.
  const greeting = greetings[request.channel === 'linkedin' ? 'linkedin' : request.contact.source](
    nameOf(request.contact.name),
  )
  return `${[greeting, ...paragraphs.filter((text) => text), `${closing}\n${nameOf(request.seeker.name)}`].join('\n\n')}\n`
}

/** " about data work in hospitals", or nothing when the topic is too long to be repeated. */
export const onTopic = (request: InterviewRequest, words = 6): string => {
  const topic = briefTopic(request, words)
  return topic ? ` about ${topic}` : ''
}

// "She said: start small", "Advice: start small": the letter announces it in its own words.
const announced =
  /^(?:you (?:said|say|told me|advised(?: me)?|suggested|recommended|mentioned)|(?:(?:your|the|my|main|key|best|one) )*(?:advice|tips?|lessons?|takeaways?|point)(?: was| is)?): ?(?=\S)/i

/**
 * What the seeker wrote down after the talk, as a clause that speaks to the contact: all of it, else its first
 * sentence; nothing when that is too long for a letter, or does not belong into one.
 */
export const noteOf = (typed: string | undefined, request: InterviewRequest, mostWords = 28): string | undefined => {
  const lines = (typed ?? '')
    .split(/[\r\n]+/)
    .map(clause)
    .filter((line) => line !== '')
  const candidates = [lines.join('; '), lines[0] ?? '', clause((lines[0] ?? '').split(/(?<=[.!])\s/u)[0] ?? '')]
  const found = candidates.find(
    (text) => text !== '' && wordsIn(text) <= mostWords && text.length <= 240 && isSayable(text),
  )
  if (!found) return undefined
  const bare = found
    .replace(
      /^(?:I )?(?:learned|learnt|heard|found out) (?:a lot|much|more) about (?=\p{L})/iu,
      'what you told me about ',
    )
    .replace(
      /^(?:I (?:have )?)?(?:learned|learnt|took away|realised|realized|found out|understood) (?:that )?(?=\p{L})|^that (?=\p{L})/iu,
      '',
    )
  return inner(addressed(bare, request.contact.name).replace(announced, ''))
}

/** What stays with the seeker, unless it is a disappointment: that is worth noting, but not worth sending. */
export const learnedOf = (request: InterviewRequest, mostWords = 28): string | undefined => {
  const learned = noteOf(request.outcome?.learned, request, mostWords)
  const isLetdown =
    /^(?:I (?:do not|don['’]t|would not|wouldn['’]t) (?:want|like|enjoy)|not (?:much|a lot)|nothing|(?:very )?little|no)\b/i
  return learned && isLetdown.test(learned) ? undefined : learned
}

/** What was agreed on: something to do for the seeker, or something that the contact offered. */
export const promiseOf = (
  request: InterviewRequest,
  mostWords = 28,
): { what: string; whose: 'mine' | 'theirs' } | undefined => {
  const promised = noteOf(request.outcome?.promised, request, mostWords)
    ?.replace(/^I (?:have )?(?:said|promised|offered|agreed) (?:you )?(?:that )?(?=I\b|to\b)/i, '')
    .replace(
      /^I(?:['’]ll|['’]d| will| would| am going to|['’]m going to| want to| need to| have to| must| should) (?=\p{L})/iu,
      '',
    )
    .replace(/^(?:promised |agreed |offered )?to (?=\p{L})/iu, '')
  if (!promised) return undefined
  return { what: promised, whose: /^you\b/i.test(promised) ? 'theirs' : 'mine' }
}

// Made when the first date is written: a formatter takes 10 ms, which is a third of a cold start.
const formatters = new Map<boolean, Intl.DateTimeFormat>()
const formatterOf = (year: boolean): Intl.DateTimeFormat => {
  const made =
    formatters.get(year) ??
    new Intl.DateTimeFormat('en-GB', {
      timeZone: 'UTC',
      weekday: 'long',
      day: 'numeric',
      month: 'long',
      ...(year ? { year: 'numeric' } : {}),
    })
  formatters.set(year, made)
  return made
}

/** "Tuesday, 1 December 2026" of a local date or date-time; nothing when it is none. */
export const dateInWords = (local: string, { year = true }: { year?: boolean } = {}): string | undefined => {
  const date = new Date(`${local.slice(0, 10)}T00:00:00Z`)
  if (Number.isNaN(date.getTime())) return undefined
  const words = formatterOf(year).format(date)
  return words.replace(/^(\p{L}+) /u, '$1, ')
}

/** "London time" of "Europe/London"; a zone that is named for no place stays as it is. */
export const zoneInWords = (timeZone: string): string => {
  const place = /^(?!Etc\/)[^/]+\/(?:.*\/)?([^/]+)$/.exec(timeZone)?.[1]
  return place ? `${tidy(place.replaceAll('_', ' '))} time` : timeZone
}

/** "GMT+5:45": how far a zone is from Greenwich at an instant, for a reader who lives in another one. */
export const offsetInWords = (timeZone: string, instant: string): string | undefined => {
  try {
    const parts = new Intl.DateTimeFormat('en-GB', { timeZone, timeZoneName: 'shortOffset' }).formatToParts(
      new Date(instant),
    )
    return parts.find(({ type }) => type === 'timeZoneName')?.value
  } catch {
    return undefined
  }
}
