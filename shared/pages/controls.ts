import { html, raw } from 'hono/html'
import type { FieldError } from '../fields.ts'
import { allZones } from '../zone.ts'
import type { Markup } from './page.ts'

/** A form as it is shown: what its fields hold, and what is wrong with them. `prefix` keeps ids apart where a page has several. */
export type Filled = { prefix: string; values: Readonly<Record<string, string>>; errors: readonly FieldError[] }

type Field = {
  name: string
  label: string
  hint?: string | Markup
  /** Said beside the label, in these words if there are any; everything else has to be filled in. */
  optional?: boolean | string
}

export const idOf = (form: Filled, name: string): string => (form.prefix ? `${form.prefix}-${name}` : name)

const errorOf = (form: Filled, name: string): string | undefined =>
  form.errors.find((error) => error.field === name)?.message

const label = ({ label, optional }: Field): Markup =>
  html`${label}${optional ? html` <span class="optional">(${optional === true ? 'optional' : optional})</span>` : ''}`

const hintAndError = (form: Filled, { name, hint }: Field): Markup => {
  const id = idOf(form, name)
  const error = errorOf(form, name)
  return html`${hint ? html`<div class="hint" id="${id}-hint">${hint}</div>` : ''}
${error ? html`<p class="error" id="${id}-error"><span class="unseen">Error: </span>${error}</p>` : ''}`
}

/** `aria-describedby` and `aria-invalid`, where there is something to say. */
const described = (form: Filled, { name, hint }: Field): Markup => {
  const id = idOf(form, name)
  const error = errorOf(form, name)
  const ids = [hint && `${id}-hint`, error && `${id}-error`].filter(Boolean).join(' ')
  return html`${ids ? html` aria-describedby="${ids}"` : ''}${error ? html` aria-invalid="true"` : ''}`
}

const labelled = (form: Filled, field: Field, control: Markup): Markup => html`<div class="field">
<label for="${idOf(form, field.name)}">${label(field)}</label>
${hintAndError(form, field)}
${control}
</div>`

type TextField = Field & {
  type?: 'text' | 'email' | 'date' | 'datetime-local' | 'number'
  maxlength?: number
  min?: number
  max?: number
  autocomplete?: string
}

export const textField = (form: Filled, field: TextField): Markup => {
  const { name, type = 'text', maxlength, min, max, autocomplete = 'off', optional } = field
  return labelled(
    form,
    field,
    html`<input class="${type}" id="${idOf(form, name)}" name="${name}" type="${type}" value="${form.values[name] ?? ''}" autocomplete="${autocomplete}"${
      maxlength ? html` maxlength="${maxlength}"` : ''
    }${min === undefined ? '' : html` min="${min}"`}${max === undefined ? '' : html` max="${max}"`}${
      type === 'text' ? html` dir="auto"` : ''
    }${optional ? '' : html` required`}${described(form, field)}>`,
  )
}

/** The address that we write to; `next` is what comes after the link that we first send to it. */
export const emailField = (form: Filled, { name, next = '' }: { name: string; next?: string }): Markup =>
  textField(form, {
    name,
    label: 'Your email address',
    hint: `We first send a link to it, to make sure that it is yours.${next}`,
    type: 'email',
    maxlength: 254,
    autocomplete: 'email',
  })

export const areaField = (form: Filled, field: Field & { maxlength: number }): Markup =>
  labelled(
    form,
    field,
    // The parser drops a line break right after the tag: the one we write is that one.
    html`<textarea id="${idOf(form, field.name)}" name="${field.name}" rows="3" maxlength="${field.maxlength}" dir="auto"${
      field.optional ? '' : html` required`
    }${described(form, field)}>
${form.values[field.name] ?? ''}</textarea>`,
  )

