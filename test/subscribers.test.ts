import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { stringify } from 'csv-stringify/sync'
import fc from 'fast-check'
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { library as readLibrary } from '../infra/content.ts'
import { stageJson, stages } from '../infra/stages.ts'
import { writeEndpoints } from '../local/endpoints.ts'
import { guarded, unguarded } from '../ops/csv-guard.ts'
import { pace } from '../ops/progress-bar.ts'
import { checkCsv, rowsOf } from '../ops/read-csv.ts'
import { tableOf } from '../ops/target.ts'
import { personId } from '../shared/person.ts'
import { asked, enrolled } from '../shared/tips/enrolment.ts'
import { after, type Subscription } from '../shared/tips/subscription.ts'
import { openTable } from './table.ts'

const table = await openTable()
process.env.STAGE = stageJson(stages.dev)
const { importSubscribers } = await import('../ops/import-subscribers.ts')
const { exportSubscribers } = await import('../ops/export-subscribers.ts')
const { allSubscriptions } = await import('../shared/aws/all-subscriptions.ts')
const { database } = await import('../shared/aws/database.ts')
const { BatchWriteItemCommand } = await import('@aws-sdk/client-dynamodb')
const people = await import('../shared/aws/people.ts')
const subscriptions = await import('../shared/aws/subscriptions.ts')

vi.spyOn(console, 'info').mockImplementation(() => undefined)

const NOW = '2026-11-24T12:00:00.000Z'
const now = () => NOW
const library = readLibrary()
const [first, second] = library
if (!first || !second) throw new Error('These tests need two series')

const folder = mkdtempSync(join(tmpdir(), 'interviews-subscribers-'))
const clock = createServer((_, response) => response.end(JSON.stringify({ now: NOW })))
await new Promise<void>((done) => clock.listen(0, '127.0.0.1', done))
writeEndpoints(folder, {
  dynamodb: process.env.AWS_ENDPOINT_URL_DYNAMODB ?? '',
  table: 'requests',
  services: 'http://127.0.0.1:9',
  publicUrl: `http://127.0.0.1:${(clock.address() as AddressInfo).port}`,
})

beforeEach(async () => {
  for (let items = await table.items(); items.length > 0; items = await table.items()) {
    for (let from = 0; from < items.length; from += 25) {
      const requests = items
        .slice(from, from + 25)
        .map(({ pk, sk }) => ({ DeleteRequest: { Key: { pk, sk } as never } }))
      await database.send(new BatchWriteItemCommand({ RequestItems: { requests } }))
    }
  }
  for (const name of ['readers.csv', 'readers.csv.progress', 'out.csv']) rmSync(join(folder, name), { force: true })
})

afterAll(async () => {
  clock.close()
  await table.close()
  rmSync(folder, { recursive: true, force: true })
})

const file = (contents: string | Buffer): string => {
  const path = join(folder, 'readers.csv')
  writeFileSync(path, contents)
  return path
}

const header = 'email,consent,consentAt'
const fair = 'Career fair in Boston,2026-11-01'

type More = Partial<Parameters<typeof importSubscribers>[0]>

/** Imports, and collects what was told on the way. */
const bringIn = async (contents: string | Buffer, more: More = {}) => {
  const bad: string[] = []
  const unused: string[] = []
  const resumed: string[] = []
  const summary = await importSubscribers({
    path: file(contents),
    library,
    series: first,
    now,
    onStart: (told) => {
      unused.push(...told.unused)
      resumed.push(told.resumed)
    },
    onBadRow: ({ line, errors }) => bad.push(...errors.map(({ field, message }) => `${line} ${field}: ${message}`)),
    ...more,
  })
  return { summary, bad, unused, resumed }
}

const all = async (): Promise<Subscription[]> => {
  const found = []
  for await (const subscription of allSubscriptions({}, NOW)) found.push(subscription)
  return found.sort((a, b) => `${a.email} ${a.series}`.localeCompare(`${b.email} ${b.series}`))
}

const idOf = (email: string): string => personId(email, stages.dev.addressKey)

const reader = (email: string, confirmedAt = '2026-10-01T08:00:00.000Z', series = first): Subscription =>
  enrolled({
    person: idOf(email),
    series,
    email,
    timeZone: 'Europe/Berlin',
    hour: 9,
    secret: 'AAAAAAAAAAAAAAAAAAAAAA',
    consent: { wording: 'tips-2026-11', how: 'form', askedAt: confirmedAt, confirmedAt },
    now: confirmedAt,
  })

/** Somebody who left this series at that time, and said nothing about others. */
const whoLeft = (email: string, at: string): Subscription => {
  const gone = after({ ...reader(email), version: 0 }, 'left', { now: at, expiresAt: 1_900_000_000 })
  if (!gone) throw new Error('Nobody can leave any more')
  return gone
}

