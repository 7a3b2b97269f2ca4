import { randomUUID } from 'node:crypto'
import type { Clock } from './clock.ts'
import type { Functions } from './functions.ts'
import { type Loop, loopOf } from './loop.ts'
import type { Queues } from './queues.ts'
import type { Store } from './store.ts'
import type { Fn } from './template.ts'

/** Lambda's queue of asynchronous invocations: schedules and rules put events on it, functions take them off. */
export type AsyncInvocations = {
  /** Accepts an event. One `inTransit` arrives a second later, or as soon as all else is quiet. */
  accept: (fn: string, payload: string, inTransit?: boolean) => void
  /** Lets what is in transit arrive now. How many there were. */
  arrive: () => number
  nextMoment: () => number | undefined
  /** Of each function that has any: how many events wait, those that are to be tried again among them, and since when. */
  waiting: () => { fn: string; events: number; since: number }[]
  loops: Loop[]
}

type Row = { seq: number; fn: string; id: string; payload: string; acceptedAt: number; attempts: number }

type Options = {
  functions: Fn[]
  lambda: Functions
  store: Store
  clock: Clock
  queues: Queues
  onWork: () => void
  report: (error: Error) => void
}

/** Lambda tries again after one minute, then after two. */
const retryAfterMs = (attempts: number): number => 60_000 * attempts
const transitMs = 1000

export const openAsyncInvocations = ({
  functions,
  lambda,
  store,
  clock,
  queues,
  onWork,
  report,
}: Options): AsyncInvocations => {
  const giveUp = (fn: Fn, row: Row, condition: string, error: unknown): void => {
    store.run('DELETE FROM invocations WHERE seq = ?', row.seq)
    const queue = fn.onFailure && queues.byArn(fn.onFailure)
    if (!queue) return
    queues.send(
      queue.name,
      JSON.stringify({
        version: '1.0',
        timestamp: clock.iso(),
        requestContext: {
          requestId: row.id,
          functionArn: `${fn.arn}:$LATEST`,
          condition,
          approximateInvokeCount: row.attempts,
        },
        requestPayload: JSON.parse(row.payload),
        responseContext: { statusCode: 200, executedVersion: '$LATEST', functionError: 'Unhandled' },
        responsePayload: error,
      }),
    )
  }

  const loops = functions.map((fn) => {
    const work = async (): Promise<boolean> => {
      if (lambda.isThrottled(fn.name)) return false
      const row = store.first<Row>(
        'SELECT * FROM invocations WHERE fn = ? AND dueAt <= ? ORDER BY dueAt, seq LIMIT 1',
        fn.name,
        clock.now(),
      )
      if (!row) return false
      onWork()
      // It waited longer than Lambda keeps it.
      if (row.attempts === 0 && clock.now() - row.acceptedAt > fn.maxAgeMs) {
        store.together(() => giveUp(fn, row, 'EventAgeExceeded', null))
        return true
      }
      const outcome = await lambda.invoke(fn.name, JSON.parse(row.payload), row.id)
      const attempts = row.attempts + 1
      store.together(() => {
        if (outcome.ok) store.run('DELETE FROM invocations WHERE seq = ?', row.seq)
        else if (attempts > fn.retries) giveUp(fn, { ...row, attempts }, 'RetriesExhausted', outcome.error)
        else if (clock.now() - row.acceptedAt > fn.maxAgeMs)
          giveUp(fn, { ...row, attempts }, 'EventAgeExceeded', outcome.error)
        else {
          const dueAt = clock.now() + retryAfterMs(attempts)
          store.run(
            'UPDATE invocations SET attempts = ?, dueAt = ?, inTransit = 0 WHERE seq = ?',
            attempts,
            dueAt,
            row.seq,
          )
        }
      })
      return true
    }
    return loopOf(work, report)
  })

  return {
    accept: (fn, payload, inTransit = false) => {
      const now = clock.now()
      store.run(
        'INSERT INTO invocations (fn, id, payload, acceptedAt, dueAt, inTransit) VALUES (?, ?, ?, ?, ?, ?)',
        fn,
        randomUUID(),
        payload,
        now,
        inTransit ? now + transitMs : now,
        inTransit ? 1 : 0,
      )
    },
    arrive: () =>
      store.run('UPDATE invocations SET dueAt = min(dueAt, ?), inTransit = 0 WHERE inTransit = 1', clock.now()),
    nextMoment: () => {
      // One look at the index for each: asked after every invocation, with thousands of events waiting.
      const due = functions.flatMap(({ name }) => {
        if (lambda.isThrottled(name)) return []
        return store.first<{ at: number | null }>('SELECT min(dueAt) at FROM invocations WHERE fn = ?', name)?.at ?? []
      })
      return due.length > 0 ? Math.min(...due) : undefined
    },
    waiting: () =>
      store.all('SELECT fn, count(*) events, min(acceptedAt) since FROM invocations GROUP BY fn ORDER BY fn'),
    loops,
  }
}
