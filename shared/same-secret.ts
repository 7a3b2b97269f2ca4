import { timingSafeEqual } from 'node:crypto'

/** Whether what was shown is the secret. How long it takes tells nothing but whether both are of one length. */
export const isSameSecret = (shown: string, secret: string): boolean => {
  const [given, expected] = [Buffer.from(shown), Buffer.from(secret)]
  return given.length === expected.length && timingSafeEqual(given, expected)
}
