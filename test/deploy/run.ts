import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { readDeployment, stackName } from './deployment.ts'
import { whatIsHeldElsewhere } from './elsewhere.ts'
import { openMailService } from './mail-service.ts'
import { account, region, startMiniStack } from './ministack.ts'
import { endAll, run } from './processes.ts'
import { preparePython } from './python.ts'
import { elapsed, prove } from './steps.ts'
import { walkRequest } from './walk-request.ts'
import { walkTips } from './walk-tips.ts'
import { walkerOf } from './walker.ts'
import { checkThatNothingIsLeft, checkWhatIsDeployed, checkWhatIsLeft } from './what-is-deployed.ts'

const root = join(import.meta.dirname, '../..')
const LIMIT_MINUTES = 10

const folder = mkdtempSync(join(tmpdir(), 'interviews-deploy-'))
const cdk = join(root, 'node_modules/aws-cdk/bin/cdk')
const assembly = join(folder, 'cdk.out')

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
  console.error(`\nWhat was said meanwhile is in ${folder}.`)
  return process.exit(1)
}
process.once('SIGINT', () => end('Interrupted'))
process.once('SIGTERM', () => end('Interrupted'))
setTimeout(() => end(new Error(`Not done within ${LIMIT_MINUTES} minutes`)), LIMIT_MINUTES * 60_000).unref()

try {
  const python = preparePython()
  const mailService = await openMailService(folder)
  const ministack = await prove('MiniStack runs, with TLS, checking signatures and rights', () =>
    startMiniStack(python, folder, mailService.url),
  )
  const runCdk = (cwd: string, ...args: string[]): Promise<void> =>
    run({
      command: process.execPath,
      args: [cdk, ...args, '--no-notices', '--ci'],
      env: { ...ministack.env, CDK_DISABLE_VERSION_CHECK: '1', CDK_DISABLE_CLI_TELEMETRY: '1' },
      cwd,
      log: join(folder, 'cdk.log'),
    })
  // Not in the repository: nothing has to be synthesized for it.
  await prove('cdk bootstrap', () => runCdk(folder, 'bootstrap', `aws://${account}/${region}`))
  await prove(`cdk deploy ${stackName}`, () =>
    runCdk(root, 'deploy', stackName, '--require-approval', 'never', '--output', assembly),
  )
  const deployment = await readDeployment(ministack, assembly)
  mailService.serve(deployment.configurationSets)
  const walker = walkerOf(ministack, deployment, mailService)
  const meant = await checkWhatIsDeployed(ministack, deployment, walker)
  await walkRequest(ministack, deployment, mailService, walker)
  await walkTips(ministack, deployment, mailService, walker)
  await checkWhatIsLeft(ministack, deployment, meant)
  const elsewhere = await whatIsHeldElsewhere(ministack, deployment)
  await prove(`cdk destroy ${stackName} leaves nothing behind`, async () => {
    await runCdk(root, 'destroy', stackName, '--force', '--app', assembly)
    await checkThatNothingIsLeft(ministack)
  })
  console.log(`\nWhat MiniStack does not do, and which test holds it instead:\n${elsewhere.join('\n')}`)
  mailService.stop()
  await end()
} catch (error) {
  await end(error)
}
