import { TransactionCanceledException } from '@aws-sdk/client-dynamodb'
import { describe, expect, test } from 'vitest'
import { mayConfirm } from '../shared/person.ts'
import {
  calls,
  DAY,
  first,
  firstMailOf,
  fresh,
  goes,
  holds,
  LATER,
  ledger,
  NOW,
  people,
  requests,
  subscriptions,
  table,
  verified,
  waiting,
} from './aws-kit.ts'
import { ada, stage } from './people.ts'
import { ada as reader } from './readers.ts'

describe('a person', () => {
  test('who has erased the last of what was hers leaves her no behind, or nothing', async () => {
    const known = async (id: string) => {
      const item = (await table.items()).find(({ pk }) => pk?.S === `PERSON#${id}`)
      return item && Object.keys(item).sort()
    }
    const counts = ['pk', 'sk', 'softBounce', 'softBounces', 'softPart', 'verifiedAt']
    const [nobody, refuses, stops, asks, waits] = ['gone-1', 'gone-2', 'gone-3', 'gone-4', 'gone-5'] as const
    for (const id of [nobody, refuses, stops, asks, waits]) {
      await verified(id, NOW, async (requestId) =>
        expect(await people.countSoftBounce(id, 'message-1', { requestId })).toBe(1),
      )
      expect(await known(id)).toEqual(counts)
    }
    await people.refuseTips(refuses, NOW)
    await people.suppress(stops, 'bounce', NOW)
    await holds(asks, 'a')
    expect(await people.verify(asks, 'a', NOW)).toBe(true)
    await holds(waits, 'a')
    for (const id of [nobody, refuses, stops, asks, waits]) await people.forgetAll(id)
    expect(await known(nobody)).toBeUndefined()
    expect(await known(refuses)).toEqual(['pk', 'sk', 'tipsRefusedAt'])
    expect(await known(stops)).toEqual(['pk', 'sk', 'stops', 'suppressedAt', 'suppressedBecause'])
    expect(await known(asks)).toEqual([...counts, 'requests'].sort())
    expect(await known(waits)).toEqual([...counts, 'held'].sort())
  })

  test('whose last request has come to its end by itself is forgotten, but for what the caps need', async () => {
    const counted = async (id: string) => {
      const { id: _id, requests: _requests, held: _held, ...rest } = await people.find(id)
      return rest
    }
    const [stranger, hers] = ['ended-1', 'ended-2'] as const
    for (const id of [stranger, hers]) {
      expect(await asks(id, NOW)).toBe('claimed')
      const [request = ''] = (await people.find(id)).requests
      if (id === hers) await people.verify(id, request, NOW)
      await goes(id, request)
    }
    const before = await counted(stranger)
    for (const id of [stranger, hers]) await people.forgetAll(id, { butCaps: true })
    expect(await counted(stranger)).toEqual(before)
    expect(before).toEqual({ confirmations: [NOW], lastMailOn: DAY })
    expect(await counted(hers)).toEqual({ confirmations: [] })
    // Brought here by an operator, and never asked to confirm.
    await holds('ended-3', 'bounces')
    await people.countSoftBounce('ended-3', 'message-1', { requestId: 'bounces' })
    await goes('ended-3', 'bounces')
    await people.forgetAll('ended-3', { butCaps: true })
    expect(await counted('ended-3')).toEqual({ confirmations: [] })
    await people.forgetAll(stranger)
    expect(await counted(stranger)).toEqual({ confirmations: [] })
  })

  test('is not written of because of what is gone, or is not hers', async () => {
    await people.hold('unknown', 'gone')
    expect(await people.countSoftBounce('unknown', 'message-1', { requestId: 'gone' })).toBe(0)
    expect(await people.countSoftBounce('unknown', 'message-1', { series: 'weekly', part: 2 })).toBe(0)
    // Nor because of what is somebody else's: behind an alias there may be more than one.
    const { id: requestId } = (await waiting()).request
    expect(await people.countSoftBounce('alias', 'message-1', { requestId })).toBe(0)
    expect((await table.items()).filter(({ pk }) => pk?.S === 'PERSON#alias')).toEqual([])
    expect(await people.release('unknown', { suppressedAt: NOW, stops: 1 })).toBe(true)
    await people.welcomeTips('unknown', NOW)
    await people.forgetSoftBounces('unknown')
    await people.forgetAll('unknown')
    await people.forgetAll('unknown', { butCaps: true })
    expect((await table.items()).filter(({ pk }) => pk?.S === 'PERSON#unknown')).toEqual([])
  })

  const asks = async (person: string, now: string) => {
    const request = { ...fresh(ada), person }
    await requests.create(request)
    const mail = firstMailOf(request)
    await ledger.plan(mail, now)
    const known = await people.find(person)
    const confirmations = mayConfirm(known, stage.caps, now)
    return confirmations
      ? ledger.claim(mail, { ...first, person: known, day: now.slice(0, 10), now, confirmations })
      : 'capped'
  }

  test('who has not confirmed gets one confirmation a day and three ever', async () => {
    const answers = []
    for (const day of ['01', '01', '02', '03', '04', '05'])
      answers.push(await asks('stranger', `2026-12-${day}T10:00:00.000Z`))
    expect(answers).toEqual(['claimed', 'capped', 'claimed', 'claimed', 'capped', 'capped'])
    expect((await people.find('stranger')).requests).toHaveLength(3)
  })

  test('who has confirmed once may ask for several on one day', async () => {
    await asks('known', '2026-12-01T10:00:00.000Z')
    await verified('known', '2026-12-01T10:05:00.000Z')
    const answers = []
    for (let minute = 10; minute < 16; minute += 1) answers.push(await asks('known', `2026-12-01T10:${minute}:00.000Z`))
    expect(answers).toEqual(['claimed', 'claimed', 'claimed', 'claimed', 'capped', 'capped'])
    expect(await asks('known', '2026-12-02T10:30:00.000Z')).toBe('claimed')
  })

  test('two requests in the same moment bring one confirmation', async () => {
    const both = await Promise.all([asks('twice', NOW), asks('twice', NOW)])
    expect(both.filter((answer) => answer === 'claimed')).toHaveLength(1)
  })

  test('keeps the first reason for which mail was stopped', async () => {
    await people.suppress('unlucky', 'bounce', NOW)
    await people.suppress('unlucky', 'complaint', LATER)
    expect(await people.find('unlucky')).toMatchObject({ suppressedAt: NOW, suppressedBecause: 'bounce' })
  })

  test('is known by what is written of it', async () => {
    expect(await people.find('nobody')).toEqual({ id: 'nobody', confirmations: [], requests: [], held: [] })
    await holds('written', 'b')
    await holds('written', 'a')
    await people.refuseTips('written', NOW)
    await people.refuseTips('written', '2026-11-23T14:59:59.999Z')
    await verified('written', NOW)
    await verified('written', LATER)
    const { mail } = await waiting()
    await ledger.claim(mail, { ...first, person: await people.find('written'), day: DAY, now: NOW })
    await subscriptions.takeDay({ person: 'written', series: 'weekly' }, '2026-11-24')
    expect(await people.find('written')).toEqual({
      id: 'written',
      confirmations: [],
      requests: [],
      held: ['a', 'b'],
      verifiedAt: NOW,
      tipsRefusedAt: NOW,
      lastMailOn: DAY,
      lastTip: '2026-11-24 weekly',
    })
    // What she has refused since stays refused.
    await people.welcomeTips('written', '2026-11-23T14:59:59.999Z')
    expect(await people.find('written')).toMatchObject({ tipsRefusedAt: NOW })
    await people.welcomeTips('written', NOW)
    expect(await people.find('written')).not.toHaveProperty('tipsRefusedAt')
    await people.welcomeTips('written', '')
    expect(await people.find('written')).not.toHaveProperty('tipsRefusedAt')
  })

  test('is not brought back by a confirmation that was long on its way', async () => {
    const before = await table.items()
    expect(await people.verify('long-gone', 'nowhere', NOW)).toBe(false)
    expect(await table.items()).toEqual(before)
    // Nor is one of two requests that she has erased.
    await holds('stays', 'a')
    await holds('stays', 'b')
    // While it is there its name stays.
    await people.forget('stays', 'b')
    expect((await people.find('stays')).held).toEqual(['a', 'b'])
    await goes('stays', 'b')
    expect(await people.verify('stays', 'b', NOW)).toBe(false)
    expect(await people.find('stays')).toEqual({ id: 'stays', confirmations: [], requests: [], held: ['a'] })
    expect(await people.verify('stays', 'a', NOW)).toBe(true)
    expect(await people.verify('stays', 'a', LATER)).toBe(true)
    expect(await people.find('stays')).toMatchObject({ verifiedAt: NOW, requests: ['a'], held: [] })
  })

  test('stops all mail once more only as she was read', async () => {
    const unheard = await people.find('stops-twice')
    expect(await people.suppress('stops-twice', 'asked', NOW, unheard)).toBe(true)
    expect(await people.suppress('stops-twice', 'asked', NOW, unheard)).toBe(false)
    const once = await people.find('stops-twice')
    expect(await people.suppress('stops-twice', 'asked', LATER, once)).toBe(true)
    expect(await people.suppress('stops-twice', 'asked', LATER, once)).toBe(false)
    expect(await people.find('stops-twice')).toMatchObject({ suppressedAt: NOW, stops: 2 })
    const twice = await people.find('stops-twice')
    await people.suppress('stops-twice', 'bounce', LATER)
    expect(await people.suppress('stops-twice', 'asked', LATER, { ...twice, stops: 3 })).toBe(false)
    expect(await people.find('stops-twice')).toMatchObject({ suppressedBecause: 'bounce', stops: 3 })
  })

  test.each([
    ['without a word', undefined],
    ['because too much was asked', [{ Code: 'ThrottlingError' }, { Code: 'None' }]],
  ])('is not held to be gone where the database cancels %s', async (_why, CancellationReasons) => {
    calls.refused = 'TransactWriteItemsCommand'
    calls.refusal = new TransactionCanceledException({
      message: 'Transaction cancelled',
      $metadata: {},
      ...(CancellationReasons ? { CancellationReasons } : {}),
    })
    await expect(people.hold('x', 'y')).rejects.toThrow('Transaction cancelled')
    calls.refused = undefined
  })

  test('says something of herself by a link, while that leads to something', async () => {
    const by = { requestId: 'by its link' }
    await holds('linked', by.requestId)
    await people.suppress('linked', 'asked', NOW)
    await people.refuseTips('linked', NOW)
    const seen = await people.find('linked')
    const gone = { series: 'weekly' }
    expect(await people.release('linked', seen, gone)).toBe(false)
    expect(await people.release('linked', seen, by)).toBe(true)
    expect(await people.release('linked', seen, by)).toBe(true)
    await people.welcomeTips('linked', NOW, { undone: [NOW], by: gone })
    expect(await people.find('linked')).toMatchObject({ undoing: [NOW], tipsRefusedAt: NOW })
    await people.welcomeTips('linked', NOW, { undone: [NOW], by })
    expect(await people.find('linked')).not.toHaveProperty('tipsRefusedAt')
    // A refusal that is a part of a stop, once that is taken back.
    await people.refuseTips('linked', LATER, NOW)
    expect(await people.find('linked')).not.toHaveProperty('tipsRefusedAt')
    await people.suppress('linked', 'asked', LATER)
    await people.refuseTips('linked', LATER, LATER)
    expect(await people.find('linked')).toMatchObject({ tipsRefusedAt: LATER })
    // What she had erased no welcome takes back, and of two erasures the later one stands.
    await people.eraseTips('linked', LATER)
    await people.eraseTips('linked', NOW)
    // Nor any, while all mail is stopped.
    await people.welcomeTips('linked', LATER)
    expect(await people.find('linked')).toMatchObject({ tipsRefusedAt: LATER })
    await people.release('linked', await people.find('linked'))
    await people.welcomeTips('linked', LATER)
    expect((await people.find('linked')).tipsErasedAt).toBe(LATER)
    await goes('linked', by.requestId)
    await people.forgetAll('linked')
    expect(await people.find('linked')).toEqual({
      id: 'linked',
      stops: 2,
      tipsErasedAt: LATER,
      confirmations: [],
      requests: [],
      held: [],
    })
  })

  test('remembers every word of which the undo has not come to its end', async () => {
    for (const at of ['2026-11-23T15:05:00.000Z', '2026-11-23T15:00:00.000Z', '2026-11-23T15:10:00.000Z']) {
      await people.suppress('hesitant', 'asked', at)
      await people.release('hesitant', await people.find('hesitant'))
    }
    expect((await people.find('hesitant')).undoing).toEqual([
      '2026-11-23T15:00:00.000Z',
      '2026-11-23T15:05:00.000Z',
      '2026-11-23T15:10:00.000Z',
    ])
  })

  test('takes back her own word, and nothing else', async () => {
    await people.suppress('herself', 'asked', NOW)
    await people.suppress('herself', 'asked', LATER)
    const twice = await people.find('herself')
    expect(twice).toMatchObject({ suppressedAt: NOW, suppressedBecause: 'asked', stops: 2 })
    // Said once more since it was read: the later word stands, of the same moment as well.
    await people.suppress('herself', 'asked', LATER)
    expect(await people.release('herself', twice)).toBe(false)
    expect(await people.find('herself')).toMatchObject({ suppressedAt: NOW, suppressedBecause: 'asked', stops: 3 })
    const seen = await people.find('herself')
    expect(await people.release('herself', seen)).toBe(true)
    expect(await people.find('herself')).not.toHaveProperty('suppressedAt')
    expect(await people.find('herself')).not.toHaveProperty('suppressedBecause')
    expect(await people.find('herself')).toMatchObject({ undoing: [NOW] })
    expect(await people.release('herself', seen)).toBe(true)
    // Which word it was is forgotten once the tips are welcome, and late answers do not tell of it again.
    await people.welcomeTips('herself', LATER, { undone: [LATER] })
    expect(await people.find('herself')).toMatchObject({ undoing: [NOW] })
    await people.welcomeTips('herself', LATER, { undone: [NOW] })
    expect(await people.release('herself', seen)).toBe(true)
    expect(await people.find('herself')).not.toHaveProperty('undoing')
    // Another word of hers than the one that is taken back.
    await people.suppress('herself', 'asked', LATER)
    expect(await people.release('herself', seen)).toBe(false)
    expect(await people.find('herself')).toMatchObject({ suppressedAt: LATER })
    // By its moment, if the count were the same, and by its count.
    expect(await people.release('herself', { ...(await people.find('herself')), suppressedAt: NOW })).toBe(false)
    expect(await people.release('herself', await people.find('herself'))).toBe(true)
    // A bounce says more than her word, and stays.
    await people.suppress('herself', 'asked', NOW)
    await people.suppress('herself', 'bounce', LATER)
    expect(await people.find('herself')).toMatchObject({ suppressedAt: NOW, suppressedBecause: 'bounce' })
    expect(await people.release('herself', await people.find('herself'))).toBe(false)
    expect(await people.find('herself')).toMatchObject({ suppressedBecause: 'bounce' })
  })

  test('whose mail comes back again and again is counted, each message once, until something arrives', async () => {
    await holds('full', 'full-1')
    for (const series of ['weekly', 'other']) await subscriptions.create({ ...reader, person: 'full', series }, NOW)
    const softly = (message: string, about: Parameters<typeof people.countSoftBounce>[2] = { requestId: 'full-1' }) =>
      people.countSoftBounce('full', message, about)
    expect(await softly('m1')).toBe(1)
    expect(await softly('m1')).toBe(1)
    expect(await softly('m2')).toBe(2)
    expect(await softly('m3', { series: 'weekly', part: 4 })).toBe(3)
    // The next part of the same series: nothing has arrived in between. The one after the next: something has.
    expect(await softly('m4', { series: 'weekly', part: 5 })).toBe(4)
    expect(await softly('m5', { series: 'other', part: 9 })).toBe(5)
    expect(await people.find('full')).toMatchObject({ softBounce: 'm5', softPart: { weekly: 5, other: 9 } })
    expect(await softly('m6', { series: 'weekly', part: 7 })).toBe(1)
    expect(await people.find('full')).toMatchObject({ softBounces: 1, softBounce: 'm6', softPart: { weekly: 7 } })
    // A mail that asks to confirm, or whose place nobody knows: no part of a row.
    expect(await softly('m7', { series: 'weekly' })).toBe(2)
    expect(await people.find('full')).toMatchObject({ softBounce: 'm7', softPart: { weekly: 7 } })
    await people.forgetSoftBounces('full')
    await people.forgetSoftBounces('full')
    expect(await people.find('full')).toEqual({ id: 'full', confirmations: [], requests: [], held: ['full-1'] })
    await people.forgetSoftBounces('nobody')
    expect(await people.find('nobody')).toEqual({ id: 'nobody', confirmations: [], requests: [], held: [] })
    expect(await softly('m8')).toBe(1)
  })

  test('whom nobody knows has nothing to forget', async () => {
    await people.forget('nobody', 'a request')
    expect((await table.items()).filter(({ pk }) => JSON.stringify(pk).includes('nobody'))).toEqual([])
  })

  test('holds what the caps forbade, until it is confirmed or forgotten, and no more than ten', async () => {
    for (let n = 0; n < 12; n += 1) await holds('eager', `held-${n}`)
    expect((await people.find('eager')).held).toHaveLength(10)
    await people.verify('eager', 'held-3', NOW)
    await goes('eager', 'held-4')
    await people.verify('eager', 'held-1', NOW)
    const { held, requests: own } = await people.find('eager')
    expect(held).toEqual(['held-0', 'held-2', 'held-5', 'held-6', 'held-7', 'held-8', 'held-9'])
    expect(own).toEqual(['held-1', 'held-3'])
  })
})
