import { readFile } from 'node:fs/promises'
import { stageNamed, stages } from '../infra/stages.ts'
import { theDns } from './checks/dns.ts'
import { painted, type Report, showAll } from './checks/show.ts'
import { firstLineRed, print, readArguments, say } from './command-line.ts'
import { inPlainWords, PlainError } from './plain-error.ts'

const usage = `npm run preflight -- --stage <name> [options]

Looks at what is usually wrong before and after a deployment, and says what to do about it.
It asks with the AWS credentials of the environment, and changes nothing.

  --stage <name>              ${Object.keys(stages).join(', ')}
  --expect-mails-a-day <n>    holds this against what SES takes from the account
  --send-to <address>         sends one mail, as tips are sent: success@simulator.amazonses.com, or a mailbox of yours
  --check-message <file.eml>  says of a mail that arrived whether it was signed as it should be; needs no AWS
  --json                      for programs; then with npm run --silent

Ends with 1 when something blocks, with 0 when nothing does.`

const options = {
  stage: { type: 'string' },
  'expect-mails-a-day': { type: 'string' },
  'send-to': { type: 'string' },
  'check-message': { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

const preflight = async (args: string[]): Promise<number> => {
  const { values, positionals } = readArguments(args, options, usage)
  if (values.help) {
    print(usage)
    return 0
  }
  if (positionals.length > 0) throw new PlainError(usage)
  const report = values['check-message'] ? await ofMessage(values['check-message']) : await ofStage(values)
  print(values.json ? asJson(report) : showAll(report, painted(process.stdout)))
  return report.checks.some(({ state }) => state === 'failure') ? 1 : 0
}

const ofMessage = async (path: string): Promise<Report> => {
  const { examine } = await import('./checks/message.ts')
  return { of: path, checks: await examine(await readFile(path)) }
}

type Given = { stage?: string; 'expect-mails-a-day'?: string; 'send-to'?: string; json: boolean }

const ofStage = async (given: Given): Promise<Report> => {
  const { stage, 'send-to': sendTo, 'expect-mails-a-day': expected } = given
  if (!stage) throw new PlainError(`Name the stage with --stage.\n\n${usage}`)
  const mailsADay = expected === undefined ? undefined : Number(expected)
  if (mailsADay !== undefined && !(Number.isInteger(mailsADay) && mailsADay > 0)) {
    throw new PlainError('--expect-mails-a-day is a number of mails, such as 20000.')
  }
  if (sendTo !== undefined && !/^[^\s@]+@[^\s@]+$/.test(sendTo)) throw new PlainError('--send-to is an address.')
  const deployment = knownStage(stage)
  // AWS's clients take a second to load: nobody waits for them who asks for help.
  const [{ lookAt }, { runChecks }] = await Promise.all([import('./checks/look.ts'), import('./checks/all.ts')])
  const look = await lookAt(deployment, { sendTo, mailsADay }, { dns: theDns(), fetch })
  const tell = tellsProgress(given.json)
  const checks = await runChecks(look, tell)
  tell('')
  return { of: look.stackName, checks, denied: [...look.denied] }
}

const knownStage = (name: string) => {
  try {
    return stageNamed(name)
  } catch (error) {
    throw new PlainError((error as Error).message)
  }
}

/** On a screen one line says what is being looked at, until the answers come. */
const tellsProgress = (json: boolean) => (name: string) => {
  if (json || !process.stderr.isTTY) return
  process.stderr.write(`\r\x1b[K${name === '' ? '' : `${name} …`}`)
}

const asJson = ({ of, checks, denied = [] }: Report): string => {
  const count = (state: string): number => checks.filter((check) => check.state === state).length
  const counts = { blocks: count('failure'), warns: count('warning'), notSeen: count('skipped'), fine: count('ok') }
  return JSON.stringify({ of, ...counts, denied, checks }, null, 2)
}

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
})
try {
  process.exitCode = await preflight(process.argv.slice(2))
} catch (error) {
  say(firstLineRed(inPlainWords(error)))
  process.exitCode = 2
}
