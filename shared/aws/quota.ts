import { GetAccountCommand, SESv2Client } from '@aws-sdk/client-sesv2'

// Not the client that sends: asking twice does no harm.
const ses = new SESv2Client({})

export type Quota = { perSecond: number; leftToday: number; maySend: boolean }

/** What SES takes from this account at this moment. */
export const quota = async (): Promise<Quota> => {
  const { SendQuota: { Max24HourSend = 0, MaxSendRate = 1, SentLast24Hours = 0 } = {}, SendingEnabled = true } =
    await ses.send(new GetAccountCommand({}))
  return {
    perSecond: MaxSendRate,
    // -1 is "as many as you like".
    leftToday: Max24HourSend < 0 ? Number.POSITIVE_INFINITY : Math.max(0, Max24HourSend - SentLast24Hours),
    maySend: SendingEnabled,
  }
}
