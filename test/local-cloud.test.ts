import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import {
  type Answer,
  type Call,
  type Fixture,
  forget,
  mailTo,
  newDataDir,
  put,
  scheduleAt,
  send,
  startAt,
  startFixture,
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

const bodies = async (): Promise<unknown[]> => (await cloud.notes('work')).map(({ what }) => what.body)

describe('schedules', () => {
  // A cloud of its own for each: what one leaves behind would fall due in the next.
  beforeEach(start)

  test('fire in the order of their time when the clock is moved over them, each at its own moment', async () => {
    await cloud.run(
      scheduleAt('third', '2027-02-20T09:30:00'),
      scheduleAt('first', '2026-12-02T08:00:00'),
      scheduleAt('second', '2026-12-24T23:59:59'),
    )
    await cloud.advance('P3M')
    const notes = await cloud.notes('work')
    expect(notes.map(({ what }) => what.body.name)).toEqual(['first', 'second', 'third'])
    expect(notes.map(({ at }) => at)).toEqual([
      '2026-12-02T08:00:00.000Z',
      '2026-12-24T23:59:59.000Z',
      '2027-02-20T09:30:00.000Z',
    ])
    expect(await cloud.get('/_local/schedules')).toEqual([])
  })

  test('that lie ahead do not fire, and are listed with their input', async () => {
    await cloud.run(scheduleAt('later', '2026-12-05T00:00:00', { request: 'R1' }))
    await cloud.advance('P1D')
    expect(await bodies()).toEqual([])
    expect(await cloud.get('/_local/schedules')).toEqual([
      { name: 'later', at: '2026-12-05T00:00:00.000Z', input: { request: 'R1' } },
    ])
  })

  test('are refused as AWS refuses them, and the SDK knows the error', async () => {
    const [, again, past, badName, badGroup, garbage, gone] = await cloud.run(
      scheduleAt('one', '2026-12-02T08:00:00'),
      scheduleAt('one', '2026-12-03T08:00:00'),
      scheduleAt('past', '2026-11-30T08:00:00'),
      scheduleAt('bad name', '2026-12-02T08:00:00'),
      ['scheduler', 'CreateSchedule', { ...scheduleAt('x', '2026-12-02T08:00:00')[2], GroupName: 'nobody' }],
      scheduleAt('garbage', '2026-13-45T08:00:00'),
      ['scheduler', 'GetSchedule', { Name: 'gone', GroupName: '$GROUP' }],
    )
    expect(again).toMatchObject({ error: 'ConflictException', status: 409 })
    for (const one of [past, badName, garbage]) expect(one).toMatchObject({ error: 'ValidationException', status: 400 })
    for (const one of [badGroup, gone]) expect(one).toMatchObject({ error: 'ResourceNotFoundException', status: 404 })
  })

  test('can be moved, read, listed and cancelled', async () => {
    const [, , moved, listed, , missing] = await cloud.run(
      scheduleAt('one', '2026-12-02T08:00:00'),
      ['scheduler', 'UpdateSchedule', scheduleAt('one', '2026-12-09T08:00:00')[2]],
      ['scheduler', 'GetSchedule', { Name: 'one', GroupName: '$GROUP' }],
      ['scheduler', 'ListSchedules', { GroupName: '$GROUP' }],
      ['scheduler', 'DeleteSchedule', { Name: 'one', GroupName: '$GROUP' }],
      ['scheduler', 'DeleteSchedule', { Name: 'one', GroupName: '$GROUP' }],
    )
    expect(moved).toMatchObject({
      ScheduleExpression: 'at(2026-12-09T08:00:00)',
      GroupName: 'mails',
      ActionAfterCompletion: 'DELETE',
    })
    expect(listed.Schedules.map(({ Name }: Answer) => Name)).toEqual(['one'])
    expect(missing).toMatchObject({ error: 'ResourceNotFoundException' })
  })

  test('that keep themselves after completion do not fire twice', async () => {
    await cloud.run([
      'scheduler',
      'CreateSchedule',
      { ...scheduleAt('kept', '2026-12-02T08:00:00')[2], ActionAfterCompletion: 'NONE' },
    ])
    await cloud.advance('P1W')
    expect(await bodies()).toHaveLength(1)
    expect((await cloud.run(scheduleAt('kept', '2026-12-20T08:00:00')))[0]).toMatchObject({
      error: 'ConflictException',
    })
  })

  test('whose target is not there end in their dead-letter queue', async () => {
    const input = scheduleAt('lost', '2026-12-02T08:00:00')[2] as { Target: object }
    const Target = {
      ...input.Target,
      Arn: 'arn:aws:sqs:us-east-1:000000000000:nobody',
      DeadLetterConfig: { Arn: '$DEAD_ARN' },
    }
    await cloud.run(['scheduler', 'CreateSchedule', { ...input, Target }])
    await cloud.advance('P2D')
    expect(await cloud.get('/_local/dead-letters')).toMatchObject([
      { queue: 'dead', body: { name: 'lost' }, attributes: { ERROR_CODE: 'InvalidTarget' } },
    ])
  })

  test('of the template come round at their own rate, and less often while nothing comes of them', async () => {
    const { fired } = await cloud.advance('PT3H')
    // After 15 minutes; the next step is three hours.
    expect(fired).toBe(1)
    const idle = await cloud.advance('P3M')
    expect(idle.fired).toBeGreaterThan(88)
    expect(idle.fired).toBeLessThan(100)
  })
})

describe('the clock', () => {
  // A cloud of its own for each: what one leaves behind would fall due in the next.
  beforeEach(start)

  test('goes as far as it is asked to, and is what functions see', async () => {
    expect((await cloud.post('/_local/clock', { to: '2026-12-25T00:00:00Z' })).now).toBe('2026-12-25T00:00:00.000Z')
    await cloud.run(send({ seen: true }))
    await cloud.settle()
    expect((await cloud.notes('work'))[0]?.at).toMatch(/^2026-12-25T00:00:/)
  })

  test('ticks by itself while nobody moves it, and what falls due happens', async () => {
    const { now } = await cloud.get('/_local/clock')
    // Time enough for a busy machine to have set it before it is due.
    const soon = new Date(Date.parse(now) + 6000).toISOString().slice(0, 19)
    await cloud.run(scheduleAt('soon', soon), mailTo('ada@example.com'))
    await expect.poll(bodies, { timeout: 20_000 }).toEqual([{ name: 'soon' }])
    await expect.poll(async () => (await cloud.notes('outcome')).length, { timeout: 10_000 }).toBe(2)
  })

  test('is moved by one at a time', async () => {
    const moved = await Promise.all([cloud.advance('P1D'), cloud.advance('P1D'), cloud.advance('P1D')])
    const days = moved.map(({ now }) => now.slice(0, 10))
    expect(days.toSorted()).toEqual(['2026-12-02', '2026-12-03', '2026-12-04'])
  })

  test('takes expired items along, and the stream says who deleted them', async () => {
    const expiresAt = (iso: string) => ({ expiresAt: { N: String(Date.parse(iso) / 1000) } })
    await cloud.run(
      put('WATCHED', 'soon', expiresAt('2026-12-03T00:00:00Z')),
      put('WATCHED', 'late', expiresAt('2027-12-03T00:00:00Z')),
    )
    await cloud.advance('P1D')
    // On a busy machine the two may come in two batches.
    const before = await cloud.notes('watch')
    expect(before.flatMap(({ what }) => what.names)).toEqual(['INSERT', 'INSERT'])
    await cloud.advance('P3D')
    const [removed, ...others] = (await cloud.notes('watch')).slice(before.length)
    expect(others).toEqual([])
    expect(removed?.what).toEqual({ keys: ['soon'], names: ['REMOVE'], by: ['dynamodb.amazonaws.com'] })
  })
})

describe('queues', () => {
  // A cloud of its own for each: what one leaves behind would fall due in the next.
  beforeEach(start)

  test('hide a failed message for the visibility timeout of the template, on the clock that is moved', async () => {
    await cloud.run(send({ fails: 2 }))
    await cloud.settle()
    expect(await cloud.notes('work')).toHaveLength(1)
    await cloud.advance('PT2M59S')
    expect(await cloud.notes('work')).toHaveLength(1)
    await cloud.advance('PT1H')
    const notes = await cloud.notes('work')
    const [first = 0, ...later] = notes.map(({ at }) => Date.parse(at))
    expect(notes.map(({ what }) => what.count)).toEqual([1, 2, 3])
    // The clock ticked for a moment between the message and the first move.
    expect(Math.round(((later[1] ?? 0) - (later[0] ?? 0)) / 1000)).toBe(180)
    expect(Math.round(((later[0] ?? 0) - first) / 10_000)).toBe(18)
    expect(await cloud.get('/_local/dead-letters')).toEqual([])
  })

  test('give up after as many receives as the template says, and block nobody', async () => {
    await cloud.run(send({ poison: 1, fails: 99 }), send({ well: 1 }))
    await cloud.advance('PT1H')
    const letters = await cloud.get('/_local/dead-letters')
    expect(letters).toMatchObject([{ queue: 'dead', body: { poison: 1, fails: 99 }, receives: 3 }])
    const tries = (await cloud.notes('work')).map(({ what }) => what.body)
    expect(tries.filter(({ poison }) => poison)).toHaveLength(3)
    expect(tries.filter(({ well }) => well)).toHaveLength(1)
  })

  test('give a whole batch back when the function throws', async () => {
    await cloud.run([
      'sqs',
      'SendMessageBatch',
      {
        QueueUrl: '$QUEUE',
        Entries: ['a', 'b'].map((Id) => ({ Id, MessageBody: JSON.stringify({ Id, throws: Id === 'b' }) })),
      },
    ])
    await cloud.advance('PT1H')
    const tries = (await cloud.notes('work')).filter(({ what }) => what.body.Id === 'a')
    expect(tries.length).toBeGreaterThanOrEqual(1)
    expect((await cloud.get('/_local/dead-letters')).map(({ body }: Answer) => body.Id)).toContain('b')
  })

  test('hold delayed messages back until their time', async () => {
    await cloud.run(send({ late: 1 }, { DelaySeconds: 600 }))
    await cloud.advance('PT9M')
    expect(await bodies()).toEqual([])
    await cloud.advance('PT2M')
    expect(await bodies()).toEqual([{ late: 1 }])
  })

  test('tell how many messages wait, how many are delayed, and how many somebody has', async () => {
    const entries = [0, 0, 30, 900].map((DelaySeconds, index) => ({
      Id: `m${index}`,
      MessageBody: JSON.stringify({ index }),
      DelaySeconds,
    }))
    const asked = [
      'ApproximateNumberOfMessages',
      'ApproximateNumberOfMessagesNotVisible',
      'ApproximateNumberOfMessagesDelayed',
    ]
    const count: Call = ['sqs', 'GetQueueAttributes', { QueueUrl: '$DEAD', AttributeNames: asked }]
    const [sent, before, , after, none, strange] = await cloud.run(
      ['sqs', 'SendMessageBatch', { QueueUrl: '$DEAD', Entries: entries }],
      count,
      ['sqs', 'ReceiveMessage', { QueueUrl: '$DEAD' }],
      count,
      ['sqs', 'GetQueueAttributes', { QueueUrl: '$DEAD' }],
      ['sqs', 'GetQueueAttributes', { QueueUrl: '$DEAD', AttributeNames: ['Policy'] }],
    )
    expect(sent.Successful).toHaveLength(4)
    const counts = ({ Attributes }: Answer) => asked.map((name) => Attributes[name])
    expect(counts(before)).toEqual(['2', '0', '2'])
    expect(counts(after)).toEqual(['1', '1', '2'])
    expect(none.Attributes ?? {}).toEqual({})
    expect(strange).toMatchObject({ error: 'InvalidAttributeName' })
    await cloud.advance('PT45S')
    expect(counts((await cloud.run(count))[0])).toEqual(['3', '0', '1'])
  })

  test('hand over delayed messages of a batch in the order of their time', async () => {
    const entries = [60, 0, 600, 20, 300].map((DelaySeconds, index) => ({
      Id: `m${index}`,
      MessageBody: JSON.stringify({ DelaySeconds }),
      DelaySeconds,
    }))
    await cloud.run(['sqs', 'SendMessageBatch', { QueueUrl: '$QUEUE', Entries: entries }])
    await cloud.advance('PT1H')
    const notes = await cloud.notes('work')
    expect(notes.map(({ what }) => what.body.DelaySeconds)).toEqual([0, 20, 60, 300, 600])
    const at = notes.map((note) => Date.parse(note.at))
    expect(at.slice(1).map((one, index) => Math.round((one - (at[index] ?? 0)) / 20_000))).toEqual([1, 2, 12, 15])
  })

  test('answer the rest of the API that people use on them', async () => {
    const [, , got] = await cloud.run(
      ['sqs', 'GetQueueUrl', { QueueName: 'dead' }],
      [
        'sqs',
        'SendMessage',
        {
          QueueUrl: '$DEAD',
          MessageBody: 'hello',
          MessageAttributes: { a: { DataType: 'String', StringValue: 'b' } },
        },
      ],
      ['sqs', 'ReceiveMessage', { QueueUrl: '$DEAD' }],
    )
    expect(got.Messages).toMatchObject([
      { Body: 'hello', MessageAttributes: { a: { StringValue: 'b' } }, Attributes: { ApproximateReceiveCount: '1' } },
    ])
    const [counted, nobody, noReceipt, removed, after] = await cloud.run(
      ['sqs', 'GetQueueAttributes', { QueueUrl: '$DEAD', AttributeNames: ['All'] }],
      ['sqs', 'SendMessage', { QueueUrl: '$DEAD-nobody', MessageBody: 'hello' }],
      ['sqs', 'ChangeMessageVisibility', { QueueUrl: '$DEAD', ReceiptHandle: 'none', VisibilityTimeout: 1 }],
      ['sqs', 'DeleteMessage', { QueueUrl: '$DEAD', ReceiptHandle: got.Messages[0].ReceiptHandle }],
      ['sqs', 'GetQueueAttributes', { QueueUrl: '$DEAD', AttributeNames: ['All'] }],
    )
    expect(counted.Attributes).toMatchObject({
      ApproximateNumberOfMessages: '0',
      ApproximateNumberOfMessagesNotVisible: '1',
    })
    expect(nobody).toMatchObject({ error: 'QueueDoesNotExist' })
    expect(noReceipt).toMatchObject({ error: 'ReceiptHandleIsInvalid' })
    expect(removed).toEqual({})
    expect(after.Attributes).toMatchObject({ ApproximateNumberOfMessagesNotVisible: '0' })
  })
})

describe('the stream', () => {
  // A cloud of its own for each: what one leaves behind would fall due in the next.
  beforeEach(start)

  test('brings only what the filter of the template wants', async () => {
    await cloud.run(put('OTHER', '1'), put('WATCHED', '2'), put('OTHER', '3'))
    await cloud.settle()
    expect((await cloud.notes('watch')).map(({ what }) => what.keys)).toEqual([['2']])
  })

  test('is bisected around a record that makes the function throw, which ends in the failure destination', async () => {
    await cloud.run(
      ...['1', '2', '3', '4', '5'].map((sk) => put('WATCHED', sk, sk === '3' ? { throws: { BOOL: true } } : {})),
    )
    await cloud.advance('PT1H')
    const batches = (await cloud.notes('watch')).map(({ what }) => what.keys.join(''))
    // It came alone in the end: once, and again as often as the template says.
    expect(batches.filter((keys) => keys === '3')).toHaveLength(3)
    for (const sk of ['1', '2', '4', '5']) expect(batches.join()).toContain(sk)
    const letters = await cloud.get('/_local/dead-letters')
    expect(letters).toMatchObject([
      {
        queue: 'dead',
        body: {
          requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 3 },
          DDBStreamBatchInfo: { batchSize: 1 },
        },
      },
    ])
    const { startSequenceNumber, endSequenceNumber } = letters[0].body.DDBStreamBatchInfo
    expect(startSequenceNumber).toBe(endSequenceNumber)
  })

  test('goes on from the record that the function reports as failed', async () => {
    await cloud.run(
      ...['1', '2', '3', '4'].map((sk) => put('WATCHED', sk, sk === '3' ? { fails: { BOOL: true } } : {})),
    )
    await cloud.advance('PT1H')
    const batches = (await cloud.notes('watch')).map(({ what }) => what.keys.join(''))
    const reported = batches.findIndex((keys) => keys.includes('3'))
    // What came before it in its batch is done and does not come again.
    expect(batches.slice(reported + 1).join('')).not.toMatch(/[12]/)
    expect(batches.join('')).toContain('4')
    expect(await cloud.get('/_local/dead-letters')).toHaveLength(1)
  })
})

