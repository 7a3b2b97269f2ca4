import { sentence } from '../drafts/clauses.ts'
import { onTopic } from '../drafts/notes.ts'
import { introductionSentence } from '../drafts/readings.ts'
import type { Goal } from '../request.ts'
import { List, P, Strong, Sub } from './blocks.tsx'
import type { Facts } from './facts.tsx'

/** The sheet of paper that a seeker takes into the talk. */

const aims = {
  'explore-career': 'what this work is like on an ordinary day, and whether you would like to spend your own days so',
  culture: 'how people work together there, and what sort of person does well',
  skills: 'which skills count, and which one to begin with',
  'hidden-market': 'how people find their way in, and where things become known first',
  'resume-feedback': 'how your background reads to somebody in the field: where it fits, where it leaves a gap',
  referrals: 'how they see the field, and whose view they value',
  'career-change': 'what such a change asks of people, and what you bring to it already',
  confidence: 'how one person found the way into this work. That is all; the rest is practice',
} as const satisfies Record<Goal, string>

export const sheetOf = ({ request }: Facts): { aim: string; opening: string } => {
  const who = introductionSentence(request)
  return {
    aim: `You will know more about ${aims[request.goal]}.`,
    opening: [
      'Thank you for making time.',
      who && sentence(who),
      `I have brought a few questions${onTopic(request) || ' about your work'}, and I will keep an eye on the clock. May I begin with your own story?`,
    ]
      .filter(Boolean)
      .join(' '),
  }
}

const questionsOf = (_facts: Facts): { question: string; must: boolean }[] => [
  { question: 'What led you to this work?', must: true },
  { question: 'What filled your last working week?', must: true },
  { question: 'What should I have asked?', must: false },
]

/** Ranked, because time runs out; the three that must be asked are marked in words, not by colour. */
export const Questions = (facts: Facts) => {
  return (
    <>
      <Sub level={facts.level}>Your questions, in order</Sub>
      <P>
        Time runs out, so the important ones come first. Strike what you know already; put in what only you would ask.
      </P>
      <List
        ordered
        of={questionsOf(facts).map(({ question, must }) => (
          <>
            {must && <Strong>Must ask: </Strong>}
            {question}
          </>
        ))}
      />
    </>
  )
}
