import { createHash, createHmac } from 'node:crypto'
import * as z from 'zod/mini'
import { toMs } from './calendar.ts'
import type { Instant } from './request.ts'
import { isSameSecret } from './same-secret.ts'

/** The field of a form that carries the solution, by the name that ALTCHA's own clients give it. */
export const proofField = 'altcha'

const ALGORITHM = 'SHA-256'

/** What ALTCHA (version 1 of its protocol) asks: the number, of 0 to `maxnumber`, whose hash behind `salt` is `challenge`. */
export type Challenge = {
  algorithm: typeof ALGORITHM
  challenge: string
  maxnumber: number
  salt: string
  signature: string
}

/**
 * What challenges for this network are signed with. It is derived, so that nobody has to invent and keep one more secret,
 * and nothing has to be stored for a solution to be good in one network only.
 */
export const proofKey = (addressKey: string, network: string): string =>
  createHmac('sha256', addressKey).update(`proof of work ${network}`).digest('base64url')

const hashOf = (salt: string, number: number): string => createHash('sha256').update(`${salt}${number}`).digest('hex')

const signatureOf = (key: string, challenge: string): string =>
  createHmac('sha256', key).update(challenge).digest('hex')

/** `nonce` makes it another one each time; `number` is the solution, which nobody may guess. */
export const challengeOf = (
  key: string,
  { nonce, number, maxNumber, expiresAt }: { nonce: string; number: number; maxNumber: number; expiresAt: Instant },
): Challenge => {
  // What ends the salt keeps the first digits of the number from being read as the last ones of the time.
  const salt = `${nonce}?expires=${Math.floor(toMs(expiresAt) / 1000)}&`
  const challenge = hashOf(salt, number)
  return { algorithm: ALGORITHM, challenge, maxnumber: maxNumber, salt, signature: signatureOf(key, challenge) }
}

/** Three times what our own page sends. */
const MAX_CHARACTERS = 1000

const Solution = z.object({
  algorithm: z.literal(ALGORITHM),
  challenge: z.string(),
  number: z.number(),
  salt: z.string().check(z.regex(/\?expires=\d{1,12}&$/)),
  signature: z.string(),
})

const read = (field: unknown): z.infer<typeof Solution> | undefined => {
  if (typeof field !== 'string' || field.length > MAX_CHARACTERS) return undefined
  try {
    return Solution.safeParse(JSON.parse(Buffer.from(field, 'base64').toString())).data
  } catch {
    return undefined
  }
}

/** Whether the field, whatever is in it, holds a solution of one of our challenges that has not expired. */
export const isSolved = (field: unknown, key: string, now: Instant): boolean => {
  const solution = read(field)
  if (!solution) return false
  const { challenge, number, salt, signature } = solution
  const expiresAt = Number(salt.slice(salt.lastIndexOf('=') + 1, -1)) * 1000
  return (
    expiresAt > toMs(now) && hashOf(salt, number) === challenge && isSameSecret(signature, signatureOf(key, challenge))
  )
}
