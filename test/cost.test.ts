import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { functionNames } from '../infra/bundling.ts'
import { assumed, billFor, type Measured, used } from '../ops/cost/bill.ts'
import { costPage } from '../ops/cost/in-words.ts'
import { costPageFile, measured } from '../ops/cost/measured.ts'
import { type Billed, onEssentials, type Price, prices } from '../ops/cost/prices.ts'
import { differences } from './measure-cost.ts'

/** Round numbers: a request of two mails by one run each, a series of three mails in half a run. */
const round: Measured = {
  stack: {
    alarms: 20,
    dashboards: 1,
    metrics: 10,
    polledQueues: 2,
    memoryMb: { requests: 1024, 'send-mail': 512, 'send-tips': 512, reconcile: 512 },
    runsADay: { reconcile: 96 },
    keptDays: { requests: 60, logs: 90 },
  },
  request: {
    mails: 2,
    functions: {
      requests: { runs: 4, reads: 5, writes: 3, logBytes: 0 },
      'send-mail': { runs: 2, reads: 2, writes: 10, logBytes: 1000 },
    },
    storedBytes: 2000,
  },
  series: {
    mails: 3,
    functions: { 'send-tips': { runs: 0.5, reads: 1, writes: 12, logBytes: 100 } },
    storedBytes: 500,
  },
  byTheClock: { reconcile: { runs: 1, reads: 3, writes: 0, logBytes: 600 } },
}

const GB = 1024 ** 3
const polls = assumed.pollsAMonth * 2

describe('how much of everything a month uses', () => {
  test.each<[what: Billed, nobody: number, aThousand: number]>([
    ['mail', 0, 5_000],
    ['write', 0, 25_000],
    ['read', 2_880 * 3, 2_880 * 3 + 8_000],
    ['stored', 0, (1_000 * 2_500 * 2) / GB],
    ['backup', 0, (1_000 * 2_500 * 2) / GB],
    ['invocation', 2_880, 2_880 + 6_500],
    ['time', 2_880 * 0.5 * 0.5, 2_880 * 0.5 * 0.5 + 1_000 * (4 * 0.15 + 2 * 0.5 * 0.5 + 0.5 * 0.5)],
    ['http', 0, 4_000],
    ['queue', polls, polls + 2_500 * 3],
    ['schedule', 2_880, 2_880 + 2_000],
    ['log', (2_880 * 1_250) / GB, (2_880 * 1_250 + 1_000 * (1_100 + 6.5 * 650 + 4 * 250)) / GB],
    ['keptLog', (3 * 2_880 * 1_250) / GB, (3 * (2_880 * 1_250 + 1_000 * (1_100 + 6.5 * 650 + 4 * 250))) / GB],
    ['metric', 10, 10],
    ['alarm', 20, 20],
    ['dashboard', 1, 1],
  ])('%s', (what, nobody, aThousand) => {
    expect(used(0, round)[what]).toBeCloseTo(nobody, 9)
    expect(used(1_000, round)[what]).toBeCloseTo(aThousand, 9)
  })

  test('a canary is a request more each day', () => {
    const one = { runs: 1, reads: 0, writes: 0, logBytes: 0 }
    const stack = { ...round.stack, memoryMb: { ...round.stack.memoryMb, canary: 256 } }
    const watched = { ...round, stack, byTheClock: { ...round.byTheClock, canary: one } }
    expect(used(0, watched).mail).toBe(60)
    expect(used(1_000, watched).mail).toBe(5_060)
  })

  test('a function that nobody measured, or whose time nobody assumed, is no free one', () => {
    const stack = { ...round.stack, runsADay: { ...round.stack.runsADay, 'pick-tips': 288 } }
    expect(() => used(1, { ...round, stack })).toThrow('Nobody measured a run of pick-tips')
    const functions = { 'new-one': { runs: 1, reads: 0, writes: 0, logBytes: 0 } }
    expect(() => used(1, { ...round, series: { ...round.series, functions } })).toThrow('how long new-one takes')
    for (const name of functionNames) expect(assumed.milliseconds).toHaveProperty(name)
  })
})

