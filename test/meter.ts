import { Agent, request as ask, createServer, type IncomingHttpHeaders, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'

/** Capacity units of the database; calls that a condition refused are paid for and not among the units. */
export type Used = { reads: number; writes: number; refused: number }
const nothing: Used = { reads: 0, writes: 0, refused: 0 }

export type Answer = { status: number; headers: IncomingHttpHeaders; body: Buffer }

const readAll = async (stream: IncomingMessage): Promise<Buffer> => {
  const chunks: Buffer[] = []
  for await (const chunk of stream) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

/** Not `fetch`, which gives up after five minutes. */
export const call = (url: string, options: object, body?: string | Buffer): Promise<Answer> =>
  new Promise((done, fail) => {
    const going = ask(url, options, (answer) => {
      readAll(answer).then(
        (said) => done({ status: answer.statusCode ?? 500, headers: answer.headers, body: said }),
        fail,
      )
    })
    going.once('error', fail)
    going.end(body)
  })

const passOn = async (url: string, agent: Agent, request: IncomingMessage): Promise<Answer> =>
  call(url, { method: 'POST', agent, headers: request.headers }, await readAll(request))

/** Stands between functions and the database, and adds up what the database says that each of them used. */
export const openMeter = async () => {
  let database = ''
  const used = new Map<string, Used>()
  const agent = new Agent({ keepAlive: true })
  const note = (fn: string, operation: string, status: number, body: Buffer): void => {
    const before = used.get(fn) ?? nothing
    if (status !== 200) return void used.set(fn, { ...before, refused: before.refused + 1 })
    const { ConsumedCapacity } = JSON.parse(body.toString()) as { ConsumedCapacity?: unknown }
    if (ConsumedCapacity === undefined) throw new Error(`${operation} of ${fn} did not say what it used`)
    const all = [ConsumedCapacity].flat() as { CapacityUnits?: number }[]
    const units = all.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0)
    const kind = /^(Get|BatchGet|Query|Scan)/.test(operation) ? 'reads' : 'writes'
    used.set(fn, { ...before, [kind]: before[kind] + units })
  }
  const server = createServer(async (request, response) => {
    const [, fn = ''] = (request.url ?? '').split('/')
    const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? ''
    const { status, headers, body } = await passOn(database, agent, request)
    note(fn, operation, status, body)
    response.writeHead(status, headers)
    response.end(body)
  })
  server.keepAliveTimeout = 120_000
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  const { port } = server.address() as AddressInfo
  return {
    urlFor: (fn: string): string => `http://127.0.0.1:${port}/${fn}`,
    standBefore: (url: string): void => {
      database = url
    },
    of: (fn: string): Used => used.get(fn) ?? nothing,
    all: (): Used => [...used.values()].reduce(sum, nothing),
    close: (): void => {
      server.close()
      server.closeAllConnections()
      agent.destroy()
    },
  }
}

const sum = (a: Used, b: Used): Used => ({
  reads: a.reads + b.reads,
  writes: a.writes + b.writes,
  refused: a.refused + b.refused,
})
