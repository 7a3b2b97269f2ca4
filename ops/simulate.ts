import { firstLineRed, print, say } from './command-line.ts'
import { inPlainWords } from './plain-error.ts'
import { simulate } from './simulate/command.ts'

// Whoever reads has read enough.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
try {
  const { text, code } = simulate(process.argv.slice(2), Date.now())
  print(text)
  process.exitCode = code
} catch (error) {
  say(firstLineRed(inPlainWords(error)))
  process.exitCode = 2
}
