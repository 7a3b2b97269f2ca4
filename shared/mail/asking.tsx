import { nameOf, wordsIn } from '../drafts/clauses.ts'
import type { Draft } from '../drafts.ts'
import { lint } from '../lint.ts'
import type { Channel, InterviewRequest } from '../request.ts'
import { A, Aside, Button, List, P, Strong, Sub, Theirs } from './blocks.tsx'
import { businessDaysBetween } from './dates.ts'
import type { Facts, Mail } from './facts.tsx'
import { Asked, numberWord, Otherwise, pauseAnswer, Written } from './parts.tsx'

/** The first step: an address that is confirmed, and a message that is sent. */

/** Nothing in here was typed by anybody but us: it may have been sent to a stranger. */
export const confirm: Mail = {
  subject: ({ stage }) => `Confirm your address for ${stage.brand.name}`,
  preview: () => 'One click and your draft is on its way. If this was not you, there is nothing to do.',
  title: () => 'Is this your address?',
  announced: 'a mail to confirm your address',
  Body: ({ stage, links, request }) => (
    <>
      <P>
        Somebody filled in the form at {stage.brand.name} and gave this address. If it was you, please confirm it, and
        the draft of your first message follows within a minute or two.
      </P>
      {request.tips && (
        <P>
          The form asked for our tips as well, and the same click subscribes you to them: weekly mails on asking people
          about their work. Each has a link that ends the tips, and only them.
        </P>
      )}
      <Button href={links.confirm}>Confirm this address</Button>
      <Aside>The link opens a page with one button. Nothing happens until you press it.</Aside>
      <P>
        If it was not you, there is nothing to do. Without that click this is the only mail about it, and what was sent
        in is deleted after {stage.retention.unconfirmedDays} days.
      </P>
    </>
  ),
}

const questionsAhead = (facts: Facts): number => {
  const draft = facts.draft('draft')
  return draft.kind === 'ask' ? draft.asks.length : 0
}

const isCall = ({ request }: Facts): boolean => request.channel === 'phone'

const reach = (facts: Facts): string => (isCall(facts) ? 'call' : 'write to')

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const told = { email: 'I sent it', linkedin: 'I sent it', phone: 'I called' } as const satisfies Record<Channel, string>

const notAtAll = {
  email: 'I will not write this one',
  linkedin: 'I will not write this one',
  phone: 'I will not call',
} as const satisfies Record<Channel, string>

/** What the rules of a good first message say about this one. */
const verdict = (draft: Draft, request: InterviewRequest): string => {
  const findings = lint(draft, request)
  if (findings.length > 0) return findings.map(({ message }) => message).join(' ')
  if (request.channel === 'phone')
    return 'It says who you are, why you call them and what you ask, and never mentions a job.'
  return `${wordsIn(draft.body)} words, one clear question, and no word about a job.`
}

