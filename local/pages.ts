import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { Mail } from './mail.ts'
import { type Fault, faults } from './ses.ts'
import { bulkStatuses } from './ses-request.ts'
import type { Surroundings } from './surface.ts'

/** The pages of the local cloud: no script, one style sheet, readable on a phone and in the dark. */

const style = `
:root { color-scheme: light dark; --ink: #1c2430; --soft: #566173; --page: #f6f4ef; --card: #fff; --line: #d9d5cb; --accent: #1f5f8b; --alarm: #a3341f }
@media (prefers-color-scheme: dark) { :root { --ink: #e8e6e1; --soft: #a9b0bb; --page: #15181d; --card: #1e232a; --line: #363d47; --accent: #7fc0ee; --alarm: #ff9c88 } }
* { box-sizing: border-box }
body { margin: 0; font: 1.0625rem/1.55 system-ui, sans-serif; color: var(--ink); background: var(--page) }
header, main { max-width: 62rem; margin: 0 auto; padding: 0 1.25rem }
header { padding-top: 1.25rem }
nav { display: flex; flex-wrap: wrap; gap: .25rem 1.25rem }
nav a { padding: .35rem 0 }
a { color: var(--accent); text-underline-offset: .2em }
a:focus-visible, button:focus-visible, select:focus-visible, input:focus-visible, summary:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px }
h1 { font-size: 1.75rem; line-height: 1.2; margin: 1.25rem 0 .5rem; overflow-wrap: anywhere }
h2 { font-size: 1.2rem; margin: 0 0 .75rem }
.card { background: var(--card); border: 1px solid var(--line); border-radius: .75rem; padding: 1.25rem; margin: 1.25rem 0 }
.soft { color: var(--soft) }
.alarm { color: var(--alarm); font-weight: 600 }
.now { font-size: 1.6rem; font-variant-numeric: tabular-nums; margin: 0 0 .25rem }
.row { display: flex; flex-wrap: wrap; gap: .6rem; margin: .75rem 0 0; align-items: end }
button, select, input { font: inherit; color: inherit; min-height: 2.75rem; padding: .4rem 1rem; border-radius: .5rem; border: 1px solid var(--line); background: var(--page) }
button { cursor: pointer; border-color: var(--accent); color: var(--accent); background: transparent; font-weight: 600 }
button.main { background: var(--accent); color: var(--card) }
label { display: grid; gap: .2rem; min-width: 0; max-width: 100% }
ul.list { list-style: none; margin: 0; padding: 0 }
ul.list li { padding: .7rem 0; border-top: 1px solid var(--line) }
ul.list li:first-child { border-top: 0 }
ul.list a { font-weight: 600; overflow-wrap: anywhere }
code { overflow-wrap: anywhere }
select, input { width: 100%; min-width: 0 }
.wide { overflow-x: auto }
table { border-collapse: collapse; width: 100% }
th, td { text-align: start; vertical-align: top; padding: .45rem .75rem .45rem 0; border-top: 1px solid var(--line) }
thead th { border-top: 0; color: var(--soft); font-weight: 600 }
code, pre { font: .9375rem/1.5 ui-monospace, SFMono-Regular, Menlo, monospace }
pre { white-space: pre-wrap; overflow-wrap: anywhere; margin: 0 }
iframe { width: 100%; height: 44rem; border: 1px solid var(--line); border-radius: .5rem; background: #fff }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .25rem 1rem; margin: 0 }
dd { margin: 0; overflow-wrap: anywhere }
@media (max-width: 36rem) { dl { grid-template-columns: 1fr } dt { color: var(--soft) } .now { font-size: 1.3rem } }
`

export const contentSecurityPolicy = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(style).digest('base64')}'`,
  "frame-src 'self'",
  "form-action 'self'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** A mail is somebody else's page: no script, nothing loaded, and its links open outside the frame. */
