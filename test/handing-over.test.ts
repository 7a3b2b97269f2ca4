import { SESv2ServiceException } from '@aws-sdk/client-sesv2'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { RenderedMail } from '../shared/mail/render.tsx'
import { openServices } from './services.ts'

let services: Awaited<ReturnType<typeof openServices>>
let mail: typeof import('../shared/aws/mail.ts')
let queues: typeof import('../shared/aws/queues.ts')
let quota: typeof import('../shared/aws/quota.ts')
let takenTips: typeof import('../shared/aws/taken-tips.ts')
beforeAll(async () => {
  services = await openServices()
  mail = await import('../shared/aws/mail.ts')
  queues = await import('../shared/aws/queues.ts')
  quota = await import('../shared/aws/quota.ts')
  takenTips = await import('../shared/aws/taken-tips.ts')
})
afterAll(() => services.close())
beforeEach(() => services.forget())

describe('a mail of the workflow', () => {
  const due = { requestId: '01JDREQUEST', mail: 'prepare', occurrence: 'at-2', since: 1_764_000_000_000 } as const
  const rendered: RenderedMail = {
    subject: 'Your talk with Zoë',
    html: '<p>Zoë</p>',
    text: 'Zoë',
    headers: [
      { name: 'Auto-Submitted', value: 'auto-generated' },
      { name: 'List-Unsubscribe', value: '<https://chats.example.org/stop>' },
    ],
    attachments: [{ filename: 'talk.ics', contentType: 'text/calendar; method=PUBLISH', content: 'SUMMARY:Zoë' }],
  }
  const sender = { name: 'Coffee "\\Chats', address: 'assistant@dev.example.org' }
  const send = () => mail.send(due, 'ada@example.org', rendered, sender)

  test('is handed over whole, once, in one call to one address', async () => {
    expect(await send()).toEqual({ result: 'sent', messageId: services.mails[0]?.messageId })
    const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' })
    expect(services.calls).toEqual([
      {
        what: 'POST /v2/email/outbound-emails',
        body: {
          FromEmailAddress: '"Coffee Chats" <assistant@dev.example.org>',
          Destination: { ToAddresses: ['ada@example.org'] },
          ConfigurationSetName: 'workflow',
          EmailTags: [
            { Name: 'mail', Value: 'prepare' },
            { Name: 'request', Value: '01JDREQUEST' },
            { Name: 'occurrence', Value: 'at-2' },
            { Name: 'since', Value: '1764000000000' },
          ],
          Content: {
            Simple: {
              Subject: utf8('Your talk with Zoë'),
              Body: { Html: utf8('<p>Zoë</p>'), Text: utf8('Zoë') },
              Headers: [
                { Name: 'Auto-Submitted', Value: 'auto-generated' },
                { Name: 'List-Unsubscribe', Value: '<https://chats.example.org/stop>' },
              ],
              Attachments: [
                {
                  FileName: 'talk.ics',
                  ContentType: 'text/calendar; method=PUBLISH',
                  RawContent: Buffer.from('SUMMARY:Zoë').toString('base64'),
                  ContentDisposition: 'ATTACHMENT',
                  ContentTransferEncoding: 'BASE64',
                },
              ],
            },
          },
        },
      },
    ])
  })

  test.each<[status: number, error: string, result: string]>([
    [400, 'MessageRejected', 'refused'],
    [400, 'BadRequestException', 'refused'],
    [429, 'TooManyRequestsException', 'later'],
    [400, 'LimitExceededException', 'later'],
    [400, 'SendingPausedException', 'later'],
    [400, 'AccountSuspendedException', 'later'],
    [400, 'MailFromDomainNotVerifiedException', 'later'],
    [403, 'AccessDeniedException', 'later'],
    [404, 'NotFoundException', 'later'],
    [499, 'SomethingNew', 'later'],
    [500, 'InternalServiceErrorException', 'unknown'],
    [503, 'ServiceUnavailable', 'unknown'],
  ])('answered with %i %s is %s, and asked for once', async (status, error, result) => {
    services.troubles.push({ status, error })
    expect(await send()).toEqual({ result, because: error })
    expect(services.calls).toHaveLength(1)
    expect(services.mails).toEqual([])
  })

  test.each([
    [sender.address, 'later'],
    ['ada@example.org', 'refused'],
  ])('refused because %s is not verified is %s', async (who, result) => {
    const message = `Email address is not verified. The following identities failed the check in region US-EAST-1: ${who}`
    services.troubles.push({ status: 400, error: 'MessageRejected', message })
    expect(await send()).toEqual({ result, because: 'MessageRejected' })
  })

  test('that broke off over our own address may have been taken', async () => {
    const message = `Email address is not verified: ${sender.address}`
    services.troubles.push({ status: 500, error: 'InternalServiceErrorException', message })
    expect(await send()).toMatchObject({ result: 'unknown' })
  })

  test('that was taken, with an answer that got lost, is unknown, and asked for once', async () => {
    services.forgets = 1
    expect(await send()).toEqual({ result: 'unknown', because: 'TimeoutError' })
    expect(services.calls).toHaveLength(1)
    expect(services.mails).toHaveLength(1)
  })

  test('that was taken under no id is unknown', async () => {
    services.troubles.push({ status: 200, error: '' })
    expect(await send()).toEqual({ result: 'unknown', because: 'no message id' })
  })

  test('for which nobody is there was surely not taken', async () => {
    const listenAgain = await services.hangUp()
    try {
      expect(await send()).toEqual({ result: 'later', because: 'ECONNREFUSED' })
    } finally {
      await listenAgain()
    }
    expect(await send()).toMatchObject({ result: 'sent' })
  })

  test.each<[what: string, error: unknown, told: object]>([
    ['no host of that name', { code: 'ENOTFOUND' }, { result: 'later', because: 'ENOTFOUND' }],
    ['no answer of the name server', { code: 'EAI_AGAIN' }, { result: 'later', because: 'EAI_AGAIN' }],
    ['a connection that was cut', { code: 'ECONNRESET' }, { result: 'unknown', because: 'unknown error' }],
    ['a code that is a number', { code: 1 }, { result: 'unknown', because: 'unknown error' }],
    ['nothing at all', undefined, { result: 'unknown', because: 'unknown error' }],
    [
      'an error of SES that says no status',
      new SESv2ServiceException({ name: 'Odd', message: '', $fault: 'client', $metadata: {} }),
      { result: 'unknown', because: 'Odd' },
    ],
    [
      'an error of SES with a status that is no error',
      new SESv2ServiceException({ name: 'Odd', message: '', $fault: 'client', $metadata: { httpStatusCode: 302 } }),
      { result: 'unknown', because: 'Odd' },
    ],
  ])('after %s', (_what, error, told) => {
    expect(mail.whatHappened(error)).toEqual(told)
  })
})

