import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { json } from 'node:stream/consumers'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'

/** What an operator is told of dead letters where SQS, which is many servers, tells less than there is. */

const NOW = '2026-11-23T15:00:00.000Z'
let url = ''
vi.mock('../ops/open-stack.ts', () => ({
  openStack: async () => ({
    name: 'a test',
    now: () => NOW,
    ops: (words: string) => words,
    queues: new Map([['reconciledeadqueue', `${url}/reconcile`]]),
  }),
}))

const body = JSON.stringify({ requestContext: { condition: 'RetriesExhausted' }, requestPayload: {} })
const letter = (id: number) => ({
  MessageId: `${id}`,
  ReceiptHandle: `${id}`,
  Body: body,
  MD5OfBody: createHash('md5').update(body).digest('hex'),
  Attributes: { SentTimestamp: String(Date.parse(NOW) - 60_000) },
})

/** The one queue: how many messages it says it has, at each time that it is asked, and which it shows to who waits. */
const sqs = { counts: [] as number[], hidden: 0, shown: [] as ReturnType<typeof letter>[] }
const answers: Record<string, (asked: { WaitTimeSeconds?: number; ReceiptHandle?: string }) => object> = {
  GetQueueAttributes: () => ({
    Attributes: {
      ApproximateNumberOfMessages: String(sqs.counts.length > 1 ? sqs.counts.shift() : sqs.counts[0]),
      ApproximateNumberOfMessagesNotVisible: String(sqs.hidden),
      ApproximateNumberOfMessagesDelayed: '0',
    },
  }),
  ReceiveMessage: ({ WaitTimeSeconds = 0 }) => ({ Messages: WaitTimeSeconds > 0 ? sqs.shown.splice(0, 10) : [] }),
  ChangeMessageVisibility: () => ({}),
  DeleteMessage: () => ({}),
}

let server: Server
beforeAll(async () => {
  server = createServer(async (request, response) => {
    const what = String(request.headers['x-amz-target']).replace('AmazonSQS.', '')
    const answer = answers[what]?.((await json(request)) as object) ?? {}
    response.setHeader('content-type', 'application/x-amz-json-1.0').end(JSON.stringify(answer))
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_SQS: url,
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
  })
})
afterAll(() => {
  server.closeAllConnections()
  server.close()
})

const dead = async (what: 'list' | 'redrive') =>
  (await import('../ops/dead-letters-command.ts')).deadLetters.run([what, '--queue', 'reconcile'])

type Row = { what: string; counts: number[]; shown: number; hidden?: number; says: string; not?: string; code?: number }
const given = ({ counts, shown, hidden = 0 }: Row): void =>
  void Object.assign(sqs, { counts: [...counts], shown: Array.from({ length: shown }, (_, id) => letter(id)), hidden })
const none = 'There are no dead letters.'

describe('list', () => {
  const rows: Row[] = [
    { what: 'nothing is there', counts: [0], shown: 0, says: none },
    {
      what: 'a message is shown to who waits for it alone',
      counts: [1],
      shown: 1,
      says: 'a run of reconcile',
      not: none,
    },
    {
      what: 'SQS counts two and shows none',
      counts: [2],
      shown: 0,
      says: 'reconcile: SQS counts 2 messages',
      not: none,
    },
    {
      what: 'somebody has them in hand',
      counts: [0],
      shown: 0,
      hidden: 2,
      says: '2 messages cannot be seen',
      not: none,
    },
  ]
  test.each(rows)('where $what says “$says”', async (row) => {
    given(row)
    const { text } = await dead('list')
    expect(text).toContain(row.says)
    if (row.not) expect(text).not.toContain(row.not)
  })
})

describe('redrive', () => {
  const done = 'reconcile: 1 message taken off'
  const rows: Row[] = [
    { what: 'nothing is there', counts: [0], shown: 0, says: none, code: 0 },
    { what: 'the one message is done', counts: [1, 0], shown: 1, says: done, not: 'SQS counts', code: 0 },
    {
      what: 'SQS counts it for a moment longer',
      counts: [1, 1, 1, 0],
      shown: 1,
      says: done,
      not: 'SQS counts',
      code: 0,
    },
    { what: 'SQS counts two and shows one', counts: [2, 1], shown: 1, says: 'SQS counts 1 message there', code: 1 },
    { what: 'SQS counts two and shows none', counts: [2], shown: 0, says: 'SQS counts 2 messages', not: none, code: 1 },
    { what: 'one came meanwhile', counts: [0, 1], shown: 0, says: 'SQS counts 1 message there', not: none, code: 1 },
    { what: 'somebody has it in hand', counts: [0], shown: 0, hidden: 1, says: 'cannot be seen', not: none, code: 1 },
  ]
  test.each(rows)('where $what says “$says”, and ends with $code', { timeout: 20_000 }, async (row) => {
    given(row)
    const { text, code } = await dead('redrive')
    expect(text).toContain(row.says)
    if (row.not) expect(text).not.toContain(row.not)
    expect(code).toBe(row.code)
  })
})
