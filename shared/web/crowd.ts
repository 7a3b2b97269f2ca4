import { countNetwork } from '../aws/counters.ts'
import { theStage } from '../aws/environment.ts'
import { toInstant, toMs } from '../calendar.ts'
import { Problem } from '../http.ts'
import { networkOf } from '../network.ts'
import type { Instant } from '../request.ts'
import type { Call } from './call.ts'
import { formsIn } from './proof.ts'

const HOUR = 3_600_000

const startOfHour = (now: Instant): number => toMs(now) - (toMs(now) % HOUR)

/**
 * Counts a form that came from this network. A crowded network gets its confirmations over the hours after
 * (`confirmAfter`), and a very crowded one is told to come back (`refusal`): that says nothing about anybody. Where the stage
 * asks for a proof of work, a form without one makes as much of a crowd as several.
 */
export const crowd = async (call: Call): Promise<{ network: string; refusal?: Problem; confirmAfter?: Instant }> => {
  const { sourceIp, now } = call
  const { addressKey, caps } = theStage()
  const network = networkOf(sourceIp, addressKey)
  const seen = await countNetwork(network, now, formsIn(call, network))
  if (seen > caps.refuseFromANetworkAnHour) return { network, refusal: tooMany(now) }
  const hoursToWait = Math.floor((seen - 1) / caps.requestsFromANetworkAnHour)
  return { network, ...(hoursToWait > 0 && { confirmAfter: toInstant(startOfHour(now) + hoursToWait * HOUR) }) }
}

const tooMany = (now: Instant): Problem =>
  new Problem(
    429,
    'Many requests have come from your network',
    'Please send it again in a while: nothing is wrong with it.',
    {
      retryAfterSeconds: Math.ceil((startOfHour(now) + HOUR - toMs(now)) / 1000),
    },
  )