const sums = (enrolled: number, again: number, unchanged: number, refused: number, bad: number) => ({
  rows: enrolled + again + unchanged + refused + bad,
  enrolled,
  'enrolled-again': again,
  unchanged,
  refused,
  bad,
  finished: true,
})

describe('a row', () => {
  test('becomes a subscription that is active at once', async () => {
    const { summary, bad } = await bringIn(
      `${header},firstName,timeZone,hour,series\nAda@Example.org,"Career fair, Boston",2026-11-01T10:00:00+02:00,Ada,asia/tokyo,7,${second.id}\n`,
    )
    expect(bad).toEqual([])
    expect(summary).toEqual(sums(1, 0, 0, 0, 0))
    const [ada] = await all()
    expect(ada).toMatchObject({
      person: idOf('ada@example.org'),
      email: 'Ada@example.org',
      firstName: 'Ada',
      timeZone: 'Asia/Tokyo',
      hour: 7,
      series: second.id,
      state: 'active',
      edition: second.edition,
      next: second.parts[0]?.id,
      consent: {
        wording: 'import: Career fair, Boston',
        how: 'import',
        askedAt: '2026-11-01T08:00:00.000Z',
        confirmedAt: '2026-11-01T08:00:00.000Z',
      },
    })
    expect(ada?.dueAt && ada.dueAt > NOW).toBe(true)
  })

  test('says no more than it has to: the rest is as for everybody', async () => {
    await bringIn(`${header}\nada@example.org,${fair}`, { series: second })
    expect(await all()).toMatchObject([
      { series: second.id, timeZone: stages.dev.calendar.timeZone, hour: stages.dev.tips.hour },
    ])
    expect((await all())[0]).not.toHaveProperty('firstName')
  })

  test('with a date was agreed to when that day began where the reader is', async () => {
    await bringIn(`${header},timeZone\nada@example.org,fair,2026-11-24,Asia/Tokyo\nbob@example.org,fair,2026-11-24,`)
    expect((await all()).map(({ consent }) => consent.confirmedAt)).toEqual([
      '2026-11-23T15:00:00.000Z',
      '2026-11-24T05:00:00.000Z',
    ])
  })

  const long = 'x'.repeat(201)
  test.each([
    [',fair,2026-11-01,,,,', 'email: Please give your mail address.'],
    ['ada,fair,2026-11-01,,,,', 'email: This does not look like a mail address, such as ada@example.org.'],
    ['ada@example.org,,2026-11-01,,,,', 'consent: Please fill in what they agreed to, and where.'],
    [`ada@example.org,${long},2026-11-01,,,,`, 'consent: Please keep this to 200 characters.'],
    ['ada@example.org,fair,,,,,', 'consentAt: Please fill in when they agreed.'],
    [
      'ada@example.org,fair,1 May 2026,,,,',
      'consentAt: Please give a date such as 2026-11-23, or a time with its distance from UTC such as 2026-11-23T14:05:00Z.',
    ],
    [
      'ada@example.org,fair,2026-02-30,,,,',
      'consentAt: Please give a date such as 2026-11-23, or a time with its distance from UTC such as 2026-11-23T14:05:00Z.',
    ],
    [
      'ada@example.org,fair,2026-11-01T10:00:00,,,,',
      'consentAt: Please give a date such as 2026-11-23, or a time with its distance from UTC such as 2026-11-23T14:05:00Z.',
    ],
    ['ada@example.org,fair,2026-11-25,,,,', 'consentAt: Nobody can have agreed in the future.'],
    ['ada@example.org,fair,2026-11-24T12:00:00.001Z,,,,', 'consentAt: Nobody can have agreed in the future.'],
    ['ada@example.org,fair,9999-12-31T23:59:59-12:00,,,,', 'consentAt: Nobody can have agreed in the future.'],
    ['ada@example.org,fair,2026-11-01,https://example.org,,,', 'firstName: Please give a name, without a link.'],
    [
      'ada@example.org,fair,2026-11-01,"A\nda",,,',
      'firstName: Please use one line of plain text, without control characters.',
    ],
    [`ada@example.org,fair,2026-11-01,${'x'.repeat(61)},,,`, 'firstName: Please keep this to 60 characters.'],
    [
      'ada@example.org,fair,2026-11-01,,Mars/Olympus,,',
      'timeZone: We do not know this time zone. Please choose one such as Europe/London.',
    ],
    ['ada@example.org,fair,2026-11-01,,,24,', 'hour: Please give a whole number from 0 to 23.'],
    ['ada@example.org,fair,2026-11-01,,,nine,', 'hour: Please give a whole number from 0 to 23.'],
    [
      'ada@example.org,fair,2026-11-01,,,,no-such',
      `series: Please choose one of: ${library.map(({ id }) => id).join(', ')}.`,
    ],
    [
      'ada@example.org,fair,2026-11-01',
      ': This row has 3 cells, and there are 7 columns. Is a quotation mark missing?',
    ],
    [
      'ada@example.org,fair, Boston,2026-11-01,,,,',
      ': This row has 8 cells, and there are 7 columns. Is a quotation mark missing?',
    ],
  ])('%s is refused, and stops no other', async (row, error) => {
    const { summary, bad } = await bringIn(
      `${header},firstName,timeZone,hour,series\nbob@example.org,${fair},,,,\n${row}\ncarol@example.org,${fair},,,,\n`,
    )
    expect(bad).toEqual([`3 ${error}`])
    expect(summary).toEqual(sums(2, 0, 0, 0, 1))
    expect((await all()).map(({ email }) => email)).toEqual(['bob@example.org', 'carol@example.org'])
  })

  test('with several mistakes is told of each, and counts once', async () => {
    const { summary, bad } = await bringIn(`${header},hour\nada,,2027-01-01,99`)
    expect(bad.map((line) => line.split(':')[0])).toEqual(['2 email', '2 consent', '2 hour', '2 consentAt'])
    expect(summary).toEqual(sums(0, 0, 0, 0, 1))
  })
})

