import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as z from 'zod/mini'

/** Where `npm start` keeps its data. */
export const defaultDataDir = join(import.meta.dirname, '..', '.local')

/** Where a running cloud answers, for commands that are run beside it. */
const Endpoints = z.object({
  dynamodb: z.string(),
  table: z.string(),
  /** SQS, Scheduler, SES and CloudWatch Logs. */
  services: z.string(),
  publicUrl: z.string(),
})
export type Endpoints = z.infer<typeof Endpoints>

const fileIn = (dataDir: string): string => join(dataDir, 'endpoints.json')

/** Writes them down beside the data; the result takes them away again. */
export const writeEndpoints = (dataDir: string, endpoints: Endpoints): (() => void) => {
  const file = fileIn(dataDir)
  writeFileSync(`${file}.new`, `${JSON.stringify(endpoints)}\n`)
  renameSync(`${file}.new`, file)
  return () => rmSync(file, { force: true })
}

/** Those of the cloud that keeps its data there; nothing when none runs. After a kill they may be those of one that ran. */
export const readEndpoints = (dataDir: string): Endpoints | undefined => {
  try {
    return Endpoints.parse(JSON.parse(readFileSync(fileIn(dataDir), 'utf8')))
  } catch {
    return undefined
  }
}
