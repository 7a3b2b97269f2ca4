import { App } from 'aws-cdk-lib'
import { root } from './bundling.ts'
import { InterviewsStack } from './interviews-stack.ts'
import { stageNamed, stages } from './stages.ts'
import { settings } from './synthesis.ts'

/** All stages, or the one named by STAGE_NAME or `-c stage=`, into CDK_OUTDIR or `cdk.out`. Functions are built once for all. */
const app = new App({ ...settings, outdir: process.env.CDK_OUTDIR ?? `${root}/cdk.out` })
const only: string | undefined = process.env.STAGE_NAME ?? app.node.tryGetContext('stage')
for (const name of only ? [only] : Object.keys(stages)) {
  new InterviewsStack(app, `interviews-${name}`, stageNamed(name))
}
app.synth()