describe('SES', () => {
  // A cloud of its own for each: what one leaves behind would fall due in the next.
  beforeEach(start)

  const types = async (): Promise<string[]> => (await cloud.notes('outcome')).map(({ what }) => what.type)

  test('keeps each mail as it was sent, at the time of the clock', async () => {
    const attachment = { FileName: 'a.ics', RawContent: 'QkVHSU4=', ContentType: 'text/calendar' }
    const [{ MessageId }] = await cloud.run(
      mailTo('ada@example.com', {
        ReplyToAddresses: ['help@example.org'],
        Content: {
          Simple: {
            Subject: { Data: 'Grüße' },
            Body: {
              Text: { Data: 'Text' },
              Html: {
                Data: '<p><a href="http://localhost/x?a=1&amp;b=2">Go</a> <a href="http://localhost/x?a=1&amp;b=2">again</a></p>',
              },
            },
            Headers: [{ Name: 'Auto-Submitted', Value: 'auto-generated' }],
            Attachments: [attachment],
          },
        },
      }),
    )
    const [mail, ...others] = await cloud.get('/_local/mail')
    expect(others).toEqual([])
    expect(mail).toMatchObject({
      id: MessageId,
      to: ['ada@example.com'],
      from: 'Coffee Chats <assistant@example.org>',
      subject: 'Grüße',
      text: 'Text',
      headers: { 'auto-submitted': 'auto-generated', 'reply-to': 'help@example.org' },
      attachments: [{ filename: 'a.ics', contentType: 'text/calendar' }],
      configurationSet: 'workflow',
      tags: { request: '01J' },
    })
    expect(mail.at).toMatch(/^2026-12-01T08:00:/)
    expect(await cloud.get(`/_local/mail/${MessageId}/links`)).toEqual(['http://localhost/x?a=1&b=2'])
  })

  test.each([
    ['ada@example.com', ['Email Sent', 'Email Delivered']],
    ['success@simulator.amazonses.com', ['Email Sent', 'Email Delivered']],
    ['bounce@simulator.amazonses.com', ['Email Sent', 'Email Bounced']],
    ['BOUNCE+label@Simulator.AmazonSES.com', ['Email Sent', 'Email Bounced']],
    ['suppressionlist@simulator.amazonses.com', ['Email Sent', 'Email Bounced']],
    ['complaint+1@simulator.amazonses.com', ['Email Sent', 'Email Delivered', 'Email Complaint Received']],
    ['bounce@example.com', ['Email Sent', 'Email Delivered']],
  ])('tells the bus what became of a mail to %s', async (address, wanted) => {
    await cloud.run(mailTo(address))
    await cloud.settle()
    expect(await types()).toEqual(wanted)
    const notes = await cloud.notes('outcome')
    expect(notes[0]?.what.tags).toMatchObject({ request: ['01J'], 'ses:configuration-set': ['workflow'] })
    const bounce = notes.find(({ what }) => what.type === 'Email Bounced')?.what.detail.bounce
    if (bounce)
      expect(bounce).toMatchObject({ bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: address }] })
  })

  test('tells the bus nothing of a mail that no rule or configuration set asks about', async () => {
    await cloud.run(
      mailTo('ada@example.com', { EmailTags: [] }),
      mailTo('ada@example.com', { ConfigurationSetName: undefined }),
    )
    await cloud.settle()
    expect(await cloud.get('/_local/mail')).toHaveLength(2)
    expect(await types()).toEqual([])
  })

  test('refuses what SES refuses', async () => {
    const header = (Name: string, Value: string) => ({
      Content: { Simple: { Subject: { Data: 'x' }, Body: { Text: { Data: 'x' } }, Headers: [{ Name, Value }] } },
    })
    const answers = await cloud.run(
      mailTo('ada@example.com', { ConfigurationSetName: 'nobody' }),
      mailTo('jösé@example.com'),
      mailTo('ada@example.com', { EmailTags: [{ Name: 'mail', Value: 'a:b' }] }),
      mailTo('ada@example.com', header('Subject', 'again')),
      mailTo('ada@example.com', header('X-Line', 'a\r\nBcc: b@example.com')),
      mailTo('ada@example.com', { Content: {} }),
    )
    expect(answers[0]).toMatchObject({ error: 'NotFoundException', status: 404 })
    for (const one of answers.slice(1)) expect(one).toMatchObject({ error: 'BadRequestException', status: 400 })
    expect(await cloud.get('/_local/mail')).toEqual([])
  })

  test.each([
    ['throttle', { error: 'TooManyRequestsException', message: 'Maximum sending rate exceeded.', status: 429 }, 0],
    ['down', { status: 503 }, 0],
    ['timeout-before-accept', { error: expect.any(String) }, 0],
    ['timeout-after-accept', { error: expect.any(String) }, 1],
  ])('fails with %s for as many calls as asked, then works', async (ses, wanted, accepted) => {
    await cloud.post('/_local/faults', { ses, for: 1 })
    const [failed, worked] = await cloud.run(mailTo('one@example.com'), mailTo('two@example.com'))
    expect(failed).toMatchObject(wanted)
    expect(worked.MessageId).toEqual(expect.any(String))
    expect(await cloud.get('/_local/mail')).toHaveLength(accepted + 1)
    await cloud.settle()
    expect((await types()).filter((type) => type === 'Email Sent')).toHaveLength(accepted + 1)
  })

  test('sends to many at once, each with their own words', async () => {
    const [answer] = await cloud.run([
      'ses',
      'SendBulkEmail',
      {
        FromEmailAddress: 'assistant@example.org',
        ConfigurationSetName: 'workflow',
        DefaultEmailTags: [{ Name: 'request', Value: 'R' }],
        DefaultContent: {
          Template: { TemplateContent: { Subject: 'Hi {{name}}', Text: 'Dear {{name}}' }, TemplateData: '{}' },
        },
        BulkEmailEntries: ['ada', 'bo'].map((name) => ({
          Destination: { ToAddresses: [`${name}@example.com`] },
          ReplacementEmailContent: { ReplacementTemplate: { ReplacementTemplateData: JSON.stringify({ name }) } },
          ReplacementTags: [{ Name: 'who', Value: name }],
        })),
      },
    ])
    expect(answer.BulkEmailEntryResults.map(({ Status }: Answer) => Status)).toEqual(['SUCCESS', 'SUCCESS'])
    const mails = await cloud.get('/_local/mail')
    expect(mails.map(({ subject, tags }: Answer) => [subject, tags])).toEqual([
      ['Hi ada', { request: 'R', who: 'ada' }],
      ['Hi bo', { request: 'R', who: 'bo' }],
    ])
  })
})