describe('a queue', () => {
  const mails = (many: number) =>
    Array.from({ length: many }, (_, index) => ({
      requestId: `request-${index}`,
      mail: 'draft' as const,
      occurrence: `${index}`,
      ...(index % 2 === 1 ? { delaySeconds: index } : {}),
    }))
  const sizes = () =>
    services
      .asked('AmazonSQS.SendMessageBatch')
      .map(({ Entries }) => (Entries as unknown as { Id: string }[]).map(({ Id }) => Id).length)

  test.each([
    [0, []],
    [1, [1]],
    [10, [10]],
    [23, [10, 10, 3]],
  ])('gets %i mails in order, in calls of %j', async (many, calls) => {
    await queues.enqueue(mails(many))
    expect(sizes()).toEqual(calls)
    expect(services.queued).toEqual(
      mails(many).map(({ delaySeconds = 0, ...body }) => ({ queue: 'mail', body, delaySeconds })),
    )
  })

  test('holds of a mail what finds it, and nothing else', async () => {
    await queues.enqueue([{ ...(mails(1)[0] as ReturnType<typeof mails>[0]), to: 'ada@example.org' } as never])
    expect(services.queued.map(({ body }) => body)).toEqual([
      { requestId: 'request-0', mail: 'draft', occurrence: '0' },
    ])
    const [{ Entries: [entry] = [] } = {}] = services.asked('AmazonSQS.SendMessageBatch') as { Entries?: object[] }[]
    expect(Object.keys(entry ?? {})).toEqual(['Id', 'MessageBody'])
  })

  test('gets readers, each call of them with its own delay', async () => {
    const tips = { series: 'weekly', next: 'two', people: ['a', 'b'] }
    await queues.enqueueTips([tips, { ...tips, people: ['c'], delaySeconds: 90 }])
    expect(services.queued).toEqual([
      { queue: 'tips', body: tips, delaySeconds: 0 },
      { queue: 'tips', body: { ...tips, people: ['c'] }, delaySeconds: 90 },
    ])
  })

  test('that does not take one of eleven has not taken them: whoever hands them over tries again', async () => {
    services.refusedByQueue = ['request-10']
    await expect(queues.enqueue(mails(11))).rejects.toThrow('The queue refused 1 messages: InternalError')
    expect(services.queued).toHaveLength(10)
  })

  test('is as deep as what waits, is delayed and is worked on', async () => {
    services.depth = { mail: 3, tips: 40 }
    services.delayed = 200
    services.inFlight = 1000
    expect(await queues.depthOf('mailQueueUrl')).toBe(1203)
    expect(await queues.depthOf('tipsQueueUrl')).toBe(1240)
  })
})

