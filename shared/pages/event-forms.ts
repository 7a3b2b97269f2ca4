import { html } from 'hono/html'
import { allowedEvents, type EventName } from '../events.ts'
import type { FieldError } from '../fields.ts'
import type { Links } from '../links.ts'
import { firstName, type Instant, type InterviewRequest } from '../request.ts'
import type { Stage } from '../stage.ts'
import { areaField, choiceField, errorSummary, type Filled, textField, tickField, zoneField } from './controls.ts'
import { type Markup, typed } from './page.ts'
import { isPausedNow } from './words.ts'

/** What the seeker told us that we could not take: shown again as it was typed. */
export type Problem = { event: EventName; errors: readonly FieldError[]; values: Readonly<Record<string, string>> }

type EventForm = {
  /** The question or the matter, on a folded form and as the title of a page. */
  title: (name: Markup) => Markup | string
  /** What happens then. */
  after: (name: Markup, request: InterviewRequest) => Markup | string
  button: string
  fields?: (form: Filled, request: InterviewRequest) => Markup
  /** What the fields hold at first. */
  values?: (request: InterviewRequest) => Record<string, string | undefined>
}

const meetingFields = (form: Filled): Markup => html`
${textField(form, { name: 'start', label: 'Day and time', type: 'datetime-local' })}
${zoneField(form, { name: 'timeZone', label: 'On whose clock', hint: 'The time zone in which you gave the time.' })}
${textField(form, { name: 'minutes', label: 'Minutes', type: 'number', min: 5, max: 480 })}
${textField(form, {
  name: 'place',
  label: 'Where',
  hint: 'An address, a link, or the number to call. It goes into your calendar entry.',
  maxlength: 300,
  optional: true,
})}`

const meetingValues = ({ meeting, minutes, seeker }: InterviewRequest) => ({
  start: meeting?.status === 'on' ? meeting.start : undefined,
  timeZone: meeting?.timeZone ?? seeker.timeZone,
  minutes: String(meeting?.minutes ?? minutes),
  place: meeting?.place,
})

const counted = (count: number): string =>
  ['no follow-up', 'one follow-up', 'two follow-ups', 'three follow-ups'][count] ?? ''

