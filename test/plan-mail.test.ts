import { afterAll, afterEach, beforeAll, describe, expect, test, vi } from 'vitest'
import { stages } from '../infra/stages.ts'
import type { Item } from '../shared/aws/database.ts'
import type { MailDue } from '../shared/mail-due.ts'
import type { InterviewRequest } from '../shared/request.ts'
import { type House, openHouse } from './house.ts'
import { confirmed, having } from './people.ts'
import { ada, weekly } from './readers.ts'

vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

const NOW = '2026-11-23T15:00:00.000Z'

let house: House
let ledger: typeof import('../shared/aws/ledger.ts')
let people: typeof import('../shared/aws/people.ts')
let requests: typeof import('../shared/aws/requests.ts')
let subscriptions: typeof import('../shared/aws/subscriptions.ts')
/** Done once, when a planner has decided, and before its first write that looks at what it has decided from. */
let beforeTheWrite: (() => Promise<unknown>) | undefined
beforeAll(async () => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => {})
  house = await openHouse(stages.dev, NOW)
  ledger = await import('../shared/aws/ledger.ts')
  people = await import('../shared/aws/people.ts')
  requests = await import('../shared/aws/requests.ts')
  subscriptions = await import('../shared/aws/subscriptions.ts')
  house.database.middlewareStack.add(
    (next, { commandName }) =>
      async (args) => {
        const work = commandName === 'TransactWriteItemsCommand' ? beforeTheWrite : undefined
        if (work) beforeTheWrite = undefined
        await work?.()
        return next(args)
      },
    { step: 'initialize' },
  )
})
afterAll(() => house.close())

/** Lambda hands over one change; whether it has to come again. */
const changed = async (image: { NewImage?: Item; OldImage?: Item }): Promise<boolean> => {
  const { pk, sk } = image.NewImage ?? image.OldImage ?? {}
  const { batchItemFailures } = await house.functions.planMail({
    Records: [{ dynamodb: { Keys: { pk, sk }, ...image } }],
  } as never)
  return batchItemFailures.length > 0
}
const isOf = (id: string) => (item: Item) => item.pk?.S === `REQUEST#${id}` && item.sk?.S === 'REQUEST'
const told = async ({ id }: InterviewRequest): Promise<boolean> =>
  changed({ NewImage: (await house.items()).find(isOf(id)) ?? expect.unreachable() })

/** A request of this person, confirmed and planned. */
const hers = async (person: string, id: string): Promise<InterviewRequest> => {
  const own = { ...confirmed, id, person }
  await requests.create(own)
  await people.hold(person, id)
  await people.verify(person, id, NOW)
  expect(await told(own)).toBe(false)
  return own
}

const ring = ({ requestId, mail, occurrence }: MailDue) =>
  house.functions.sendMail({
    Records: [{ messageId: 'm', body: JSON.stringify({ requestId, mail, occurrence }) }],
  } as never)

test('a part whose mail nobody gets comes by itself, if anybody wants it by then', async () => {
  const { id, confirm, page, stop } = await house.begin({ seekerEmail: 'parts@example.org' })
  await house.settle()
  await house.call('POST', confirm)
  await house.settle()
  const tell = { body: { event: 'scheduled', start: '2026-11-24T15:00' } }
  expect((await house.call('POST', `${page}/events`, tell)).statusCode).toBe(200)
  await house.tell()
  const rows = async () =>
    (await ledger.rowsOf(id)).filter(({ state, mail }) => state !== 'sent' && !/^thank/.test(mail))
  expect((await rows()).map(({ mail, state }) => `${mail} ${state}`).sort()).toEqual([
    'day-before planned',
    'invitation planned',
    'prepare planned',
  ])
  const [part = expect.unreachable()] = (await rows()).filter(({ mail }) => mail === 'prepare')
  // It waits for the one that is to take it along.
  await ring(part)
  expect(await rows()).toHaveLength(3)
  // She stops everything, the invitation is due in that moment, and she takes it back.
  const asForm = { headers: { 'content-type': 'application/x-www-form-urlencoded' } }
  expect((await house.call('POST', `${stop}-everything`, asForm)).statusCode).toBe(200)
  await house.deliver()
  expect((await rows()).find(({ mail }) => mail === 'invitation')?.state).toBe('skipped')
  expect((await house.call('POST', `${stop}-everything`, { ...asForm, body: 'undo=on' })).statusCode).toBe(200)
  house.services.mails.length = 0
  await ring(part)
  expect(house.services.mails.map(({ to }) => to)).toEqual(['parts@example.org'])
  expect((await ledger.rowsOf(id)).find(({ mail }) => mail === 'prepare')).toMatchObject({
    state: 'sent',
    merged: [{ mail: 'day-before' }],
  })
})

