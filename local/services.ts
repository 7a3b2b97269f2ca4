import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Logs } from './logs.ts'
import type { Queues } from './queues.ts'
import type { Schedules } from './schedules.ts'
import { ServiceError } from './service-error.ts'
import type { Ses } from './ses.ts'
import { callSqs } from './sqs-api.ts'

/** The services that functions call, once they are there; SQS, Scheduler, SES and CloudWatch Logs share a port. */
export type Services = { queues: Queues; schedules: Schedules; ses: Ses; logs: Logs }

/** Opens the port first, because the template's queue URLs contain it. Answers 503 until `serve` is called. */
export const openServices = async (): Promise<{
  url: string
  serve: (services: Services) => void
  stop: () => void
}> => {
  let services: Services | undefined
  const server = createServer((request, response) => {
    answer(request, response, services).catch((error: Error) => {
      if (response.headersSent || response.destroyed) return
      const status = error instanceof ServiceError ? error.status : 500
      reply(response, status, { message: error.message, __type: error.name }, error.name)
    })
  })
  // Workers hold their connections open between invocations.
  server.keepAliveTimeout = 120_000
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(0, '127.0.0.1', done)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (given) => {
      services = given
    },
    stop: () => end(server),
  }
}

const end = (server: Server): void => {
  server.close()
  server.closeAllConnections()
}

const reply = (response: ServerResponse, status: number, body: unknown, errorType?: string): void => {
  response.writeHead(status, {
    'content-type': 'application/json',
    'x-amzn-requestid': crypto.randomUUID(),
    ...(errorType !== undefined && { 'x-amzn-errortype': errorType }),
  })
  response.end(JSON.stringify(body))
}

const answer = async (
  request: IncomingMessage,
  response: ServerResponse,
  services: Services | undefined,
): Promise<void> => {
  if (!services) throw new ServiceError('ServiceUnavailableException', 'the local cloud is still starting', 503)
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  const body = Buffer.concat(chunks)
  const { method = 'GET', url = '/' } = request
  const target = request.headers['x-amz-target']
  if (typeof target === 'string' && target.startsWith('AmazonSQS.')) {
    return reply(
      response,
      200,
      callSqs(target.slice('AmazonSQS.'.length), jsonOf(body), services.queues, `http://${request.headers.host}`),
    )
  }
  if (typeof target === 'string' && target.startsWith('Logs_20140328.'))
    return reply(response, 200, services.logs.call(target.slice('Logs_20140328.'.length), jsonOf(body)))
  const { pathname, searchParams } = new URL(url, 'http://local')
  if (/^\/schedule(s|-groups)(\/|$)/.test(pathname)) {
    return reply(response, 200, services.schedules.call(method, pathname, searchParams, jsonOf(body)))
  }
  if (pathname.startsWith('/v2/email/')) {
    const { status, body: said, errorType, cut } = await services.ses.call(method, pathname, body)
    if (cut) return void request.socket.destroy()
    return reply(response, status, said, errorType)
  }
  throw new ServiceError('UnknownOperationException', `the local cloud does not know ${method} ${pathname}`, 404)
}

const jsonOf = (body: Buffer): Record<string, unknown> => {
  if (body.length === 0) return {}
  try {
    return JSON.parse(body.toString()) as Record<string, unknown>
  } catch {
    throw new ServiceError('SerializationException', 'The request body is not JSON.')
  }
}
