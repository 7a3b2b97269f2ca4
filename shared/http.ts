import type { FieldError } from './fields.ts'
import type { Page } from './pages/page.ts'

/** What API Gateway gives back to the client (payload format 2.0). */
export type Answer = { statusCode: number; headers: Record<string, string>; body: string }

/** Bodies beyond this are refused: the longest honest form is a quarter of it. */
export const MAX_BODY_BYTES = 32 * 1024

/** Never stored, never referred from, never guessed at: every answer may carry somebody's link or data. */
const everyAnswer = {
  'cache-control': 'no-store',
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  vary: 'accept',
}

export const json = (statusCode: number, body: object): Answer => ({
  statusCode,
  headers: { ...everyAnswer, 'content-type': 'application/json; charset=utf-8' },
  body: JSON.stringify(body),
})

export const html = (statusCode: number, page: Page): Answer => ({
  statusCode,
  headers: {
    ...everyAnswer,
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': page.contentSecurityPolicy,
    'strict-transport-security': 'max-age=31536000',
  },
  body: page.html,
})

/** A public page, with nobody's link or data in it: it may be kept for a while. */
export const cached = (answer: Answer): Answer => ({
  ...answer,
  headers: { ...answer.headers, 'cache-control': 'public, max-age=300' },
})

export const file = (contentType: string, body: string, filename?: string): Answer => ({
  statusCode: 200,
  headers: {
    ...everyAnswer,
    'content-type': contentType,
    'content-security-policy': "default-src 'none'; sandbox",
    ...(filename ? { 'content-disposition': `attachment; filename="${filename}"` } : {}),
  },
  body,
})

/** 303: the browser gets the page anew, and a reload posts nothing twice. */
export const seeOther = (location: string): Answer => ({
  statusCode: 303,
  headers: { ...everyAnswer, location },
  body: '',
})

/** An answer other than the one hoped for, in words for the person who gets it. The only error that is meant to be seen. */
export class Problem extends Error {
  readonly status: number
  readonly detail: string
  /** `back` is where a browser is shown the way to; it is no part of the problem. */
  readonly more: { errors?: FieldError[]; state?: string; retryAfterSeconds?: number; back?: string }
  constructor(status: number, title: string, detail: string, more: Problem['more'] = {}) {
    super(title)
    this.name = 'Problem'
    this.status = status
    this.detail = detail
    this.more = more
  }
}

export const notFound = (): Problem =>
  new Problem(404, 'There is nothing here', 'The link may be incomplete, or what it led to has been deleted.')

export const badFields = (errors: FieldError[]): Problem =>
  new Problem(422, 'Something needs another look', 'Some fields could not be accepted as they are.', { errors })

/** When to come again, where a problem says so. */
export const retryAfter = ({ more }: Problem): Record<string, string> =>
  more.retryAfterSeconds ? { 'retry-after': String(more.retryAfterSeconds) } : {}

/** RFC 9457. */
export const problemDetails = (problem: Problem): Answer => {
  const { status, message, detail, more } = problem
  const { retryAfterSeconds: _seconds, back: _back, ...rest } = more
  const answer = json(status, { type: 'about:blank', title: message, status, detail, ...rest })
  return {
    ...answer,
    headers: {
      ...answer.headers,
      'content-type': 'application/problem+json; charset=utf-8',
      ...retryAfter(problem),
    },
  }
}

/** The media types of an Accept header with their weights, `text/html;q=0.8`; malformed weights count as 1. */
const weights = (accept: string): Map<string, number> =>
  new Map(
    accept.split(',').map((range) => {
      const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
      const weight = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
      return [type, weight === undefined || Number.isNaN(Number(weight)) ? 1 : Number(weight)]
    }),
  )

/** A browser asks for `text/html`; everybody else is served JSON unless they ask for HTML no less than for JSON. */
export const wantsHtml = (accept = ''): boolean => {
  const weight = weights(accept)
  const asHtml = weight.get('text/html') ?? 0
  return asHtml > 0 && asHtml >= (weight.get('application/json') ?? 0)
}

export const wants = (mediaType: string, accept = ''): boolean => (weights(accept).get(mediaType) ?? 0) > 0
