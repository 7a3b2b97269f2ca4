import { nameOf, sentence } from './drafts/clauses.ts'
import { connectionSentence } from './drafts/connection.ts'
import { hopeOf, seeking } from './drafts/first-letter.ts'
import { firstName, type Goal, type InterviewRequest } from './request.ts'

/**
 * What to ask, and how to use the minutes. Open questions only, none that a search would answer, and none about an
 * opening, a salary or a favour: whoever came for a talk and starts an application has lost both.
 */
export const questionBank = {
  /** Their story. */
  path: [
    'How did you come to do this work?',
    'Which turn on the way mattered more than it seemed to at the time?',
    'What did you believe about this field before you were in it that proved wrong?',
  ],
  /** The work as it is. */
  day: [
    'What did your last week look like, from Monday to Friday?',
    'Which part of the work takes more of your time than outsiders would guess?',
    'When does it get hard, and what does that look like?',
    'Whose work do you depend on most?',
  ],
  /** What one has to be able to do. */
  skill: [
    'What do people who are really good at this do differently from the rest?',
    'If you began again in my place, what would you learn first?',
    'Which things can one learn only by doing the work?',
  ],
  /** Where the field is going. */
  trend: [
    'What has changed most since you came into this field?',
    'What do people in it worry about when they talk among themselves?',
    'Which kinds of work are growing here, and which are going away?',
  ],
  /** How people work together there. */
  culture: [
    'How does a decision come about in your team, from the first idea to the yes?',
    'What sort of person does well where you are, and who moves on?',
    'How does somebody new find out how things are done?',
    'How much say do people have in where and when they work?',
  ],
  /** How people find their way in. */
  entry: [
    'How did the last few people who joined your team come to it?',
    'Where does word get round first when a team is about to grow?',
    'Under which other titles does this kind of work go?',
  ],
  /** The seeker, seen from there. */
  fit: [
    'From what I have told you, what would help me in this work, and what would stand in the way?',
    'What would make you hesitate about somebody who comes from another field?',
    'Which part of what I have done would you talk about first?',
  ],
  /** The page itself: only where the talk is about it. */
  cv: [
    'Which line of my page would you want to ask about?',
    'What would you take out?',
    'Which words would people in your field use where I used mine?',
  ],
  /** What to read, where to go. */
  resources: [
    'What do you read, or whom do you listen to, to keep up?',
    'Which meeting, group or course around here is worth an evening?',
    'Which one text would you hand to somebody who is about to start?',
  ],
  /** Something to try. */
  project: [
    'What could I try out on my own, in small, that comes close to the real thing?',
    'What would you give somebody to do in the first three months?',
  ],
  /** The rest of life. */
  life: ['How does this work sit with the rest of your life?', 'What would make you stop doing it?'],
  /** Who next: in the last two minutes. */
  people: [
    'Who looks at this from another side, and might have twenty minutes for me as well?',
    'How would you like me to mention you when I write to them?',
  ],
  /** The end. */
  close: ['What have I not asked that I should have?', 'How may I let you know what came of this?'],
} as const satisfies Record<string, readonly string[]>

export type Category = keyof typeof questionBank

/** These wait for the last two minutes, whatever else there is no time for. */
const closing = ['people', 'close'] as const satisfies readonly Category[]
type Closing = (typeof closing)[number]

type Agenda = {
  /** What matters for this goal, the most important first; then how it ends. */
  order: readonly Exclude<Category, Closing>[]
  end: readonly Closing[]
  must: readonly [Category, Category, Category]
  /** Fewer than the minutes would allow: a first talk is for ease. */
  atMost?: number
}

const agendas = {
  'explore-career': {
    order: ['path', 'day', 'life', 'skill', 'trend'],
    end: ['people', 'close'],
    must: ['path', 'day', 'life'],
  },
  culture: { order: ['culture', 'day', 'path', 'trend', 'entry'], end: ['close'], must: ['culture', 'day', 'path'] },
  skills: {
    order: ['skill', 'project', 'resources', 'fit', 'trend'],
    end: ['people'],
    must: ['skill', 'project', 'resources'],
  },
  'hidden-market': {
    order: ['trend', 'entry', 'culture', 'skill'],
    end: ['people', 'close'],
    must: ['trend', 'entry', 'people'],
  },
  'resume-feedback': {
    order: ['fit', 'skill', 'cv', 'entry', 'resources'],
    end: ['close'],
    must: ['fit', 'skill', 'cv'],
  },
  referrals: { order: ['path', 'trend', 'entry'], end: ['people', 'close'], must: ['path', 'trend', 'people'] },
  'career-change': {
    order: ['path', 'fit', 'skill', 'project', 'life'],
    end: ['people'],
    must: ['path', 'fit', 'skill'],
  },
  confidence: { order: ['path', 'day', 'resources'], end: ['close'], must: ['path', 'day', 'resources'], atMost: 5 },
} as const satisfies Record<Goal, Agenda>

