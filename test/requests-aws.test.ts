import { describe, expect, test } from 'vitest'
import { record, statesFor } from '../shared/events.ts'
import { mailKey } from '../shared/plan.ts'
import { calls, claimed, fresh, LATER, ledger, NOW, people, requests, table, waiting, withPart } from './aws-kit.ts'
import { staleReads } from './calls.ts'
import { confirmed, having, stage } from './people.ts'

describe('a request in the table', () => {
  test('is found as it was stored, with its ledger', async () => {
    const { request, mail } = await waiting()
    const file = await requests.find(request.id, NOW)
    expect(file?.request).toEqual(request)
    expect(file?.mails).toMatchObject([{ mail: mail.mail, state: 'planned', dueAt: mail.dueAt, attempts: 0 }])
  })

  test('is found without what a newer version has planned, that was taken back since', async () => {
    const { request, mail } = await waiting()
    await ledger.plan({ ...mail, mail: 'of-a-newer-version' as never }, NOW)
    expect(await ledger.rowsOf(request.id)).toHaveLength(2)
    expect((await requests.find(request.id, NOW))?.mails).toMatchObject([{ mail: mail.mail }])
  })

  test('stored a second time under its id is not overwritten: the first one answers', async () => {
    const request = fresh()
    await requests.create(request)
    expect(await requests.create({ ...request, topic: 'something else' })).toEqual(request)
  })

  test('sent in again under the id of one that has expired is a new one, and the database tells of the end of the old one', async () => {
    const old = { ...fresh(), expiresAt: Date.parse(NOW) / 1000, secret: 'old' }
    await requests.create(old)
    const again = (at: string) => ({
      ...old,
      secret: at,
      history: [{ event: 'requested' as const, at }],
      expiresAt: 4_000_000_000,
    })
    const early = again('2026-11-23T14:59:59.999Z')
    expect(await requests.create(early)).toEqual(old)
    calls.asked.length = 0
    expect(await requests.create(again(NOW))).toEqual(again(NOW))
    expect(calls.asked.map(({ command }) => command)).toEqual(['PutItemCommand', 'DeleteItemCommand', 'PutItemCommand'])
    expect((await requests.find(old.id, NOW))?.request).toEqual(again(NOW))
  })

  test('sent in again is not what an older write or an erasure is about', async () => {
    const old = fresh()
    await requests.create(old)
    await requests.erase(old)
    const again = { ...old, secret: 'another' }
    await requests.create(again)
    expect(await requests.save({ ...old, version: old.version + 1 }, [old.state])).toBe(false)
    await requests.erase(old)
    expect((await requests.find(old.id, NOW))?.request).toEqual(again)
    await requests.erase(again)
    await requests.erase(again)
    expect(await requests.find(old.id, NOW)).toBeUndefined()
  })

  test('is gone once its time to live has passed, before the database deletes it', async () => {
    const request = { ...fresh(), expiresAt: Date.parse(NOW) / 1000 + 60 }
    await requests.create(request)
    expect(await requests.find(request.id, '2026-11-23T15:00:59.999Z')).toBeDefined()
    expect(await requests.find(request.id, '2026-11-23T15:01:00.000Z')).toBeUndefined()
  })

  test('takes one of two changes that were decided on the same version', async () => {
    const request = fresh()
    await requests.create(request)
    const one = having(request, ['sent', NOW])
    const other = having(request, ['closed', NOW])
    expect(await requests.save(one, statesFor('sent'))).toBe(true)
    expect(await requests.save(other, statesFor('closed'))).toBe(false)
    expect((await requests.find(request.id, NOW))?.request.state).toBe('sent')
    expect(await requests.versionOf(request.id)).toBe(3)
  })

  test('written twice, because the first answer was lost, is written once', async () => {
    const request = fresh()
    await requests.create(request)
    const sent = having(request, ['sent', NOW])
    expect(await requests.save(sent, statesFor('sent'))).toBe(true)
    expect(await requests.save(sent, statesFor('sent'))).toBe(true)
    expect((await requests.find(request.id, NOW))?.request).toEqual(sent)
  })

  test('refuses a move that its state does not allow, whatever was decided elsewhere', async () => {
    const request = fresh({ ...confirmed, state: 'closed' })
    await requests.create(request)
    const forged = { ...request, state: 'sent' as const, version: request.version + 1 }
    expect(await requests.save(forged, statesFor('sent'))).toBe(false)
  })

  test('is read as it stands at this moment, with its rows and its person', async () => {
    const { request, mail } = await waiting()
    calls.asked.length = 0
    await requests.find(request.id, NOW)
    await requests.versionOf(request.id)
    await ledger.rowsOf(request.id)
    await people.find(request.person)
    for await (const row of ledger.dueBefore('2027-01-01T00:00:00.000Z')) if (row.requestId === mail.requestId) break
    expect(calls.asked.length).toBeGreaterThan(5)
    expect(staleReads(calls.asked)).toEqual([])
  })

  test('is whole, and its ledger, however many pages of the database it takes', async () => {
    const { mail, alone } = await withPart()
    calls.pageOf = 1
    const names = [mail, alone].map(mailKey).sort()
    expect((await ledger.rowsOf(mail.requestId)).map(mailKey).sort()).toEqual(names)
    const file = await requests.find(mail.requestId, NOW)
    expect(file?.request.id).toBe(mail.requestId)
    expect(file?.mails.map(mailKey).sort()).toEqual(names)
  })

  test('erased leaves nothing behind once its ledger is cleared', async () => {
    const { request } = await claimed()
    await requests.erase(request)
    for (const row of await ledger.rowsOf(request.id)) await ledger.remove(row)
    expect((await table.items()).filter((item) => JSON.stringify(item.pk).includes(request.id))).toEqual([])
    expect(await requests.versionOf(request.id)).toBeUndefined()
  })
})

test('a confirmed request that is put to rest is known to the database as such', async () => {
  const request = fresh(having(confirmed, ['sent', NOW]))
  await requests.create(request)
  const rested = record(request, 'rested', { now: LATER, retention: stage.retention })
  expect(rested && (await requests.save(rested, ['sent']))).toBe(true)
  expect((await requests.find(request.id, LATER))?.request).toMatchObject({ state: 'no-response' })
})
