import type { FieldError } from '../fields.ts'
import { type Answer, html, type Problem, problemDetails } from '../http.ts'
import type { Page } from '../pages/page.ts'
import type { Call } from './call.ts'

/** A browser gets its form back with everything that was typed; a client gets the problem. */
export const formAgain = (
  { browser }: Call,
  problem: Problem,
  pageWith: (errors: readonly FieldError[]) => Page,
): Answer => {
  const answer = problemDetails(problem)
  if (!browser) return answer
  const { status, message, detail, more } = problem
  const page = html(status, pageWith(more.errors ?? [{ field: '', message: `${message}. ${detail}` }]))
  return { ...page, headers: { ...answer.headers, ...page.headers } }
}
