import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { request as ask } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { buffer } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { library } from '../infra/content.ts'
import { type Deployment, stageJson, stages } from '../infra/stages.ts'
import { startCloud } from '../local/cloud.ts'
import { findBinary } from '../local/database.ts'
import { readEndpoints } from '../local/endpoints.ts'
import type { Ran } from '../local/surface.ts'
import { planOf, readAssembly } from '../local/template.ts'
import { each } from '../ops/cost/prices.ts'
import { toInstant, toMs } from '../shared/calendar.ts'
import { personId } from '../shared/person.ts'
import { type Instant, states } from '../shared/request.ts'
import { enrolled } from '../shared/tips/enrolment.ts'
import { subscriptionId } from '../shared/tips/links.ts'
import type { Series } from '../shared/tips/series.ts'
import { after, type Subscription } from '../shared/tips/subscription.ts'
import { changeStage } from './change-functions.ts'
import { openMeter, type Used } from './meter.ts'

/**
 * The budgets of the tips. Readers who are due at one moment go through what is deployed, to the letter: pick-tips, the
 * queue, send-tips, and a SES that judges and counts and keeps nothing else. Tips go out at the pace of the stage; that
 * takes no time here, because the clock is moved from one message to the next.
 */
type Say = (what: string, figure: string, budget: string, kept?: boolean) => void

/** An organisation that writes to 100,000, and has asked SES for what that takes: 200 mails a second. */
const PER_SECOND = 200
const stage: Deployment = {
  ...stages.dev,
  name: 'bench',
  tips: { ...stages.dev.tips, mailsPerSecond: 150, bulkCallsPerSecond: 4 },
}

const DAY = 86_400_000
const HOUR = 3_600_000
/** Pick-tips runs five minutes after the start. */
const startAt = '2026-12-01T08:55:00.000Z'
const dueAt = '2026-12-01T09:00:00.000Z'
const picked = '2026-12-01T09:00:59.000Z'
const over = '2026-12-01T09:55:00.000Z'

const count = (number: number): string => number.toLocaleString('en')

const theSeries = (): Series => {
  const [series] = library()
  if (!series || series.parts.length < 4) throw new Error('The bench needs a series of at least four parts')
  return series
}

/** How far readers have come: `new` ones wait for their first part, `old` ones for the last but one. */
const groups = ['new', 'old'] as const
type Group = (typeof groups)[number]
const placeOf = (group: Group, { parts }: Series): number => (group === 'new' ? 0 : parts.length - 2)

/** What a reader of a group has once she has had her part. */
const expectedOf = (group: Group, series: Series) => {
  const [part, next] = series.parts.slice(placeOf(group, series))
  if (!part || !next || next.delay.months > 0) throw new Error('The bench counts in days')
  const had = series.parts.slice(0, placeOf(group, series) + 1).map(({ id }) => id)
  return { part: part.id, had: had.join(), next: next.id, dueAt: toInstant(toMs(dueAt) + next.delay.days * DAY) }
}

/** Whole hours from UTC, all through December. */
const zones = [
  ['America/Los_Angeles', -8],
  ['America/New_York', -5],
  ['Europe/London', 0],
  ['Africa/Lagos', 1],
  ['Asia/Tokyo', 9],
  ['Australia/Brisbane', 10],
] as const
const hashed = (text: string): string => createHash('sha256').update(text).digest('base64url')

/** Wherever they live, a part is due for all of them at this moment. */
function* readersDue(at: Instant, number: number, name: string): Generator<Subscription> {
  const series = theSeries()
  const now = toInstant(toMs(at) - HOUR)
  for (let index = 0; index < number; index += 1) {
    const [timeZone, ahead] = zones[index % zones.length] ?? zones[0]
    const email = `${name}.reader.${index}@students.example.edu`
    const network = hashed(timeZone).slice(0, 16)
    const reader = enrolled({
      person: personId(email, stage.addressKey),
      series,
      email,
      firstName: `Reader ${index}`,
      timeZone,
      hour: (new Date(at).getUTCHours() + ahead + 24) % 24,
      secret: hashed(email).slice(0, 22),
      consent: {
        wording: 'tips-2026-11',
        how: 'form',
        askedAt: now,
        from: network,
        confirmedAt: now,
        confirmedFrom: network,
      },
      now,
    })
    if (reader.dueAt !== at) throw new Error(`A reader in ${timeZone} is due at ${reader.dueAt}, not at ${at}`)
    yield reader
  }
}

