import { compose, type Draft } from '../drafts.ts'
import type { InterviewRequest } from '../request.ts'

/** Somebody who never was, so that a newcomer can see what a draft reads like: written by what writes all of them. */
const request: InterviewRequest = {
  id: '',
  person: '',
  state: 'drafted',
  version: 1,
  seeker: {
    name: 'Amina Yusuf',
    email: '',
    introduction: 'a ward nurse retraining as a data analyst',
    timeZone: 'Europe/London',
  },
  contact: {
    name: 'Daniel Okafor',
    role: 'Head of Analytics',
    organization: 'Northside Hospital',
    source: 'event',
    connection: 'we talked after your session on waiting lists in Leeds',
  },
  goal: 'career-change',
  topic: 'hospital data',
  minutes: 20,
  channel: 'email',
  followUps: 1,
  tips: false,
  secret: '',
  history: [],
  pauses: [],
  expiresAt: 0,
}

let draft: Draft | undefined

export const sampleDraft = (): Draft | undefined => {
  if (!draft) {
    const composed = compose('draft', request)
    if (composed.kind === 'draft') draft = composed
  }
  return draft
}
