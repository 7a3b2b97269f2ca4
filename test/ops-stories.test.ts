import { describe, expect, inject, test } from 'vitest'
import { readAssembly } from '../local/template.ts'
import { deadLetterQueues, deadLetters, tell, windowOf } from '../ops/dead-letters.ts'
import { howLong } from '../ops/in-words.ts'
import { willBe } from '../ops/mail-words.ts'
import { type RequestFacts, requestStory } from '../ops/request-story.ts'
import { type Story, storyText } from '../ops/story.ts'
import { type SubscriptionFacts, subscriptionStory } from '../ops/subscription-story.ts'
import { scheduleName } from '../shared/mail-due.ts'
import type { Person } from '../shared/person.ts'
import { plan } from '../shared/plan.ts'
import type { LedgerMail } from '../shared/request.ts'
import { ada as adasRequest, confirmed, fileOf, having, row, settings, stage } from './people.ts'
import { ada as adasReading, due, resting, weekly } from './readers.ts'

const NOW = '2026-11-24T15:00:00.000Z'
const person: Person = {
  id: 'AdaLovelaceHash0000000',
  verifiedAt: '2026-11-23T14:01:00.000Z',
  confirmations: ['2026-11-23T14:00:00.000Z'],
  requests: [adasRequest.id],
  held: [],
}
const sent = having(confirmed, ['sent', '2026-11-23T15:00:00.000Z'])

/** The row of a mail that is planned, as plan-mail writes it. */
const planned = (mail: LedgerMail['mail'], request = sent): LedgerMail => {
  const found = plan([fileOf(request)], settings, '2026-11-23T15:00:00.000Z').mails.find((one) => one.mail === mail)
  if (!found) throw new Error(`${mail} is not planned`)
  return { ...found, state: 'planned', attempts: 0, at: '2026-11-23T15:00:01.000Z' }
}

const about = (facts: Partial<RequestFacts>): RequestFacts => {
  const { file = fileOf(sent), ...more } = facts
  return {
    now: NOW,
    stage,
    file,
    person,
    files: [file],
    alarms: [],
    subscriptions: [],
    isSending: true,
    standing: 'good',
    ...more,
  }
}

const told = (story: Story): string => storyText(story, 'America/New_York')
const story = (facts: Partial<RequestFacts>, asked = {}): string => told(requestStory(about(facts), asked))

