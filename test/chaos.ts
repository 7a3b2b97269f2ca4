import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pMap from 'p-map'
import { synthesized } from '../local/synthesized.ts'
import { cloudProcess } from './cloud-process.ts'
import { begin, type Visitor, visitor } from './traveller.ts'

/**
 * Real crashes: the local cloud, its functions, its database client and its queues die together by SIGKILL, at random
 * moments of many journeys at once, and go on with what lies on the disk. The same journeys are walked once in peace: at the
 * end every seeker must have had the same mails, each of them once.
 */
const { values } = parseArgs({
  options: {
    journeys: { type: 'string', default: '200' },
    kills: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  },
})
const [journeys, kills, seed] = [Number(values.journeys), Number(values.kills), Number(values.seed)]

/** Mulberry32: small, seeded, good enough to choose moments by. */
const randomFrom = (start: number): (() => number) => {
  let state = start
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}

type Told = { day: number; event: string; more?: Record<string, unknown> }

/** What seekers do, each on some days after the first. */
const scripts: Told[][] = [
  [{ day: 0, event: 'sent' }],
  [
    { day: 1, event: 'sent' },
    { day: 9, event: 'replied' },
  ],
  [
    { day: 0, event: 'sent' },
    { day: 4, event: 'scheduled', more: { start: '2026-12-14T15:00' } },
    { day: 22, event: 'met', more: { learned: 'Much.' } },
    { day: 23, event: 'thanked' },
  ],
  [
    { day: 0, event: 'sent' },
    { day: 3, event: 'declined' },
  ],
  [
    { day: 2, event: 'sent' },
    { day: 5, event: 'deferred', more: { until: '2026-12-21' } },
  ],
  [{ day: 40, event: 'sent' }],
]
const DAYS = 60
const begins = Date.parse('2026-11-23T14:00:00Z')
const dayOf = (day: number): string => new Date(begins + day * 86_400_000).toISOString()

type Killer = {
  /** Runs a piece of work, and kills the cloud in the middle of it if it feels like it; then again, until it is through. */
  during: <T>(work: () => Promise<T>) => Promise<T>
  killed: () => number
}

const inPeace: Killer = { during: (work) => work(), killed: () => 0 }

const walk = async (visit: Visitor, { during }: Killer): Promise<Map<string, string[]>> => {
  const seekers = Array.from({ length: journeys }, (_, n) => ({
    email: `seeker-${n}@example.org`,
    script: scripts[n % scripts.length] ?? [],
  }))
  const pages = new Map<string, Awaited<ReturnType<typeof begin>>>()
  const all = <T>(work: (seeker: (typeof seekers)[number]) => Promise<T>) => pMap(seekers, work, { concurrency: 8 })
  await during(async () => {
    for (const { email } of seekers) {
      if (pages.has(email)) continue
      pages.set(email, await begin(visit, { seekerEmail: email, submissionId: email, followUps: 2, source: 'cold' }))
    }
  })
  for (let day = 0; day <= DAYS; day += 1) {
    const told = new Set<string>()
    await during(async () => {
      await all(async ({ email, script }) => {
        for (const { event, more } of script.filter((one) => one.day === day)) {
          if (told.has(`${email} ${event}`)) continue
          const answer = await visit.json(`${pages.get(email)?.page}/events`, { event, ...more })
          // What was recorded before the answer was lost is refused the second time, which is an answer as well.
          if (answer.status !== 200 && answer.status !== 409)
            throw new Error(`${event}: ${answer.status} ${answer.text}`)
          told.add(`${email} ${event}`)
        }
      })
    })
    await during(async () => void (await visit.move({ to: dayOf(day + 1) })))
  }
  // What was under way at the last kill is put right by the next rounds of `reconcile`.
  await visit.move({ advance: 'P1D' })
  const mails = await visit.mails()
  return new Map(
    seekers.map(({ email }) => [email, mails.filter(({ to }) => to.includes(email)).map(({ tags }) => `${tags.mail}`)]),
  )
}

const inAFolder = async <T>(
  assembly: string,
  work: (cloud: Awaited<ReturnType<typeof cloudProcess>>) => Promise<T>,
) => {
  const folder = mkdtempSync(join(tmpdir(), 'interviews-chaos-'))
  const cloud = await cloudProcess(folder, assembly)
  try {
    await cloud.start('--fresh', '--at', dayOf(0))
    return await work(cloud)
  } finally {
    await cloud.close()
    rmSync(folder, { recursive: true, force: true })
  }
}

const assembly = synthesized(mkdtempSync(join(tmpdir(), 'interviews-chaos-assembly-')), 'dev')
const seconds = (since: number): string => `${((performance.now() - since) / 1000).toFixed(0)} s`
try {
  let began = performance.now()
  const calm = await inAFolder(assembly, (cloud) =>
    walk(
      visitor(() => cloud.url),
      inPeace,
    ),
  )
  const sent = [...calm.values()].flat().length
  console.log(`${journeys} journeys in peace: ${sent} mails, ${seconds(began)}`)
  began = performance.now()

  const random = randomFrom(seed)
  let killed = 0
  const stormy = await inAFolder(assembly, async (cloud) => {
    const visit = visitor(() => cloud.url)
    /** How long a day takes, so that kills fall into it. */
    let usual = 400
    const killer: Killer = {
      killed: () => killed,
      during: async (work) => {
        for (;;) {
          const isToDie = killed < kills && random() < (kills / (2 * DAYS)) * 1.2
          const began = performance.now()
          const working = work().then(
            (value) => ({ value }),
            (error: Error) => ({ error }),
          )
          if (!isToDie) {
            const outcome = await working
            if ('error' in outcome) throw outcome.error
            usual = Math.max(20, (usual + performance.now() - began) / 2)
            return outcome.value
          }
          await Promise.race([working, new Promise((done) => setTimeout(done, random() * usual))])
          await cloud.kill()
          killed += 1
          const outcome = await working
          await cloud.start()
          if ('value' in outcome) return outcome.value
        }
      },
    }
    const walked = await walk(visit, killer)
    const letters = (await visit.call('/_local/dead-letters')).json as unknown[]
    if (letters.length > 0) throw new Error(`${letters.length} messages failed for good`)
    return walked
  })
  console.log(
    `the same with ${killed} kills (seed ${seed}): ${[...stormy.values()].flat().length} mails, ${seconds(began)}`,
  )

  /** What of the one list is not in the other; of two alike each for itself. */
  const without = (some: readonly string[], others: readonly string[]): string[] => {
    const left = [...others]
    return some.filter((one) => {
      const at = left.indexOf(one)
      if (at >= 0) left.splice(at, 1)
      return at < 0
    })
  }
  const wrong = [...calm].flatMap(([email, mails]) => {
    const other = stormy.get(email) ?? []
    const [lost, more] = [without(mails, other), without(other, mails)]
    return lost.length + more.length > 0
      ? [`${email}: lost ${lost.join() || 'none'}, too many ${more.join() || 'none'}`]
      : []
  })
  for (const line of wrong) console.log(`✗ ${line}`)
  console.log(
    wrong.length === 0 ? '✓ each seeker has had the same mails, each of them once' : `${wrong.length} seekers`,
  )
  if (killed < kills) console.log(`Only ${killed} of ${kills} kills found a moment`)
  process.exitCode = wrong.length === 0 && killed === kills ? 0 : 1
} finally {
  rmSync(assembly, { recursive: true, force: true })
}
