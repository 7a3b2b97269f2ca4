import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import pMap from 'p-map'
import { stageJson, stages } from '../infra/stages.ts'
import type { Ran } from '../local/surface.ts'
import { synthesized } from '../local/synthesized.ts'
import { confirmToken, tokenFor } from '../shared/capability.ts'
import { MAX_HISTORY } from '../shared/events.ts'
import { sortKeys } from '../shared/names.ts'
import { changeStage } from './change-functions.ts'
import { cloudProcess } from './cloud-process.ts'
import { adasForm, visitor } from './traveller.ts'
import { whatWaits } from './what-waits.ts'

/**
 * Forms and clicks at the limit of this machine, for minutes: first in peace, then with the database slowed, then with it
 * standing still for as long as a page may take and longer, then with SES down, and in peace again. Nothing that was
 * answered with "we have it" may be lost, be it a form or a click; every other answer has to say when to come again; memory
 * stays as it was.
 */
const { values } = parseArgs({
  options: {
    minutes: { type: 'string', default: '5' },
    // A function has two environments here, and with the database hanging each is taken for nine seconds. With more visitors
    // some wait for longer than 30 s, after which API Gateway says 503 by itself, and never when to come again.
    visitors: { type: 'string', default: '6' },
  },
})
const [minutes, visitors] = [Number(values.minutes), Number(values.visitors)]

/** Of five: in which each is what it is. */
const phases = ['in peace', 'database slowed', 'database stands still', 'SES down', 'in peace again'] as const
type Phase = (typeof phases)[number]

const folder = mkdtempSync(join(tmpdir(), 'interviews-load-'))
const assembly = synthesized(join(folder, 'assembly'), 'dev')
const dataDir = join(folder, 'data')
// One machine is one network: the caps that keep one network in its place are not what is tried here.
const most = 1_000_000
const caps = {
  ...stages.dev.caps,
  confirmationsAMinute: most,
  requestsFromANetworkAnHour: most,
  refuseFromANetworkAnHour: most,
}
changeStage(assembly, () => stageJson({ ...stages.dev, caps }))

const rssOf = (pid: number): number =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024

type Told = {
  status: number
  retryAfter: string | null
  phase: Phase
  what: 'form' | 'click' | 'page'
  isGood: boolean
}
const isTaken = ({ status }: { status: number }): boolean => status >= 200 && status < 300

/** A request whose links somebody has, and how many clicks on them have been answered well. */
type Journey = { id: string; secret: string; done: number; isInDoubt: boolean }
const ofHers = ({ id, secret }: Journey, purpose: 'page' | 'stop'): string =>
  `/requests/${id}/${tokenFor(secret, purpose)}`
const begins = [
  { to: (one: Journey) => `/confirm/${confirmToken(one)}`, fields: {}, becomes: 'drafted' },
  { to: (one: Journey) => `${ofHers(one, 'page')}/events`, fields: { event: 'sent' }, becomes: 'sent' },
]
const thenAgainAndAgain = [
  { to: (one: Journey) => `${ofHers(one, 'stop')}/stop`, fields: {}, becomes: 'closed' },
  { to: (one: Journey) => `${ofHers(one, 'stop')}/stop`, fields: { undo: 'on' }, becomes: 'sent' },
]
const clickAt = (place: number) => begins[place] ?? thenAgainAndAgain[place % 2]
/** What she was told last; where a click was answered with a 503, that click may have been taken as well. */
const mayBe = ({ done, isInDoubt }: Journey): (string | undefined)[] => [
  done === 0 ? 'unconfirmed' : clickAt(done - 1)?.becomes,
  ...(isInDoubt ? [clickAt(done)?.becomes] : []),
]
/** So many of each visitor: nobody else clicks on them, so that one click is answered before the next. */
const JOURNEYS = 20
/** So often at most: no story is longer, and after that an undo is refused. */
const MOST_CLICKS = MAX_HISTORY - 10

