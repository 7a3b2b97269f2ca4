import {
  GetAccountCommand,
  type GetAccountCommandOutput,
  GetConfigurationSetCommand,
  GetConfigurationSetEventDestinationsCommand,
  GetEmailIdentityCommand,
  SESv2Client,
  type SendEmailCommand,
} from '@aws-sdk/client-sesv2'
import { type Asking, once } from './ask.ts'

const refusals = [
  'MessageRejected',
  'MailFromDomainNotVerifiedException',
  'AccountSuspendedException',
  'SendingPausedException',
  'BadRequestException',
  'NotFoundException',
  'LimitExceededException',
]

/** What SES can tell about the account, the sender and the configuration sets. */
export const questionsOfSes = ({ ask, settings }: Asking, identity: string) => {
  const client = new SESv2Client(settings)
  // No second try: it could be a second mail.
  const sender = new SESv2Client({ ...settings, maxAttempts: 1 })
  return {
    sesAccount: once(
      async (): Promise<Partial<GetAccountCommandOutput>> =>
        (await ask('ses:GetAccount', () => client.send(new GetAccountCommand({})))) ?? {},
    ),
    identity: once(() => {
      const question = () => client.send(new GetEmailIdentityCommand({ EmailIdentity: identity }))
      return ask('ses:GetEmailIdentity', question, 'NotFoundException')
    }),
    configurationSet: (ConfigurationSetName: string) => {
      const question = () => client.send(new GetConfigurationSetCommand({ ConfigurationSetName }))
      return ask('ses:GetConfigurationSet', question, 'NotFoundException')
    },
    eventDestinations: async (ConfigurationSetName: string) => {
      const question = () => client.send(new GetConfigurationSetEventDestinationsCommand({ ConfigurationSetName }))
      return (await ask('ses:GetConfigurationSetEventDestinations', question))?.EventDestinations ?? []
    },
    /** The only thing here that does anything. */
    sendMail: async (mail: SendEmailCommand): Promise<{ messageId: string } | { refused: string }> => {
      const question = async () => {
        try {
          const { MessageId } = await sender.send(mail)
          return { messageId: MessageId ?? 'without an id' }
        } catch (error) {
          const { name, message } = error as Error
          if (refusals.includes(name)) return { refused: message || name }
          throw error
        }
      }
      return (await ask('ses:SendEmail', question)) ?? { refused: 'without a word' }
    },
  }
}
