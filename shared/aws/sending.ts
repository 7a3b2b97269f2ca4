import {
  DeleteSuppressedDestinationCommand,
  GetAccountCommand,
  GetConfigurationSetCommand,
  NotFoundException,
  PutConfigurationSetSendingOptionsCommand,
  SESv2Client,
} from '@aws-sdk/client-sesv2'

// Not the client that sends: asking twice does no harm.
const ses = new SESv2Client({})

/** Whether SES takes mail with this configuration set. */
export const isSending = async (ConfigurationSetName: string): Promise<boolean> => {
  const { SendingOptions } = await ses.send(new GetConfigurationSetCommand({ ConfigurationSetName }))
  return SendingOptions?.SendingEnabled ?? true
}

/** Lets SES take mail with this configuration set, or refuse all of it. */
export const setSending = async (ConfigurationSetName: string, SendingEnabled: boolean): Promise<void> => {
  await ses.send(new PutConfigurationSetSendingOptionsCommand({ ConfigurationSetName, SendingEnabled }))
}

export type Account = {
  maySend: boolean
  /** In the sandbox it may write to verified addresses only. */
  sandbox: boolean
  /** What SES itself thinks of it, such as HEALTHY, PROBATION or SHUTDOWN. */
  standing: string
  perSecond: number
  /** -1 is as many as one likes. */
  perDay: number
  sentLastDay: number
}

export const account = async (): Promise<Account> => {
  const { SendQuota, SendingEnabled, ProductionAccessEnabled, EnforcementStatus } = await ses.send(
    new GetAccountCommand({}),
  )
  return {
    maySend: SendingEnabled ?? true,
    sandbox: !(ProductionAccessEnabled ?? true),
    standing: EnforcementStatus ?? 'unknown',
    perSecond: SendQuota?.MaxSendRate ?? 0,
    perDay: SendQuota?.Max24HourSend ?? 0,
    sentLastDay: SendQuota?.SentLast24Hours ?? 0,
  }
}

/**
 * Takes an address off SES's own list of those that bounced or complained, which is the account's; `false` when it was not
 * on it. SES knows addresses by their letters' case as well.
 */
export const takeOffSuppressionList = async (EmailAddress: string): Promise<boolean> => {
  try {
    await ses.send(new DeleteSuppressedDestinationCommand({ EmailAddress }))
    return true
  } catch (error) {
    if (error instanceof NotFoundException) return false
    throw error
  }
}
