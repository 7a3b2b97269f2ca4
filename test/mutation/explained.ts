import type { Tried } from './tried.ts'

/**
 * Mutants that no test can kill, or none of ours needs to: what they change cannot be seen from outside. `line` is what stands
 * in the source, `to` what the mutant makes of a part of it; without `to` all of the line are meant.
 */
export type Explained = { file: string; line: string; to?: readonly string[]; why: string }

export const explained: Record<Tried, readonly Explained[]> = { core: [], aws: [] }