test('of a request that was erased and sent in again what belongs to the first goes, however lately it was touched', async () => {
  const request = { ...confirmed, id: '01JDTWICE00000000000000000' }
  const earlier = '2026-11-20T15:00:00.000Z'
  await requests.create(request)
  const of = (occurrence: string) => ({ requestId: request.id, mail: 'draft' as const, occurrence })
  await ledger.drop(of('old'), 'a test', earlier)
  await ledger.drop(of('touched'), 'a test', NOW)
  await ledger.drop(of('new'), 'a test', NOW)
  const item = async (name: string) =>
    (await house.items()).find(({ sk }) => sk?.S === `MAIL#draft#${name}`) ?? expect.unreachable()
  // An event of SES came of what went out for the first one.
  await house.write(await item('touched'), 'since', { N: String(Date.parse(earlier)) })
  await house.write(await item('new'), 'since', { N: String(Date.parse('2026-11-23T14:00:00.000Z')) })
  const stored = (await house.items()).find(({ pk, sk }) => pk?.S === `REQUEST#${request.id}` && sk?.S === 'REQUEST')
  expect(await changed({ OldImage: stored ?? expect.unreachable() })).toBe(false)
  expect((await ledger.rowsOf(request.id)).map(({ occurrence }) => occurrence)).toEqual(['new'])
})

describe('while a planner is at work', () => {
  const aWeekLater = '2026-12-01T15:00:00.000Z'
  afterEach(() => {
    expect(beforeTheWrite).toBeUndefined()
    vi.setSystemTime(NOW)
  })

  test.each([
    ['that waited', true],
    ['that never had a row', false],
  ])('the end of a mail %s, and that is in time again, is not written', async (_which, waited) => {
    const own = { ...confirmed, id: `01JDPLANEND00000000000000${waited ? 1 : 2}`, person: `ends-${waited}` }
    await requests.create(own)
    if (waited) expect(await told(own)).toBe(false)
    vi.setSystemTime('2026-11-28T15:00:00.000Z')
    // Her word that it should wait is two days old when it comes.
    const paused = having(own, ['paused', '2026-11-25T16:00:00.000Z', { until: '2026-12-13' }])
    beforeTheWrite = () => requests.save(paused, ['drafted'])
    expect(await told(own)).toBe(true)
    const reminder = async () => (await ledger.rowsOf(own.id)).find(({ occurrence }) => occurrence === '1-1')
    expect((await reminder())?.state).toBe(waited ? 'planned' : undefined)
    expect(await told(own)).toBe(false)
    expect(await reminder()).toMatchObject({ state: 'planned', dueAt: '2026-12-14T13:30:00.000Z' })
  })

  test('another request of hers changes: what was decided without that is decided anew', async () => {
    const own = await hers('plans-two', '01JDPLANTWO00000000000000A')
    const other = await hers('plans-two', '01JDPLANTWO00000000000000B')
    expect(await told(own)).toBe(false)
    const rows = () => ledger.rowsOf(own.id)
    const before = await rows()
    // A mail that no plan holds, and one that every plan does.
    const stale = { requestId: own.id, mail: 'widen' as const, occurrence: 'stale' }
    const times = { dueAt: aWeekLater, latestAt: aWeekLater, lane: 'nudge' as const, merged: [], why: '' }
    await ledger.plan({ ...stale, ...times }, NOW)
    const change = (minutes: number, version: number) => () =>
      requests.save({ ...other, minutes, version: other.version + version }, ['drafted'])
    beforeTheWrite = change(30, 1)
    expect(await told(own)).toBe(true)
    expect(await rows()).toHaveLength(before.length + 1)
    const [planned = expect.unreachable()] = before.filter(({ state }) => state === 'planned')
    expect(await ledger.withdraw(planned, NOW)).toBe(true)
    beforeTheWrite = change(45, 2)
    expect(await told(own)).toBe(true)
    expect(await rows()).toHaveLength(before.length)
    expect(await told(own)).toBe(false)
    expect((await rows()).map(({ mail, occurrence }) => `${mail} ${occurrence}`).sort()).toEqual(
      before.map(({ mail, occurrence }) => `${mail} ${occurrence}`).sort(),
    )
  })
})

