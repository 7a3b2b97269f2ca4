import { randomBytes, randomInt } from 'node:crypto'
import { theStage } from '../aws/environment.ts'
import { toInstant, toMs } from '../calendar.ts'
import { networkOf } from '../network.ts'
import { type Challenge, challengeOf, isSolved, proofField, proofKey } from '../proof-of-work.ts'
import { type Call, typedIn } from './call.ts'

const keyFor = (network: string): string => proofKey(theStage().addressKey, network)

/** What the page is to give the browser to work out; nothing where the stage asks for no proof of work. */
export const challengeFor = ({ sourceIp, now }: Call): Challenge | undefined => {
  const { proofOfWork, addressKey } = theStage()
  if (!proofOfWork) return undefined
  const { maxNumber, validMinutes } = proofOfWork
  return challengeOf(keyFor(networkOf(sourceIp, addressKey)), {
    nonce: randomBytes(12).toString('hex'),
    number: randomInt(maxNumber + 1),
    maxNumber,
    expiresAt: toInstant(toMs(now) + validMinutes * 60_000),
  })
}

/** As how many forms of its network this one counts. */
export const formsIn = ({ body, now }: Call, network: string): number => {
  const { proofOfWork } = theStage()
  if (!proofOfWork || isSolved(typedIn(body)[proofField], keyFor(network), now)) return 1
  return proofOfWork.formsWithoutCountAs
}
