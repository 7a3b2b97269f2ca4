import type { Wordings } from '../drafts.ts'
import { asks } from '../lint.ts'
import type { InterviewRequest } from '../request.ts'
import { firstName } from '../request.ts'
import { nameOf, sentence } from './clauses.ts'
import { learnedOf, note, noteOf, onTopic, promiseOf } from './notes.ts'
import { introductionSentence, organizationOf, topicOf } from './readings.ts'

/** After the thanks: people they named, advice that was followed, and staying known without being a burden. */

const toLearn = 'I would like to learn about your work.'

// What it is about, for somebody who knows nothing of it.
const brief = (request: InterviewRequest): string => {
  const { text, form } = topicOf(request)
  if (!text) return toLearn
  if (form === 'sentence') return sentence(text)
  if (form === 'open') return `The question I am trying to answer for myself: ${text}.`
  return form === 'doing' ? `I am thinking about ${text}.` : `I am trying to understand ${text}.`
}

/** Asks for an introduction to people they named, and only with those people's own yes. */
export const refer = (request: InterviewRequest): Wordings => {
  const { outcome, minutes, seeker } = request
  // A name with a question mark is one that the seeker is not sure of.
  const names = asks(outcome?.names ?? '') ? undefined : noteOf(outcome?.names, request, 24)
  const named = names ? [`From our talk I wrote down: ${names}.`] : []
  const generic = 'In our talk you mentioned others who see this from another side.'
  const who = sentence(introductionSentence(request))
  return [...named, generic].flatMap((start) =>
    [`${who} ${brief(request)}`, brief(request), `${who} ${toLearn}`, toLearn].map((lines) => ({
      subject: 'The introduction you mentioned',
      alternativeSubject: 'About the people you mentioned',
      body: note(request, [
        start,
        `Would you ask them whether ${minutes} minutes with me would be welcome? I will write only after a yes, and if you would rather not ask, that is fine.`,
        'Here are a few lines you could pass on:',
        `“My name is ${nameOf(seeker.name)}. ${lines.trim()} I would like to listen for ${minutes} minutes, at any time that suits.”`,
        'Thank you!',
      ]),
      because:
        'They ask first and you write only after a yes, so nobody is put on the spot. The lines to pass on save them the work.',
    })),
  )
}

/** Asks for one more person to learn from. */
export const pointer = (request: InterviewRequest): Wordings =>
  [...new Set([onTopic(request), ''])].map((topic) => ({
    subject: 'One more view, if you can',
    alternativeSubject: 'Somebody else to learn from',
    body: note(request, [
      `Our talk${topic} made me want to hear a second view.`,
      `Is there one person you would listen to next, and who might spare ${request.minutes} minutes for me? If you would like to ask them first, I will gladly wait. And if nobody comes to mind, that is fine: I have plenty to think about already.`,
      'Thank you again for your time.',
    ]),
    because:
      'One name, to learn from, a week after the thanks and not inside them. An easy question for somebody who enjoyed the talk.',
  }))

/**
 * Advice and what came of it; for the case that nothing has yet, the honest word instead. Nobody can know what was
 * done but the seeker: the only claim is made about what they promised, and `because` says so.
 */
export const closeTheLoop = (request: InterviewRequest): Wordings => {
  const promised = promiseOf(request)
  const learned = learnedOf(request, 24)
  const topics = [...new Set([onTopic(request), ''])]
  const written = (start: string, first: string, notYet: string, because: string) => ({
    subject: 'What became of our talk',
    alternativeSubject: 'A word after our talk',
    body: note(request, [
      `${start} ${first}`,
      'Thank you again for the time you gave me. There is no need to answer.',
      'If there is ever something I can do for you in return, please say so.',
    ]),
    alternative: {
      when: 'If there is nothing to report yet',
      body: note(request, [
        `${start} ${notYet}, and I would rather tell you so than go quiet.`,
        'You will hear from me when there is something to tell. There is no need to answer; thank you again for the time you gave me.',
      ]),
    },
    because,
  })
  const onList = (list: string) =>
    written(
      `After our talk, this was on my list: ${list}.`,
      'It is done, and I wanted you to know.',
      'I have not got round to it yet',
      '“It is done” is true only if you have done it; the other version is for not yet. Best with one more sentence: what came of it, good or not.',
    )
  const ofTalk = (topic: string, kept: string) =>
    written(
      `You gave me your time to talk${topic}.`,
      kept,
      'I have not made as much of it yet as I meant to',
      'It says only what you have noted. Add one sentence if you can: what came of it, good or not. There is no better reason to write.',
    )
  return [
    ...(promised?.whose === 'mine' ? [onList(promised.what)] : []),
    ...(learned ? topics.map((topic) => ofTalk(topic, `I wrote this down after it: ${learned}.`)) : []),
    ...topics.map((topic) => ofTalk(topic, 'I wanted to tell you that I have not forgotten it.')),
  ]
}

