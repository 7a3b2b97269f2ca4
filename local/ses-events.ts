import { randomUUID } from 'node:crypto'
import type { Mail } from './mail.ts'
import { account, region } from './template.ts'

const detailTypes = {
  SEND: { detailType: 'Email Sent', eventType: 'Send' },
  DELIVERY: { detailType: 'Email Delivered', eventType: 'Delivery' },
  BOUNCE: { detailType: 'Email Bounced', eventType: 'Bounce' },
  COMPLAINT: { detailType: 'Email Complaint Received', eventType: 'Complaint' },
  RENDERINGFAILURE: { detailType: 'Email Rendering Failed', eventType: 'Rendering Failure' },
} as const
/** As a configuration set names it, in capitals without separators. */
export type EventType = keyof typeof detailTypes
/** What SES tells the default bus about a mail. */
export type SesEvent = Record<string, unknown>

type Outcome = 'delivered' | 'bounced' | 'bounced-for-now' | 'bounced-by-policy' | 'suppressed' | 'complained'

/**
 * SES's mailbox simulator, and two local parts of our own, which AWS does not know: `bounce-transient` and
 * `bounce-policy`, for bounces that say nothing about the address.
 */
const simulated: Partial<Record<string, Outcome>> = {
  bounce: 'bounced',
  suppressionlist: 'suppressed',
  complaint: 'complained',
  'bounce-transient': 'bounced-for-now',
  'bounce-policy': 'bounced-by-policy',
}

/** The outcome that an address stands for, with or without a label (`bounce+a@…`). */
const outcomeOf = (address: string): Outcome => {
  const [local = '', domain = ''] = address.toLowerCase().split('@')
  if (domain !== 'simulator.amazonses.com') return 'delivered'
  return simulated[local.split('+')[0] ?? ''] ?? 'delivered'
}

const bounces: Partial<Record<Outcome, { type: string; subType: string; status: string; diagnosticCode: string }>> = {
  bounced: {
    type: 'Permanent',
    subType: 'General',
    status: '5.1.1',
    diagnosticCode: 'smtp; 550 5.1.1 user unknown',
  },
  'bounced-for-now': {
    type: 'Transient',
    subType: 'General',
    status: '4.4.7',
    diagnosticCode:
      'smtp; 550 4.4.7 Message expired: unable to deliver in 840 minutes.<421 4.4.0 Unable to lookup DNS>',
  },
  'bounced-by-policy': {
    type: 'Permanent',
    subType: 'General',
    status: '5.7.515',
    diagnosticCode: 'smtp; 550 5.7.515 Access denied, sending domain does not meet the required authentication level.',
  },
  suppressed: {
    type: 'Permanent',
    subType: 'Suppressed',
    status: '5.1.1',
    diagnosticCode: 'Amazon SES did not send the message: the address is on the global suppression list',
  },
}

const eventOf = (mail: Mail, type: EventType, name: string, facts: Record<string, unknown>): SesEvent => {
  const timestamp = mail.at
  const from = mail.from
  const domain = from.slice(from.lastIndexOf('@') + 1).replace('>', '')
  return {
    version: '0',
    id: randomUUID(),
    'detail-type': detailTypes[type].detailType,
    source: 'aws.ses',
    account,
    // Whole seconds, as on the bus: up to a second before the mail itself.
    time: timestamp.replace(/\.\d{3}Z$/, 'Z'),
    region,
    resources:
      mail.configurationSet === undefined
        ? []
        : [`arn:aws:ses:${region}:${account}:configuration-set/${mail.configurationSet}`],
    detail: {
      eventType: detailTypes[type].eventType,
      mail: {
        timestamp,
        source: from,
        sourceArn: `arn:aws:ses:${region}:${account}:identity/${domain}`,
        sendingAccountId: account,
        messageId: mail.id,
        destination: mail.to,
        headersTruncated: false,
        headers: Object.entries(mail.headers).map(([name, value]) => ({ name, value })),
        commonHeaders: {
          from: [from],
          to: mail.to,
          messageId: mail.id,
          subject: mail.subject,
          date: mail.headers.date,
        },
        tags: {
          ...Object.fromEntries(Object.entries(mail.tags).map(([name, value]) => [name, [value]])),
          'ses:source-ip': ['127.0.0.1'],
          'ses:from-domain': [domain],
          'ses:caller-identity': ['local'],
          ...(mail.configurationSet !== undefined && { 'ses:configuration-set': [mail.configurationSet] }),
        },
      },
      [name]: facts,
    },
  }
}

/** The events of these types of one mail, in the order in which they usually come. */
export const eventsOf = (mail: Mail, types: ReadonlySet<EventType>): SesEvent[] => {
  const events: SesEvent[] = []
  const timestamp = mail.at
  if (types.has('SEND')) events.push(eventOf(mail, 'SEND', 'send', {}))
  const by = Map.groupBy(mail.to, outcomeOf)
  const arrived = [...(by.get('delivered') ?? []), ...(by.get('complained') ?? [])]
  if (types.has('DELIVERY') && arrived.length > 0) {
    events.push(
      eventOf(mail, 'DELIVERY', 'delivery', {
        timestamp,
        processingTimeMillis: 1000,
        recipients: arrived,
        smtpResponse: '250 2.6.0 Message received',
        reportingMTA: 'dns; amazonses.com',
      }),
    )
  }
  for (const [outcome, recipients] of types.has('BOUNCE') ? by : []) {
    const bounce = bounces[outcome]
    if (!bounce) continue
    const { type, subType, status, diagnosticCode } = bounce
    events.push(
      eventOf(mail, 'BOUNCE', 'bounce', {
        feedbackId: randomUUID(),
        bounceType: type,
        bounceSubType: subType,
        bouncedRecipients: recipients.map((emailAddress) => ({
          emailAddress,
          action: 'failed',
          status,
          diagnosticCode,
        })),
        timestamp,
        reportingMTA: 'dns; amazonses.com',
      }),
    )
  }
  const complained = by.get('complained')
  if (types.has('COMPLAINT') && complained) {
    events.push(
      eventOf(mail, 'COMPLAINT', 'complaint', {
        feedbackId: randomUUID(),
        complainedRecipients: complained.map((emailAddress) => ({ emailAddress })),
        timestamp,
        complaintSubType: null,
        complaintFeedbackType: 'abuse',
        userAgent: 'Amazon SES Mailbox Simulator',
        arrivalDate: timestamp,
      }),
    )
  }
  return events
}

/** A mail was accepted, and never sent: its template asks for a word that its data do not have. */
export const renderingFailed = (mail: Mail, missing: string): SesEvent =>
  eventOf(mail, 'RENDERINGFAILURE', 'failure', {
    errorMessage: `Attribute '${missing}' is not present in the rendering data.`,
    templateName: '',
  })
