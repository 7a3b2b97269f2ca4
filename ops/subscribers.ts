import { firstLineRed, print, say } from './command-line.ts'
import { runExport } from './export-command.ts'
import { runImport } from './import-command.ts'
import { inPlainWords, PlainError } from './plain-error.ts'

const usage = `npm run subscribers -- import <file.csv>   subscribes everybody in a file
npm run subscribers -- export             writes down who is subscribed

  --help after either says more`

const run = async ([command, ...args]: string[]): Promise<number> => {
  if (command === 'import') return runImport(args)
  if (command === 'export') return runExport(args)
  if (command !== '--help' && command !== '-h') throw new PlainError(usage)
  print(usage)
  return 0
}

// What the functions log has no place between our own lines.
console.info = () => undefined
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
// Where it stopped in the middle, what is on its way is not waited for.
if (process.exitCode === 3) process.exit()