describe('a request', () => {
  test('shows a mail that a worker has in its hands, and when it is taken for lost', () => {
    const claimed = { ...planned('widen'), state: 'claimed' as const, at: '2026-11-24T14:58:00.000Z', attempts: 1 }
    const text = story({ file: fileOf(sent, [claimed]) })
    expect(text).toContain('widen#2 “A second person to ask” is being sent: a worker took it 2 min ago.')
    expect(text).toContain('If nothing is heard until Tue, 24 Nov 2026, 10:03')
    expect(text.match(/widen#2/g)).toHaveLength(1)
  })

  test.each([
    ['widen', 1, 'send-again', '2026-11-24T14:10:01.000Z'],
    ['widen', 4, 'give-up', '2026-11-24T14:10:01.000Z'],
    ['keep-in-touch', 1, 'give-up', '2026-11-24T14:10:01.000Z'],
  ] as const)('%s in doubt for the %ith time: %s', (mail, doubts, step, at) => {
    const inDoubt = { ...row(sent, mail, '2', '2026-11-24T14:00:00.000Z', 'unsettled'), doubts }
    expect(willBe(inDoubt, '2026-11-24T14:00:00.000Z')).toEqual({ at, step })
  })

  test('says which day a mail was moved from', () => {
    const other = having({ ...confirmed, id: '01JDADA00000000000000000AB' }, ['sent', '2026-11-23T15:10:00.000Z'])
    const text = story({ files: [fileOf(sent), fileOf(other)], file: fileOf(other) })
    expect(text).toContain('Moved from Thu, 26 Nov 2026, 08:30: another mail has that day')
    expect(text).toContain(`She has 1 other request, and gets one reminder a day over all of them: ${sent.id}.`)
  })

  test('says what Scheduler holds', () => {
    const widen = planned('widen')
    const alarms = [
      { name: scheduleName(widen), at: widen.dueAt },
      { name: scheduleName(planned('follow-up')), at: '2026-12-01T13:30:00.000Z' },
      { name: `${sent.id}-arrange-2`, at: '2026-12-24T13:30:00.000Z' },
    ]
    const text = story({ file: fileOf(sent, [widen, planned('follow-up'), planned('let-rest')]), alarms })
    expect(text).toContain('Its timer is set.')
    expect(text).toContain('Its timer is still set for Tue, 1 Dec 2026, 08:30')
    expect(text).toContain('It has no timer: reconcile')
    expect(text).not.toContain('has no row')
    expect(text).toContain('A timer is set for arrange-2, which is not planned any more: nothing is sent then.')
  })

  test('shows a mail that nothing rings', () => {
    const text = story({})
    expect(text).toContain(`Should that last minutes: \`npm run ops -- replan ${sent.id}\`.`)
    expect(text).toContain('It has no timer either')
  })

  test('shows a row that the plan does not hold any more', () => {
    const replied = having(sent, ['replied', '2026-11-24T14:00:00.000Z'])
    const text = story({ file: fileOf(replied, [planned('widen')]) })
    expect(text).toContain(
      'widen#2 “A second person to ask” stands in the ledger, and will not be sent: It comes only while the request is sent, and this one is replied.',
    )
  })

  test('of one that is paused for good says so', () => {
    const paused = having(sent, ['paused', '2026-11-24T14:00:00.000Z'])
    expect(story({ file: fileOf(paused) })).toContain('the seeker has paused the mail until further notice')
    expect(story({ file: fileOf(paused) }, { mail: 'widen' })).toContain(
      'The seeker has paused the mail without naming a day',
    )
  })

  test.each([
    ['follow-up-2', 'The seeker chose to send fewer follow-ups than two.'],
    ['arrange', 'It comes only while the request is replied, and this one is sent.'],
  ] as const)('says why %s does not come', (mail, words) => {
    expect(story({}, { mail })).toContain(words)
  })

  test('says what holds up a whole person', () => {
    const stopped = { ...person, suppressedAt: '2026-11-24T14:00:00.000Z', suppressedBecause: 'complaint' as const }
    expect(story({ person: stopped })).toContain(
      'is stopped since Tue, 24 Nov 2026, 09:00, since the reader reported a mail as unwanted',
    )
    const { verifiedAt: _verified, ...unverified } = person
    const worn = { ...unverified, softBounces: 2, held: [adasRequest.id], confirmations: [NOW, NOW, NOW] }
    const text = story({ file: fileOf(adasRequest), person: worn, standing: 'no-confirmations', isSending: false })
    expect(text).toContain('3 confirmation mails of the 3 that it may get ever')
    expect(text).toContain('It gets no confirmation mail any more.')
    expect(text).toContain('2 mails in a row could not be delivered for a passing reason')
    expect(text).toContain('Its own confirmation mail was held back by the caps')
    expect(text).toContain('Confirmation mails are stopped for everybody')
    expect(text).toContain('Sending of all workflow mail is paused')
  })

  test('names nobody, unless asked to', () => {
    const full = having(sent, ['scheduled', NOW, { start: '2026-12-14T15:00', place: 'Grace’s office' }])
    expect(story({ file: fileOf(full) })).not.toMatch(/Ada Love|Hopper|Grace|ada@|compiler|Boston/i)
    expect(story({ file: fileOf(full) }, { withNames: true })).toContain(
      'Ada Lovelace would like to talk with Grace Hopper',
    )
  })
})

const reading = (facts: Partial<SubscriptionFacts>, names = {}): string =>
  told(
    subscriptionStory(
      {
        now: '2026-11-23T15:00:00.000Z',
        stage,
        subscription: adasReading,
        person,
        parts: weekly.parts,
        title: weekly.title,
        isSending: true,
        standing: 'good',
        ...facts,
      },
      names,
    ),
  )

describe('a subscription', () => {
  test('says what she had and what comes', async () => {
    await expect(`${reading({})}\n`).toMatchFileSnapshot('golden/ops/subscription.txt')
  })

  test('says why a part comes on another day than its rhythm has', () => {
    const moved = { ...adasReading, mailDays: ['2026-11-24', '2026-12-02'], dueAt: '2026-11-25T14:00:00.000Z' }
    const text = reading({ subscription: moved })
    expect(text).toContain('By its rhythm it would come on Tue, 24 Nov 2026; it comes on Wed, 25 Nov 2026')
    expect(text).toContain('1 day before it has a reminder of a talk of hers')
    expect(text).toContain('which tips keep away from: Tue, 24 Nov 2026; Wed, 2 Dec 2026.')
  })

  const claim = { at: '2026-11-24T14:01:00.000Z', batch: '01JDBATCH00000000000000000' }
  test.each([
    [
      '2026-11-24T14:05:00.000Z',
      null,
      ['4 min ago', 'Nobody else touches it before Tue, 24 Nov 2026, 09:11', 'Nothing in the log says'],
    ],
    ['2026-11-24T15:00:00.000Z', null, ['59 min ago', 'It has stood for ten minutes']],
    ['2026-11-24T15:00:00.000Z', 'message-two', ['SES has taken it, as message-two', 'not sent again']],
  ])('claimed, at %s with %s in the log', (now, taken, words) => {
    const text = reading({ now, taken, subscription: { ...adasReading, claim } })
    for (const word of words) expect(text).toContain(word)
  })

  test.each([
    [{ failed: 'one' }, 'Part one “On one” was let go of'],
    [
      { state: 'paused', pausedUntil: '2026-12-15', ...due('two', '2026-12-15T14:00:00.000Z') },
      'She paused it until Tue, 15 Dec 2026.',
    ],
    [{ others: true }, 'of all tips one comes a day'],
    [{ ...due('two', '2026-11-22T14:00:00.000Z') }, 'has been due for 25 h'],
    [{ passed: ['three'] }, 'kept for later: three'],
  ] as const)('with %j', (more, words) => {
    expect(reading({ subscription: { ...adasReading, ...more } as never })).toContain(words)
  })

  test.each([
    ['unsubscribed', 'Nothing: she has left.'],
    ['suppressed', 'Nothing: mail to this address is stopped.'],
    ['finished', 'Nothing: she has had all of it.'],
    ['pending', 'nobody asks again'],
    ['active', 'That should not be'],
  ] as const)('%s, with nothing due', (state, words) => {
    expect(reading({ subscription: { ...resting, state } })).toContain(words)
  })

  test('says what holds up everybody’s tips', () => {
    expect(reading({ isSending: false })).toContain('Sending of all tips is paused')
    expect(reading({ standing: 'no-tips' })).toContain('No tips go out to anybody')
    expect(reading({ holdUntil: '2026-11-23T15:30:00.000Z' })).toContain(
      'No tips are handed over before Mon, 23 Nov 2026, 10:30',
    )
    expect(reading({ holdUntil: '2026-11-23T14:30:00.000Z' })).not.toContain('handed over before')
  })

  test('names nobody, unless asked to', () => {
    expect(reading({})).not.toMatch(/\bAda\b|ada@/)
    expect(reading({}, { withNames: true })).toContain('read by Ada')
  })
})

describe('dead letters', () => {
  test('every queue for them is known, and where its messages go on', () => {
    const { template } = readAssembly(inject('assembly'))
    const stems = Object.entries(template.Resources ?? {})
      .filter(([, { Type }]) => Type === 'AWS::SQS::Queue')
      .map(([id]) => id.replace(/[0-9A-F]{8}$/, ''))
    const dead = stems.filter((stem) => /dead/.test(stem))
    expect(
      Object.values(deadLetters)
        .map(({ stem }) => stem)
        .sort(),
    ).toEqual(dead.sort())
    for (const { cure } of Object.values(deadLetters)) if ('to' in cure) expect(stems).toContain(cure.to)
    const queues = new Map(stems.map((stem) => [stem, `https://sqs/${stem}`]))
    expect(
      deadLetterQueues(queues)
        .map(({ name }) => name)
        .sort(),
    ).toEqual(Object.keys(deadLetters).sort())
  })

  const lambda = { requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 3 } }
  test.each([
    ['mail', { requestId: sent.id, mail: 'widen', occurrence: '2' }, `mail widen#2 of request ${sent.id}`, undefined],
    [
      'tips',
      { series: 'weekly', next: 'two', people: ['a', 'b'] },
      'two of the series weekly, for 2 readers',
      undefined,
    ],
    [
      'reconcile',
      { ...lambda, requestPayload: {}, responsePayload: { errorType: 'Error', errorMessage: 'Our own words' } },
      'a run of reconcile',
      'RetriesExhausted, Our own words, 3 tries',
    ],
    [
      'pick-tips',
      { ...lambda, responsePayload: { errorType: 'ValidationException', errorMessage: 'ada@example.org' } },
      'a run of pick-tips',
      'RetriesExhausted, ValidationException, 3 tries',
    ],
    [
      'pick-tips',
      { requestContext: { condition: 'EventAgeExceeded', approximateInvokeCount: 0 }, responsePayload: null },
      'a run of pick-tips',
      'EventAgeExceeded',
    ],
    ['mail', 'nonsense', 'something that is not understood', undefined],
  ])('of %s say %j', (queue, body, says, because) => {
    const told = tell(queue, { body: JSON.stringify(body), attributes: {} })
    expect(told).toMatchObject({ says, ...(because ? { because } : {}) })
    expect(JSON.stringify(told)).not.toContain('ada@')
  })

  test('from the stream know when it was, and no more', () => {
    const info = {
      approximateArrivalOfFirstRecord: '2026-11-24T10:00:00.500Z',
      approximateArrivalOfLastRecord: '2026-11-24T10:00:05.000Z',
      batchSize: 7,
    }
    expect(windowOf(JSON.stringify({ DDBStreamBatchInfo: info }))).toEqual({
      since: '2026-11-24T09:54:00.000Z',
      until: '2026-11-24T10:06:05.000Z',
      changes: 7,
    })
    expect(windowOf('{}')).toBeUndefined()
    expect(windowOf('nonsense')).toBeUndefined()
  })
})

test.each([
  [-5, '0 s'],
  [59_999, '59 s'],
  [60_000, '1 min'],
  [3_600_000, '1 h'],
  [11_100_000, '3 h 5 min'],
  [47 * 3_600_000, '47 h'],
  [48 * 3_600_000, '2 days'],
  [76 * 3_600_000, '3 days 4 h'],
])('%i ms are %s', (ms, words) => {
  expect(howLong(ms)).toBe(words)
})
