import { tipTags } from '../../shared/names.ts'
import { limits } from './limits.ts'
import type { World } from './world.ts'

/** A mail that SES has taken: what the ledger is held against. */
export type Taken = {
  messageId: string
  to: readonly string[]
  /** As they were given: which mail of which request, or which part of which subscription. */
  tags: Readonly<Record<string, string>>
  headers: Readonly<Record<string, string>>
  at: number
  text: string
  html: string
}

/** What becomes of mail to an address. */
export type Mailbox = 'fine' | 'gone' | 'full' | 'complains'

type Named = { Name: string; Value: string }
type Destination = { ToAddresses?: string[]; CcAddresses?: string[]; BccAddresses?: string[] }
type SendEmail = {
  Destination: Destination
  EmailTags: Named[]
  Content: { Simple: { Headers?: Named[]; Body: { Html: { Data: string }; Text: { Data: string } } } }
}
type SendBulkEmail = {
  DefaultContent: { Template: { TemplateContent: { Html: string; Text: string } } }
  BulkEmailEntries: {
    Destination: Destination
    ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: string } }
    ReplacementHeaders: Named[]
    ReplacementTags: Named[]
  }[]
}
type OnTaken = (taken: Taken) => void

const namedIn = (tags: Named[] = []) => Object.fromEntries(tags.map(({ Name, Value }) => [Name, Value]))
const everybodyIn = ({ ToAddresses = [], CcAddresses = [], BccAddresses = [] }: Destination) => [
  ...ToAddresses,
  ...CcAddresses,
  ...BccAddresses,
]
const filled = (text: string, values: Record<string, string>): string =>
  Object.entries(values).reduce((all, [name, value]) => all.replaceAll(`{{${name}}}`, value), text)

/** Why SES may refuse one copy of a bulk and take the others. */
const statuses = [
  'ACCOUNT_THROTTLED',
  'TRANSIENT_FAILURE',
  'FAILED',
  'MESSAGE_REJECTED',
  'ACCOUNT_DAILY_QUOTA_EXCEEDED',
]

const SECOND = 1000
const HOUR = 3_600_000

/** SES: what it takes it keeps, and tells of on the bus; those events come late, twice, in any order or not at all. */
export const openMailService = (world: World) => {
  const { agenda, chance, faults, timeline } = world
  const taken: Taken[] = []
  const dead: unknown[] = []

  /** Lines of the log group of taken tips, once they can be found. */
  const noted: { timestamp: number; message: string }[] = []

  const take = (mail: Omit<Taken, 'messageId' | 'at'>, onTaken: OnTaken): string => {
    const messageId = `message-${taken.length + 1}`
    const one = { ...mail, messageId, at: world.now() }
    taken.push(one)
    onTaken(one)
    for (const { eventType, ...facts } of reports(one)) {
      const event = {
        detail: { eventType, mail: { messageId, destination: one.to, tags: listed(one.tags) }, ...facts },
      }
      report(one, event, eventType)
      if (faults.strike('SES event twice')) report(one, event, eventType)
    }
    return messageId
  }

  const send = ({ Destination, EmailTags, Content }: SendEmail, onTaken: OnTaken): { MessageId: string } => {
    const { Headers, Body } = Content.Simple
    const named = { tags: namedIn(EmailTags), headers: namedIn(Headers) }
    const mail = { to: everybodyIn(Destination), ...named, text: Body.Text.Data, html: Body.Html.Data }
    return { MessageId: take(mail, onTaken) }
  }

  const sendBulk = ({ DefaultContent, BulkEmailEntries }: SendBulkEmail, onTaken: OnTaken) => {
    const { Text, Html } = DefaultContent.Template.TemplateContent
    const results = BulkEmailEntries.map((entry) => {
      const { Destination, ReplacementEmailContent, ReplacementHeaders, ReplacementTags } = entry
      if (faults.strike('copy of a bulk refused')) return { Status: chance.delivery.pick(statuses) }
      const values = JSON.parse(ReplacementEmailContent.ReplacementTemplate.ReplacementTemplateData)
      const named = { tags: namedIn(ReplacementTags), headers: namedIn(ReplacementHeaders) }
      const mail = { to: everybodyIn(Destination), ...named }
      return {
        Status: 'SUCCESS',
        MessageId: take({ ...mail, text: filled(Text, values), html: filled(Html, values) }, onTaken),
      }
    })
    return { BulkEmailEntryResults: faults.strike('end of a bulk answer missing') ? results.slice(0, -1) : results }
  }

  const account = () => ({
    SendingEnabled: true,
    SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 0 },
  })

  const search = ({
    filterPattern,
    startTime,
    endTime,
  }: {
    filterPattern: string
    startTime: number
    endTime: number
  }) => {
    const wanted = filterPattern.replaceAll('"', '')
    const isFound = ({ timestamp, message }: (typeof noted)[number]): boolean =>
      message.includes(wanted) &&
      timestamp >= Math.max(startTime, world.now() - limits.takenTips.kept) &&
      timestamp <= endTime
    return { events: noted.filter(isFound) }
  }

  const reports = ({ to, tags }: Taken): ({ eventType: string } & Record<string, unknown>)[] => {
    const fate = world.mailboxes.get(to[0] ?? '') ?? 'fine'
    const bounce = (bounceType: string) => ({
      eventType: 'Bounce',
      bounce: { bounceType, bouncedRecipients: to.map((emailAddress) => ({ emailAddress })) },
    })
    const sent = { eventType: 'Send' }
    if (fate === 'gone') return [sent, bounce('Permanent')]
    if (fate === 'full') return [sent, bounce('Transient')]
    // Of tips that arrive nobody is told.
    const delivered = tags[tipTags.subscription] ? [sent] : [sent, { eventType: 'Delivery' }]
    if (fate === 'fine') return delivered
    return [
      ...delivered,
      { eventType: 'Complaint', complaint: { complainedRecipients: to.map((emailAddress) => ({ emailAddress })) } },
    ]
  }

  const report = (mail: Taken, event: unknown, what: string): void => {
    if (faults.strike('SES event lost')) {
      timeline.say(`SES: ${what} of ${mail.messageId} is lost`)
      return
    }
    const late = faults.strike('SES event late') ? chance.delivery.spread(30 * SECOND, 48 * HOUR) : 0
    const delay = chance.delivery.spread(200, 20 * SECOND) + late
    const { tags, messageId, at } = mail
    const isTip = tags[tipTags.subscription] !== undefined
    agenda.add(world.now() + delay, `SES ${what}`, () => {
      if (!isTip || what !== 'Send') return handOver(event, 0)
      const { [tipTags.batch]: batch, [tipTags.subscription]: subscription, [tipTags.part]: part } = tags
      noted.push({ timestamp: at, message: `${batch} ${subscription} ${messageId} ${part}` })
      world.onNoted(messageId)
    })
  }

  /** EventBridge hands it to Lambda, which tries again when the function fails, and puts it aside in the end. */
  const handOver = (event: unknown, tries: number): void => {
    world.invoke('record-outcome', event, (ending) => {
      if ('answer' in ending) return
      if (tries >= limits.outcomes.retries) return void dead.push(event)
      agenda.add(world.now() + (tries + 1) * 60 * SECOND, 'SES event again', () => handOver(event, tries + 1))
    })
  }

  return { taken: taken as readonly Taken[], dead, send, sendBulk, account, search, handOver }
}

const listed = (tags: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]]))

export type MailService = ReturnType<typeof openMailService>
