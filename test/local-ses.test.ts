import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Answer,
  type Fixture,
  forget,
  mailTo,
  newDataDir,
  startAt,
  startFixture,
  tipsTo,
  writeAssembly,
} from './local-fixture.ts'

const assembly = writeAssembly()
const dataDir = newDataDir()
let cloud: Fixture

const start = async () => {
  cloud = await startFixture({ assembly, dataDir, at: startAt, fresh: true })
  return () => cloud.cloud.stop()
}
afterAll(() => forget(assembly, dataDir))

const people = (count: number): string[] => Array.from({ length: count }, (_, index) => `p${index + 1}@example.com`)
const statuses = (answer: Answer): string[] => answer.BulkEmailEntryResults.map(({ Status }: Answer) => Status)
const got = async (): Promise<string[]> => (await cloud.get('/_local/mail')).map(({ to }: Answer) => to[0])
const outcomes = async (): Promise<Answer[]> => {
  await cloud.settle()
  return (await cloud.notes('outcome')).map(({ what }) => what)
}

describe('the account', () => {
  beforeEach(start)

  const account: Parameters<Fixture['run']>[0] = ['ses', 'GetAccount', {}]

  test('tells its quota and what the last 24 hours have used of it', async () => {
    const [before] = await cloud.run(account)
    expect(before).toEqual({
      EnforcementStatus: 'HEALTHY',
      ProductionAccessEnabled: true,
      SendingEnabled: true,
      SendQuota: { Max24HourSend: 50_000, MaxSendRate: 200, SentLast24Hours: 0 },
    })
    await cloud.run(mailTo('ada@example.com'), tipsTo(people(3)))
    await cloud.advance('PT23H')
    const [, later] = await cloud.run(tipsTo(people(2)), account)
    expect(later.SendQuota.SentLast24Hours).toBe(6)
    await cloud.advance('PT2H')
    expect((await cloud.run(account))[0].SendQuota.SentLast24Hours).toBe(2)
    await cloud.cloud.stop()
    cloud = await startFixture({ assembly, dataDir })
    expect((await cloud.run(account))[0].SendQuota.SentLast24Hours).toBe(2)
  })

  test('sends no more than its quota of a day', async () => {
    await cloud.post('/_local/faults', { quota: { max24HourSend: 3, maxSendRate: 14 } })
    const [told, sent, refused] = await cloud.run(account, tipsTo(people(4)), mailTo('ada@example.com'))
    expect(told.SendQuota).toEqual({ Max24HourSend: 3, MaxSendRate: 14, SentLast24Hours: 0 })
    expect(statuses(sent)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS', 'ACCOUNT_DAILY_QUOTA_EXCEEDED'])
    expect(refused).toMatchObject({ error: 'TooManyRequestsException', message: 'Daily message quota exceeded.' })
    expect(await got()).toEqual(people(3))
  })
})

describe('a configuration set that is paused', () => {
  beforeEach(start)

  test('sends nothing until it goes on, over a restart too, and others are not concerned', async () => {
    const pause = (SendingEnabled: boolean): Parameters<Fixture['run']>[0] => [
      'ses',
      'PutConfigurationSetSendingOptions',
      { ConfigurationSetName: 'tips', SendingEnabled },
    ]
    await cloud.run(pause(false))
    await cloud.cloud.stop()
    cloud = await startFixture({ assembly, dataDir })
    const [asked, many, one, other] = await cloud.run(
      ['ses', 'GetConfigurationSet', { ConfigurationSetName: 'tips' }],
      tipsTo(people(2)),
      mailTo('ada@example.com', { ConfigurationSetName: 'tips' }),
      mailTo('bo@example.com'),
    )
    expect(asked.SendingOptions).toEqual({ SendingEnabled: false })
    expect(statuses(many)).toEqual(['CONFIGURATION_SET_SENDING_PAUSED', 'CONFIGURATION_SET_SENDING_PAUSED'])
    expect(one).toMatchObject({ error: 'SendingPausedException', status: 400 })
    expect(other.MessageId).toEqual(expect.any(String))
    const [, again] = await cloud.run(pause(true), tipsTo(people(1)))
    expect(statuses(again)).toEqual(['SUCCESS'])
    expect(await got()).toEqual(['bo@example.com', 'p1@example.com'])
    const [nobody] = await cloud.run([
      'ses',
      'PutConfigurationSetSendingOptions',
      { ConfigurationSetName: 'nobody', SendingEnabled: false },
    ])
    expect(nobody).toMatchObject({ error: 'NotFoundException' })
  })
})

describe('a bulk call', () => {
  beforeEach(start)

  test('brings each their own words and headers, over those of all', async () => {
    const [answer] = await cloud.run(tipsTo(['ada@example.com', 'bo@example.com']))
    expect(statuses(answer)).toEqual(['SUCCESS', 'SUCCESS'])
    const mails = await cloud.get('/_local/mail')
    expect(mails).toMatchObject([
      {
        id: answer.BulkEmailEntryResults[0].MessageId,
        to: ['ada@example.com'],
        subject: 'Hi ada',
        text: 'Dear ada',
        html: '<p>Dear ada</p>',
        headers: { 'list-id': '<tips.example.org>', 'list-unsubscribe': '<https://example.org/ada>' },
        configurationSet: 'tips',
        tags: { mail: 'tip', batch: 'b1' },
      },
      { id: answer.BulkEmailEntryResults[1].MessageId, to: ['bo@example.com'], subject: 'Hi bo' },
    ])
  })

  test('does not escape what it puts in, as SES does not', async () => {
    const entry = { ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: '{"name":"<b>&"}' } } }
    await cloud.run(tipsTo(['ada@example.com'], {}, entry))
    expect((await cloud.get('/_local/mail'))[0].html).toBe('<p>Dear <b>&</p>')
  })

  test('accepts a mail whose words are missing, sends none, and reports it on the bus', async () => {
    const [answer] = await cloud.run(
      tipsTo(['ada@example.com'], {}, { ReplacementEmailContent: undefined }),
      tipsTo(['bo@example.com']),
    )
    expect(answer.BulkEmailEntryResults).toEqual([{ Status: 'SUCCESS', MessageId: expect.any(String) }])
    expect(await got()).toEqual(['bo@example.com'])
    expect(await outcomes()).toMatchObject([
      {
        type: 'Email Rendering Failed',
        event: 'Rendering Failure',
        to: ['ada@example.com'],
        tags: { mail: ['tip'] },
        detail: {
          failure: { errorMessage: "Attribute 'name' is not present in the rendering data." },
          mail: { messageId: answer.BulkEmailEntryResults[0].MessageId },
        },
      },
    ])
  })

  test('says of an entry alone what is wrong with it', async () => {
    const [answer] = await cloud.run(tipsTo(['ada@example.com', 'b o@example.com']))
    expect(answer.BulkEmailEntryResults).toMatchObject([
      { Status: 'SUCCESS' },
      { Status: 'INVALID_PARAMETER', Error: expect.stringContaining('whitespace') },
    ])
    expect(await got()).toEqual(['ada@example.com'])
  })

  test('of an unknown set is refused', async () => {
    const [answer] = await cloud.run(tipsTo(people(1), { ConfigurationSetName: 'nobody' }))
    expect(answer).toMatchObject({ error: 'NotFoundException', status: 404 })
  })

  test.each([
    ['throttle', { error: 'TooManyRequestsException', status: 429 }, 0],
    ['down', { status: 503 }, 0],
    ['timeout-before-accept', { error: expect.any(String) }, 0],
    ['timeout-after-accept', { error: expect.any(String) }, 3],
  ])('fails with %s as a whole for as many calls as asked', async (ses, wanted, accepted) => {
    await cloud.post('/_local/faults', { ses, for: 1 })
    const [failed, worked] = await cloud.run(tipsTo(people(3)), tipsTo(['last@example.com']))
    expect(failed).toMatchObject(wanted)
    expect(statuses(worked)).toEqual(['SUCCESS'])
    expect(await got()).toHaveLength(accepted + 1)
    expect((await cloud.run(['logs', 'FilterLogEvents', { logGroupName: '$SENT' }]))[0].events).toHaveLength(
      accepted + 1,
    )
  })

  test('succeeds for all but the last entries when asked to, and single mails do not use that up', async () => {
    await cloud.post('/_local/faults', { ses: 'partial', for: 2, statuses: ['ACCOUNT_THROTTLED', 'FAILED'] })
    const [one, first, second, third] = await cloud.run(
      mailTo('ada@example.com'),
      tipsTo(people(50)),
      tipsTo(['only@example.com']),
      tipsTo(['last@example.com']),
    )
    expect(one.MessageId).toEqual(expect.any(String))
    expect(statuses(first).slice(46)).toEqual(['SUCCESS', 'SUCCESS', 'ACCOUNT_THROTTLED', 'FAILED'])
    expect(first.BulkEmailEntryResults[49].MessageId).toBeUndefined()
    expect(statuses(second)).toEqual(['FAILED'])
    expect(statuses(third)).toEqual(['SUCCESS'])
    expect(await got()).toEqual(['ada@example.com', ...people(48), 'last@example.com'])
  })

  test('succeeds for 49 of 50 unless told otherwise', async () => {
    await cloud.post('/_local/faults', { ses: 'partial', for: 1 })
    const [answer] = await cloud.run(tipsTo(people(50)))
    expect(statuses(answer).filter((status) => status === 'SUCCESS')).toHaveLength(49)
    expect(statuses(answer).at(-1)).toBe('TRANSIENT_FAILURE')
  })
})

