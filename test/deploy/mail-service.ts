import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { openClock } from '../../local/clock.ts'
import type { Mail } from '../../local/mail.ts'
import { openSes, type Ses } from '../../local/ses.ts'
import type { SesEvent } from '../../local/ses-events.ts'
import { openStore } from '../../local/store.ts'
import type { ConfigurationSet } from '../../local/template.ts'

/** SES with a port of its own. */
export type MailService = {
  url: string
  /** From then on it takes mail, for these configuration sets. */
  serve: (sets: ConfigurationSet[]) => void
  mails: () => Mail[]
  /** What it would have told the default bus. */
  events: SesEvent[]
  /** The operations that were called, by their paths. */
  paths: string[]
  stop: () => void
}

/** SES as the local cloud has it: it judges each call as SES does, renders with aws-ses-v2-local, and keeps what it took. */
export const openMailService = async (folder: string): Promise<MailService> => {
  const store = openStore(folder)
  const events: SesEvent[] = []
  const paths: string[] = []
  let ses: Ses | undefined
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk as Buffer)
    const { method = 'GET', url = '/' } = request
    const { pathname } = new URL(url, 'http://ses')
    try {
      if (!ses) throw new Error('Nothing is deployed yet')
      paths.push(pathname)
      const { status, body, errorType } = await ses.call(method, pathname, Buffer.concat(chunks))
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(errorType !== undefined && { 'x-amzn-errortype': errorType }),
      })
      response.end(JSON.stringify(body))
    } catch (error) {
      const { name, message, status } = error as Error & { status?: number }
      response.writeHead(status ?? 500, { 'content-type': 'application/json', 'x-amzn-errortype': name })
      response.end(JSON.stringify({ message }))
    }
  })
  await new Promise<void>((done, fail) => {
    server.once('error', fail)
    server.listen(0, '127.0.0.1', done)
  })
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    serve: (configurationSets) => {
      ses = openSes({
        configurationSets,
        manner: 'renders',
        store,
        clock: openClock(store),
        emit: (event) => events.push(event),
        onMail: () => {},
      })
    },
    mails: () => ses?.mails() ?? [],
    events,
    paths,
    stop: () => {
      server.close()
      server.closeAllConnections()
      ses?.stop()
      store.close()
    },
  }
}
