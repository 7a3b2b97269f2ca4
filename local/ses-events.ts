import { randomUUID } from 'node:crypto'
import type { Mail } from './mail.ts'
import { account, region } from './template.ts'

/** What SES tells the default bus about a mail. `type` is the one that a configuration set asks for. */
export type SesEvent = { type: string; event: Record<string, unknown> }

const detailTypes = {
  SEND: { detailType: 'Email Sent', eventType: 'Send' },
  DELIVERY: { detailType: 'Email Delivered', eventType: 'Delivery' },
  BOUNCE: { detailType: 'Email Bounced', eventType: 'Bounce' },
  COMPLAINT: { detailType: 'Email Complaint Received', eventType: 'Complaint' },
} as const
type Type = keyof typeof detailTypes

/** The mailbox simulator: which outcome an address stands for, with or without a label (`bounce+a@…`). */
const outcomeOf = (address: string): 'delivered' | 'bounced' | 'suppressed' | 'complained' => {
  const [local = '', domain = ''] = address.toLowerCase().split('@')
  if (domain !== 'simulator.amazonses.com') return 'delivered'
  const name = local.split('+')[0]
  if (name === 'bounce') return 'bounced'
  if (name === 'suppressionlist') return 'suppressed'
  if (name === 'complaint') return 'complained'
  return 'delivered'
}

/** The events of one mail, in the order in which they usually come. */
export const eventsOf = (mail: Mail): SesEvent[] => {
  const timestamp = mail.at
  const from = mail.from
  const domain = from.slice(from.lastIndexOf('@') + 1).replace('>', '')
  const details = {
    timestamp,
    source: from,
    sourceArn: `arn:aws:ses:${region}:${account}:identity/${domain}`,
    sendingAccountId: account,
    messageId: mail.id,
    destination: mail.to,
    headersTruncated: false,
    headers: Object.entries(mail.headers).map(([name, value]) => ({ name, value })),
    commonHeaders: { from: [from], to: mail.to, messageId: mail.id, subject: mail.subject, date: mail.headers.date },
    tags: {
      ...Object.fromEntries(Object.entries(mail.tags).map(([name, value]) => [name, [value]])),
      'ses:source-ip': ['127.0.0.1'],
      'ses:from-domain': [domain],
      'ses:caller-identity': ['local'],
      ...(mail.configurationSet !== undefined && { 'ses:configuration-set': [mail.configurationSet] }),
    },
  }
  const by = Map.groupBy(mail.to, outcomeOf)
  const event = (type: Type, name: string, facts: Record<string, unknown>): SesEvent => ({
    type,
    event: {
      version: '0',
      id: randomUUID(),
      'detail-type': detailTypes[type].detailType,
      source: 'aws.ses',
      account,
      time: timestamp.replace(/\.\d{3}Z$/, 'Z'),
      region,
      resources:
        mail.configurationSet === undefined
          ? []
          : [`arn:aws:ses:${region}:${account}:configuration-set/${mail.configurationSet}`],
      detail: { eventType: detailTypes[type].eventType, mail: details, [name]: facts },
    },
  })
  const bounce = (recipients: string[], bounceSubType: string, diagnosticCode: string): SesEvent =>
    event('BOUNCE', 'bounce', {
      feedbackId: randomUUID(),
      bounceType: 'Permanent',
      bounceSubType,
      bouncedRecipients: recipients.map((emailAddress) => ({
        emailAddress,
        action: 'failed',
        status: '5.1.1',
        diagnosticCode,
      })),
      timestamp,
      reportingMTA: 'dns; amazonses.com',
    })
  const events = [event('SEND', 'send', {})]
  const arrived = [...(by.get('delivered') ?? []), ...(by.get('complained') ?? [])]
  if (arrived.length > 0) {
    events.push(
      event('DELIVERY', 'delivery', {
        timestamp,
        processingTimeMillis: 1000,
        recipients: arrived,
        smtpResponse: '250 2.6.0 Message received',
        reportingMTA: 'dns; amazonses.com',
      }),
    )
  }
  const bounced = by.get('bounced')
  if (bounced) events.push(bounce(bounced, 'General', 'smtp; 550 5.1.1 user unknown'))
  const suppressed = by.get('suppressed')
  if (suppressed)
    events.push(
      bounce(
        suppressed,
        'Suppressed',
        'Amazon SES did not send the message: the address is on the global suppression list',
      ),
    )
  const complained = by.get('complained')
  if (complained) {
    events.push(
      event('COMPLAINT', 'complaint', {
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