/** Everything a seeker can tell us, in the seeker's words. */
const eventForms: Record<EventName, EventForm> = {
  sent: {
    title: (name) => html`Have you written to ${name}?`,
    after: (name, { followUps }) =>
      html`We count from the day you send it. If it stays quiet we ${followUps === 0 ? '' : html`suggest ${counted(followUps)}, then `}let it rest; ${name} hears nothing from us.`,
    button: 'I sent it',
    fields: (form) =>
      html`<details class="fold"${form.errors.length > 0 || form.values.at ? html` open` : ''}><summary>It was on another day</summary>
${textField(form, { name: 'at', label: 'On which day', hint: 'Leave it empty if it was today.', type: 'date', optional: true })}
</details>`,
  },
  replied: {
    title: (name) => html`Did ${name} answer?`,
    after: () => 'As soon as there is an answer, tell us: every reminder stops, and you get a reply that offers times.',
    button: 'They answered',
  },
  scheduled: {
    title: () => 'Do you have a date?',
    after: () =>
      'Once it is saved you get a calendar entry, your questions three working days before, and a sheet the day before.',
    button: 'Save the date',
    fields: meetingFields,
    values: meetingValues,
  },
  rescheduled: {
    title: () => 'Has the date moved?',
    after: () => 'The entry in your calendar moves with it, and so does everything we send.',
    button: 'Save the new date',
    fields: meetingFields,
    values: meetingValues,
  },
  cancelled: {
    title: () => 'Was the talk called off?',
    after: () => 'It leaves your calendar, and we send you a reply that offers new times.',
    button: 'It was called off',
  },
  met: {
    title: () => 'Have you talked?',
    after: () => 'What you learned goes into your thank-you; nobody but you sees the rest. You can leave it all empty.',
    button: 'We met',
    fields: (form) => html`
${areaField(form, {
  name: 'learned',
  label: 'One thing you learned',
  hint: 'The more particular, the better the thank-you: “start with the billing data”, not “a lot”.',
  maxlength: 2000,
  optional: true,
})}
${areaField(form, { name: 'promised', label: 'What was promised', hint: 'By you or by them.', maxlength: 2000, optional: true })}
${textField(form, {
  name: 'promisedBy',
  label: 'When will you tell them what came of it?',
  hint: 'We remind you on that day.',
  type: 'date',
  optional: true,
})}
${areaField(form, {
  name: 'names',
  label: 'Who else they named',
  hint: 'We help you to ask for the introduction.',
  maxlength: 2000,
  optional: true,
})}`,
    values: ({ outcome }) => ({ ...outcome }),
  },
  'not-met': {
    title: () => 'Did it not happen?',
    after: () => 'That is common. We send you a few lines that offer new times.',
    button: 'We did not meet',
  },
  thanked: {
    title: (name) => html`Have you thanked ${name}?`,
    after: () => 'Once that is done we leave you in peace for a while, and come back with a reason to stay in touch.',
    button: 'I sent my thanks',
  },
  'kept-in-touch': {
    title: (name) => html`Were you and ${name} in touch?`,
    after: () => 'By mail, by chance, at a conference: it all counts. The next reminder starts again from today.',
    button: 'We were in touch',
  },
  declined: {
    title: (name) => html`Did ${name} say no?`,
    after: () => 'It happens to everybody who asks. Every reminder about this talk stops.',
    button: 'They said no',
  },
  deferred: {
    title: () => 'Did they ask you to come back later?',
    after: () => 'That is not a no. We keep quiet until the morning of that day, then remind you with a new note.',
    button: 'Remind me then',
    fields: (form) => textField(form, { name: 'until', label: 'On which day', type: 'date' }),
  },
  'taken-up-again': {
    title: (name) => html`Did ${name} write sooner?`,
    after: () => 'It waits for an answer again, and you can tell us what came.',
    button: 'Take it up now',
  },
  paused: {
    title: () => 'Do you need a break?',
    after: () => 'Exams, holidays, life: no reminder comes until then, everything moves, and nothing becomes late.',
    button: 'Pause the mail',
    fields: (form) =>
      textField(form, {
        name: 'until',
        label: 'Until which day',
        hint: 'Leave it empty to pause until you start again yourself.',
        type: 'date',
        optional: true,
      }),
  },
  resumed: {
    title: () => 'Ready to go on?',
    after: () => 'The mail starts again from where it was.',
    button: 'Start the mail again',
  },
  closed: {
    title: () => 'Are you done with this one?',
    after: () => 'All its mail stops. You can open it again later.',
    button: 'Close this request',
    fields: (form, request) =>
      tickField(form, {
        name: 'landed',
        label: 'I found what I was looking for',
        ...(request.history.some(({ event }) => event === 'met')
          ? { hint: 'Good news travels well: we send you one last draft, a word of thanks.' }
          : {}),
      }),
  },
  reopened: {
    title: () => 'Would you like to go on?',
    after: () => 'It goes on from where it was before.',
    button: 'Open it again',
  },
  revised: {
    title: () => 'Change the details',
    after: () => 'Every draft that is still to come is written from these.',
    button: 'Save the details',
    fields: (form) => html`${inOrder.map((name) => detail(form, name))}`,
    values: (request) => ({
      seekerName: request.seeker.name,
      introduction: request.seeker.introduction,
      timeZone: request.seeker.timeZone,
      contactName: request.contact.name,
      contactRole: request.contact.role,
      organization: request.contact.organization,
      connection: request.contact.connection,
      topic: request.topic,
      minutes: String(request.minutes),
      channel: request.channel,
      followUps: String(request.followUps),
    }),
  },
}

export type Detail =
  | 'seekerName'
  | 'introduction'
  | 'timeZone'
  | 'contactName'
  | 'contactRole'
  | 'organization'
  | 'connection'
  | 'topic'
  | 'minutes'
  | 'channel'
  | 'followUps'

const inOrder = [
  ...(['contactName', 'contactRole', 'organization', 'connection', 'topic', 'seekerName', 'introduction'] as const),
  ...(['channel', 'minutes', 'followUps', 'timeZone'] as const),
]

type DetailField = { label: string; hint?: string } & (
  | { maxlength: number; optional?: boolean; autocomplete?: string }
  | { options: readonly (readonly [string, string])[] }
  | { zone: true }
)

