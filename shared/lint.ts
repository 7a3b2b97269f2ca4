import { addressed } from './drafts/address.ts'
import { clause, isShouted, nameOf, tidy, wordsIn } from './drafts/clauses.ts'
import { withoutUnseen } from './drafts/person-name.ts'
import type { Draft, DraftName } from './drafts.ts'
import { type Channel, firstName, type InterviewRequest, type Source } from './request.ts'

/**
 * What a text may not say and how long it may be, as a table of small rules with a yes or no each. The composer is held
 * to it in full (it returns nothing that is blocked); a text that the seeker has edited gets the same judgement.
 */

export type Level = 'warn' | 'block'
export type Finding = { rule: RuleName; level: Level; message: string }

type Measure = {
  /** Words in all, greeting and signature included: outside of it is a warning. */
  words?: readonly [number, number]
  /** More words than that are blocked. */
  mostWords: number
  /** Characters in all: more is blocked when `strict`, and a warning otherwise. */
  characters?: { most: number; strict: boolean }
  questions: 0 | 1
  /** The ask names its minutes. */
  minutes?: true
  /** It begins with what links the two. */
  connectionFirst?: true
  /** Goes into the thread of the first letter. */
  thread?: true
}

const measures = {
  draft: { words: [40, 100], mostWords: 125, questions: 1, minutes: true, connectionFirst: true },
  'draft-short': { mostWords: 60, characters: { most: 200, strict: true }, questions: 1 },
  'follow-up': { words: [30, 50], mostWords: 80, questions: 1, minutes: true, thread: true },
  'follow-up-2': { words: [30, 50], mostWords: 80, questions: 1, thread: true },
  'follow-up-3': { words: [30, 50], mostWords: 80, questions: 1, thread: true },
  'let-rest': { words: [30, 60], mostWords: 80, questions: 0, thread: true },
  arrange: { words: [30, 100], mostWords: 125, questions: 1, minutes: true, thread: true },
  invitation: { words: [25, 80], mostWords: 125, questions: 0 },
  'day-before': { words: [20, 70], mostWords: 110, questions: 0 },
  thank: { words: [40, 110], mostWords: 140, questions: 0 },
  refer: { words: [50, 120], mostWords: 150, questions: 1, minutes: true },
  pointer: { words: [40, 90], mostWords: 125, questions: 1, minutes: true },
  'close-the-loop': { words: [35, 100], mostWords: 125, questions: 0 },
  'keep-in-touch': { words: [40, 60], mostWords: 100, questions: 1 },
  resume: { words: [40, 90], mostWords: 125, questions: 1, minutes: true, thread: true },
  gratitude: { words: [40, 90], mostWords: 125, questions: 0 },
} as const satisfies Record<DraftName, Measure>

// How a first letter differs by whom it goes to and by which road.
const letterWords = {
  'own-network': [40, 100],
  referral: [50, 100],
  linkedin: [50, 100],
  association: [50, 100],
  alumni: [50, 100],
  'target-company': [50, 100],
  event: [40, 95],
  cold: [50, 100],
} as const satisfies Record<Source, readonly [number, number]>

const firstMeasures = {
  email: {},
  linkedin: { words: [20, 80], characters: { most: 400, strict: false } },
  phone: { words: [60, 125] },
} as const satisfies Record<Channel, Partial<Measure>>

const measureOf = (name: DraftName, { channel, contact }: InterviewRequest): Measure =>
  name === 'draft'
    ? { ...measures.draft, words: letterWords[contact.source], ...firstMeasures[channel] }
    : measures[name]

/** What must not stand in a letter to somebody who is asked for a talk and for nothing else. */
export const bannedWords = [
  { word: /\bjobs?\b/i, why: 'A talk is easy to give; a job is not. The word makes people step back.' },
  { word: /\bvacanc(?:y|ies)\b/i, why: 'A letter that mentions vacancies reads as an application.' },
  { word: /\b(?:hiring|hire me|hires?|headcount)\b/i, why: 'Hiring talk sends the letter on to a department.' },
  {
    word: /\b(?:openings|(?:job|an|any|current|possible) opening|open (?:position|role)s?|(?:any|available) positions?)\b/i,
    why: 'Asking for openings turns a talk into an application.',
  },
  {
    word: /\b(?:refer me|referrals?|recommend me|put in a (?:good )?word)\b/i,
    why: 'A stranger cannot vouch for you yet; ask for their view first.',
  },
  {
    word: /\b(?:employ me|employment|apply(?:ing)? (?:for|to)|my application|my candidacy|internships? at your)\b/i,
    why: 'This is not an application, and should not sound like one.',
  },
  {
    word: /\b(?:be|as|find|become) (?:my|a) mentor\b|\bmentor me\b/i,
    why: 'Asking a stranger to be a mentor asks for years, not for minutes.',
  },
  {
    word: /\b(?:salary|salaries|your pay|compensation|how much (?:do )?you (?:earn|make))\b/i,
    why: 'Pay is not for a letter.',
  },
  {
    word: /\b(?:pick(?:ing)? your brains?|(?:touch(?:ing)?|touching) base|circl(?:e|ing) back|hope this (?:e-?mail|message|note|letter) finds you|finds you well|esteemed|just (?:following|checking) (?:up|in)|to whom it may concern|dear sir or madam)\b/i,
    why: 'Everybody has read this phrase too often to hear it.',
  },
  {
    word: /\b(?:urgent(?:ly)?|asap|as soon as possible|at your earliest convenience)\b/i,
    why: 'The haste is yours, not theirs.',
  },
] as const