describe('a bulk call that SES refuses', () => {
  beforeAll(start)

  const template = (Text: string, more: object = {}) => ({
    DefaultContent: { Template: { TemplateContent: { Subject: 'Hi', Text }, TemplateData: '{}', ...more } },
  })
  const header = (name: string) => ({ Name: name, Value: 'x' })
  test.each<[string, object, object?]>([
    ['more than 50 entries', { BulkEmailEntries: people(51).map((one) => ({ Destination: { ToAddresses: [one] } })) }],
    ['no entry', { BulkEmailEntries: [] }],
    ['a condition in an inline template', template('{{#if name}}x{{/if}}')],
    ['a triple brace', template('{{{name}}}')],
    ['a partial', template('{{>foot}}')],
    ['a helper', template('{{upper name}}')],
    ['a template that is not closed', template('{{name')],
    ['no body', template('')],
    ['too many headers', template('x', { Headers: Array.from({ length: 16 }, (_, index) => header(`X-${index}`)) })],
    ['a header of SES', template('x', { Headers: [header('Message-ID')] })],
    ['a header that stands once, twice', template('x', { Headers: [header('List-Id'), header('list-id')] })],
    ['too many headers of one', {}, { ReplacementHeaders: Array.from({ length: 16 }, (_, i) => header(`X-${i}`)) }],
    ['a line break in a header', {}, { ReplacementHeaders: [{ Name: 'X-Line', Value: 'a\r\nBcc: b@example.com' }] }],
    ['a tag with a colon', {}, { ReplacementTags: [{ Name: 'part', Value: 'a:b' }] }],
    [
      'too much data',
      {},
      {
        ReplacementEmailContent: {
          ReplacementTemplate: { ReplacementTemplateData: JSON.stringify({ name: 'x'.repeat(262_144) }) },
        },
      },
    ],
    ['data that are none', template('x', { TemplateData: '[]' })],
  ])('with %s is answered by one error', async (_, more, entry = {}) => {
    const [answer] = await cloud.run(tipsTo(people(2), more, entry))
    expect(answer).toMatchObject({ error: 'BadRequestException', status: 400 })
    expect(await got()).toEqual([])
  })
})