export const draft: Mail = {
  subject: (facts) => {
    const asked = questionsAhead(facts)
    if (asked === 0) return isCall(facts) ? `What to say to ${facts.contact}` : `Your first message to ${facts.contact}`
    return `${asked === 1 ? 'One question' : 'A few questions'} before you ${reach(facts)} ${facts.contact}`
  },
  preview: (facts) =>
    questionsAhead(facts) > 0
      ? 'We would rather ask than make something up. It takes a line or two.'
      : `Read it aloud once, change what does not sound like you, and ${isCall(facts) ? 'call' : 'send it yourself'}.`,
  title: (facts) => {
    const asked = questionsAhead(facts)
    if (asked === 0) return isCall(facts) ? <>What to say to {facts.who}</> : <>Your message to {facts.who} is ready</>
    return (
      <>
        {capital(numberWord(asked))} {asked === 1 ? 'question' : 'questions'} before you {reach(facts)} {facts.who}
      </>
    )
  },
  announced: 'your first message, ready to be made your own',
  why: (facts) =>
    questionsAhead(facts) > 0 ? 'You asked for a first message, and we need a little more to write it.' : undefined,
  Body: (facts) => {
    const { request, links, who, level } = facts
    const { channel } = request
    const letter = facts.draft('draft')
    if (letter.kind === 'ask') {
      return (
        <>
          <P>
            The message stands on what you tell us, and something is still missing. We would rather ask than make it up:
          </P>
          <Asked {...facts} {...letter} />
        </>
      )
    }
    return (
      <>
        <P>
          {channel === 'phone'
            ? 'Read it aloud once, change what does not sound like you, and call.'
            : `Read it aloud once and change what does not sound like you. Then send it from your own ${channel === 'linkedin' ? 'account' : 'address'}.`}
        </P>
        {channel === 'linkedin' && (
          <Written {...facts} name="draft-short" heading="First, the note with your invitation" />
        )}
        <Written
          {...facts}
          name="draft"
          heading={
            channel === 'phone' ? (
              'Your words'
            ) : channel === 'linkedin' ? (
              <>Then, once {who} has accepted</>
            ) : (
              'Your email'
            )
          }
        />
        {channel !== 'linkedin' && (
          <Written {...facts} name="draft-short" heading="The short version, for LinkedIn">
            <P>In case you find {who} there more easily: a note to go with the invitation to connect.</P>
          </Written>
        )}
        <Sub level={level}>{channel === 'phone' ? 'Before you call' : 'Before it goes'}</Sub>
        <List
          of={[
            <>
              <Strong>We checked it:</Strong> {verdict(letter, request)}
            </>,
            <>
              <Strong>A good moment:</Strong> Tuesday to Thursday,{' '}
              {channel === 'phone' ? 'between 9 and 11' : 'between 8 and 11'} in the morning, by the clock where {who}{' '}
              is.
            </>,
            channel === 'phone' ? (
              <>
                <Strong>If they say “now is fine”:</Strong> have your first question ready, and a pen.
              </>
            ) : (
              <>
                <Strong>Nothing attached:</Strong> it asks for a talk. If they would like to see your CV, they will say
                so.
              </>
            ),
          ]}
        />
        <Sub level={level}>{channel === 'phone' ? 'Once you have called' : 'Once it is sent'}</Sub>
        <P>Tell us, and we count the days for you. Until then we cannot know.</P>
        <Button href={links.event('sent')}>{told[channel]}</Button>
        <Otherwise
          level={level}
          of={[
            { label: 'Change something in it', href: links.page },
            { label: <>I have a date with {who} already</>, href: links.event('scheduled') },
            { label: 'Not now: pause for a while', href: links.event('paused') },
            { label: notAtAll[channel], href: links.event('closed') },
          ]}
        />
      </>
    )
  },
}

/** The second and last of the two: it comes seven working days after the draft, the first comes after two. */
const isLastReminder = ({ request, now, calendar }: Facts): boolean => {
  const confirmed = request.history.findLast(({ event }) => event === 'confirmed')
  return !!confirmed && businessDaysBetween(confirmed.at, now, calendar, 5) >= 5
}

/** The smaller step on each road: the note for LinkedIn instead of an email, the note that was to go first, a time and a line to call with. */
const smaller = {
  email: {
    subject: (name) => `A shorter way to reach ${name}`,
    preview: 'A note for LinkedIn: a few lines and one small question. It can be gone in two minutes.',
    title: 'A shorter way to begin, on LinkedIn',
    announced: 'a shorter version for LinkedIn, if the message is still with you',
    why: 'You have not told us that the message is on its way: a shorter way to begin, on LinkedIn.',
    whyAtLast: 'You have not told us that the message is on its way: our last reminder.',
  },
  linkedin: {
    subject: (name) => `Your note to ${name} is still here`,
    preview: 'A few lines and one small question. It can be gone in two minutes.',
    title: 'Your note is still here',
    announced: 'the note for your invitation once more, if it is still with you',
    why: 'You have not told us that the invitation is on its way: its note once more.',
    whyAtLast: 'You have not told us that the invitation is on its way: our last reminder.',
  },
  phone: {
    subject: (name) => `A smaller way to begin your call to ${name}`,
    preview: 'A time, and one line to say. The rest stays on your page.',
    title: 'A smaller way to begin',
    announced: 'a smaller way to begin, if you have not called',
    why: 'You have not told us that you called: a smaller way to begin.',
    whyAtLast: 'You have not told us that you called: our last reminder.',
  },
} as const satisfies Record<
  Channel,
  {
    subject: (name: string) => string
    preview: string
    title: string
    announced: string
    why: string
    whyAtLast: string
  }
>

const noun = (facts: Facts): string => (isCall(facts) ? 'call' : 'message')

