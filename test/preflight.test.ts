/**
 * The words of `npm run preflight`: of each check for each of its faults, one fault at a time, in test/golden/preflight/.
 *
 * The account is a server on this machine. Its answers are written after the API models of the services, and after the
 * template that is deployed; none was recorded, and no AWS was called.
 */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Deployment } from '../infra/stages.ts'
import { checks, runCheck, runChecks } from '../ops/checks/all.ts'
import type { Checked, State } from '../ops/checks/finding.ts'
import { lookAt, type Wishes } from '../ops/checks/look.ts'
import { neededEvents } from '../ops/checks/reports.ts'
import { show, showAll } from '../ops/checks/show.ts'
import { campus, openAccount, region } from './preflight-account.ts'
import { type Fault, faultsOf } from './preflight-faults.ts'

const account = await openAccount()
beforeAll(() => account.heal())
afterAll(() => account.close())
beforeEach(() => account.heal())

/** Without what changes from run to run. */
const masked = (words: string): string =>
  words.replaceAll(account.url, 'https://talks.campus.edu').replaceAll(new URL(account.url).host, 'talks.campus.edu')

const golden = (name: string): string => `./golden/preflight/${name}.txt`
const fileOf = (name: string): string => name.toLowerCase().replaceAll(/[^a-z]+/g, '-')

const faults = faultsOf(account)
const ports = () => ({ dns: account.dns, fetch })
const SET = 'AWS::SES::ConfigurationSet'
const set = (right: string, change: object): void => {
  account.answers[right] = { ...account.answers[right], ...change }
}
const lookWith = (stage: Deployment = campus, wishes: Wishes = {}) => lookAt(stage, wishes, ports())

const run = async (name: string, fault: Partial<Fault>): Promise<Checked> => {
  const check = checks.find((one) => one.name === name)
  if (!check) throw new Error(`no check is called ${name}`)
  await fault.so?.()
  const environment = { ...process.env }
  Object.assign(process.env, fault.env)
  try {
    const look = await lookAt(fault.stage ?? campus, fault.wishes ?? {}, { ...ports(), ...fault.ports })
    return await runCheck(check, look)
  } finally {
    process.env = environment
  }
}

test('every check is tried with every fault of its own', () => {
  expect(Object.keys(faults)).toEqual(checks.map(({ name }) => name))
})

describe.each(Object.entries(faults))('%s', (name, its) => {
  test('has its words for each fault', async () => {
    const words: string[] = []
    for (const fault of its) {
      account.heal()
      const found = await run(name, fault)
      expect({ when: fault.when, is: found.state }).toEqual({ when: fault.when, is: fault.is })
      expect(found.findings.every(({ state, todo }) => !/failure|warning/.test(state) || todo.length > 0)).toBe(true)
      words.push(`--- ${fault.when}\n${masked(show(found))}`)
    }
    await expect(`${words.join('\n\n')}\n`).toMatchFileSnapshot(golden(fileOf(name)))
  })
})

const whole = async (stage: Deployment = campus, wishes: Wishes = {}) => {
  const look = await lookWith(stage, wishes)
  const found = await runChecks(look)
  const words = masked(showAll({ of: look.stackName, checks: found, denied: [...look.denied] }))
  return { found, words: `${words}\n` }
}
const statesOf = (found: Checked[]): State[] => [...new Set(found.map(({ state }) => state))]