/** One of a few: radio buttons. `short` puts them side by side. The first one carries the field's own id, for links to it. */
export const choiceField = (
  form: Filled,
  field: Field & { options: readonly (readonly [value: string, label: string])[]; short?: boolean },
): Markup => {
  const { name, options, short, optional } = field
  const id = idOf(form, name)
  return html`<fieldset class="field choice${short ? ' short' : ''}" role="radiogroup"${described(form, field)}>
<legend>${label(field)}</legend>
${hintAndError(form, field)}
<div class="options">${options.map(([value, text], index) => {
    const own = index === 0 ? id : `${id}-${value}`
    return html`
<div class="option"><input type="radio" id="${own}" name="${name}" value="${value}"${
      form.values[name] === value ? html` checked` : ''
    }${optional ? '' : html` required`}><label for="${own}">${text}</label></div>`
  })}
</div>
</fieldset>`
}

export const tickField = (form: Filled, field: Field): Markup => {
  const { name } = field
  const id = idOf(form, name)
  return html`<div class="field tick">
<input type="checkbox" id="${id}" name="${name}" value="on"${form.values[name] === 'on' ? html` checked` : ''}${described(form, field)}>
<label for="${id}">${field.label}</label>
${hintAndError(form, field)}
</div>`
}

/** `guess`: nobody chose yet, so that the page's script may put the browser's own zone in. */
export const zoneField = (form: Filled, field: Field & { guess?: boolean }): Markup => {
  const { name, guess } = field
  return labelled(
    form,
    field,
    html`<select id="${idOf(form, name)}" name="${name}"${guess ? html` data-guess` : ''}${described(form, field)}>
${zoneOptions(form.values[name] ?? '')}</select>`,
  )
}

/** "America/Argentina/Buenos_Aires" is Buenos Aires (Argentina). */
const placeOf = (zone: string): string => {
  const [city = zone, ...regions] = zone.replaceAll('_', ' ').split('/').slice(1).reverse()
  return regions.length > 0 ? `${city} (${regions.join(', ')})` : city
}

type Region = { name: string; zones: { zone: string; option: string }[] }
let regions: Region[] | undefined

/** The names of the IANA database: letters, digits and `/_+-`, so that they can be written as they are. */
const listRegions = (): Region[] => {
  const found = new Map<string, Region>()
  for (const zone of new Set(allZones())) {
    const name = zone.includes('/') ? zone.slice(0, zone.indexOf('/')) : 'Everywhere'
    const region = found.get(name) ?? { name, zones: [] }
    region.zones.push({ zone, option: `value="${zone}">${placeOf(zone)}</option>` })
    found.set(name, region)
  }
  return [...found.values()]
}

const zoneOptions = (chosen: string): Markup => {
  regions ??= listRegions()
  // One that is valid and in no list, or that nobody knows: what was chosen stays chosen.
  const isListed = chosen === '' || regions.some(({ zones }) => zones.some(({ zone }) => zone === chosen))
  const groups = regions.map(
    ({ name, zones }) =>
      `<optgroup label="${name}">${zones
        .map(({ zone, option }) => `<option ${zone === chosen ? 'selected ' : ''}${option}`)
        .join('')}</optgroup>\n`,
  )
  return html`${isListed ? '' : html`<option selected value="${chosen}">${chosen}</option>\n`}${raw(groups.join(''))}`
}

/**
 * What is wrong, at the top of the page, with a way to each field. `known` are the names that the form has a field for;
 * anything else is said without a link.
 */
export const errorSummary = (form: Filled, known: readonly string[]): Markup | '' =>
  form.errors.length === 0
    ? ''
    : html`<div class="summary" role="alert" tabindex="-1">
<p class="title">${form.errors.length === 1 ? 'One thing to look at' : `${form.errors.length} things to look at`}</p>
<ul>${form.errors.map(
        ({ field, message }) =>
          html`<li>${known.includes(field) ? html`<a href="#${idOf(form, field)}">${message}</a>` : message}</li>`,
      )}</ul>
</div>`
