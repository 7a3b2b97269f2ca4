import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DeleteItemCommand, DynamoDBClient, ScanCommand } from '@aws-sdk/client-dynamodb'
import { SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { unmarshall } from '@aws-sdk/util-dynamodb'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { library as readLibrary } from '../infra/content.ts'
import { stages } from '../infra/stages.ts'
import { type Cloud, startCloud } from '../local/cloud.ts'
import { commands } from '../ops/commands.ts'
import { personId } from '../shared/person.ts'
import { type Ran, runCommand } from './command-line.ts'
import { adasForm, begin, subscribe, visitor } from './traveller.ts'

const [series] = readLibrary()
if (!series) throw new Error('These tests need a series')
const idOf = (email: string): string => personId(email, stages.dev.addressKey)

const ESCAPE = '\u001b'

const run = (args: string[], env: Record<string, string> = {}): Promise<Ran> => runCommand('ops/ops.ts', args, { env })

/** The whole system on this machine, and the command line beside it. */
const openCloud = async (at: string) => {
  const data = mkdtempSync(join(tmpdir(), 'interviews-ops-'))
  // Where `npm start` puts what it has synthesized.
  symlinkSync(inject('assembly'), join(data, 'cloud'))
  const cloud: Cloud = await startCloud({ port: 0, dataDir: data, at, assembly: inject('assembly'), quiet: true })
  const ops = (...args: string[]) => run([...args, '--data', data])
  return Object.assign(
    visitor(() => cloud.url),
    {
      data,
      ops,
      close: async () => {
        await cloud.stop()
        rmSync(data, { recursive: true, force: true })
      },
      /** What it says to programs. */
      told: async (...args: string[]) => {
        const { out, err } = await ops(...args, '--json')
        if (err) throw new Error(err)
        return JSON.parse(out)
      },
    },
  )
}

/** Without what SES makes up. */
const steady = ({ out }: Ran): string => `${out.replaceAll(/\b[0-9a-f]{16}-[0-9a-f-]{36}-000000\b/g, '<message id>')}\n`

describe('explain', () => {
  test('says why a mail was sent, was late, was not sent, came back, and is in doubt', {
    timeout: 600_000,
  }, async () => {
    const cloud = await openCloud('2026-11-23T14:00:02Z')
    const golden = async (name: string, ...args: string[]) => {
      const ran = await cloud.ops('explain', ...args)
      expect(ran.err).toBe('')
      expect(ran.out).not.toContain(ESCAPE)
      await expect(steady(ran)).toMatchFileSnapshot(`golden/ops/${name}.txt`)
    }
    const who = (name: string) => ({ seekerEmail: `${name}@example.org`, submissionId: name })

    const ada = await begin(cloud, who('ada'))
    await cloud.move({ to: '2026-11-23T15:00:10Z' })
    await ada.tell('sent')
    await golden('sent', ada.id)
    await golden('mail', `${ada.id} draft#1`)
    await golden('mail-that-does-not-come', ada.id, 'follow-up-2')

    await cloud.move({ to: '2026-11-23T16:00:10Z' })
    const bob = await begin(cloud, who('bob'))
    await bob.tell('sent', { at: '2026-11-02' })
    await golden('skipped', bob.id)

    await cloud.move({ to: '2026-11-23T17:00:10Z' })
    const bounces = await cloud.json('/requests', {
      ...adasForm,
      ...who('cleo'),
      seekerEmail: 'bounce@simulator.amazonses.com',
    })
    await cloud.settle()
    await golden('bounced', bounces.json.id)

    await cloud.move({ to: '2026-11-23T18:00:10Z' })
    const dora = await begin(cloud, who('dora'))
    await cloud.faults('throttle', 7)
    await dora.tell('scheduled', { start: '2026-12-14T15:00' })
    await cloud.move({ to: '2026-11-23T18:10:40Z' })
    await golden('overdue', dora.id)
    await cloud.move({ to: '2026-11-23T19:00:10Z' })
    await golden('late', dora.id)

    const eve = await begin(cloud, who('eve'))
    await cloud.faults('timeout-before-accept', 1)
    await eve.tell('scheduled', { start: '2026-12-14T15:00' })
    await golden('unsettled', eve.id)
    await cloud.move({ to: '2026-11-23T20:00:10Z' })
    await golden('settled', eve.id, '--with-names')
    await cloud.close()
  })
})

/** The streams and queues of the local cloud work by themselves. */
const patiently = { timeout: 20_000, interval: 200 }

type Item = { pk: string; sk: string; state?: string }

const items = async (data: string): Promise<Item[]> => {
  const { dynamodb, table } = JSON.parse(readFileSync(join(data, 'endpoints.json'), 'utf8'))
  const client = new DynamoDBClient({ ...local, endpoint: dynamodb })
  const { Items = [] } = await client.send(new ScanCommand({ TableName: table }))
  client.destroy()
  return Items.map((item) => unmarshall(item) as Item)
}

describe('the command line', () => {
  test('says what there is, without colours where nobody looks', async () => {
    const { code, out, err } = await run(['--help'])
    expect({ code, err }).toEqual({ code: 0, err: '' })
    for (const name of Object.keys(commands)) expect(out).toMatch(new RegExp(`^  ${name} +\\w`, 'm'))
    expect(out).not.toContain(ESCAPE)
    const none = await run([])
    expect({ ...none, err: none.err.includes('npm run ops -- <command>') }).toEqual({ code: 2, out: '', err: true })
  })

  test.each(Object.entries(commands))('%s says how it is used', async (name, { run, help }) => {
    expect(await run(['--help'])).toMatchObject({ text: help })
    expect(help).toMatch(new RegExp(`^npm run ops -- ${name}`))
    expect(help.split('\n').filter((line) => line.length > 100)).toEqual([])
  })

  test.each([
    [['explode'], 'There is no command explode.'],
    [['toString'], 'There is no command toString.'],
    [['stats', '--frobnicate'], "Unknown option '--frobnicate'"],
    [['stats', '--data', '/nowhere'], 'No local cloud is running'],
  ])('says of %j what is wrong, and ends with 2', async (args, words) => {
    const { code, out, err } = await run(args)
    expect({ code, out }).toEqual({ code: 2, out: '' })
    expect(err).toContain(words)
    expect(err).not.toContain(ESCAPE)
    expect(err).not.toMatch(/\n\s+at .*:\d+/)
  })

  test.each([
    [['stats', 'now'], 'It takes options only.'],
    [['explain'], 'Name a request'],
    [['explain', 'ada@example.org'], 'Name a request'],
    [['explain', '0CFKPE0JQNNAKYDMHYHGRC1VEM', 'frobnicate#1'], 'No mail is called frobnicate.'],
    [['next'], 'Name one request.'],
    [['next', 'x'], '26 letters and digits'],
    [['dead-letters'], 'Say either list or redrive.'],
    [['dead-letters', 'list', '--queue', 'letters'], 'There are: mail, tips, schedules'],
    [['replan'], 'Name requests, or --since.'],
    [['replan', '--since', 'yesterday'], '--since is a time'],
    [['replan', 'x'], 'x is no id of a request'],
    [['suppress'], 'Please give your mail address.'],
    [['suppress', '--email', 'ada'], 'This does not look like a mail address'],
    [['erase', 'ada@example.org'], 'Name the person with --email.'],
    [['pause-sending'], 'Say --tips, --workflow or --all.'],
    [['stats', '--local', '--stage', 'prod'], 'Either --local or --stage'],
    [['stats', '--stage', 'moon'], 'No stage is called "moon"'],
    [['stats', '--stage', 'prod'], 'prod.addressKey is still a placeholder'],
  ])('knows that %j is wrong before anything is opened', async ([name = '', ...args], words) => {
    await expect(commands[name]?.run(args)).rejects.toThrow(words)
  })
})

describe('a day at work', { timeout: 600_000 }, () => {
  const mail = { complaint: 'complaint@simulator.amazonses.com', bounce: 'bounce@simulator.amazonses.com' }

  let cloud: Awaited<ReturnType<typeof openCloud>>
  let ada: Awaited<ReturnType<typeof begin>>
  const rowsOf = async (id: string) =>
    (await items(cloud.data)).filter(({ pk, sk }) => pk === `REQUEST#${id}` && sk.startsWith('MAIL#'))
  const arrived = async (name: string) =>
    (await cloud.mails('ada@example.org')).filter(({ tags }) => tags.mail === name).length

  beforeAll(async () => {
    cloud = await openCloud('2026-11-23T14:00:02Z')
    ada = await begin(cloud)
    await ada.tell('sent')
    for (const seekerEmail of Object.values(mail)) await cloud.json('/requests', { ...adasForm, seekerEmail })
    await subscribe(cloud, { email: 'kit@example.org', timeZone: 'Europe/London', firstName: 'Kit' })
    await cloud.json('/subscriptions', { email: 'lou@example.org' })
    await cloud.settle()
  }, 300_000)
  afterAll(() => cloud.close())

  test('stats counts what is there', async () => {
    const counted = await cloud.told('stats')
    expect(counted).toMatchObject({
      requests: { sent: 1, unconfirmed: 2 },
      mails: { delivered: 2, bounced: 1, complained: 1, planned: 3 },
      skippedBecause: {},
      waiting: { later: 3, dueNow: 0, overdue: 0 },
      subscriptions: { [series.id]: { active: 1, pending: 1 } },
      tips: { later: 2, dueNow: 0, overdue: 0 },
      people: { known: 5, stopped: { bounce: 1, complaint: 1, asked: 0 }, refusedTips: 0 },
      queues: { mail: { waiting: 0, inFlight: 0, delayed: 0 }, tips: { waiting: 0, inFlight: 0, delayed: 0 } },
      deadLetters: { mail: 0, tips: 0, schedules: 0, plans: 0, 'pick-tips': 0, outcomes: 0, reconcile: 0 },
      reputation: { sent: 6, bounced: 1, complained: 1, standing: 'good' },
      ses: { maySend: true, sandbox: false, workflow: 'sending', tips: 'sending', tipsHeldUntil: null },
    })
  })

  test('next lists what will go out, by the clock of the seeker', async () => {
    const { mails } = await cloud.told('next', ada.id)
    expect(mails).toEqual([
      expect.objectContaining({ mail: 'widen#2', dueLocal: '2026-11-26T08:30:00-05:00[America/New_York]' }),
      expect.objectContaining({ mail: 'follow-up#2', dueLocal: '2026-12-02T08:30:00-05:00[America/New_York]' }),
      expect.objectContaining({ mail: 'let-rest#2', dueLocal: '2026-12-09T08:30:00-05:00[America/New_York]' }),
    ])
    const { out: inWords } = await cloud.ops('next', ada.id)
    expect(inWords).toMatch(
      /^New York time \(GMT-5\):\n {2}Thu, 26 Nov 2026, 08:30 +widen#2 “A second person to ask” +Three/,
    )
  })

  test('replan makes what is missing, and changes neither state nor history', async () => {
    const before = await rowsOf(ada.id)
    await forget(
      cloud.data,
      before.filter(({ state }) => state === 'planned'),
    )
    expect((await cloud.told('explain', ada.id)).sections[2].entries[0].details.join()).toContain('has no row for it:')
    const version = (await ada.get()).version
    expect(await cloud.ops('replan', ada.id)).toMatchObject({
      code: 0,
      out: expect.stringContaining('is planned anew'),
    })
    await expect.poll(async () => (await rowsOf(ada.id)).length, patiently).toBe(before.length)
    expect(await ada.get()).toMatchObject({ state: 'sent', version: version + 1, history: { length: 3 } })
    expect(await cloud.told('replan', '--since', '2026-11-23T13:00:00Z')).toEqual({ requests: 3, cleared: 0 })
    expect(await cloud.ops('replan', '00000000000000000000000000')).toMatchObject({ code: 1 })
  })

  test('pause-sending holds all mail back', async () => {
    expect(await cloud.told('pause-sending', '--all')).toEqual({ paused: ['workflow', 'tips'], onTheWay: 0 })
    await ada.tell('replied')
    expect(await arrived('arrange')).toBe(0)
    expect((await cloud.told('stats')).ses).toMatchObject({
      workflow: 'paused',
      tips: 'paused',
      tipsHeldUntil: expect.any(String),
    })
    const { out: whileAllIsPaused } = await cloud.ops('explain', `${ada.id} arrange`)
    expect(whileAllIsPaused).toContain('Sending of all workflow mail is paused')
  })

  test('dead letters are told and put back, and nobody gets anything twice', async () => {
    await cloud.move({ advance: 'PT20M' })
    const { queues } = await cloud.told('dead-letters', 'list')
    const lying = queues.find(({ name }: { name: string }) => name === 'mail')
    expect(lying.messages).toBe(1)
    expect(lying.letters[0].told).toEqual({
      says: `mail arrange#3 of request ${ada.id}`,
      command: `explain "${ada.id} arrange#3"`,
    })
    expect(await cloud.told('dead-letters', 'list', '--queue', 'tips')).toMatchObject({
      queues: [{ name: 'tips', messages: 0 }],
    })
    expect(await cloud.told('resume-sending', '--all')).toEqual({ resumed: ['workflow', 'tips'] })
    const redriven = await cloud.ops('dead-letters', 'redrive')
    expect(redriven).toMatchObject({ code: 0, out: 'mail: 1 message put back on the queue.' })
    await expect.poll(() => arrived('arrange'), patiently).toBe(1)
    expect(await cloud.ops('dead-letters', 'redrive')).toMatchObject({ code: 0, out: 'There are no dead letters.' })
    await cloud.move({ advance: 'PT20M' })
    expect(await arrived('arrange')).toBe(1)
  })

  test('what carries no work is done from the table, or by what it reports', async () => {
    const put = postman(cloud.data)
    await put('plans-dead', {
      DDBStreamBatchInfo: {
        approximateArrivalOfFirstRecord: '2026-11-23T14:00:30.000Z',
        approximateArrivalOfLastRecord: '2026-11-23T14:01:00.000Z',
        batchSize: 2,
      },
      requestContext: { condition: 'RetryAttemptsExhausted', approximateInvokeCount: 6 },
    })
    await put('outcomes-dead', {
      requestContext: { condition: 'RetriesExhausted' },
      responsePayload: { errorType: 'TimeoutError' },
      requestPayload: bounced('kit@example.org', { request: ada.id, mail: 'draft', occurrence: '1' }),
    })
    await put('reconcile-dead', { requestContext: { condition: 'RetriesExhausted' }, requestPayload: {} })
    await put('schedules-dead', { requestId: ada.id, mail: 'widen', occurrence: '2' })
    await put('plans-dead', 'not what anybody wrote')
    await put('outcomes-dead', 'nor this')
    const { out: told } = await cloud.ops('dead-letters', 'list')
    expect(told).toContain('npm run ops -- replan --since 2026-11-23T13:54:30.000Z --until 2026-11-23T14:07:00.000Z')
    expect(told).toContain('SES told “Email Bounced” about draft#1 of request')
    expect(told).toContain('(RetriesExhausted, TimeoutError)')
    expect(told).toContain('something that is not understood')
    expect(told).not.toContain('kit@example.org')
    const again = await cloud.ops('dead-letters', 'redrive')
    expect(again.code).toBe(1)
    expect(again.out.split('\n')).toEqual([
      'schedules: 1 message put on the mail queue after all.',
      'plans: 3 requests that changed then planned anew. With 1 message nothing could be done: left where it is.',
      'outcomes: 1 report of SES written down. With 1 message nothing could be done: left where it is.',
      'reconcile: 1 message taken off: the next run has done that work.',
    ])
    // What stayed can be seen at once, and a second time there is nothing else to do.
    expect((await cloud.ops('dead-letters', 'list')).out).toContain('plans: 1 message\n')
    expect((await cloud.ops('dead-letters', 'redrive')).out.split('\n')).toEqual([
      'plans: With 1 message nothing could be done: left where it is.',
      'outcomes: With 1 message nothing could be done: left where it is.',
    ])
    expect((await cloud.told('stats')).people.stopped).toEqual({ bounce: 2, complaint: 1, asked: 0 })
  })

  test('suppress and unsuppress take tips along, and a bounce is lifted only by --really', async () => {
    const kit = `${idOf('kit@example.org')}-${series.id}`
    expect(await cloud.told('explain', kit)).toMatchObject({ state: 'suppressed' })
    const unasked = await cloud.ops('unsuppress', '--email', 'kit@example.org')
    expect(unasked).toMatchObject({ code: 2, out: '', err: expect.stringContaining('--really') })
    expect(await cloud.told('unsuppress', '--email', 'Kit@example.org', '--really')).toMatchObject({
      before: 'bounce',
      resumed: 1,
    })
    expect(await cloud.told('explain', kit)).toMatchObject({ state: 'active' })
    expect(await cloud.told('suppress', '--email', 'kit@example.org')).toMatchObject({
      stopped: true,
      before: null,
      subscriptions: 1,
    })
    expect(await cloud.told('suppress', '--email', 'kit@example.org')).toMatchObject({ stopped: true, before: 'asked' })
    expect(await cloud.told('explain', kit)).toMatchObject({ state: 'unsubscribed' })
    expect(await cloud.told('unsuppress', '--email', 'kit@example.org')).toMatchObject({ before: 'asked', resumed: 1 })
    expect(await cloud.told('explain', kit)).toMatchObject({ state: 'active' })
    expect(await cloud.told('unsuppress', '--email', 'kit@example.org')).toMatchObject({ stopped: false, before: null })
  })

  test('forget-contact takes a person out of what every seeker has typed', async () => {
    const [one, two, other] = [
      await begin(cloud, { seekerEmail: 'one@example.org', contactName: 'Mary Jackson', organization: 'NACA' }),
      await begin(cloud, { seekerEmail: 'two@example.org', contactName: 'MARY  jackson', organization: 'naca' }),
      await begin(cloud, {
        seekerEmail: 'three@example.org',
        contactName: 'Dorothy Vaughan',
        connection: 'Mary Jackson gave me your name',
      }),
    ]
    await other.tell('sent')
    expect(await cloud.ops('forget-contact', '--name', 'Mary')).toMatchObject({
      code: 2,
      err: expect.stringContaining('surname'),
    })
    expect(await cloud.told('forget-contact', '--name', 'Mary Jackson', '--organization', 'NACA', '--yes')).toEqual({
      found: true,
      requests: 2,
      mentions: 1,
      left: [],
    })
    expect(JSON.stringify(await items(cloud.data))).not.toMatch(/mary\s+jackson/i)
    for (const { page } of [one, two]) expect((await cloud.call(page)).status).toBe(404)
    const schedules = await cloud.call('/_local/schedules')
    for (const { id } of [one, two]) expect(schedules.text).not.toContain(id)
    expect(await other.get()).toMatchObject({
      state: 'sent',
      contact: { name: 'Dorothy Vaughan', connection: '[name removed] gave me your name' },
    })
    expect((await cloud.ops('forget-contact', '--name', 'Mary Jackson', '--yes')).code).toBe(1)
  })

  test('export is complete, and erase leaves a hash and a no', async () => {
    await subscribe(cloud, { email: 'ada@example.org' })
    await begin(cloud, { contactName: 'Alan Turing' })
    const taken = await cloud.told('export', '--email', 'ada@example.org')
    expect(taken).toMatchObject({
      person: { verifiedAt: expect.any(String) },
      requests: [{ contact: { name: 'Grace Hopper' }, history: { length: 4 } }, { contact: { name: 'Alan Turing' } }],
      subscriptions: [{ series: series.id, email: 'ada@example.org', consent: { how: 'form' } }],
    })
    expect(taken.requests[0].mails).toHaveLength((await rowsOf(ada.id)).length)
    expect(JSON.stringify(taken)).not.toMatch(/"secret"/)
    const [fresh, known] = [join(cloud.data, 'ada.json'), join(cloud.data, 'known.json')]
    writeFileSync(known, 'what was there before', { mode: 0o644 })
    for (const file of [fresh, known]) {
      const { out } = await cloud.ops('export', '--email', 'ada@example.org', '-o', file)
      expect(out).toBe(`2 requests and 1 subscription, in ${file}.`)
      expect(JSON.parse(readFileSync(file, 'utf8')).requests).toEqual(taken.requests)
      expect(statSync(file).mode & 0o777).toBe(0o600)
    }
    expect(await cloud.told('export', '--email', 'ada@example.org', '-o', known)).toEqual({
      person: idOf('ada@example.org'),
      found: true,
      requests: 2,
      subscriptions: 1,
      file: known,
    })
    expect(readdirSync(cloud.data).filter((name) => name.endsWith('.part'))).toEqual([])

    expect(await cloud.ops('erase', '--email', 'ada@example.org')).toMatchObject({
      code: 2,
      err: expect.stringContaining('--yes'),
    })
    expect(await rowsOf(ada.id)).not.toHaveLength(0)
    expect(await cloud.ops('erase', '--email', 'ada@example.org', '--yes')).toMatchObject({
      code: 0,
      out: expect.stringMatching(/^Erased: 2 requests and 1 subscription of /),
    })
    const left = await items(cloud.data)
    expect(JSON.stringify(left)).not.toMatch(/ada@example\.org|Turing/i)
    expect(left.filter(({ pk }) => String(pk).includes(ada.id))).toEqual([])
    expect(left.filter(({ pk }) => pk === `PERSON#${idOf('ada@example.org')}`)).toEqual([
      { pk: `PERSON#${idOf('ada@example.org')}`, sk: 'PERSON', tipsErasedAt: expect.any(String) },
    ])
    const schedules = await cloud.call('/_local/schedules')
    expect(schedules.text).not.toContain(ada.id)
    expect(await cloud.ops('explain', ada.id)).toMatchObject({
      code: 1,
      out: expect.stringContaining('There is no request'),
    })
    // Done again it changes nothing.
    expect(await cloud.ops('erase', '--email', 'ada@example.org', '--yes')).toMatchObject({ code: 0 })
    expect(await cloud.ops('erase', '--email', 'nobody@example.org', '--yes')).toMatchObject({ code: 1 })
    expect(await cloud.ops('export', '--email', 'nobody@example.org')).toMatchObject({ code: 1 })
  })
})

const local = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }

