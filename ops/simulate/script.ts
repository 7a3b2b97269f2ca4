import type { Calendar } from '../../shared/calendar.ts'
import { toInstant } from '../../shared/calendar.ts'
import type { Instant } from '../../shared/request.ts'
import { when } from '../in-words.ts'
import { PlainError } from '../plain-error.ts'
import { instantAt, type Moment, readMoment, withDates } from './moment.ts'
import type { Answer } from './simulation.ts'

/** What somebody does at a moment, with the dates in what they type. */
export type Act = { at: number; event: string; fields: Record<string, unknown>; where: string }

/** A mail that came, by every name that “on …” may call it. */
export type Came = { names: readonly string[]; at: number }

/** Gives the answers of a script one after the other, each at its time. Throws PlainErrors that name the answer. */
export const openScript = (answers: readonly Answer[], mails: readonly string[], start: number) => {
  const moments = answers.map((answer, index): Moment => {
    try {
      return readMoment(answer.when, mails)
    } catch (error) {
      throw inAnswer(index, answer, error)
    }
  })
  let next = 0
  let last = start
  /** Mails that came before the last answer are none that the next one can be an answer to. */
  let heard = 0
  return {
    /** When the next answer is given, as far as that is known by now; nothing while its mail has not come. */
    nextAt: (came: readonly Came[], calendar: Calendar): number | undefined => {
      const moment = moments[next]
      const answer = answers[next]
      if (!moment || !answer) return undefined
      const mail =
        'after' in moment ? came.slice(heard).find(({ names }) => names.includes(moment.after ?? '')) : undefined
      if ('after' in moment && !mail) return undefined
      const at = instantAt(moment, mail?.at ?? last, calendar)
      if (at < last) {
        const { timeZone } = calendar
        throw inAnswer(
          next,
          answer,
          new PlainError(
            `${when(toInstant(at), timeZone)} is before what came before it, on ${when(toInstant(last), timeZone)}. Answers stand in order.`,
          ),
        )
      }
      return at
    },
    take: (at: number, came: readonly Came[], calendar: Calendar): Act => {
      const answer = answers[next] as Answer
      const where = named(next, answer)
      try {
        const fields = withDates(answer.fields ?? {}, at, calendar)
        next += 1
        last = at
        heard = came.length
        return { at, event: answer.event, fields, where }
      } catch (error) {
        throw inAnswer(next, answer, error)
      }
    },
    /** Throws when answers are left that never were given. */
    close: (now: Instant, timeZone: string, because: string): void => {
      const answer = answers[next]
      const moment = moments[next]
      if (!answer || !moment) return
      const waits = 'after' in moment ? `no mail ${moment.after} comes any more` : 'it is never given'
      throw inAnswer(next, answer, new PlainError(`${waits}: ${because} on ${when(now, timeZone)}.`))
    },
  }
}

const named = (index: number, { when: moment, event }: Answer): string => `Answer ${index + 1}, “${moment}: ${event}”`

const inAnswer = (index: number, answer: Answer, error: unknown): unknown =>
  error instanceof PlainError ? new PlainError(`${named(index, answer)}: ${error.message}`) : error
