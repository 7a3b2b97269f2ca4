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
  /** SES configuration set of the tips, which can be paused alone. */
  tipsConfigurationSet: 'TIPS_CONFIGURATION_SET',
  tipsQueueUrl: 'TIPS_QUEUE_URL',
  /** Log group in which EventBridge writes down which tips SES has taken. */
  takenTips: 'TAKEN_TIPS',
  /** What CloudFront may prove itself with, that of today first, a space between them. Only where it has to. */
  frontKeys: 'FRONT_KEYS',
} as const

/** Keys of the one table, and of its sparse index of what is due. */
export const table = {
  partitionKey: 'pk',
  sortKey: 'sk',
  timeToLive: 'expiresAt',
  /** `next` says of a subscription which part is due: what is due together is sent together. */
  dueIndex: { name: 'due', partitionKey: 'due', sortKey: 'dueAt', also: 'next' },
} as const

/** Sort keys by which the stream is filtered. */
export const sortKeys = {
  request: 'REQUEST',
  mail: 'MAIL#',
  person: 'PERSON',
  series: 'SERIES#',
} as const

/** Mails whose sending moves the request on: the stream brings them back to `plan-mail`. */
export const turningPoints = ['let-rest', 'resume'] as const

/**
 * Tags on every mail, echoed by SES events: together they are the key of the ledger row. `since` is when the request was sent
 * in: one that was erased may have had the same id.
 */
export const mailTags = { mail: 'mail', request: 'request', occurrence: 'occurrence', since: 'since' } as const

/** Tags on every tip: whose, which part, and the claim under which it was sent. */
export const tipTags = {
  mail: 'mail',
  subscription: 'subscription',
  part: 'part',
  batch: 'batch',
  count: 'count',
} as const

/** Where CloudWatch keeps what we count. */
export const metricNamespace = 'InformationalInterviews'
