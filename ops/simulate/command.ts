import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import type { ParseArgsOptionsConfig } from 'node:util'
import { library } from '../../infra/content.ts'
import { type Deployment, stageNamed, stages } from '../../infra/stages.ts'
import { dayOf, toDate } from '../../shared/calendar.ts'
import { events } from '../../shared/events.ts'
import { date, dateTime } from '../../shared/fields.ts'
import type { Part, Series } from '../../shared/tips/series.ts'
import { allZones, canonicalZone } from '../../shared/zone.ts'
import { readArguments } from '../command-line.ts'
import { loadBundled } from '../load-bundled.ts'
import { PlainError } from '../plain-error.ts'
import { answersInWords, readAnswers } from './answers.ts'
import { differences } from './compare.ts'
import { type Journey, requestJourneys, seriesJourneys } from './journeys.ts'
import { momentsInWords } from './moment.ts'
import { asDifferences, asTable, wrap } from './show.ts'
import { Saved, type Simulation } from './simulation.ts'
import { toIcs } from './to-ics.ts'
import { beyondThePage, type RenderSubject, walkRequest } from './walk-request.ts'
import { deeds, walkSeries } from './walk-series.ts'

export type Said = { text: string; code: 0 | 1 }

const list = (journeys: Record<string, Journey>): string =>
  Object.entries(journeys)
    .flatMap(([name, { says }]) =>
      wrap(says, 70).map((line, index) => `  ${(index === 0 ? name : '').padEnd(26)}${line}`),
    )
    .join('\n')

export const usage = `npm run simulate -- request [options]
npm run simulate -- series <name> [options]

Shows which mails a request, or one reader of a tip series, would be sent, and when, by the
rules as they are in these files: shared/workflow.ts, infra/stages.ts, content/. Nothing is
sent, nothing is asked of AWS. Save a run before you change a rule, and compare it after:

  npm run -s simulate -- request --journey all --json > before.json
  npm run simulate -- request --against before.json

What is walked:
  --journey <name>      one of those below, or all
  --answers <answers>   what the seeker or the reader does: a file, or the text itself
  --zone <zone>         where they are, such as Europe/Berlin; else the zone of the stage
  --start <time>        when the form is sent in, by their clock: 2026-12-01T09:00; else the
                        coming Monday at 9
  --stage <name>        ${Object.keys(stages).join(' or ')} in infra/stages.ts; else prod
  --working-days <days> instead of those of the stage: 7,1,2,3,4 is Sunday to Thursday
  --holidays <days>     instead of those of the stage: 2026-12-24,2026-12-25
  --follow-ups <n>      request: how many follow-ups the seeker chose, 0 to 3
  --hour <hour>         series: at which hour parts come, 0 to 23; else that of the stage

How it is shown:
  --json                for programs and for --against (the shape: ops/simulate/simulation.ts)
  --ics <file>          as a calendar with an entry for each mail; - writes it to the terminal
  --against <file>      only what differs from a run that was saved with --json. What is not
                        given is taken from there: journeys, answers, zone and start
  --help                this

It ends with 0; with 1 when something differs from --against; with 2 when it cannot be done.

Journeys of a request:
${list(requestJourneys)}

Journeys of a series:
${list(seriesJourneys)}

${answersInWords}
Moments:
${momentsInWords}
Events of a request: those of shared/events.ts, and
  ${Object.keys(beyondThePage).join(', ')}
Events of a series:
  ${Object.keys(deeds).join(', ')}`

