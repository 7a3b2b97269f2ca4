import { dayOf, toDate, toMs } from '../calendar.ts'
import { reasonsToWrite } from '../drafts.ts'
import type { InterviewRequest } from '../request.ts'
import { A, Answers, Button, Kept, List, P, Strong, Sub } from './blocks.tsx'
import { haveDaysPassed } from './dates.ts'
import type { Facts, Mail } from './facts.tsx'
import { leaveIt, Otherwise, Written } from './parts.tsx'

/** After the thanks: the next name, what came of it, and staying known without being a burden. */

export const refer: Mail = {
  subject: ({ contact }) => `Ask ${contact} for the introduction`,
  preview: () => 'You came home with a name. The way to it leads through the one who gave it.',
  title: ({ who }) => <>Ask {who} for the introduction</>,
  announced: 'how to ask for the introduction you were offered',
  Body: (facts) => {
    const { links, request, who, level } = facts
    const names = request.outcome?.names
    return (
      <>
        <P>
          You came home with names. Before you write to them, ask {who}: an introduction is welcome when both sides have
          said yes to it.
        </P>
        {names && (
          <>
            <Sub level={level}>You noted</Sub>
            <Kept>{names}</Kept>
          </>
        )}
        <Written {...facts} name="refer" heading={<>Your note to {who}</>} />
        <Sub level={level}>Once it is a yes</Sub>
        <P>
          Start a request for the new person. Choose “Somebody gave me their name” and say that it was {who}: that line
          opens the letter. And when you have talked, tell {who} how it went.
        </P>
        <Button href={links.home}>Write to the new person</Button>
        <Otherwise
          level={level}
          of={[{ label: <>{who} and I were in touch</>, href: links.event('kept-in-touch') }, leaveIt(facts)]}
        />
      </>
    )
  },
}

export const pointer: Mail = {
  subject: ({ contact }) => `One small question to ${contact}, if you like`,
  preview: () => 'Optional: who else could you learn from? Not a word about a job.',
  title: () => 'One small question, if you like',
  announced: 'asking, if you like, who else to learn from',
  Body: (facts) => {
    const { links, who, level } = facts
    return (
      <>
        <P>
          This one is optional. If the talk went well, you can ask {who} for one more person to learn from. It is a
          question people like to answer, as long as it is not about a job.
        </P>
        <Written {...facts} name="pointer" heading={<>Your note to {who}</>} />
        <P>If no name comes of it, nothing is lost: thank {who} and let it be.</P>
        <Button href={links.event('kept-in-touch')}>I wrote to {facts.contact}</Button>
        <Otherwise
          level={level}
          of={[{ label: 'I have a name: write to the next person', href: links.home }, leaveIt(facts)]}
        />
      </>
    )
  },
}

export const closeTheLoop: Mail = {
  subject: ({ contact }) => `Tell ${contact} what came of it`,
  preview: () => 'A few lines on what you did with the advice. Not done yet? There is a version for that.',
  title: ({ who }) => <>Tell {who} what came of it</>,
  announced: 'telling them what you did with their advice',
  Body: (facts) => {
    const { links, request, who, level } = facts
    const { promised, promisedBy } = request.outcome ?? {}
    return (
      <>
        <P>
          {promisedBy
            ? `The day you had set yourself has come. Send ${facts.contact} a few lines on where it stands.`
            : `Some time has passed since your talk. Send ${facts.contact} a few lines on what you did with it.`}{' '}
          Done, half done or not begun: each of them is worth telling.
        </P>
        {promised && (
          <>
            <Sub level={level}>You noted</Sub>
            <Kept>{promised}</Kept>
          </>
        )}
        <Written {...facts} name="close-the-loop" heading={<>Your note to {who}</>} />
        <Button href={links.event('kept-in-touch')}>I wrote to {facts.contact}</Button>
        <Otherwise level={level} of={[leaveIt(facts)]} />
      </>
    )
  },
}

/** The second of the two nudges comes four months after the last contact, the first after one. */
const isLastNudge = ({ request, now, calendar }: Facts): boolean => {
  const contact = request.history.findLast(({ event }) => event === 'thanked' || event === 'kept-in-touch')
  return !!contact && haveDaysPassed(75, contact.at, now, calendar)
}