/** With everything that gathers in a subscription on the way. */
function* oldReadersDue(number: number): Generator<Subscription> {
  const series = theSeries()
  const at = placeOf('old', series)
  for (const reader of readersDue(dueAt, number, 'old')) {
    yield {
      ...reader,
      had: series.parts.slice(0, at).map(({ id }) => id),
      next: series.parts[at]?.id ?? '',
      reached: [...states],
      mailDays: ['2026-12-03', '2026-12-04', '2026-12-07'],
      messageId: '0100018b0000aaaa-01234567-89ab-cdef-0123-456789abcdef-000000',
      sentAt: toInstant(toMs(dueAt) - 7 * DAY),
    }
  }
}

/** Due in a week, and every fifth of them has left. */
function* readersNotDue(number: number): Generator<Subscription> {
  let index = 0
  for (const reader of readersDue(toInstant(toMs(dueAt) + 7 * DAY), number, 'later')) {
    index += 1
    const left = after(reader, 'left', { now: dueAt, expiresAt: toMs(dueAt) / 1000 + 365 * 86_400 })
    yield index % 5 === 0 && left ? left : reader
  }
}

/** Makes the database of a cloud that is to be started, with these readers in its table: by its own import, in seconds. */
const seed = async (assembly: string, dataDir: string, readers: Iterable<Subscription>): Promise<void> => {
  const { toStored } = await import('../shared/aws/subscriptions.ts')
  const [table] = planOf(readAssembly(assembly), { publicUrl: 'http://localhost', servicesUrl: '' }).tables
  if (!table) throw new Error('The stack has no table')
  const source = join(dataDir, 'seed')
  const rows = join(source, table.name, 'data')
  mkdirSync(rows, { recursive: true })
  let lines: string[] = []
  let files = 0
  const write = (): void => {
    writeFileSync(join(rows, `${files}.json.gz`), gzipSync(lines.join('\n'), { level: 1 }))
    files += 1
    lines = []
  }
  for (const reader of readers) {
    lines.push(JSON.stringify({ Item: toStored(reader) }))
    if (lines.length === 10_000) write()
  }
  if (lines.length > 0) write()
  const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, StreamSpecification } = table.properties
  const schema = join(source, 'schema.json')
  writeFileSync(
    schema,
    JSON.stringify({
      Table: {
        TableName: table.name,
        KeySchema,
        AttributeDefinitions,
        BillingModeSummary: { BillingMode: 'PAY_PER_REQUEST' },
        GlobalSecondaryIndexes: GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
          IndexName,
          KeySchema,
          Projection,
        })),
        StreamSpecification: { StreamEnabled: true, ...StreamSpecification },
      },
    }),
  )
  const output = join(dataDir, 'tables.sqlite')
  execFileSync(findBinary(), ['import', '--source', source, '--schema', schema, '--output', output], {
    stdio: 'pipe',
  })
  rmSync(source, { recursive: true })
}

type Answer = { status: number; body: Buffer }
/** Not `fetch`, which gives up after five minutes. */
const call = (url: string, options: object, body?: string): Promise<Answer> =>
  new Promise((done, fail) => {
    const going = ask(url, options, (answer) => {
      buffer(answer).then((said) => done({ status: answer.statusCode ?? 500, body: said }), fail)
    })
    going.once('error', fail)
    going.end(body)
  })

/**
 * Of the readers who were due, how many got nothing, something twice, or what is not theirs; are not as they should be
 * afterwards; and how many messages are left in any queue, dead letters among them.
 */
type Shortfall = { lost: number; twice: number; wrong: number; unsettled: number; left: number }

type Passage = Shortfall & {
  due: number
  notDue: number
  /** Units of the one run of pick-tips that handed over, and of all functions, all through; none where nobody counts. */
  pick: Used
  used: Used
  runs: Record<string, Ran>
  invocations: number
  /** What functions wrote into their logs, and what EventBridge wrote into the log group of taken tips. */
  logs: { lines: number; bytes: number }
  taken: { lines: number; bytes: number }
  /** Of one reader, in milliseconds: by the wall, and of all processors together. */
  wallMs: number
  workedMs: number
}

