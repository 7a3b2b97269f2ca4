import type { Deployment } from '../../infra/stages.ts'
import { openAsking } from './ask.ts'
import type { Dns } from './dns.ts'
import { questionsOfKeeping } from './questions-of-keeping.ts'
import { questionsOfSes } from './questions-of-ses.ts'
import { questionsOfStack } from './questions-of-stack.ts'
import { questionsOfWorkers } from './questions-of-workers.ts'

/** What is reached beside AWS: the real ones, or those of a test. */
export type Ports = { dns: Dns; fetch: typeof fetch }

/** What was asked for on the command line. */
export type Wishes = { sendTo?: string | undefined; mailsADay?: number | undefined }

/** Everything that can be asked about one deployment. */
export const lookAt = async (deployment: Deployment, wishes: Wishes, ports: Ports) => {
  const asking = await openAsking(deployment)
  return {
    ...ports,
    ...questionsOfStack(asking, `interviews-${deployment.name}`),
    ...questionsOfSes(asking, identityOf(deployment)),
    ...questionsOfWorkers(asking),
    ...questionsOfKeeping(asking),
    deployment,
    wishes,
    region: asking.region,
    denied: asking.denied,
    close: asking.close,
    caller: asking.caller,
    /** Puts back what was changed or deleted by hand. CDK has this from 2.1100 on. */
    restore: `npx cdk deploy interviews-${deployment.name} --revert-drift   (puts back what was changed or deleted by hand)`,
    /** A command of AWS's own tool, for the region that is looked at. */
    aws: (words: string): string => `aws ${words} --region ${asking.region}`,
  }
}
export type Look = Awaited<ReturnType<typeof lookAt>>

export const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1).toLowerCase()

/** What SES knows the sender as. */
export const identityOf = ({ sender, cloud }: Deployment): string =>
  cloud.senderIdentity === 'domain' ? domainOf(sender.address) : sender.address
