import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type CloudOptions, startCloud } from '../local/cloud.ts'

export type Mail = {
  id: string
  at: string
  to: string[]
  from: string
  subject: string
  text: string
  html: string
  headers: Record<string, string>
  attachments: { filename: string; contentType: string; content: string }[]
  configurationSet: string
  tags: Record<string, string>
}

const BROWSER = 'text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8'

/** The fields of Ada's form, as a client sends them. */
export const adasForm = {
  seekerName: 'Ada Lovelace',
  seekerEmail: 'ada@example.org',
  timeZone: 'America/New_York',
  introduction: 'a mathematician moving into computing',
  contactName: 'Grace Hopper',
  contactRole: 'Head of compilers',
  organization: 'Navy Computing',
  source: 'event',
  connection: 'we talked after your keynote in Boston',
  goal: 'explore-career',
  topic: 'compiler work',
  followUps: 1,
}

/** What a person or a client does over HTTP, wherever the system answers at the moment. */
export const visitor = (url: () => string) => {
  const call = async (path: string, init: RequestInit = {}) => {
    const response = await fetch(new URL(path, url()), { redirect: 'manual', ...init })
    const text = await response.text()
    const isJson = /json/.test(response.headers.get('content-type') ?? '')
    return {
      status: response.status,
      headers: response.headers,
      text,
      json: isJson && text ? JSON.parse(text) : undefined,
    }
  }
  const json = (path: string, body: unknown, headers: Record<string, string> = {}) =>
    call(path, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
    })
  const form = (path: string, fields: Record<string, string>, headers: Record<string, string> = {}) =>
    call(path, { method: 'POST', headers: { accept: BROWSER, ...headers }, body: new URLSearchParams(fields) })

  const mails = async (to?: string): Promise<Mail[]> => {
    const { json: all } = await call('/_local/mail')
    return to ? all.filter((mail: Mail) => mail.to.includes(to)) : all
  }
  const move = async (by: { advance: string } | { to: string }) => {
    const moved = await json('/_local/clock', by)
    if (moved.status !== 200) throw new Error(`The clock did not move: ${moved.text}`)
    return moved.json as { now: string; fired: number }
  }

  return {
    get url() {
      return url()
    },
    call,
    json,
    form,
    page: (path: string) => call(path, { headers: { accept: BROWSER } }),
    mails,
    move,
    /** What is due at once has run and everything is quiet. */
    settle: () => move({ advance: 'PT1S' }),
    faults: (ses: string, calls: number) => json('/_local/faults', { ses, for: calls }),
    /** `name at local time`, as one reads a diary. */
    diary: async (to: string, timeZone: string) =>
      (await mails(to)).map((mail) => `${mail.tags.mail} ${wall(mail.at, timeZone)}`),
  }
}

export type Visitor = ReturnType<typeof visitor>

/** The whole system on this machine, with a clock that can be moved: what a journey needs. */
export const openTraveller = async (at: string, assembly: string, more: Pick<CloudOptions, 'onCall'> = {}) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'interviews-journey-'))
  const cloud = await startCloud({ port: 0, dataDir, at, assembly, quiet: true, ...more })
  const logs = join(dataDir, 'logs')
  return Object.assign(
    visitor(() => cloud.url),
    {
      dataDir,
      /** All that the functions have logged so far. */
      logged: () =>
        readdirSync(logs)
          .map((name) => readFileSync(join(logs, name), 'utf8'))
          .join(''),
      close: async () => {
        await cloud.stop()
        rmSync(dataDir, { recursive: true, force: true })
      },
    },
  )
}

export type Traveller = Awaited<ReturnType<typeof openTraveller>>

/** `Tue 2026-12-08 17:20` on the wall. */
export const wall = (instant: string, timeZone: string): string => {
  const parts = new Intl.DateTimeFormat('en-GB', {
    timeZone,
    weekday: 'short',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  }).formatToParts(new Date(instant))
  const of = (type: string) => parts.find((part) => part.type === type)?.value
  return `${of('weekday')} ${of('year')}-${of('month')}-${of('day')} ${of('hour')}:${of('minute')}`
}

/** The path of a link in a mail, without its origin. */
export const pathIn = (mail: Mail | undefined, pattern: RegExp): string => {
  const link = mail?.text.match(/https?:\/\/[^\s<>)"]+/g)?.find((url) => pattern.test(new URL(url).pathname))
  if (!link) throw new Error(`No link like ${pattern} in the mail “${mail?.subject}”`)
  return new URL(link).pathname
}

/** Sends in the form and presses the button in the confirmation mail: the request, as its page. */
export const begin = async (traveller: Visitor, fields: Record<string, unknown> = {}) => {
  const submitted = await traveller.json('/requests', { ...adasForm, ...fields })
  if (submitted.status !== 202) throw new Error(`The form was refused: ${submitted.text}`)
  await traveller.settle()
  const to = String(fields.seekerEmail ?? adasForm.seekerEmail)
  const confirmation = (await traveller.mails(to)).filter((mail) => mail.tags.mail === 'confirm').at(-1)
  const confirmed = await traveller.call(pathIn(confirmation, /^\/confirm\//), { method: 'POST' })
  if (confirmed.status !== 200) throw new Error(`The confirmation was refused: ${confirmed.text}`)
  await traveller.settle()
  const page = new URL(confirmed.json.page).pathname
  return {
    id: submitted.json.id as string,
    page,
    get: async () => (await traveller.call(page)).json,
    tell: async (event: string, more: Record<string, unknown> = {}) => {
      const answer = await traveller.json(`${page}/events`, { event, ...more })
      await traveller.settle()
      return answer
    },
  }
}

/** All of them ask for a series and press the button in the mail: readers, with the paths of their links. */
export const subscribeAll = async (traveller: Visitor, asking: readonly Record<string, unknown>[]) => {
  for (const fields of asking) {
    const asked = await traveller.json('/subscriptions', fields)
    if (asked.status !== 202) throw new Error(`The form was refused: ${asked.text}`)
  }
  await traveller.settle()
  const sent = (await traveller.mails()).filter(({ tags }) => tags.mail === 'confirm-series')
  const readers = []
  for (const { email } of asking) {
    const to = String(email)
    const mail = sent.findLast((one) => one.to.includes(to))
    const confirmed = await traveller.call(pathIn(mail, /\/confirm$/), { method: 'POST' })
    if (confirmed.status !== 200) throw new Error(`The confirmation was refused: ${confirmed.text}`)
    const tips = async () => (await traveller.mails(to)).filter(({ tags }) => tags.mail === 'tip')
    readers.push({
      to,
      unsubscribe: pathIn(mail, /\/unsubscribe$/),
      preferences: new URL(confirmed.json.preferences).pathname,
      tips,
      /** Ids of the parts that came, in order. */
      parts: async () => (await tips()).map(({ tags }) => tags.part),
    })
  }
  await traveller.settle()
  return readers
}

export type Reader = Awaited<ReturnType<typeof subscribeAll>>[number]

export const subscribe = async (traveller: Visitor, fields: Record<string, unknown>): Promise<Reader> => {
  const [reader] = await subscribeAll(traveller, [fields])
  if (!reader) throw new Error('Nobody was subscribed')
  return reader
}

/** Ids of the parts that each of them has had, from one look at the inbox. */
export const partsOfAll = async (traveller: Visitor, readers: readonly Reader[]) => {
  const tips = (await traveller.mails()).filter(({ tags }) => tags.mail === 'tip')
  return readers.map(({ to }) => tips.filter((mail) => mail.to.includes(to)).map(({ tags }) => tags.part))
}
