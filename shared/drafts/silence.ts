import type { Wordings } from '../drafts.ts'
import { firstName, type InterviewRequest } from '../request.ts'
import { nameOf, sentence } from './clauses.ts'
import { note, onTopic } from './notes.ts'
import { introductionSentence } from './readings.ts'
import { inThread } from './subjects.ts'

/** For a letter that has had no answer. Each note is smaller than the one before, and none counts the days. */

// With the topic where it is short, without it where it is not.
const eitherWay = (request: InterviewRequest, write: (topic: string) => string, because: string): Wordings =>
  [...new Set([onTopic(request), ''])].map((topic) => small(request, [write(topic)], because))

// By phone it is spoken: no greeting of a letter, no signature, no thread.
const small = (request: InterviewRequest, paragraphs: string[], because: string): Wordings[number] => {
  const { channel, contact, seeker } = request
  const said = `Hello ${firstName(contact.name)}, this is ${nameOf(seeker.name)}. ${paragraphs.join(' ')}\n`
  return {
    subject: inThread(request),
    ...(channel === 'phone'
      ? { body: said, because: `To say, to leave on voicemail, or to send as a short message. ${because}` }
      : { body: note(request, paragraphs), because }),
  }
}

const call = ({ channel }: InterviewRequest): string => (channel === 'phone' ? 'call' : 'note')
const inWriting = ({ channel }: InterviewRequest): string => (channel === 'linkedin' ? 'in a message here' : 'by email')

const goodbye = (request: InterviewRequest, nth: number): string =>
  request.followUps <= nth ? ' I will leave it there.' : ''

export const followUp = (request: InterviewRequest): Wordings =>
  eitherWay(
    request,
    (topic) =>
      `My ${call(request)}${topic} may have come at a busy moment. Would two questions ${inWriting(request)} suit you better than the ${request.minutes} minutes I asked for? If neither does, that is perfectly fine.${goodbye(request, 1)}`,
    'It asks for less than you did at first, and gives them an easy way to say no. If something new has happened since, put it in front in half a sentence.',
  )

export const followUp2 = (request: InterviewRequest): Wordings =>
  eitherWay(
    request,
    (topic) =>
      `My question${topic} in its smallest form: what would you read or try first if you were in my place? One line is plenty, and no answer is fine too.${goodbye(request, 2)}`,
    'Smaller still: something that can be answered in one line, between two other things.',
  )

export const followUp3 = (request: InterviewRequest): Wordings =>
  eitherWay(
    request,
    (topic) =>
      `A last word${topic}: is there a talk or a text you would point me to? If not, all is well, and I will leave it there.`,
    'The last one, and it says so. After this the question rests.',
  )

/** Closes kindly: nothing is asked, nothing is owed, the door stays open. */
export const letRest = (request: InterviewRequest): Wordings =>
  eitherWay(
    request,
    (topic) =>
      `I will let my question${topic} rest; there is nothing you need to do. Should it suit you at some later time, I would still be glad to hear from you. I wish you well with your work.`,
    'Optional. It takes the weight off both of you, and people do come back to a door that was left open kindly.',
  )

/** Takes up again what was put off to a later date: the seeker's own, for all that the contact may have been away. */
export const resume = (request: InterviewRequest): Wordings => {
  const who = introductionSentence(request)
  const { channel, minutes } = request
  const wrote = channel === 'phone' ? 'called' : 'wrote to'
  const thread = channel === 'phone' ? '' : ', in the old thread, so that they need not search'
  const because = `It reminds them of your question and asks the same small thing anew${thread}.`
  return [
    { topic: onTopic(request), who: who ? ` To remind you: ${sentence(who)}` : '' },
    { topic: onTopic(request), who: '' },
    { topic: '', who: '' },
  ].map(({ topic, who: reminder }) =>
    small(
      request,
      [
        `I ${wrote} you${topic} a while ago, and made a note to come back to it now.${reminder}`,
        `Would you have ${minutes} minutes for me in the next two weeks, by phone, video or in person? A few lines ${inWriting(request)} are just as welcome, and if this is not the time, a short no or a later month is perfectly fine.`,
        'Thank you!',
      ],
      because,
    ),
  )
}
