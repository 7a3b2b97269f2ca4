import { type FSWatcher, readdirSync, watch } from 'node:fs'
import { createServer, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { contentFolder, readContent } from '../infra/content.ts'
import { stageNamed } from '../infra/stages.ts'
import type { Page } from '../shared/pages/page.ts'
import { partPage, seriesPage } from '../shared/pages/series.ts'
import type { Part, Series } from '../shared/tips/series.ts'
import { fill, tipValues } from '../shared/tips/values.ts'
import { loadBundled } from './load-bundled.ts'
import { listPage, nothingPage, partPreview } from './preview-pages.ts'

/**
 * Shows the series of `content/` as readers will see them, and what is wrong with them. The texts are read again for
 * every page; code is loaded at the start. PORT in the environment answers there instead of on 4400, STAGE_NAME shows
 * another stage's name and address than those of `dev`.
 */

const fail = (message: string): never => {
  console.error(message)
  process.exit(1)
}

const port = Number(process.env.PORT ?? 4400)
if (!Number.isInteger(port) || port < 0 || port > 65_535) fail(`PORT is not a port: ${process.env.PORT}`)
try {
  readContent()
} catch (error) {
  fail((error as Error).message)
}
const stage = stageNamed(process.env.STAGE_NAME ?? 'dev')

const { renderTip } = loadBundled<typeof import('../shared/mail/tip.tsx')>('shared/mail/tip.tsx')

let origin = ''

/** As Ada gets it. Links that are each reader's own lead nowhere here. */
const mailOf = (series: Series, part: Part) => {
  const inAll = series.parts.filter((one) => !one.withdrawn || one === part)
  const values = tipValues({
    firstName: 'Ada',
    place: `Part ${inAll.indexOf(part) + 1} of ${inAll.length}`,
    unsubscribe: `${origin}/readers-own/unsubscribe`,
    preferences: `${origin}/readers-own/preferences`,
  })
  return fill(renderTip({ stage, publicUrl: origin, series, part }), values)
}

/** Links in a mail leave the frame that shows it; nothing in it runs. */
const framed = (mail: string): string => mail.replace('<head>', '<head><base target="_blank">')
const mailPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data: https:; sandbox allow-popups allow-popups-to-escape-sandbox"

type Answer = { status?: number; body: string; policy?: string }

const pageAnswer = ({ html, contentSecurityPolicy }: Page): Answer => ({
  body: html,
  // On the web no other page may show it in a frame; here the preview does.
  policy: contentSecurityPolicy.replace("frame-ancestors 'none'", "frame-ancestors 'self'"),
})

const answerTo = (method: string, path: string): Answer => {
  const content = readContent()
  if (path === '/' && method === 'GET') return { body: listPage(content, new Date().toISOString().slice(0, 10)) }
  const [, view, seriesId, partId] = /^\/(parts|mail|series)\/([a-z0-9-]+)(?:\/([a-z0-9-]+))?$/.exec(path) ?? []
  const series = content.series.find(({ id }) => id === seriesId)
  const part = series?.parts.find(({ id }) => id === partId)
  if (method === 'GET' && series && !partId && view === 'series') {
    return pageAnswer(seriesPage({ stage, series, others: content.series.filter((one) => one !== series) }))
  }
  if (method === 'GET' && series && part) {
    if (view === 'series') return pageAnswer(partPage({ stage, series, part }))
    const mail = mailOf(series, part)
    if (view === 'mail') return { body: framed(mail.html), policy: mailPolicy }
    return { body: partPreview({ series, part, mail, errors: content.errors }) }
  }
  const isLost = content.errors.length > 0
  const what = isLost
    ? 'It is shown when its series can be read again.'
    : 'This is the preview of the tip series: only they are here.'
  return { status: 404, body: nothingPage(what, content.errors) }
}

/** Pages that are open, waiting to hear of a change. */
const listeners = new Set<ServerResponse>()

const server = createServer((request, response) => {
  const [path = '/'] = (request.url ?? '/').split('?')
  if (path === '/changes') {
    response.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' }).write(':\n\n')
    listeners.add(response)
    response.once('close', () => listeners.delete(response))
    return
  }
  let answer: Answer
  try {
    answer = answerTo(request.method ?? 'GET', path)
  } catch (error) {
    answer = { status: 500, body: nothingPage((error as Error).message, []) }
  }
  response
    .writeHead(answer.status ?? 200, {
      'content-type': 'text/html; charset=utf-8',
      'cache-control': 'no-store',
      ...(answer.policy && { 'content-security-policy': answer.policy }),
    })
    .end(answer.body)
})

const watchers = new Map<string, FSWatcher>()

/**
 * Each folder by itself: a watcher of a whole tree loses sight, on Linux, of a file that was replaced by another, which is
 * how many editors save.
 */
const watchFolders = (): void => {
  const top = contentFolder()
  const within = readdirSync(top, { recursive: true, withFileTypes: true }).filter((entry) => entry.isDirectory())
  const folders = new Set([top, ...within.map(({ parentPath, name }) => join(parentPath, name))])
  for (const [folder, watcher] of watchers) {
    if (folders.has(folder)) continue
    watcher.close()
    watchers.delete(folder)
  }
  for (const folder of folders) {
    if (!watchers.has(folder)) watchers.set(folder, watch(folder, tell).on('error', tell))
  }
}

/** An editor writes a file in several steps: one reload is enough for them. */
let soon: NodeJS.Timeout | undefined
const tell = (): void => {
  clearTimeout(soon)
  soon = setTimeout(reload, 100)
}

const reload = (): void => {
  try {
    watchFolders()
  } catch {
    // A folder went away while they were listed.
    soon = setTimeout(reload, 1000)
    return
  }
  for (const listener of listeners) listener.write('data: changed\n\n')
}

const end = (): void => {
  clearTimeout(soon)
  for (const watcher of watchers.values()) watcher.close()
  server.close()
  server.closeAllConnections()
}

server.once('error', ({ code, message }: NodeJS.ErrnoException) =>
  fail(code === 'EADDRINUSE' ? `Port ${port} is taken. Try: PORT=${port + 1} npm run series:preview` : message),
)
server.listen(port, '127.0.0.1', () => {
  origin = `http://localhost:${(server.address() as AddressInfo).port}`
  watchFolders()
  console.log(`The tip series are shown on ${origin} (Ctrl-C ends it)`)
})
process.once('SIGINT', end)
process.once('SIGTERM', end)
