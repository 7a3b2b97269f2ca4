import { onTopic } from '../drafts/notes.ts'
import { introductionLine, questionsFor, researchChecklist, timeBudgets } from '../questions.ts'
import type { Goal, Meeting } from '../request.ts'
import { Aside, List, P, Strong, Sub } from './blocks.tsx'
import type { Facts } from './facts.tsx'

/** The sheet of paper that a seeker takes into the talk, part by part. */

const aims = {
  'explore-career': 'what the work is like on an ordinary day, and whether you would like to spend your own days so',
  culture: 'how people work together there, and what sort of person does well',
  skills: 'which skills count, and which one to begin with',
  'hidden-market': 'how people find their way in, and where things become known first',
  'resume-feedback': 'how your background reads to somebody in the field, where it fits and where it leaves a gap',
  referrals: 'how they see the field, and whose view they value',
  'career-change': 'what such a change asks of people, and what you bring to it already',
  confidence: 'how one person found the way into this work. That is all; the rest is practice',
} as const satisfies Record<Goal, string>

export const Aim = ({ level, request }: Facts) => (
  <>
    <Sub level={level}>Why you are going</Sub>
    <P>
      To learn{onTopic(request)}: {aims[request.goal]}.
    </P>
  </>
)

export const Opening = ({ level, request }: Facts) => (
  <>
    <Sub level={level}>Your first minute</Sub>
    <P>Something like this, in your own words. Say it aloud twice, and it will be there when you need it.</P>
    <P>“{introductionLine(request)}”</P>
  </>
)

/** Ranked, because time runs out; the three that must be asked are marked in words, not by colour. */
export const Questions = ({ level, request }: Facts) => (
  <>
    <Sub level={level}>Your questions, in order</Sub>
    <P>
      Time runs out, so what matters most comes first. Strike what you know already, and put in what only you would ask.
    </P>
    <List
      ordered
      of={questionsFor(request.goal, { minutes: request.meeting?.minutes ?? request.minutes }).map(
        ({ question, must }) => (
          <>
            {must && <Strong>Must ask: </Strong>}
            {question}
          </>
        ),
      )}
    />
  </>
)

export const Research = ({ level }: Facts) => (
  <>
    <Sub level={level}>Your homework</Sub>
    <P>
      {researchChecklist.reduce((sum, { minutes }) => sum + minutes, 0)} minutes, so that you need not ask what a search
      would have told you:
    </P>
    <List
      of={researchChecklist.map(({ what, minutes, look, take }) => (
        <>
          <Strong>
            {what} ({minutes} minutes).
          </Strong>{' '}
          {look} {take}
        </>
      ))}
    />
  </>
)

type Stretch = { from: number; to: number; what: string }

const parts = timeBudgets[20].map(({ what }) => what)

const lengths = (minutes: number): readonly { minutes: number; what: string }[] => {
  if (minutes === 15 || minutes === 20 || minutes === 30) return timeBudgets[minutes]
  const [opening = '', musts = '', others = '', end = ''] = parts
  if (minutes < 10) {
    return [
      { minutes: 1, what: opening },
      { minutes: minutes - 2, what: musts },
      { minutes: 1, what: end },
    ]
  }
  const last = minutes < 20 ? 2 : 3
  const middle = Math.round((minutes - 1 - last) * 0.65)
  return [
    { minutes: 1, what: opening },
    { minutes: middle, what: musts },
    { minutes: minutes - 1 - last - middle, what: others },
    { minutes: last, what: end },
  ]
}

/** How the minutes of a talk pass, from the first to the last without a gap, for any length of five minutes and more. */
export const timeBudget = (minutes: number): Stretch[] => {
  let from = 0
  return lengths(minutes).map((part) => {
    const stretch = { from, to: from + part.minutes, what: part.what }
    from = stretch.to
    return stretch
  })
}

export const TimeBudget = ({ level, meeting }: { level: Facts['level']; meeting: Meeting }) => (
  <>
    <Sub level={level}>Your {meeting.minutes} minutes</Sub>
    <List
      of={timeBudget(meeting.minutes).map(({ from, to, what }) => (
        <>
          <Strong>
            Minute {from} to {to}:
          </Strong>{' '}
          {what.charAt(0).toLowerCase() + what.slice(1)}
        </>
      ))}
    />
    <Aside>
      Let them do most of the talking. When the time is up, say so yourself: if they want to go on, they will tell you.
    </Aside>
  </>
)
