import { setting } from '../aws/environment.ts'
import { load, type PersonFile } from '../aws/files.ts'
import { opens, type Purpose } from '../capability.ts'
import { type Answer, notFound } from '../http.ts'
import { type Links, linksOf } from '../links.ts'
import type { Instant, InterviewRequest } from '../request.ts'
import { isRequestId } from '../request-id.ts'

/** One HTTP request, read: what every route needs to know about it. */
export type Call = {
  now: Instant
  path: Record<string, string | undefined>
  headers: Record<string, string | undefined>
  browser: boolean
  sourceIp: string
  body: unknown
  from: 'form' | 'json' | undefined
}

export type Route = (call: Call) => Promise<Answer>

/** Two clicks at once: the second is decided again on what the first has made. */
export const TRIES = 3

export const publicUrl = (): string => setting('publicUrl')
export const linksTo = (request: InterviewRequest): Links => linksOf(publicUrl(), request)

/** The file that the link opens; an unknown, expired or malformed one and a wrong token get the same answer. */
export const open = async ({ path, now }: Call, purpose: Purpose = 'page'): Promise<PersonFile> => {
  const { id = '', token = '' } = path
  const loaded = isRequestId(id) ? await load(id, now) : undefined
  if (!loaded || !opens(loaded.file.request.secret, purpose, token)) throw notFound()
  return loaded
}

/** Whether a form was sent with this tick or button, or JSON with this field and not `false` in it. */
export const says = ({ body }: Call, field: string): boolean =>
  typeof body === 'object' &&
  body !== null &&
  Object.hasOwn(body, field) &&
  (body as Record<string, unknown>)[field] !== false

/** What a form sent, as it has to stand in the form that goes back. */
export const typedIn = (body: unknown): Record<string, string> =>
  Object.fromEntries(
    Object.entries(body ?? {}).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean'
        ? [[name, String(value)]]
        : [],
    ),
  )
