import type { Mail } from '../../local/mail.ts'
import type { SesEvent } from '../../local/ses-events.ts'
import { type Deployment, events } from './deployment.ts'
import type { MailService } from './mail-service.ts'
import type { MiniStack } from './ministack.ts'

/** What SES would tell the default bus about a mail. Nobody but SES may put it there, on AWS and on MiniStack. */
export const reportOf = ({ events: all }: MailService, { id, subject }: Mail, eventType: string): SesEvent => {
  const report = all.find((event) => {
    const { detail } = event as { detail: { eventType: string; mail: { messageId: string } } }
    return detail.eventType === eventType && detail.mail.messageId === id
  })
  if (!report) throw new Error(`SES says nothing of a ${eventType} of “${subject}”`)
  return report
}

/** The rules whose pattern, as it is deployed, matches an event: by the beginnings of their logical ids. */
export const matchedBy = async (ministack: MiniStack, deployment: Deployment, event: SesEvent): Promise<string[]> => {
  const matching: string[] = []
  for (const [id, Name] of Object.entries(deployment.all('AWS::Events::Rule'))) {
    const { EventPattern } = await events(ministack, 'DescribeRule', { Name })
    const { Result } = await events(ministack, 'TestEventPattern', { EventPattern, Event: JSON.stringify(event) })
    if (Result) matching.push(id.replace(/[0-9A-F]{8}$/, ''))
  }
  return matching
}
