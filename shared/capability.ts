import { createHmac } from 'node:crypto'
import { isSameSecret } from './same-secret.ts'

/** What a link is good for. A link of one purpose opens nothing else. */
export type Purpose = 'page' | 'confirm' | 'stop' | 'unsubscribe' | 'preferences'

const TOKEN = /^[A-Za-z0-9_-]{22}$/
const CONFIRM_TOKEN = /^[A-Za-z0-9_-]{48}$/

/** 128 bits as base64url, derived from the request's own 128 random bits: one stored value, one link a purpose. */
export const tokenFor = (secret: string, purpose: Purpose): string =>
  createHmac('sha256', secret).update(purpose).digest().subarray(0, 16).toString('base64url')

export const opens = (secret: string, purpose: Purpose, token: string): boolean =>
  TOKEN.test(token) && isSameSecret(token, tokenFor(secret, purpose))

/** The confirm link names no request in its path, so its token carries the id: 26 characters, then the capability. */
export const confirmToken = (request: { id: string; secret: string }): string =>
  request.id + tokenFor(request.secret, 'confirm')

/** The two halves of a confirm token, or nothing when it is malformed. */
export const readConfirmToken = (token: string): { id: string; token: string } | undefined =>
  CONFIRM_TOKEN.test(token) ? { id: token.slice(0, 26), token: token.slice(26) } : undefined