export const mailPolicy =
  "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'none'; frame-ancestors 'self'; sandbox allow-popups allow-popups-to-escape-sandbox"

/** With a `<base>` by which the mail's links leave the frame that shows it. */
export const openingLinksOutside = (markup: string): string => {
  const base = '<base target="_blank">'
  return /<head[^>]*>/i.test(markup) ? markup.replace(/<head[^>]*>/i, (head) => head + base) : base + markup
}

type Markup = ReturnType<typeof html>

const days = 'Sun Mon Tue Wed Thu Fri Sat'.split(' ')
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')
/** `Tue 1 Dec 2026, 09:00 UTC` */
const readable = (iso: string): string => {
  const at = new Date(iso)
  return `${days[at.getUTCDay()]} ${at.getUTCDate()} ${months[at.getUTCMonth()]} ${at.getUTCFullYear()}, ${iso.slice(11, 16)} UTC`
}
const time = (iso: string): Markup => html`<time datetime="${iso}">${readable(iso)}</time>`

/** `in 3 days`, roughly. */
const away = (ms: number): string => {
  const minutes = Math.round(ms / 60_000)
  if (minutes < 2) return 'now'
  if (minutes < 120) return `in ${minutes} minutes`
  if (minutes < 48 * 60) return `in ${Math.round(minutes / 60)} hours`
  return `in ${Math.round(minutes / 1440)} days`
}

const inJson = (value: unknown): string => (typeof value === 'string' ? value : JSON.stringify(value, undefined, 2))

const layout = (title: string, content: Markup): Markup => html`<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title} · local cloud</title>
<style>${raw(style)}</style>
</head>
<body>
<header><nav aria-label="Local cloud">
<a href="/_local">Local cloud</a>
<a href="/">The form</a>
<a href="/_local/inbox">Inbox</a>
<a href="/_local/data">Data</a>
<a href="/_local/dead-letters">Dead letters</a>
</nav></header>
<main>
<h1>${title}</h1>
${content}
</main>
</body>
</html>`

const steps = [
  { label: 'To what is due next', name: 'to', value: 'next' },
  { label: '+ 1 hour', name: 'advance', value: 'PT1H' },
  { label: '+ 1 day', name: 'advance', value: 'P1D' },
  { label: '+ 1 week', name: 'advance', value: 'P1W' },
  { label: '+ 1 month', name: 'advance', value: 'P1M' },
]

const faultLabels: Record<Fault['ses'], string> = {
  ok: 'works',
  throttle: 'refuses: too many at once (429)',
  'timeout-after-accept': 'takes the mail, and never answers',
  'timeout-before-accept': 'never answers, and takes nothing',
  down: 'is down (503)',
  partial: 'takes all but the last of a bulk call',
}

