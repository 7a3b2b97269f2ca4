import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { InterviewsStack } from '../infra/interviews-stack.ts'
import { type Deployment, stages } from '../infra/stages.ts'
import { settings } from '../infra/synthesis.ts'

const outdir = mkdtempSync(join(tmpdir(), 'template-'))
process.once('exit', () => rmSync(outdir, { recursive: true, force: true }))

/** The stack of a stage, without its code: what a template says does not depend on it. */
export const stackOf = (deployment: Deployment): InterviewsStack => {
  const app = new App({ ...settings, outdir, context: { 'aws:cdk:bundling-stacks': [] } })
  return new InterviewsStack(app, `interviews-${deployment.name}`, deployment)
}

/** No stage anybody runs: all that `cloud` can hold is in it, so that what is optional is looked at as well. */
export const allOptions: Deployment = {
  ...stages.prod,
  name: 'all',
  sender: { name: 'Coffee Chats', address: 'assistant@college.edu' },
  addressKey: 'k7Qx2mWvT9pLr4Zs8YhN',
  cloud: {
    ...stages.prod.cloud,
    env: { account: '111122223333', region: 'us-east-1' },
    hostedZone: { id: 'Z0123456789ABCDEFGHIJ', name: 'college.edu' },
    domain: { name: 'talks.college.edu' },
    front: { requestsInFiveMinutes: 2000, key: 2 },
  },
}

/** Every stage that can be deployed, and the one with all options. */
export const deployments: readonly Deployment[] = [...Object.values(stages), allOptions]