export type Question = {
  category: Category
  question: string
  /** One of the three that are asked even if there is time for nothing else. */
  must: boolean
}

const howMany = (minutes: number): number => (minutes < 20 ? 5 : minutes < 30 ? 7 : 8)

/**
 * Five to eight questions, the most important first because time runs out, and the end of the talk last; three of them
 * are marked. The first of every category comes before the second of any.
 */
export const questionsFor = (goal: Goal, { minutes }: { minutes: number }): Question[] => {
  const { order, end, must, atMost = 8 }: Agenda = agendas[goal]
  const room = Math.min(howMany(minutes), atMost) - end.length
  const rounds = [0, 1, 2, 3].flatMap((round) =>
    order.map((category) => ({ category, question: (questionBank[category] as readonly string[])[round] })),
  )
  const body = rounds.filter(
    (row): row is { category: Exclude<Category, Closing>; question: string } => row.question !== undefined,
  )
  const last = end.map((category) => ({ category, question: questionBank[category][0] }))
  const marked = new Set<string>(must.map((category) => questionBank[category][0]))
  return [...body.slice(0, room), ...last].map((row) => ({ ...row, must: marked.has(row.question) }))
}

/**
 * What to say in the first minute, at an easy pace: thanks, who and why, what it is about, how long, and over to them.
 * To be spoken in the seeker's own words; this is where they start from.
 */
export const introductionLine = (request: InterviewRequest): string => {
  const link = connectionSentence(request)
  const minutes = request.meeting?.status === 'on' ? request.meeting.minutes : request.minutes
  return [
    `Thank you for making time, ${firstName(nameOf(request.contact.name))}.`,
    link && !/ (?:is|are) why I am writing$|^I am (?:writing|turning)/.test(link)
      ? `As I wrote, ${/^(?:I|We|You)\b/.test(link) ? link.charAt(0).replace(/[WY]/, (letter) => letter.toLowerCase()) + link.slice(1) : link}.`
      : '',
    seeking(request),
    `I have read what I could find, so I would rather hear what is not written anywhere: ${hopeOf(request)}.`,
    'I am not here to ask you for anything but your view.',
    `I have brought a handful of questions, and I will watch the clock so that we end after ${minutes} minutes.`,
    'Do ask me back whenever you like. May I begin with your own way into this?',
  ]
    .filter((part) => part !== '')
    .map((part) => sentence(part))
    .join(' ')
}

/** What to find out beforehand, and what to take from it: about three quarters of an hour. */
export const researchChecklist = [
  {
    what: 'The person',
    minutes: 10,
    look: 'Profile, team page, anything they wrote or said in public.',
    take: 'Note the one turn in the path that you would like to hear about.',
  },
  {
    what: 'The organisation',
    minutes: 10,
    look: 'What it does, for whom, how large it is, who else does the same.',
    take: 'Say it in one sentence of your own.',
  },
  {
    what: 'The news',
    minutes: 5,
    look: 'One thing from the last three months, about the place or the field.',
    take: 'Turn it into a question that begins with “how”.',
  },
  {
    what: 'The words',
    minutes: 10,
    look: 'Two or three notices for work like theirs. You are not applying; you are learning the language.',
    take: 'Mark the words that come back in each.',
  },
  {
    what: 'Your three',
    minutes: 10,
    look: 'The questions marked as must-asks.',
    take: 'Say them aloud, and change what does not sound like you.',
  },
] as const

/** How the minutes pass, in order; the end is kept free. */
export const timeBudgets = {
  15: [
    { minutes: 1, what: 'Thanks, and your opening' },
    { minutes: 9, what: 'The three must-asks' },
    { minutes: 3, what: 'What came up on the way' },
    { minutes: 2, what: 'Who else, thanks, and the end' },
  ],
  20: [
    { minutes: 1, what: 'Thanks, and your opening' },
    { minutes: 11, what: 'The three must-asks' },
    { minutes: 5, what: 'What came up on the way, and the other questions' },
    { minutes: 3, what: 'Who else, thanks, and the end' },
  ],
  30: [
    { minutes: 2, what: 'Thanks, and your opening' },
    { minutes: 15, what: 'The three must-asks' },
    { minutes: 10, what: 'What came up on the way, and the other questions' },
    { minutes: 3, what: 'Who else, thanks, and the end' },
  ],
} as const satisfies Record<15 | 20 | 30, readonly { minutes: number; what: string }[]>
