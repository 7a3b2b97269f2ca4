import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import {
  type Fixture,
  forget,
  mailTo,
  newDataDir,
  send,
  startAt,
  startFixture,
  writeAssembly,
} from './local-fixture.ts'

const assembly = writeAssembly()
const dataDir = newDataDir()
let cloud: Fixture
beforeAll(async () => {
  cloud = await startFixture({ assembly, dataDir, at: startAt })
})
afterAll(async () => {
  await cloud.cloud.stop()
  forget(assembly, dataDir)
})

const call = (path: string, init: RequestInit = {}) => fetch(cloud.cloud.url + path, { redirect: 'manual', ...init })
const post = (path: string, body: string, headers: Record<string, string> = { 'content-type': 'application/json' }) =>
  call(path, { method: 'POST', headers, body })
const form = { 'content-type': 'application/x-www-form-urlencoded' }

describe('POST /_local/clock', () => {
  test.each([
    ['{"advance":"tomorrow"}', 422],
    ['{"advance":"-P1D"}', 422],
    ['{"advance":"P400Y"}', 422],
    ['{"advance":"P99999999999999999999Y"}', 422],
    ['{"advance":5}', 422],
    ['{"to":"soon"}', 422],
    ['{"to":"2026-12-01T09:00:00"}', 422],
    ['{"to":"2999-01-01T00:00:00Z"}', 422],
    ['{"to":null}', 422],
    ['{"advance":"P1D","to":"2027-01-01T00:00:00Z"}', 422],
    ['{}', 422],
    ['', 422],
    ['[]', 422],
    ['null', 422],
    ['{', 422],
    ['{"to":"2020-01-01T00:00:00Z"}', 409],
  ])('answers %s with %i and says what is wrong', async (body, status) => {
    const response = await post('/_local/clock', body)
    expect(response.status).toBe(status)
    expect(response.headers.get('content-type')).toContain('application/problem+json')
    expect(await response.json()).toMatchObject({ status })
  })

  test('answers other media types with 415, too much with 413, and other methods with 405', async () => {
    expect((await post('/_local/clock', 'x', { 'content-type': 'text/xml' })).status).toBe(415)
    expect((await post('/_local/clock', 'x'.repeat(100_000))).status).toBe(413)
    expect((await call('/_local/clock', { method: 'DELETE' })).status).toBe(405)
  })

  test('sends a form back to the page', async () => {
    const response = await post('/_local/clock', 'advance=PT1H', { ...form, origin: cloud.cloud.url })
    expect([response.status, response.headers.get('location')]).toEqual([303, '/_local'])
  })

  test('goes to what is due next', async () => {
    const before = (await cloud.get('/_local/clock')).now
    const { now, fired } = await cloud.post('/_local/clock', { to: 'next' })
    expect(Date.parse(now) - Date.parse(before)).toBeLessThanOrEqual(15 * 60_000)
    expect(fired).toBe(1)
  })

  test('does not take a form of another site', async () => {
    for (const origin of ['https://example.com', 'null']) {
      expect((await post('/_local/clock', 'advance=PT1H', { ...form, origin })).status).toBe(403)
    }
  })

  test('never answers with a 5xx, whatever it is given', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('/_local/clock', '/_local/faults', '/_local/mail', '/_local/%', '/_local/inbox/x'),
        fc.oneof(
          fc.json(),
          fc.string(),
          fc
            .record({ to: fc.anything(), for: fc.anything(), ses: fc.anything() })
            .map((value) => JSON.stringify(value) ?? ''),
        ),
        fc.constantFrom('application/json', 'application/x-www-form-urlencoded', 'text/plain'),
        async (path, body, type) => {
          const response = await post(path, body, { 'content-type': type })
          await response.text()
          expect(response.status).toBeLessThan(500)
        },
      ),
      { seed: 7, numRuns: 300 },
    )
  })
})