describe('lines', () => {
  test('are those of the file: with a mark at its start, CRLF, line breaks within quotes, empty lines', async () => {
    const { bad, summary } = await bringIn(
      [
        `\ufeff${header},"a\r\nnote"`,
        'ada@example.org,"Fair, ""Boston""",2026-11-01,"one\r\ntwo\nthree"',
        '',
        'no-address,fair,2026-11-01,',
        ',,,',
        'bob@example.org,fair,2026-11-01,"\r\n"',
        'neither,fair,2026-11-01,',
      ].join('\r\n'),
    )
    expect(bad.map((line) => Number.parseInt(line, 10))).toEqual([7, 11])
    expect(summary).toEqual(sums(2, 0, 0, 0, 2))
    expect((await all())[0]?.consent.wording).toBe('import: Fair, "Boston"')
  })

  test('are told right of any text', async () => {
    const cell = fc.string({ unit: fc.constantFrom('a', 'é', '"', ',', '\r\n', '\n', '\r', ' '), maxLength: 6 })
    const rows = fc.array(fc.array(cell, { minLength: 2, maxLength: 2 }), { minLength: 1, maxLength: 8 })
    await fc.assert(
      fc.asyncProperty(rows, fc.constantFrom('\n', '\r\n', '\r'), async (cells, end) => {
        const marked = [['email', 'x'], ...cells.map(([a = '', b = '']) => [`.${a}`, b])]
        const text = marked.map((row) => `${stringify([row], { eof: false, quoted: true })}${end}`)
        const path = file(text.join(''))
        const found = []
        for await (const { line, cells } of rowsOf(await checkCsv(path, 'email'))) found.push({ line, cells })
        let line = 1
        const expected = marked.map((row, index) => {
          const at = line
          line += text[index]?.match(/\r\n?|\n/g)?.length ?? 0
          return { line: at, cells: row }
        })
        expect(found).toEqual(expected.slice(1))
      }),
      { numRuns: 200 },
    )
  })

  test('a row that swallows others says how far it goes', async () => {
    const { bad } = await bringIn(`${header}\n"ada@example.org,${fair}\nbob@example.org,"fair",2026-11-01\n`)
    expect(bad[0]).toMatch(/^2 : This row, which goes on to line 3, has \d+ cells/)
  })
})

describe('the file', () => {
  test('has its columns in any order and any case; those that nobody knows are named once', async () => {
    const { summary, unused } = await bringIn(
      `Company,CONSENTAT, Email ,notes,consent,\nAcme,2026-11-01,ada@example.org,tall,fair,\nAcme,2026-11-01,bob@example.org,,fair,`,
    )
    expect(summary).toEqual(sums(2, 0, 0, 0, 0))
    expect(unused).toEqual(['Company', 'notes'])
  })

  test.each([';', '\t'])(
    'may have %j between its cells, as spreadsheets of some countries write it',
    async (separator) => {
      const { summary } = await bringIn(
        `${header}\nada@example.org,"Fair, Boston",2026-11-01`.replaceAll(/,(?! )/g, separator),
      )
      expect(summary).toEqual(sums(1, 0, 0, 0, 0))
      expect((await all())[0]?.consent.wording).toBe('import: Fair, Boston')
    },
  )

  test.each([
    ['lacks a column', 'email,consent\nada@example.org,fair', /does not name consentAt/],
    [
      'lacks its header',
      `ada@example.org,fair,2026-11-01\nbob@example.org,${fair}`,
      /does not name email, consent and consentAt/,
    ],
    [
      'has a column twice',
      'email,consent,consentAt,EMAIL\na@example.org,fair,2026-11-01,b@example.org',
      /column email twice/,
    ],
    ['is empty', '', /is empty/],
    ['has empty lines alone', '\n\n', /is empty/],
    ['is not UTF-8', Buffer.from(`${header},firstName\nada@example.org,${fair},Zo\xeb`, 'latin1'), /not UTF-8/],
    ['is UTF-16', Buffer.from(`\ufeff${header}\nada@example.org,${fair}`, 'utf16le'), /not UTF-8/],
    [
      'never closes a quotation mark',
      `${header}\nada@example.org,${fair}\nbob@example.org,"fair,2026-11-01\n`,
      /begins on line 3/,
    ],
    [
      'never closes one in a long file',
      `${header}\nada@example.org,${fair}\n"${'bob@example.org,\n'.repeat(20_000)}`,
      /begins on line 3/,
    ],
  ])('that %s is left alone, before anything is written', async (_, contents, message) => {
    const failing = bringIn(contents)
    await expect(failing).rejects.toThrow(message)
    await expect(failing).rejects.not.toThrow(/example\.org/)
    expect(await table.items()).toEqual([])
    expect(existsSync(join(folder, 'readers.csv.progress'))).toBe(false)
  })

  test('with a header alone holds nobody', async () => {
    expect((await bringIn(header)).summary).toEqual(sums(0, 0, 0, 0, 0))
  })
})

