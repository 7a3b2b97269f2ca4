import { organizationOf } from '../drafts/readings.ts'
import type { Meeting } from '../request.ts'
import { Aside, List, P, Strong, Sub, Theirs } from './blocks.tsx'
import { weekdayIn } from './dates.ts'
import type { Facts, Mail } from './facts.tsx'
import { MeetingDetails, meetingAnswers, Otherwise, Written } from './parts.tsx'
import { Questions, sheetOf } from './sheet.tsx'

/** The sheet to go in with, three working days ahead and once more on the eve. */

/** What fits into so many minutes: where the time goes, in the order in which it passes. */
export const timeBudget = (minutes: number): { from: number; to: number; what: string }[] => {
  if (minutes < 10) {
    return [
      { from: 0, to: 1, what: 'thank them, and say in one sentence why you ask' },
      { from: 1, to: minutes - 1, what: 'your first must-ask, and listen' },
      { from: minutes - 1, to: minutes, what: 'thank them, and end' },
    ]
  }
  const opening = 2
  const closing = minutes >= 20 ? 3 : 2
  const middle = opening + Math.round((minutes - opening - closing) * 0.65)
  return [
    { from: 0, to: opening, what: 'thank them, and your opening' },
    { from: opening, to: middle, what: 'your three must-asks; listen more than you speak' },
    { from: middle, to: minutes - closing, what: 'what came up on the way, and the other questions' },
    { from: minutes - closing, to: minutes, what: 'who else you might learn from, thanks, and end on time' },
  ]
}

const TimeBudget = ({ level, meeting }: { level: Facts['level']; meeting: Meeting }) => (
  <>
    <Sub level={level}>Your {meeting.minutes} minutes</Sub>
    <List
      of={timeBudget(meeting.minutes).map(({ from, to, what }) => (
        <>
          <Strong>
            {from}–{to}:
          </Strong>{' '}
          {what}
        </>
      ))}
    />
    <P>When the time is up, say so yourself. If they want to go on, they will tell you.</P>
  </>
)

const Goal = (facts: Facts) => (
  <>
    <Sub level={facts.level}>Why you are going</Sub>
    <P>{sheetOf(facts).aim}</P>
  </>
)

const Opening = (facts: Facts) => (
  <>
    <Sub level={facts.level}>Your first minute</Sub>
    <P>Say it in your own words. Aloud, twice, is enough practice.</P>
    <P>“{sheetOf(facts).opening}”</P>
  </>
)

export const prepare: Mail = {
  subject: ({ contact }) => `Prepare for your talk with ${contact}`,
  preview: () => 'Your questions in order, what to read first, and how the minutes pass.',
  title: ({ who }) => <>Getting ready for {who}</>,
  announced: 'your questions in order, and what to read',
  calendar: true,
  Body: (facts) => {
    const { request, links, who, level, includes } = facts
    const { meeting, seeker, goal } = request
    if (!meeting) return <Questions {...facts} />
    const organization = <Theirs>{organizationOf(request)}</Theirs>
    return (
      <>
        <P>
          Set aside three quarters of an hour before {weekdayIn(meeting.startsAt, seeker.timeZone)}: half for reading,
          half for your questions. Everything you need is below.
        </P>
        {!includes('invitation') && (
          <>
            <MeetingDetails meeting={meeting} zone={seeker.timeZone} links={links} />
            <Aside>The calendar entry is attached once more, in case it got lost.</Aside>
          </>
        )}
        <Goal {...facts} />
        <Questions {...facts} />
        <Opening {...facts} />
        <Sub level={level}>What to read first</Sub>
        <P>Never ask what a search would have told you. Four things, ten minutes each at the most:</P>
        <List
          of={[
            <>
              <Strong>The person:</Strong> {who}’s profile or team page. Which turn in the path makes you curious?
            </>,
            <>
              <Strong>The place:</Strong> what {organization} does, for whom, and how large it is.
            </>,
            <>
              <Strong>The news:</Strong> one thing from the last months about {organization} or the field.
            </>,
            <>
              <Strong>The roles:</Strong> two or three postings there, read for the words they use. You are not
              applying.
            </>,
          ]}
        />
        <TimeBudget level={level} meeting={meeting} />
        <Sub level={level}>Take along</Sub>
        <List
          of={[
            'this sheet, a pen and paper',
            goal === 'resume-feedback' ? (
              <>one page of your CV, in the bag until {who} offers to look at it</>
            ) : (
              'no CV, unless they asked for it'
            ),
          ]}
        />
        {!includes('invitation') && <Otherwise level={level} heading="If it changes" of={meetingAnswers(facts)} />}
      </>
    )
  },
}

/** A link, a number or a house: told by what was typed, and by nothing when that is unclear. */
const kindOf = ({ place = '' }: Meeting): 'link' | 'phone' | 'room' | 'unknown' => {
  if (/https?:|zoom|teams|meet\.|webex|skype|video/i.test(place)) return 'link'
  if (/phone|call|^\+?[\d\s()./-]{6,}$/i.test(place)) return 'phone'
  return place === '' ? 'unknown' : 'room'
}

const onTheDay = {
  link: [
    'Try the link today: sound, camera, light from the front.',
    'Dress as they do at work, a shade neater.',
    'Keep the telephone at hand, in case the line fails.',
  ],
  phone: [
    'Agree on who calls whom. If it is you, call on the minute.',
    'A quiet room, a charged telephone, this sheet in front of you.',
    'Stand up or smile: it can be heard.',
  ],
  room: [
    'Be in the building ten minutes early, and ask for them five minutes early.',
    'Dress as they do at work, a shade neater.',
    'Put the telephone away. Paper looks like listening.',
  ],
  unknown: [
    'Settle the place today: who calls whom, which link, or which door.',
    'Dress as they do at work, a shade neater.',
    'Keep this sheet in front of you.',
  ],
} as const

export const dayBefore: Mail = {
  subject: ({ request, contact }) =>
    request.meeting
      ? `${weekdayIn(request.meeting.startsAt, request.meeting.timeZone)}: you and ${contact}`
      : `Your talk with ${contact}`,
  preview: () => 'Place, time and your questions on one sheet. One short note to send today.',
  title: ({ request, who, includes, mail }) =>
    mail !== 'day-before' && includes('day-before') ? (
      'On the day'
    ) : request.meeting ? (
      <>
        {weekdayIn(request.meeting.startsAt, request.meeting.timeZone)}: you and {who}
      </>
    ) : (
      <>You and {who}</>
    ),
  announced: 'place, time and your questions on one sheet',
  Body: (facts) => {
    const { request, links, who, level, includes } = facts
    const { meeting, seeker } = request
    if (!meeting) return <Questions {...facts} />
    const alone = !includes('prepare')
    return (
      <>
        {!includes('invitation') && (
          <>
            <P>One thing to send today: the short note below. The rest of this sheet is for the day itself.</P>
            {alone && <MeetingDetails meeting={meeting} zone={seeker.timeZone} links={links} />}
            <Written {...facts} name="day-before" heading={<>A line to {who}</>} />
          </>
        )}
        <Sub level={level}>{includes('invitation') || !alone ? 'Small things' : 'On the day'}</Sub>
        <List of={onTheDay[kindOf(meeting)]} />
        {alone && (
          <>
            <Goal {...facts} />
            <Questions {...facts} />
            <TimeBudget level={level} meeting={meeting} />
          </>
        )}
        {!includes('invitation') && alone && (
          <Otherwise level={level} heading="If it changes" of={meetingAnswers(facts)} />
        )}
      </>
    )
  },
}
