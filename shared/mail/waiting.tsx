import { organizationOf } from '../drafts/readings.ts'
import { A, Answers, Button, List, P, Sub, Theirs } from './blocks.tsx'
import { dayIn } from './dates.ts'
import type { Facts, Mail } from './facts.tsx'
import { Otherwise, pauseAnswer, Written, whileOut } from './parts.tsx'

/** While the message is out: silence is normal, and no answer is an answer too. */

/** The day on which the next message of this thread may be due, if one is planned. */
const nextNudge = ({ upcoming, request }: Facts, mails: readonly string[]): string | undefined => {
  const next = upcoming.find(({ requestId, mail }) => requestId === request.id && mails.includes(mail))
  return next && dayIn(next.dueAt, request.seeker.timeZone)
}

export const widen: Mail = {
  subject: ({ contact }) => `Nothing to send to ${contact} today`,
  preview: () => 'A few quiet days are normal. The better use of today is a second name.',
  title: () => 'A few quiet days are normal',
  announced: 'a thought on a second person, if it is still quiet',
  Body: (facts) => {
    const { request, links, who, level } = facts
    const day = nextNudge(facts, ['follow-up'])
    return (
      <>
        <P>
          There is nothing to send to {who} today. Three working days say very little: people answer when their week
          lets them.{' '}
          {day
            ? `If it is still quiet on ${day}, we bring you a short follow-up.`
            : request.followUps === 0
              ? 'Please do not chase it.'
              : 'Please do not chase it yet.'}
        </P>
        <Sub level={level}>Think of a second person instead</Sub>
        <P>With two messages out, neither of them has to succeed. The second name is best found close to the first:</P>
        <List
          of={[
            <>
              somebody else at <Theirs>{organizationOf(request)}</Theirs> who does the work, on the team page or on
              LinkedIn;
            </>,
            'somebody with the same job in another place;',
            'somebody you know already, who may know one of them.',
          ]}
        />
        <Button href={links.home}>Write to a second person</Button>
        <Sub level={level}>If something has come back</Sub>
        <P>An automatic reply is not an answer: for that, choose “come back later” and give the day they return.</P>
        <Answers
          of={[{ label: <>{who} answered</>, href: links.event('replied') }, ...whileOut(facts), pauseAnswer(facts)]}
        />
      </>
    )
  },
}

/** The reply comes first: whoever has one need not read on. */
const FollowUp = (facts: Facts & { name: 'follow-up' | 'follow-up-2' | 'follow-up-3'; nth: number; how: string }) => {
  const { name, nth, how, links, who, request } = facts
  const isLast = request.followUps <= nth
  return (
    <>
      <P>First: has {who} answered? Then say so, and this mail has done its work.</P>
      <Button href={links.event('replied')}>{facts.contact} answered</Button>
      <Answers of={[...whileOut(facts), pauseAnswer(facts)]} />
      <Written {...facts} name={name} heading="If it is still quiet">
        <P>{request.channel === 'phone' ? 'Send this as a message, or say it on the telephone.' : how}</P>
      </Written>
      <P>
        {isLast
          ? 'After this one there is nothing more to send.'
          : 'There is no need to tell us that you sent it: we count on.'}
      </P>
    </>
  )
}

export const followUp: Mail = {
  subject: ({ contact }) => `A friendly follow-up to ${contact}`,
  preview: () => 'If it is still quiet: three sentences that ask for less than the first letter did.',
  title: () => 'One friendly follow-up',
  announced: 'a short, friendly follow-up, if it is still quiet',
  Body: (facts) => (
    <FollowUp
      {...facts}
      name="follow-up"
      nth={1}
      how="Reply to your own first message, so that it stands below this one and nobody has to search."
    />
  ),
}

export const followUp2: Mail = {
  subject: ({ contact }) => `A second, smaller note to ${contact}`,
  preview: () => 'If it is still quiet: something that can be answered in one line.',
  title: () => 'A second, smaller note',
  announced: 'a second, smaller follow-up, if it is still quiet',
  Body: (facts) => (
    <FollowUp
      {...facts}
      name="follow-up-2"
      nth={2}
      how="Again in the same thread. It can be answered in one line, between two other things."
    />
  ),
}

export const followUp3: Mail = {
  subject: ({ contact }) => `A last line to ${contact}`,
  preview: () => 'If it is still quiet: one sentence, and then the question may rest.',
  title: () => 'The last line',
  announced: 'the last follow-up, if it is still quiet',
  Body: (facts) => (
    <FollowUp
      {...facts}
      name="follow-up-3"
      nth={3}
      how="Once more in the same thread. One sentence, and then you have done all there is to do."
    />
  ),
}

export const letRest: Mail = {
  subject: ({ contact }) => `Your question to ${contact} may rest now`,
  preview: () => 'Nothing has to be sent today. You asked well; now it is somebody else’s turn.',
  title: () => 'This one may rest now',
  announced: 'if it stays quiet, a kind end to it and a look at who is next',
  Body: (facts) => {
    const { links, who, level } = facts
    return (
      <>
        <P>
          Nothing has to be sent today. You wrote to {who}, you gave it time, and it stayed quiet. That happens to good
          letters: you cannot see what their month looks like. We mark it as resting and send you nothing more about it.
        </P>
        <Sub level={level}>Who is next?</Sub>
        <P>You know how this goes now, and the next letter will come more easily.</P>
        <Button href={links.home}>Write to the next person</Button>
        <Written {...facts} name="let-rest" heading="A closing note, if you like">
          <P>You can leave it at that. If you would rather shut the door softly, this is for the same thread.</P>
        </Written>
        <Otherwise
          level={level}
          heading="If an answer comes after all"
          of={[
            { label: <>{who} answered</>, href: links.event('replied') },
            { label: 'We have a date', href: links.event('scheduled') },
          ]}
        />
      </>
    )
  },
}

export const resume: Mail = {
  subject: ({ contact }) => `Time to write to ${contact} again`,
  preview: () => 'You set this day yourself. A new note for the old thread is ready.',
  title: ({ who }) => <>Time to write to {who} again</>,
  announced: 'the day you come back to this, with a new note',
  why: () => 'The day you chose to come back to it: the thread, and a new note.',
  Body: (facts) => {
    const { links, request, who, level } = facts
    const deferred = request.history.findLast(({ event }) => event === 'deferred')
    const zone = request.seeker.timeZone
    return (
      <>
        <P>
          One thing to do today: answer in your old thread with the note below.{' '}
          {deferred && `On ${dayIn(deferred.at, zone)} you put this off until now. `}
          Whether {who} was away or asked for a later time: this is the day you chose to come back to it.
        </P>
        <Written {...facts} name="resume" heading={<>Your note to {who}</>} />
        <P>
          We take it that it goes out today and count the days from here. <A href={links.page}>See what comes next</A>.
        </P>
        <Otherwise
          level={level}
          heading="When something comes back"
          of={[{ label: <>{who} answered</>, href: links.event('replied') }, ...whileOut(facts), pauseAnswer(facts)]}
        />
      </>
    )
  },
}
