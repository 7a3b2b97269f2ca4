import type { ReactElement, ReactNode } from 'react'
import type { Calendar } from '../calendar.ts'
import { nameOf } from '../drafts/clauses.ts'
import { type AskBack, compose, type Draft, type DraftName } from '../drafts.ts'
import { type Links, linksOf } from '../links.ts'
import type { MailName } from '../mail-names.ts'
import { calendarOf, type PlannedMail } from '../plan.ts'
import { firstName, type Instant, type InterviewRequest } from '../request.ts'
import type { Stage } from '../stage.ts'
import { type Level, Theirs } from './blocks.tsx'
import { slotsFrom, whenIn } from './dates.ts'

export type MailContext = {
  stage: Stage
  /** Without a slash at the end. */
  publicUrl: string
  now: Instant
  request: InterviewRequest
  mail: MailName
  /** Lesser mails of the day that become a section of this one. */
  merged: readonly MailName[]
  /** What else is planned, earliest first; may be empty. */
  upcoming: readonly PlannedMail[]
}

/** What a mail is written from. */
export type Facts = MailContext & {
  links: Links
  /** The contact's first name, for subjects and previews; `who` is the same for the body. */
  contact: string
  who: ReactNode
  /** The contact's whole name, as one would write it by hand. */
  fullName: string
  calendar: Calendar
  /** Of the headings in this part of the mail. */
  level: Level
  /** Is this mail, or a part of this mail, the one of that name? What stands there need not be said twice. */
  includes: (mail: MailName) => boolean
  draft: (name: DraftName) => Draft | AskBack
}

/** One mail: what the envelope says, and what is in it. */
export type Mail = {
  subject: (facts: Facts) => string
  /** Beside the subject in the inbox, and on a locked screen. */
  preview: (facts: Facts) => string
  /** The h1, or the heading of its section where it was merged into another mail. */
  title: (facts: Facts) => ReactNode
  Body: (facts: Facts) => ReactElement
  /** How earlier mails speak of it: "Monday, 7 December 2026: a friendly follow-up". */
  announced: string | ((facts: Facts) => string)
  /** The same, where it comes round a second time. */
  announcedAgain?: string
  /** Why it came, where the table of the workflow cannot know. */
  why?: (facts: Facts) => string | undefined
  /** Brings the calendar entry along, when there is a meeting. */
  calendar?: true
}

export const factsOf = (context: MailContext): Facts => {
  const { request, stage, publicUrl, now } = context
  const fullName = nameOf(request.contact.name)
  const contact = firstName(fullName)
  const calendar = calendarOf(request, stage.calendar)
  const composed = new Map<DraftName, Draft | AskBack>()
  return {
    ...context,
    links: linksOf(publicUrl, request),
    contact,
    who: <Theirs>{contact}</Theirs>,
    fullName,
    calendar,
    level: 2,
    includes: (mail) => mail === context.mail || context.merged.includes(mail),
    draft: (name) => {
      const known = composed.get(name)
      if (known) return known
      const slots =
        name === 'arrange' ? slotsFrom(now, calendar).map((slot) => whenIn(slot, calendar.timeZone)) : undefined
      const draft = compose(name, request, slots ? { slots } : {})
      composed.set(name, draft)
      return draft
    },
  }
}
