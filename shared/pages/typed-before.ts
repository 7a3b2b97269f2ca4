import { html } from 'hono/html'
import type { Markup } from './page.ts'

/** Chosen or pressed, and not typed. */
const chosen: readonly string[] = ['event', 'timeZone', 'minutes', 'channel', 'followUps', 'landed', 'hour', 'series']

/** What was typed and could not be taken, where its form cannot come back: it is kept nowhere, and can be copied from here. */
export const typedBefore = (values: Readonly<Record<string, string>>): Markup | '' => {
  const texts = Object.entries(values).flatMap(([name, value]) =>
    chosen.includes(name) || value.trim() === '' ? [] : [value],
  )
  return texts.length === 0
    ? ''
    : html`<p>What you typed, so that you can copy it:</p>
<ul class="plain">${texts.map((value) => html`<li class="card body" dir="auto">${value}</li>`)}</ul>`
}
