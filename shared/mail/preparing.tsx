import type { Meeting } from '../request.ts'
import { Aside, List, P, Sub } from './blocks.tsx'
import { weekdayIn } from './dates.ts'
import type { Mail } from './facts.tsx'
import { MeetingDetails, meetingAnswers, Otherwise, Written } from './parts.tsx'
import { Aim, Opening, Questions, Research, TimeBudget } from './sheet.tsx'

/** Getting ready: three working days ahead, and once more on the eve. */

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
    const told = includes('invitation')
    return (
      <>
        <P>Set aside three quarters of an hour before you talk. Everything you need for it is on this sheet.</P>
        {!told && (
          <>
            <MeetingDetails meeting={meeting} zone={seeker.timeZone} links={links} />
            <Aside>The calendar entry is attached once more, in case it got lost.</Aside>
          </>
        )}
        <Aim {...facts} />
        <Questions {...facts} />
        <Opening {...facts} />
        <Research {...facts} />
        <TimeBudget level={level} meeting={meeting} />
        <Sub level={level}>Take along</Sub>
        <List
          of={[
            'This sheet, a pen and paper.',
            goal === 'resume-feedback' ? (
              <>One page of your CV, ready and out of sight until {who} offers to look at it.</>
            ) : (
              'No CV, unless they asked for it.'
            ),
          ]}
        />
        {!told && <Otherwise level={level} heading="If it changes" of={meetingAnswers(facts)} />}
      </>
    )
  },
}

/** A link, a telephone number or a door: told by what was typed, and by nothing where that is unclear. */
const kindOf = ({ place = '' }: Meeting): keyof typeof onTheDay => {
  if (place === '') return 'unsettled'
  if (/https?:|zoom|teams|webex|skype|video|meet\./i.test(place)) return 'link'
  return /\b(?:phone|call)|^\+?[\d\s()./-]{6,}$/i.test(place) ? 'telephone' : 'door'
}

const onTheDay = {
  link: [
    'Try the link today: sound, camera, and the light in front of you.',
    'Dress as they do at work, a shade neater.',
    'Keep the telephone at hand, in case the line fails.',
  ],
  telephone: [
    'Be sure who calls whom. If it is you, call on the minute.',
    'A quiet room, a charged telephone, this sheet in front of you.',
    'Stand up, or smile: it can be heard.',
  ],
  door: [
    'Be in the building ten minutes early, and ask for them five minutes before the time.',
    'Dress as they do at work, a shade neater.',
    'Put the telephone away. Paper looks like listening.',
  ],
  unsettled: [
    'Settle the place today: who calls whom, which link, or which door.',
    'Dress as they do at work, a shade neater.',
    'Keep this sheet in front of you.',
  ],
} as const satisfies Record<string, readonly string[]>

export const dayBefore: Mail = {
  subject: ({ request, contact }) =>
    request.meeting
      ? `${weekdayIn(request.meeting.startsAt, request.seeker.timeZone)}: you and ${contact}`
      : `Your talk with ${contact}`,
  preview: () => 'Place, time and your questions on one sheet. One short note to send today.',
  title: ({ request, who, mail }) =>
    mail !== 'day-before' ? (
      'On the day'
    ) : request.meeting ? (
      <>
        {weekdayIn(request.meeting.startsAt, request.seeker.timeZone)}: you and {who}
      </>
    ) : (
      <>You and {who}</>
    ),
  announced: 'place, time and your questions on one sheet',
  Body: (facts) => {
    const { request, links, who, level, includes, mail } = facts
    const { meeting, seeker } = request
    if (!meeting) return <Questions {...facts} />
    const alone = mail === 'day-before'
    // An invitation of the same day brings the note that confirms the date.
    const noteToSend = !includes('invitation')
    return (
      <>
        {noteToSend && (
          <P>One thing to send today: the short note below. The rest of this sheet is for the day itself.</P>
        )}
        {alone && <MeetingDetails meeting={meeting} zone={seeker.timeZone} links={links} />}
        {noteToSend && <Written {...facts} name="day-before" heading={<>A line to {who}</>} />}
        {(alone || noteToSend) && <Sub level={level}>{alone ? 'On the day' : 'Small things'}</Sub>}
        <List of={onTheDay[kindOf(meeting)]} />
        {!includes('prepare') && (
          <>
            <Aim {...facts} />
            <Questions {...facts} />
            <TimeBudget level={level} meeting={meeting} />
          </>
        )}
        {alone && <Otherwise level={level} heading="If it changes" of={meetingAnswers(facts)} />}
      </>
    )
  },
}