describe('functions', () => {
  // A cloud of its own for each: what one leaves behind would fall due in the next.
  beforeEach(start)

  test('that are invoked asynchronously and fail are tried again, then end in their destination', async () => {
    const input = scheduleAt('direct', '2026-12-02T08:00:00')[2] as { Target: object }
    const Target = {
      ...input.Target,
      Arn: '$OUTCOME_ARN',
      Input: JSON.stringify({ fails: true, by: '<aws.scheduler.scheduled-time>' }),
    }
    await cloud.run(['scheduler', 'CreateSchedule', { ...input, Target }])
    await cloud.advance('P2D')
    expect(await cloud.get('/_local/dead-letters')).toMatchObject([
      {
        body: {
          requestContext: { condition: 'RetriesExhausted', approximateInvokeCount: 2 },
          requestPayload: { fails: true, by: '2026-12-02T08:00:00Z' },
        },
      },
    ])
  })

  test('that hang are ended after the timeout of the template, and the next invocation has a new one', async () => {
    await cloud.run(send({ hang: 1 }))
    await cloud.advance('PT5M')
    expect((await cloud.notes('work')).map(({ what }) => what.count)).toEqual([1, 2])
    const log = readFileSync(join(dataDir, 'logs', 'work.log'), 'utf8')
    expect(log).toContain('Task timed out after 2.00 seconds')
    expect(await cloud.get('/_local/dead-letters')).toEqual([])
  })
})

