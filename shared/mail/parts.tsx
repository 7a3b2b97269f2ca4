import type { ReactNode } from 'react'
import { zoneInWords } from '../drafts/notes.ts'
import type { AskBack, DraftName } from '../drafts.ts'
import type { Meeting } from '../request.ts'
import { A, type Answer, Answers, Button, Letter, List, P, Strong, Sub, Theirs } from './blocks.tsx'
import { clockIn, dayIn, zoneIn } from './dates.ts'
import type { Facts } from './facts.tsx'

/** What several mails have in common. */

export const numberWord = (count: number): string =>
  ['no', 'one', 'two', 'three', 'four', 'five', 'six'][count] ?? `${count}`

/** Asked back, never invented. */
export const Asked = ({ asks, links }: Facts & AskBack) => (
  <>
    <List of={asks.map(({ question }) => <Theirs key={question}>{question}</Theirs>)} />
    <Button href={links.page}>{asks.length === 1 ? 'Answer on your page' : 'Answer them on your page'}</Button>
    <P>It takes a line or two. The draft is on the same page as soon as you have saved.</P>
  </>
)

/** A draft under its heading, or the question that comes before it. */
export const Written = (facts: Facts & { name: DraftName; heading: ReactNode; children?: ReactNode }) => {
  const { name, heading, children, level, request, links } = facts
  const draft = facts.draft(name)
  if (draft.kind === 'ask') {
    return (
      <>
        <Sub level={level}>{heading}</Sub>
        <P>
          Before we can write this one, we would like to ask you{' '}
          {draft.asks.length === 1 ? 'something' : 'a few things'}. <A href={links.page}>Answer on your page</A>, and
          the draft is there at once.
        </P>
        <List of={draft.asks.map(({ question }) => <Theirs key={question}>{question}</Theirs>)} />
      </>
    )
  }
  // A subject belongs to an email: on LinkedIn there is none, and a telephone has no such field.
  const subject = request.channel === 'email' && name !== 'draft-short'
  const { alternative, ...first } = draft
  return (
    <>
      <Sub level={level}>{heading}</Sub>
      {children}
      {/* The times that a reply offers are those of the day on which it is read: elsewhere they would be others. */}
      <Letter draft={first} href={name === 'arrange' ? undefined : links.draft(name)} subject={subject} />
      {alternative && (
        <>
          <Sub level={3}>{alternative.when}</Sub>
          <Letter draft={{ ...draft, body: alternative.body }} href={links.draft(name)} subject={false} brief />
        </>
      )}
    </>
  )
}

/** What may have happened while a letter is out. */
export const whileOut = ({ links, who }: Facts): Answer[] => [
  { label: 'We have a date', href: links.event('scheduled') },
  { label: <>{who} asked me to come back later</>, href: links.event('deferred') },
  { label: <>{who} would rather not</>, href: links.event('declined') },
]

export const pauseAnswer = ({ links }: Facts): Answer => ({
  label: 'Pause all of this for a while',
  href: links.event('paused'),
})

export const leaveIt = ({ links }: Facts): Answer => ({
  label: 'Leave it there, and send nothing more about this',
  href: links.event('closed'),
})

/** When, where and how long, each date with weekday and zone; in the seeker's own time as well, where that differs. */
export const MeetingDetails = ({
  meeting,
  zone,
  links,
  name,
}: {
  meeting: Meeting
  zone: string
  links: Facts['links']
  name?: string
}) => {
  const { startsAt, timeZone, minutes, place } = meeting
  const [theirDay, ownDay] = [dayIn(startsAt, timeZone), dayIn(startsAt, zone)]
  const local = clockIn(startsAt, zone) !== clockIn(startsAt, timeZone) || ownDay !== theirDay
  return (
    <List
      of={[
        ...(name
          ? [
              <>
                <Strong>With:</Strong> <Theirs>{name}</Theirs>
              </>,
            ]
          : []),
        <>
          <Strong>Day:</Strong> {ownDay}
          {ownDay !== theirDay && ` for you (${theirDay}, by ${zoneInWords(timeZone)})`}
        </>,
        <>
          <Strong>Time:</Strong> {clockIn(startsAt, timeZone)}, {zoneIn(startsAt, timeZone)}
          {local && (
            <>
              . For you that is {clockIn(startsAt, zone)}
              {ownDay !== theirDay && ` on ${ownDay}`}, {zoneIn(startsAt, zone)}
            </>
          )}
        </>,
        <>
          <Strong>Length:</Strong> {minutes} minutes
        </>,
        place ? (
          <>
            <Strong>Place:</Strong> <Theirs>{place}</Theirs>
          </>
        ) : (
          <>
            <Strong>Place:</Strong> not set yet.{' '}
            <A href={links.event('rescheduled')}>Add a place, a link or a number</A>
          </>
        ),
      ]}
    />
  )
}

export const meetingAnswers = ({ links }: Facts): Answer[] => [
  { label: 'The time or the place has changed', href: links.event('rescheduled') },
  { label: 'It has been called off', href: links.event('cancelled') },
]

export const Otherwise = ({
  level,
  of,
  heading = 'Something else?',
}: {
  level: Facts['level']
  of: Answer[]
  heading?: string
}) => (
  <>
    <Sub level={level}>{heading}</Sub>
    <Answers of={of} />
  </>
)

/** What is planned, should nothing happen before: nobody is left to wonder. */
export const Coming = ({ of, links }: Facts & { of: readonly { day: string; what: string }[] }) =>
  of.length === 0 ? null : (
    <>
      <Sub level={2}>What comes next</Sub>
      <P>Unless you tell us otherwise before then:</P>
      <List
        of={of.map(({ day, what }) => (
          <>
            <Strong>{day}:</Strong> {what}
          </>
        ))}
      />
      <P>
        You can pause or stop all of it <A href={links.page}>on your page</A>.
      </P>
    </>
  )
