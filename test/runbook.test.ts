import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { afterAll, describe, expect, test } from 'vitest'
import { InterviewsStack } from '../infra/interviews-stack.ts'
import { stages } from '../infra/stages.ts'
import { settings } from '../infra/synthesis.ts'
import { commands } from '../ops/commands.ts'
import { runbook } from './runbook.ts'

const root = join(import.meta.dirname, '..')
const read = (file: string): string => readFileSync(join(root, file), 'utf8')
const whole = read('docs/runbook.md').replaceAll(/\s+/g, ' ')

const outdir = mkdtempSync(join(tmpdir(), 'runbook-'))
afterAll(() => rmSync(outdir, { recursive: true }))
/** Of the stage prod, without its code: what a template says does not depend on it. */
const resources: Record<string, { Type: string; Properties: { AlarmDescription?: string; DashboardBody?: unknown } }> =
  Template.fromStack(
    new InterviewsStack(
      new App({ ...settings, outdir, context: { 'aws:cdk:bundling-stacks': [] } }),
      'interviews-prod',
      stages.prod,
    ),
  ).toJSON().Resources
const idsOf = (type: string): string[] =>
  Object.entries(resources)
    .filter(([, { Type }]) => Type === type)
    .map(([id]) => id)

const alarmed = Object.values(resources).flatMap(({ Properties }) => {
  const [, anchor] = Properties?.AlarmDescription?.split('docs/runbook.md#') ?? []
  return anchor ? [anchor] : []
})
/** Entries for what AWS tells; the budget is no alarm of CloudWatch. */
const entries = [...new Set([...alarmed, 'budget'])]
const typed = [...runbook.values()].flatMap(({ commands }) => commands)

describe('an entry', () => {
  test.each(entries)('%s is there, in four parts and in their order', (anchor) => {
    const { text = '' } = runbook.get(anchor) ?? {}
    const parts = [...text.matchAll(/^\*\*(Means|Look|Do|Over when)\.?\*\*/gm)].map(([, part]) => part)
    expect(parts).toEqual(['Means', 'Look', 'Do', 'Over when'])
  })

  test('is one that something leads to, or stands beside the alarms', () => {
    const [before = ''] = read('docs/runbook.md').split('# Beside alarms')
    const titles = [...before.matchAll(/^## (.+)$/gm)].map(([, title = '']) => title)
    const own = [...runbook].filter(([, { title }]) => titles.includes(title)).map(([anchor]) => anchor)
    expect(own.sort()).toEqual([...entries, 'before-you-begin'].sort())
  })

  test('leads to other entries that there are', () => {
    const titles = [...runbook.values()].map(({ title }) => title)
    for (const [, title] of whole.matchAll(/[Ss]ee \*([^*]+)\*/g)) expect(titles).toContain(title)
  })
})

describe('what is to be typed', () => {
  const filled = (command: string): string =>
    command
      .replaceAll('<request id>', '01JDADA00000000000000000AA')
      .replaceAll('<mail>', 'arrange')
      .replaceAll('<address>', 'ada@example.org')
      .replaceAll('<name>', 'Grace Hopper')
  const words = (line: string): string[] =>
    [...line.matchAll(/"([^"]*)"|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '')
  const ops = typed.filter((command) => command.startsWith('npm run ops -- '))

  test.each([...new Set(ops)])('%s is understood, and is about the stage', async (command) => {
    const [name = '', ...args] = words(filled(command.replace('npm run ops -- ', '')))
    // It is read to the end, and goes on to the stage: whose key is a placeholder here.
    await expect(commands[name]?.run(args)).rejects.toThrow('prod.addressKey is still a placeholder')
  })

  test('of preflight has its options', () => {
    const help = execFileSync(process.execPath, ['ops/preflight.ts', '--help'], { cwd: root, encoding: 'utf8' })
    const given = typed.filter((command) => command.startsWith('npm run preflight'))
    expect(given.length).toBeGreaterThan(0)
    for (const command of given)
      for (const [option] of command.matchAll(/--[a-z]\S+/g)) expect(help, command).toContain(`  ${option} `)
  })

  test('of npm is a script of ours', () => {
    const { scripts } = JSON.parse(read('package.json'))
    for (const [, script] of whole.matchAll(/npm run ([a-z:]+)/g)) expect(scripts).toHaveProperty([script ?? ''])
  })

  test.each([
    ['AWS::Logs::LogGroup', /(?:`|logs )([a-z]+logs)\b/g],
    ['AWS::Lambda::Function', /fn ([a-z]+)\b/g],
    ['AWS::Scheduler::Schedule', /--name-prefix interviews-prod-([a-z]+)/g],
  ])('finds one %s by the beginning of its name', (type, pattern) => {
    const named = new Set([...whole.matchAll(pattern)].map(([, name = '']) => name))
    expect(named.size).toBeGreaterThan(1)
    for (const name of named)
      expect(
        idsOf(type).filter((id) => id.startsWith(name)),
        name,
      ).toHaveLength(1)
  })
})

test('a graph that it names is on the dashboard', () => {
  const [id = ''] = idsOf('AWS::CloudWatch::Dashboard')
  const body = JSON.stringify(resources[id]?.Properties.DashboardBody)
  const named = [...whole.matchAll(/[Gg]raphs? \*([^*]+)\*(?: and \*([^*]+)\*)?/g)].flatMap(([, ...titles]) => titles)
  expect(named.length).toBeGreaterThan(8)
  for (const title of named) if (title) expect(body).toContain(`\\"title\\":\\"${title}\\"`)
})

test('a setting that it names is one of the stage', () => {
  const has = (path: string): boolean => {
    const at = (from: unknown) =>
      path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], from)
    return at(stages.prod) !== undefined || at(stages.prod.cloud) !== undefined
  }
  const named = [...whole.matchAll(/`((?:caps|brakes|tips|reputation)\.\w+|throttle|mailsPerSecond|monthlyBudget)`/g)]
  expect(named.length).toBeGreaterThan(8)
  for (const [, setting = ''] of named) expect(has(setting), setting).toBe(true)
})
