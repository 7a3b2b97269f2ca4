import { createHash } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const ID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

const base32 = (bytes: Uint8Array): string => Array.from(bytes, (byte) => ALPHABET[byte % 32]).join('')

/** A ULID: 48 bits of time in milliseconds, so that ids sort by age, then 80 random bits out of 16 random bytes. */
export const newRequestId = (ms: number, random: Uint8Array): string => {
  const time = Array.from({ length: 10 }, (_, place) => Math.floor(ms / 32 ** (9 - place)))
  return base32(Uint8Array.from(time.map((digits) => digits % 32))) + base32(random.subarray(0, 16))
}

export const isRequestId = (id: string): boolean => ID.test(id)

/**
 * The id of a request that came with a `submissionId`: the same one each time this person sends it in, so that sending
 * twice stores once, without a second item to remember it by. Somebody else's is another id.
 */
export const idOfSubmission = (submissionId: string, email: string): string => {
  const digest = createHash('sha256').update(`${email.toLowerCase()}\n${submissionId}`).digest()
  return (ALPHABET[(digest[26] ?? 0) % 8] ?? '') + base32(digest.subarray(1, 26))
}