describe('a function that is made to fail', () => {
  beforeEach(start)
  const make = (name: string, does: string, more: object = {}) =>
    cloud.post('/_local/faults', { function: name, does, ...more })
  const waiting = () => cloud.get('/_local/waiting')

  test('crashes as often as asked, and its messages come back', async () => {
    await make('work', 'crash', { for: 2 })
    await cloud.run(send({ n: 1 }))
    await cloud.advance('PT10M')
    expect((await cloud.notes('work')).map(({ what }) => what.count)).toEqual([3])
  })

  test('is given nothing while it is throttled, nothing is lost, and what waits is told with its age', async () => {
    for (const name of ['work', 'watch', 'tick']) await make(name, 'throttle')
    await cloud.run(send({ n: 1 }), put('WATCHED', '1'))
    await cloud.advance('PT40M')
    expect([...(await cloud.notes('work')), ...(await cloud.notes('watch'))]).toEqual([])
    const old = { oldestSeconds: 2400 }
    expect(await waiting()).toMatchObject({
      queues: { work: { visible: 1, hidden: 0, ...old }, dead: { visible: 0 } },
      streams: { watch: { ...old, isAtEnd: false, given: [] } },
    })
    for (const name of ['work', 'watch', 'tick']) await make(name, 'ok')
    await cloud.settle()
    expect((await cloud.notes('work')).map(({ what }) => what.count)).toEqual([1])
    expect(await cloud.notes('watch')).toHaveLength(1)
    expect(await waiting()).toMatchObject({
      queues: { work: { visible: 0, oldestSeconds: 0 } },
      streams: { watch: { oldestSeconds: 0, isAtEnd: true, given: [{ ageSeconds: 2400 }] } },
    })
  })

  test('has a poisonous message that is not counted among those that wait', async () => {
    await cloud.run(send({ n: 1 }, { DelaySeconds: 900 }), send({ poison: true, fails: 9 }))
    await cloud.advance('PT5M')
    expect((await waiting()).queues.work.oldestSeconds).toBe(300)
  })

  test('refuses pages as API Gateway does', async () => {
    await make('web', 'throttle')
    expect((await fetch(`${cloud.cloud.url}/series`)).status).toBe(503)
    await make('web', 'crash')
    expect((await fetch(`${cloud.cloud.url}/series`)).status).toBe(500)
    expect((await fetch(`${cloud.cloud.url}/series`)).status).toBe(200)
  })

  test('does not get an event that waited longer than Lambda keeps it', async () => {
    await make('outcome', 'throttle')
    await cloud.run(mailTo('ada@example.com'))
    await cloud.advance('PT7H')
    expect((await waiting()).events).toEqual({ outcome: { events: 2, oldestSeconds: 7 * 3600 } })
    await make('outcome', 'ok')
    await cloud.settle()
    expect((await waiting()).events).toEqual({})
    expect(await cloud.notes('outcome')).toEqual([])
    expect((await cloud.get('/_local/dead-letters')).map(({ body }: Answer) => body.requestContext)).toMatchObject([
      { condition: 'EventAgeExceeded', approximateInvokeCount: 0 },
      { condition: 'EventAgeExceeded', approximateInvokeCount: 0 },
    ])
  })
})

