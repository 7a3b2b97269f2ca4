import { DatabaseSync } from 'node:sqlite'
import { theStage } from '../shared/aws/environment.ts'
import * as people from '../shared/aws/people.ts'
import * as subscriptions from '../shared/aws/subscriptions.ts'
import { enrol } from '../shared/delivery/enrol.ts'
import { partsOf } from '../shared/delivery/parts.ts'
import { hasRefused, type Person, personId } from '../shared/person.ts'
import type { Instant } from '../shared/request.ts'
import { enrolledAgain } from '../shared/tips/enrolment.ts'
import type { Checkpoint, Outcome } from './import-checkpoint.ts'
import type { Subscriber } from './subscriber-columns.ts'

/** Does what is to be done about the row that begins on this line. */
export type Enrolling = { of: (subscriber: Subscriber, line: number) => Promise<Outcome>; close: () => void }

const writes = (outcome: Outcome): boolean => outcome === 'enrolled' || outcome === 'enrolled-again'

/** Subscribes each, and tells the checkpoint before that. */
export const enrolling = (checkpoint: Checkpoint, now: () => Instant): Enrolling => {
  const inTurn = turns()
  return {
    of: (subscriber, line) =>
      inTurn(idOf(subscriber), async () => {
        const person = await people.find(idOf(subscriber))
        const foreseen = await foresee(person, subscriber, now())
        const before = checkpoint.begun(line)
        if (!before && !writes(foreseen)) return foreseen
        if (!before) checkpoint.begin(line, foreseen)
        const { series, consent, email, firstName, timeZone, hour } = subscriber
        const outcome = await enrol(person, { email, firstName, timeZone, hour }, series, consent, now())
        // The run that was interrupted has done it, and could not say so any more.
        return outcome === 'unchanged' && before ? before : outcome
      }),
    close: () => undefined,
  }
}

/** Says of each what would become of it, and writes nothing but a file of its own, which ends with it. */
export const rehearsing = (now: () => Instant): Enrolling => {
  const inTurn = turns()
  // Millions of addresses that would be known from then on: not in memory.
  const enrolled = new DatabaseSync('')
  enrolled.exec('PRAGMA synchronous = OFF; CREATE TABLE enrolled (id TEXT PRIMARY KEY) STRICT, WITHOUT ROWID')
  const note = enrolled.prepare('INSERT OR IGNORE INTO enrolled VALUES (?)')
  return {
    of: (subscriber) =>
      inTurn(idOf(subscriber), async () => {
        const foreseen = await foresee(await people.find(idOf(subscriber)), subscriber, now())
        if (!writes(foreseen)) return foreseen
        return note.run(`${idOf(subscriber)} ${subscriber.series.id}`).changes === 0 ? 'unchanged' : foreseen
      }),
    close: () => enrolled.close(),
  }
}

const idOf = ({ email }: Subscriber): string => personId(email, theStage().addressKey)

/** What `enrol` would do with what is there now. `refused` too for one who has left this series and no other. */
const foresee = async (person: Person, { series, consent, hasLeft }: Subscriber, now: Instant): Promise<Outcome> => {
  const { confirmedAt } = consent
  if (hasLeft || person.suppressedAt || hasRefused(person, confirmedAt)) return 'refused'
  const present = await subscriptions.find({ person: person.id, series: series.id }, now)
  if (!present) return 'enrolled'
  if (present.state === 'suppressed' || (present.unsubscribedAt ?? '') >= confirmedAt) return 'refused'
  const next = enrolledAgain(present, { consent, series, now }, await partsOf(present))
  return next ? 'enrolled-again' : 'unchanged'
}

/** One piece of work at a time for the same person, in the order in which they were given; others do not wait. */
const turns = () => {
  const last = new Map<string, Promise<unknown>>()
  return async <T>(id: string, work: () => Promise<T>): Promise<T> => {
    const before = last.get(id)
    const mine = before ? before.then(work, work) : work()
    last.set(id, mine)
    try {
      return await mine
    } finally {
      if (last.get(id) === mine) last.delete(id)
    }
  }
}