test('the alarm of a mail that nobody wants any more goes before its row, by which alone it is known', async () => {
  const own = await hers('alarms', '01JDALARMS0000000000000000')
  const alarms = () => [...house.services.alarms.keys()].filter((name) => name.startsWith(own.id))
  const before = alarms().length
  expect(before).toBeGreaterThan(0)
  const closed = having(own, ['closed', NOW])
  await requests.save(closed, ['drafted'])
  const rows = async () =>
    (await ledger.rowsOf(own.id)).map(({ mail, occurrence }) => `${own.id}-${mail}-${occurrence}`)
  // The draft first, which is due and has no alarm; then it dies with the alarm of the next one taken off.
  beforeTheWrite = async () => {
    beforeTheWrite = async () => {
      throw new Error('It dies here')
    }
  }
  expect(await told(closed)).toBe(true)
  expect(alarms()).toHaveLength(before - 1)
  expect(await rows()).toEqual(expect.arrayContaining(alarms()))
  expect(await told(closed)).toBe(false)
  expect(alarms()).toEqual([])
  expect((await ledger.rowsOf(own.id)).filter(({ state }) => state === 'planned')).toEqual([])
})

describe('the last of what was hers', () => {
  const ends = { erased: Date.parse(NOW) / 1000 + 1, 'at its end': Date.parse(NOW) / 1000 }
  const asked = { L: [{ S: NOW }] }
  let count = 0
  /** Known by one request, which is gone, and was confirmed or asked about. */
  const known = async (by: 'confirmed' | 'asked'): Promise<{ person: string; id: string }> => {
    count += 1
    const [person, id] = [`last-${count}`, `01JDPLANLAST000000000000${count}`.slice(0, 26)]
    await requests.create({ ...confirmed, id, person })
    await people.hold(person, id)
    if (by === 'confirmed') await people.verify(person, id, NOW)
    await house.write({ pk: { S: `PERSON#${person}` }, sk: { S: 'PERSON' } }, 'confirmations', asked)
    await requests.erase({ id })
    return { person, id }
  }
  const left = async (person: string) => {
    const item = (await house.items()).find(({ pk, sk }) => pk?.S === `PERSON#${person}` && sk?.S === 'PERSON')
    return item && Object.keys(item).sort()
  }
  const isKept = ['confirmations', 'pk', 'sk']

  test.each([
    ['a request', 'erased', 'confirmed', undefined],
    ['a request', 'erased', 'asked', undefined],
    ['a request', 'at its end', 'confirmed', undefined],
    ['a request', 'at its end', 'asked', isKept],
    ['a series', 'erased', 'confirmed', undefined],
    ['a series', 'erased', 'asked', undefined],
    ['a series', 'at its end', 'confirmed', undefined],
    ['a series', 'at its end', 'asked', isKept],
  ] as const)('is %s, %s, of an address that was %s', async (what, how, by, stays) => {
    const { person, id } = await known(by)
    const expiresAt = ends[how]
    if (what === 'a series') await people.forget(person, id)
    const gone =
      what === 'a request'
        ? { pk: { S: `REQUEST#${id}` }, sk: { S: 'REQUEST' }, id: { S: id } }
        : { pk: { S: `PERSON#${person}` }, sk: { S: 'SERIES#weekly' }, series: { S: 'weekly' } }
    expect(await changed({ OldImage: { ...gone, person: { S: person }, expiresAt: { N: String(expiresAt) } } })).toBe(
      false,
    )
    expect(await left(person)).toEqual(stays)
  })

  test('was a series without an end, which is erased', async () => {
    const { person, id } = await known('asked')
    await people.forget(person, id)
    const OldImage = { pk: { S: `PERSON#${person}` }, sk: { S: 'SERIES#weekly' }, person: { S: person } }
    expect(await changed({ OldImage })).toBe(false)
    expect(await left(person)).toBeUndefined()
  })

  test('it is not, while she reads something', async () => {
    const { person, id } = await known('confirmed')
    const { keep } = await import('../shared/aws/editions.ts')
    await keep(weekly)
    await subscriptions.create({ ...ada, person }, NOW)
    const OldImage = { pk: { S: `REQUEST#${id}` }, sk: { S: 'REQUEST' }, id: { S: id }, person: { S: person } }
    expect(await changed({ OldImage: { ...OldImage, expiresAt: { N: String(ends.erased) } } })).toBe(false)
    expect(await left(person)).toEqual(['confirmations', 'pk', 'sk', 'verifiedAt'])
  })
})
