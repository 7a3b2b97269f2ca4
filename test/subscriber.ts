import { expect } from 'vitest'
import { library as readLibrary } from '../infra/content.ts'
import type { Series } from '../shared/tips/series.ts'
import { pathIn, type Visitor, wall } from './traveller.ts'

const seriesAt = (place: number): Series => {
  const series = readLibrary()[place]
  if (!series) throw new Error('These tests want two series')
  return series
}
export const first = seriesAt(0)
export const second = seriesAt(1)
export const titles = first.parts.map(({ title }) => title)

export const zone = 'America/New_York'
export const problem = /^application\/problem\+json/

let count = 0
/** An address that no other test of the file has used. */
export const somebody = (): string => {
  count += 1
  return `tips-${count}@example.org`
}

export const daysOn = (date: string, days: number): string =>
  new Date(Date.parse(`${date}T12:00Z`) + days * 86_400_000).toISOString().slice(0, 10)

/** What people who read the tips do over HTTP. */
export const subscriberAt = (traveller: Visitor) => {
  const asking = async (email: string) =>
    (await traveller.mails(email)).filter(({ tags }) => tags.mail?.startsWith('confirm-series'))
  const tipsTo = async (email: string) =>
    (await traveller.mails(email)).filter(({ tags }) => tags.mail === 'tip').map(({ subject }) => subject)

  /** Somebody who has asked, and the links of the mail that she got. */
  const ask = async (fields: Record<string, unknown> = {}) => {
    const email = String(fields.email ?? somebody())
    const asked = await traveller.json('/subscriptions', { ...fields, email })
    expect(asked.status, asked.text).toBe(202)
    await traveller.settle()
    const mail = (await asking(email)).at(-1)
    return { email, confirm: pathIn(mail, /\/confirm$/), unsubscribe: pathIn(mail, /\/unsubscribe$/) }
  }

  /** Somebody who has asked and confirmed, and what she sees. */
  const reader = async (fields: Record<string, unknown> = {}) => {
    const asked = await ask(fields)
    const { status, json } = await traveller.call(asked.confirm, { method: 'POST' })
    expect(status).toBe(200)
    const preferences = new URL(json.preferences).pathname
    await traveller.settle()
    return {
      ...asked,
      preferences,
      own: preferences.slice(0, preferences.lastIndexOf('/')),
      get: async () => (await traveller.call(preferences)).json,
      wish: (body: Record<string, unknown>) => traveller.json(preferences, body),
      tips: () => tipsTo(asked.email),
    }
  }

  const now = async () => (await traveller.call('/_local/clock')).json.now as string
  /** Ten in the morning in New York, so that what is due next is due tomorrow. */
  const untilTen = async () => {
    const hour = Number(wall(await now(), zone).slice(15, 17))
    if (hour !== 10) await traveller.move({ advance: `PT${(34 - hour) % 24}H` })
  }
  return { asking, tipsTo, ask, reader, untilTen, today: async () => wall(await now(), zone).slice(4, 14) }
}

export type Subscriber = ReturnType<typeof subscriberAt>
export type Reader = Awaited<ReturnType<Subscriber['reader']>>
