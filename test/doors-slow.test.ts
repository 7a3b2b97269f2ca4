import { connect, type Socket } from 'node:net'
import { afterAll, beforeAll, describe, expect, inject, test, vi } from 'vitest'
import { openGateway, patience } from '../local/gateway.ts'
import { adasForm, openTraveller, type Traveller } from './traveller.ts'

/** Clients that begin a request and never end it, or lie about how long it is. */

const MB = 1024 * 1024
let traveller: Traveller
const open: Socket[] = []
beforeAll(async () => {
  traveller = await openTraveller('2026-11-23T14:00:00Z', inject('assembly'))
})
afterAll(async () => {
  for (const socket of open) socket.destroy()
  await traveller.close()
})

/** A connection, what has come back on it so far, and its end. */
const dial = async (url: string) => {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  open.push(socket)
  let heard = ''
  socket.setEncoding('utf8').on('data', (text: string) => {
    heard += text
  })
  // That the other side hangs up is what some of them are for.
  socket.on('error', () => undefined)
  const closed = new Promise<string>((done) => socket.once('close', () => done(heard)))
  await new Promise((done) => socket.once('connect', done))
  return { socket, closed, write: (text: string) => void socket.write(text) }
}
type Line = Awaited<ReturnType<typeof dial>>

const head = (path: string, ...headers: string[]): string =>
  [
    `POST ${path} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    'Content-Type: application/json',
    ...headers,
    '',
    '',
  ].join('\r\n')
const body = (email: string): string => JSON.stringify({ ...adasForm, seekerEmail: email })

/** How often functions have run that answer HTTP. */
const runs = async (): Promise<number> => {
  const { json } = await traveller.call('/_local/functions')
  const answering = json.filter(({ fn }: { fn: string }) => /^(requests|subscriptions)$/.test(fn))
  expect(answering).toHaveLength(2)
  return answering.reduce((all: number, one: { runs: number }) => all + one.runs, 0)
}
const stored = async (): Promise<string> =>
  (await traveller.call('/_local/data', { headers: { accept: 'application/json' } })).text
const held = (): number => {
  const { heapUsed, external, arrayBuffers } = process.memoryUsage()
  return heapUsed + external + arrayBuffers
}

describe('a body that never ends', () => {
  test('on two hundred connections at once runs no function, holds nobody up and takes no memory for what it promised', async () => {
    const kinds = [
      // Nearly as much as is taken at all: 200 of them would be 1.9 GB.
      head('/requests', `Content-Length: ${10 * MB - 1}`),
      head('/subscriptions', `Content-Length: ${10 * MB - 1}`),
      head('/requests', 'Transfer-Encoding: chunked'),
      // Not even its head comes to an end.
      'POST /requests HTTP/1.1\r\nHost: localhost\r\nX-Slow: ',
    ]
    await traveller.call('/')
    const before = { runs: await runs(), held: held() }
    const lines: Line[] = []
    for (let count = 0; count < 200; count += 1) {
      const line = await dial(traveller.url)
      line.write(kinds[count % kinds.length] as string)
      lines.push(line)
    }
    /** A byte from each of them, and then somebody who wants to be answered. */
    for (let round = 1; round <= 5; round += 1) {
      for (const [index, { write }] of lines.entries()) write(index % kinds.length === 2 ? '1\r\n{\r\n' : '{')
      const [page, form] = [await traveller.page('/'), await traveller.json('/requests', { ...adasForm, round: 1 })]
      // A field that nobody knows: it is read, and stores nothing.
      expect([page.status, form.status]).toEqual([200, 422])
      expect((await runs()) - before.runs).toBe(round * 2)
    }
    expect(lines.filter(({ socket }) => socket.destroyed)).toEqual([])
    expect(held() - before.held).toBeLessThan(100 * MB)
    for (const { socket } of lines) socket.destroy()
    await Promise.all(lines.map(({ closed }) => closed))
    expect((await traveller.page('/')).status).toBe(200)
    expect((await runs()) - before.runs).toBe(11)
    expect(await stored()).not.toContain('"REQUEST"')
  })

  test('is ended by the server, head or body, and no time to wait is without an end', async () => {
    for (const wait of Object.values(patience)) expect(wait).toBeGreaterThan(0)
    expect(Math.max(...Object.values(patience))).toBeLessThanOrEqual(120_000)
    const gateway = await openGateway(0, {
      ...patience,
      headersTimeout: 50,
      requestTimeout: 50,
      connectionsCheckingInterval: 10,
    })
    const serve = vi.fn(async (request: AsyncIterable<unknown>) => {
      for await (const _ of request);
    })
    gateway.serve(serve)
    try {
      const lines = [await dial(gateway.url), await dial(gateway.url), await dial(gateway.url)]
      lines[0]?.write(head('/requests', 'Content-Length: 100'))
      lines[1]?.write('POST /requests HTTP/1.1\r\nHost: ')
      // The third says nothing at all.
      for (const heard of await Promise.all(lines.map(({ closed }) => closed))) expect(heard).toMatch(/^HTTP\/1.1 408 /)
      expect(serve).toHaveBeenCalledOnce()
    } finally {
      gateway.stop()
    }
  })
})

describe('a body of another length than its head says', () => {
  /** What comes back to these bytes. Whoever says less than was promised hangs up; else the server does. */
  const answerTo = async (text: string, hangsUp = false): Promise<string> => {
    const { socket, closed } = await dial(traveller.url)
    if (hangsUp) socket.end(text)
    else socket.write(text)
    return closed
  }
  const statuses = (heard: string): string[] =>
    [...heard.matchAll(/^HTTP\/1\.1 (\d{3}) /gm)].map(([, status = '']) => status)

  test.each([
    ['longer than it is', (text: string) => head('/requests', `Content-Length: ${text.length + 1}`) + text],
    ['in chunks that end in the middle', (text: string) => `${chunked}${text.length.toString(16)}\r\n${text}\r\n`],
    ['in a chunk that says more than there is', (text: string) => `${chunked}ffff\r\n${text}\r\n0\r\n\r\n`],
  ])('%s is waited for, and nothing of it is taken when nobody is there any more', async (what, bytes) => {
    const before = await runs()
    expect(['', '400']).toContain(statuses(await answerTo(bytes(body(emailOf(what))), true)).join())
    expect(await runs()).toBe(before)
    expect(await stored()).not.toContain(emailOf(what))
  })

  test.each([
    ['in a chunk of no length', (text: string) => `${chunked}zz\r\n${text}\r\n0\r\n\r\n`],
    ['twice, and differently', (text: string) => `${twice(text.length, 2)}${text}`],
    ['twice, and alike', (text: string) => `${twice(text.length, text.length)}${text}`],
    ['as less than nothing', (text: string) => head('/requests', 'Content-Length: -1') + text],
    ['as a length and in chunks', (text: string) => both(text.length) + inChunks(text)],
  ])('%s is refused, and nothing of it is taken', async (what, bytes) => {
    const before = await runs()
    expect(statuses(await answerTo(bytes(body(emailOf(what)))))).toEqual(['400'])
    expect(await runs()).toBe(before)
    expect(await stored()).not.toContain(emailOf(what))
  })

  test('shorter is read as far as it says: half a form, which is refused, and a rest that is no request', async () => {
    const text = body('shorter@example.org')
    const heard = await answerTo(head('/requests', `Content-Length: ${text.length - 10}`) + text)
    // The rest ends the connection, mostly before the function has answered.
    expect(['400', '422,400']).toContain(statuses(heard).join())
    await traveller.settle()
    expect(await stored()).not.toContain('shorter@example.org')
  })

  test('as it is, is taken, in one piece and in chunks', async () => {
    const [whole, pieces] = [body('whole@example.org'), body('pieces@example.org')]
    expect(statuses(await answerTo(head('/requests', `Content-Length: ${whole.length}`) + whole))).toEqual(['202'])
    expect(statuses(await answerTo(chunked + inChunks(pieces)))).toEqual(['202'])
    for (const email of ['whole@example.org', 'pieces@example.org']) expect(await stored()).toContain(email)
  })
})

const emailOf = (what: string): string => `${what.replaceAll(/\W/g, '-')}@example.org`
const chunked = head('/requests', 'Transfer-Encoding: chunked')
const twice = (one: number, other: number) => head('/requests', `Content-Length: ${one}`, `Content-Length: ${other}`)
const both = (length: number) => head('/requests', `Content-Length: ${length}`, 'Transfer-Encoding: chunked')
const inChunks = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n0\r\n\r\n`
