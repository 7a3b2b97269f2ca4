import { readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { stages } from '../infra/stages.ts'
import { table } from '../shared/names.ts'
import { mailboxOf, personId } from '../shared/person.ts'
import { runCommand } from './command-line.ts'
import { storedIn } from './stored.ts'
import { adasForm, begin, openTraveller, subscribe, type Traveller } from './traveller.ts'

/** What of a person is left on this machine: in the table, in all that waits, in the mail store, and in the files. */

const AT = '2026-11-23T14:00:02Z'
/** The pages say “at once”. So long, on the clock of the cloud, the stream may take for what hangs on an erased item. */
const PROMISED_SECONDS = 1
const { addressKey, retention } = stages.dev

let traveller: Traveller
beforeAll(async () => {
  traveller = await openTraveller(AT, inject('assembly'))
  // Where `npm start` puts what it has synthesized.
  symlinkSync(inject('assembly'), join(traveller.dataDir, 'cloud'))
})
afterAll(() => traveller.close())

const surfaces = ['mail', 'data', 'index', 'schedules', 'dead-letters'] as const
const shown = async (surface: (typeof surfaces)[number]): Promise<string> =>
  surface === 'index'
    ? JSON.stringify(await storedIn(traveller.dataDir, table.dueIndex.name))
    : (await traveller.call(`/_local/${surface}`, { headers: { accept: 'application/json' } })).text

/** Each file in which one of these words stands, with the word. */
const filesWith = (words: string[], skip: RegExp): string[] =>
  readdirSync(traveller.dataDir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !skip.test(entry.name) && !skip.test(entry.parentPath))
    .flatMap(({ parentPath, name }) => {
      const bytes = readFileSync(join(parentPath, name))
      return words.filter((word) => bytes.includes(word)).map((word) => `${name}: ${word}`)
    })

/** The database's own file: its stream holds what an item was for a day, there as on AWS. */
const DATABASE = /^tables\.sqlite/

const idsOf = (email: string): string[] => {
  const mailbox = mailboxOf(email)
  return [email, personId(email, addressKey), ...(mailbox ? [mailbox] : [])]
}

/** A request with all its words, and tips, with a letter about her among the dead ones. */
const live = async (email: string, words: string) => {
  const request = await begin(traveller, {
    seekerEmail: email,
    seekerName: `${words} Seeker`,
    contactName: `${words} Contact`,
    organization: `${words} House`,
    topic: `${words} topic`,
  })
  const outcomes = (fault: object) => traveller.json('/_local/faults', { function: 'record-outcome', ...fault })
  expect((await outcomes({ does: 'crash', for: 1000 })).status).toBe(200)
  await request.tell('sent')
  await request.tell('replied')
  await request.tell('scheduled', { start: '2026-12-08T15:00', place: `${words} place` })
  await traveller.move({ advance: 'PT10M' })
  await outcomes({ does: 'ok' })
  const reader = await subscribe(traveller, { email, firstName: words })
  return { ...request, reader, email, words }
}

const ops = (...args: string[]) => runCommand('ops/ops.ts', [...args, '--data', traveller.dataDir], { env: {} })

const erase = async (...paths: string[]) => {
  for (const path of paths) expect((await traveller.call(path, { method: 'POST' })).status).toBe(200)
}

describe('somebody who has everything erased', () => {
  test('is nowhere on this machine a second later: tables, schedules, queues, mails, dead letters, files', async () => {
    const ada = await live('ada.gone+talks@example.org', 'ERASED')
    const bea = await live('bea.stays@example.org', 'STAYING')
    const before = JSON.parse(await shown('mail')) as { at: string; to: string[] }[]
    for (const surface of surfaces) expect(await shown(surface), surface).toContain(ada.id)
    for (const surface of ['mail', 'data', 'dead-letters'] as const) expect(await shown(surface)).toContain(ada.email)
    expect(filesWith([ada.email, ada.words], DATABASE)).not.toEqual([])

    await erase(ada.reader.preferences.replace(/preferences$/, 'erase'), `${ada.page}/erase`)
    await traveller.move({ advance: `PT${PROMISED_SECONDS}S` })

    const [, hash = ''] = idsOf(ada.email)
    const marks = [...idsOf(ada.email).filter((mark) => mark !== hash), ada.id, ada.words]
    for (const surface of surfaces) for (const mark of marks) expect(await shown(surface), surface).not.toContain(mark)
    const data = JSON.parse(await shown('data')) as { items: { pk: string }[] }[]
    expect(data.flatMap(({ items }) => items).filter(({ pk }) => pk.includes(hash))).toEqual([
      { pk: `PERSON#${hash}`, sk: 'PERSON', tipsErasedAt: expect.any(String) },
    ])
    for (const surface of ['mail', 'schedules', 'dead-letters'] as const)
      expect(await shown(surface), surface).not.toContain(hash)
    expect(filesWith([ada.email, ada.words], DATABASE)).toEqual([])
    expect(traveller.logged()).toContain(ada.id)

    // Each mail is still listed, with when it went; those to others as they were.
    const after = JSON.parse(await shown('mail')) as typeof before
    expect(after.map(({ at }) => at)).toEqual(before.map(({ at }) => at))
    expect(after.filter(({ to }) => !to.includes('erased@example.invalid'))).toEqual(
      before.filter(({ to }) => !to.includes(ada.email)),
    )
    for (const surface of surfaces) expect(await shown(surface), surface).toContain(bea.id)
    await traveller.move({ advance: 'P30D' })
    expect(JSON.stringify((await traveller.mails()).slice(after.length))).not.toContain(ada.email)
    await erase(bea.reader.preferences.replace(/preferences$/, 'erase'), `${bea.page}/erase`)
  })

  test('by an operator takes her mails along, of what was never confirmed as well', async () => {
    const email = 'cleo.gone@example.org'
    await begin(traveller, { seekerEmail: email, contactName: 'OPERATED Contact' })
    await traveller.json('/requests', { ...adasForm, seekerEmail: email, contactName: 'OPERATED Stranger' })
    await traveller.settle()
    for (const surface of ['mail', 'data'] as const) expect(await shown(surface)).toContain(email)
    expect(await ops('erase', '--email', email, '--yes')).toMatchObject({ code: 0, err: '' })
    for (const surface of surfaces) expect(await shown(surface), surface).not.toMatch(/cleo\.gone|OPERATED/)
    expect(filesWith([email, 'OPERATED'], DATABASE)).toEqual([])
  })
})

test('a contact who wants to be forgotten is in nothing that anybody typed, and in no mail that comes afterwards', async () => {
  const name = 'Katherine Johnson'
  const hers = await begin(traveller, { seekerEmail: 'dora@example.org', contactName: 'Johnson, Dr. KATHERINE' })
  const words = (field: string) => `${field} of ${name.toUpperCase()}, ${name}’s`
  const other = await begin(traveller, {
    seekerEmail: 'eve@example.org',
    introduction: words('introduction'),
    contactName: 'Dorothy Vaughan',
    contactRole: words('role'),
    organization: words('organization'),
    connection: words('connection'),
    topic: words('topic'),
  })
  await other.tell('sent')
  await other.tell('replied')
  const { now } = (await traveller.call('/_local/clock')).json
  const day = (days: number) => new Date(Date.parse(now) + days * 86_400_000).toISOString().slice(0, 10)
  await other.tell('scheduled', { start: `${day(5)}T15:00`, place: words('place') })
  await traveller.move({ advance: 'P6D' })
  const told = { learned: words('learned'), promised: words('promised'), promisedBy: day(16), names: words('names') }
  expect((await other.tell('met', told)).status).toBe(200)
  const before = (await traveller.mails()).length
  expect(JSON.stringify(await traveller.mails('eve@example.org'))).toContain(name)

  const contact = ['forget-contact', '--name', name]
  expect(await ops(...contact, '--yes')).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^Forgotten: 1 request .* 1 other/),
  })
  await traveller.settle()
  const isThere = /katherine|johnson/i
  for (const surface of ['data', 'schedules', 'dead-letters'] as const)
    expect(await shown(surface)).not.toMatch(isThere)
  expect((await traveller.call(hers.page)).status).toBe(404)
  expect(JSON.stringify(await traveller.mails('dora@example.org'))).not.toMatch(isThere)
  expect((await traveller.call(`${other.page}/export`)).json.requests[0]).toMatchObject({
    contact: { name: 'Dorothy Vaughan', role: 'role of [name removed], [name removed]’s' },
    outcome: { names: 'names of [name removed], [name removed]’s' },
  })
  await other.tell('thanked')
  await traveller.move({ advance: 'P30D' })
  const afterwards = (await traveller.mails()).slice(before).filter(({ to }) => to.includes('eve@example.org'))
  expect(afterwards.map(({ tags }) => tags.mail)).toEqual(expect.arrayContaining(['refer', 'close-the-loop']))
  expect(JSON.stringify(afterwards)).not.toMatch(isThere)
  expect((await ops(...contact, '--yes')).code).toBe(1)
  await erase(`${other.page}/erase`)
})

