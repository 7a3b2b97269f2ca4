import { firstLineRed, print, readArguments, say } from './command-line.ts'
import { billFor } from './cost/bill.ts'
import { billInWords } from './cost/in-words.ts'
import { measured } from './cost/measured.ts'
import { inPlainWords, PlainError } from './plain-error.ts'

const usage = `npm run cost -- [--people <n>]

What a month costs in which so many people begin, each with one request and one series of tips, walked to the end:
list prices times what a walk through the system was measured to use. docs/cost.md says more.

  --people <n>  how many; without it 100, 10,000 and 1,000,000
  --json        for programs; then with npm run --silent`

const options = {
  people: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const told = (args: string[]): string => {
  const { values, positionals } = readArguments(args, options, usage)
  if (values.help) return usage
  if (positionals.length > 0) throw new PlainError(`There is nothing to name but options.\n\n${usage}`)
  const people = values.people === undefined ? undefined : Number(values.people.replaceAll(/[,_]/g, ''))
  if (people !== undefined && !(Number.isSafeInteger(people) && people >= 0)) {
    throw new PlainError('--people is a number of people, such as 2500.')
  }
  const units = measured()
  const bills = (people === undefined ? [100, 10_000, 1_000_000] : [people]).map((one) => billFor(one, units))
  return values.json ? JSON.stringify({ bills }, null, 2) : bills.map(billInWords).join('\n\n\n')
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
try {
  print(told(process.argv.slice(2)))
} catch (error) {
  say(firstLineRed(inPlainWords(error)))
  process.exitCode = 2
}
