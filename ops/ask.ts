import { createInterface } from 'node:readline/promises'
import { PlainError } from './plain-error.ts'

/** Goes on after a "yes", typed on a terminal or given as --yes. Throws a PlainError for anything else. */
export const agreed = async (question: string, yes: boolean): Promise<void> => {
  if (yes) return
  if (!process.stdin.isTTY) throw new PlainError(`${question} Nobody can be asked here: say so with --yes.`)
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  try {
    // Ctrl-C is an answer as well.
    const answer = await terminal.question(`${question} Type yes to go on: `).catch(() => '')
    if (answer.trim().toLowerCase() !== 'yes') throw new PlainError('Nothing was done.')
  } finally {
    terminal.close()
  }
}
