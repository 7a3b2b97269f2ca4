import type { Circumstances, Wordings } from '../drafts.ts'
import type { InterviewRequest, Meeting } from '../request.ts'
import { tidy } from './clauses.ts'
import { referrerOf } from './connection.ts'
import { dateInWords, learnedOf, note, offsetInWords, onTopic, promiseOf, zoneInWords } from './notes.ts'
import { inThread } from './subjects.ts'

/** Around the talk itself: finding the time, confirming it, and the thanks after it. */

/** The answer to a yes, with times to choose from, so that the work of finding one is not theirs. */
export const arrange = (request: InterviewRequest, { slots = [] }: Circumstances): Wordings => {
  const { seeker } = request
  const minutes = request.meeting?.minutes ?? request.minutes
  const times = slots
    .map(tidy)
    .filter((slot) => slot !== '')
    .slice(0, 3)
  const anyRoad = 'Phone, video or in person are all fine with me; I will call, send the link or come by.'
  const written = (paragraphs: string[], because: string) => ({
    subject: request.channel === 'phone' ? 'A time for our talk' : inThread(request),
    body: note(request, paragraphs),
    because,
  })
  // A talk that was called off or did not take place: there is nothing to thank for, and something to repair.
  const opening =
    request.meeting?.status === 'cancelled'
      ? 'Our talk did not take place as planned, and I would still be glad to have it.'
      : request.channel === 'phone'
        ? 'Thank you for your answer.'
        : 'Thank you for writing back.'
  const inWords = written(
    [
      `${opening} Would ${minutes} minutes in the next two weeks suit you, mornings or afternoons? Name the day you like best and I will fit in around it; I am on ${zoneInWords(seeker.timeZone)}.`,
      anyRoad,
    ],
    'Answer within a day, while it is on their mind. If you can, put three dates with the hour into it: choosing is easier than proposing.',
  )
  if (times.length === 0) return [inWords]
  return [
    written(
      [
        `${opening} Would one of these times suit you for our ${minutes} minutes?`,
        times.map((slot, at) => `${at + 1}. ${slot}`).join('\n'),
        `If none does, name another and I will fit in around it. ${anyRoad}`,
      ],
      'Three times to choose from, each with its zone: they need only answer with a number. Send it within a day.',
    ),
    inWords,
  ]
}

const hourOf = ({ start }: Meeting): string => start.slice(11, 16)

const timeLine = (meeting: Meeting): string => {
  const offset = offsetInWords(meeting.timeZone, meeting.startsAt)
  const zone = zoneInWords(meeting.timeZone)
  const zoned = offset && offset !== zone ? `${zone} (${offset})` : zone
  return `${dateInWords(meeting.start) ?? meeting.start.slice(0, 10)}, ${hourOf(meeting)}, ${zoned}`
}

const placeOf = ({ place }: Meeting): string => tidy(place ?? '').replace(/[?!.,;\s]+$/u, '')

// With the place where it can stand in a letter, without it where it cannot.
const withOrWithoutPlace = (meeting: Meeting, write: (place: string) => Wordings[number]): Wordings =>
  [...new Set([placeOf(meeting), ''])].map(write)

const meetingSubject = ({ start }: Meeting): string => {
  const day = dateInWords(start, { year: false })
  return day ? `Our talk on ${day}` : 'Our talk, date and time'
}

/** Whether there is a meeting to write about. */
export const isOn = (meeting: Meeting | undefined): meeting is Meeting => meeting?.status === 'on'

/** Confirms the date that was found, written so that nobody has to work out an hour. */
export const invitation = ({ meeting, ...request }: InterviewRequest): Wordings =>
  !isOn(meeting)
    ? []
    : withOrWithoutPlace(meeting, (place) => ({
        subject: meetingSubject(meeting),
        body: note(request, [
          'Thank you for making time. This is what I have written down:',
          [timeLine(meeting), place, `${meeting.minutes} minutes, and I will keep to them`]
            .filter((line) => line)
            .join('\n'),
          `If anything changes on your side, a word is enough and I will move it.${place ? '' : ' I will call, send a link or come by, whichever you prefer.'} I look forward to it.`,
        ]),
        because:
          'Weekday, date, hour and zone in one line, because a talk in the wrong hour is the commonest way to lose it.',
      }))

/** The short word on the eve of it. */
export const dayBefore = ({ meeting, ...request }: InterviewRequest): Wordings =>
  !isOn(meeting)
    ? []
    : withOrWithoutPlace(meeting, (place) => ({
        subject: meetingSubject(meeting),
        body: note(request, [
          'A short word before we talk. I have it down for:',
          [timeLine(meeting), place].filter((line) => line).join('\n'),
          'If something has come up, tell me and we will find another time. I look forward to it.',
        ]),
        because:
          'It costs them nothing, and catches a mistake while there is time. Add the number under which they reach you on the day.',
      }))

/** Thanks on the same day: one thing they will recognise, what was agreed, and nothing asked. */
export const thank = (request: InterviewRequest): Wordings => {
  const { contact, outcome } = request
  const learned = learnedOf(request)
  const promised = promiseOf(request)
  const day = outcome?.promisedBy ? dateInWords(outcome.promisedBy, { year: false }) : undefined
  const referrer = contact.source === 'referral' ? referrerOf(request) : undefined
  const thanksToo = referrer ? ` And send two lines of thanks to ${referrer} as well.` : ''
  const because = learned
    ? `The thing you took away, from your own notes: that is what they will remember. Read it once with their eyes before you send it.${thanksToo}`
    : `It is complete as it stands. Better still with one sentence after the first: the thing they said that surprised you.${thanksToo}`
  const agreed = (promised: ReturnType<typeof promiseOf>): string => {
    const later = day ? `by ${day}` : 'in a few weeks'
    if (!promised) return `I will think it over, and ${later} I will tell you what came of it.`
    return promised.whose === 'mine'
      ? `What we agreed is on my list: ${promised.what}. You will hear from me ${day ? `by ${day}` : 'when it is done'}.`
      : `Thank you, too, for what you offered; I have made a note of it: ${promised.what}. And ${later} I will tell you what came of our talk.`
  }
  const written = (kept: { learned?: string | undefined; promised?: ReturnType<typeof promiseOf>; topic: string }) => ({
    subject: 'Thank you for our talk',
    alternativeSubject: 'Thank you for your time',
    body: note(
      request,
      [
        `Thank you for making time to talk with me${kept.topic}.${kept.learned ? ` One thing stays with me: ${kept.learned}.` : ' It helped to hear it from somebody who does the work.'}`,
        agreed(kept.promised),
        'Thank you again, and all the best for your work.',
      ],
      'Warm regards,',
    ),
    because,
  })
  const topic = onTopic(request)
  return [
    written({ learned, promised, topic }),
    written({ learned, promised, topic: '' }),
    written({ learned, topic }),
    written({ topic }),
    written({ topic: '' }),
  ]
}