describe('who stands in the file', () => {
  test('twice is subscribed once, with what comes first', async () => {
    const { summary } = await bringIn(
      `${header},firstName\nada@example.org,${fair},Ada\nADA@example.org,${fair},Augusta\nada@EXAMPLE.org,${fair},`,
    )
    expect(summary).toEqual(sums(1, 0, 2, 0, 0))
    expect(await all()).toMatchObject([{ email: 'ada@example.org', firstName: 'Ada', version: 1 }])
  })

  test('for two series reads both, one tip a day', async () => {
    const { summary } = await bringIn(
      `${header},series\nada@example.org,${fair},${first.id}\nada@example.org,${fair},${second.id}`,
    )
    expect(summary).toEqual(sums(2, 0, 0, 0, 0))
    expect((await all()).map(({ others }) => others)).toEqual([true, true])
  })

  test('and reads already goes on as before', async () => {
    await subscriptions.create({ ...reader('ada@example.org'), had: [first.parts[0]?.id ?? ''] }, NOW)
    const before = await all()
    expect((await bringIn(`${header},hour\nada@example.org,${fair},22`)).summary).toEqual(sums(0, 0, 1, 0, 0))
    expect(await all()).toEqual(before)
  })

  test('and never confirmed the form is subscribed: the file says how that is known', async () => {
    const form = { ...reader('ada@example.org'), now: NOW, series: first }
    await subscriptions.create(asked(form, { withinHours: 72 }), NOW)
    expect((await bringIn(`${header}\nada@example.org,${fair}`)).summary).toEqual(sums(0, 1, 0, 0, 0))
    expect(await all()).toMatchObject([{ state: 'active', consent: { how: 'import' } }])
  })
})

describe('a refusal', () => {
  const row = (at: string): string => `${header}\nada@example.org,fair,${at}`

  test.each(['bounce', 'complaint', 'asked'] as const)('by %s holds whatever the file says', async (because) => {
    await people.suppress(idOf('ada@example.org'), because, '2026-11-01T00:00:00.000Z')
    expect((await bringIn(row('2026-11-24'))).summary).toEqual(sums(0, 0, 0, 1, 0))
    expect(await all()).toEqual([])
  })

  test.each([
    ['is older than', '2026-11-20T11:59:59Z', sums(0, 0, 0, 1, 0)],
    ['is of the same moment as', '2026-11-20T12:00:00Z', sums(0, 0, 0, 1, 0)],
    ['is of the same day as', '2026-11-20', sums(0, 0, 0, 1, 0)],
    ['is younger than', '2026-11-20T12:00:01Z', sums(1, 0, 0, 0, 0)],
    ['is a day younger than', '2026-11-21', sums(1, 0, 0, 0, 0)],
  ])('of all tips, where the consent %s it', async (_, at, expected) => {
    await people.refuseTips(idOf('ada@example.org'), '2026-11-20T12:00:00.000Z')
    expect((await bringIn(row(at))).summary).toEqual(expected)
    expect(await all()).toHaveLength(expected.enrolled)
  })

  test.each([
    ['older', '2026-11-20', sums(0, 0, 0, 1, 0), 'unsubscribed'],
    ['younger', '2026-11-21', sums(0, 1, 0, 0, 0), 'active'],
  ])('of one series, where the consent is %s', async (_, at, expected, state) => {
    await subscriptions.create(whoLeft('ada@example.org', '2026-11-20T12:00:00.000Z'), NOW)
    expect((await bringIn(row(at))).summary).toEqual(expected)
    expect(await all()).toMatchObject([{ state }])
  })

  test('of one series stands, though somebody has typed her address into the form since', async () => {
    const gone = whoLeft('ada@example.org', '2026-11-20T12:00:00.000Z')
    const again = after({ ...gone, version: 0 }, 'asked', { now: '2026-11-22T12:00:00.000Z', expiresAt: 1_900_000_000 })
    if (!again) throw new Error('Nobody can ask again any more')
    await subscriptions.create(again, NOW)
    expect((await bringIn(row('2026-11-20'))).summary).toEqual(sums(0, 0, 0, 1, 0))
    expect(await all()).toMatchObject([{ state: 'pending' }])
  })

  test('is known from an export too, in a table that has never heard of her', async () => {
    const { summary } = await bringIn(
      `${header},state\nada@example.org,${fair},unsubscribed\nbob@example.org,${fair},suppressed\ncarol@example.org,${fair},active`,
    )
    expect(summary).toEqual(sums(1, 0, 0, 2, 0))
    expect((await all()).map(({ email }) => email)).toEqual(['carol@example.org'])
  })
})