describe('POST /_local/faults', () => {
  test.each([
    '{}',
    '{"ses":"sleepy"}',
    '{"ses":"down","for":0}',
    '{"ses":"down","for":1.5}',
    '{"ses":"down","for":[1]}',
    '{"ses":"partial","statuses":["SLEEPY"]}',
    '{"ses":"partial","statuses":[]}',
    '{"quota":{"max24HourSend":"many"}}',
    '{"quota":{"maxSendRate":0}}',
    '{"quota":{"rate":1}}',
    '{"quota":7}',
    '{"function":"nobody","does":"crash"}',
    '{"function":"work","does":"sleep"}',
    '{"function":"work","does":"crash","for":0}',
    '{"function":["work"],"does":"ok"}',
  ])('refuses %s', async (body) => {
    expect((await post('/_local/faults', body)).status).toBe(422)
  })
  test('says what it will do, and takes it back', async () => {
    const quota = { max24HourSend: 50_000, maxSendRate: 200 }
    expect(await cloud.post('/_local/faults', { ses: 'down', for: 3 })).toEqual({ ses: 'down', for: 3, quota })
    expect(await cloud.post('/_local/faults', { ses: 'partial' })).toEqual({
      ses: 'partial',
      for: 1,
      statuses: ['TRANSIENT_FAILURE'],
      quota,
    })
    expect(await cloud.post('/_local/faults', { ses: 'ok' })).toEqual({ ses: 'ok', for: 0, quota })
    const changed = { max24HourSend: -1, maxSendRate: 200 }
    expect(await cloud.post('/_local/faults', { quota: { max24HourSend: -1 } })).toEqual({
      ses: 'ok',
      for: 0,
      quota: changed,
    })
    expect(await cloud.get('/_local/faults')).toEqual({ ses: 'ok', for: 0, quota: changed })
    await cloud.post('/_local/faults', { function: 'tick', does: 'throttle' })
    const functions = { tick: { does: 'throttle' }, work: { does: 'crash', for: 2 } }
    expect(await cloud.post('/_local/faults', { function: 'work', does: 'crash', for: 2 })).toMatchObject({ functions })
    await cloud.post('/_local/faults', { function: 'work', does: 'ok' })
    expect(await cloud.post('/_local/faults', { function: 'tick', does: 'ok' })).not.toHaveProperty('functions')
  })
})

describe('the pages', () => {
  test('are complete without script, and let nothing from outside in', async () => {
    const hostile = '"><script>alert(1)</script>'
    await cloud.run(
      mailTo('ada@example.com', {
        Content: {
          Simple: {
            Subject: { Data: hostile },
            Body: { Html: { Data: '<html><head></head><body><script>alert(1)</script><p>Hi</p></body></html>' } },
          },
        },
      }),
      send({ poison: hostile, fails: 9 }),
    )
    await cloud.advance('PT1H')
    const [{ id }] = (await cloud.get('/_local/mail')) as [{ id: string }]
    for (const path of [
      '/_local',
      '/_local/',
      '/_local/inbox',
      `/_local/inbox/${id}`,
      '/_local/dead-letters',
      '/_local/data',
    ]) {
      const response = await call(path, { headers: { accept: 'text/html' } })
      const text = await response.text()
      expect(response.status, path).toBe(200)
      expect(response.headers.get('content-security-policy'), path).toMatch(/^default-src 'none'; style-src 'sha256-/)
      expect(text, path).toMatch(/^<!doctype html><html lang="en" dir="ltr">/)
      expect(text, path).toContain('name="viewport"')
      expect(text, path).not.toContain('<script')
    }
    expect(await (await call('/_local')).text()).toContain('<a href="/series">')
    const part = await call(`/_local/mail/${id}/html`)
    expect(part.headers.get('content-security-policy')).toContain('sandbox')
    expect(await part.text()).toContain('<base target="_blank">')
  })

  test('of what is not there answer 404', async () => {
    for (const path of [
      '/_local/nothing',
      '/_local/mail/none',
      '/_local/mail/none/links',
      '/_local/inbox/none',
      '/_local/mail/none/html',
    ]) {
      expect((await call(path)).status, path).toBe(404)
    }
  })

  test('answer HEAD as GET without a body', async () => {
    const response = await call('/_local', { method: 'HEAD' })
    expect([response.status, await response.text()]).toEqual([200, ''])
  })
})

test('GET /_local/functions tells how often each ran, and what the loaded ones hold', async () => {
  await cloud.run(send({ hello: 'there' }))
  await cloud.settle()
  type Told = { fn: string; runs: number; memoryMb: number; mostMemoryMb: number; heldMb?: number }
  // Asked twice at once, each gets an answer.
  const ask = async () => (await (await call('/_local/functions')).json()) as Told[]
  const [told, again] = await Promise.all([ask(), ask()])
  expect(again.map(({ fn }) => fn)).toEqual(told.map(({ fn }) => fn))
  const loaded = told.filter(({ runs }) => runs > 0)
  expect(loaded.length).toBeGreaterThan(1)
  for (const { memoryMb, mostMemoryMb, heldMb } of loaded) {
    expect(heldMb).toBeGreaterThan(1)
    expect(mostMemoryMb).toBeGreaterThanOrEqual(memoryMb)
  }
  for (const { heldMb } of told.filter(({ runs }) => runs === 0)) expect(heldMb).toBeUndefined()
})
