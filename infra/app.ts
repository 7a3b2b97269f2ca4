import { App } from 'aws-cdk-lib'
import { root, sweepUnfinished } from './bundling.ts'
import { InterviewsStack } from './interviews-stack.ts'
import { stageNamed, stages } from './stages.ts'
import { settings } from './synthesis.ts'

const outdir = process.env.CDK_OUTDIR ?? `${root}/cdk.out`
sweepUnfinished(outdir)

const app = new App({ ...settings, outdir })
const only: string | undefined = process.env.STAGE_NAME ?? app.node.tryGetContext('stage')
for (const name of only ? [only] : Object.keys(stages)) {
  new InterviewsStack(app, `interviews-${name}`, stageNamed(name))
}
app.synth()
