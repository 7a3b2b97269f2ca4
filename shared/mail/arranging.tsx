import { Answers, Button, P, Sub } from './blocks.tsx'
import { dayIn, weekdayIn, whenIn } from './dates.ts'
import type { Facts, Mail } from './facts.tsx'
import { MeetingDetails, meetingAnswers, Otherwise, pauseAnswer, Written, whileOut } from './parts.tsx'

/** From their yes to a date in the calendar. */

/** Why there is no date: they answered, the date was called off, or nobody came. */
const cause = ({ request }: Facts): string =>
  request.history.findLast(({ event }) => ['replied', 'cancelled', 'not-met'].includes(event))?.event ?? 'replied'

const wasCalledOff = (facts: Facts): boolean => facts.request.meeting?.status === 'cancelled'

const ReplyDraft = (facts: Facts) => {
  const { request, who } = facts
  return (
    <Written {...facts} name="arrange" heading={<>Your answer to {who}</>}>
      <P>
        The times are our suggestion, by your clock, on the next good working days: hold them against your calendar
        first. If {who} lives in another zone, add the hour there.
      </P>
      {request.channel === 'phone' && (
        <P>If you talk on the telephone, read the times out and write down the one you agree on.</P>
      )}
    </Written>
  )
}

export const arrange: Mail = {
  subject: (facts) =>
    cause(facts) === 'replied' ? `${facts.contact} answered: offer three times` : `A new time with ${facts.contact}`,
  preview: (facts) =>
    cause(facts) === 'replied'
      ? 'Answer today if you can. Three times to choose from are in the draft.'
      : 'The old entry leaves your calendar. A note with three new times is ready.',
  title: (facts) =>
    cause(facts) === 'replied' ? <>{facts.who} answered. Now a time</> : <>A new time with {facts.who}</>,
  announced: 'a reply that offers times',
  why: (facts) => (cause(facts) === 'replied' ? undefined : 'The date is off: a note that offers new times.'),
  calendar: true,
  Body: (facts) => {
    const { request, links, who, level } = facts
    const { meeting, minutes } = request
    const why = cause(facts)
    return (
      <>
        {why === 'replied' ? (
          <P>
            Good. If it was a yes, answer today: within a day, while you are on their mind. The note below offers three
            times, so that {who} only has to choose.
          </P>
        ) : (
          <P>
            {why === 'cancelled' ? 'It was called off, and that happens.' : 'So it did not happen this time.'} Send the
            note below within a day: a new date is easiest to find while the old one is fresh.
          </P>
        )}
        {meeting && wasCalledOff(facts) && (
          <P>
            Open the attached file, and the talk on {whenIn(meeting.startsAt, meeting.timeZone)} leaves your calendar.
            If it is gone already, ignore the file.
          </P>
        )}
        <ReplyDraft {...facts} />
        <Sub level={level}>Once you have agreed</Sub>
        <P>
          Settle four things: the day, the hour, the {minutes} minutes, and the place, link or number. Then tell us, and
          you get a calendar entry, your questions in time, and a note that confirms it.
        </P>
        <Button href={links.event('scheduled')}>We have a date</Button>
        <Sub level={level}>Something else?</Sub>
        {why === 'replied' && (
          <P>An automatic reply is not an answer: for that, choose “come back later” and give the day they return.</P>
        )}
        <Answers of={[...whileOut(facts).slice(1), pauseAnswer(facts)]} />
      </>
    )
  },
}

export const arrangeReminder: Mail = {
  subject: ({ contact }) => `A time with ${contact}, still to be found`,
  preview: () => 'If you have a date, tell us. If not, the note with three new times is here.',
  title: ({ who }) => <>A time with {who}, still to be found</>,
  announced: 'the same reply with new times, if there is no date yet',
  Body: (facts) => {
    const { links, level } = facts
    return (
      <>
        <P>If you have a date already, tell us, and the calendar entry comes at once.</P>
        <Button href={links.event('scheduled')}>We have a date</Button>
        <P>If not, send the note below today. A talk that has a date takes place.</P>
        <ReplyDraft {...facts} />
        <Otherwise level={level} of={[...whileOut(facts).slice(1), pauseAnswer(facts)]} />
      </>
    )
  },
}

/**
 * The first date, a date that has moved, the same with something else about it, or a new one after the talk was called off: then
 * its entry has left the calendar.
 */
const dateIs = ({ request }: Facts): 'first' | 'moved' | 'same' | 'new' => {
  if (!request.meeting || request.meeting.sequence === 0) return 'first'
  const sets = request.history.filter(({ event }) => event === 'scheduled' || event === 'rescheduled')
  const [before, set] = sets.slice(-2)
  if (set?.event !== 'rescheduled') return 'new'
  return set.start === before?.start && set.timeZone === before?.timeZone ? 'same' : 'moved'
}

const openingIt = {
  first: {
    preview: 'Open the attached file and it is in your calendar. A note that confirms it is ready.',
    lead: 'Open the attached file once, and the talk is in your calendar, with two reminders.',
  },
  moved: {
    preview: 'Open the attached file: the entry in your calendar moves to the new time.',
    lead: 'The time has changed. Open the attached file once: the entry in your calendar moves, and no second one appears.',
  },
  same: {
    preview: 'Open the attached file: the entry in your calendar takes over what you changed.',
    lead: 'The time is as it was. Open the attached file once: the entry in your calendar takes over the rest, and no second one appears.',
  },
  new: {
    preview: 'A new date: the attached file puts the talk back into your calendar.',
    lead: 'You have a new date. Open the attached file once, and the talk is back in your calendar, with two reminders.',
  },
} as const

export const invitation: Mail = {
  subject: ({ request, contact }) =>
    request.meeting
      ? `${dayIn(request.meeting.startsAt, request.seeker.timeZone)}: your talk with ${contact}`
      : `Your talk with ${contact}`,
  preview: (facts) => openingIt[dateIs(facts)].preview,
  title: ({ request, who }) =>
    request.meeting ? (
      <>
        {weekdayIn(request.meeting.startsAt, request.seeker.timeZone)}, with {who}
      </>
    ) : (
      <>Your talk with {who}</>
    ),
  announced: 'the calendar entry, and a note that confirms the date',
  calendar: true,
  Body: (facts) => {
    const { request, links, who, fullName, level } = facts
    const { meeting, seeker } = request
    if (!meeting) return <ReplyDraft {...facts} />
    return (
      <>
        <P>{openingIt[dateIs(facts)].lead}</P>
        <MeetingDetails meeting={meeting} zone={seeker.timeZone} links={links} name={fullName} />
        <Button href={links.calendar}>Open the calendar entry</Button>
        <Written {...facts} name="invitation" heading={<>A note to {who}</>}>
          <P>
            Send it today, unless {who} has confirmed the time to you in writing. It puts the same facts on both desks.
          </P>
        </Written>
        <Otherwise level={level} heading="If it changes" of={meetingAnswers(facts)} />
      </>
    )
  },
}
