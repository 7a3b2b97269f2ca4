/**
 * Every mail that the workflow can send, by the name it has on the outside: in `nextMails`, in `drafts/{mail}`, in the
 * SES tag `mail` and in the send ledger.
 */
export const mailNames = [
  'confirm',
  'draft',
  'draft-reminder',
  'widen',
  'follow-up',
  'follow-up-2',
  'follow-up-3',
  'let-rest',
  'arrange',
  'arrange-reminder',
  'invitation',
  'prepare',
  'day-before',
  'thank',
  'thank-reminder',
  'debrief',
  'refer',
  'pointer',
  'close-the-loop',
  'keep-in-touch',
  'pause-contact',
  'resume',
  'gratitude',
] as const

export type MailName = (typeof mailNames)[number]

export const isMailName = (name: string): name is MailName => (mailNames as readonly string[]).includes(name)
