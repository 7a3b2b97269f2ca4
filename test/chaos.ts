import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pMap from 'p-map'
import { synthesized } from '../local/synthesized.ts'
import { tokenFor } from '../shared/capability.ts'
import { cloudProcess } from './cloud-process.ts'
import { begin, type Mail, type Visitor, visitor } from './traveller.ts'
import { whatWaits } from './what-waits.ts'

/**
 * Real crashes: the local cloud, its functions, its database client and its queues die together by SIGKILL, at random
 * moments of many journeys at once, every second time the database with them, and go on with what lies on the disk. The same
 * journeys are walked once in peace: at the end every seeker must have had the same mails, each of them once, and the table
 * must say so: every mail has its row and every row its mail, what was erased is gone, who stopped everything had nothing
 * until she took it back, and nothing waits in a queue, on the stream or for an hour that has passed.
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
/** What is no event of a request, but a link with a button. */
const buttons: readonly string[] = ['erase', 'stop everything', 'undo']

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
  [
    { day: 0, event: 'sent' },
    { day: 3, event: 'stop everything' },
    { day: 17, event: 'undo' },
  ],
  [
    { day: 0, event: 'sent' },
    { day: 10, event: 'stop everything' },
  ],
  [
    { day: 1, event: 'sent' },
    { day: 3, event: 'closed' },
    { day: 20, event: 'reopened' },
  ],
  [
    { day: 0, event: 'sent' },
    { day: 8, event: 'erase' },
  ],
]
const DAYS = 60
// Noon in New York: what was due in the morning and met with a kill has been put right before anybody does anything.
const begins = Date.parse('2026-11-23T17:00:00Z')
const dayOf = (day: number): string => new Date(begins + day * 86_400_000).toISOString()

type Killer = {
  /** Runs a piece of work, and kills the cloud in the middle of it if it feels like it; then again, until it is through. */
  during: <T>(work: () => Promise<T>) => Promise<T>
  killed: () => number
}

const inPeace: Killer = { during: (work) => work(), killed: () => 0 }

type Cloud = Awaited<ReturnType<typeof cloudProcess>>

/** What each seeker has had, by her address, and what is wrong with all of it. */
type Walked = { had: Map<string, string[]>; wrong: string[] }

