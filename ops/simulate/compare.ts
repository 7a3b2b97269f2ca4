import { howLong, many, when } from '../in-words.ts'
import { isMail, type Simulation, type Step } from './simulation.ts'

/** What is sent otherwise than before. Times are instants; `by` is in milliseconds, later when positive. */
export type Difference = { journey: string; series?: string; mail: string; says: string } & (
  | { change: 'new'; at: string }
  | { change: 'gone'; before: string; because?: string }
  | { change: 'moved'; before: string; at: string; by: number }
  | { change: 'subject' | 'parts'; at: string }
)

/** Mails by their name and which time round it is: `draft-reminder`, `draft-reminder (2)`. */
const mailsOf = (steps: readonly Step[]): Map<string, Step> => {
  const times = new Map<string, number>()
  return new Map(
    steps.filter(isMail).map((step) => {
      const time = (times.get(step.name) ?? 0) + 1
      times.set(step.name, time)
      return [time === 1 ? step.name : `${step.name} (${time})`, step]
    }),
  )
}

const DAY = 86_400_000

/** By the clock on the wall, which changes over the year: the same hour of the next day is a day later. */
const apart = (before: string, after: string): string => {
  const [a, b] = [before, after].map((local) => Date.parse(`${local.slice(0, 19)}Z`)) as [number, number]
  const days = Math.abs(b - a) / DAY
  return Number.isInteger(days) ? many(days, 'day') : howLong(Math.abs(b - a))
}

/** Two walks of the same journey, mail by mail, in the order of their times. */
export const differences = (before: Simulation, after: Simulation): Difference[] => {
  const { journey, series, timeZone } = after
  const base = { journey, ...(series ? { series } : {}) }
  const [old, fresh] = [mailsOf(before.steps), mailsOf(after.steps)]
  const found = new Map<string, Difference>()
  for (const [mail, step] of fresh) {
    const known = old.get(mail)
    if (!known) {
      found.set(step.at + mail, {
        ...base,
        mail,
        change: 'new',
        at: step.at,
        says: `${mail} “${step.subject}”: new, ${when(step.at, timeZone)}`,
      })
      continue
    }
    const by = Date.parse(step.at) - Date.parse(known.at)
    if (by !== 0) {
      found.set(step.at + mail, {
        ...base,
        mail,
        change: 'moved',
        before: known.at,
        at: step.at,
        by,
        says: `${mail}: ${apart(known.local, step.local)} ${by > 0 ? 'later' : 'earlier'}, ${when(step.at, timeZone)} (was ${when(known.at, timeZone)})`,
      })
    }
    if (known.subject !== step.subject)
      found.set(`${step.at}${mail} subject`, {
        ...base,
        mail,
        change: 'subject',
        at: step.at,
        says: `${mail}: the subject is “${step.subject}” (was “${known.subject}”)`,
      })
    const [partsBefore, parts] = [known.includes ?? [], step.includes ?? []].map(
      (names) => names.join(', ') || 'nothing',
    )
    if (partsBefore !== parts)
      found.set(`${step.at}${mail} parts`, {
        ...base,
        mail,
        change: 'parts',
        at: step.at,
        says: `${mail}: ${parts} in it (was ${partsBefore})`,
      })
  }
  for (const [mail, { at, name, subject }] of old) {
    if (fresh.has(mail)) continue
    const because = after.steps.find((step) => step.kind === 'not-sent' && step.name === name)?.says
    found.set(at + mail, {
      ...base,
      mail,
      change: 'gone',
      before: at,
      ...(because ? { because } : {}),
      says: `${mail} “${subject}”: no longer comes (was ${when(at, timeZone)})${because ? `, for ${because}` : ''}`,
    })
  }
  return [...found].sort(([a], [b]) => a.localeCompare(b)).map(([, difference]) => difference)
}
