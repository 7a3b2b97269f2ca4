import { command, WrongUse } from './command.ts'
import { ageOf, deadLetters as known } from './dead-letters.ts'
import { howLong, many } from './in-words.ts'
import type { Stack } from './open-stack.ts'
import { count } from './progress-bar.ts'

const usage = `dead-letters list|redrive [options]

list says what failed for good, and what each of it means. redrive, once the cause is
mended, has it done after all: what came from a queue goes back there, changes that were
not planned are planned, reports of SES are written down, and runs whose work the next run
has done are taken off. Nothing is sent twice by it.

  --queue <name>   of this queue alone: ${Object.keys(known).join(', ')}`

export const deadLetters = command({
  summary: 'what failed for good, and having it done after all',
  usage,
  options: { queue: { type: 'string' } },
  run: async ({ values, positionals, open }) => {
    const [what, ...more] = positionals
    if ((what !== 'list' && what !== 'redrive') || more.length > 0) throw new WrongUse('Say either list or redrive.')
    if (values.queue !== undefined && !Object.hasOwn(known, values.queue)) {
      throw new WrongUse(`No queue is called ${values.queue}. There are: ${Object.keys(known).join(', ')}.`)
    }
    const stack = await open()
    return what === 'list' ? list(stack, values.queue) : redriveAll(stack, values.queue)
  },
})

const list = async (stack: Stack, only: string | undefined) => {
  const { lettersIn } = await import('./redrive.ts')
  const now = stack.now()
  const queues = await lettersIn(stack, only)
  const full = queues.filter(({ letters }) => letters.length > 0)
  const lines = full.flatMap(({ name, means, depth, letters }) => [
    `${name}: ${many(depth, 'message')}`,
    `  ${means}`,
    ...letters.flatMap(({ sentAt, told }) => [
      `  · ${told.says}, ${howLong(ageOf(sentAt, now))} ago${told.because ? ` (${told.because})` : ''}`,
      ...(told.command ? [`      ${stack.ops(told.command)}`] : []),
    ]),
    ...(depth > letters.length ? [`  · and ${count(depth - letters.length)} more`] : []),
  ])
  return {
    data: {
      queues: queues.map(({ name, means, depth, inHand, letters }) => ({
        name,
        means,
        messages: depth,
        inHand,
        letters,
      })),
    },
    text: [
      ...(queues.every(isEmpty) ? ['There are no dead letters.'] : lines),
      ...queues.flatMap(notShownInWords),
      ...queues.flatMap(inHandInWords),
      ...(full.length > 0 ? [`\nOnce the cause is mended: ${stack.ops('dead-letters redrive')}`] : []),
    ].join('\n'),
  }
}

type Seen = { name: string; depth: number; inHand: number; letters: readonly object[] }

const isEmpty = ({ depth, inHand }: Seen): boolean => depth === 0 && inHand === 0

const notShownInWords = ({ name, depth, letters }: Seen): string[] =>
  depth > 0 && letters.length === 0
    ? [`${name}: SQS counts ${many(depth, 'message')}, and shows none at the moment. Ask again in a minute.`]
    : []

/** Nobody else sees a message that somebody works on, for at most five minutes. */
const inHandInWords = ({ name, inHand }: { name: string; inHand: number }): string[] =>
  inHand > 0
    ? [
        `${name}: ${many(inHand, 'message')} cannot be seen: another command has ${inHand === 1 ? 'it' : 'them'} in hand, or had a moment ago. ${inHand === 1 ? 'It is' : 'They are'} back within five minutes.`,
      ]
    : []

const redriveAll = async (stack: Stack, only: string | undefined) => {
  const { redrive } = await import('./redrive.ts')
  const done = await redrive(stack, only)
  const some = done.filter(({ messages, left, more }) => messages > 0 || left > 0 || more > 0)
  const lines = some.map(({ name, says, left, because, more }) =>
    [
      `${name}:`,
      ...(says ? [says] : []),
      ...(left > 0
        ? [`With ${many(left, 'message')} nothing could be done: left where ${left === 1 ? 'it is' : 'they are'}.`]
        : []),
      ...(because ? [because] : []),
      ...(more > 0 ? [`SQS counts ${many(more, 'message')} there all the same. Run it again in a minute.`] : []),
    ].join(' '),
  )
  const isDone = done.every(({ left, inHand, more }) => left === 0 && inHand === 0 && more === 0)
  return {
    code: isDone ? (0 as const) : (1 as const),
    data: { queues: done },
    text: [
      ...(isDone && some.length === 0 ? ['There are no dead letters.'] : lines),
      ...done.flatMap(inHandInWords),
    ].join('\n'),
  }
}
