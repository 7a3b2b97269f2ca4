import { html } from 'hono/html'
import type { FieldError } from '../fields.ts'
import type { Stage } from '../stage.ts'
import { type Page, page } from './page.ts'
import { typedBefore } from './typed-before.ts'

type Refusal = {
  stage: Stage
  status: number
  title: string
  detail: string
  errors?: readonly FieldError[] | undefined
  /** The page of the request that this was about: the way out. */
  back?: string | undefined
  /** What was sent with it. */
  values?: Readonly<Record<string, string>>
}

/** Something could not be done: what it was, and where to go from here. The number is for whoever has to ask for help. */
export const errorPage = ({ stage, status, title, detail, errors = [], back, values = {} }: Refusal): Page =>
  page({
    stage,
    title,
    main: html`
<h1>${title}</h1>
<p class="lead">${detail}</p>
${errors.length > 0 ? html`<ul class="card">${errors.map(({ field, message }) => html`<li>${field ? html`<strong dir="auto">${field}</strong>: ` : ''}${message}</li>`)}</ul>` : ''}
${typedBefore(values)}
<p>${back ? html`<a href="${back}">Go to the page of your request</a>` : html`<a href="/">Go to the first page</a>`}, or write to <a href="mailto:${stage.brand.supportAddress}">${stage.brand.supportAddress}</a> if you are stuck.</p>
<p class="kept">Answer ${status}</p>`,
  })