const cloud = await cloudProcess(dataDir, assembly)
const say = (what: string, isGood: boolean): void => {
  console.log(`${isGood ? '✓' : '✗'} ${what}`)
  if (!isGood) process.exitCode = 1
}
try {
  await cloud.start('--fresh', '--at', '2026-11-23T14:00:00Z', '--count-mails')
  const visit = visitor(() => cloud.url)
  const database = cloud.databasePid()
  let phase: Phase = 'in peace'
  let over = false
  const answers: Told[] = []
  const accepted = new Set<string>()
  const broken: string[] = []
  let sent = 0

  const ask = async (
    what: Told['what'],
    call: () => ReturnType<typeof visit.call>,
    isGood: (answer: { status: number; json: { state?: string } }) => boolean = isTaken,
  ) => {
    const during = phase
    try {
      const { status, headers, json } = await call()
      const retryAfter = headers.get('retry-after')
      answers.push({ status, retryAfter, phase: during, what, isGood: isGood({ status, json }) })
      return { status, json }
    } catch (error) {
      broken.push(`${during}: ${what}: ${(error as Error).message}`)
      return undefined
    }
  }
  const click = async (journey: Journey): Promise<void> => {
    const next = clickAt(journey.done)
    if (!next || journey.done >= MOST_CLICKS) return
    // What was recorded although its answer said 503 is refused the second time, which is an answer as well.
    const isDone = ({ status, json }: { status: number; json: { state?: string } }): boolean =>
      (status === 200 && json.state === next.becomes) || (status === 409 && journey.isInDoubt)
    const answer = await ask('click', () => visit.json(next.to(journey), next.fields), isDone)
    if (answer && isDone(answer)) Object.assign(journey, { done: journey.done + 1, isInDoubt: false })
    else journey.isInDoubt = true
  }
  const one = async (hers: Journey[]): Promise<void> => {
    for (let turn = 0; !over; turn += 1) {
      sent += 1
      const submissionId = `form-${sent}`
      const form = { ...adasForm, seekerEmail: `seeker.${sent}@students.example.edu`, submissionId }
      await ask('page', () => visit.page('/'))
      const answer = await ask('form', () => visit.json('/requests', form))
      if (answer?.status === 202) accepted.add(answer.json.id)
      const journey = hers[turn % hers.length]
      if (journey) await click(journey)
    }
  }

  // Their links are in mails, which are counted here and not kept.
  await pMap(
    Array.from({ length: visitors * JOURNEYS }, (_, n) => `reader.${n}@students.example.edu`),
    (seekerEmail) => visit.json('/requests', { ...adasForm, seekerEmail }),
    { concurrency: visitors },
  )
  await visit.settle()
  const journeys: Journey[] = (await cloud.items()).flatMap(({ sk, id, secret }) =>
    sk?.S === sortKeys.request && id?.S && secret?.S ? [{ id: id.S, secret: secret.S, done: 0, isInDoubt: false }] : [],
  )
  say(`${journeys.length} requests were there before`, journeys.length === visitors * JOURNEYS)

  const memory: number[] = []
  const cloudPid = cloud.pid()
  const wait = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms))
  /** What each function holds of its heap when all else has been collected, in MB. */
  const held = async (): Promise<Map<string, number>> => {
    const functions = (await visit.call('/_local/functions')).json as Ran[]
    return new Map(functions.flatMap(({ fn, heldMb }) => (heldMb === undefined ? [] : [[fn, heldMb]])))
  }
  /** What goes on beside the visitors, for so long. */
  const during: Record<Phase, (until: number) => Promise<void>> = {
    'in peace': async (until) => wait(until - Date.now()),
    'database slowed': async (until) => {
      // Nine tenths of the time it does nothing.
      while (Date.now() < until) {
        process.kill(database, 'SIGSTOP')
        await wait(90)
        process.kill(database, 'SIGCONT')
        await wait(10)
      }
    },
    'database stands still': async (until) => {
      process.kill(database, 'SIGSTOP')
      await wait(until - Date.now() - 5_000)
      process.kill(database, 'SIGCONT')
      await wait(until - Date.now())
    },
    'SES down': async (until) => {
      while (Date.now() < until) {
        await visit.faults('down', 10_000)
        await wait(1_000)
      }
      await visit.faults('ok', 1)
    },
    'in peace again': async (until) => wait(until - Date.now()),
  }
  const sampling = setInterval(() => memory.push(rssOf(cloudPid) + rssOf(database)), 1_000)
  const all = Array.from({ length: visitors }, (_, visitor) =>
    one(journeys.filter((_, index) => index % visitors === visitor)),
  )
  const samples: Record<string, number[]> = {}
  /** After each phase. Environments are ended while the database stands still; of the last two phases they are the same. */
  const heldAfter = new Map<Phase, Map<string, number>>()
  for (const next of phases) {
    phase = next
    const from = memory.length
    await during[next](Date.now() + (minutes * 60_000) / phases.length)
    samples[next] = memory.slice(from)
    heldAfter.set(next, await held())
  }
  over = true
  await Promise.all(all)
  clearInterval(sampling)

  for (const name of phases) {
    const some = answers.filter((answer) => answer.phase === name)
    const byStatus = Object.entries(Object.groupBy(some, ({ status }) => status)).map(
      ([status, these]) => `${status} × ${these?.length}`,
    )
    const megabytes = (samples[name] ?? []).toSorted((a, b) => a - b)
    console.log(
      `  ${name.padEnd(24)} ${byStatus.join(', ').padEnd(48)} ${Math.round(megabytes[Math.floor(megabytes.length / 2)] ?? 0)} MB`,
    )
  }
  const isHonest = ({ status, retryAfter, isGood }: Told): boolean =>
    isGood || ((status === 429 || status === 503) && retryAfter !== null)
  const dishonest = answers.filter((answer) => !isHonest(answer))
  say(`${answers.length} answers: good, or when to come again`, dishonest.length === 0)
  for (const [status, these] of Object.entries(
    Object.groupBy(dishonest, (one) => `${one.phase}: ${one.what} ${one.status}`),
  ))
    console.log(`    ${status} × ${these?.length}`)
  say(`${broken.length} connections broken`, broken.length === 0)
  for (const line of broken.slice(0, 5)) console.log(`    ${line}`)

  // Recovery without hands, by time alone: as it goes by itself until nothing waits that is due; then two hours, for what
  // comes back later. In steps: no answer may take longer than five minutes. Three looks in a row, for between two pieces of
  // work there is a moment at which nothing waits.
  const began = Date.now()
  let quiet = 0
  while (quiet < 3 && Date.now() - began < 15 * 60_000) {
    await wait(1_000)
    quiet = (await whatWaits(visit)).length > 0 ? 0 : quiet + 1
  }
  say(`nothing waits that is due, ${Math.round((Date.now() - began) / 1000)} s later`, quiet === 3)
  for (let minute = 0; minute < 120; minute += 1) await visit.move({ advance: 'PT1M' })
  const stored = new Map<string, string | undefined>()
  const mails: Record<string, number> = {}
  for (const { sk, id, state } of await cloud.items()) {
    if (sk?.S === sortKeys.request && id?.S) stored.set(id.S, state?.S)
    if (sk?.S?.startsWith(`${sortKeys.mail}confirm#`)) mails[state?.S ?? ''] = (mails[state?.S ?? ''] ?? 0) + 1
  }
  const lost = [...accepted].filter((id) => !stored.has(id))
  say(`${accepted.size} requests were taken: ${lost.length} lost`, lost.length === 0 && accepted.size > 0)
  const clicks = journeys.reduce((sum, { done }) => sum + done, 0)
  const undone = journeys.filter((journey) => !mayBe(journey).includes(stored.get(journey.id)))
  say(
    `${clicks} clicks were answered well: ${undone.length} of ${journeys.length} requests stand otherwise`,
    undone.length === 0 && clicks > journeys.length,
  )
  const each = journeys.map(({ done }) => done).toSorted((a, b) => a - b)
  console.log(`    ${each[0]} to ${each.at(-1)} on each`)
  for (const journey of undone.slice(0, 5))
    console.log(`    ${stored.get(journey.id)}, not ${mayBe(journey).join(' or ')}`)
  const done = (mails.sent ?? 0) + (mails.delivered ?? 0)
  say(`their mails to confirm: ${JSON.stringify(mails)}`, done === stored.size)
  const taken = (await visit.call('/_local/mail/count?mail=confirm')).json as { mails: number }
  say(`of these SES took ${taken.mails}`, taken.mails === stored.size)
  const letters = (await visit.call('/_local/dead-letters')).json as unknown[]
  say(`${letters.length} dead letters`, letters.length === 0)
  const middle = (name: Phase): number => {
    const some = (samples[name] ?? []).toSorted((a, b) => a - b)
    return some[Math.floor(some.length / 2)] ?? Number.NaN
  }
  const growth = middle('in peace again') / middle('in peace')
  say(`memory afterwards / before: ${growth.toFixed(2)} ×`, growth <= 1.5)
  const [then, now] = [heldAfter.get('SES down') ?? new Map(), heldAfter.get('in peace again') ?? new Map()]
  const both = [...then.keys()].filter((fn) => now.has(fn))
  const sumOf = (all: Map<string, number>): number => both.reduce((sum, fn) => sum + (all.get(fn) ?? 0), 0)
  say(
    `held by ${both.join(', ')}: ${sumOf(now).toFixed(1)} MB, a phase before ${sumOf(then).toFixed(1)}`,
    both.length > 0 && sumOf(now) <= sumOf(then) * 1.1,
  )
} finally {
  await cloud.close()
  rmSync(folder, { recursive: true, force: true })
}