export const home = ({ plan, clock, schedules, queues, ses, lambda }: Surroundings): Markup => {
  const pending = schedules.pending()
  const due = pending.filter(({ kind }) => kind === 'at')
  const recurring = pending.filter(({ kind }) => kind === 'rate')
  const letters = queues.deadLetters().length
  const { mails } = ses.counted({})
  const fault = ses.fault()
  return layout(
    'A cloud on your laptop',
    html`<p class="soft">It runs what the template of <code>${plan.stack}</code> says. Nothing here is deployed, and no mail leaves this machine.</p>
<section class="card" aria-labelledby="start"><h2 id="start">Where to begin</h2>
<ul class="list">
<li><a href="/">Open the form</a><br><span class="soft">Ask for an interview, as a seeker does.</span></li>
${
  plan.routes.some(({ method, path }) => method === 'GET' && path === '/series')
    ? html`<li><a href="/series">Read a series of tips</a><br><span class="soft">And subscribe to it, as a reader does.</span></li>`
    : ''
}
<li><a href="/_local/inbox">Read the inbox</a><br><span class="soft">${mails === 1 ? '1 mail' : `${mails} mails`} so far, to whomever they were sent.</span></li>
<li><a href="/_local/data">Look at the data</a><br><span class="soft">What the tables hold now.</span></li>
<li><a href="/_local/dead-letters">Dead letters</a><br><span class="${letters > 0 ? 'alarm' : 'soft'}">${letters === 0 ? 'None: nothing failed for good.' : `${letters} failed for good.`}</span></li>
</ul></section>
<section class="card" aria-labelledby="clock"><h2 id="clock">The clock</h2>
<p class="now">${time(clock.iso())}</p>
<p class="soft">It ticks like any clock. Move it, and everything that falls due on the way happens first; it never goes back.</p>
<form method="post" action="/_local/clock" class="row">
${steps.map(({ label, name, value }, index) => html`<button name="${name}" value="${value}"${index === 0 ? raw(' class="main"') : ''}>${label}</button>`)}
</form></section>
<section class="card" aria-labelledby="due"><h2 id="due">Due next</h2>
${
  due.length === 0
    ? html`<p>Nothing is scheduled. Send in the form to change that.</p>`
    : html`<ul class="list">
${due
  .slice(0, 20)
  .map(
    ({ name, at, input }) =>
      html`<li>${time(at)}, <strong>${away(Date.parse(at) - clock.now())}</strong><br><code>${name}</code><br><code class="soft">${typeof input === 'string' ? input : JSON.stringify(input)}</code></li>`,
  )}
</ul>
${due.length > 20 ? html`<p class="soft">And ${due.length - 20} more.</p>` : ''}`
}
${recurring.map(({ name, at }) => html`<p class="soft"><code>${name}</code> comes round again ${away(Date.parse(at) - clock.now())}.</p>`)}
</section>
<section class="card" aria-labelledby="functions"><h2 id="functions">Functions</h2>
<div class="wide"><table><thead><tr><th scope="col">Name</th><th scope="col">Runs</th><th scope="col">Failed</th><th scope="col">Last took</th><th scope="col">Memory</th></tr></thead><tbody>
${lambda
  .lastRuns()
  .map(
    ({ fn, runs, failures, lastMs, memoryMb, error }) =>
      html`<tr><th scope="row"><code>${fn}</code></th><td>${runs}</td><td class="${failures > 0 ? 'alarm' : ''}">${failures}${error ? html`<br><span class="soft">${error}</span>` : ''}</td><td>${runs > 0 ? `${lastMs} ms` : ''}</td><td>${runs > 0 ? `${memoryMb} MB` : ''}</td></tr>`,
  )}
</tbody></table></div>
<p class="soft">What they log is in <code>.local/logs/</code>.</p></section>
<section class="card" aria-labelledby="faults"><h2 id="faults">Make the mail service fail</h2>
<p class="soft">Now it ${faultLabels[fault.ses]}${fault.for > 0 ? `, for the next ${fault.for} calls` : ''}.</p>
<form method="post" action="/_local/faults" class="row">
<label>SES <select name="ses">${faults.map((one) => html`<option value="${one}"${one === fault.ses ? raw(' selected') : ''}>${faultLabels[one]}</option>`)}</select></label>
<label>and says of that one <select name="statuses">${bulkStatuses.toReversed().map((one) => html`<option${one === 'TRANSIENT_FAILURE' ? raw(' selected') : ''}>${one}</option>`)}</select></label>
<label>for calls <input name="for" type="number" min="1" max="10000" value="1"></label>
<button>Set</button>
</form></section>`,
  )
}

export const inbox = (mails: Mail[]): Markup =>
  layout(
    'Inbox',
    html`<section class="card">
${
  mails.length === 0
    ? html`<p>No mail yet. <a href="/">Send in the form</a>, and the first one arrives within seconds.</p>`
    : html`<ul class="list">${mails
        .toReversed()
        .map(
          ({ id, subject, to, at, tags }) =>
            html`<li><a href="/_local/inbox/${id}">${subject}</a><br><span class="soft">to ${to.join(', ')} · ${time(at)}${tags.mail ? ` · ${tags.mail}` : ''}</span></li>`,
        )}</ul>`
}
</section>`,
  )

