import { createHmac } from 'node:crypto'
import { isSameSecret } from './same-secret.ts'

/** What CloudFront adds to each request, where it stands before the API. Lower case, as API Gateway hands them on. */
export const frontHeaders = {
  /** Ours, the proof that a request came that way. CloudFront overwrites one that a visitor sends. */
  key: 'x-front-key',
  /** CloudFront's own: the visitor's address and port. */
  visitor: 'cloudfront-viewer-address',
} as const

/** The secret that CloudFront shows. It is derived, so that nobody has to invent and keep one more: another number, another secret. */
export const frontKey = (addressKey: string, number: number): string =>
  createHmac('sha256', addressKey).update(`front ${number}`).digest('base64url')

/** Whether what was shown is one of the keys. How long it takes tells nothing about them. */
export const isFrontKey = (keys: readonly string[], shown: string): boolean =>
  keys.some((key) => isSameSecret(shown, key))

/** `192.0.2.1:4711`, and IPv6 as CloudFront writes it, `2001:db8::1:4711`, or with brackets: the address of it. */
export const withoutPort = (address: string): string => address.replace(/:\d+$/, '').replace(/^\[(.*)\]$/, '$1')
