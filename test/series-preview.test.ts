import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { root } from '../infra/bundling.ts'
import { library } from '../shared/tips/library.ts'

type Preview = { process: ChildProcess; origin: string }

const run = (env: Record<string, string>): ChildProcess =>
  spawn(process.execPath, ['ops/preview-series.ts'], {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })

const start = async (env: Record<string, string> = {}): Promise<Preview> => {
  const child = run({ PORT: '0', ...env })
  let said = ''
  for await (const chunk of child.stdout ?? []) {
    said += chunk
    const origin = /http:\/\/localhost:\d+/.exec(said)?.[0]
    if (origin) return { process: child, origin }
  }
  throw new Error(`The preview did not start: ${said}`)
}
const exitOf = async (child: ChildProcess): Promise<number | null> => (await once(child, 'exit'))[0] as number | null
const stop = async ({ process: child }: Preview): Promise<number | null> => {
  const exit = exitOf(child)
  child.kill('SIGINT')
  return exit
}

describe('the preview of our series', () => {
  let preview: Preview
  beforeAll(async () => {
    preview = await start()
  })
  afterAll(async () => {
    preview.process.kill()
  })
  const get = async (path: string, init?: RequestInit): Promise<{ status: number; body: string; headers: Headers }> => {
    const response = await fetch(`${preview.origin}${path}`, init)
    return { status: response.status, body: await response.text(), headers: response.headers }
  }

  test('lists all parts with their words and days', async () => {
    const { body } = await get('/')
    for (const series of library) {
      expect(body).toContain(series.edition)
      for (const { id, title } of series.parts) {
        expect(body).toContain(`<a href="/parts/${series.id}/${id}">${title}</a>`)
      }
    }
    expect(body).toMatch(/>Silence is normal<\/a><\/td><td>3\d\d<\/td><td>1 week<\/td><td>day 22, week 4<\/td>/)
    expect(body).not.toContain('To put right')
  })

  const parts = library.flatMap((series) => series.parts.map((part) => ({ path: `${series.id}/${part.id}`, part })))
  test.each(parts)('shows $path as a mail, as text and as a page', async ({ path, part }) => {
    const { body } = await get(`/parts/${path}`)
    expect(body).toContain(`src="/mail/${path}"`)
    expect(body).toContain(`src="/series/${path}"`)
    expect(body).toMatch(/<pre>.*Hello Ada,.*This week\n-+\n.*<\/pre>/s)
    const mail = await get(`/mail/${path}`)
    expect(mail.body).toContain('Hello Ada,')
    expect(mail.body).toContain('<base target="_blank">')
    expect(mail.headers.get('content-security-policy')).toContain('sandbox')
    const page = await get(`/series/${path}`)
    expect(page.body).toContain(`<h1>${part.title}</h1>`)
    expect(page.headers.get('content-security-policy')).toContain("frame-ancestors 'self'")
    for (const shown of [body, mail.body, page.body]) expect(shown).not.toMatch(/\{\{|undefined|\[object/)
  })

  test('shows the page of a series', async () => {
    expect((await get('/series/after-the-talk')).body).toContain('<h1>After the talk</h1>')
  })

  test.each([
    '/parts/after-the-talk/nothing',
    '/mail/nothing/at-all',
    '/series/nothing',
    '/readers-own/unsubscribe',
    '//',
    '/%00',
  ])('has nothing at %s', async (path) => {
    const { status, body } = await get(path)
    expect(status).toBe(404)
    expect(body).toContain('Nothing to show')
  })

  test('takes no subscription', async () => {
    expect((await get('/subscriptions', { method: 'POST' })).status).toBe(404)
  })

  test('is reached from this machine only', () => {
    expect(readFileSync(join(root, 'ops/preview-series.ts'), 'utf8')).toContain("'127.0.0.1'")
  })
})

describe('the preview of series that are being written', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interviews-preview-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  test('shows what changes, reloads open pages, names what is wrong, and ends when asked', async () => {
    cpSync(join(root, 'content'), folder, { recursive: true })
    const file = join(folder, 'series/after-the-talk/01-thanks.md')
    const good = readFileSync(file, 'utf8')
    const preview = await start({ CONTENT_DIR: folder })
    const changes = (await fetch(`${preview.origin}/changes`)).body?.pipeThrough(new TextDecoderStream()).getReader()
    expect((await changes?.read())?.value).toBe(':\n\n')
    /** What is at `path` once a page that is open there was told to reload, and shows it. */
    const untilShown = async (path: string, isShown: (body: string) => boolean): Promise<string> => {
      for (;;) {
        expect((await changes?.read())?.value).toContain('data: changed\n\n')
        const body = await (await fetch(`${preview.origin}${path}`)).text()
        if (isShown(body)) return body
      }
    }

    writeFileSync(file, good.replace(/^title: .*$/m, 'title: Thanks & more'))
    await untilShown('/parts/after-the-talk/thanks', (body) => body.includes('<h1>Thanks &amp; more</h1>'))

    // As many editors save: beside it, and then in its place.
    writeFileSync(`${file}~`, good.replace('## This week', '### This week'))
    renameSync(`${file}~`, file)
    const error = `<code>${file}:${good.split('\n').indexOf('## This week') + 1}</code> A heading begins with ##`
    const list = await untilShown('/', (body) => body.includes(error))
    expect(list).toContain('>Silence is normal</a>')
    for (const path of ['after-the-talk/thanks', 'the-other-way-round/silence']) {
      const body = await (await fetch(`${preview.origin}/parts/${path}`)).text()
      expect(body).toContain(error)
      expect(body).toContain("new EventSource('/changes')")
    }

    writeFileSync(file, good)
    await untilShown('/', (body) => !body.includes('To put right'))

    const another = join(folder, 'series/another')
    mkdirSync(another)
    await untilShown('/', (body) => body.includes('another/series.md:1</code> This file is missing'))
    writeFileSync(join(another, 'series.md'), '')
    await untilShown('/', (body) => body.includes('another/series.md:1</code> The file begins with'))
    rmSync(another, { recursive: true })
    await untilShown('/', (body) => !body.includes('To put right'))

    expect(await stop(preview)).toBe(0)
    await expect(fetch(preview.origin)).rejects.toThrow('fetch failed')
  })

  test('says so when its port is taken, or when there is no such folder', async () => {
    const taken = createServer().listen(0, '127.0.0.1')
    await once(taken, 'listening')
    const { port } = taken.address() as { port: number }
    const said = async (env: Record<string, string>): Promise<string> => {
      const child = run(env)
      const exit = exitOf(child)
      let errors = ''
      for await (const chunk of child.stderr ?? []) errors += chunk
      expect(await exit).toBe(1)
      return errors
    }
    expect(await said({ PORT: String(port) })).toBe(
      `Port ${port} is taken. Try: PORT=${port + 1} npm run series:preview\n`,
    )
    expect(await said({ PORT: '0', CONTENT_DIR: join(folder, 'none') })).toMatch(/^There is no folder .*\n$/)
    expect(await said({ PORT: 'four' })).toBe('PORT is not a port: four\n')
    taken.close()
  })
})