describe('the whole', () => {
  test('is fine where all is in good order, and asks nothing twice', async () => {
    const { found, words } = await whole(campus, { sendTo: 'success@simulator.amazonses.com' })
    expect(statesOf(found)).toEqual(['ok'])
    await expect(words).toMatchFileSnapshot(golden('whole-fine'))
    const asked = account.asked.map(({ right, body }) => `${right} ${body}`)
    for (const right of [
      'ses:GetAccount',
      'sts:GetCallerIdentity',
      'ses:GetEmailIdentity',
      'cloudformation:ListStackResources',
    ]) {
      expect(asked.filter((one) => one.startsWith(`${right} `))).toHaveLength(1)
    }
  })

  test('before the first deployment: what blocks it, and what is to come', async () => {
    account.undeploy()
    const { found, words } = await whole()
    expect(statesOf(found)).not.toContain('failure')
    await expect(words).toMatchFileSnapshot(golden('whole-before-the-first-deployment'))
  })

  test('a new account of somebody who has just cloned this', async () => {
    account.undeploy()
    delete account.answers['cloudformation:DescribeStacks CDKToolkit']
    set('ses:GetAccount', {
      ProductionAccessEnabled: false,
      Details: undefined,
      SendQuota: { MaxSendRate: 1, Max24HourSend: 200, SentLast24Hours: 0 },
      PricingAttributes: { CurrentPlan: 'ESSENTIALS' },
    })
    set('lambda:GetAccountSettings', { AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 } })
    account.records = {}
    const { found, words } = await whole()
    expect(found.filter(({ state }) => state === 'failure').map(({ name }) => name)).toEqual([
      'CDK bootstrap',
      'SES sandbox',
      'Lambda concurrency',
    ])
    await expect(words).toMatchFileSnapshot(golden('whole-new-account'))
  })

  test('rights that are missing are told by name, and nothing is called wrong for it', async () => {
    account.denied.add('all')
    const { found, words } = await whole(campus, { sendTo: 'success@simulator.amazonses.com' })
    expect(statesOf(found)).toEqual(['ok', 'skipped'])
    await expect(words).toMatchFileSnapshot(golden('whole-denied'))
  })

  test('each right alone can be missing: only what needs it is not seen', async () => {
    await whole(campus, { sendTo: 'success@simulator.amazonses.com' })
    const rights = [...new Set(account.asked.map(({ right }) => right))].filter((right) => !right.startsWith('sts:'))
    const told: string[] = []
    for (const right of rights) {
      account.heal()
      account.denied.add(right)
      const { found } = await whole(campus, { sendTo: 'success@simulator.amazonses.com' })
      expect(statesOf(found).sort(), right).toEqual(['ok', 'skipped'])
      const unseen = found.filter(({ state }) => state === 'skipped')
      for (const { findings } of unseen)
        expect(findings[0]?.saw).toBe(`Could not look: needs ${right}, which these credentials may not do.`)
      told.push(`${right}\n    not seen: ${unseen.map(({ name }) => name).join(', ')}`)
    }
    await expect(`${told.join('\n')}\n`).toMatchFileSnapshot(golden('rights'))
  }, 300_000)

  test('services that give no answer are told in plain words', async () => {
    for (const service of [
      'ses',
      'scheduler',
      'iam',
      'events',
      'lambda',
      'dynamodb',
      'monitoring',
      'sns',
      'servicequotas',
    ]) {
      account.silent.add(service)
    }
    const { found, words } = await whole()
    expect(statesOf(found).sort()).toEqual(['ok', 'skipped'])
    await expect(words).toMatchFileSnapshot(golden('whole-silent'))
  })

  test('of a machine that is offline: one thing is wrong, and not thirty', async () => {
    account.silent.add('sts')
    account.dnsIsDown = true
    const { found, words } = await whole()
    expect(found.filter(({ state }) => state === 'failure').map(({ name }) => name)).toEqual(['Credentials'])
    await expect(words).toMatchFileSnapshot(golden('whole-offline'))
  })

  test('of the wrong account nothing is looked at', async () => {
    set('sts:GetCallerIdentity', { Account: '999999999999', Arn: 'arn:aws:iam::999999999999:user/ada' })
    const { words } = await whole()
    expect(account.asked.map(({ right }) => right)).toEqual(['sts:GetCallerIdentity'])
    await expect(words).toMatchFileSnapshot(golden('whole-wrong-account'))
  })

  test('a policy of the organization is told from a missing right', async () => {
    account.answers['ses:GetAccount'] = {
      status: 403,
      code: 'AccessDeniedException',
      message:
        'User: arn:aws:iam::123456789012:user/ada is not authorized to perform: ses:GetAccount with an explicit deny in a service control policy',
    }
    expect((await run('SES sending', {})).findings[0]?.saw).toBe(
      'Could not look: needs ses:GetAccount, which a policy of the AWS organization forbids: ask its administrator.',
    )
  })

  test('AWS out of breath is told in plain words', async () => {
    account.answers['ses:GetAccount'] = { status: 429, code: 'TooManyRequestsException' }
    expect((await run('SES sending', {})).findings[0]?.saw).toBe(
      'Could not look: AWS takes no more questions at the moment (ses:GetAccount): try again in a minute.',
    )
  })
})

