import { toMs } from '../calendar.ts'
import { type Topic, topicOf } from '../drafts/readings.ts'
import { A, Answers, Aside, Button, List, P, Strong, Sub, Theirs } from './blocks.tsx'
import type { Facts, Mail } from './facts.tsx'
import { leaveIt, Otherwise, Written } from './parts.tsx'

/** After the talk: did it happen, thanks, and what to keep of it. */

const hasMet = ({ request }: Facts): boolean => request.state === 'met'

/** Hours since the talk was over: by the calendar, or by their word where they say that they have met earlier or by chance. */
const hoursSince = (facts: Facts): number => {
  const { request, now } = facts
  const met = hasMet(facts) ? request.history.findLast(({ event }) => event === 'met') : undefined
  const ends = [request.meeting?.status === 'on' ? request.meeting.endsAt : undefined, met?.at]
  const end = Math.min(...ends.flatMap((instant) => (instant ? [toMs(instant)] : [])))
  return Number.isFinite(end) ? (toMs(now) - end) / 3_600_000 : 0
}

/** Thanks are freshest within a day; after that they are still good, and nobody need be told what they have missed. */
const isFresh = (facts: Facts): boolean => hoursSince(facts) <= 24

const noMeeting = ({ links }: Facts) => [
  { label: 'It has moved to another time', href: links.event('rescheduled') },
  { label: 'It did not happen', href: links.event('not-met') },
]

export const thank: Mail = {
  subject: (facts) =>
    !hasMet(facts)
      ? `How was your talk with ${facts.contact}?`
      : isFresh(facts)
        ? `Thank ${facts.contact} while it is fresh`
        : `A thank-you to ${facts.contact}, still good today`,
  preview: (facts) =>
    !hasMet(facts)
      ? 'Tell us how it went in one click. A short thank-you is ready.'
      : isFresh(facts)
        ? 'A short thank-you is ready. It is worth most within a day.'
        : 'It is short, it is ready, and it is welcome today as well.',
  title: (facts) =>
    !hasMet(facts) ? (
      'How was it?'
    ) : isFresh(facts) ? (
      <>Thank {facts.who} while it is fresh</>
    ) : (
      <>A thank-you to {facts.who}, still good today</>
    ),
  announced: 'how was it, and a thank-you while it is fresh',
  why: (facts) => {
    const hours = hoursSince(facts)
    const thanks = hours <= 24 ? 'a thank-you while it is fresh' : 'a thank-you, still good today'
    if (hasMet(facts)) return `You told us that you have talked: ${thanks}.`
    return hours <= 3 ? undefined : `Your talk should be over: did it happen, and ${thanks}.`
  },
  Body: (facts) => {
    const { links, who, level } = facts
    const met = hasMet(facts)
    return (
      <>
        {met ? (
          <>
            <P>
              {isFresh(facts) ? (
                <>Send {who} a few lines of thanks today, while both of you remember what was said. Then tell us:</>
              ) : (
                <>Send {who} a few lines of thanks today; they are still welcome. Then tell us:</>
              )}
            </P>
            <Button href={links.event('thanked')}>I sent my thanks</Button>
          </>
        ) : (
          <>
            <P>If you talked, take ten minutes now: note three things, send a thank-you, and you are done for today.</P>
            <Button href={links.event('met')}>We talked</Button>
            <Answers of={noMeeting(facts)} />
            <Sub level={level}>Three things to note</Sub>
            <P>
              There is a field for each behind “We talked”. What you learned and what was promised find their way into
              the thank-you on your page.
            </P>
            <List
              of={[
                <>
                  <Strong>Learned:</Strong> one thing you know now, in their words if you can. If nothing comes to mind:
                  what surprised you?
                </>,
                <>
                  <Strong>Promised:</Strong> what will you do, what will they send? And on which day will you tell them
                  what came of it?
                </>,
                <>
                  <Strong>Names:</Strong> who else was mentioned, and may you say who sent you?
                </>,
              ]}
            />
          </>
        )}
        <Written {...facts} name="thank" heading="Your thank-you" />
        <P>Ask for nothing in it and attach nothing. It is a thank-you, and that is enough.</P>
      </>
    )
  },
}

export const thankReminder: Mail = {
  subject: (facts) =>
    isFresh(facts)
      ? `This morning: a thank-you to ${facts.contact}`
      : `Still good today: a thank-you to ${facts.contact}`,
  preview: (facts) =>
    `A few lines are enough, and they are written. ${isFresh(facts) ? 'Within a day it still feels fresh.' : 'They are welcome today as well.'}`,
  title: (facts) =>
    isFresh(facts) ? (
      <>Good morning. A thank-you to {facts.who}?</>
    ) : (
      <>A thank-you to {facts.who} is still good today</>
    ),
  announced: 'the thank-you once more, if it has not gone out',
  why: (facts) =>
    isFresh(facts) ? undefined : 'You have not told us yet that the thank-you is on its way: it is still good today.',
  Body: (facts) => {
    const { links } = facts
    const met = hasMet(facts)
    return (
      <>
        {met ? (
          <P>If your thank-you is on its way already, tell us and enjoy the day. If not, this is a good hour for it.</P>
        ) : (
          <P>
            {isFresh(facts)
              ? 'Did you talk? Then this is a good hour for the thank-you: it is still fresh, and it takes five minutes.'
              : 'Did you talk? Then the thank-you is still good today, and it takes five minutes.'}
          </P>
        )}
        {met ? (
          <Button href={links.event('thanked')}>I sent my thanks</Button>
        ) : (
          <Button href={links.event('met')}>We talked</Button>
        )}
        <Answers of={met ? [leaveIt(facts)] : noMeeting(facts)} />
        <Written {...facts} name="thank" heading="Your thank-you" />
        <P>We do not ask a second time.</P>
      </>
    )
  },
}

// A topic that is a whole sentence cannot stand behind "about".
const ableToFollow: readonly Topic['form'][] = ['thing', 'doing', 'question']

export const debrief: Mail = {
  subject: ({ contact }) => `Four questions after your talk with ${contact}`,
  preview: () => 'Nothing to send. Ten minutes and a piece of paper keep what you heard.',
  title: () => 'Four questions, before it fades',
  announced: 'four questions that keep what you learned',
  Body: (facts) => {
    const { links, request, level, includes } = facts
    const { text, form } = topicOf(request)
    return (
      <>
        <P>
          Nothing to send. Take ten minutes and a piece of paper, or talk it into your telephone. Nobody else reads it.
        </P>
        <List
          ordered
          of={[
            <>
              {ableToFollow.includes(form) ? (
                <>
                  You set out to learn about <Theirs>{text}</Theirs>.
                </>
              ) : (
                'You went with a question in mind.'
              )}{' '}
              What do you know today that you did not know last week?
            </>,
            'What can you rule out? A door you no longer need to try is a result, too.',
            'Which question is still open, and who would know?',
            'Who is next? One name is enough.',
          ]}
        />
        <Aside>
          If you have talked with others, lay the answers side by side. What two people say without knowing each other
          is worth more than what one says well.
        </Aside>
        {includes('thank-reminder') || includes('thank') ? (
          <P>
            Is there a name already? <A href={links.home}>Write to the next person</A>.
          </P>
        ) : (
          <>
            <Button href={links.home}>Write to the next person</Button>
            <Otherwise level={level} of={[{ label: 'I sent my thanks', href: links.event('thanked') }]} />
          </>
        )}
      </>
    )
  },
}