/** One of each kind: what becomes of them is five sums that differ. */
const mixed = async (): Promise<string> => {
  for (const name of ['here-1', 'here-2', 'here-3']) await subscriptions.create(reader(`${name}@example.org`), NOW)
  for (const name of ['back-1', 'back-2']) {
    await subscriptions.create(whoLeft(`${name}@example.org`, '2026-10-20T00:00:00.000Z'), NOW)
  }
  await people.suppress(idOf('stopped@example.org'), 'complaint', '2026-10-20T00:00:00.000Z')
  const names = [
    'new-1',
    'here-1',
    'here-2',
    'here-3',
    'back-1',
    'back-2',
    'stopped',
    'new-2',
    'new-1',
    'new-3',
    'back-1',
  ]
  return `${header}\n${names.map((name) => `${name}@example.org,${fair}\n`).join('')}nobody,${fair}\n`
}
const mixedSums = sums(3, 2, 5, 1, 1)

describe('a dry run', () => {
  test('says what would happen, and writes nothing', async () => {
    const contents = await mixed()
    const before = await table.items()
    const { summary, bad } = await bringIn(contents, { dryRun: true })
    expect(summary).toEqual(mixedSums)
    expect(bad).toHaveLength(1)
    expect(await table.items()).toEqual(before)
    expect(existsSync(join(folder, 'readers.csv.progress'))).toBe(false)
    expect((await bringIn(contents)).summary).toEqual(mixedSums)
  })
})

describe('an import', () => {
  test('run twice changes nothing the second time', async () => {
    const contents = await mixed()
    expect((await bringIn(contents)).summary).toEqual(mixedSums)
    const before = await table.items()
    const { summary, resumed } = await bringIn(contents)
    expect(summary).toEqual(sums(0, 0, 10, 1, 1))
    expect(resumed).toEqual(['none'])
    expect(await table.items()).toEqual(before)
  })

  test('that was stopped goes on, and comes to the same sums and the same bad rows', async () => {
    const contents = await mixed()
    const stopping = new AbortController()
    const { summary } = await bringIn(contents, { signal: stopping.signal, onProgress: () => stopping.abort() })
    expect(summary.finished).toBe(false)
    const again = await bringIn(contents)
    expect(again).toMatchObject({ summary: mixedSums, resumed: ['same'] })
    expect(again.bad).toHaveLength(1)
    expect(existsSync(join(folder, 'readers.csv.progress'))).toBe(false)
  })

  test.each([
    ['of other bytes', { contents: `${header}\nbob@example.org,${fair}` }, 'other'],
    ['for another series', { more: { series: second } }, 'other'],
    ['that is asked to begin at the top', { more: { fresh: true } }, 'none'],
  ])(
    '%s has no use for a checkpoint',
    async (_, { contents, more = {} }: { contents?: string; more?: More }, resumed) => {
      const rows = `${header}\nada@example.org,${fair}`
      const stopped = AbortSignal.abort()
      await bringIn(rows, { signal: stopped })
      expect((await bringIn(contents ?? rows, more)).resumed).toEqual([resumed])
    },
  )

  test('begins at the top where its checkpoint cannot be read', async () => {
    writeFileSync(join(folder, 'readers.csv.progress'), '{"run":')
    expect(await bringIn(`${header}\nada@example.org,${fair}`)).toMatchObject({
      summary: sums(1, 0, 0, 0, 0),
      resumed: ['other'],
    })
  })

  test('makes whole what a kill has left half done', async () => {
    await subscriptions.create(reader('ada@example.org'), NOW)
    await subscriptions.create({ ...reader('ada@example.org', undefined, second), others: true }, NOW)
    const path = file(`${header}\nada@example.org,${fair}`)
    const { checkpoint } = (await import('../ops/import-checkpoint.ts')).openCheckpoint(
      path,
      { hash: (await checkCsv(path, 'email')).hash, table: 'requests', series: second.id },
      { startedAt: NOW, fresh: true },
    )
    checkpoint.begin(2, 'enrolled')
    const summary = await importSubscribers({ path, library, series: second, now })
    expect(summary).toEqual(sums(1, 0, 0, 0, 0))
    expect((await all()).map(({ others }) => others)).toEqual([true, true])
  })
})

