import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDeployment, stackName } from './deployment.ts'
import { whatIsHeldElsewhere } from './elsewhere.ts'
import { openMailService } from './mail-service.ts'
import { withoutMetricMath } from './metric-math.ts'
import { account, type MiniStack, refusals, region, startMiniStack } from './ministack.ts'
import { endAll, run } from './processes.ts'
import { preparePython } from './python.ts'
import { elapsed, prove } from './steps.ts'
import { walkRequest } from './walk-request.ts'
import { walkTips } from './walk-tips.ts'
import { walkerOf } from './walker.ts'
import { checkThatNothingIsLeft, checkWhatIsDeployed, checkWhatIsLeft } from './what-is-deployed.ts'

const root = join(import.meta.dirname, '../..')
const LIMIT_MINUTES = 10

const python = (() => {
  try {
    return preparePython()
  } catch (error) {
    console.error((error as Error).message)
    return process.exit(1)
  }
})()
const folder = mkdtempSync(join(tmpdir(), 'interviews-deploy-'))
const cdk = join(root, 'node_modules/aws-cdk/bin/cdk')
const assembly = join(folder, 'cdk.out')

let ministack: MiniStack | undefined
let ending = false
const end = async (error?: unknown): Promise<never> => {
  if (ending) return process.exit(1)
  ending = true
  await endAll()
  if (error === undefined) {
    rmSync(folder, { recursive: true, force: true })
    console.log(`\nAll of it holds, after ${elapsed()}.`)
    return process.exit(0)
  }
  console.error(error instanceof Error ? error.stack : error)
  if (ministack) for (const line of refusals(ministack)) console.error(line)
  console.error(`\nWhat was said meanwhile is in ${folder}.`)
  return process.exit(1)
}
process.once('SIGINT', () => end('Interrupted'))
process.once('SIGTERM', () => end('Interrupted'))
setTimeout(() => end(new Error(`Not done within ${LIMIT_MINUTES} minutes`)), LIMIT_MINUTES * 60_000).unref()

try {
  const mailService = await openMailService(folder)
  const aws = await prove('MiniStack runs, with TLS, checking signatures and rights', () =>
    startMiniStack(python, folder, mailService.url),
  )
  ministack = aws
  const runCdk = (cwd: string, ...args: string[]): Promise<void> =>
    run({
      command: process.execPath,
      args: [cdk, ...args, '--no-notices', '--ci'],
      env: { ...aws.env, CDK_DISABLE_VERSION_CHECK: '1', CDK_DISABLE_CLI_TELEMETRY: '1' },
      cwd,
      log: join(folder, 'cdk.log'),
    })
  // Not in the repository: nothing has to be synthesized for it.
  await prove('cdk bootstrap', () => runCdk(folder, 'bootstrap', `aws://${account}/${region}`))
  await prove(`cdk synth ${stackName}`, () => runCdk(root, 'synth', stackName, '--quiet', '--output', assembly))
  withoutMetricMath(assembly)
  await prove(`cdk deploy ${stackName}`, () =>
    runCdk(root, 'deploy', stackName, '--require-approval', 'never', '--app', assembly),
  )
  const deployment = await readDeployment(aws, assembly)
  mailService.serve(deployment.configurationSets)
  const walker = walkerOf(aws, deployment, mailService)
  const meant = await checkWhatIsDeployed(aws, deployment, walker)
  await walkRequest(aws, deployment, mailService, walker)
  await walkTips(aws, deployment, mailService, walker)
  await checkWhatIsLeft(aws, deployment, meant)
  const elsewhere = await whatIsHeldElsewhere(aws, deployment)
  await prove(`cdk destroy ${stackName} leaves nothing behind`, async () => {
    await runCdk(root, 'destroy', stackName, '--force', '--app', assembly)
    await checkThatNothingIsLeft(aws)
  })
  console.log(`\nWhat MiniStack does not do, and which test holds it instead:\n${elsewhere.join('\n')}`)
  mailService.stop()
  await end()
} catch (error) {
  await end(error)
}
