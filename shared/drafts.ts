import { closeTheLoop, gratitude, keepInTouch, pointer, refer } from './drafts/afterwards.ts'
import { askBack, asksAfter } from './drafts/ask-back.ts'
import { firstLetter, firstNote } from './drafts/first-letter.ts'
import { arrange, dayBefore, invitation, isOn, thank } from './drafts/meeting.ts'
import { hasNames } from './drafts/names-given.ts'
import { followUp, followUp2, followUp3, letRest, resume } from './drafts/silence.ts'
import { type Finding, lint, type RuleName } from './lint.ts'
import type { InterviewRequest } from './request.ts'

export { reasonsToWrite } from './drafts/afterwards.ts'

/** Texts that the seeker sends, by the name of the mail that brings them; `draft-short` is the note for LinkedIn. */
export const draftNames = [
  'draft',
  'draft-short',
  'follow-up',
  'follow-up-2',
  'follow-up-3',
  'let-rest',
  'arrange',
  'invitation',
  'day-before',
  'thank',
  'refer',
  'pointer',
  'close-the-loop',
  'keep-in-touch',
  'resume',
  'gratitude',
] as const
export type DraftName = (typeof draftNames)[number]

/** A text ready to be copied; lines of the body end with `\n`, paragraphs are an empty line apart. */
export type Draft = {
  kind: 'draft'
  name: DraftName
  subject: string
  /** A second subject to choose from. */
  alternativeSubject?: string
  body: string
  /** A second body, for the case that `when` names: to be shown after the first, under that heading. */
  alternative?: { when: string; body: string }
  /** One line on why it is built so, or on the one sentence that only the seeker can add. */
  because: string
}

/** The field of the form in which the missing thing is given. */
export type AskedField =
  | 'connection'
  | 'introduction'
  | 'topic'
  | 'contactRole'
  | 'contactName'
  | 'seekerName'
  | 'organization'

/** Too little, or something a letter must not say: asked back, never invented. */
export type AskBack = { kind: 'ask'; asks: { field: AskedField; question: string }[] }

/** What the caller knows and a request does not hold. */
export type Circumstances = {
  /** Times to propose in `arrange`, written out with weekday, date, time and zone. */
  slots?: readonly string[]
}

/** Every wording of one draft, the fullest first: the first that fits its limits is taken. */
export type Wordings = Omit<Draft, 'kind' | 'name'>[]

const writers = {
  draft: firstLetter,
  'draft-short': firstNote,
  'follow-up': followUp,
  'follow-up-2': followUp2,
  'follow-up-3': followUp3,
  'let-rest': letRest,
  arrange,
  invitation,
  'day-before': dayBefore,
  thank,
  refer,
  pointer,
  'close-the-loop': closeTheLoop,
  'keep-in-touch': keepInTouch,
  resume,
  gratitude,
} as const satisfies Record<DraftName, (request: InterviewRequest, circumstances: Circumstances) => Wordings>

const possible = (name: DraftName, request: InterviewRequest): DraftName => {
  if ((name === 'invitation' || name === 'day-before') && !isOn(request.meeting)) return 'arrange'
  return name === 'refer' && !hasNames(request) ? 'pointer' : name
}

const tooLong: ReadonlySet<RuleName> = new Set(['rather-long', 'character-range'])

const findingsOf = (draft: Draft, request: InterviewRequest) => [
  ...lint(draft, request),
  ...(draft.alternative ? lint({ ...draft, body: draft.alternative.body }, request) : []),
]

/**
 * The draft of this name as the request stands now, or what has to be asked first. Every draft that is returned passes
 * `lint` without a block. Only `draft` and `draft-short` ask about what was typed into the form; the later ones leave out what they cannot
 * use, and can ask for a name alone. Where the request lacks what a draft is about, the nearest honest one comes
 * instead: without a meeting `invitation` and `day-before` are `arrange`, without names `refer` is `pointer`; `name` says which came.
 */
export const compose = (
  asked: DraftName,
  request: InterviewRequest,
  circumstances: Circumstances = {},
): Draft | AskBack => {
  const name = possible(asked, request)
  const asks = askBack(name, request)
  if (asks.length > 0) return { kind: 'ask', asks }
  const passing: { draft: Draft; isLong: boolean }[] = []
  let broken: Finding[] = []
  for (const wording of writers[name](request, circumstances)) {
    const draft: Draft = { kind: 'draft', name, ...wording }
    const findings = findingsOf(draft, request)
    if (findings.length === 0) return draft
    if (findings.every(({ level }) => level !== 'block'))
      passing.push({ draft, isLong: findings.some(({ rule }) => tooLong.has(rule)) })
    else broken = findings
  }
  const [fullest] = passing
  if (!fullest) return { kind: 'ask', asks: asksAfter(name, broken, request) }
  return fullest.isLong ? (passing.at(-1) ?? fullest).draft : fullest.draft
}