const running = new Set<ChildProcess>()
afterAll(() => {
  for (const child of running) child.kill('SIGKILL')
})

const start = (...args: string[]) => {
  const child = spawn(process.execPath, ['ops/subscribers.ts', ...args], {
    cwd: join(import.meta.dirname, '..'),
    env: { PATH: process.env.PATH, HOME: folder, AWS_EC2_METADATA_DISABLED: 'true' },
  })
  running.add(child)
  let out = ''
  let err = ''
  child.stdout.on('data', (chunk) => {
    out += chunk
  })
  child.stderr.on('data', (chunk) => {
    err += chunk
  })
  const ended = new Promise<{ code: number | null; out: string; err: string }>((done) =>
    child.on('close', (code) => {
      running.delete(child)
      done({ code, out, err })
    }),
  )
  return { child, ended }
}

const command = (...args: string[]) => start(...args).ended
const local = ['--data', folder]

const exported = async (more: Partial<Parameters<typeof exportSubscribers>[0]> = {}): Promise<string> => {
  const to = new PassThrough()
  const chunks: Buffer[] = []
  to.on('data', (chunk) => chunks.push(chunk))
  await exportSubscribers({ now: NOW, to, ...more })
  return Buffer.concat(chunks).toString()
}

describe('an export', () => {
  const columns =
    'email,firstName,series,state,timeZone,hour,parts,consent,consentHow,consentAskedAt,consentAt,unsubscribedAt'

  test('has a row for each subscription, and none for what has expired', async () => {
    await subscriptions.create({ ...reader('ada@example.org'), firstName: 'Ada', had: ['one', 'two'] }, NOW)
    await subscriptions.create(whoLeft('bob@example.org', '2026-11-20T12:00:00.000Z'), NOW)
    await subscriptions.create({ ...reader('carol@example.org'), expiresAt: 1_700_000_000 }, NOW)
    await people.refuseTips(idOf('bob@example.org'), NOW)
    const text = await exported()
    expect(text.trim().split('\n').sort()).toEqual(
      [
        columns,
        `ada@example.org,Ada,${first.id},active,Europe/Berlin,9,one two,tips-2026-11,form,2026-10-01T08:00:00.000Z,2026-10-01T08:00:00.000Z,`,
        `bob@example.org,,${first.id},unsubscribed,Europe/Berlin,9,,tips-2026-11,form,2026-10-01T08:00:00.000Z,2026-10-01T08:00:00.000Z,2026-11-20T12:00:00.000Z`,
      ].sort(),
    )
    expect(await exported()).toBe(text)
    expect((await exported({ state: 'unsubscribed' })).match(/^.+@/gm)).toEqual(['bob@'])
    expect(await exported({ series: second.id })).toBe(`${columns}\n`)
  })

  test('comes back as it was, with names that a spreadsheet would run', async () => {
    const names = ['=HYPERLINK(1)', '+1', '-2', '@SUM(A1)', "'=1", "'Ada", "O'Neill", 'Zoë, “Z”', 'a"b', '＝1', ' Ada ']
    const rows = names.map((name, index) => [
      `+reader-${index}@example.org`,
      `=fair, "${index}"`,
      '2026-11-01T10:00:00Z',
      name,
    ])
    // As they are: the file of somebody who knows nothing of apostrophes would not have any.
    const typed = stringify([header.split(',').concat('firstName'), ...rows.map((row) => row.map(guarded))])
    expect((await bringIn(typed)).summary).toEqual(sums(names.length, 0, 0, 0, 0))
    expect((await all()).map(({ firstName }) => firstName).sort()).toEqual(names.map((name) => name.trim()).sort())

    const once = await exported()
    for (const cell of once.split(/[\n,]"?/)) expect(cell).not.toMatch(/^[=+\-@\t\r]/)
    for (const subscription of await all()) await subscriptions.remove(subscription)
    expect((await bringIn(once)).summary).toEqual(sums(names.length, 0, 0, 0, 0))
    expect(await exported()).toBe(once)
  })

  test('marks what a spreadsheet would take for a formula, and the mark can be taken away', () => {
    for (const sign of ['=', '+', '-', '@', '\t', '\r']) expect(guarded(`${sign}1`)).toBe(`'${sign}1`)
    const sign = fc.constantFrom('=', '+', '-', '@', '\t', '\r', "'", 'a', '＝')
    fc.assert(
      fc.property(fc.string({ unit: sign }), (text) => {
        expect(guarded(text)).not.toMatch(/^[=+\-@\t\r]/)
        expect(unguarded(guarded(text))).toBe(text)
      }),
    )
  })

  test('into a file is for its owner alone, and Excel knows it for UTF-8', async () => {
    await subscriptions.create({ ...reader('ada@example.org'), firstName: 'Zoë' }, NOW)
    const to = join(folder, 'out.csv')
    expect(await exportSubscribers({ now: NOW, to })).toBe(1)
    expect(statSync(to).mode & 0o777).toBe(0o600)
    expect(readFileSync(to, 'utf8')).toMatch(/^\ufeffemail,.*\nada@example.org,Zoë,/)
    expect(existsSync(`${to}.part`)).toBe(false)
  })
})

describe('the command', () => {
  test('says what it can do', async () => {
    const [plain, bringing, taking] = await Promise.all([
      command('--help'),
      command('import', '--help'),
      command('export', '-h'),
    ])
    expect(plain).toMatchObject({ code: 0, err: '' })
    expect(plain.out).toContain('subscribers -- import')
    expect(bringing).toMatchObject({ code: 0, err: '' })
    for (const option of [
      '--series',
      '--dry-run',
      '--fresh',
      '--show-rows',
      '--json',
      '--stage',
      '--local',
      '--data',
    ]) {
      expect(bringing.out).toContain(option)
    }
    expect(taking).toMatchObject({ code: 0, err: '' })
    for (const option of ['--series', '--state', '-o', '--stage']) expect(taking.out).toContain(option)
  })

  test.each([
    ['no command', [], /import <file.csv>/],
    ['another command', ['destroy'], /import <file.csv>/],
    ['no file', ['import', ...local], /Name one file/],
    ['a file that is not there', ['import', 'no-such.csv', ...local], /no-such\.csv: There is no such file/],
    ['an option that there is not', ['import', 'a.csv', '--force'], /Unknown option '--force'/],
    ['a series that there is not', ['export', '--series', 'none', ...local], new RegExp(first.id)],
    ['a state that there is not', ['export', '--state', 'happy', ...local], /active/],
    ['two places', ['export', '--local', '--stage', 'prod'], /Either --local or --stage/],
    ['a stage that there is not', ['export', '--stage', 'moon'], /There are: dev, prod/],
    [
      'a stage with a placeholder for its key',
      ['export', '--stage', 'prod'],
      /prod\.addressKey is still a placeholder/,
    ],
    ['a cloud that does not run', ['export', '--data', '/nowhere'], /npm start/],
  ])('with %s says so, and ends with 2', async (_, args, message) => {
    const { code, out, err } = await command(...args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toMatch(message)
    expect(err).not.toMatch(/^ +at /m)
  })

  test('tells the sums, and of bad rows their lines but no address', { timeout: 300_000 }, async () => {
    const path = file(`${header},company\nada@example.org,${fair},Acme\nbob@example,${fair},Acme\n`)
    const { code, out, err } = await command('import', path, ...local)
    expect(code).toBe(1)
    expect(out.replace(/ +/g, ' ')).toBe('Enrolled 1\nEnrolled again 0\nUnchanged 0\nRefused 0\nBad rows 1\n')
    expect(err).toContain('Columns that are not used: company.')
    expect(err).toContain('readers.csv:3  email: This does not look like a mail address, such as ada@example.org.')
    expect(out + err).not.toContain('bob@')
    expect(out + err).not.toContain('\u001b')

    const shown = await command('import', path, '--show-rows', '--dry-run', ...local)
    expect(shown.err).toContain('email: bob@example')
    const json = await command('import', path, '--json', ...local)
    expect(
      json.out
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line)),
    ).toMatchObject([
      { line: 3, errors: [{ field: 'email' }] },
      { rows: 2, unchanged: 1, badRows: 1, finished: true },
    ])
    expect(json.out).not.toContain('bob@')
  })

  test('that lost the database says how to go on, and ends with 3', async () => {
    const lost = mkdtempSync(join(folder, 'lost-'))
    const url = `http://127.0.0.1:${(clock.address() as AddressInfo).port}`
    const nobody = 'http://127.0.0.1:9'
    writeEndpoints(lost, { dynamodb: nobody, table: 'requests', services: nobody, publicUrl: url })
    const path = file(`${header}\nada@example.org,${fair}`)
    const { code, out, err } = await command('import', path, '--data', lost)
    expect({ code, out }).toEqual({ code: 3, out: '' })
    expect(err).toContain('Nothing answers at the address of the database. The same command goes on from there.')
    expect(await command('import', path, ...local)).toMatchObject({ code: 0 })
    expect((await command('export', '--data', lost)).code).toBe(3)
  })

  test('exports to the screen and into a file', { timeout: 300_000 }, async () => {
    await subscriptions.create(reader('ada@example.org'), NOW)
    const screen = await command('export', ...local)
    expect(screen).toMatchObject({ code: 0, out: await exported() })
    const to = join(folder, 'out.csv')
    const inFile = await command('export', '--state', 'active', '-o', to, ...local)
    expect(inFile).toMatchObject({ code: 0, out: '' })
    expect(readFileSync(to, 'utf8')).toBe(`\ufeff${screen.out}`)
  })

  test('finds the table of a stage in what its stack says', async () => {
    const asked: string[] = []
    const answers: [status: number, body: string][] = [
      [
        200,
        '<DescribeStacksResponse><DescribeStacksResult><Stacks><member><StackName>interviews-prod</StackName><Outputs><member><OutputKey>Url</OutputKey><OutputValue>u</OutputValue></member><member><OutputKey>Table</OutputKey><OutputValue>prod-table</OutputValue></member></Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>',
      ],
      [
        400,
        '<ErrorResponse><Error><Type>Sender</Type><Code>ValidationError</Code><Message>Stack with id interviews-prod does not exist</Message></Error></ErrorResponse>',
      ],
    ]
    const aws = createServer((request, response) => {
      request.on('data', (chunk) => asked.push(String(chunk)))
      request.on('end', () => {
        const [status, body] = answers.shift() ?? [500, '']
        response.writeHead(status, { 'content-type': 'text/xml' }).end(body)
      })
    })
    await new Promise<void>((done) => aws.listen(0, '127.0.0.1', done))
    vi.stubEnv('AWS_ENDPOINT_URL_CLOUDFORMATION', `http://127.0.0.1:${(aws.address() as AddressInfo).port}`)
    expect(await tableOf('interviews-prod')).toBe('prod-table')
    await expect(tableOf('interviews-prod')).rejects.toThrow(/There is no stack interviews-prod/)
    expect(asked[0]).toContain('StackName=interviews-prod')
    vi.unstubAllEnvs()
    aws.close()
  })
})

test('the pace is that of the rows since the first that was told of', () => {
  const at = pace(10_000)
  expect(at(4_000, 1_000)).toEqual({ speed: '–', left: '–' })
  expect(at(5_000, 2_000)).toEqual({ speed: '1,000', left: '5 s' })
  expect(at(5_000, 101_000)).toEqual({ speed: '10', left: '8 min' })
})

describe('a kill', () => {
  /** 1,920 people, of whom 40 read two series, 20 stand there twice, and 20 rows are bad. */
  const rows = Array.from({ length: 2000 }, (_, index) => {
    if (index % 100 === 7) return `nobody-${index},${fair},`
    if (index % 100 === 50) return `reader-${index - 40}@example.org,${fair},${first.id}`
    if (index % 50 === 31) return `reader-${index - 1}@example.org,${fair},${second.id}`
    return `reader-${index}@example.org,${fair},`
  })
  const progress = join(folder, 'readers.csv.progress')
  const lineOf = (): number => {
    try {
      return JSON.parse(readFileSync(progress, 'utf8').split('\n')[0] ?? '').line
    } catch {
      return 0
    }
  }
  const at = async (line: number): Promise<void> => {
    while (lineOf() < line) await new Promise((done) => setTimeout(done, 5))
  }

  test('loses nobody and counts nobody twice, whenever it comes', { timeout: 300_000 }, async () => {
    const path = file(`${header},series\n${rows.join('\n')}\n`)
    for (const [line, signal, code] of [
      [200, 'SIGKILL', null],
      [800, 'SIGKILL', null],
      [1400, 'SIGTERM', 130],
    ] as const) {
      const { child, ended } = start('import', path, '--json', ...local)
      await at(line)
      child.kill(signal)
      expect((await ended).code).toBe(code)
      expect(lineOf()).toBeGreaterThanOrEqual(line)
      expect(lineOf()).toBeLessThan(2001)
    }
    const { code, out } = await command('import', path, '--json', ...local)
    const lines = out
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines).toHaveLength(21)
    expect(lines.at(-1)).toEqual({
      file: 'readers.csv',
      dryRun: false,
      rows: 2000,
      enrolled: 1960,
      enrolledAgain: 0,
      unchanged: 20,
      refused: 0,
      badRows: 20,
      finished: true,
    })
    expect(code).toBe(1)
    expect(existsSync(progress)).toBe(false)
    const found = await all()
    expect(found).toHaveLength(1960)
    for (const { others, version, series, email } of found) {
      const isTwo = found.filter((other) => other.email === email).length === 2
      expect({ email, others, version }).toEqual({
        email,
        others: isTwo ? true : undefined,
        version: isTwo && series === first.id ? 2 : 1,
      })
    }
  })
})
