import { createHash } from 'node:crypto'

const ALPHABET = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const ID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}$/

export const isRequestId = (id: string): boolean => ID.test(id)

/**
 * The id of a request that came with a `submissionId`: the same one each time this person sends it in, so that sending
 * twice stores once, without a second item to remember it by. Somebody else's is another id.
 */
export const idOfSubmission = (submissionId: string, email: string): string => {
  const digest = createHash('sha256').update(`${email.toLowerCase()}\n${submissionId}`).digest()
  const characters = Array.from(digest.subarray(0, 26), (byte) => ALPHABET[byte % 32])
  return `${ALPHABET[(digest[26] ?? 0) % 8]}${characters.slice(1).join('')}`
}
