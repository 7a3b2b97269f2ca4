import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { solveChallenge, verifySolution } from 'altcha-lib/v1'
import fc from 'fast-check'
import type { Browser, BrowserContextOptions } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { type Deployment, stageJson, stages } from '../infra/stages.ts'
import { networkOf } from '../shared/network.ts'
import { formPage } from '../shared/pages/form.ts'
import { type Challenge, challengeOf, isSolved, proofKey } from '../shared/proof-of-work.ts'
import { openBrowser } from './browser.ts'
import { type House, openHouse } from './house.ts'
import { contents, validator } from './page-kit.ts'
import { first } from './subscriber.ts'
import { adasForm } from './traveller.ts'

vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

const stage: Deployment = {
  ...stages.prod,
  caps: { ...stages.prod.caps, requestsFromANetworkAnHour: 10, refuseFromANetworkAnHour: 40 },
  proofOfWork: { maxNumber: 300, validMinutes: 30, formsWithoutCountAs: 8 },
}
const { addressKey, caps } = stage
const weight = 8

let house: House
let silent: { mock: { calls: unknown[][] } }[]
beforeAll(async () => {
  house = await openHouse(stage, '2026-11-23T14:00:00Z')
  silent = (['info', 'warn', 'error', 'log'] as const).map((level) =>
    vi.spyOn(console, level).mockImplementation(() => undefined),
  )
})
afterAll(() => house.close())

const encoded = (solution: unknown): string => Buffer.from(JSON.stringify(solution)).toString('base64')

/** As a client of ALTCHA's own does it. */
const solved = async ({ maxnumber, ...challenge }: Challenge): Promise<Record<string, unknown>> => {
  const found = await solveChallenge(challenge.challenge, challenge.salt, challenge.algorithm, maxnumber).promise
  return { ...challenge, ...found }
}

const challengeIn = (html: string): Challenge =>
  JSON.parse((/data-challenge="([^"]+)"/.exec(html)?.[1] ?? '').replaceAll('&quot;', '"').replaceAll('&amp;', '&'))

describe('a solution', () => {
  const now = '2026-11-23T14:00:00.000Z'
  const key = proofKey(addressKey, 'a-network')
  const asked = challengeOf(key, { nonce: 'cafe', number: 123, maxNumber: 300, expiresAt: '2026-11-23T14:30:00.000Z' })
  const { maxnumber: _most, ...rest } = asked
  const right = { ...rest, number: 123 }
  const foreign = (addressKey: string, network: string) => {
    const expiresAt = '2026-11-23T14:30:00.000Z'
    const other = challengeOf(proofKey(addressKey, network), { nonce: 'cafe', number: 123, maxNumber: 300, expiresAt })
    return encoded({ ...other, number: 123 })
  }

  test('is right until it expires', () => {
    expect(isSolved(encoded(right), key, now)).toBe(true)
    expect(isSolved(encoded({ ...right, took: 12 }), key, '2026-11-23T14:29:59.999Z')).toBe(true)
    expect(isSolved(encoded(right), key, '2026-11-23T14:30:00.000Z')).toBe(false)
    const longest = Buffer.from(JSON.stringify(right).padEnd(750)).toString('base64')
    expect([longest.length, isSolved(longest, key, now)]).toEqual([1000, true])
  })

  test.each([
    ['another number', encoded({ ...right, number: 124 })],
    ['the number as text', encoded({ ...right, number: '123' })],
    ['no number', encoded(rest)],
    ['another challenge', encoded({ ...right, challenge: asked.challenge.replace(/./, 'x') })],
    ['another salt', encoded({ ...right, salt: asked.salt.replace('cafe', 'face') })],
    ['a later end', encoded({ ...right, salt: asked.salt.replace(/(\d)&/, '9&') })],
    // The same text is hashed, so that challenge and signature are right: only where the time ends is in question.
    ['a digit that moves to the time', encoded({ ...right, salt: `${asked.salt}1`, number: 23 })],
    ['no end', encoded({ ...right, salt: 'cafe' })],
    ['another algorithm', encoded({ ...right, algorithm: 'SHA-1' })],
    ['an algorithm that every object has', encoded({ ...right, algorithm: '__proto__' })],
    ['another signature', encoded({ ...right, signature: asked.signature.replace(/./g, '0') })],
    ['a shorter signature', encoded({ ...right, signature: asked.signature.slice(1) })],
    ['no signature', encoded({ ...right, signature: '' })],
    ['a challenge of another deployment', foreign('another-long-random-text', 'a-network')],
    ['a challenge for another network', foreign(addressKey, 'another-network')],
    ['the same, longer than any', encoded({ ...right, took: '1'.repeat(1000) })],
    ['names that every object has', encoded({ __proto__: right, constructor: right, toString: 1 })],
    ['names of the prototype as JSON', Buffer.from('{"__proto__":{"number":123}}').toString('base64')],
    ['a list', encoded([right])],
    ['null', encoded(null)],
    ['no JSON', Buffer.from('{').toString('base64')],
    ['no base64', '%%%'],
    ['nothing', ''],
    ['no text', right],
    ['no field', undefined],
  ])('%s is none', (_what, field) => {
    expect(isSolved(field, key, now)).toBe(false)
  })

  test('is ALTCHA’s: its library solves what we ask and agrees to it', async () => {
    const solution = await solved(asked)
    expect(solution.number).toBe(123)
    expect(isSolved(encoded(solution), key, now)).toBe(true)
    expect(await verifySolution(encoded(solution), key, false)).toBe(true)
    expect(await verifySolution(encoded(solution), `${key}x`, false)).toBe(false)
  })
})

