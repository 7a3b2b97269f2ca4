import { afterAll, beforeAll, expect, test, vi } from 'vitest'
import { stages } from '../infra/stages.ts'
import type { MailDue } from '../shared/mail-due.ts'
import { type House, openHouse } from './house.ts'
import { confirmed } from './people.ts'

vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

const NOW = '2026-11-23T15:00:00.000Z'

let house: House
let ledger: typeof import('../shared/aws/ledger.ts')
let requests: typeof import('../shared/aws/requests.ts')
beforeAll(async () => {
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => {})
  house = await openHouse(stages.dev, NOW)
  ledger = await import('../shared/aws/ledger.ts')
  requests = await import('../shared/aws/requests.ts')
})
afterAll(() => house.close())

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
  await house.functions.planMail({
    Records: [{ dynamodb: { Keys: { pk: stored?.pk, sk: stored?.sk }, OldImage: stored } }],
  } as never)
  expect((await ledger.rowsOf(request.id)).map(({ occurrence }) => occurrence)).toEqual(['new'])
})