/** What was promised belongs to the mail of the day it was promised for; after that day it is not brought up again. */
const beyondThePromise = ({ request, now }: Facts): InterviewRequest => {
  const { promised, ...outcome } = request.outcome ?? {}
  const today = toDate(dayOf(toMs(now), request.seeker.timeZone))
  return promised && !(outcome.promisedBy && outcome.promisedBy > today) ? { ...request, outcome } : request
}

/** The second time round it is likelier that something has changed on their side than on the seeker's. */
const reasonsFor = (facts: Facts): ReturnType<typeof reasonsToWrite> => {
  const reasons = reasonsToWrite(beyondThePromise(facts))
  return isLastNudge(facts) ? reasons.toReversed() : reasons
}

export const keepInTouch: Mail = {
  subject: (facts) =>
    isLastNudge(facts) ? `A few months on: a word to ${facts.contact}` : `Three reasons to write to ${facts.contact}`,
  preview: (facts) =>
    isLastNudge(facts)
      ? 'The last nudge of its kind. Something may have changed since, for one of you.'
      : 'Choose one, or none. If you were in touch anyway, tell us and the count starts afresh.',
  title: (facts) =>
    isLastNudge(facts) ? <>A few months on: a word to {facts.who}</> : <>Three reasons to write to {facts.who}</>,
  announced: 'a reason to be in touch again',
  announcedAgain: 'one more reason, the last of its kind',
  Body: (facts) => {
    const { links, who, level } = facts
    const last = isLastNudge(facts)
    return (
      <>
        {last ? (
          <P>
            Some months have gone by. If you and {who} wrote to each other in between, say so, and there is nothing else
            to do. If not, something may have changed for one of you:
          </P>
        ) : (
          <P>
            Were you and {who} in touch lately? Then say so, and there is nothing else to do. If not, one of these may
            be true today:
          </P>
        )}
        <List
          ordered
          of={reasonsFor(facts).map(({ reason, hint }) => (
            <>
              <Strong>{reason}.</Strong> <span dir="auto">{hint}</span>
            </>
          ))}
        />
        <Button href={links.event('kept-in-touch')}>We were in touch</Button>
        <Written {...facts} name="keep-in-touch" heading="A short hello" />
        <P>
          {last
            ? 'This is the last nudge of its kind. Write only if you like to; a talk may also simply have been a good talk.'
            : 'If none of them fits, let it be. A note without a reason is a chore for two.'}
        </P>
        <Otherwise level={level} of={[leaveIt(facts)]} />
      </>
    )
  },
}

export const pauseContact: Mail = {
  subject: ({ contact }) => `We stop reminding you of ${contact}`,
  preview: () => 'Nothing to do. One click starts it again whenever you like.',
  title: () => 'We stop here',
  announced: 'the end of these reminders',
  Body: (facts) => {
    const { links, who } = facts
    return (
      <>
        <P>
          Nothing to do. You have had two nudges to write to {who}, and a third would be one too many. So we stop; what
          you learned stays yours.
        </P>
        <P>If the two of you are in touch again one day, tell us, and we start counting afresh.</P>
        <Button href={links.event('kept-in-touch')}>We were in touch</Button>
        <Answers
          of={[
            { label: 'Write to somebody new', href: links.home },
            { label: 'Close this for good', href: links.event('closed') },
          ]}
        />
      </>
    )
  },
}

export const gratitude: Mail = {
  subject: ({ contact }) => `Good news is worth a word to ${contact}`,
  preview: () => 'You found what you were looking for. One note, and then we leave you in peace.',
  title: () => 'You got there',
  announced: 'a word of thanks to the one who helped',
  Body: (facts) => {
    const { links, stage, who, level } = facts
    return (
      <>
        <P>
          Congratulations. One thing is left: tell {who} how it ended. It may be the nicest mail you write this year.
        </P>
        <Written {...facts} name="gratitude" heading={<>Your note to {who}</>} />
        <Sub level={level}>And then we are done</Sub>
        <P>
          We send you nothing more about this. What we keep is deleted after {stage.retention.closedDays} days, and
          sooner if you like: on <A href={links.page}>your page</A> you can take a copy, or erase it at once.
        </P>
        <P>
          If others helped you too, each of them deserves a line of their own. And somebody behind you will soon ask for
          twenty minutes of yours.
        </P>
      </>
    )
  },
}