/** Signs that something was meant to be filled in. */
export const placeholders = /\[|\{\{|\}\}|__+|<[^>]{0,40}>|\bX{3,}\b|\bTBD\b|\blorem ipsum\b|\$\{|%[A-Z_]{3,}%/i

const questionMarks = /[?？؟⸮\u203d\u2047\u2048\u2049]+/gu

/** Whether a clause would put a second question beside the one that matters. */
export const asks = (text: string): boolean => text.search(questionMarks) >= 0

export const attachment = /\b(?:attach(?:ed|ing|ment)|enclosed|enclosing|my (?:cv|resume|résumé))\b/i

/** Whether a clause can stand in a letter as it is: nothing banned, nothing left blank, no second question. */
export const isSayable = (text: string): boolean =>
  !asks(text) && !placeholders.test(text) && !attachment.test(text) && bannedWords.every(({ word }) => !word.test(text))

const bareSubject =
  /^(?:re: )?(?:interview|informational interview|quick question|question|time to talk|hello|hi|following up|follow[- ]up|request|networking)[?!. ]*$/i

type Seen = { draft: Draft; request: InterviewRequest; measure: Measure; text: string }

const withoutNames = (text: string, { contact, seeker }: InterviewRequest): string =>
  [
    tidy(contact.organization),
    clause(contact.role ?? ''),
    nameOf(contact.name),
    nameOf(seeker.name),
    firstName(nameOf(contact.name)),
  ]
    .filter((name) => name.length > 1)
    .sort((one, other) => other.length - one.length)
    .reduce((rest, name) => rest.replaceAll(name, '\u2026'), text)

const letters = (text: string): string => text.toLowerCase().replace(/[^\p{L}\p{N}]+/gu, '')

/** The start of what follows the greeting; in a call that begins at the front desk, of what is said to the person. */
const beginning = (body: string, characters: number): string =>
  body
    .replace(/^First, at reception\n[^\n]*\n+/, '')
    .replace(/^[^\n]*\n+/, '')
    .slice(0, characters)

// The longest of the first words: they survive every reading of a clause.
const anchorsOf = ({ contact }: InterviewRequest): string[] => {
  const own = new Set(nameOf(contact.name).toLowerCase().split(' '))
  const anchors = (text: string) =>
    text
      .split(' ')
      .slice(0, 12)
      .filter((word) => !own.has(word.toLowerCase().replace(/['’]s$/, '')))
      .map(letters)
      .filter((word) => word.length > 0)
      .sort((one, other) => other.length - one.length)
      .slice(0, 3)
  const link = clause(contact.connection ?? '')
  const found = link ? [...anchors(link), ...anchors(addressed(link, contact.name))] : []
  return found.length > 0 ? found : anchors(`${clause(contact.role ?? '')} ${tidy(contact.organization)}`)
}

const mentions = (text: string, pattern: RegExp): string | undefined => pattern.exec(text)?.[0]

const rules = {
  'word-limit': ({ text, measure }) => {
    const words = wordsIn(text)
    return words > measure.mostWords && `${words} words; more than ${measure.mostWords} are rarely read to the end.`
  },
  'rather-long': ({ text, measure }) => {
    const words = wordsIn(text)
    const most = measure.words?.[1] ?? measure.mostWords
    return words > most && words <= measure.mostWords && `${words} words; ${most} or fewer read better.`
  },
  'rather-short': ({ text, measure }) => {
    const words = wordsIn(text)
    const least = measure.words?.[0] ?? 0
    return words < least && `${words} words; with fewer than ${least} there is little to answer.`
  },
  'character-limit': ({ text, measure }) => {
    const most = measure.characters?.strict ? measure.characters.most : 2_000
    return text.length > most && `${text.length} characters; there is room for ${most}.`
  },
  'character-range': ({ text, measure }) => {
    const { most = 0, strict = true } = measure.characters ?? {}
    return !strict && text.length > most && `${text.length} characters; messages under ${most} are answered more often.`
  },
  'one-question': ({ draft, request, measure }) => {
    const questions =
      withoutNames(draft.body, request)
        .replace(/\bhttps?:\S+/g, '')
        .match(questionMarks)?.length ?? 0
    if (questions === measure.questions) return false
    return measure.questions === 0
      ? 'There is a question in it; this note asks for nothing.'
      : `${questions || 'No'} question${questions > 1 ? 's' : ''}; exactly one, the one that matters, gets an answer.`
  },
  'connection-first': ({ draft, request, measure }) => {
    if (!measure.connectionFirst) return false
    const start = letters(beginning(draft.body, 200))
    const found = anchorsOf(request)
    return (
      found.length > 0 &&
      !found.some((anchor) => start.includes(anchor)) &&
      'What links you two is not in the first lines.'
    )
  },
  'minutes-stated': ({ draft, request, measure }) => {
    if (!measure.minutes) return false
    const stated = [...withoutNames(draft.body, request).matchAll(/\b(\d+)[ -]minutes?\b/g)].map(([, minutes]) =>
      Number(minutes),
    )
    if (stated.length === 0) return 'It does not say how many minutes you ask for.'
    // What has been agreed on may be more.
    const most = Math.max(30, request.meeting?.minutes ?? 0)
    return stated.some((minutes) => minutes > most) && 'More than 30 minutes is too much to ask of somebody at first.'
  },
  'banned-words': ({ draft, request }) => {
    const text = withoutNames(`${draft.subject}\n${draft.alternativeSubject ?? ''}\n${draft.body}`, request)
    for (const { word, why } of bannedWords) {
      const found = mentions(text, word)
      if (found) return `“${found}”: ${why}`
    }
    return false
  },
  placeholder: ({ draft }) => {
    const found = mentions(`${draft.subject}\n${draft.alternativeSubject ?? ''}\n${draft.body}`, placeholders)
    return !!found && `“${found}” looks like a blank that was never filled in.`
  },
  recipient: ({ draft, request }) =>
    !draft.body.includes(firstName(nameOf(request.contact.name))) && 'The name of the person you write to is missing.',
  'recipient-once': ({ draft, request, measure }) => {
    const name = firstName(nameOf(request.contact.name))
    const times =
      name && !nameOf(request.seeker.name).includes(name) && measure.characters === undefined
        ? draft.body.split(name).length - 1
        : 1
    return (
      request.channel !== 'phone' &&
      times > 1 &&
      'The name comes more than once; after the greeting it sounds like a sales letter.'
    )
  },
  shouting: ({ draft, request }) =>
    (isShouted(nameOf(request.contact.name)) ||
      isShouted(draft.subject) ||
      isShouted(draft.body.split('\n')[0] ?? '')) &&
    'Capitals throughout look like shouting.',
  attachment: ({ draft, request }) =>
    attachment.test(withoutNames(draft.body, request)) &&
    'It mentions an attachment or a CV; a first letter travels light.',
  signature: ({ draft, request }) =>
    !draft.body.includes(nameOf(request.seeker.name)) && 'Your full name is not under it.',
  subject: ({ draft }) =>
    (!draft.subject.trim() || bareSubject.test(draft.subject.trim())) && 'The subject does not say what this is about.',
  'subject-words': ({ draft, measure }) => {
    if (measure.thread) return false
    const words = wordsIn(draft.subject)
    return (words < 3 || words > 7) && `${words} words in the subject; 3 to 7 are seen whole on a phone.`
  },
  thread: ({ draft, request, measure }) =>
    !!measure.thread &&
    request.channel !== 'phone' &&
    !/^Re: \S/.test(draft.subject) &&
    'Answer in the same thread: the subject begins with “Re:”.',
  unseen: ({ draft: { subject, body } }) =>
    withoutUnseen(subject + body).replace(/[^\P{Cc}\n]/gu, '') !== subject + body && 'It carries invisible characters.',
} as const satisfies Record<string, (seen: Seen) => string | false>

export type RuleName = keyof typeof rules

const levels = {
  'word-limit': 'block',
  'rather-long': 'warn',
  'rather-short': 'warn',
  'character-limit': 'block',
  'character-range': 'warn',
  'one-question': 'block',
  'connection-first': 'block',
  'minutes-stated': 'block',
  'banned-words': 'block',
  placeholder: 'block',
  recipient: 'block',
  'recipient-once': 'warn',
  shouting: 'block',
  attachment: 'block',
  signature: 'block',
  subject: 'block',
  'subject-words': 'warn',
  thread: 'block',
  unseen: 'block',
} as const satisfies Record<RuleName, Level>

/** Everything that speaks against sending this text, in the order of the table; an empty list is the best answer. */
export const lint = (draft: Draft, request: InterviewRequest): Finding[] => {
  const measure = measureOf(draft.name, request)
  const seen = { draft, request, measure, text: draft.body.trim() }
  return (Object.keys(rules) as RuleName[]).flatMap((rule) => {
    const message = rules[rule](seen)
    return message ? [{ rule, level: levels[rule], message }] : []
  })
}