describe('the HTTP API', () => {
  beforeAll(start)

  const echo = async (path: string, init: RequestInit = {}): Promise<Answer> =>
    (await fetch(cloud.cloud.url + path, init)).json()

  test('hands over events of payload format 2.0', async () => {
    const event = await echo('/things/a%20b/c%2Fd?x=1&x=2&y=%C3%BC', {
      headers: { Cookie: 'one=1; two=2', 'X-Mixed-Case': 'Yes' },
    })
    expect(event).toMatchObject({
      version: '2.0',
      routeKey: 'GET /things/{id}/{part}',
      rawPath: '/things/a b/c/d',
      rawQueryString: 'x=1&x=2&y=%C3%BC',
      queryStringParameters: { x: '1,2', y: 'ü' },
      pathParameters: { id: 'a b', part: 'c/d' },
      cookies: ['one=1', 'two=2'],
      headers: { 'x-mixed-case': 'Yes' },
      isBase64Encoded: false,
      requestContext: { http: { method: 'GET', sourceIp: '127.0.0.1' }, stage: '$default' },
    })
    expect(event.requestContext.time).toMatch(/^01\/Dec\/2026:08:00:/)
  })

  test('prefers the literal route', async () => {
    expect((await echo('/things/special/x')).routeKey).toBe('GET /things/special/{part}')
  })

  test.each([
    ['application/json', '{"a":1}', false],
    ['text/plain; charset=utf-8', 'hello', false],
    ['application/x-www-form-urlencoded', 'a=1', true],
    ['multipart/form-data; boundary=x', '--x--', true],
    ['application/octet-stream', '\u0000', true],
  ])('hands over a body of %s as API Gateway does', async (type, body, encoded) => {
    const event = await echo('/form', { method: 'POST', headers: { 'content-type': type }, body })
    expect(event.isBase64Encoded).toBe(encoded)
    expect(Buffer.from(event.body, encoded ? 'base64' : 'utf8').toString()).toBe(body)
  })

  test('gives headers, cookies and status back', async () => {
    const response = await fetch(`${cloud.cloud.url}/things/1/2`)
    expect(response.headers.get('x-seen')).toBe('yes')
    expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2'])
  })

  test.each([
    ['GET', '/nowhere', 404, 'Not Found'],
    ['DELETE', '/do', 404, 'Not Found'],
    ['GET', '/things/%E0%A4%A/x', 400, 'Bad Request'],
    ['GET', '/throw', 500, 'Internal Server Error'],
    ['GET', '/hang', 500, 'Internal Server Error'],
  ])('answers %s %s itself with %i', async (method, path, status, message) => {
    const response = await fetch(cloud.cloud.url + path, { method })
    expect(response.status).toBe(status)
    expect(await response.json()).toEqual({ message })
  })

  test('refuses a body of more than 10 MB', async () => {
    const response = await fetch(`${cloud.cloud.url}/form`, { method: 'POST', body: 'x'.repeat(10 * 1024 * 1024 + 1) })
    expect(response.status).toBe(413)
  })
})
