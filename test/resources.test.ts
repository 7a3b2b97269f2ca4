import { describe, expect, test } from 'vitest'
import type { PlannedMail } from '../shared/plan.ts'
import { exportOf, resourceOf } from '../shared/resource.ts'
import { exportOfSubscription, progressOf, readingResource } from '../shared/tips/resource.ts'
import type { Subscription } from '../shared/tips/subscription.ts'
import { ada, confirmed, fileOf, having, inZone, row } from './people.ts'
import { part, ada as reader, resting, weekly } from './readers.ts'

/** What goes out as JSON. */

describe('a request as its owner sees it', () => {
  const mail = { mail: 'follow-up', dueAt: '2026-12-01T14:05:00.000Z', why: 'because' } as PlannedMail
  const mine = inZone(having(confirmed, ['sent', '2026-11-24T15:00:00.000Z']), 'Asia/Kathmandu')

  test('has its own next mails alone, each with the time on her wall', () => {
    const planned = [{ ...mail, requestId: mine.id }, { ...mail, mail: 'thank', requestId: 'another' } as const]
    expect(resourceOf(fileOf(mine), planned)).toEqual({
      id: mine.id,
      state: 'sent',
      version: mine.version,
      contact: mine.contact,
      meeting: null,
      history: mine.history,
      nextMails: [
        { mail: 'follow-up', dueAt: mail.dueAt, dueLocal: expect.stringMatching(/^2026-12-01T19:50/), why: 'because' },
      ],
    })
  })

  test('has the meeting as it stands', () => {
    const meeting = having(mine, ['scheduled', '2026-11-25T15:00:00.000Z', { start: '2026-12-08T15:00' }])
    expect(resourceOf(fileOf(meeting), []).meeting).toEqual(meeting.meeting)
    expect(meeting.meeting).toBeDefined()
  })

  test('is exported without what links are made of, and the keys of the table', () => {
    const sent = { ...row(ada, 'draft', '1', '2026-11-24T15:00:00.000Z'), pk: 'REQUEST#x', sk: 'MAIL#draft#1' }
    const { secret, ...rest } = ada
    expect(secret).toBeTruthy()
    const { pk: _pk, sk: _sk, ...kept } = sent
    expect(exportOf(fileOf(ada, [sent]))).toEqual({ ...rest, mails: [{ id: 'draft#1', ...kept }] })
  })
})

describe('a subscription as its reader sees it', () => {
  const { parts, title } = weekly
  const now = '2026-11-18T15:00:00.000Z'
  const seen = (subscription: Subscription) => readingResource({ subscription, parts, title }, now)
  const plain = {
    id: `${reader.person}-weekly`,
    series: 'weekly',
    title,
    hour: reader.hour,
    timeZone: reader.timeZone,
    had: 1,
    of: 3,
  }
  const pausedUntil = '2027-01-04'

  test.each<[string, Subscription, object]>([
    [
      'reading',
      reader,
      {
        state: 'active',
        next: {
          part: 'two',
          title: 'On two',
          dueAt: reader.dueAt,
          dueLocal: expect.stringMatching(/^2026-11-24T09:00/),
        },
      },
    ],
    ['reading, with nothing due', { ...resting, state: 'active' }, { state: 'active', next: null }],
    ['paused', { ...resting, state: 'paused', pausedUntil }, { state: 'paused', next: null, pausedUntil }],
    ['paused without an end', { ...resting, state: 'paused' }, { state: 'paused', next: null }],
    ['reading after a pause', { ...resting, state: 'active', pausedUntil }, { state: 'active', next: null }],
    [
      'reading, with the next part on its way',
      { ...resting, state: 'active', ring: '2026-11-18T14:59:30.000Z' },
      { state: 'active', next: null, onItsWay: true },
    ],
    ['gone, with a day that was left', { ...reader, state: 'unsubscribed' }, { state: 'unsubscribed', next: null }],
    ['at the end', { ...reader, had: ['one', 'two', 'three'] }, { state: 'active', had: 3, next: null }],
  ])('%s', (_what, subscription, more) => expect(seen(subscription)).toEqual({ ...plain, ...more }))

  test('counts a part that was withdrawn only if she had it', () => {
    const withdrawn = [part('one', { withdrawn: true }), part('two', { withdrawn: true }), part('three')]
    expect(progressOf({ subscription: reader, parts: withdrawn, title })).toMatchObject({ had: 1, of: 2 })
  })

  test('is exported without what links are made of', () => {
    const { secret, person, ...kept } = reader
    expect([secret, person]).not.toContain('')
    expect(exportOfSubscription(reader)).toEqual(kept)
  })
})
