import { Agent, request as ask, createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

/** What a function asks of a service, as it goes over the wire. */
export type Call = {
  fn: string
  method: string
  path: string
  /** `X-Amz-Target`, of services that have one address for all operations. */
  target: string | undefined
  body: unknown
  /** What came back; nothing where no answer did. */
  answer?: { status: number; body: Buffer }
}

/** Functions sign with keys of their own, as on AWS: the key's id is the function's name. */
const signedBy = ({ headers }: IncomingMessage): string =>
  /Credential=([^/]+)\//.exec(headers.authorization ?? '')?.[1] ?? 'nobody'

/**
 * Stands before a service, hands each call on, and tells of it once it is over: what comes back, and that nothing does, comes
 * back as it is.
 */
export const openTap = async (
  service: string,
  onCall: (call: Call) => void,
): Promise<{ url: string; stop: () => void }> => {
  const agent = new Agent({ keepAlive: true })
  const pass = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const body = Buffer.concat(chunks)
    const { method = 'GET', url: path = '/', headers } = request
    const target = headers['x-amz-target']?.toString()
    const call = { fn: signedBy(request), method, path, target, body: body.length > 0 ? JSON.parse(`${body}`) : {} }
    const onward = ask(`${service}${path}`, { method, headers, agent }, (answer) => {
      const status = answer.statusCode ?? 502
      const said: Buffer[] = []
      answer.on('data', (chunk: Buffer) => said.push(chunk))
      answer.on('end', () => onCall({ ...call, answer: { status, body: Buffer.concat(said) } }))
      response.writeHead(status, answer.headers)
      answer.pipe(response)
    })
    onward.on('error', () => {
      onCall(call)
      response.destroy()
    })
    response.on('close', () => onward.destroy())
    onward.end(body)
  }
  const server = createServer((request, response) => {
    pass(request, response).catch(() => response.destroy())
  })
  // Workers hold their connections open between invocations.
  server.keepAliveTimeout = 120_000
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(0, '127.0.0.1', done)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    stop: () => {
      server.close()
      server.closeAllConnections()
      agent.destroy()
    },
  }
}