describe('the page', () => {
  const key = proofKey(addressKey, 'a-network')
  const challenge = challengeOf(key, { nonce: 'cafe', number: 7, maxNumber: 9, expiresAt: '2026-11-23T14:30:00.000Z' })
  const off = formPage({ stage, submissionId: 'b2f5' })
  const on = formPage({ stage, submissionId: 'b2f5', challenge })

  test('without it has no trace of it', () => {
    expect(`${off.html}${off.contentSecurityPolicy}`).not.toMatch(/altcha|challenge|subtle/)
  })

  test('has it in both forms, and one script that is the same for everybody', async () => {
    expect(on.html.match(/<input type="hidden" name="altcha"/g)).toHaveLength(2)
    expect(contents(on.html, 'script')).toHaveLength(1)
    expect(contents(on.html, 'script')[0]).not.toContain('cafe')
    expect((await validator.validateString(on.html)).results.flatMap(({ messages }) => messages)).toEqual([])
  })
})

test('a stage in which one form would be a crowd is none', () => {
  const proofOfWork = { maxNumber: 300, validMinutes: 30, formsWithoutCountAs: 11 }
  expect(() => stageJson({ ...stage, proofOfWork })).toThrow(/formsWithoutCountAs is at most/)
  for (const wrong of [{ maxNumber: 0.5 }, { maxNumber: 1e9 }, { validMinutes: 0 }, { formsWithoutCountAs: 0 }])
    expect(() => stageJson({ ...stage, proofOfWork: { ...proofOfWork, formsWithoutCountAs: 2, ...wrong } })).toThrow()
})

let count = 0
const somebody = () => {
  count += 1
  return `somebody-${count}@example.org`
}
const BROWSER = { accept: 'text/html' }
const pageFor = async (sourceIp: string, path = '/') =>
  (await house.call('GET', path, { headers: BROWSER, sourceIp })).body

/** Sends in a form, each second one for the tips. */
const send = (sourceIp: string, altcha?: unknown) => {
  const email = somebody()
  const fields = count % 2 ? { ...adasForm, seekerEmail: email } : { email }
  return house.call('POST', count % 2 ? '/requests' : '/subscriptions', {
    body: { ...fields, ...(altcha === undefined ? {} : { altcha }) },
    sourceIp,
  })
}
const proofFrom = async (sourceIp: string) => encoded(await solved(challengeIn(await pageFor(sourceIp))))

