import { mailTags } from '../../shared/names.ts'
import { limits } from './limits.ts'
import type { World } from './world.ts'

/** A mail that SES has taken: what the ledger is held against. */
export type Taken = {
  messageId: string
  to: readonly string[]
  requestId: string
  mail: string
  occurrence: string
  at: number
  text: string
  html: string
}

/** What becomes of mail to an address. */
export type Mailbox = 'fine' | 'gone' | 'full' | 'complains'

type Named = { Name: string; Value: string }
type SendEmail = {
  Destination: { ToAddresses?: string[]; CcAddresses?: string[]; BccAddresses?: string[] }
  EmailTags: Named[]
  Content: { Simple: { Body: { Html: { Data: string }; Text: { Data: string } } } }
}

const SECOND = 1000
const HOUR = 3_600_000

/** SES: what it takes it keeps, and tells of on the bus; those events come late, twice, in any order or not at all. */
export const openMailService = (world: World) => {
  const { agenda, chance, faults, timeline } = world
  const taken: Taken[] = []
  const dead: unknown[] = []

  const send = (input: SendEmail, onTaken: (taken: Taken) => void): { MessageId: string } => {
    const { Destination, EmailTags, Content } = input
    const tags = Object.fromEntries(EmailTags.map(({ Name, Value }) => [Name, Value]))
    const { ToAddresses = [], CcAddresses = [], BccAddresses = [] } = Destination
    const mail: Taken = {
      messageId: `message-${taken.length + 1}`,
      to: [...ToAddresses, ...CcAddresses, ...BccAddresses],
      requestId: tags[mailTags.request] ?? '',
      mail: tags[mailTags.mail] ?? '',
      occurrence: tags[mailTags.occurrence] ?? '',
      at: world.now(),
      text: Content.Simple.Body.Text.Data,
      html: Content.Simple.Body.Html.Data,
    }
    taken.push(mail)
    onTaken(mail)
    for (const { eventType, ...facts } of reports(mail)) {
      const event = {
        detail: { eventType, mail: { messageId: mail.messageId, destination: mail.to, tags: listed(tags) }, ...facts },
      }
      report(mail, event, eventType)
      if (faults.strike('SES event twice')) report(mail, event, eventType)
    }
    return { MessageId: mail.messageId }
  }

  const reports = ({ to }: Taken): ({ eventType: string } & Record<string, unknown>)[] => {
    const fate = world.mailboxes.get(to[0] ?? '') ?? 'fine'
    const bounce = (bounceType: string) => ({
      eventType: 'Bounce',
      bounce: { bounceType, bouncedRecipients: to.map((emailAddress) => ({ emailAddress })) },
    })
    const sent = { eventType: 'Send' }
    if (fate === 'gone') return [sent, bounce('Permanent')]
    if (fate === 'full') return [sent, bounce('Transient')]
    const delivered = [sent, { eventType: 'Delivery' }]
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
    agenda.add(world.now() + delay, `SES ${what}`, () => handOver(event, 0))
  }

  /** EventBridge hands it to Lambda, which tries again when the function fails, and puts it aside in the end. */
  const handOver = (event: unknown, tries: number): void => {
    world.invoke('record-outcome', event, (ending) => {
      if ('answer' in ending) return
      if (tries >= limits.outcomes.retries) return void dead.push(event)
      agenda.add(world.now() + (tries + 1) * 60 * SECOND, 'SES event again', () => handOver(event, tries + 1))
    })
  }

  return { taken: taken as readonly Taken[], dead, send, handOver }
}

const listed = (tags: Record<string, string>) =>
  Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]]))

export type MailService = ReturnType<typeof openMailService>