/** What a crash between two writes might leave. */
const forget = async (data: string, rows: readonly { pk: string; sk: string }[]): Promise<void> => {
  const { dynamodb, table } = JSON.parse(readFileSync(join(data, 'endpoints.json'), 'utf8'))
  const client = new DynamoDBClient({ ...local, endpoint: dynamodb })
  for (const { pk, sk } of rows)
    await client.send(new DeleteItemCommand({ TableName: table, Key: { pk: { S: pk }, sk: { S: sk } } }))
  client.destroy()
}

/** Puts messages on a queue, by the path of its construct. */
const postman = (data: string) => {
  const { services: endpoint } = JSON.parse(readFileSync(join(data, 'endpoints.json'), 'utf8'))
  const client = new SQSClient({ ...local, endpoint })
  return (queue: string, body: unknown) =>
    client.send(
      new SendMessageCommand({
        QueueUrl: `${endpoint}/000000000000/interviews-dev-${queue}-queue`,
        MessageBody: JSON.stringify(body),
      }),
    )
}

const bounced = (address: string, tags: Record<string, string>) => ({
  'detail-type': 'Email Bounced',
  source: 'aws.ses',
  detail: {
    eventType: 'Bounce',
    mail: {
      messageId: 'a-message',
      destination: [address],
      tags: Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]])),
    },
    bounce: {
      bounceType: 'Permanent',
      bouncedRecipients: [{ emailAddress: address, diagnosticCode: 'smtp; 550 5.1.1' }],
    },
  },
})
