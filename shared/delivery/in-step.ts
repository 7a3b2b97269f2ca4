import { theStage } from '../aws/environment.ts'
import { load, type PersonFile } from '../aws/files.ts'
import * as people from '../aws/people.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import { dayOf, toDate, toMs } from '../calendar.ts'
import type { Person } from '../person.ts'
import { type PlannedMail, plan } from '../plan.ts'
import { firstName, type Instant, type InterviewRequest, isFinal, type LocalDate, type State } from '../request.ts'
import { library } from '../tips/library.ts'
import { TOLD_AHEAD } from '../tips/rhythm.ts'
import { mayHappen, type Subscription } from '../tips/subscription.ts'
import { told } from '../tips/told.ts'
import { enrol } from './enrol.ts'
import { partsOf } from './parts.ts'

const DAY = 86_400_000
const states = ['sent', 'replied', 'scheduled', 'met'] as const satisfies readonly State[]

/** Keeps what a person reads in step with her requests. Done twice it ends the same. */
export const keepInStep = async (
  { file, person, files }: PersonFile,
  mails: readonly PlannedMail[],
  now: Instant,
): Promise<void> => {
  const before = await subscriptions.of(person.id, now)
  const isNew = await enrolByRequest(file.request, person, before, now)
  const reading = isNew ? await subscriptions.of(person.id, now) : before
  if (reading.length === 0) return
  const news = {
    mailDays: daysOfMail(files, mails, now),
    reached: states.filter((state) => files.some(({ request }) => hasReached(request, state))),
  }
  const follows = await beginWhatFollows(reading, news.reached, person, now)
  const known = follows ? await subscriptions.of(person.id, now) : reading
  await Promise.all(known.map((subscription) => tell(subscription, news, now)))
}

/** A request of hers is gone, and the days that its mail would have taken are free again. */
export const keepInStepWithout = async (person: string, now: Instant): Promise<void> => {
  const known = await subscriptions.of(person, now)
  if (known.length === 0) return
  for (const requestId of (await people.find(person)).requests) {
    const loaded = await load(requestId, now)
    if (loaded) return keepInStep(loaded, plan(loaded.files, theStage().calendar, now).mails, now)
  }
  await Promise.all(known.map((subscription) => tell(subscription, { mailDays: [], reached: [] }, now)))
}

/** The same for a person who has just begun to read: her requests, if she has any, may be as they are for weeks. */
export const putInStep = async (personId: string, now: Instant): Promise<void> => {
  const { requests } = await people.find(personId)
  for (const requestId of requests.toReversed()) {
    const loaded = await load(requestId, now)
    if (loaded) return keepInStep(loaded, plan(loaded.files, theStage().calendar, now).mails, now)
  }
}

/** The tick on the form, once the address is confirmed: that one click was for both. */
const enrolByRequest = async (
  request: InterviewRequest,
  person: Person,
  known: readonly Subscription[],
  now: Instant,
): Promise<boolean> => {
  const [series] = library
  const confirmed = request.history.find(({ event }) => event === 'confirmed')
  if (!request.tips || !series || !confirmed) return false
  const present = known.find((subscription) => subscription.series === series.id)
  // Told of once already, or she has left since.
  const isOld = (present?.unsubscribedAt ?? '') >= confirmed.at
  if (present && (isOld || !mayHappen('enrolled', present.state))) return false
  // What that consent began has come to its end so long ago that it was deleted.
  if (!present && toMs(now) - toMs(confirmed.at) > theStage().retention.closedDays * DAY) return false
  const { wording = 'request', from } = request.tipsConsent ?? {}
  const consent = {
    wording,
    how: 'request' as const,
    askedAt: request.history[0]?.at ?? confirmed.at,
    ...(from ? { from } : {}),
    confirmedAt: confirmed.at,
  }
  const { email, timeZone, name } = request.seeker
  const result = await enrol(person, { email, timeZone, firstName: firstName(name) }, series, consent, now)
  return result === 'enrolled' || result === 'enrolled-again'
}

/** Local days on which workflow mail goes to her, or has gone just now. */
const daysOfMail = (files: PersonFile['files'], mails: readonly PlannedMail[], now: Instant): LocalDate[] => {
  const zones = new Map(files.map(({ request }) => [request.id, request.seeker.timeZone]))
  const days = new Set<LocalDate>()
  const add = (at: Instant, requestId: string): void => {
    const distance = toMs(at) - toMs(now)
    if (distance > TOLD_AHEAD || distance < -2 * DAY) return
    days.add(toDate(dayOf(Math.max(toMs(at), toMs(now) - 2 * DAY), zones.get(requestId) ?? 'UTC')))
  }
  for (const mail of mails) add(mail.dueAt < now ? now : mail.dueAt, mail.requestId)
  for (const { mails: rows } of files) {
    for (const row of rows) if (row.state !== 'skipped' && isFinal(row.state)) add(row.sentAt ?? row.at, row.requestId)
  }
  return [...days].sort()
}

const hasReached = ({ state, history }: InterviewRequest, reached: State): boolean =>
  state === reached || history.some(({ event }) => event === reached)

const tell = async (
  subscription: Subscription,
  news: { mailDays: LocalDate[]; reached: State[] },
  now: Instant,
): Promise<unknown> => {
  const parts = await partsOf(subscription)
  return subscriptions.change(subscription, now, (seen) => told(seen, news, parts, now))
}

/** A series that begins by itself, for somebody who reads another one, or has read it to its end; whether one has. */
const beginWhatFollows = async (
  known: readonly Subscription[],
  reached: readonly State[],
  person: Person,
  now: Instant,
): Promise<boolean> => {
  const reader = known.find(({ state }) => state === 'active' || state === 'paused' || state === 'finished')
  if (!reader) return false
  let follows = false
  for (const series of library) {
    if (!series.starts || !reached.includes(series.starts)) continue
    if (known.some((other) => other.series === series.id)) continue
    const { email, firstName, timeZone, hour, consent } = reader
    const result = await enrol(person, { email, firstName, timeZone, hour }, series, { ...consent, how: 'series' }, now)
    follows ||= result === 'enrolled'
  }
  return follows
}