/** What to write about when staying in touch, to choose from. */
export const reasonsToWrite = (request: InterviewRequest): { reason: string; hint: string }[] => {
  const name = firstName(nameOf(request.contact.name))
  const topic = onTopic(request)
  const organization = organizationOf(request)
  const promised = promiseOf(request, 20)
  return [
    {
      reason: 'Something you did because of the talk',
      hint:
        promised?.whose === 'mine'
          ? `You noted: “${promised.what}”. Two lines on how it went are worth more than any greeting.`
          : `A book begun, a course chosen, a path ruled out: tell ${name} in two lines what came of it.`,
    },
    {
      reason: 'Something they may like',
      hint: `An article, a talk, an event${topic || ' from the field'}: one link, and one sentence on why you thought of ${name}.`,
    },
    {
      reason: 'Something good on their side',
      hint: `A new role, a talk given, news from ${organization || 'their place'}: congratulate in one sentence and ask for nothing.`,
    },
  ]
}

/** A light word now and then; the next one says something else. */
export const keepInTouch = (request: InterviewRequest): Wordings => {
  const learned = learnedOf(request, 14)
  const organization = organizationOf(request)
  const at = organization && organization.split(' ').length <= 5 ? ` at ${organization}` : ''
  const topic = onTopic(request, 5)
  const times = request.history.filter(({ event }) => event === 'kept-in-touch').length
  const fromNotes = (noted: string) =>
    `This is in my notes from our talk: ${noted}. What has changed in your work since then? One line is plenty, and no answer is fine: I mainly wanted to say hello.`
  const openings = [
    ...(learned ? [fromNotes(learned)] : []),
    `I thought of our talk${topic} and wanted to say hello. What has been the most interesting part of your work${at} since then? One line is plenty, and no answer is fine too. I am glad that I asked you back then.`,
    `A short hello, with thanks once more for our talk${topic}. How are things${at}? If there is something small that I could do for you, read a draft or ask around, I would be glad to. No need to answer otherwise.`,
  ]
  const turn = times % openings.length
  const inTurn = [...openings.slice(turn), ...openings.slice(0, turn)]
  return [
    ...inTurn,
    'A short hello, with thanks once more for our talk. How are things with you? If there is something small that I could do for you, read a draft or ask around, I would be glad to. No need to answer otherwise.',
  ].map((text) => ({
    subject: 'A short hello',
    alternativeSubject: 'Hello again, and a question',
    body: note(request, [text]),
    because: 'Short, and about them. If one of the reasons above fits better, start with that and keep the rest.',
  }))
}

/** When the search is over: they helped, and ought to hear how it ended. */
export const gratitude = (request: InterviewRequest): Wordings => {
  const learned = learnedOf(request, 20)
  const kept = learned ? ` One line has been in my notes since then: ${learned}.` : ''
  return [
    { topic: onTopic(request), kept },
    { topic: onTopic(request), kept: '' },
    { topic: '', kept: '' },
  ].map(({ topic, kept: quoted }) => ({
    subject: 'Good news, and thank you',
    alternativeSubject: 'A thank-you with good news',
    body: note(
      request,
      [
        `I have good news and wanted you to hear it from me: I have found what I was looking for. Our talk${topic} was part of the way there.${quoted}`,
        'Thank you for the time you gave me. If I can do something for you one day, or for somebody you know who stands where I stood, please write to me.',
      ],
      'With warm thanks,',
    ),
    because: 'People who helped rarely hear how it ended. Add one sentence: where you are now.',
  }))
}
