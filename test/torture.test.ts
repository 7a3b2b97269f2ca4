import { execFileSync } from 'node:child_process'
import { rmSync } from 'node:fs'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { planOf, readAssembly } from '../local/template.ts'
import { build as buildFor } from './torture/build.ts'
import { callFaults, deliveryFaults } from './torture/faults.ts'
import { limits, streamFilters } from './torture/limits.ts'
import { type MutationName, mutations } from './torture/mutations.ts'
import type { Report } from './torture/report.ts'

/** Seeds of the ordinary test; more, and others, by `npm run torture`. */
const RUNS = 300
const ON_DYNOXIDE = 8
/** Half a minute of work, on a machine that may have a lot of other work. */
const PATIENCE = 600_000

const built: string[] = []
const build = async (...defect: Parameters<typeof buildFor>): Promise<string> => {
  const file = await buildFor(...defect)
  built.push(file, `${file}.map`)
  return file
}
/** Our code, with no defect in it. */
const file = await build()
afterAll(() => {
  for (const file of built) rmSync(file, { force: true })
})

const run = (file: string, ...args: string[]): Report =>
  JSON.parse(
    execFileSync(process.execPath, ['--enable-source-maps', file, '--json', ...args], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      env: { ...process.env, NODE_ENV: 'production' },
    }),
  )

describe('the mail workflow under faults', () => {
  test(
    'keeps every promise, whatever is lost, comes twice, late or in another order',
    async () => {
      const inMemory = run(file, '--runs', String(RUNS), '--table', 'memory')
      expect(inMemory.failed).toEqual([])
      // The same seeds on the real database are the same runs, to the last call.
      const real = run(file, '--runs', String(ON_DYNOXIDE))
      expect(real.failed).toEqual([])
      expect(real.hashes).toEqual(Object.fromEntries(Object.entries(inMemory.hashes).slice(0, ON_DYNOXIDE)))
      // A seed is a run: the same one each time, whatever ran before it.
      const again = run(file, '--runs', '5', '--seed', String(RUNS - 5), '--table', 'memory')
      for (const [seed, hash] of Object.entries(again.hashes)) expect(hash).toBe(inMemory.hashes[seed])
      expect(new Set(Object.values(inMemory.hashes)).size).toBe(RUNS)
      // Every kind of fault has struck, and most mail has gone out all the same.
      for (const kind of [...Object.keys(callFaults), ...Object.keys(deliveryFaults)]) {
        expect(inMemory.counts[kind], kind).toBeGreaterThan(0)
      }
      expect(inMemory.counts.sent).toBeGreaterThan(2 * RUNS)
      expect(inMemory.counts['tips sent']).toBeGreaterThan(RUNS)
    },
    PATIENCE,
  )

  test('keeps them with one death, and nothing else, before and after each call of four runs', {
    timeout: PATIENCE,
  }, () => {
    const { runs, failed, counts } = run(file, '--runs', '4', '--table', 'memory', '--every-death')
    expect(failed).toEqual([])
    expect(counts['crash before the call']).toBe(runs / 2)
    expect(counts['crash after the call']).toBe(runs / 2)
    expect(runs).toBeGreaterThan(500)
  })

  test(
    'is the same on the model and on the real database where a page goes on after a key that is gone',
    async () => {
      // Of these three two had differed, in who was handed over.
      const [inMemory, real] = ['memory', 'dynoxide'].map((table) =>
        run(file, '--runs', '3', '--seed', '9000078', '--seekers', '8', '--table', table),
      )
      expect(Object.keys(real?.hashes ?? {})).toHaveLength(3)
      expect(inMemory?.hashes).toEqual(real?.hashes)
      expect(inMemory?.counts).toEqual(real?.counts)
    },
    PATIENCE,
  )

  test(
    'keeps them among eight in one world, with a timeline or without',
    async () => {
      const [told, bare] = [[], ['--bare']].map((more) =>
        run(file, '--runs', '20', '--seekers', '8', '--table', 'memory', ...more),
      )
      expect(told?.failed).toEqual([])
      // Hardly anybody sends in none.
      expect(told?.counts.requests).toBeGreaterThan(120)
      expect({ ...bare, seconds: 0 }).toEqual({ ...told, seconds: 0, hashes: {} })
    },
    PATIENCE,
  )

  test.each<[MutationName, string]>([
    ['claim removed', 'went out twice without waiting for news of the first'],
    ['version check removed', 'when it was claimed the plan did not hold it'],
    ['consent check removed', 'when it was claimed mail to this address was stopped'],
    ['row of a part removed', 'the ledger says nothing of it'],
    ['claim of a tip removed', 'went out twice'],
  ])(
    'with the %s is seen to break them',
    async (defect, violation) => {
      const { failed, runs } = run(await build(defect), '--runs', '1000', '--table', 'memory', '--until', violation)
      expect(runs).toBeLessThan(1000)
      expect(failed.at(-1)?.violations.join()).toContain(violation)
    },
    PATIENCE,
  )

  test('cannot be given a defect that its source no longer has room for', async () => {
    const { from } = mutations['claim removed']
    Object.assign(mutations['claim removed'], { from: 'a text that is nowhere' })
    await expect(build('claim removed')).rejects.toThrow('no longer holds')
    Object.assign(mutations['claim removed'], { from })
  })
})

test('the services behave in it as the template asks for', () => {
  const { functions, queues, queueMappings, streamMappings, schedules, logGroups } = planOf(
    readAssembly(inject('assembly')),
    {
      publicUrl: 'http://localhost',
      servicesUrl: 'http://localhost',
    },
  )
  const timeouts = Object.fromEntries(functions.map(({ name, timeoutMs }) => [name, timeoutMs]))
  expect(timeouts).toMatchObject(limits.timeouts)
  expect(streamMappings).toEqual([
    expect.objectContaining({
      filters: streamFilters,
      batchSize: limits.stream.batchSize,
      maxRetries: limits.stream.retries,
      maxAgeMs: limits.stream.maxRecordAge,
      bisects: true,
      reportsItemFailures: true,
    }),
  ])
  for (const [fn, wanted] of [
    ['send-mail', limits.queues.mail],
    ['send-tips', limits.queues.tips],
  ] as const) {
    const mapping = queueMappings.find((one) => one.fn === fn)
    expect(mapping).toMatchObject({ batchSize: wanted.batchSize, mostAtOnce: wanted.maxConcurrency })
    const queue = queues.find(({ name }) => name === mapping?.queue)
    expect(queue).toMatchObject({ visibilityMs: wanted.visibility, retentionMs: wanted.retention })
    expect(queue?.redrive?.maxReceives).toBe(wanted.maxReceives)
  }
  expect(schedules.map(({ expression }) => expression)).toEqual(
    expect.arrayContaining([limits.reconcile, limits.pickTips].map(({ every }) => `rate(${every / 60_000} minutes)`)),
  )
  expect(logGroups).toEqual([expect.objectContaining({ retentionMs: limits.takenTips.kept })])
  const retries = Object.fromEntries(functions.map(({ name, retries }) => [name, retries]))
  expect(retries).toMatchObject({
    'record-outcome': limits.outcomes.retries,
    reconcile: limits.reconcile.retries,
    'pick-tips': limits.pickTips.retries,
  })
})
