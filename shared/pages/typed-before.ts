import { html } from 'hono/html'
import type { Markup } from './page.ts'

/** What people write in words or figures; everything else that a form sends was chosen, pressed, or put there by the page. */
const written: readonly string[] = [
  ...['learned', 'promised', 'promisedBy', 'names', 'start', 'place', 'until', 'at'],
  ...['seekerName', 'introduction', 'contactName', 'contactRole', 'organization', 'connection', 'topic', 'firstName'],
]

/** What was typed and could not be taken, where its form cannot come back: it is kept nowhere, and can be copied from here. */
export const typedBefore = (values: Readonly<Record<string, string>>): Markup | '' => {
  const texts = written.flatMap((name) => (values[name]?.trim() ? [values[name]] : []))
  return texts.length === 0
    ? ''
    : html`<p>What you typed, so that you can copy it:</p>
<ul class="plain">${texts.map((value) => html`<li class="card body" dir="auto">${value}</li>`)}</ul>`
}