/** How many forms were counted of the network, in this hour. */
const countedOf = async (sourceIp: string): Promise<number> => {
  const hour = Math.floor(Date.now() / 3_600_000)
  const name = `network#${networkOf(sourceIp, addressKey)}#${hour}`
  const counter = (await house.items()).find(({ pk, sk }) => `${pk?.S} ${sk?.S}`.includes(name))
  return Number(counter?.seen?.N ?? 0)
}

describe('forms from one network', () => {
  const taken = async (sourceIp: string, proof?: () => Promise<string>): Promise<number> => {
    for (let forms = 0; forms < 100; forms += 1) {
      const { statusCode } = await send(sourceIp, await proof?.())
      if (statusCode === 429) return forms
      expect(statusCode).toBe(202)
    }
    throw new Error('All of them were taken')
  }

  test('without a proof are too many much sooner than with one each', async () => {
    expect(await taken('198.51.100.1')).toBe(caps.refuseFromANetworkAnHour / weight)
    expect(await taken('203.0.113.1', () => proofFrom('203.0.113.1'))).toBe(caps.refuseFromANetworkAnHour)
  })

  test('a proof is one until it expires, in the network that was asked, and nowhere else', async () => {
    const [here, there] = ['192.0.2.1', '2001:db8:1::1']
    const proof = await proofFrom(here)
    await send(here, proof)
    await send('192.0.2.200', proof)
    expect(await countedOf(here)).toBe(2)
    await send(there, proof)
    expect(await countedOf(there)).toBe(weight)
    house.pass(29)
    await send(here, proof)
    expect(await countedOf(here)).toBe(3)
    house.pass(1)
    await send(here, proof)
    expect(await countedOf(here)).toBe(3 + weight)
  })

  test('a form that is shown again has another challenge, and nothing of the proof stays anywhere', async () => {
    const sourceIp = '192.0.2.77'
    const proof = await proofFrom(sourceIp)
    const { challenge } = JSON.parse(Buffer.from(proof, 'base64').toString())
    for (const [path, fields] of [
      ['/requests', { ...adasForm, topic: '' }],
      ['/subscriptions', { email: 'no address' }],
    ] as const) {
      const { statusCode, body } = await house.call('POST', path, {
        headers: BROWSER,
        body: { ...fields, altcha: proof },
        sourceIp,
      })
      expect(statusCode).toBe(422)
      expect(challengeIn(body).challenge).not.toBe(challenge)
      expect(body).not.toContain(proof)
    }
    expect((await send(sourceIp, proof)).statusCode).toBe(202)
    expect((await send(sourceIp, proof)).statusCode).toBe(202)
    await house.settle()
    const everything = JSON.stringify([await house.items(), silent.map(({ mock }) => mock.calls)])
    for (const trace of [proof, challenge, 'altcha']) expect(everything).not.toContain(trace)
  })

  test('no input in the field brings a 5xx', async () => {
    const right = await proofFrom('2001:db8:2::1')
    const field = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.jsonValue(),
      fc.base64String(),
      fc.jsonValue().map(encoded),
      fc
        .record({ algorithm: fc.jsonValue(), number: fc.jsonValue(), salt: fc.jsonValue() }, { requiredKeys: [] })
        .map((more) => encoded({ ...JSON.parse(Buffer.from(right, 'base64').toString()), ...more })),
    )
    await fc.assert(
      fc.asyncProperty(field, fc.nat(), fc.boolean(), async (altcha, from, asForm) => {
        const sourceIp = `2001:db8:${(from % 0xffff).toString(16)}::1`
        const text = typeof altcha === 'string' ? altcha.toWellFormed() : JSON.stringify(altcha)
        const answers = asForm
          ? await Promise.all(
              [
                ['/requests', { ...adasForm, seekerEmail: somebody(), altcha: text }] as const,
                ['/subscriptions', { email: somebody(), altcha: text }] as const,
              ].map(([path, fields]) =>
                house.call('POST', path, {
                  headers: { 'content-type': 'application/x-www-form-urlencoded' },
                  body: new URLSearchParams(fields as never).toString(),
                  sourceIp,
                }),
              ),
            )
          : [await send(sourceIp, altcha), await send(sourceIp, altcha)]
        // JSON that would change what an object is made of is not read at all.
        const isRefused = !asForm && text.includes('"__proto__"')
        for (const { statusCode } of answers) expect(isRefused ? [422] : [202, 429]).toContain(statusCode)
      }),
      { numRuns: 150, examples: [[JSON.parse('{"__proto__":false}'), 0, false]] },
    )
  })
})

