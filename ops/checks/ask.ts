import { GetCallerIdentityCommand, STSClient } from '@aws-sdk/client-sts'
import type { Deployment } from '../../infra/stages.ts'
import { PlainError } from '../plain-error.ts'
import { isDenied, whyNot } from './why-not.ts'

/** Answers the same question once. */
export const once = <T>(question: () => Promise<T>): (() => Promise<T>) => {
  let answer: Promise<T> | undefined
  return () => {
    answer ??= question()
    return answer
  }
}

/**
 * Asks AWS with the right to do so named. Throws a PlainError that says why there is no answer; where AWS knows of no such
 * thing, told by the names of its errors, the answer is undefined.
 */
export type Ask = <T>(action: string, question: () => Promise<T>, ...noSuchThing: string[]) => Promise<T | undefined>

/** SES answers all but sending once a second, and says so to whoever asks sooner: the SDK comes back a little later. */
const maxAttempts = () => Number(process.env.AWS_MAX_ATTEMPTS ?? 8)

/** Who asks, and where. The region is that of the stage, or that of the environment; without one nothing can be asked. */
export const openAsking = async ({ cloud }: Pick<Deployment, 'cloud'>) => {
  const requestHandler = { connectionTimeout: 5_000, requestTimeout: 15_000, throwOnRequestTimeout: true }
  const patient = { maxAttempts: maxAttempts(), requestHandler }
  const sts = new STSClient({ ...patient, ...(cloud.env && { region: cloud.env.region }) })
  const region = await sts.config.region().catch(() => undefined)
  const settings = { ...patient, region: region ?? 'none', credentials: sts.config.credentials }
  const denied = new Set<string>()
  let closed: string | undefined
  const ask: Ask = async (action, question, ...noSuchThing) => {
    if (closed) throw new PlainError(closed)
    try {
      return await question()
    } catch (error) {
      if (noSuchThing.includes((error as Error).name)) return undefined
      if (isDenied(error)) denied.add(action)
      throw whyNot(action, error)
    }
  }
  return {
    ask,
    settings,
    region,
    /** Rights that were missing. */
    denied,
    /** From here on nothing is asked, for this reason. */
    close: (because: string): void => {
      closed ??= because
    },
    caller: once(() => ask('sts:GetCallerIdentity', () => sts.send(new GetCallerIdentityCommand({})))),
  }
}
export type Asking = Awaited<ReturnType<typeof openAsking>>
