import crypto, { createHash } from 'node:crypto'
import { syncBuiltinESMExports } from 'node:module'

/** One stream of chance: the same seed and name give the same one, whatever others are asked for meanwhile. */
export type Chance = {
  /** From 0 up to 1. */
  next: () => number
  is: (probability: number) => boolean
  /** A whole number from 0 to `below - 1`. */
  below: (below: number) => number
  /** A whole number between the two, each order of magnitude as likely as the next. */
  spread: (low: number, high: number) => number
  pick: <T>(list: readonly T[]) => T
}

export const chanceOf = (seed: number | string, name: string): Chance => {
  const digest = createHash('sha256').update(`${seed}\n${name}`).digest()
  let [a, b, c, d] = [0, 4, 8, 12].map((offset) => digest.readInt32LE(offset)) as [number, number, number, number]
  // sfc32: small, fast, and good enough to choose by.
  const next = (): number => {
    const sum = (a + b + d) | 0
    d = (d + 1) | 0
    a = b ^ (b >>> 9)
    b = (c + (c << 3)) | 0
    c = ((c << 21) | (c >>> 11)) + sum
    return (sum >>> 0) / 2 ** 32
  }
  const below = (limit: number): number => Math.floor(next() * limit)
  return {
    next,
    is: (probability) => next() < probability,
    below,
    spread: (low, high) => Math.round(low * (high / low) ** next()),
    pick: <T>(list: readonly T[]): T => {
      if (list.length === 0) throw new Error('Nothing to pick from')
      return list[below(list.length)] as T
    },
  }
}

/** Secrets, claims and ids come from the seed as well from now on; `from` changes with each run. */
export const seedSecrets = (from: () => Chance): void => {
  const bytes = (size: number): Buffer => Buffer.from(Array.from({ length: size }, () => from().below(256)))
  const uuid = (): string => {
    const hex = bytes(16).toString('hex')
    return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-')
  }
  Object.assign(crypto, { randomBytes: bytes, randomUUID: uuid })
  // Named imports of the module follow.
  syncBuiltinESMExports()
  Math.random = () => from().next()
}
