import { type ParseArgsOptionsConfig, parseArgs, styleText } from 'node:util'
import { library as readLibrary } from '../infra/content.ts'
import type { Library, Series } from '../shared/tips/series.ts'
import { PlainError } from './plain-error.ts'
import { openTarget, type Target } from './target.ts'

/** What is for people goes where it does not mix with what is for programs. */
export const say = (line: string): void => void process.stderr.write(`${line}\n`)
export const print = (line: string): void => void process.stdout.write(`${line}\n`)
export const red = (text: string): string => styleText('red', text, { stream: process.stderr })
/** What is wrong; the help may follow, as it is. */
export const firstLineRed = (text: string): string => text.replace(/^.*/, red)
export const bold = (text: string): string => styleText('bold', text, { stream: process.stdout })

export const placeUsage = `Where:
  --local          the cloud that \`npm start\` runs on this machine; so it is without --stage
  --data <folder>  where that one keeps its data, when not in .local
  --stage <name>   a stage on AWS, with the credentials and the region of the environment
  --table <name>   its table, instead of the one that the stack names`

export const placeOptions = {
  local: { type: 'boolean', default: false },
  data: { type: 'string' },
  stage: { type: 'string' },
  table: { type: 'string' },
  series: { type: 'string' },
  help: { type: 'boolean', short: 'h', default: false },
} as const satisfies ParseArgsOptionsConfig

/** Throws a PlainError for an option that there is not, or that lacks its value. */
export const readArguments = <const T extends ParseArgsOptionsConfig>(args: string[], options: T, usage: string) => {
  try {
    return parseArgs({ args, options, allowPositionals: true })
  } catch (error) {
    throw new PlainError(`${(error as Error).message}\n\n${usage}`)
  }
}

type Given = { local: boolean; data?: string; stage?: string; table?: string; series?: string }
type Opened = { target: Target; library: Library; series: Series | undefined }

/** The table, all series, and the one that was named. Modules that read the environment are to be imported after it. */
export const openPlace = async ({ local, data, stage, table, series: named }: Given): Promise<Opened> => {
  if (local && stage) throw new PlainError('Either --local or --stage: they are different places.')
  if (table && !stage) throw new PlainError('--table is one of a stage: name that too, with --stage.')
  if (data && stage) throw new PlainError('--data is for the local cloud, and --stage for AWS.')
  const library = readLibrary()
  // As the build does it for the functions.
  Object.assign(globalThis, { SERIES: JSON.stringify(library) })
  const series = library.find(({ id }) => id === named)
  if (named !== undefined && !series) {
    throw new PlainError(`No series is called so. There are: ${library.map(({ id }) => id).join(', ')}.`)
  }
  return { target: await openTarget({ stage, table, data }), library, series }
}