describe('a page with a challenge', () => {
  test('is kept by nobody, while the tips as JSON are kept as ever', async () => {
    for (const path of ['/', `/series/${first.id}`, `/series/${first.id}/${first.parts[0]?.id}`]) {
      const { headers, body } = await house.call('GET', path, { headers: BROWSER })
      expect([path, headers['cache-control'], challengeIn(body).maxnumber]).toEqual([path, 'no-store', 300])
    }
    expect((await house.call('GET', `/series/${first.id}`)).headers['cache-control']).toMatch(/public/)
  })
})

describe('in a browser', () => {
  const sourceIp = '3fff:1::1'
  let browser: Browser
  let server: Server
  let origin: string
  const complaints: string[] = []

  const answer = async (request: IncomingMessage, response: ServerResponse) => {
    const { method = 'GET', url = '/', headers } = request
    const body = await text(request)
    const answered = await house.call(method, url, {
      headers: headers as Record<string, string>,
      ...(body ? { body } : {}),
      sourceIp,
    })
    response.writeHead(answered.statusCode, answered.headers).end(answered.body)
  }

  beforeAll(async () => {
    server = createServer((request, response) => void answer(request, response))
    await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
    origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    process.env.PUBLIC_URL = origin
    browser = await openBrowser()
  })
  afterAll(async () => {
    await browser?.close()
    server?.close()
  })

  const opened = async (path: string, options: BrowserContextOptions = {}) => {
    const tab = await (await browser.newContext(options)).newPage()
    tab.on('console', (message) => complaints.push(message.text()))
    tab.on('pageerror', (error) => complaints.push(error.message))
    await tab.goto(`${origin}${path}`)
    return tab
  }
  type Tab = Awaited<ReturnType<typeof opened>>

  const fillIn = async (tab: Tab) => {
    for (const name of ['seekerName', 'introduction', 'contactName', 'organization', 'connection', 'topic'] as const)
      await tab.locator(`#${name}`).fill(adasForm[name])
    await tab.locator('#seekerEmail').fill(somebody())
    for (const name of ['source', 'goal'] as const) await tab.locator(`[name=${name}][value=${adasForm[name]}]`).check()
    await tab.getByRole('button', { name: 'Get my draft' }).click()
    await tab.waitForURL(/\/requests\/inbox$/)
  }
  const workedOut = (tab: Tab) =>
    tab.waitForFunction("[...document.querySelectorAll('[name=altcha]')].every((field) => field.value !== '')")

  test('the proof is found while the form is filled in, and the form counts as one', async () => {
    const before = await countedOf(sourceIp)
    const tab = await opened('/')
    await workedOut(tab)
    await fillIn(tab)
    expect(await countedOf(sourceIp)).toBe(before + 1)
    await tab.goto(`${origin}/series/${first.id}`)
    await workedOut(tab)
    await tab.locator('#subscribe-email').fill(somebody())
    await tab.getByRole('button', { name: 'Send me the tips' }).click()
    await tab.waitForURL(/\/subscriptions\/inbox$/)
    expect(await countedOf(sourceIp)).toBe(before + 2)
    await tab.context().close()
  })

  test('without script the same form is taken, and counts as several', async () => {
    const before = await countedOf(sourceIp)
    const tab = await opened('/', { javaScriptEnabled: false })
    await fillIn(tab)
    expect(await countedOf(sourceIp)).toBe(before + weight)
    await tab.context().close()
  })

  test('nothing complains', () => {
    expect(complaints).toEqual([])
  })
})
