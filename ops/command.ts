import { type ParseArgsOptionsConfig, parseArgs } from 'node:util'
import type { Stack } from './open-stack.ts'
import { PlainError } from './plain-error.ts'

/** What a command says: as data for programs, and in words for people. */
export type Answer = {
  data: object
  text: string
  /** 1: the answer is no, or something is left to be done. */
  code?: 0 | 1
}

export const options = {
  local: { type: 'boolean', default: false },
  data: { type: 'string' },
  stage: { type: 'string' },
  table: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsOptionsConfig

const everywhere = `Where:
  --local          the cloud that \`npm start\` runs on this machine; so it is without --stage
  --data <folder>  where that one keeps its data, when not in .local
  --stage <name>   a stage on AWS, with the credentials and the region of the environment
  --table <name>   its table, instead of the one that the stack names

How:
  --json           one JSON object, for programs (and \`npm run --silent\`)
  --help           this`

const parsed = <const T extends ParseArgsOptionsConfig>(args: string[], more: T) =>
  parseArgs({ args, options: { ...options, ...more }, allowPositionals: true })

type Given<T extends ParseArgsOptionsConfig> = ReturnType<typeof parsed<T>> & {
  /** Finds the deployment; modules that read the environment are to be imported after it. */
  open: () => Promise<Stack>
}

export type Command = {
  /** One line for the list of commands. */
  summary: string
  help: string
  run: (args: string[]) => Promise<Answer>
}

type Definition<T extends ParseArgsOptionsConfig> = {
  summary: string
  /** `explain <id>`, then what it does and its own options. */
  usage: string
  options?: T
  run: (given: Given<T>) => Promise<Answer>
}

/** A command line is read before anything is opened: a PlainError says what is wrong with it, and how it should be. */
export const command = <const T extends ParseArgsOptionsConfig = Record<never, never>>({
  summary,
  usage,
  options: more,
  run,
}: Definition<T>): Command => {
  const help = `npm run ops -- ${usage}\n\n${everywhere}`
  return {
    summary,
    help,
    run: async (args) => {
      const read = (() => {
        try {
          return parsed(args, more ?? ({} as T))
        } catch (error) {
          throw new PlainError(`${(error as Error).message}\n\n${help}`)
        }
      })()
      const place = read.values as { local: boolean; help: boolean; data?: string; stage?: string; table?: string }
      if (place.help) return { data: { help }, text: help }
      const open = async (): Promise<Stack> => (await import('./open-stack.ts')).openStack(place)
      try {
        return await run({ ...read, open } as unknown as Given<T>)
      } catch (error) {
        throw error instanceof WrongUse ? new PlainError(`${error.message}\n\n${help}`) : error
      }
    },
  }
}

/** The command line lacks something, or says too much: the help follows. */
export class WrongUse extends Error {}

/** The one word that a command is about. */
export const only = (positionals: readonly string[], what: string): string => {
  const [word, ...more] = positionals
  if (word === undefined || more.length > 0) throw new WrongUse(`Name ${what}.`)
  return word
}
