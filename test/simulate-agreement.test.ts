import { afterAll, beforeAll, expect, inject, test } from 'vitest'
import { library } from '../infra/content.ts'
import { simulate } from '../ops/simulate/command.ts'
import { Saved, type Simulation, type Step } from '../ops/simulate/simulation.ts'
import { adasForm, openTraveller, pathIn, type Traveller } from './traveller.ts'

/** What is simulated is what happens: the same seekers and readers walk through the local cloud, all on one clock. */

const [series] = library()
if (!series) throw new Error('This test needs a series')
const BEGIN = '2027-02-22T06:00:00Z'

/** Over clock changes on both halves of the earth, at quarters of an hour, and where the day begins first. */
const walks = [
  ['request', '--journey', 'referral', '--zone', 'Europe/Berlin', '--start', '2027-03-15T09:00'],
  ['request', '--journey', 'long-silence', '--zone', 'Pacific/Kiritimati', '--start', '2027-02-26T21:40'],
  ['request', '--journey', 'come-back-later', '--zone', 'Asia/Kathmandu', '--start', '2027-02-23T11:10'],
  ['request', '--journey', 'meeting-tomorrow', '--zone', 'America/New_York', '--start', '2027-03-08T09:23'],
  ['request', '--journey', 'pauses', '--zone', 'Pacific/Apia', '--start', '2027-03-01T10:30'],
  ['series', series.id, '--journey', 'pauses', '--zone', 'Australia/Lord_Howe', '--start', '2027-03-08T16:15'],
  ['series', series.id, '--journey', 'never-confirms', '--zone', 'Asia/Kathmandu', '--start', '2027-02-24T10:22'],
]

const simulated = walks.map((walk): Simulation => {
  const { text } = simulate([...walk, '--stage', 'dev', '--json'], 0)
  const [one] = Saved.parse(JSON.parse(text)).simulations
  if (!one) throw new Error('Nothing was simulated')
  return one
})

let traveller: Traveller
beforeAll(async () => {
  traveller = await openTraveller(BEGIN, inject('assembly'))
}, 300_000)
afterAll(() => traveller.close())

const addressOf = (index: number): string => `walker-${index}@example.org`
/** Where each of them does what comes next. */
const pages = new Map<number, string>()

const isDone = async (what: Promise<{ status: number; text: string }>): Promise<void> => {
  const { status, text } = await what
  if (status >= 300) throw new Error(text)
}

/** Presses the button in the mail that asks to confirm; the answer tells of the page. */
const confirm = async (index: number, link: RegExp, page: string): Promise<void> => {
  const mail = (await traveller.mails(addressOf(index))).find(({ text }) => text.includes('confirm'))
  const answer = await traveller.call(pathIn(mail, link), { method: 'POST' })
  pages.set(index, new URL(answer.json[page]).pathname)
}

const doing = async (index: number, { about, timeZone }: Simulation, { name, fields = {} }: Step): Promise<void> => {
  const email = addressOf(index)
  const page = pages.get(index)
  switch (name) {
    case 'requested': {
      const followUps = simulated[index]?.given.followUps
      const form = { ...adasForm, seekerEmail: email, timeZone, ...(followUps === undefined ? {} : { followUps }) }
      return isDone(traveller.json('/requests', form))
    }
    case 'asked':
      return isDone(traveller.json('/subscriptions', { email, series: series.id, timeZone }))
    case 'confirmed':
      return about === 'request' ? confirm(index, /^\/confirm\//, 'page') : confirm(index, /\/confirm$/, 'preferences')
  }
  if (about === 'request') return isDone(traveller.json(`${page}/events`, { event: name, ...fields }))
  return isDone(traveller.json(page ?? '', { pauseWeeks: fields.weeks }))
}

/** `mail: subject`, at the minute. */
const minute = (at: string): string => at.slice(0, 16)

test('the local cloud sends the same mails at the same minutes', { timeout: 900_000 }, async () => {
  const deeds = simulated
    .flatMap((one, index) =>
      one.steps.filter(({ kind }) => kind === 'done').map((step) => ({ index, one, step, at: step.at })),
    )
    .sort((a, b) => a.at.localeCompare(b.at))
  expect(new Set(deeds.map(({ at }) => at)).size).toBe(deeds.length)
  for (const { index, one, step, at } of deeds) {
    await traveller.move({ to: at })
    await doing(index, one, step)
    await traveller.settle()
  }
  const last = simulated.flatMap(({ steps }) => steps.map(({ at }) => Date.parse(at))).sort((a, b) => b - a)[0] ?? 0
  // Long enough for anything that nobody told of.
  await traveller.move({ to: new Date(last + 60 * 86_400_000).toISOString() })
  for (const [index, { journey, timeZone, steps }] of simulated.entries()) {
    const sent = await traveller.mails(addressOf(index))
    expect({
      journey,
      timeZone,
      mails: sent.map(
        ({ at, tags, subject }) => `${minute(at)} ${tags.mail === 'tip' ? tags.part : tags.mail}: ${subject}`,
      ),
    }).toEqual({
      journey,
      timeZone,
      mails: steps
        .filter(({ kind }) => kind === 'mail')
        .map(({ at, name, subject }) => `${minute(at)} ${name}: ${subject}`),
    })
  }
})
