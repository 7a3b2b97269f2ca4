import { subscriptionStates } from '../shared/tips/subscription.ts'
import { openPlace, placeOptions, placeUsage, print, readArguments, red, say } from './command-line.ts'
import { inPlainWords, PlainError } from './plain-error.ts'
import { count } from './progress-bar.ts'

const usage = `npm run --silent subscribers -- export [options]

Writes a row for each subscription, as CSV.

  --series <id>    of this series alone
  --state <state>  ${subscriptionStates.join(', ')}
  -o <file.csv>    into a file instead of on the screen

${placeUsage}`

const options = { ...placeOptions, state: { type: 'string' }, output: { type: 'string', short: 'o' } } as const

/** Runs it; the result is the exit code. Throws a PlainError where nothing was done. */
export const runExport = async (args: string[]): Promise<number> => {
  const { values, positionals } = readArguments(args, options, usage)
  if (values.help) {
    print(usage)
    return 0
  }
  if (positionals.length > 0) throw new PlainError(`Name the file to write with -o.\n\n${usage}`)
  const state = subscriptionStates.find((one) => one === values.state)
  if (values.state !== undefined && !state) {
    throw new PlainError(`No subscription is in that state. There are: ${subscriptionStates.join(', ')}.`)
  }
  const { target, series } = await openPlace(values)
  const { exportSubscribers } = await import('./export-subscribers.ts')
  try {
    const to = values.output ?? process.stdout
    const rows = await exportSubscribers({ series: series?.id, state, now: target.now(), to })
    say(`${count(rows)} subscriptions of ${target.name}${values.output ? `, in ${values.output}` : ''}.`)
    return 0
  } catch (error) {
    // Whoever reads has read enough.
    if ((error as NodeJS.ErrnoException).code === 'EPIPE') return 0
    say(red(`It stopped in the middle. ${inPlainWords(error)}`))
    return 3
  }
}