describe('one mail with an inline template', () => {
  beforeEach(start)

  const inline = (Text: string) => ({
    ConfigurationSetName: 'tips',
    Content: { Template: { TemplateContent: { Subject: 'Hi', Text }, TemplateData: '{"name":"Ada"}' } },
  })

  test('is rendered by the same rules', async () => {
    const [sent, failed, refused] = await cloud.run(
      mailTo('ada@example.com', inline('Dear {{name}}')),
      mailTo('bo@example.com', inline('Dear {{other}}')),
      mailTo('cy@example.com', inline('{{#each list}}x{{/each}}')),
    )
    expect(sent.MessageId).toEqual(expect.any(String))
    expect(failed.MessageId).toEqual(expect.any(String))
    expect(refused).toMatchObject({ error: 'BadRequestException' })
    expect(await cloud.get('/_local/mail')).toMatchObject([{ to: ['ada@example.com'], text: 'Dear Ada' }])
    expect((await outcomes()).map(({ type, to }) => [type, to])).toEqual([
      ['Email Rendering Failed', ['bo@example.com']],
    ])
  })
})

describe('bounces of our own simulator', () => {
  beforeEach(start)

  test.each([
    ['bounce-transient+7@simulator.amazonses.com', 'Transient', /^smtp; 550 4\.4\.7/],
    ['bounce-policy@simulator.amazonses.com', 'Permanent', /^smtp; 550 5\.7\.515 Access denied/],
  ])('to %s are %s', async (address, bounceType, diagnosticCode) => {
    await cloud.run(tipsTo([address]))
    expect(await outcomes()).toMatchObject([
      {
        type: 'Email Bounced',
        detail: {
          bounce: {
            bounceType,
            bounceSubType: 'General',
            bouncedRecipients: [{ emailAddress: address, diagnosticCode: expect.stringMatching(diagnosticCode) }],
          },
        },
      },
    ])
  })
})

