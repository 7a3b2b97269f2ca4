import { depthOf, type Letter, move, moveAllBack, putDown, remove, take } from '../shared/aws/queue-contents.ts'
import { type DeadLetterQueue, deadLetterQueues, eventOf, tell, windowOf } from './dead-letters.ts'
import { many } from './in-words.ts'
import type { Stack } from './open-stack.ts'
import { inPlainWords } from './plain-error.ts'
import { showProgress } from './progress-bar.ts'
import { replanChanged } from './replan.ts'
import { replay } from './replay.ts'

/** More are counted, and not shown. */
const MOST_SHOWN = 100
const LOOK_SECONDS = 30
/** Longer than it takes to do with ten messages what is to be done. */
const WORK_SECONDS = 300
/** SQS counts roughly: what was taken off it may count for a moment longer. */
const PATIENCE_SECONDS = 5

const chosen = (stack: Stack, only: string | undefined) =>
  deadLetterQueues(stack.queues).filter(({ name }) => only === undefined || name === only)

/** What lies in each queue, told and left where it is. */
export const lettersIn = (stack: Stack, only: string | undefined) =>
  Promise.all(
    chosen(stack, only).map(async ({ name, means, url }) => {
      const { inFlight: inHand } = await depthOf(url)
      const found: Letter[] = []
      for (let some = await take(url, LOOK_SECONDS); some.length > 0; some = await take(url, LOOK_SECONDS)) {
        found.push(...some)
        if (found.length >= MOST_SHOWN) break
      }
      for (const letter of found) await putDown(url, letter)
      const { waiting } = await depthOf(url)
      return {
        name,
        means,
        depth: Math.max(found.length, waiting),
        inHand,
        letters: found.map(({ id, body, sentAt, attributes }) => ({
          id,
          sentAt,
          told: tell(name, { body, attributes }),
        })),
      }
    }),
  )

/**
 * `left`: messages with which nothing could be done, and why the first of them could not. `inHand`: those that were hidden
 * from the beginning, in the hands of another command or of one that was interrupted. `more`: those that SQS counts beside
 * them at the end: it has not shown them, or they came meanwhile.
 */
type Done = {
  name: string
  messages: number
  left: number
  because?: string
  inHand: number
  more: number
  says: string
}

/** Has done after all what failed, queue by queue. */
export const redrive = async (stack: Stack, only: string | undefined): Promise<Done[]> => {
  const all: Done[] = []
  for (const queue of chosen(stack, only)) {
    const cured = await cure(queue, stack)
    all.push({ name: queue.name, ...cured, more: await moreIn(queue.url, cured.left) })
  }
  return all
}

const moreIn = async (url: string, left: number): Promise<number> => {
  for (let seconds = 0; ; seconds += 1) {
    const more = (await depthOf(url)).waiting - left
    if (more <= 0 || seconds === PATIENCE_SECONDS) return Math.max(0, more)
    await new Promise((done) => setTimeout(done, 1000))
  }
}

type Cured = Omit<Done, 'name' | 'more'>

const cure = async (queue: DeadLetterQueue & { url: string }, stack: Stack): Promise<Cured> => {
  const { url } = queue
  const { waiting, inFlight: inHand } = await depthOf(url)
  if (waiting === 0) return { messages: 0, left: 0, inHand, says: '' }
  const progress = showProgress(waiting, 'messages')
  const each = (work: Work): Promise<Worked> => eachOf(url, waiting, progress.at, work)
  const words = (messages: number): string => many(messages, 'message')
  const cured = ({ done, ...rest }: Worked, says: string): Cured => ({
    messages: done,
    ...rest,
    inHand,
    says: done > 0 ? says : '',
  })
  try {
    switch (queue.cure.do) {
      case 'back': {
        const moved = await moveAllBack(url, progress.at)
        const worked = moved === false ? await each(moveTo(stack, queue.cure.to, url)) : { done: moved, left: 0 }
        return cured(worked, `${words(worked.done)} put back on the queue.`)
      }
      case 'send': {
        const worked = await each(moveTo(stack, queue.cure.to, url))
        return cured(worked, `${words(worked.done)} put on the mail queue after all.`)
      }
      case 'drop': {
        const worked = await each(async () => true)
        return cured(worked, `${words(worked.done)} taken off: the next run has done that work.`)
      }
      case 'replay': {
        const worked = await each(({ body }) => replay(eventOf(body), stack))
        return cured(worked, `${many(worked.done, 'report')} of SES written down.`)
      }
      case 'replan':
        return { ...(await replanAll(url, waiting, stack)), inHand }
    }
  } finally {
    progress.stop()
  }
}

const moveTo = (stack: Stack, stem: string, from: string) => {
  const to = stack.queues.get(stem)
  if (!to) throw new Error(`There is no queue ${stem}`)
  return async (letter: Letter): Promise<'gone'> => {
    await move(from, to, letter)
    return 'gone'
  }
}

type Work = (letter: Letter) => Promise<boolean | 'gone'>
type Worked = { done: number; left: number; because?: string }

/**
 * Works on what was there at the beginning. What `work` says `false` to, or fails with, holds up none behind it: it stays,
 * and can be seen again at once.
 */
const eachOf = async (url: string, most: number, onDone: (messages: number) => void, work: Work): Promise<Worked> => {
  let done = 0
  let because: string | undefined
  const left: Letter[] = []
  while (done + left.length < most) {
    const letters = await take(url, WORK_SECONDS)
    if (letters.length === 0) break
    for (const letter of letters) {
      const result = await work(letter).catch((error: unknown) => {
        because ??= inPlainWords(error)
        return false as const
      })
      if (result === true) await remove(url, letter)
      if (result === false) left.push(letter)
      else done += 1
      onDone(done)
    }
  }
  for (const letter of left) await putDown(url, letter)
  return { done, left: left.length, ...(because ? { because } : {}) }
}

/** All windows together are one walk through the table. */
const replanAll = async (url: string, most: number, stack: Stack): Promise<Omit<Cured, 'inHand'>> => {
  const letters: Letter[] = []
  while (letters.length < most) {
    const some = await take(url, WORK_SECONDS)
    if (some.length === 0) break
    letters.push(...some)
  }
  const windows = letters.flatMap(({ body }) => windowOf(body) ?? [])
  const understood = letters.filter(({ body }) => windowOf(body))
  const left = letters.filter(({ body }) => !windowOf(body))
  for (const letter of left) await putDown(url, letter)
  if (windows.length === 0) return { messages: 0, left: left.length, says: '' }
  const { requests, cleared } = await replanChanged(windows, stack.now)
  for (const letter of understood) await remove(url, letter)
  const rest = cleared > 0 ? `, and what was left of ${many(cleared, 'request')} that is gone was cleared` : ''
  return {
    messages: understood.length,
    left: left.length,
    says: `${many(requests, 'request')} that changed then planned anew${rest}.`,
  }
}