export const message = (mail: Mail, links: string[]): Markup =>
  layout(
    mail.subject,
    html`<section class="card" aria-label="Envelope"><dl>
<dt>From</dt><dd>${mail.from}</dd>
<dt>To</dt><dd>${mail.to.join(', ')}</dd>
<dt>When</dt><dd>${time(mail.at)}</dd>
</dl></section>
${
  mail.html === undefined
    ? ''
    : html`<section class="card" aria-labelledby="html"><h2 id="html">As a mail program shows it</h2>
<iframe title="The mail" sandbox="allow-popups allow-popups-to-escape-sandbox" src="/_local/mail/${mail.id}/html"></iframe></section>`
}
${mail.text === undefined ? '' : html`<section class="card" aria-labelledby="text"><h2 id="text">As plain text</h2><pre>${mail.text}</pre></section>`}
${
  mail.attachments.length === 0
    ? ''
    : html`<section class="card" aria-labelledby="attachments"><h2 id="attachments">Attachments</h2><ul class="list">
${mail.attachments.map(({ filename, contentType, content }, index) => html`<li><a href="/_local/mail/${mail.id}/attachments/${index}">${filename}</a> <span class="soft">${contentType}, ${Math.ceil((content.length * 3) / 4)} bytes</span></li>`)}
</ul></section>`
}
<section class="card" aria-labelledby="links"><h2 id="links">Where its links lead</h2>
${links.length === 0 ? html`<p>It has none.</p>` : html`<ul class="list">${links.map((link) => html`<li>${/^https?:/.test(link) ? html`<a href="${link}" rel="noreferrer">${link}</a>` : html`<code>${link}</code>`}</li>`)}</ul>`}</section>
<section class="card" aria-labelledby="headers"><h2 id="headers">Headers</h2><dl>
${Object.entries(mail.headers).map(([name, value]) => html`<dt><code>${name}</code></dt><dd>${value}</dd>`)}
</dl></section>
<section class="card" aria-labelledby="tags"><h2 id="tags">For SES</h2><dl>
<dt>Configuration set</dt><dd>${mail.configurationSet ?? 'none'}</dd>
${Object.entries(mail.tags).map(([name, value]) => html`<dt><code>${name}</code></dt><dd>${value}</dd>`)}
</dl></section>`,
  )

export const deadLetters = (
  letters: { id: string; queue: string; sentAt: string; receives: number; body: unknown; attributes: object }[],
): Markup =>
  layout(
    'Dead letters',
    html`<p class="soft">What failed for good. On AWS it would be gone after the time that its queue keeps messages; here it stays.</p>
${letters.length === 0 ? html`<section class="card"><p>None.</p></section>` : ''}
${letters.map(
  ({ queue, sentAt, receives, body, attributes }) =>
    html`<section class="card"><h2>${queue}</h2><p class="soft">${time(sentAt)} · received ${receives} times</p><pre>${inJson(body)}</pre>${Object.keys(attributes).length > 0 ? html`<pre>${inJson(attributes)}</pre>` : ''}</section>`,
)}`,
  )

export const data = (tables: { table: string; items: unknown[]; more: boolean }[]): Markup =>
  layout(
    'Data',
    html`${tables.map(
      ({
        table,
        items,
        more,
      }) => html`<section class="card"><h2>${table}</h2><p class="soft">${items.length} items${more ? ', and more' : ''}</p>
<ul class="list">${items.map((item) => {
        const { pk, sk } = item as { pk?: string; sk?: string }
        return html`<li><details><summary><code>${pk ?? ''} ${sk ?? ''}</code></summary><pre>${inJson(item)}</pre></details></li>`
      })}</ul></section>`,
    )}`,
  )
