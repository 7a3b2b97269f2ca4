import { isSayable } from '../lint.ts'
import { firstName, type InterviewRequest, type Source } from '../request.ts'
import { addressed } from './address.ts'
import { clause, inner, nameOf, wordsIn } from './clauses.ts'
import { placeOf, referrerOf } from './connection.ts'
import { briefTopic, organizationOf } from './readings.ts'

/** Subjects to choose from, the best first; `undefined` where the fields do not carry one. */
type Candidates = (string | undefined)[]

const when = (part: string | undefined, write: (part: string) => string): string | undefined =>
  part ? write(part) : undefined

const pieces =
  'post|article|talk|podcast|book|paper|essay|interview|video|newsletter|project|blog|thread|panel|keynote|lecture|webinar|report|episode'
const anyPiece = new RegExp(`\\b(${pieces})s?\\b`, 'i')
const pieceOf = ({ contact }: InterviewRequest): string | undefined =>
  anyPiece.exec(clause(contact.connection ?? ''))?.[1]?.toLowerCase()

const onWhat = new RegExp(
  `\\b(?:your |the |an? )?((?:\\p{L}+ )??(?:${pieces}|profile)(?: episode| post)? (?:on|about) (?:(?!in\\b|at\\b|for\\b|from\\b|last\\b|this\\b|is\\b|was\\b|and\\b)[^\\s,;:.]+ ?){1,4})(?=$|[,;:.]|in |at |for |from |last |this |and )`,
  'iu',
)

/** "Your article on alarm fatigue", where the clause names such a thing in few words. */
const whatTheyMade = ({ contact }: InterviewRequest): string | undefined => {
  const found = onWhat.exec(addressed(clause(contact.connection ?? ''), contact.name))?.[1]?.trim()
  if (!found) return undefined
  const bare = found.replace(/^(?:your|the|an?|read|saw|heard|on|after|of|to|I) /i, '')
  return `Your ${inner(bare)}`
}

// "… suggested I write: your work" says nothing.
const theirs = (topic: string | undefined): string | undefined => (topic?.startsWith('your ') ? undefined : topic)

const plain = (request: InterviewRequest): Candidates => [
  when(briefTopic(request, 5), (topic) => `A question about ${topic}`),
  'A question about your work',
  'Something I would like to ask you',
]

const afterSeeing = (request: InterviewRequest): Candidates => {
  const [made, piece, topic] = [whatTheyMade(request), pieceOf(request), briefTopic(request, 3)]
  return [
    made,
    !made && piece && topic ? `Your ${piece}, and ${topic}` : undefined,
    when(piece, (known) => `A question after your ${known}`),
    ...plain(request),
  ]
}

const patterns = {
  'own-network': (request) => [
    when(briefTopic(request, 4), (topic) => `A question about ${topic}`),
    when(briefTopic(request, 4), (topic) => `Catching up, and ${topic}`),
    'A coffee and a question',
    'Something I would like to ask you',
  ],
  referral: (request) => {
    const referrer = referrerOf(request)
    return [
      when(
        referrer,
        (name) => when(theirs(briefTopic(request, 3)), (topic) => `${name} suggested I write: ${topic}`) ?? '',
      ),
      when(referrer, (name) => `${name} suggested I write to you`),
      when(referrer, (name) => `${name} suggested I write`),
      when(referrer, (name) => `At the suggestion of ${name}`),
      when(briefTopic(request, 3), (topic) => `I was pointed to you: ${topic}`),
      'A suggestion to write to you',
    ]
  },
  linkedin: afterSeeing,
  association: (request) => [
    when(placeOf(request), (body) => when(briefTopic(request, 4), (topic) => `${body}: a question on ${topic}`) ?? ''),
    when(placeOf(request), (body) => `${body}: a question to you`),
    when(placeOf(request), (body) => `${body}: a question`),
    ...plain(request),
  ],
  alumni: (request) => [
    when(
      placeOf(request),
      (school) => when(briefTopic(request, 3), (topic) => `From ${school}, curious about ${topic}`) ?? '',
    ),
    when(placeOf(request), (school) => `${school}, and a question`),
    'Same school, and a question',
    ...plain(request),
  ],
  'target-company': (request) => [
    when(briefTopic(request, 3), (topic) => `A question about ${topic}`),
    `Your work at ${organizationOf(request)}`,
    ...plain(request),
  ],
  event: (request) => [
    when(placeOf(request), (event) => when(briefTopic(request, 4), (topic) => `After ${event}: ${topic}`) ?? ''),
    when(placeOf(request), (event) => `After ${event}, a question`),
    ...plain(request),
  ],
  cold: afterSeeing,
} as const satisfies Record<Source, (request: InterviewRequest) => Candidates>

/** Two different subjects of three to seven words, the likelier first. */
export const subjectsOf = (request: InterviewRequest): [string, string] => {
  const fitting = [
    ...patterns[request.contact.source](request),
    'A question about your work',
    'Something I would like to ask you',
  ].filter(
    (subject): subject is string =>
      !!subject && wordsIn(subject) >= 3 && wordsIn(subject) <= 7 && subject.length <= 70 && isSayable(subject),
  )
  const [first = 'A question about your work'] = fitting
  return [first, fitting.find((subject) => subject !== first) ?? 'Something I would like to ask you']
}

/** The heading of a call, which has no subject. */
export const callSubject = (request: InterviewRequest): string => {
  const name = firstName(nameOf(request.contact.name))
  const topic = briefTopic(request, 4 - wordsIn(name))
  return topic && isSayable(topic) ? `Call to ${name} about ${topic}` : `Call to ${name}`
}

/** The subject in the thread that the first letter began; a call begins none. */
export const inThread = (request: InterviewRequest): string =>
  request.channel === 'phone' ? callSubject(request) : `Re: ${subjectsOf(request)[0]}`