describe('the bill', () => {
  test('is amounts by prices, less what is free, with another price for mails on a plan', () => {
    const bill = billFor(1_000, round)
    for (const { billed, amount, dollars } of bill.lines) {
      const { dollars: cost, per }: Price = prices[billed]
      expect(dollars, billed).toBeCloseTo((amount * cost) / per, 12)
    }
    expect(bill.lines.map(({ billed }) => billed)).toEqual(Object.keys(prices))
    expect(bill.total).toBeCloseTo(
      bill.lines.reduce((sum, { dollars }) => sum + dollars, 0),
      12,
    )
    expect(bill.besideMail).toBeCloseTo(bill.total - 0.5, 12)
    expect(bill.onEssentials).toBeCloseTo(bill.besideMail + 0.8, 12)
    // Half the alarms, the metrics and the dashboard are among what every account gets.
    const free = (what: Billed): number => bill.lines.find(({ billed }) => billed === what)?.dollars ?? Number.NaN
    expect(bill.total - bill.lessFree).toBeGreaterThan(1 + free('metric') + free('dashboard'))
    expect(bill.lessFree).toBeGreaterThan(bill.lines[0]?.dollars ?? 0)
  })

  test('the plan has steps', () => {
    expect(onEssentials(10_000_000)).toBeCloseTo(1_600)
    expect(onEssentials(20_000_000)).toBeCloseTo(3_000)
  })

  test('the page is drawn from what was measured', async () => {
    await expect(costPage(measured())).toMatchFileSnapshot(costPageFile)
  })

  test('what was measured then is held against what is measured now', () => {
    expect(differences(round, round)).toEqual([])
    const other = structuredClone(round)
    other.request.mails = 4
    other.stack.runsADay.canary = 96
    other.request.storedBytes = 2_100
    expect(differences(other, round)).toEqual([
      'stack.runsADay.canary is 96, not undefined',
      'request.mails is 4, not 2',
    ])
    const more = structuredClone(round)
    more.stack.alarms += 1
    more.request.mails += 0.1
    more.request.storedBytes *= 1.2
    expect(differences(more, round).map((line) => line.split(' ')[0])).toEqual([
      'stack.alarms',
      'request.mails',
      'request.storedBytes',
    ])
  })
})

describe('npm run cost', () => {
  const run = (...args: string[]) => {
    const { FORCE_COLOR: _colours, ...env } = process.env
    const { status, stdout, stderr } = spawnSync(process.execPath, ['ops/cost.ts', ...args], {
      cwd: join(import.meta.dirname, '..'),
      encoding: 'utf8',
      env,
    })
    return { status, stdout, stderr }
  }

  test('says what a month costs, in words and as data', () => {
    const words = run('--people', '2,500')
    expect(words).toMatchObject({ status: 0, stderr: '' })
    expect(words.stdout).toMatch(/^2,500 people a month/)
    expect(words.stdout).toMatch(/A month, by list price +\$\d+\.\d\d\n/)
    const { bills } = JSON.parse(run('--json').stdout)
    expect(bills.map(({ people }: { people: number }) => people)).toEqual([100, 10_000, 1_000_000])
    expect(bills[1]).toEqual(billFor(10_000, measured()))
    expect(run('--people', '0').stdout).not.toContain('A person')
  })

  test.each([
    [['--people', 'many'], /^--people is a number of people, such as 2500\.\n$/],
    [['--people', '-1'], /^.*--people/],
    [['--people', '1.5'], /^--people is a number/],
    [['prod'], /^There is nothing to name but options\.\n\nnpm run cost/],
    [['--poeple', '3'], /^Unknown option '--poeple'[\s\S]*npm run cost/],
  ])('%j is refused in words', (args, words) => {
    const refused = run(...args)
    expect(refused).toMatchObject({ status: 2, stdout: '' })
    expect(refused.stderr).toMatch(words)
  })
})
