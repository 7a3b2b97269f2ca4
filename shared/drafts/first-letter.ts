import type { Wordings } from '../drafts.ts'
import type { Goal, InterviewRequest, Source } from '../request.ts'
import { firstName } from '../request.ts'
import { clause, escaped, nameOf, sentence, wordsIn } from './clauses.ts'
import { connectionSentence } from './connection.ts'
import { closings, greetings } from './notes.ts'
import { briefTopic, introductionSentence, organizationOf, roleOf, standing, topicOf } from './readings.ts'
import { callSubject, subjectsOf } from './subjects.ts'

// What the seeker hopes to hear, to follow "you could tell me": broad, and about the work, never about a place in it.
const hopes = {
  'explore-career': 'what the work is like from day to day',
  culture: 'how people work together there',
  skills: 'which skills matter most and how you would build them today',
  'hidden-market': 'where the field is heading and how people find their way in',
  'resume-feedback': 'how my background looks to somebody in the field, and what is missing from it',
  referrals: 'how the field looks from where you stand, and whose view of it you value',
  'career-change': 'how people come to this work from another field, and what it asks of them',
  confidence: 'how you found your own way into it',
} as const satisfies Record<Goal, string>

type Voice = {
  /** What the seeker is doing about the topic, to follow "I am" and be followed by it. */
  trying: string
  /** What the seeker hopes to hear, and why from this person; `as` is "As Head of Data at Leeds General", where that is not said already. */
  hear: (hope: string, as?: string) => string
  /** The one question. */
  ask: (minutes: number) => string
  /** The way out, and the way round by writing. */
  exit: string
  thanks: string
  because: string
}

const small = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
const couldTell = (hope: string, as?: string) =>
  as ? `${as}, you could tell me ${hope}.` : `You could tell me ${hope}.`
const cannotRead = (hope: string, as?: string) =>
  `What I cannot find in print is ${hope}${as ? `; ${small(as)}, you could tell me` : ''}.`

const voices = {
  'own-network': {
    trying: 'trying to get a feel for',
    hear: couldTell,
    ask: (minutes) => `Could we catch up for ${minutes} minutes in the next two weeks, on the phone or over a coffee?`,
    exit: 'An email would help just as much, and if it is a bad time, just say so.',
    thanks: 'Thank you! It would be good to hear how you are, too.',
    because: 'They know you already, so the letter says where from, comes to the point, and leaves an easy way out.',
  },
  referral: {
    trying: 'trying to understand',
    hear: (hope, as) =>
      as ? `From you, ${small(as)}, I would like to hear ${hope}.` : `I would like to hear ${hope}.`,
    ask: (minutes) => `Would you have ${minutes} minutes for me in the next two weeks, by phone, video or in person?`,
    exit: 'A few lines by email would help as much, and if it does not fit, a short no is perfectly fine.',
    thanks: 'Thank you for considering it.',
    because: 'The name they trust comes first, in the subject too; the rest is short enough for a phone screen.',
  },
  linkedin: {
    trying: 'trying to make sense of',
    hear: cannotRead,
    ask: (minutes) => `Could we talk about it for ${minutes} minutes in the next two weeks, by phone or video?`,
    exit: 'If writing is easier, a few lines are just as welcome, and so is a plain no.',
    thanks: 'Thank you for reading this.',
    because: 'It opens with what you saw, not with who you are: that is how they know it was meant for them.',
  },
  association: {
    trying: 'trying to understand',
    hear: (hope, as) =>
      as ? `I would be glad to hear from you, ${small(as)}, ${hope}.` : `I would be glad to hear from you ${hope}.`,
    ask: (minutes) =>
      `Might we talk for ${minutes} minutes in the next two weeks, or at the next event if you will be there?`,
    exit: 'An email is every bit as welcome, and if this is not the moment, that is fine.',
    thanks: 'Thank you for your time.',
    because: 'What you share comes first; offering the next event as a place to talk costs them nothing.',
  },
  alumni: {
    trying: 'curious about',
    hear: (hope, as) =>
      as
        ? `${as}, you could tell me better than any brochure ${hope}.`
        : `You could tell me better than any brochure ${hope}.`,
    ask: (minutes) => `May I ask you for ${minutes} minutes in the next two weeks, by phone, video or in person?`,
    exit: 'Should email be easier, I would gladly send two questions instead; and if there is no room now, I understand.',
    thanks: 'Thank you for reading this.',
    because: 'A shared school opens the door a little; the full name and one plain question keep it open.',
  },
  'target-company': {
    trying: 'trying to understand',
    hear: (hope, as) => `${as ? `${as}, you could tell me` : 'You could tell me'} ${hope}; that is all I am after.`,
    ask: (minutes) =>
      `Could you spare ${minutes} minutes in the next two weeks, by phone or video, at an hour that suits you?`,
    exit: 'If you prefer email, I will keep to two questions, and a one-line no is quite all right.',
    thanks: 'Thank you for your time.',
    because: 'It says how you came by the name and asks about the work, so that it cannot be taken for an application.',
  },
  event: {
    trying: 'curious about',
    hear: couldTell,
    ask: (minutes) => `Would you have ${minutes} minutes for a call or a coffee in the next two weeks?`,
    exit: 'A few lines by email would do just as well, and if you are too busy now, that is fine.',
    thanks: 'Thank you!',
    because:
      'It brings back the place before anything else. Send it within two days of meeting, while the face is fresh.',
  },
  cold: {
    trying: 'trying to understand',
    hear: cannotRead,
    ask: (minutes) =>
      `Would you be open to a ${minutes}-minute call in the next two weeks, or to two questions by email if that is easier?`,
    exit: 'If neither suits you, that is entirely fine.',
    thanks: 'Thank you either way.',
    because:
      'You are strangers, so it is brief, names the one thing that made you write, and offers two questions by email instead.',
  },
} as const satisfies Record<Source, Voice>

