import { depthOf, type Letter, move, moveAllBack, putDown, remove, take } from '../shared/aws/queue-contents.ts'
import { type DeadLetterQueue, deadLetterQueues, eventOf, tell, windowOf } from './dead-letters.ts'
import { many } from './in-words.ts'
import type { Stack } from './open-stack.ts'
import { showProgress } from './progress-bar.ts'
import { replanChanged } from './replan.ts'
import { replay } from './replay.ts'

/** More are counted, and not shown. */
const MOST_SHOWN = 100
const LOOK_SECONDS = 30
/** Longer than it takes to do with ten messages what is to be done. */
const WORK_SECONDS = 300

const chosen = (stack: Stack, only: string | undefined) =>
  deadLetterQueues(stack.queues).filter(({ name }) => only === undefined || name === only)

/** What lies in each queue, told and left where it is. */
export const lettersIn = (stack: Stack, only: string | undefined) =>
  Promise.all(
    chosen(stack, only).map(async ({ name, means, url }) => {
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
        letters: found.map(({ id, body, sentAt, attributes }) => ({
          id,
          sentAt,
          told: tell(name, { body, attributes }),
        })),
      }
    }),
  )

type Done = { name: string; messages: number; left: number; says: string }

/** Has done after all what failed, queue by queue. */
export const redrive = async (stack: Stack, only: string | undefined): Promise<Done[]> => {
  const all: Done[] = []
  for (const queue of chosen(stack, only)) all.push({ name: queue.name, ...(await cure(queue, stack)) })
  return all
}

type Cured = Omit<Done, 'name'>

const cure = async (queue: DeadLetterQueue & { url: string }, stack: Stack): Promise<Cured> => {
  const { url } = queue
  const { waiting } = await depthOf(url)
  if (waiting === 0) return { messages: 0, left: 0, says: '' }
  const progress = process.stderr.isTTY ? showProgress(waiting) : undefined
  try {
    const told = (some: number): void => progress?.at(some)
    switch (queue.cure.do) {
      case 'back': {
        const moved = await moveAllBack(url, told)
        const messages =
          moved === false
            ? await eachOf(url, waiting, told, moveTo(stack, queue.cure.to, url))
            : { done: moved, left: 0 }
        return {
          messages: messages.done,
          left: messages.left,
          says: `${many(messages.done, 'message')} put back on the queue.`,
        }
      }
      case 'send': {
        const { done, left } = await eachOf(url, waiting, told, moveTo(stack, queue.cure.to, url))
        return { messages: done, left, says: `${many(done, 'alarm')} rung after all.` }
      }
      case 'drop': {
        const { done, left } = await eachOf(url, waiting, told, async () => true)
        return { messages: done, left, says: `${many(done, 'message')} taken off: the next run has done that work.` }
      }
      case 'replay': {
        const { done, left } = await eachOf(url, waiting, told, ({ body }) => replay(eventOf(body), stack))
        return { messages: done, left, says: `${many(done, 'report')} of SES written down.` }
      }
      case 'replan':
        return replanAll(url, waiting, stack)
    }
  } finally {
    progress?.stop()
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

/** Works on what was there at the beginning; what `work` says `false` to stays. */
const eachOf = async (
  url: string,
  most: number,
  onDone: (messages: number) => void,
  work: (letter: Letter) => Promise<boolean | 'gone'>,
): Promise<{ done: number; left: number }> => {
  let [done, left] = [0, 0]
  while (done + left < most) {
    const letters = await take(url, WORK_SECONDS)
    if (letters.length === 0) break
    for (const letter of letters) {
      const result = await work(letter)
      if (result === true) await remove(url, letter)
      if (result === false) left += 1
      else done += 1
      onDone(done)
    }
  }
  return { done, left }
}

/** All windows together are one walk through the table. */
const replanAll = async (url: string, most: number, stack: Stack): Promise<Cured> => {
  const letters: Letter[] = []
  while (letters.length < most) {
    const some = await take(url, WORK_SECONDS)
    if (some.length === 0) break
    letters.push(...some)
  }
  const understood = letters.flatMap((letter) => {
    const window = windowOf(letter.body)
    return window ? [{ letter, window }] : []
  })
  if (understood.length > 0) {
    const { requests, cleared } = await replanChanged(
      understood.map(({ window }) => window),
      stack.now(),
    )
    for (const { letter } of understood) await remove(url, letter)
    const left = letters.length - understood.length
    const rest = cleared > 0 ? `, and what was left of ${many(cleared, 'request')} that is gone was cleared` : ''
    return {
      messages: understood.length,
      left,
      says: `${many(requests, 'request')} that changed then planned anew${rest}.`,
    }
  }
  return { messages: 0, left: letters.length, says: '' }
}