describe('SES that only answers', () => {
  beforeEach(start)

  const restart = async (ses: 'answers' | 'answers-with-events') => {
    await cloud.cloud.stop()
    cloud = await startFixture({ assembly, dataDir, at: startAt, fresh: true, ses })
  }

  test('judges and counts, keeps no mail, and tells only log groups', async () => {
    await restart('answers')
    const [many, refused, one] = await cloud.run(
      tipsTo([...people(49), 'bounce@simulator.amazonses.com']),
      tipsTo(people(1), { DefaultEmailTags: [{ Name: 'a b', Value: 'c' }] }),
      mailTo('p1@example.com'),
      ['ses', 'GetAccount', {}],
    )
    expect(new Set(many.BulkEmailEntryResults.map(({ MessageId }: Answer) => MessageId)).size).toBe(50)
    expect(refused).toMatchObject({ error: 'BadRequestException' })
    expect(one.MessageId).toEqual(expect.any(String))
    expect(await cloud.get('/_local/mail')).toEqual([])
    expect(await cloud.get('/_local/mail/count')).toEqual({ mails: 51, addresses: 50, mostToOne: 2 })
    expect(await cloud.get('/_local/mail/count?mail=tip&batch=b1')).toEqual({
      mails: 50,
      addresses: 50,
      mostToOne: 1,
    })
    expect(await cloud.get('/_local/mail/count?mail=none')).toEqual({ mails: 0, addresses: 0, mostToOne: 0 })
    const [{ events }] = await cloud.run(['logs', 'FilterLogEvents', { logGroupName: '$SENT' }])
    expect(events).toHaveLength(50)
    expect(events[0].message).toContain(many.BulkEmailEntryResults[0].MessageId)
    expect(await outcomes()).toEqual([])
    const accepted = [...cloud.accepted()]
    expect(accepted).toHaveLength(51)
    expect(accepted[0]).toEqual({
      id: many.BulkEmailEntryResults[0].MessageId,
      at: expect.stringMatching(/^2026-12-01T08:00:/),
      address: 'p1@example.com',
      tags: { mail: 'tip', batch: 'b1' },
    })
  })

  test('counts towards the quota, and fails as it is asked to', async () => {
    await restart('answers')
    await cloud.post('/_local/faults', { quota: { max24HourSend: 5 } })
    await cloud.post('/_local/faults', { ses: 'partial', for: 1, statuses: ['TRANSIENT_FAILURE'] })
    const [partly, over] = await cloud.run(tipsTo(people(4)), tipsTo(people(4)))
    expect(statuses(partly)).toEqual(['SUCCESS', 'SUCCESS', 'SUCCESS', 'TRANSIENT_FAILURE'])
    expect(statuses(over).filter((status) => status === 'SUCCESS')).toHaveLength(2)
    const [account] = await cloud.run(['ses', 'GetAccount', {}])
    expect(account.SendQuota.SentLast24Hours).toBe(5)
  })

  test('tells the bus as well, if wanted', async () => {
    await restart('answers-with-events')
    await cloud.run(tipsTo(['bounce@simulator.amazonses.com']), tipsTo(people(1), {}, { ReplacementHeaders: [] }))
    expect((await outcomes()).map(({ type }) => type)).toEqual(['Email Bounced'])
  })

  test('lists the mails to one address', async () => {
    await cloud.run(tipsTo(people(2)), mailTo('p1@example.com'), mailTo('x+p1@example.com'))
    const listed = await cloud.get('/_local/mail?to=p1@example.com')
    expect(listed.map(({ subject, to }: Answer) => [subject, to])).toEqual([
      ['Hi p1', ['p1@example.com']],
      ['Hello', ['p1@example.com']],
    ])
    expect(await cloud.get('/_local/mail?to=nobody@example.com')).toEqual([])
  })

  test('counts rendered mails by the same question', async () => {
    await cloud.run(tipsTo(people(2)), mailTo('p1@example.com'))
    expect(await cloud.get('/_local/mail/count')).toEqual({ mails: 3, addresses: 2, mostToOne: 2 })
    expect([...cloud.accepted()].map(({ address }) => address)).toEqual([...people(2), 'p1@example.com'])
  })
})