/** The first sentence: what links the two, or else, said plainly, that it is the role which made the seeker write. */
const opening = (request: InterviewRequest): string => {
  const link = connectionSentence(request)
  if (link) return sentence(link)
  const role = standing(request)
  const reason = role
    ? `you are ${role}`
    : `of what you do: ${clause(request.contact.role ?? '')}, at ${organizationOf(request)}`
  switch (request.contact.source) {
    case 'own-network':
      return sentence(`You came to mind because ${reason}`)
    case 'linkedin':
      return sentence(`I found you on LinkedIn, and I am writing because ${reason}`)
    case 'cold':
      return sentence(`We have not met; I am writing because ${reason}`)
    default:
      return sentence(`I am writing to you because ${reason}`)
  }
}

/** Who the seeker is and what they are trying to find out: one sentence where the grammar allows it, else two. */
export const seeking = (request: InterviewRequest): string => {
  const who = introductionSentence(request)
  const { text, form } = topicOf(request)
  if (form === 'sentence') return joined([sentence(who), sentence(text)], ' ')
  if (form === 'open')
    return joined([sentence(who), sentence(`The question I am trying to answer for myself: ${text}`)], ' ')
  const said =
    ` ${opening(request).toLowerCase()} `.search(new RegExp(`[ “"]${escaped(text.toLowerCase())}[ .,;:”"]`, 'u')) >= 0
  const trying =
    form === 'doing'
      ? `thinking about ${text}`
      : said
        ? 'trying to understand the subject better'
        : `${voices[request.contact.source].trying} ${text}`
  if (/[.!?…。:;]/u.test(who) || wordsIn(who) > 16 || !/^I\b/.test(who))
    return joined([sentence(who), sentence(`I am ${trying}`)], ' ')
  if (/,| and | who | that | but |['’]|^I am (?:an?|the|one of)\b/.test(who))
    return sentence(`${who}, and I am ${trying}`)
  return sentence(/^I am /.test(who) ? `${who} and ${trying}` : `${who} and am ${trying}`)
}

/** "As Head of Data at Leeds General", where the first sentence has not said so. */
const asWhat = (request: InterviewRequest): string | undefined => {
  if (!connectionSentence(request)) return undefined
  const role = standing(request)
  if (role) return `As ${role}`
  const organization = organizationOf(request)
  return organization ? `Working at ${organization}` : undefined
}

type Fullness = { hope: boolean; as: boolean }

/** What the seeker hopes to hear, to follow "tell me"; `there` is a place that was just named. */
export const hopeOf = (request: InterviewRequest, { there = false }: { there?: boolean } = {}): string => {
  if (request.goal === 'career-change' && topicOf(request).form === 'doing') {
    return 'how people make such a move, and what it asks of them'
  }
  return request.goal === 'culture' && !there
    ? `how people work together at ${organizationOf(request)}`
    : hopes[request.goal]
}

const hearing = (request: InterviewRequest, { hope, as }: Fullness): string | undefined => {
  const standsAs = as ? asWhat(request) : undefined
  // Where there is no room for the hope, why it is this person still has to be said.
  if (!hope) return standsAs && `${standsAs}, you would know.`
  const voice: Voice = voices[request.contact.source]
  // "Working at Arup, you could tell me how people work together there" says too little: the place is enough.
  if (request.goal === 'culture' && !roleOf(request)) return voice.hear(hopeOf(request))
  // What they make of the seeker stands in no print and in no brochure.
  const hear = request.goal === 'resume-feedback' ? couldTell : voice.hear
  return hear(hopeOf(request, { there: standsAs !== undefined }), standsAs)
}

const joined = (parts: (string | undefined)[], between: string): string => parts.filter((part) => part).join(between)

const letter = (request: InterviewRequest, full: Fullness): string => {
  const voice: Voice = voices[request.contact.source]
  const paragraphs = [
    greetings[request.contact.source](nameOf(request.contact.name)),
    joined([opening(request), seeking(request)], ' '),
    hearing(request, full),
    `${voice.ask(request.minutes)} ${voice.exit}`,
    voice.thanks,
    `${closings[request.contact.source]}\n${nameOf(request.seeker.name)}`,
  ]
  return `${joined(paragraphs, '\n\n')}\n`
}

/** On LinkedIn, once they have accepted: one screen of a telephone. */
const message = (request: InterviewRequest, full: Fullness): string => {
  const paragraphs = [
    `Hello ${firstName(nameOf(request.contact.name))}, thank you for connecting.`,
    joined([opening(request), seeking(request)], ' '),
    hearing(request, full),
    `Could we talk for ${request.minutes} minutes in the next two weeks? A few lines here are just as welcome, and so is a no.`,
    `Thank you,\n${nameOf(request.seeker.name)}`,
  ]
  return `${joined(paragraphs, '\n\n')}\n`
}

/** To be spoken: what to say to whom, in the order in which it may be needed. */
const script = (request: InterviewRequest, full: Fullness): string => {
  const { contact, seeker, minutes } = request
  const [me, them] = [nameOf(seeker.name), nameOf(contact.name)]
  const topic = briefTopic(request, 5)
  // Where a name was found and not given, the first call is to the front desk; what to hope for can wait.
  const isTarget = contact.source === 'target-company'
  const toReception =
    isTarget && (full.hope || full.as)
      ? `First, at reception\n“This is ${me}. I would like to reach ${them}. Please tell me ${clause(contact.role ?? '') ? 'the spelling' : 'the exact role, the spelling,'} and whether to call or to email.”`
      : undefined
  const parts = [
    toReception,
    `When ${firstName(them)} answers\n“Hello, this is ${me}. ${opening(request).replaceAll('I am writing to you', 'I am calling you').replaceAll('I am writing', 'I am calling')} ${seeking(request)} If this is a bad moment, I will call back.”`,
    `The question\n“${joined([hearing(request, { hope: full.hope && (full.as || !isTarget), as: false }), `Could we find ${minutes} minutes for that in the next two weeks? An email is just as good, and so is a no.`], ' ')}”`,
    `On voicemail\n“This is ${me}, about ${topic ?? 'your work'}. No need to call back: I will try once more.”`,
    toReception
      ? undefined
      : `If reception answers\n“This is ${me}, for ${them}, please. If now is difficult, tell me a better time.”`,
  ]
  return `${joined(parts, '\n\n')}\n`
}

const fullness: readonly Fullness[] = [
  { hope: true, as: true },
  { hope: true, as: false },
  { hope: false, as: true },
  { hope: false, as: false },
]

const roads = { email: letter, linkedin: message, phone: script } as const

/** The letter that asks for the talk; on LinkedIn the message after they accepted, by phone what to say. */
export const firstLetter = (request: InterviewRequest): Wordings => {
  const { channel, contact } = request
  const [subject, alternativeSubject] = subjectsOf(request)
  const calling = channel === 'phone' ? { subject: callSubject(request) } : { subject, alternativeSubject }
  const because = {
    email: voices[contact.source].because,
    linkedin: 'For after they accept: under 400 characters, because short messages are answered more often there.',
    phone:
      'Written to be spoken: who you are and why them in two breaths, then the one question. Read it aloud once before you call.',
  }[channel]
  return fullness.map((full) => ({ ...calling, body: roads[channel](request, full), because }))
}

/** The note that goes with an invitation on LinkedIn, at most 200 characters. */
export const firstNote = (request: InterviewRequest): Wordings => {
  const { contact, seeker } = request
  const [subject] = subjectsOf(request)
  const me = nameOf(seeker.name)
  const greeting = `Hello ${firstName(nameOf(contact.name))}!`
  const { text, form } = topicOf(request)
  const interest =
    form === 'thing' || form === 'question'
      ? `I am ${voices[contact.source].trying} ${text}.`
      : form === 'doing'
        ? `I am thinking about ${text}.`
        : ''
  const who = sentence(introductionSentence(request))
  const role = standing(request)
  const toRole = role ? `I am writing because you are ${role}.` : ''
  const because =
    'At most 200 characters, and it asks for one small thing, to connect. The real question comes once they have accepted.'
  const notes = [
    [greeting, opening(request), seeking(request), 'May I connect?', me],
    [greeting, opening(request), who, 'May I connect?', me],
    [greeting, opening(request), interest, 'May I connect?', me],
    [greeting, opening(request), 'May I connect?', me],
    [greeting, toRole, who, 'May I connect?', me],
    [greeting, toRole, 'May I connect?', me],
    [greeting, `Your work at ${organizationOf(request)} is why I am writing. May I connect?`, me],
    [greeting, interest, 'May I connect?', me],
    [greeting, who, 'May I connect?', me],
    [greeting, 'May I connect?', me],
  ]
  return notes.map((parts) => ({ subject, body: `${joined(parts, ' ')}\n`, because }))
}
