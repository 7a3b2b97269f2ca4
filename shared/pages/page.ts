import { createHash } from 'node:crypto'
import { html, raw } from 'hono/html'
import type { Stage } from '../stage.ts'
import { style } from './style.ts'

/** A whole document, and the policy that has to go out with it as `Content-Security-Policy`. */
export type Page = { html: string; contentSecurityPolicy: string }

/** HTML that is escaped already: what an `html` template makes. */
export type Markup = ReturnType<typeof html>

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`

const sheet = style.replace(/\s*\n\s*/g, '').replace(/\$([a-z-]+)/g, 'var(--$1)')
const styleHash = hashOf(sheet)

type Shell = {
  stage: Stage
  /** Of the window, without the brand. Plain text: it is escaped here. */
  title: string
  main: Markup
  /** Reached by a secret link: kept out of search engines. */
  unlisted?: boolean
  /** For search engines. */
  description?: string
  /** The path by which they are to know it. */
  canonical?: string
  /** Two columns where there is room for them. */
  wide?: boolean
  /** The page's one script, a constant: never anything that somebody typed. */
  script?: string
}

/**
 * The frame of every page: what is read aloud first, where the eye rests, and who is behind it. Style and script are
 * inline and named by their hash, so that the page may load nothing and run nothing else.
 */
export const page = ({ stage, title, main, unlisted = true, wide = false, script, ...search }: Shell): Page => {
  const { brand } = stage
  const { canonical, description = firstWords } = search
  const document = html`<!DOCTYPE html>
<html lang="en" dir="ltr">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<title>${title} · ${brand.name}</title>
${unlisted ? html`<meta name="robots" content="noindex">` : html`<meta name="description" content="${description}">${canonical ? html`<link rel="canonical" href="${canonical}">` : ''}`}
<link rel="icon" href="${icon}">
<style>${raw(sheet)}</style>
</head>
<body${wide ? html` class="wide"` : ''}>
<a class="skip" href="#main">Skip to the content</a>
<header class="top"><a class="brand" href="/">${mark}${brand.name}</a></header>
<main id="main" tabindex="-1">
${main}
</main>
<footer class="foot">
<p>We write to you, and never to the person you would like to talk with.</p>
<p>${brand.postalAddress} · <a href="mailto:${brand.supportAddress}">${brand.supportAddress}</a>${
    brand.privacyUrl ? html` · <a href="${brand.privacyUrl}">What we keep, and why</a>` : ''
  }</p>
</footer>
${script ? html`<script>${raw(script)}</script>` : ''}
</body>
</html>
`
  return {
    html: document.toString(),
    contentSecurityPolicy: [
      "default-src 'none'",
      `style-src ${styleHash}`,
      // For the icon in the tab, which is written into the page: without one browsers ask for /favicon.ico.
      'img-src data:',
      ...(script ? [`script-src ${hashOf(script)}`] : []),
      "form-action 'self'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
    ].join('; '),
  }
}

const firstWords =
  'Ask somebody about their work: a draft, a nudge at the right time, a sheet of questions, a thank-you.'

/** Two people in one conversation. */
const circles = '<circle cx="15" cy="14" r="12"/><circle cx="29" cy="14" r="12"/>'
const mark = html`<svg class="mark" viewBox="0 0 44 28" width="44" height="28" aria-hidden="true" focusable="false">${raw(circles)}</svg>`
const icon = `data:image/svg+xml,${encodeURIComponent(`<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 -8 44 44" fill="none" stroke="#c2562f" stroke-width="4">${circles}</svg>`)}`

/** A name or a word that somebody typed, in the middle of our sentence, whichever way it is written. */
export const typed = (text: string): Markup => html`<bdi>${text}</bdi>`