describe('what it does outside', () => {
  test('presses for nobody, as a mail provider does', async () => {
    await run('One-click unsubscribe', {})
    expect(account.presses).toHaveLength(1)
    expect(account.presses[0]?.type).toMatch(/^multipart\/form-data; boundary=/)
    expect(account.presses[0]?.body).toContain('One-Click')
  })

  test('sends one mail, the way that tips go, and only when it was asked to', async () => {
    await whole()
    expect(account.asked.filter(({ right }) => right === 'ses:SendEmail')).toEqual([])
    await run('Test mail', { wishes: { sendTo: 'ada@campus.edu' } })
    const [sent] = account.asked.filter(({ right }) => right === 'ses:SendEmail').map(({ body }) => JSON.parse(body))
    expect(sent).toMatchObject({
      FromEmailAddress: '"Campus Talks" <talks@campus.edu>',
      Destination: { ToAddresses: ['ada@campus.edu'] },
      ConfigurationSetName: account.name(SET, 'sendertips'),
      Content: {
        Simple: {
          Headers: [
            { Name: 'List-Unsubscribe', Value: expect.stringMatching(/^<http.*\/unsubscribe>$/) },
            { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
            { Name: 'Auto-Submitted', Value: 'auto-generated' },
          ],
        },
      },
    })
    // Our rules listen for tags of ours: this one is nobody's.
    expect(sent.EmailTags).toBeUndefined()
  })
})

test('what is sent on to the runbook is in it', async () => {
  const folder = join(import.meta.dirname, '../ops/checks')
  const runbook = await readFile(join(import.meta.dirname, '../docs/runbook.md'), 'utf8')
  const entries = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title.toLowerCase().replaceAll(' ', '-'))
  const sources = await Promise.all((await readdir(folder)).map((file) => readFile(join(folder, file), 'utf8')))
  const named = sources.flatMap((source) =>
    [...source.matchAll(/docs\/runbook\.md#([a-z-]+)/g)].map(([, name]) => name),
  )
  expect(named.length).toBeGreaterThan(5)
  for (const name of named) expect(entries).toContain(name)
})

test('the events that are asked for are those of the template', () => {
  for (const kind of ['workflow', 'tips'] as const) {
    const { EventDestinations } =
      account.answers[`ses:GetConfigurationSetEventDestinations ${account.name(SET, `sender${kind}`)}`]
    expect([...neededEvents[kind]].sort()).toEqual([...EventDestinations[0].MatchingEventTypes].sort())
  }
})

describe('the command', () => {
  const command = (...args: string[]) =>
    new Promise<{ code: number; out: string; said: string }>((done) => {
      const env = { ...process.env, AWS_REGION: region, HOME: home, FORCE_COLOR: undefined }
      execFile(process.execPath, ['ops/preflight.ts', ...args], { env }, (error, out, said) =>
        done({ code: typeof error?.code === 'number' ? error.code : 0, out, said }),
      )
    })
  let home: string
  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'preflight-'))
  })
  afterAll(() => rm(home, { recursive: true }))

  test('ends with 0 where nothing blocks, begins with the summary, and has no colours in a file', async () => {
    account.undeploy()
    const { code, out } = await command('--stage', 'dev')
    expect(out.split('\n')[0]).toMatch(
      /^interviews-dev: Of the \d+ that could be looked at none blocks; \d+ could not\. 2 warn: Settings of the stage, SES sandbox\./,
    )
    expect(out).not.toContain('\u001b')
    expect(code).toBe(0)
  })

  test('ends with 1 where something blocks', async () => {
    const { code, out } = await command('--stage', 'prod')
    expect(out).toMatch(/^BLOCKS {4}Settings of the stage\./m)
    expect(code).toBe(1)
  })

  test('tells a program the same', async () => {
    const { code, out } = await command('--stage', 'prod', '--json')
    const told = JSON.parse(out)
    expect(told).toMatchObject({ of: 'interviews-prod', blocks: expect.any(Number), denied: [] })
    expect(told.checks.map(({ name }: Checked) => name)).toEqual(checks.map(({ name }) => name))
    expect(told.blocks).toBe(told.checks.filter(({ state }: Checked) => state === 'failure').length)
    expect(code).toBe(told.blocks > 0 ? 1 : 0)
  })

  test.each([
    ['no stage', []],
    ['a stage that there is not', ['--stage', 'production']],
    ['an option that there is not', ['--stag', 'dev']],
    ['a number that is none', ['--stage', 'dev', '--expect-mails-a-day', 'many']],
    ['an address that is none', ['--stage', 'dev', '--send-to', 'ada']],
    ['a file that there is not', ['--check-message', 'nowhere.eml']],
  ])('ends with 2 and a sentence for %s', async (_, args) => {
    const { code, out, said } = await command(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(said.split('\n')[0]).toMatch(/^[-A-Z\w][^{}]+[.:]?$/)
    expect(said).not.toMatch(/\n {4}at /)
  })

  test('says how it is used', async () => {
    const { code, out } = await command('--help')
    expect(code).toBe(0)
    expect(out).toContain('--check-message')
  })
})