/**
 * A cloud with these readers, from before they are due until an hour later. Units are counted where they are asked for:
 * counting takes time of its own.
 */
const pass = async (
  { folder, assembly }: { folder: string; assembly: string },
  { due, notDue = 0, old = 0, metered = false }: { due: number; notDue?: number; old?: number; metered?: boolean },
): Promise<Passage> => {
  const { fromStored } = await import('../shared/aws/subscriptions.ts')
  const series = theSeries()
  const expected = new Map<string, ReturnType<typeof expectedOf>>(
    groups.map((name) => [name, expectedOf(name, series)]),
  )
  const expectedBy = (email: string) => expected.get(email.slice(0, email.indexOf('.')))
  const dataDir = join(folder, 'data-of-tips')
  mkdirSync(dataDir, { recursive: true })
  const meter = openMeter()
  changeStage(assembly, () => stageJson(stage))
  await seed(
    assembly,
    dataDir,
    (function* () {
      yield* readersDue(dueAt, due - old, 'new')
      yield* oldReadersDue(old)
      yield* readersNotDue(notDue)
    })(),
  )
  const cloud = await startCloud({
    port: 0,
    dataDir,
    assembly,
    at: startAt,
    quiet: true,
    ses: 'answers',
    ...(metered && { onCall: meter.hear }),
  })
  const { dynamodb = '', table } = readEndpoints(dataDir) ?? {}
  const database = Number(readFileSync(join(dataDir, 'database.pid'), 'utf8'))

  const local = async (path: string, fields?: object) => {
    const method = fields ? 'POST' : 'GET'
    const headers = { 'content-type': 'application/json' }
    const answer = await call(`${cloud.url}/_local/${path}`, { method, headers }, fields && JSON.stringify(fields))
    if (answer.status !== 200) throw new Error(`${path}: ${answer.body}`)
    return JSON.parse(answer.body.toString())
  }
  const runsNow = async (): Promise<Record<string, Ran>> =>
    Object.fromEntries(((await local('functions')) as Ran[]).map((run) => [run.fn, run]))
  async function* subscriptions(): AsyncGenerator<Subscription> {
    let from: unknown
    do {
      const { body } = await call(
        dynamodb,
        {
          method: 'POST',
          headers: {
            'content-type': 'application/x-amz-json-1.0',
            'x-amz-target': 'DynamoDB_20120810.Scan',
            'x-amz-date': '20260101T000000Z',
            authorization:
              'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local',
          },
        },
        JSON.stringify({ TableName: table, ...(from ? { ExclusiveStartKey: from } : {}) }),
      )
      type Page = { Items: Parameters<typeof fromStored>[0][]; LastEvaluatedKey?: unknown }
      const { Items, LastEvaluatedKey } = JSON.parse(body.toString()) as Page
      for (const item of Items) if (item.series) yield fromStored(item)
      from = LastEvaluatedKey
    } while (from)
  }

  try {
    await local('faults', { quota: { max24HourSend: -1, maxSendRate: PER_SECOND } })
    const [worked, began] = [workedMs(database), performance.now()]
    await local('clock', { to: picked })
    if ((await runsNow())['pick-tips']?.runs !== 1) throw new Error('Pick-tips did not run once')
    const pick = meter.of('pick-tips')
    await local('clock', { to: over })
    const wallMs = performance.now() - began
    const allMs = workedMs(database) - worked
    // Before anything else: what is idle is closed soon.
    const runs = await runsNow()

    /** Who got what: the id of the message by address. */
    const got = new Map<string, string>()
    let [twice, wrong] = [0, 0]
    for (const { address, id, tags } of cloud.accepted()) {
      if (got.has(address)) twice += 1
      got.set(address, id)
      const person = personId(address, stage.addressKey)
      const isHers = tags.subscription === subscriptionId({ person, series: series.id })
      if (!isHers || !tags.part || tags.part !== expectedBy(address)?.part) wrong += 1
    }
    let [lost, unsettled, seen] = [0, 0, 0]
    for await (const reader of subscriptions()) {
      const hers = expectedBy(reader.email)
      if (!hers) continue
      seen += 1
      if (!got.has(reader.email)) lost += 1
      const isSettled =
        reader.state === 'active' &&
        reader.had.join() === hers.had &&
        reader.next === hers.next &&
        reader.dueAt === hers.dueAt &&
        reader.messageId === got.get(reader.email) &&
        !reader.claim &&
        // Enrolled, claimed once and settled once.
        reader.version === 3
      if (!isSettled) unsettled += 1
    }
    const logs = logged(dataDir)
    await cloud.stop()
    const store = new DatabaseSync(join(dataDir, 'cloud.sqlite'), { readOnly: true })
    const counted = (sql: string) => store.prepare(sql).get() as Record<string, number>
    const { messages: left = 0 } = counted('SELECT count(*) messages FROM messages')
    const { lines = 0, bytes = 0 } = counted('SELECT count(*) lines, coalesce(sum(length(message)), 0) bytes FROM logs')
    store.close()
    return {
      due,
      notDue,
      lost: lost + due - seen,
      twice,
      wrong,
      unsettled,
      left,
      pick,
      used: meter.all(),
      runs,
      invocations: Object.values(runs).reduce((sum, run) => sum + run.runs, 0),
      logs,
      taken: { lines, bytes },
      wallMs: wallMs / due,
      workedMs: allMs / due,
    }
  } finally {
    await cloud.stop()
    rmSync(dataDir, { recursive: true, force: true })
  }
}

