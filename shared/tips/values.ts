import { readsAsLink, tidy } from '../drafts/person-name.ts'

/** What differs from reader to reader in a mail that is written once for all of them. */

/** What is put into a template that is filled here, and not by SES. */
type Fillable = { subject: string; html: string; text: string }

const marks = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;', "'": '&#39;' } as const

const escaped = (text: string): string => text.replace(/[&<>"']/g, (mark) => marks[mark as keyof typeof marks])

// Signs of a path, a telephone or an address, where a letter can do without the name. Braces are SES's.
const NO_NAME = /[:/\\@{}]|\d{3}/u
const LONGEST_NAME = 60

/** The name as a letter would begin with it; nothing for what is none: then the greeting does without. */
const nameIn = (typed = ''): string => {
  const name = tidy(typed)
  const isName = /\p{L}/u.test(name) && name.length <= LONGEST_NAME && !NO_NAME.test(name) && !readsAsLink(name)
  return isName ? name : ''
}

const greeting = (firstName: string | undefined): string => {
  const name = nameIn(firstName)
  return name ? `Hello ${name},` : 'Hello,'
}

/** Our own words and links read the same in HTML and in text; throws for any that would not. */
const sameInBoth = <const Values extends Record<string, string>>(values: Values, fit: RegExp): Values => {
  for (const [name, value] of Object.entries(values)) {
    if (!fit.test(value)) throw new Error(`The value of ${name} is not what goes into a mail as it is`)
  }
  return values
}

const LINK = /^https?:\/\/[\w.~:/?#[\]@!$()*+,;=%-]+$/
const PLACE = /^[\p{L}\p{N} ,.]{1,60}$/u

/** `place` is where in the series it stands, such as "Part 3 of 8"; the other two are links of this reader alone. */
export const tipValues = ({
  firstName,
  place,
  unsubscribe,
  preferences,
}: {
  firstName?: string | undefined
  place: string
  unsubscribe: string
  preferences: string
}): Record<string, string> => ({
  greetingHtml: escaped(greeting(firstName)),
  greetingText: greeting(firstName),
  ...sameInBoth({ place }, PLACE),
  ...sameInBoth({ unsubscribe, preferences }, LINK),
})

/** Nothing that anybody typed: the address may be a stranger's. */
export const confirmValues = (links: { confirm: string; unsubscribe: string }): Record<string, string> =>
  sameInBoth({ confirm: links.confirm, unsubscribe: links.unsubscribe }, LINK)

/**
 * The mail of one reader, as SES would make it of the same template and values. What a value holds is not looked into
 * again. Throws for a placeholder without a value, and for anything else that SES would take for one.
 */
export const fill = <Template extends Fillable>(
  template: Template,
  values: Readonly<Record<string, string>>,
): Template => {
  const filled = (text: string): string =>
    text.replace(/\{\{(?:(\w+)\}\})?/g, (placeholder, name?: string) => {
      const value = name !== undefined && Object.hasOwn(values, name) ? values[name] : undefined
      if (value === undefined) throw new Error(`No value for ${placeholder}`)
      return value
    })
  return { ...template, subject: filled(template.subject), html: filled(template.html), text: filled(template.text) }
}
