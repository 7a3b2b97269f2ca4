import { wordsIn } from '../drafts/clauses.ts'
import type { Draft } from '../drafts.ts'
import { lint } from '../lint.ts'
import type { Channel, InterviewRequest } from '../request.ts'
import { A, Aside, Button, List, P, Strong, Sub } from './blocks.tsx'
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
  Body: ({ stage, links }) => (
    <>
      <P>
        Somebody filled in the form at {stage.brand.name} and gave this address. If it was you, please confirm it, and
        the draft of your first message follows within a minute or two.
      </P>
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

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const told = { email: 'I sent it', linkedin: 'I sent it', phone: 'I called' } as const satisfies Record<Channel, string>

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
    return `${asked === 1 ? 'One question' : 'A few questions'} before you write to ${facts.contact}`
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
        {capital(numberWord(asked))} {asked === 1 ? 'question' : 'questions'} before you write to {facts.who}
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
            {
              label: channel === 'phone' ? 'I will not call' : 'I will not write this one',
              href: links.event('closed'),
            },
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

export const draftReminder: Mail = {
  subject: (facts) =>
    questionsAhead(facts) > 0
      ? `A line is missing in your message to ${facts.contact}`
      : isLastReminder(facts)
        ? `Your message to ${facts.contact}: our last reminder`
        : `A shorter way to write to ${facts.contact}`,
  preview: (facts) =>
    questionsAhead(facts) > 0
      ? 'One line from you, and the draft is there.'
      : isLastReminder(facts)
        ? 'It stays on your page for the day you want it. We do not ask again.'
        : 'Two sentences, one small question. It can be gone in two minutes.',
  title: (facts) =>
    questionsAhead(facts) > 0 ? (
      <>Your message to {facts.who} waits for a line</>
    ) : isLastReminder(facts) ? (
      'It keeps, until you want it'
    ) : (
      'A shorter way to begin'
    ),
  announced: 'a shorter version, if the message is still with you',
  announcedAgain: 'one last word about it',
  Body: (facts) => {
    const { links, who, level } = facts
    const letter = facts.draft('draft')
    const last = isLastReminder(facts)
    const others = [pauseAnswer(facts), { label: 'I will not write this one', href: links.event('closed') }]
    if (letter.kind === 'ask') {
      return (
        <>
          <P>One thing to do: answer this, and the draft is ready.</P>
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
            Nothing needs to be done today. Your message to {who} stays on your page, and this is the last time we bring
            it up. If you still like the idea, the small version below is a way in.
          </P>
        ) : (
          <P>
            Have you two minutes? Then send this one instead: it only asks {who} to connect, and the real question can
            wait until they have.
          </P>
        )}
        <Written {...facts} name="draft-short" heading="The small version" />
        <P>
          Or take <A href={links.draft('draft')}>the full message</A>; it is as good as on the first day.
        </P>
        <Button href={links.event('sent')}>{told[facts.request.channel]}</Button>
        <Otherwise level={level} of={others} />
      </>
    )
  },
}