/** What all threads of this process and the database have worked; where the system does not tell, what has passed. */
const workedMs = (database: number): number => {
  if (!existsSync(`/proc/${database}/stat`)) return performance.now()
  const { user, system } = process.cpuUsage()
  // In hundredths of a second, behind the name in brackets: https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
  const fields = readFileSync(`/proc/${database}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? []
  return (user + system) / 1000 + (Number(fields[11]) + Number(fields[12])) * 10
}

const logged = (dataDir: string): Passage['logs'] => {
  const files = readdirSync(join(dataDir, 'logs')).map((name) => readFileSync(join(dataDir, 'logs', name)))
  const lines = files.reduce((sum, file) => sum + file.toString().split('\n').length - 1, 0)
  return { lines, bytes: files.reduce((sum, file) => sum + file.length, 0) }
}

const sound = (say: Say, { due, notDue, lost, twice, wrong, unsettled, left }: Passage): void => {
  const all = [lost, twice, wrong, unsettled, left]
  say(
    `${count(due)} of ${count(due + notDue)} due: lost, twice, wrong, unsettled, left`,
    all.map(count).join(', '),
    'none',
    all.every((one) => one === 0),
  )
}

/** Not measured here. */
const assumed = {
  /** How long an invocation of 512 MB lasts on AWS: fifty claims side by side, one call of SES, fifty writes. */
  seconds: 1,
  gigabytes: 0.5,
  /** What Lambda itself writes into the log of a function for each invocation: that it starts, and what it used. */
  platformBytes: 600,
  platformLines: 2,
  /** CloudWatch adds this to each line. */
  bytesALine: 26,
}

const costs = (say: Say, { due, used, runs, invocations, logs, taken }: Passage): void => {
  // A write that a condition refuses is paid for too.
  const writes = (used.writes + used.refused) / due
  const reads = used.reads / due
  const calls = invocations / due
  // Two digits: what a run of pick-tips writes for itself is shared by as many as it finds.
  const atMost = (value: number, most: number, digits: number): boolean => Number(value.toFixed(digits)) <= most
  say('write units a tip', writes.toFixed(2), '≤ 4', atMost(writes, 4, 2))
  say('read units a tip', reads.toFixed(3), '≤ 0.2', atMost(reads, 0.2, 3))
  say('invocations a tip, of all functions', calls.toFixed(3), '≤ 0.05', atMost(calls, 0.05, 3))

  const messages = runs['send-tips']?.runs ?? 0
  const requests = messages * 2.1 + (runs['pick-tips']?.runs ?? 0) * 2
  const bytes = logs.bytes + taken.bytes + invocations * assumed.platformBytes
  const lines = logs.lines + taken.lines + invocations * assumed.platformLines
  const { seconds, gigabytes, bytesALine } = assumed
  const million = 1_000_000
  const rows: [what: string, dollars: number, because: string][] = [
    ['writes', writes * each('write'), `${writes.toFixed(3)} units`],
    ['reads', reads * each('read'), `${reads.toFixed(3)} units`],
    ['invocations', calls * each('invocation'), calls.toFixed(4)],
    ['their time', calls * seconds * gigabytes * each('time'), `taken for ${seconds} s at ${gigabytes * 1024} MB each`],
    ['queue', (requests / due) * each('queue'), `${(requests / due).toFixed(3)} requests`],
    [
      'logs',
      ((bytes + lines * bytesALine) / due) * (each('log') / 1024 ** 3),
      `${Math.round((bytes + lines * bytesALine) / due)} bytes, ${Math.round(taken.bytes / due)} of which say that SES has taken it`,
    ],
    ['events', 0, 'those of SES on the default bus are free'],
  ]
  const dollars = (value: number): string => `$${(value * million).toFixed(2)}`
  const all = rows.reduce((sum, [, value]) => sum + value, 0)
  say('a million tips: SES', dollars(each('mail')), '')
  for (const [what, value, because] of rows) say(`  ${what}`, dollars(value), `  a tip: ${because}`)
  say('  all of ours beside the price of SES', `${((all / each('mail')) * 100).toFixed(2)} %`, 'goal: ≤ 3 %')
}

/** `assembly` is that of the stage `dev`; it is left as it is. */
export const tips = async (
  say: Say,
  given: { folder: string; assembly: string; onlyBudgets: boolean },
): Promise<void> => {
  const { folder, onlyBudgets } = given
  const assembly = join(folder, 'assembly-of-tips')
  cpSync(given.assembly, assembly, { recursive: true })
  const run = async (readers: Parameters<typeof pass>[1]): Promise<Passage> => {
    const passage = await pass({ folder, assembly }, readers)
    sound(say, passage)
    return passage
  }

  const many = onlyBudgets ? 5_000 : 100_000
  const alone = await run({ due: 1_000, metered: true })
  const among = await run({ due: 1_000, notDue: many - 1_000, metered: true })
  const ratio = among.pick.reads / alone.pick.reads
  say(
    `read units to find 1,000 among ${count(many)} / among themselves`,
    `${ratio.toFixed(2)} ×`,
    `≤ 1.1 ×   (${among.pick.reads}, ${alone.pick.reads})`,
    ratio <= 1.1,
  )
  const some = onlyBudgets ? 2_000 : 5_000
  costs(say, await run({ due: some, old: some / 2, metered: true }))

  const few = await run({ due: 10_000 })
  if (onlyBudgets) return
  const lots = await run({ due: 100_000 })
  // Once more: what else the machine does changes, and what it did before and after the long run counts as much.
  const again = await run({ due: 10_000 })
  growth(say, lots, [few, again])
}

/** What one reader takes among many against what one takes among few. */
const growth = (say: Say, lots: Passage, fews: Passage[]): void => {
  const mean = (of: (passage: Passage) => number): number =>
    fews.reduce((sum, passage) => sum + of(passage), 0) / fews.length
  const against = `${count(lots.due)} / ${count(fews[0]?.due ?? 0)}`
  const told = (of: (passage: Passage) => number, unit: string): string =>
    `(${of(lots).toFixed(1)}, ${fews.map((few) => of(few).toFixed(1)).join(' and ')} ${unit})`
  const compare = (what: string, of: (passage: Passage) => number, unit: string, isJudged = true): void => {
    const ratio = of(lots) / mean(of)
    say(
      `${what}, ${against}`,
      `${ratio.toFixed(2)} ×`,
      `${isJudged ? '≤ 1.2 ×  ' : '        '} ${told(of, unit)}`,
      isJudged ? ratio <= 1.2 : undefined,
    )
  }
  compare('processor time a reader', (one) => one.workedMs, 'ms')
  compare('  the same by the wall', (one) => one.wallMs, 'ms', false)
  for (const fn of ['send-tips', 'pick-tips']) {
    compare(`memory that ${fn} holds afterwards`, (one) => one.runs[fn]?.heldMb ?? Number.NaN, 'MB')
    compare('  the most with which a run ended', (one) => one.runs[fn]?.mostMemoryMb ?? Number.NaN, 'MB', false)
  }
}