const walk = async (cloud: Cloud, visit: Visitor, { during }: Killer): Promise<Walked> => {
  const seekers = Array.from({ length: journeys }, (_, n) => ({
    email: `seeker-${n}@example.org`,
    script: scripts[n % scripts.length] ?? [],
    // Not by the same measure as the scripts, so that each of them comes with tips and without.
    tips: n % 3 === 1,
  }))
  /** When she pressed what ends her mail, and took it back. To erase a request ends the mail of that, and not the tips. */
  const stopped = new Map<string, { from: string; until?: string; tips: boolean }>()
  const now = async (): Promise<string> => (await visit.call('/_local/clock')).json.now
  const pages = new Map<string, Awaited<ReturnType<typeof begin>>>()
  const all = <T>(work: (seeker: (typeof seekers)[number]) => Promise<T>) => pMap(seekers, work, { concurrency: 8 })
  await during(async () => {
    for (const { email, tips } of seekers) {
      if (pages.has(email)) continue
      const form = {
        seekerEmail: email,
        submissionId: email,
        followUps: 2,
        source: 'cold',
        ...(tips ? { tips: 'on' } : {}),
      }
      pages.set(email, await begin(visit, form))
    }
  })
  const secrets = new Map(
    (await cloud.items()).flatMap(({ sk, id, secret }) =>
      sk?.S === 'REQUEST' && id?.S && secret?.S ? [[id.S, secret.S] as const] : [],
    ),
  )
  const press = async (email: string, button: string): Promise<void> => {
    const { page = '', id = '' } = pages.get(email) ?? {}
    const everything = `/requests/${id}/${tokenFor(secrets.get(id) ?? '', 'stop')}/stop-everything`
    const before = await now()
    const { status, text } = await (button === 'erase'
      ? visit.json(`${page}/erase`, {})
      : visit.json(everything, button === 'undo' ? { undo: 'on' } : {}))
    // What is erased already cannot be found to be erased.
    if (status !== 200 && !(button === 'erase' && status === 404)) throw new Error(`${button}: ${status} ${text}`)
    const since = stopped.get(email)
    if (button === 'undo' && since) since.until = before
    else stopped.set(email, { from: await now(), tips: button !== 'erase' })
  }
  for (let day = 0; day <= DAYS; day += 1) {
    const told = new Set<string>()
    await during(async () => {
      await all(async ({ email, script }) => {
        for (const { event, more } of script.filter((one) => one.day === day)) {
          if (told.has(`${email} ${event}`)) continue
          if (buttons.includes(event)) {
            await press(email, event)
            told.add(`${email} ${event}`)
            continue
          }
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
  const wrong: string[] = []
  for (const { to, at, tags } of mails) {
    const { from, until, tips } = stopped.get(to.join()) ?? {}
    if (from && at > from && !(until && at >= until) && (tags.request || tips))
      wrong.push(`${to}: ${tags.mail} at ${at}, stopped since ${from}`)
  }
  const erased = seekers
    .filter(({ script }) => script.some(({ event }) => event === 'erase'))
    .map(({ email }) => pages.get(email)?.id ?? '')
  wrong.push(...againstTheTable(await cloud.items(), mails, { erased, now: await now() }))
  const letters = (await visit.call('/_local/dead-letters')).json as unknown[]
  if (letters.length > 0) wrong.push(`${letters.length} messages failed for good`)
  wrong.push(...(await leftOver(visit, { erased, now: await now() })))
  const had = (email: string) =>
    mails.filter(({ to }) => to.includes(email)).map(({ tags }) => `${tags.mail}${tags.part ? ` ${tags.part}` : ''}`)
  return { had: new Map(seekers.map(({ email }) => [email, had(email)])), wrong }
}

/** What should have been worked on by now, and what would still ring for a request that is gone. */
const leftOver = async (
  visit: Visitor,
  { erased, now }: { erased: readonly string[]; now: string },
): Promise<string[]> => {
  const alarms = (await visit.call('/_local/schedules')).json as { name: string; at: string }[]
  return [
    ...(await whatWaits(visit)),
    ...alarms
      .filter(({ at, ...alarm }) => at <= now || erased.some((id) => JSON.stringify(alarm).includes(id)))
      .map(({ name, at }) => `the alarm ${name} at ${at} is left`),
  ]
}

/** The ledger against the mails, each way; and what there should be nothing of. */
const againstTheTable = (
  items: Awaited<ReturnType<Cloud['items']>>,
  mails: readonly Mail[],
  { erased, now }: { erased: readonly string[]; now: string },
): string[] => {
  const wrong: string[] = []
  const byId = new Map(mails.map((mail) => [mail.id, mail]))
  const told = new Set<string>()
  for (const item of items) {
    const [pk = '', sk = '', state = ''] = [item.pk?.S, item.sk?.S, item.state?.S]
    const row = `${pk} ${sk}: ${state}`
    if (erased.some((id) => JSON.stringify(item).includes(id))) wrong.push(`${row}, and was erased`)
    if (item.claim || item.confirming) wrong.push(`${row}, and is claimed`)
    if (sk.startsWith('SERIES#')) {
      const subscription = `${pk.slice('PERSON#'.length)}-${sk.slice('SERIES#'.length)}`
      const came = mails.filter(({ tags }) => tags.mail === 'tip' && tags.subscription === subscription)
      const parts = came.map(({ tags }) => tags.part)
      const had = (item.had?.L ?? []).map(({ S }) => S)
      if (had.join() !== parts.join()) wrong.push(`${row}, had ${had}, and there came ${parts}`)
    }
    if (!sk.startsWith('MAIL#')) continue
    if (state === 'sent' || state === 'delivered') {
      const { tags } = byId.get(item.messageId?.S ?? '') ?? {}
      if (tags && sk.startsWith(`MAIL#${tags.mail}#`) && pk === `REQUEST#${tags.request}`)
        told.add(item.messageId?.S ?? '')
      else wrong.push(`${row}, and no mail`)
    } else if (state !== 'skipped' && (state !== 'planned' || (item.dueAt?.S ?? '') <= now))
      wrong.push(`${row}, unfinished`)
  }
  for (const { id, to, tags } of mails) {
    if (!tags.request || erased.includes(tags.request) || told.has(id)) continue
    wrong.push(`${to}: ${tags.mail}, and no row that says so`)
  }
  return wrong
}

const inAFolder = async <T>(assembly: string, work: (cloud: Cloud) => Promise<T>) => {
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
      cloud,
      visitor(() => cloud.url),
      inPeace,
    ),
  )
  const sent = [...calm.had.values()].flat().length
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
          const database = cloud.databasePid()
          await cloud.kill()
          if (killed % 2 === 0) process.kill(database, 'SIGKILL')
          killed += 1
          const outcome = await working
          await cloud.start()
          if ('value' in outcome) return outcome.value
        }
      },
    }
    return walk(cloud, visit, killer)
  })
  console.log(
    `the same with ${killed} kills (seed ${seed}): ${[...stormy.had.values()].flat().length} mails, ${seconds(began)}`,
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
  const wrong = [...calm.had].flatMap(([email, mails]) => {
    const other = stormy.had.get(email) ?? []
    const [lost, more] = [without(mails, other), without(other, mails)]
    return lost.length + more.length > 0
      ? [`${email}: lost ${lost.join() || 'none'}, too many ${more.join() || 'none'}`]
      : []
  })
  wrong.push(...calm.wrong.map((line) => `in peace: ${line}`), ...stormy.wrong)
  for (const line of wrong) console.log(`✗ ${line}`)
  console.log(
    wrong.length === 0
      ? '✓ each seeker has had the same mails, each of them once; the table says so; what is erased is gone, what is stopped silent, and nothing is left waiting'
      : `${wrong.length} faults`,
  )
  if (killed < kills) console.log(`Only ${killed} of ${kills} kills found a moment`)
  process.exitCode = wrong.length === 0 && killed === kills ? 0 : 1
} finally {
  rmSync(assembly, { recursive: true, force: true })
}
