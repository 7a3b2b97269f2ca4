import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { stages } from '../infra/stages.ts'
import { type House, openHouse } from './house.ts'
import { adasForm } from './traveller.ts'

vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

/** What is sent twice, late, or with other words than the first time: the page says what has happened, and nothing typed is lost. */

let house: House
beforeAll(async () => {
  house = await openHouse(stages.dev, '2026-11-23T14:00:00Z')
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => {})
})
afterAll(() => house.close())

let count = 0
const somebody = (): string => {
  count += 1
  return `clicks-${count}@example.org`
}
const form = (path: string, fields: Record<string, string> = {}, accept = 'text/html') =>
  house.call('POST', path, {
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept },
    body: String(new URLSearchParams(fields)),
  })
const begin = async (fields: Record<string, unknown> = {}) => {
  const request = await house.begin({ seekerEmail: somebody(), ...fields })
  const tell = (fields: Record<string, string>) => form(`${request.page}/events`, fields)
  const get = async () => JSON.parse((await house.call('GET', request.page)).body) as Record<string, never>
  return { ...request, tell, get }
}
const confirmed = async (...events: Record<string, string>[]) => {
  const request = await begin()
  await form(request.confirm)
  for (const fields of events) expect((await request.tell(fields)).statusCode).toBe(303)
  return request
}

describe('an event that is told twice', () => {
  const met = { event: 'met', learned: 'Start with the billing data.' }

  test('is told once where it says the same, or nothing', async () => {
    const request = await confirmed({ event: 'sent' }, { event: 'replied' }, met)
    const before = await request.get()
    for (const again of [met, { event: 'met', learned: '', names: '' }])
      expect((await request.tell(again)).statusCode).toBe(303)
    expect(await request.get()).toEqual(before)
  })

  test.each([
    ['what was learned', [{ event: 'sent' }, { event: 'replied' }, { event: 'met' }], met, met.learned],
    [
      'another date',
      [{ event: 'scheduled', start: '2026-12-08T15:00' }],
      { event: 'scheduled', start: '2026-12-09T15:00', place: 'Café <Central>' },
      'Café &lt;Central&gt;',
    ],
    [
      'another day to write again',
      [{ event: 'sent' }, { event: 'deferred', until: '2026-12-20' }],
      { event: 'deferred', until: '2027-01-20' },
      '2027-01-20',
    ],
  ])(
    'and says more the second time, %s, is not taken for the first: what was typed comes back',
    async (_what, story, again, typed) => {
      const request = await confirmed(...(story as unknown as Record<string, string>[]))
      const before = await request.get()
      const answer = await request.tell(again)
      expect(answer.statusCode).toBe(409)
      expect(answer.body).toContain('this was not saved')
      expect(answer.body).toContain(typed)
      expect(await request.get()).toEqual(before)
    },
  )
})

describe('while all mail to the address is stopped', () => {
  const everything = ({ stop }: { stop: string }) => `${stop}-everything`

  test('a confirmation says that nothing is sent, and how to take it back', async () => {
    const request = await begin({ tips: true })
    expect((await form(everything(request))).statusCode).toBe(200)
    const { statusCode, body } = await form(request.confirm)
    expect(statusCode).toBe(200)
    expect(body).toContain('you have stopped all mail to your address')
    expect(body).not.toMatch(/on its way|tips begin/)
    expect(body).toContain(`${everything(request)}"`)
    await form(everything(request), { undo: 'on' })
    expect((await form(request.confirm)).body).not.toContain('stopped all mail')
  })

  test('taking back the stop of a request does not promise its mail', async () => {
    const request = await confirmed()
    for (const path of [request.stop, everything(request)]) expect((await form(path)).statusCode).toBe(200)
    const { body } = await form(request.stop, { undo: 'on' })
    expect(body).toContain('you have stopped all mail to your address')
    expect(body).not.toContain('comes as before')
    expect(await request.get()).toMatchObject({ state: 'drafted' })
    await form(everything(request), { undo: 'on' })
    await form(request.stop)
    expect((await form(request.stop, { undo: 'on' })).body).toContain('comes as before')
  })

  test('so does the one of an address that mail came back from, and nothing is there to take back', async () => {
    const request = await begin()
    const about = { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: `clicks-${count}@example.org` }] }
    const mail = { messageId: 'm', destination: [`clicks-${count}@example.org`] }
    const tags = { request: [request.id], mail: ['confirm'], occurrence: ['0'] }
    await house.functions.recordOutcome({ detail: { eventType: 'Bounce', mail: { ...mail, tags }, bounce: about } })
    const { body } = await form(request.confirm)
    expect(body).toContain('it came back to us')
    expect(body).not.toMatch(/on its way|Let the mail/)
  })
})

test.each([['declined'], ['closed']])(
  'the link that stops a request takes back what is stopped, and not what was %s',
  async (event) => {
    const request = await confirmed({ event: 'sent' }, { event })
    const { body } = await form(request.stop, { undo: 'on' }, 'application/json')
    expect(JSON.parse(body)).toEqual({ state: event === 'closed' ? 'sent' : 'declined' })
    expect(await request.get()).toMatchObject({ state: event === 'closed' ? 'sent' : 'declined' })
  },
)

describe('a form with an id', () => {
  const stored = async (email: string) =>
    (await house.items())
      .filter(({ sk, seeker }) => sk?.S === 'REQUEST' && seeker?.M?.email?.S === email)
      .map(({ contact, topic }) => `${contact?.M?.name?.S}, ${topic?.S}`)
      .sort()
  const { topic } = adasForm
  const fieldsOf = (seekerEmail: string, more: Record<string, string>) => ({
    ...(adasForm as unknown as Record<string, string>),
    followUps: '1',
    seekerEmail,
    submissionId: 'of-this-page',
    ...more,
  })

  test('that a browser sends once more with somebody else in it is one more request', async () => {
    const email = somebody()
    const [grace, jean] = [fieldsOf(email, {}), fieldsOf(email, { contactName: 'Jean Bartik' })]
    for (const fields of [grace, jean, jean, grace]) expect((await form('/requests', fields)).statusCode).toBe(303)
    expect(await stored(email)).toEqual([`${adasForm.contactName}, ${topic}`, `Jean Bartik, ${topic}`])
  })

  test('that a client sends once more is answered as the first was', async () => {
    const email = somebody()
    const send = async (contactName: string) =>
      JSON.parse((await house.call('POST', '/requests', { body: { ...fieldsOf(email, { contactName }) } })).body)
    expect(await send('Jean Bartik')).toEqual(await send('Grace Hopper'))
    expect(await stored(email)).toEqual([`Jean Bartik, ${topic}`])
  })
})

test('of two forms for the tips that nobody has confirmed, whoever sent them, no name is believed where they differ', async () => {
  const email = somebody()
  const ask = async (firstName: string) => {
    await house.call('POST', '/subscriptions', { body: { email, firstName } })
    const item = (await house.items()).find((one) => one.email?.S === email && one.sk?.S?.startsWith('SERIES#'))
    return [item?.firstName?.S, Number(item?.version?.N)]
  }
  const [, version] = await ask('Fool')
  expect(await ask('Fool')).toEqual(['Fool', version])
  expect(await ask('Ada')).toEqual([undefined, Number(version) + 1])
  expect(await ask('Ada')).toEqual([undefined, Number(version) + 1])
})
