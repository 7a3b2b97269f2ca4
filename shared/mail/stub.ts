import type { InterviewRequest } from '../request.ts'
export const calendarEntry = (request: InterviewRequest, _: { now: string; pageUrl: string }) => ({
  filename: 'talk.ics',
  contentType: 'text/calendar',
  content: request.id,
})