describe('what SES takes from this account', () => {
  const told = (account: object) => {
    services.account = account as typeof services.account
    return quota.quota()
  }
  const sends = (Max24HourSend: number, SentLast24Hours: number, MaxSendRate = 14) => ({
    SendingEnabled: true,
    SendQuota: { Max24HourSend, MaxSendRate, SentLast24Hours },
  })

  test.each<[what: string, account: object, told: object]>([
    ['what is left of the day', sends(50_000, 1_200), { perSecond: 14, leftToday: 48_800, maySend: true }],
    ['nothing once it is used up', sends(200, 200, 1), { perSecond: 1, leftToday: 0, maySend: true }],
    ['and not less than nothing', sends(200, 207, 1), { perSecond: 1, leftToday: 0, maySend: true }],
    ['all, where there is no end', sends(-1, 9, 90), { perSecond: 90, leftToday: Infinity, maySend: true }],
    ['none where none are allowed', sends(0, 0, 1), { perSecond: 1, leftToday: 0, maySend: true }],
    ['nothing while it is paused', { ...sends(200, 0), SendingEnabled: false }, { maySend: false, leftToday: 200 }],
    ['little where SES says nothing', {}, { perSecond: 1, leftToday: 0, maySend: true }],
    ['little where SES does not count', { SendQuota: {} }, { perSecond: 1, leftToday: 0, maySend: true }],
  ])('is %s', async (_what, account, expected) => {
    expect(await told(account)).toMatchObject(expected)
  })
})

describe('the log of what SES has taken', () => {
  const AT = '2026-11-24T14:00:00.000Z'
  const minutes = (after: number) => Date.parse(AT) + after * 60_000
  const claim = { at: AT, batch: '01JDBATCH', count: 2 }

  test('is asked for one batch, from a minute before its claim until half an hour after it', async () => {
    await takenTips.takenUnder(claim as never)
    expect(services.calls.map(({ body }) => body)).toEqual([
      {
        logGroupName: '/aws/events/taken-tips',
        filterPattern: '"01JDBATCH"',
        startTime: minutes(-1),
        endTime: minutes(30),
      },
    ])
  })

  test('tells for whom it was, and which part, on all of its pages', async () => {
    services.noted.push(
      { at: minutes(0), line: '01JDBATCH ada-weekly m-1 two' },
      // As EventBridge writes a line, and as lines were before they named the part.
      { at: minutes(1), line: ' 01JDBATCH bea-weekly m-2 two\n' },
      { at: minutes(2), line: '01JDBATCH cleo-weekly m-3' },
      { at: minutes(3), line: '01JDBATCH dora-weekly m-4 one' },
    )
    expect([...(await takenTips.takenUnder(claim as never))]).toEqual([
      ['ada-weekly', { messageId: 'm-1', part: 'two' }],
      ['bea-weekly', { messageId: 'm-2', part: 'two' }],
      ['cleo-weekly', { messageId: 'm-3' }],
      ['dora-weekly', { messageId: 'm-4', part: 'one' }],
    ])
    expect(services.calls).toHaveLength(2)
  })

  test.each([
    ['of another batch, which names this one somewhere', '01JDOTHER 01JDBATCH m-1 two'],
    ['that names nobody', '01JDBATCH'],
    ['without a mail', '01JDBATCH ada-weekly'],
    ['without a mail, and with more spaces', '01JDBATCH ada-weekly  two'],
    ['without a reader', '01JDBATCH  m-1 two'],
  ])('does not take a line %s for a mail', async (_what, line) => {
    services.noted.push({ at: minutes(0), line })
    expect([...(await takenTips.takenUnder(claim as never))]).toEqual([])
  })
})
