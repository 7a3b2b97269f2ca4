/** Names that the infrastructure and the running code share: declared once, so that a typo cannot part them. */

/** Environment variables of the functions. Each function gets only those it needs. */
export const env = {
  /** The `Stage` literal as JSON. */
  stage: 'STAGE',
  /** Where the pages and the API answer, without a slash at the end. */
  publicUrl: 'PUBLIC_URL',
  table: 'TABLE',
  mailQueueUrl: 'MAIL_QUEUE_URL',
  mailQueueArn: 'MAIL_QUEUE_ARN',
  scheduleGroup: 'SCHEDULE_GROUP',
  scheduleRoleArn: 'SCHEDULE_ROLE_ARN',
  scheduleDeadLetterArn: 'SCHEDULE_DEAD_LETTER_ARN',
  /** SES configuration set of the workflow mail. */
  configurationSet: 'CONFIGURATION_SET',
} as const

/** Keys of the one table, and of its sparse index of what is due. */
export const table = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'expiresAt',
  dueIndex: { name: 'due', partitionKey: 'due', sortKey: 'dueAt' },
} as const

/** Sort keys by which the stream is filtered. */
export const sortKeys = {
  request: 'REQUEST',
  mail: 'MAIL#',
  person: 'PERSON',
} as const

/** Mails whose sending moves the request on: the stream brings them back to `plan-mail`. */
export const turningPoints = ['let-rest', 'resume'] as const

/** Tags on every mail, echoed by SES events: together they are the key of the ledger row. */
export const mailTags = { mail: 'mail', request: 'request', occurrence: 'occurrence' } as const