const SmallerStep = (facts: Facts) => {
  const { request, links, who, level } = facts
  switch (request.channel) {
    case 'email':
      return (
        <>
          <Written {...facts} name="draft-short" heading="The small version, for LinkedIn" />
          <P>
            Or take <A href={links.draft('draft')}>your email</A>; it is as good as on the first day.
          </P>
        </>
      )
    case 'linkedin':
      return (
        <>
          <Written {...facts} name="draft-short" heading="The note with your invitation" />
          <P>
            <A href={links.draft('draft')}>The message that follows</A>, once {who} has accepted, is still there as
            well.
          </P>
        </>
      )
    case 'phone':
      return (
        <>
          <Sub level={level}>The small version</Sub>
          <List
            ordered
            of={[
              <>
                <Strong>A time:</Strong> put ten minutes into your calendar, on a Tuesday, Wednesday or Thursday,
                between 9 and 11 in the morning by the clock where {who} is.
              </>,
              <>
                <Strong>A line:</Strong> “Hello, this is <Theirs>{nameOf(request.seeker.name)}</Theirs>. Is this a good
                moment for a short question?”
              </>,
              <>
                <Strong>The rest:</Strong> have <A href={links.draft('draft')}>your words</A> in front of you, and read
                from them if you like.
              </>,
            ]}
          />
        </>
      )
  }
}

/** What the first of the two says before the smaller step. */
const Encouraged = ({ request, who }: Facts) => {
  switch (request.channel) {
    case 'email':
      return (
        <P>
          Have you two minutes, and is {who} on LinkedIn? Then send this note there instead, with an invitation to
          connect. It asks for nothing else, and the real question can wait until {who} has accepted.
        </P>
      )
    case 'linkedin':
      return (
        <P>
          Have you two minutes? Then send the invitation, with the note below. It only asks {who} to connect, and the
          real question can wait.
        </P>
      )
    case 'phone':
      return (
        <P>You need not call this minute. Choose when, and have your first line ready; the rest follows from it.</P>
      )
  }
}

const stays = { email: 'Your message', linkedin: 'Your note', phone: 'What you want to say' } as const satisfies Record<
  Channel,
  string
>

export const draftReminder: Mail = {
  subject: (facts) =>
    questionsAhead(facts) > 0
      ? `A line is missing for your ${noun(facts)} to ${facts.contact}`
      : isLastReminder(facts)
        ? `Your ${noun(facts)} to ${facts.contact}: our last reminder`
        : smaller[facts.request.channel].subject(facts.contact),
  preview: (facts) => {
    const last = isLastReminder(facts)
    if (questionsAhead(facts) > 0)
      return `A line or two from you, and the draft is there.${last ? ' We do not ask again.' : ''}`
    return last
      ? 'It stays on your page for the day you want it. We do not ask again.'
      : smaller[facts.request.channel].preview
  },
  title: (facts) =>
    questionsAhead(facts) > 0 ? (
      <>
        Your {noun(facts)} to {facts.who} waits for a line
      </>
    ) : isLastReminder(facts) ? (
      'It keeps, until you want it'
    ) : (
      smaller[facts.request.channel].title
    ),
  announced: (facts) => {
    const asked = questionsAhead(facts)
    if (asked === 0) return smaller[facts.request.channel].announced
    return asked === 1 ? 'the same question, if it is still open' : 'the same questions, if they are still open'
  },
  announcedAgain: 'one last word about it',
  why: (facts) => {
    if (questionsAhead(facts) > 0) return 'You asked for a first message, and we still need a little more to write it.'
    const { why, whyAtLast } = smaller[facts.request.channel]
    return isLastReminder(facts) ? whyAtLast : why
  },
  Body: (facts) => {
    const { links, who, level, request } = facts
    const { channel } = request
    const letter = facts.draft('draft')
    const last = isLastReminder(facts)
    const others = [pauseAnswer(facts), { label: notAtAll[channel], href: links.event('closed') }]
    if (letter.kind === 'ask') {
      return (
        <>
          <P>One thing to do: answer {letter.asks.length === 1 ? 'this' : 'these'}, and the draft is ready.</P>
          <Asked {...facts} {...letter} />
          {last && <P>We do not ask again. Your page stays where it is.</P>}
          <Otherwise level={level} of={others} />
        </>
      )
    }
    return (
      <>
        {last ? (
          <P>
            Nothing needs to be done today. {stays[channel]} to {who} stays on your page, and this is the last time we
            bring it up. If you still like the idea,{' '}
            {channel === 'linkedin' ? 'the note below' : 'the small version below'} is a way in.
          </P>
        ) : (
          <Encouraged {...facts} />
        )}
        <SmallerStep {...facts} />
        <Button href={links.event('sent')}>{told[channel]}</Button>
        <Otherwise level={level} of={others} />
      </>
    )
  },
}