type Kept = { what: string; days: number; make: (email: string, words: string) => Promise<string[]> }
const kept: Kept[] = [
  {
    what: 'a request that nobody confirmed',
    days: retention.unconfirmedDays,
    make: async (seekerEmail, words) => {
      const { json } = await traveller.json('/requests', { ...adasForm, seekerEmail, contactName: `${words} Contact` })
      return [words, json.id]
    },
  },
  {
    what: 'a request that was closed',
    days: retention.closedDays,
    make: async (seekerEmail, words) => {
      const { id, tell } = await begin(traveller, { seekerEmail, contactName: `${words} Contact` })
      await tell('closed')
      return [words, id, '"MAIL#draft#1"']
    },
  },
  {
    what: 'a request of which nothing was heard',
    days: retention.idleDays,
    make: async (seekerEmail, words) => {
      const { id } = await begin(traveller, { seekerEmail, contactName: `${words} Contact` })
      return [words, id, '"MAIL#draft#1"']
    },
  },
  {
    what: 'a series that nobody confirmed',
    days: 3,
    make: async (email, words) => {
      expect((await traveller.json('/subscriptions', { email, firstName: words })).status).toBe(202)
      return [words]
    },
  },
  {
    what: 'a series that was left',
    days: retention.closedDays,
    make: async (email, words) => {
      const { unsubscribe } = await subscribe(traveller, { email, firstName: words })
      expect((await traveller.call(unsubscribe, { method: 'POST' })).status).toBe(200)
      return [words]
    },
  },
]

test.each(kept)(
  'what is over is deleted when its time has come, with its ledger: $what',
  async ({ what, days, make }) => {
    const [email, words] = [`${what.replaceAll(' ', '.')}@example.org`, 'OUTLIVED']
    const marks = [email, ...(await make(email, words))]
    await traveller.settle()
    await traveller.move({ advance: `P${days - 1}D` })
    for (const mark of marks) expect(await shown('data')).toContain(mark)
    // The database deletes within two days what has expired; the local cloud, once a day.
    await traveller.move({ advance: 'P3D' })
    for (const surface of ['data', 'index', 'schedules'] as const)
      for (const mark of marks) expect(await shown(surface), surface).not.toContain(mark)
  },
)
