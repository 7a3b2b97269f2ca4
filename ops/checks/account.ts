import { placeholders, stageJson } from '../../infra/stages.ts'
import { PlainError } from '../plain-error.ts'
import { type Check, failure, listed, ok, warning } from './finding.ts'

/** Everything else is asked with these: where they fail, nothing else is. */
export const credentials: Check = {
  name: 'Credentials',
  why: 'Everything below is asked of one account and one region of AWS: they have to be those of the stage.',
  run: async ({ caller, deployment, region, close }) => {
    const { name, cloud } = deployment
    if (!region) {
      close('no region is named')
      return failure(
        'No region is named, neither in the environment nor in the stage.',
        'export AWS_REGION=us-east-1   (or the region that you want)',
        `For good: infra/stages.ts, ${name}.cloud.env: { account: '…', region: '…' }`,
      )
    }
    const who = await caller().catch((error: PlainError) => error)
    if (who instanceof PlainError && who.message.startsWith('AWS did not answer')) {
      close('AWS did not answer: see the first check')
      return failure(
        `AWS did not answer in ${region}.`,
        'Is this machine online, and is the region written as AWS writes it (us-east-1)?',
        `curl -I https://sts.${region}.amazonaws.com   (a proxy or a firewall may stand before it)`,
      )
    }
    if (who instanceof PlainError || !who?.Account) {
      close('AWS did not take the credentials: see the first check')
      return failure(
        who instanceof PlainError ? who.message : 'AWS does not say whose credentials these are.',
        'Where people sign in over the web: aws sso login',
        'Else: aws configure, with an access key from the console: IAM → Users → you → Security credentials',
        'aws sts get-caller-identity   (says who you are, or why nobody knows)',
      )
    }
    const { Account, Arn = '' } = who
    if (cloud.env && cloud.env.account !== Account) {
      close(`these are credentials for account ${Account}, not ${cloud.env.account}`)
      return failure(
        `These are credentials for account ${Account}. infra/stages.ts says of ${name}: account ${cloud.env.account}.`,
        'aws configure list-profiles   (lists the accounts that you can sign in to)',
        `export AWS_PROFILE=<the one of account ${cloud.env.account}>`,
        `If ${Account} is right: change ${name}.cloud.env.account in infra/stages.ts`,
      )
    }
    const seen = `Account ${Account}, region ${region}, as ${Arn.split(':').at(-1)}.`
    const theirs = process.env.AWS_REGION
    if (cloud.env && theirs && theirs !== region) {
      return warning(
        `${seen} The environment says ${theirs}: commands that you type would look there.`,
        `export AWS_REGION=${region}`,
      )
    }
    if (Arn.endsWith(':root')) {
      return warning(
        `${seen} The root user of an account cannot take on the roles that a deployment uses.`,
        'Console: IAM → Users → Create user, with the policy AdministratorAccess; sign in as that one',
      )
    }
    return ok(seen)
  },
}

export const settings: Check = {
  name: 'Settings of the stage',
  why: 'Readers see the name, the postal address and the sender in every mail; law asks for the postal address.',
  run: async ({ deployment }) => {
    const { name, cloud } = deployment
    try {
      stageJson(deployment)
    } catch (error) {
      return failure(
        `infra/stages.ts: ${name} is not what a stage has to be. ${wordsOf(error)}`,
        `Put it right in infra/stages.ts; what each field means is said in shared/stage.ts`,
      )
    }
    const fields = placeholders(deployment)
    if (fields.length === 0) return ok('No field says what the file came with.')
    const steps = [
      `Change in infra/stages.ts: ${fields.map((field) => `${name}.${field}`).join(', ')}`,
      ...(fields.includes('addressKey')
        ? [`A key of your own: node -p "require('node:crypto').randomBytes(24).toString('base64url')"`]
        : []),
    ]
    const seen = `Still as the file came: ${listed(fields)}.`
    return cloud.keepData ? failure(`${seen} cdk deploy refuses it.`, ...steps) : warning(seen, ...steps)
  },
}

const wordsOf = (error: unknown): string => {
  const { issues } = error as { issues?: { path: PropertyKey[] }[] }
  return issues ? `Wrong: ${listed(issues.map(({ path }) => path.join('.')))}.` : (error as Error).message
}

/** The first version that can deploy what this CDK synthesizes. */
const BOOTSTRAP_VERSION = 6

export const bootstrap: Check = {
  name: 'CDK bootstrap',
  why: 'Once for each account and region CDK makes a bucket and roles of its own: without them nothing is deployed.',
  run: async ({ stackNamed, isDeployed, caller, region }) => {
    if (await isDeployed()) return ok('The stack was deployed, so it has been done.')
    const toolkit = await stackNamed('CDKToolkit')
    const step = `npx cdk bootstrap aws://${(await caller())?.Account}/${region}`
    if (!toolkit) return failure('There is no stack CDKToolkit.', step)
    const version = Number(toolkit.Outputs?.find(({ OutputKey }) => OutputKey === 'BootstrapVersion')?.OutputValue ?? 0)
    if (version < BOOTSTRAP_VERSION) {
      return failure(`The stack CDKToolkit is of version ${version}; ${BOOTSTRAP_VERSION} or later is needed.`, step)
    }
    return ok(`The stack CDKToolkit is there, version ${version}.`)
  },
}
