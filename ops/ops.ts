import { firstLineRed, print, say } from './command-line.ts'
import { commands } from './commands.ts'
import { inPlainWords, PlainError } from './plain-error.ts'

const usage = `npm run ops -- <command> [options]

${Object.entries(commands)
  .map(([name, { summary }]) => `  ${name.padEnd(16)}${summary}`)
  .join('\n')}

Without --stage it is about the cloud that \`npm start\` runs on this machine; with it,
about a stage on AWS. --help after a command says more about it.

Ends with 0; with 1 when the answer is no, or something is left to be done; with 2 when
something has to be put right first. All of it can be run again without harm.`

const run = async ([name = '', ...args]: string[]): Promise<number> => {
  if (name === '--help' || name === '-h') {
    print(usage)
    return 0
  }
  const command = Object.hasOwn(commands, name) ? commands[name] : undefined
  if (!command) throw new PlainError(`${name ? `There is no command ${name}.\n\n` : ''}${usage}`)
  const { data, text, code = 0 } = await command.run(args)
  const wantsJson = args.includes('--json') && !args.includes('--help') && !args.includes('-h')
  print(wantsJson ? JSON.stringify(data, undefined, 2) : text)
  return code
}

// What was begun is done or not done, and every command can be run again.
process.once('SIGINT', () => {
  say('\nInterrupted. What is done stays done; the same command goes on from there.')
  process.exit(130)
})
// What our own functions log has no place between the lines of a command.
for (const level of ['info', 'warn', 'error'] as const) console[level] = () => undefined
// Whoever reads has read enough: the work goes on.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
try {
  process.exitCode = await run(process.argv.slice(2))
} catch (error) {
  say(firstLineRed(inPlainWords(error)))
  process.exitCode = 2
}
