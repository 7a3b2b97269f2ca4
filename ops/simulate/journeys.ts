import type { Answer } from './simulation.ts'

/** A seeker as they come, from the form to the end. */
export type Journey = { says: string; followUps?: number; answers: readonly Answer[] }

const did = (when: string, event: string, fields?: Record<string, unknown>): Answer => ({
  when,
  event,
  ...(fields ? { fields } : {}),
})

const confirms = did('on confirm + 2 minutes', 'confirmed')
const sends = [confirms, did('on draft + 1 working day at 10:00', 'sent')]
const isAnswered = [...sends, did('+ 2 working days at 11:00', 'replied')]
const hasADate = [
  ...isAnswered,
  did('on arrange + 1 working day at 15:00', 'scheduled', {
    start: '+ 6 working days at 14:00',
    place: 'Café Central',
  }),
]
const meets = [...hasADate, did('on thank + 30 minutes', 'met', { learned: 'Compilers are read more than written.' })]
const thanks = [...meets, did('+ 1 hour', 'thanked')]

/** What `--journey` can name. */
export const requestJourneys: Record<string, Journey> = {
  'never-confirms': { says: 'The form is sent in, and nobody presses the button in the first mail.', answers: [] },
  'never-sends': { says: 'The draft is ready, and the seeker never sends it.', answers: [confirms] },
  silence: { says: 'The seeker writes, follows up, and is never answered.', answers: sends },
  'long-silence': { says: 'The same, with the three follow-ups that one may choose.', followUps: 3, answers: sends },
  'answered-after-follow-up': {
    says: 'The answer comes two working days after the follow-up; then they meet, and that is all.',
    answers: [
      ...sends,
      did('on follow-up + 2 working days at 10:00', 'replied'),
      did('on arrange + 1 hour', 'scheduled', { start: '+ 5 working days at 16:30' }),
      did('on thank + 20 minutes', 'met', { learned: 'Much.' }),
      did('+ 10 minutes', 'thanked'),
    ],
  },
  'yes-with-a-meeting': {
    says: 'A yes after two working days, a talk, thanks, and nothing more from the seeker.',
    answers: thanks,
  },
  'no-date-yet': { says: 'A yes, and no date is found.', answers: isAnswered },
  'meeting-tomorrow': {
    says: 'The talk is on the next day: its mails come as one.',
    answers: [
      ...isAnswered,
      did('on arrange + 20 minutes', 'scheduled', { start: '+ 1 working day at 14:00' }),
      did('on thank + 1 hour', 'met', { learned: 'Much.' }),
      did('+ 5 minutes', 'thanked'),
    ],
  },
  'meeting-moved': {
    says: 'The talk is moved to a later day, two working days before it.',
    answers: [
      ...hasADate,
      did('on prepare + 1 working day at 12:00', 'rescheduled', { start: '+ 7 days at 09:30' }),
      did('on thank + 1 hour', 'met', { learned: 'Much.' }),
      did('+ 5 minutes', 'thanked'),
    ],
  },
  'called-off': {
    says: 'The talk is called off on the day before, and no new date is found.',
    answers: [...hasADate, did('on day-before + 2 hours', 'cancelled')],
  },
  'tells-nothing-after': { says: 'A date is set, and the seeker never says what came of it.', answers: hasADate },
  declined: { says: 'The contact says no.', answers: [...sends, did('+ 2 working days at 11:00', 'declined')] },
  'come-back-later': {
    says: 'The contact asks the seeker to come back in six weeks, and does not answer then.',
    answers: [...sends, did('+ 2 working days at 11:00', 'deferred', { until: '+ 6 weeks' })],
  },
  referral: {
    says: 'A talk that brings a name, and advice to report back on; they stay in touch.',
    answers: [
      ...hasADate,
      did('on thank + 30 minutes', 'met', {
        learned: 'Compilers are read more than written.',
        names: 'Jean Bartik',
        promised: 'To try the course.',
        promisedBy: '+ 4 weeks',
      }),
      did('+ 1 hour', 'thanked'),
      did('on close-the-loop + 1 hour', 'kept-in-touch'),
    ],
  },
  landed: {
    says: 'After a talk the seeker finds what they looked for, and closes the request.',
    answers: [...thanks, did('+ 3 weeks', 'closed', { landed: true })],
  },
  pauses: {
    says: 'The seeker waits for an answer, and pauses the mail for two weeks.',
    answers: [...sends, did('on widen + 1 hour', 'paused', { until: '+ 2 weeks' })],
  },
  'stops-this': {
    says: 'The seeker stops the mail of this request by the link in the follow-up.',
    answers: [...sends, did('on follow-up + 10 minutes', 'closed')],
  },
  'stops-everything': {
    says: 'With a date set, the seeker stops all mail to the address.',
    answers: [...hasADate, did('on invitation + 1 hour', 'stopped-everything')],
  },
}

export const seriesJourneys: Record<string, Journey> = {
  'never-confirms': { says: 'Asked for, and never confirmed.', answers: [] },
  'reads-all': {
    says: 'Confirmed, and read to the end.',
    answers: [did('on confirm-series + 2 minutes', 'confirmed')],
  },
  pauses: {
    says: 'A pause of four weeks after the second part.',
    answers: [did('on confirm-series + 2 minutes', 'confirmed'), did('on part 2 + 1 hour', 'paused', { weeks: 4 })],
  },
  'changes-hour': {
    says: 'From the second part on they are to come at 18:00.',
    answers: [did('on confirm-series + 2 minutes', 'confirmed'), did('on part 2 + 1 hour', 'settings', { hour: 18 })],
  },
  impatient: {
    says: 'The reader asks for the next part at once, an hour after the first.',
    answers: [did('on confirm-series + 2 minutes', 'confirmed'), did('on part 1 + 1 hour', 'next')],
  },
  leaves: {
    says: 'The reader leaves after the second part.',
    answers: [did('on confirm-series + 2 minutes', 'confirmed'), did('on part 2 + 1 hour', 'left')],
  },
}
