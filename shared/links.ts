import { confirmToken, tokenFor } from './capability.ts'
import type { DraftName } from './drafts.ts'
import type { EventName } from './events.ts'
import type { InterviewRequest } from './request.ts'

/** Every address that a mail or a page of one request points to, absolute. */
export const linksOf = (publicUrl: string, request: Pick<InterviewRequest, 'id' | 'secret'>) => {
  const page = `${publicUrl}/requests/${request.id}/${tokenFor(request.secret, 'page')}`
  return {
    home: `${publicUrl}/`,
    page,
    confirm: `${publicUrl}/confirm/${confirmToken(request)}`,
    /** Stops this request's mail: a page with one button, and the target of the one-click header. */
    stop: `${publicUrl}/requests/${request.id}/${tokenFor(request.secret, 'stop')}/stop`,
    events: `${page}/events`,
    /** A page with one button that records this event. */
    event: (event: EventName) => `${page}/events/${event}`,
    draft: (draft: DraftName) => `${page}/drafts/${draft}`,
    calendar: `${page}/calendar.ics`,
    export: `${page}/export`,
    erase: `${page}/erase`,
  }
}
export type Links = ReturnType<typeof linksOf>