const options = {
  journey: { type: 'string' },
  answers: { type: 'string' },
  zone: { type: 'string' },
  start: { type: 'string' },
  stage: { type: 'string' },
  'working-days': { type: 'string' },
  holidays: { type: 'string' },
  'follow-ups': { type: 'string' },
  hour: { type: 'string' },
  json: { type: 'boolean', default: false },
  ics: { type: 'string' },
  against: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsOptionsConfig

type Values = { [Name in keyof typeof options]?: string | boolean | undefined } & {
  json: boolean
  help: boolean
  journey?: string
  answers?: string
  zone?: string
  start?: string
  stage?: string
  'working-days'?: string
  holidays?: string
  'follow-ups'?: string
  hour?: string
  ics?: string
  against?: string
}

/** What is to be walked, before it is. */
type Order = Omit<Simulation, 'steps'>

/** Throws a PlainError for whatever cannot be done. `today` is where a start that is not given is counted from. */
export const simulate = (args: string[], today: number): Said => {
  const { values, positionals } = readArguments(args, options, usage) as { values: Values; positionals: string[] }
  if (values.help) return { text: usage, code: 0 }
  const [about, ...words] = positionals
  if (about !== 'request' && about !== 'series') {
    throw new PlainError(
      `${about ? `There is nothing called ${about} to simulate.` : 'Say what to simulate.'}\n\n${usage}`,
    )
  }
  const saved = values.against === undefined ? undefined : readSaved(values.against)
  refuseMixtures(about, values)
  const orders = ordersFor(about, words, values, saved, today)
  const simulations = orders.map((order) => ({ ...order, steps: walk(order) }))
  if (saved) return against(saved, simulations, values)
  if (values.ics !== undefined) return asCalendar(simulations, values.ics, new Date(today))
  if (values.json) return { text: JSON.stringify({ version: 1, simulations } satisfies Saved, undefined, 2), code: 0 }
  return { text: simulations.map((one) => asTable(one, sentenceOf(one))).join('\n\n\n'), code: 0 }
}

const refuseMixtures = (about: Order['about'], values: Values): void => {
  const both = (a: keyof Values, b: keyof Values): void => {
    if (values[a] && values[b]) throw new PlainError(`Either --${a} or --${b}: they do not go together.`)
  }
  both('journey', 'answers')
  both('ics', 'json')
  both('ics', 'against')
  if (about === 'series' && values['follow-ups'] !== undefined)
    throw new PlainError('--follow-ups is for a request: a series has none.')
  if (about === 'request' && values.hour !== undefined)
    throw new PlainError('--hour is for a series: mails of a request come at the slot of the stage.')
}

const journeysOf = (about: Order['about']): Record<string, Journey> =>
  about === 'request' ? requestJourneys : seriesJourneys

const sentenceOf = ({ about, journey }: Order): string =>
  journeysOf(about)[journey]?.says ?? 'The answers that were given.'

const ordersFor = (
  about: Order['about'],
  words: readonly string[],
  values: Values,
  saved: Saved | undefined,
  today: number,
): Order[] => {
  const named = seriesFor(about, words)
  const before = saved?.simulations.filter((one) => one.about === about && (!named || one.series === named.id))
  if (before?.length === 0) {
    throw new PlainError(
      `${values.against} holds no ${about === 'request' ? 'request' : `run of the series ${named?.id}`}.`,
    )
  }
  const journeys = whatIsWalked(about, values)
  const complete = (
    order: Partial<Order>,
    journey: Pick<Order, 'journey' | 'answers'> & { followUps?: number },
  ): Order => {
    const stage = stageFor(values.stage ?? order.stage ?? 'prod')
    const timeZone = values.zone === undefined ? (order.timeZone ?? stage.calendar.timeZone) : zoneFor(values.zone)
    const workingDays =
      values['working-days'] === undefined ? order.given?.workingDays : daysFor(values['working-days'])
    const holidays = values.holidays === undefined ? order.given?.holidays : holidaysFor(values.holidays)
    const followUps =
      values['follow-ups'] === undefined
        ? (order.given?.followUps ?? journey.followUps)
        : numberFor('follow-ups', values['follow-ups'], 3)
    const hour = values.hour === undefined ? order.given?.hour : numberFor('hour', values.hour, 23)
    return {
      about,
      journey: journey.journey,
      ...(named ? { series: named.id } : {}),
      stage: stage.name,
      timeZone,
      start: values.start === undefined ? (order.start ?? comingMonday(today, timeZone)) : startFor(values.start),
      given: {
        ...(workingDays ? { workingDays } : {}),
        ...(holidays ? { holidays } : {}),
        ...(followUps === undefined ? {} : { followUps }),
        ...(hour === undefined ? {} : { hour }),
      },
      answers: [...journey.answers],
    }
  }
  if (!before) {
    if (!journeys)
      throw new PlainError(`Name a journey with --journey, or all; or give --answers.\n\n${list(journeysOf(about))}`)
    return journeys.map((journey) => complete({}, journey))
  }
  if (!journeys) return before.map((order) => complete(order, order))
  return journeys.map((journey) => {
    const order = before.find((one) => one.journey === journey.journey)
    if (!order) throw new PlainError(`${values.against} holds no journey ${journey.journey}.`)
    return complete(order, journey)
  })
}

/** Nothing where neither a journey nor answers are given. */
const whatIsWalked = (
  about: Order['about'],
  { journey, answers }: Values,
): (Pick<Order, 'journey' | 'answers'> & { followUps?: number })[] | undefined => {
  const names = about === 'request' ? [...Object.keys(events), ...Object.keys(beyondThePage)] : Object.keys(deeds)
  if (answers !== undefined) return [{ journey: 'answers', answers: readAnswers(answers, names) }]
  if (journey === undefined) return undefined
  const all = journeysOf(about)
  const wanted = journey === 'all' ? Object.keys(all) : [journey]
  return wanted.map((name) => {
    const found = Object.hasOwn(all, name) ? all[name] : undefined
    if (!found) throw new PlainError(`No journey is called ${name}. There are:\n${list(all)}`)
    const { followUps } = found
    return { journey: name, answers: [...found.answers], ...(followUps === undefined ? {} : { followUps }) }
  })
}

const seriesFor = (about: Order['about'], words: readonly string[]): Series | undefined => {
  if (about === 'request') {
    if (words.length > 0) throw new PlainError(`A request takes options only, and ${words.join(' ')} is none.`)
    return undefined
  }
  const all = library()
  const [id, ...more] = words
  const series = all.find((one) => one.id === id)
  if (!series || more.length > 0) {
    throw new PlainError(
      `${id ? `No series is called ${words.join(' ')}.` : 'Name a series.'} There are: ${all.map((one) => one.id).join(', ')}.`,
    )
  }
  return series
}

const stageFor = (name: string): Deployment => {
  try {
    return stageNamed(name)
  } catch (error) {
    throw new PlainError((error as Error).message)
  }
}

const zoneFor = (name: string): string => {
  const zone = canonicalZone(name)
  if (zone) return zone
  const word = name.toLowerCase().replaceAll(/[^a-z]+/g, '_')
  const close = word.length < 3 ? [] : allZones().filter((one) => one.toLowerCase().includes(word))
  const hint =
    close.length > 0 ? ` Did you mean ${close.slice(0, 5).join(', ')}?` : ' One is called Europe/Berlin, for example.'
  throw new PlainError(`No time zone is called ${name}.${hint}`)
}

const startFor = (text: string): string => {
  if (dateTime.safeParse(text).success) return text.slice(0, 16)
  throw new PlainError(`--start is a day and a time by their clock, such as 2026-12-01T09:00; ${text} is none.`)
}

const daysFor = (text: string): number[] => {
  const days = text.split(',').map((day) => Number(day.trim() || Number.NaN))
  if (days.some((day) => !Number.isInteger(day) || day < 1 || day > 7)) {
    throw new PlainError(
      `--working-days are numbers with commas between, 1 for Monday to 7 for Sunday; ${text} is not.`,
    )
  }
  return days
}

const holidaysFor = (text: string): string[] => {
  const days = text === '' ? [] : text.split(',').map((day) => day.trim())
  const wrong = days.find((day) => !date.safeParse(day).success)
  if (wrong !== undefined)
    throw new PlainError(`--holidays are days with commas between, such as 2026-12-25; “${wrong}” is none.`)
  return days
}

const numberFor = (option: string, text: string, most: number): number => {
  const number = /^\d{1,2}$/.test(text) ? Number(text) : Number.NaN
  if (number <= most) return number
  throw new PlainError(`--${option} is a whole number from 0 to ${most}; ${text} is none.`)
}

const comingMonday = (now: number, timeZone: string): string => {
  const today = dayOf(now, timeZone)
  // Day 4 of 1970 was a Monday.
  return `${toDate(today + 7 - ((today + 3) % 7))}T09:00`
}

const readSaved = (path: string): Saved => {
  if (!existsSync(path)) throw new PlainError(`There is no file ${path}. Make one with --json > ${path}.`)
  const wrong = new PlainError(
    `${path} is not what --json prints. Save it with: npm run -s simulate -- … --json > ${path}`,
  )
  try {
    const read = Saved.safeParse(JSON.parse(readFileSync(path, 'utf8')))
    if (!read.success) throw wrong
    return read.data
  } catch {
    throw wrong
  }
}

let mails:
  | { request: typeof import('../../shared/mail/render.tsx'); tip: typeof import('../../shared/mail/tip.tsx') }
  | undefined
const theMails = () => {
  mails ??= { request: loadBundled('shared/mail/render.tsx'), tip: loadBundled('shared/mail/tip.tsx') }
  return mails
}

const publicUrl = 'https://interviews.example'

const walk = ({ about, series: id, stage: name, timeZone, start, given, answers }: Order): Simulation['steps'] => {
  const { workingDays, holidays, followUps, hour } = given
  const deployed = stageFor(name)
  const { calendar } = deployed
  const stage = {
    ...deployed,
    calendar: { ...calendar, ...(workingDays ? { workingDays } : {}), ...(holidays ? { holidays } : {}) },
  }
  if (about === 'request') {
    const subjectOf: RenderSubject = ({ request, mail, upcoming, now }) =>
      theMails().request.renderMail({
        stage,
        publicUrl,
        now,
        request,
        mail: mail.mail,
        merged: mail.merged.map((part) => part.mail),
        upcoming: upcoming.filter((other) => other.mail !== mail.mail || other.occurrence !== mail.occurrence),
      }).subject
    return walkRequest({ stage, timeZone, start, answers, followUps, subjectOf })
  }
  const series = library().find((one) => one.id === id)
  if (!series) throw new PlainError(`No series is called ${id} any more.`)
  const subjectOf = (of: { series: Series; part: Part } | { reminder: boolean }): string =>
    'part' in of
      ? theMails().tip.renderTip({ stage, publicUrl, ...of }).subject
      : theMails().tip.renderConfirmSeries({ stage, publicUrl, ...of }).subject
  return walkSeries({ stage, series, timeZone, start, answers, hour, subjectOf })
}

const against = (saved: Saved, simulations: readonly Simulation[], { json }: Values): Said => {
  const all = simulations.map((simulation) => {
    const before = saved.simulations.find(
      (one) => one.about === simulation.about && one.series === simulation.series && one.journey === simulation.journey,
    )
    return { simulation, found: before ? differences(before, simulation) : [] }
  })
  const found = all.flatMap((one) => one.found)
  const text = json ? JSON.stringify({ version: 1, differences: found }, undefined, 2) : asDifferences(all)
  return { text, code: found.length > 0 ? 1 : 0 }
}

const asCalendar = (simulations: readonly Simulation[], path: string, now: Date): Said => {
  const ics = toIcs(simulations, now)
  if (path === '-') return { text: ics.trimEnd(), code: 0 }
  writeFileSync(path, ics)
  return { text: `Written to ${path}.`, code: 0 }
}
