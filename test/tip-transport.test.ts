import { BulkEmailStatus } from '@aws-sdk/client-sesv2'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { renderConfirmSeries, renderTip } from '../shared/mail/tip.tsx'
import { subscriptionLinks } from '../shared/tips/links.ts'
import { confirmValues, tipValues } from '../shared/tips/values.ts'
import { stage } from './people.ts'
import { ada, part, weekly } from './readers.ts'
import { openServices, type TakenMail } from './services.ts'

let services: Awaited<ReturnType<typeof openServices>>
let mail: typeof import('../shared/aws/tip-mail.ts')
beforeAll(async () => {
  services = await openServices()
  mail = await import('../shared/aws/tip-mail.ts')
})
afterAll(() => services.close())
beforeEach(() => services.forget())

const bulkCalls = () => services.asked('POST /v2/email/outbound-bulk-emails')
const singleCalls = () => services.asked('POST /v2/email/outbound-emails')

const publicUrl = 'https://chats.example.org'
const template = renderTip({ stage, publicUrl, series: weekly, part: part('two') })

/** The copy of one of many readers, made as the worker makes it. */
const copyFor = (index: number, firstName?: string) => {
  const person = `Reader${String(index).padStart(16, '0')}`
  const links = subscriptionLinks(publicUrl, { ...ada, person })
  return {
    to: `reader-${index}@example.org`,
    values: tipValues({ firstName, place: 'Part 2 of 3', ...links }),
    headers: [
      { name: 'List-Unsubscribe', value: `<${links.unsubscribe}>` },
      { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
    ],
    tags: { mail: 'tip', subscription: `${person}-weekly`, part: 'two', batch: '01JDBATCH', count: '2' },
  }
}
const copies = (many: number) => Array.from({ length: many }, (_, index) => copyFor(index))
const send = (by: 'bulk' | 'single', many: number) => mail.transports[by](template, copies(many), stage.sender)
const withoutId = ({ messageId: _id, ...rest }: TakenMail) => rest

describe('a mail', () => {
  test('is the same by either way, whatever the name', async () => {
    const names = ['Ada', undefined, 'O’Brien & Söhne', '<b>Ada</b>', '{{unsubscribe}}', 'علی', '$&', 'Zoë "Z" $1']
    const all = names.map((name, index) => copyFor(index, name))
    await mail.transports.bulk(template, all, stage.sender)
    const together = services.mails.map(withoutId)
    services.forget()
    await mail.transports.single(template, all, stage.sender)
    const alone = services.mails.map(withoutId).sort((a, b) => a.to.localeCompare(b.to))
    expect(together).toHaveLength(names.length)
    expect(alone).toEqual(together)
    for (const { html, text, subject } of together) expect(`${html}${text}${subject}`).not.toContain('{{')
    expect(together[0]?.text).toContain('Hello Ada,')
    expect(together[2]?.html).toContain('Hello O’Brien &amp; Söhne,')
    expect(together[2]?.text).toContain('Hello O’Brien & Söhne,')
  })

  test.each(['bulk', 'single'] as const)(
    'sent %s can be left with one click, by each reader for herself',
    async (by) => {
      await send(by, 2)
      for (const { to, headers, tags, html, text, from, configurationSet } of services.mails) {
        const values = (wanted: string) =>
          headers.filter(({ name }) => name.toLowerCase() === wanted.toLowerCase()).map(({ value }) => value)
        const [unsubscribe = ''] = values('List-Unsubscribe')
        // RFC 8058: one of each, an https address in angle brackets, and it says whose it is.
        expect(values('List-Unsubscribe')).toHaveLength(1)
        expect(values('List-Unsubscribe-Post')).toEqual(['List-Unsubscribe=One-Click'])
        expect(unsubscribe).toMatch(/^<https:\/\/chats\.example\.org\/subscriptions\/\S+\/unsubscribe>$/)
        expect(unsubscribe).toContain(tags.subscription)
        expect(html).toContain(unsubscribe.slice(1, -1))
        expect(text).toContain(unsubscribe.slice(1, -1))
        expect(values('List-Id')).toEqual(['Week by week <weekly.dev.example.org>'])
        expect(values('Auto-Submitted')).toEqual(['auto-generated'])
        // What SES asks of header values, and of tags.
        for (const { name, value } of headers) {
          expect(value).toMatch(/^[ -~]{1,995}$/)
          expect(name.length + value.length).toBeLessThanOrEqual(996)
        }
        for (const value of Object.values(tags)) expect(value).toMatch(/^[A-Za-z0-9_-]{1,256}$/)
        expect(tags).toEqual(copies(2).find((copy) => copy.to === to)?.tags)
        expect(from).toBe('"Coffee Chats" <assistant@dev.example.org>')
        expect(configurationSet).toBe('tips')
      }
      expect(new Set(services.mails.map(({ html }) => html)).size).toBe(2)
    },
  )

  test.each([false, true])('that asks to confirm is the same by either way (reminder: %s)', async (reminder) => {
    const asking = renderConfirmSeries({ stage, publicUrl, reminder })
    const links = subscriptionLinks(publicUrl, ada)
    const copy = { ...copyFor(0), values: confirmValues(links) }
    await mail.transports.bulk(asking, [copy], stage.sender)
    await mail.transports.single(asking, [copy], stage.sender)
    const [together, alone] = services.mails.map(withoutId)
    expect(alone).toEqual(together)
    expect(together?.html).toContain(links.confirm)
  })
})

test('fifty readers are one call, which holds for each nothing but an address, values, headers and tags', async () => {
  const fates = await send('bulk', 50)
  expect(bulkCalls()).toHaveLength(1)
  expect(fates).toEqual(services.mails.map(({ messageId }) => ({ result: 'sent', messageId })))
  expect(services.mails.map(({ to }) => to)).toEqual(copies(50).map(({ to }) => to))
  const { BulkEmailEntries = [] } = bulkCalls()[0] as { BulkEmailEntries?: Record<string, object>[] }
  expect(BulkEmailEntries).toHaveLength(50)
  for (const entry of BulkEmailEntries) {
    expect(Object.keys(entry).sort()).toEqual([
      'Destination',
      'ReplacementEmailContent',
      'ReplacementHeaders',
      'ReplacementTags',
    ])
    expect(Object.values(entry.Destination ?? {}).flat()).toHaveLength(1)
  }
  // SES wants the data of the template even where each reader brings her own.
  expect(bulkCalls()[0]).toMatchObject({ DefaultContent: { Template: { TemplateData: '{}' } } })
  // The words are in the call once, however many read them.
  expect(JSON.stringify(bulkCalls()[0]).split('About two.')).toHaveLength(3)
})

test('more than fifty are more than one call: SES refuses a call for all of them', async () => {
  const fates = await send('bulk', 120)
  expect(fates.map(({ result }) => result)).toEqual(Array(120).fill('sent'))
  const sizes = bulkCalls().map(({ BulkEmailEntries }) => (BulkEmailEntries as unknown as unknown[]).length)
  expect(Math.max(...sizes)).toBeLessThanOrEqual(50)
  expect(new Set(services.mails.map(({ to }) => to)).size).toBe(120)
})

describe('what SES says of one reader in a call of many', () => {
  const fates: Record<BulkEmailStatus, string> = {
    SUCCESS: 'sent',
    ACCOUNT_THROTTLED: 'soon',
    TRANSIENT_FAILURE: 'soon',
    FAILED: 'failed',
    ACCOUNT_DAILY_QUOTA_EXCEEDED: 'later',
    ACCOUNT_SUSPENDED: 'halted',
    ACCOUNT_SENDING_PAUSED: 'halted',
    CONFIGURATION_SET_SENDING_PAUSED: 'halted',
    CONFIGURATION_SET_NOT_FOUND: 'halted',
    MAIL_FROM_DOMAIN_NOT_VERIFIED: 'halted',
    TEMPLATE_NOT_FOUND: 'halted',
    INVALID_SENDING_POOL_NAME: 'halted',
    MESSAGE_REJECTED: 'refused',
    INVALID_PARAMETER: 'refused',
  }

  test.each(Object.values(BulkEmailStatus))('%s', async (status) => {
    services.statuses.push([{ Status: 'SUCCESS' }, { Status: status }, { Status: 'SUCCESS' }])
    const [first, second, third] = await send('bulk', 3)
    expect(second?.result).toBe(fates[status])
    if (status !== 'SUCCESS') expect(second).toMatchObject({ because: status })
    expect([first?.result, third?.result]).toEqual(['sent', 'sent'])
    expect(services.mails).toHaveLength(status === 'SUCCESS' ? 3 : 2)
    expect(services.calls).toHaveLength(1)
  })

  test.each([
    ['a status that nobody knows yet', { Status: 'ABDUCTED' }],
    ['a status that is a word of the language', { Status: 'constructor' }],
    ['nothing', {}],
    ['that it is taken, and under no id', { Status: 'SUCCESS', MessageId: undefined }],
  ])('%s leaves it unknown', async (_what, told) => {
    services.statuses.push([{ Status: 'SUCCESS' }, told])
    expect((await send('bulk', 2)).map(({ result }) => result)).toEqual(['sent', 'unknown'])
  })

  test('is what counts, and not that there is an id', async () => {
    services.statuses.push([{ Status: 'FAILED', MessageId: 'm' }, {}])
    expect(await send('bulk', 2)).toEqual([
      { result: 'failed', because: 'FAILED' },
      { result: 'unknown', because: 'no answer' },
    ])
  })

  test.each([0, 1, 2])('for %i of three leaves those who are missing unknown', async (told) => {
    services.statuses.push(Array(told).fill({ Status: 'SUCCESS' }))
    const fates = await send('bulk', 3)
    expect(fates.map(({ result }) => result)).toEqual([...Array(told).fill('sent'), ...Array(3 - told).fill('unknown')])
  })

  test('that our own address is not verified is not about the reader', async () => {
    const words = `Email address is not verified. The following identities failed the check in region US-EAST-1: "Coffee Chats" <${stage.sender.address}>, ${stage.sender.address}`
    services.statuses.push([{ Status: 'MESSAGE_REJECTED', Error: words }])
    expect(await send('bulk', 1)).toEqual([{ result: 'halted', because: 'MESSAGE_REJECTED' }])
  })
})

const notVerified = (who: string) =>
  `Email address is not verified. The following identities failed the check in region US-EAST-1: ${who}`

describe.each(['bulk', 'single'] as const)('a call that fails, sent %s', (by) => {
  test.each<[status: number, error: string, message: string, result: string]>([
    [429, 'TooManyRequestsException', 'Maximum sending rate exceeded.', 'soon'],
    [400, 'ThrottlingException', 'Rate exceeded', 'soon'],
    [400, 'LimitExceededException', 'There are too many instances', 'soon'],
    [429, 'TooManyRequestsException', 'Daily message quota exceeded.', 'later'],
    [400, 'LimitExceededException', 'Daily message quota exceeded.', 'later'],
    [400, 'AccountSuspendedException', 'suspended', 'halted'],
    [400, 'SendingPausedException', 'paused', 'halted'],
    [400, 'MailFromDomainNotVerifiedException', 'not verified', 'halted'],
    [404, 'NotFoundException', 'Configuration set <tips> does not exist.', 'halted'],
    [403, 'AccessDeniedException', 'is not authorized to perform ses:SendBulkEmail', 'halted'],
    [403, 'UnrecognizedClientException', 'The security token included in the request is invalid.', 'halted'],
    [400, 'MessageRejected', notVerified(`"Coffee Chats" <${stage.sender.address}>`), 'halted'],
    [400, 'MessageRejected', notVerified('reader-0@example.org'), 'refused'],
    [400, 'MessageRejected', 'Message contains a virus', 'refused'],
    [400, 'BadRequestException', 'Missing final @domain', 'refused'],
    [403, 'InvalidSignatureException', 'Signature expired', 'halted'],
    [403, 'ExpiredTokenException', 'The security token included in the request is expired', 'halted'],
    [400, 'ValidationException', 'The input fails to satisfy the constraints', 'refused'],
    [418, 'TeapotException', 'nobody knows', 'failed'],
    [500, 'InternalServiceErrorException', 'nobody knows', 'unknown'],
    [503, 'ServiceUnavailable', 'nobody knows', 'unknown'],
    [504, 'GatewayTimeout', 'nobody knows', 'unknown'],
  ])('with %i %s, %s, is %s for its reader, and tried once', async (status, error, message, result) => {
    services.troubles.push({ status, error, message })
    const [fate] = await send(by, 1)
    expect(fate).toEqual({ result, because: error })
    expect(services.calls).toHaveLength(1)
    expect(services.mails).toEqual([])
  })

  test('because the line was cut is unknown, and tried once', async () => {
    services.forgets = 1
    expect((await send(by, 1)).map(({ result }) => result)).toEqual(['unknown'])
    expect(services.calls).toHaveLength(1)
    expect(services.mails).toHaveLength(1)
  })

  test('because nobody is there was surely not taken', async () => {
    const listenAgain = await services.hangUp()
    try {
      expect(await send(by, 1)).toEqual([{ result: 'soon', because: 'ECONNREFUSED' }])
    } finally {
      await listenAgain()
    }
    expect((await send(by, 1)).map(({ result }) => result)).toEqual(['sent'])
  })
})

describe('a call for fifty', () => {
  test.each<[status: number, error: string, result: string]>([
    [429, 'TooManyRequestsException', 'soon'],
    [400, 'SendingPausedException', 'halted'],
    [503, 'ServiceUnavailable', 'unknown'],
  ])('that fails with %i %s is %s for all of them, and is not tried again', async (status, error, result) => {
    services.troubles.push({ status, error })
    expect(await send('bulk', 50)).toEqual(Array(50).fill({ result, because: error }))
    expect(services.calls).toHaveLength(1)
    expect(services.mails).toEqual([])
  })

  test.each([0, 17, 49])(
    'in which reader %i is poison is halved until she is found: 49 get one mail',
    async (index) => {
      services.poison = `reader-${index}@example.org`
      const fates = await send('bulk', 50)
      expect(fates.map(({ result }) => result)).toEqual(copies(50).map((_, at) => (at === index ? 'refused' : 'sent')))
      const received = services.mails.map(({ to }) => to)
      expect(new Set(received).size).toBe(49)
      expect(received).toHaveLength(49)
      // Each fate belongs to the reader at its place.
      for (const [at, fate] of fates.entries()) {
        if (fate.result !== 'sent') continue
        expect(services.mails.find(({ messageId }) => messageId === fate.messageId)?.to).toBe(
          `reader-${at}@example.org`,
        )
      }
      expect(bulkCalls().length).toBeLessThanOrEqual(13)
    },
  )

  test('that fails for a reason nobody knows is halved as well', async () => {
    services.troubles.push({ status: 418, error: 'TeapotException' })
    expect((await send('bulk', 50)).map(({ result }) => result)).toEqual(Array(50).fill('sent'))
    expect(services.calls).toHaveLength(3)
    expect(new Set(services.mails.map(({ to }) => to)).size).toBe(50)
  })

  test('of which a half is too fast while poison is looked for: that half waits, and nobody gets two', async () => {
    services.troubles.push(
      { status: 400, error: 'BadRequestException' },
      { status: 429, error: 'TooManyRequestsException' },
    )
    const fates = await send('bulk', 50)
    expect(fates.map(({ result }) => result)).toEqual([...Array(25).fill('soon'), ...Array(25).fill('sent')])
    expect(services.mails).toHaveLength(25)
    expect(services.calls).toHaveLength(3)
  })

  test('that is lost while poison is looked for is unknown for those in it', async () => {
    services.troubles.push({ status: 400, error: 'BadRequestException' }, { cut: true })
    const fates = await send('bulk', 50)
    expect(fates.map(({ result }) => result)).toEqual([...Array(25).fill('unknown'), ...Array(25).fill('sent')])
  })
})

describe('one call a reader', () => {
  test('says in which alphabet it is written', async () => {
    await send('single', 1)
    const { Content } = singleCalls()[0] as never as { Content: { Simple: { Subject: object; Body: object } } }
    expect(Content.Simple).toMatchObject({
      Subject: { Charset: 'UTF-8' },
      Body: { Html: { Charset: 'UTF-8' }, Text: { Charset: 'UTF-8' } },
    })
  })

  test('that was taken under no id is unknown', async () => {
    services.troubles.push({ status: 200, error: '' })
    expect(await send('single', 1)).toEqual([{ result: 'unknown', because: 'no message id' }])
  })

  test('is one call a reader, and each has her own fate', async () => {
    services.troubles.push({ status: 429, error: 'TooManyRequestsException' })
    services.poison = 'reader-7@example.org'
    const fates = await send('single', 12)
    expect(singleCalls()).toHaveLength(12)
    expect(bulkCalls()).toHaveLength(0)
    expect(fates.filter(({ result }) => result === 'soon')).toHaveLength(1)
    expect(fates[7]?.result).toBe('refused')
    expect(services.mails).toHaveLength(10)
  })
})