const details: Record<Detail, DetailField> = {
  seekerName: { label: 'Your name', maxlength: 100, autocomplete: 'name' },
  introduction: {
    label: 'Who you are, in half a sentence',
    hint: 'It follows “I am …”: a nurse moving into health data; a final-year physics student in Leeds.',
    maxlength: 200,
  },
  timeZone: { label: 'Your time zone', hint: 'So that nothing reaches you at night.', zone: true },
  contactName: { label: 'Their name', hint: 'As you would write it on an envelope.', maxlength: 100 },
  contactRole: { label: 'What they do', hint: 'Such as: head of the data team.', maxlength: 100, optional: true },
  organization: { label: 'Where they work', maxlength: 150 },
  connection: {
    label: 'What links the two of you',
    hint: 'The letter begins with it.',
    maxlength: 300,
    optional: true,
  },
  topic: {
    label: 'What you want to find out about',
    hint: 'A field or a question, kept broad: “how hospitals choose software”, not “jobs at your firm”.',
    maxlength: 150,
  },
  minutes: {
    label: 'How many minutes you ask for',
    hint: 'Twenty is usual; fifteen is kinder to somebody who does not know you.',
    options: ['15', '20', '30'].map((minutes) => [minutes, minutes] as const),
  },
  channel: {
    label: 'How you will write to them',
    options: [
      ['email', 'By email'],
      ['linkedin', 'On LinkedIn'],
      ['phone', 'By phone'],
    ],
  },
  followUps: {
    label: 'If they stay quiet, how often may we suggest a follow-up?',
    hint: 'Seven working days apart. Once is what most careers advisers suggest.',
    options: ['Never', 'Once', 'Twice', 'Three times'].map((often, index) => [String(index), often] as const),
  },
}

/** A field of a request, the same on the form and wherever it can be changed. `guess` as in `zoneField`. */
export const detail = (form: Filled, name: Detail, guess = false): Markup => {
  const field = { name, ...details[name] }
  if ('options' in field) return choiceField(form, { ...field, short: true })
  return 'zone' in field ? zoneField(form, { ...field, guess }) : textField(form, field)
}

/** The events that mean something now: those the state allows, without closing what is closed or resuming what runs. */
export const offeredEvents = (request: InterviewRequest, stage: Stage, now: Instant): EventName[] =>
  allowedEvents(request.state).filter(
    (event) =>
      !(event === 'closed' && request.state === 'closed') &&
      !(event === 'resumed' && !isPausedNow(request, stage, now)),
  )

export const titleOf = (event: EventName, request: InterviewRequest): Markup | string =>
  eventForms[event].title(typed(firstName(request.contact.name)))

type Shown = {
  request: InterviewRequest
  links: Links
  event: EventName
  problem?: Problem | undefined
  quiet?: boolean
}

const present = (values: Record<string, string | undefined>): Record<string, string> =>
  Object.fromEntries(Object.entries(values).filter((entry): entry is [string, string] => entry[1] !== undefined))

/** What the fields of an event hold: what was typed and refused, or what we know. */
export const filledFor = ({ request, event, problem }: Pick<Shown, 'request' | 'event' | 'problem'>): Filled =>
  problem?.event === event
    ? { prefix: event, values: problem.values, errors: problem.errors }
    : { prefix: event, values: present(eventForms[event].values?.(request) ?? {}), errors: [] }

/** The form that records an event: what happens then, its fields, one button. */
export const eventForm = ({ request, links, event, problem, quiet = false }: Shown): Markup => {
  const { after, fields, button } = eventForms[event]
  const form = filledFor({ request, event, problem })
  return html`<form method="post" action="${links.events}">
<input type="hidden" name="event" value="${event}">
<p>${after(typed(firstName(request.contact.name)), request)}</p>
${fields ? fields(form, request) : ''}
<button type="submit"${quiet ? html` class="quiet"` : ''}>${button}</button>
</form>`
}

/** Only what a draft lacks, asked where the draft would stand. */
export const askForm = (
  { request, links, problem }: Pick<Shown, 'request' | 'links' | 'problem'>,
  asks: readonly { field: Detail; question: string }[],
): Markup => {
  const values = filledFor({ request, event: 'revised', problem }).values
  const form: Filled = { prefix: 'ask', values, errors: problem?.errors ?? [] }
  return html`<form method="post" action="${links.events}">
<input type="hidden" name="event" value="revised">
${asks.map(({ field, question }) =>
  textField(form, {
    ...(details[field] as { maxlength: number }),
    name: field,
    label: question,
    hint: '',
    optional: false,
  }),
)}
<button type="submit">Write my draft</button>
</form>`
}

/** The ways from the top of the page to what is wrong in the form of an event. */
export const problemSummary = (form: Filled): Markup | '' =>
  errorSummary(
    form,
    form.errors.map(({ field }) => field).filter((field) => field !== '' && field !== 'event'),
  )
