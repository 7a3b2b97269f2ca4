import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Measured } from './bill.ts'

/** Written by `npm run cost:measure`. */
export const measuredFile = join(import.meta.dirname, 'measured.json')
export const costPageFile = join(import.meta.dirname, '../../docs/cost.md')

export const measured = (): Measured => JSON.parse(readFileSync(measuredFile, 'utf8')) as Measured
