import FakeTimers from '@sinonjs/fake-timers'
import { readSesEvent } from '../shared/ses-event.ts'
import type { Stack } from './open-stack.ts'

/**
 * Works on a report of SES as `record-outcome` would have, by its own code; `false` for what is none. What was written down
 * before stays as it is.
 */
export const replay = async (event: unknown, stack: Stack): Promise<boolean> => {
  if (!readSesEvent(event)) return false
  const { handler } = await import('../functions/record-outcome.ts')
  await byTheClockOf(stack, () => withoutMetrics(() => handler(event)))
  return true
}

/** The local cloud has a clock of its own. */
const byTheClockOf = async (stack: Stack, work: () => Promise<void>): Promise<void> => {
  if (!stack.isLocal) return work()
  const clock = FakeTimers.install({ now: Date.parse(stack.now()), toFake: ['Date'] })
  try {
    await work()
  } finally {
    clock.uninstall()
  }
}

/** On Lambda a line of output is a metric; here it would stand between our own. */
const withoutMetrics = async (work: () => Promise<void>): Promise<void> => {
  const { write } = process.stdout
  process.stdout.write = () => true
  try {
    await work()
  } finally {
    process.stdout.write = write
  }
}
