import type { Server } from 'node:http'
import type { AddressInfo } from 'node:net'

export type SesAnswer = { status: number; body: unknown; errorType?: string; cut?: boolean }

/** A mail as the emulator keeps it. */
export type Emulated = {
  messageId: string
  from: string
  replyTo: string[]
  destination: { to: string[]; cc: string[]; bcc: string[] }
  subject: string
  body: { html?: string; text?: string }
  attachments: { filename?: string; contentType?: string; content: string }[]
  headers?: { name: string; value: string }[]
}

/** SES v2 by somebody else, in this process: it judges and renders mails, and keeps templates. */
export type Emulator = {
  load: () => Promise<void>
  forward: (method: string, path: string, body: Buffer) => Promise<SesAnswer>
  /** Forwards a call that sends; what it sent is handed over and forgotten. One call at a time. */
  send: <T>(path: string, body: Buffer, done: (answer: SesAnswer, sent: Emulated[]) => T) => Promise<T>
  stop: () => void
}

type Start = (config: { host: string; port: number }) => Promise<Server>

// It keeps its mails in one place for the whole process: one call at a time looks into it.
let running: Promise<{ url: string; server: Server }> | undefined
let users = 0
let turn: Promise<unknown> = Promise.resolve()
const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
  const result = turn.then(work)
  turn = result.catch(() => undefined)
  return result
}

const start = async (): Promise<{ url: string; server: Server }> => {
  const module = (await import('aws-ses-v2-local')) as unknown as { default: Start | { default: Start } }
  const run = typeof module.default === 'function' ? module.default : module.default.default
  const server = await run({ host: '127.0.0.1', port: 0 })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, server }
}
const started = (): Promise<{ url: string; server: Server }> => {
  running ??= start()
  return running
}

const authorization = 'AWS4-HMAC-SHA256 Credential=local'

const forward: Emulator['forward'] = async (method, path, body) => {
  const { url } = await started()
  const response = await fetch(url + path, {
    method,
    headers: { authorization, 'content-type': 'application/json' },
    ...(body.length > 0 && { body: new Uint8Array(body) }),
  })
  const text = await response.text()
  const answer = jsonOr(text) as { type?: string; message?: string; detail?: string }
  if (response.ok) return { status: response.status, body: answer }
  const errorType = answer.type ?? (response.status === 404 ? 'NotFoundException' : 'BadRequestException')
  return { status: response.status, errorType, body: { message: answer.detail ?? answer.message ?? text } }
}

/** Costs nothing until it is first needed. */
export const useEmulator = (): Emulator => {
  users += 1
  return {
    load: async () => void (await started()),
    forward,
    send: (path, body, done) =>
      inTurn(async () => {
        const answer = await forward('POST', path, body)
        if (answer.status !== 200) return done(answer, [])
        const { url } = await started()
        const { emails, templates } = (await (await fetch(`${url}/store`)).json()) as {
          emails: Emulated[]
          templates: object
        }
        const result = done(answer, emails)
        // Stored templates would go with the mails, so they stay together.
        if (Object.keys(templates).length === 0) await fetch(`${url}/clear-store`, { method: 'POST' })
        return result
      }),
    stop: () => {
      users -= 1
      if (users > 0 || !running) return
      void running.then(({ server }) => {
        server.close()
        server.closeAllConnections()
      })
      running = undefined
    },
  }
}

export const jsonOr = (text: string): unknown => {
  try {
    return JSON.parse(text) ?? {}
  } catch {
    return {}
  }
}
