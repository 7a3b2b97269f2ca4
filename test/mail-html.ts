import { HtmlValidate } from 'html-validate'

/** How the HTML of a mail is looked at: mail clients read inline styles and presentational tables; the rest of the rules stand. */
const validator = new HtmlValidate({
  extends: ['html-validate:recommended'],
  rules: {
    'no-inline-style': 'off',
    'no-deprecated-attr': 'off',
    'attribute-boolean-style': 'off',
    'void-style': 'off',
    'long-title': 'off',
    'no-trailing-whitespace': 'off',
    'no-conditional-comment': 'off',
    'presentation-role-style': 'off',
    'prefer-tbody': 'off',
    'attr-case': 'off',
  },
})

export const faultsOf = async (html: string): Promise<string[]> => {
  const { results } = await validator.validateString(html)
  return results.flatMap(({ messages }) => messages.map(({ ruleId, message }) => `${ruleId}: ${message}`))
}

type Tag = { name: string; attributes: Record<string, string> }

/** The start tags, in order; comments for Outlook left out. Attribute values are quoted and escaped, as React writes them. */
export const tagsOf = (html: string): Tag[] =>
  [...html.replace(/<!--.*?-->/gs, '').matchAll(/<([a-z][a-z0-9]*)((?:\s[^<>]*)?)>/g)].map(
    ([, name = '', rest = '']) => ({
      name,
      attributes: Object.fromEntries(
        [...rest.matchAll(/([\w-]+)="([^"]*)"/g)].map(([, key = '', value = '']) => [key, value]),
      ),
    }),
  )

/** Where the links lead. */
export const hrefsOf = (html: string): string[] =>
  tagsOf(html).flatMap(({ attributes: { href } }) => (href ? [href.replaceAll('&amp;', '&')] : []))

const allowedTags = new Set(
  'html head meta title style body div table tbody tr td h1 h2 h3 p strong em span a ul ol li hr br'.split(' '),
)
const allowedAttributes = new Set(
  'lang dir content http-equiv name style class data-skip-in-text align width border cellPadding cellSpacing cellpadding cellspacing role href rel target'.split(
    ' ',
  ),
)

/** What a mail of text and links has no need of. */
export const strangersIn = (html: string): string[] =>
  tagsOf(html).flatMap(({ name, attributes }) => [
    ...(allowedTags.has(name) ? [] : [name]),
    ...Object.keys(attributes).filter((attribute) => !allowedAttributes.has(attribute)),
  ])

/** The levels of the headings, in order. */
export const levelsOf = (html: string): number[] =>
  tagsOf(html)
    .filter(({ name }) => /^h\d$/.test(name))
    .map(({ name }) => Number(name[1]))

/** Letters and digits alone. */
export const wordsIn = (text: string): string => text.replace(/[^\p{L}\p{N}]+/gu, ' ').trim()

/** The words of each paragraph, heading and list item from the title on. */
export const paragraphsOf = (html: string): string[] =>
  [
    ...html
      .replace(/^.*?<h1/s, '<h1')
      .replace(/<!--.*?-->/gs, '')
      .matchAll(/<(?:p|li|h\d)\b[^>]*>(.*?)<\/(?:p|li|h\d)>/gs),
  ].map(([, inner = '']) =>
    wordsIn(
      inner
        .replace(/<br\/?>/g, ' ')
        .replace(/<[^>]+>/g, '')
        .replace(/&#x27;/g, '’')
        .replace(/&quot;/g, '"')
        .replace(/&[lg]t;/g, ' ')
        .replace(/&amp;/g, '&'),
    ),
  )

/** The colours in which text is painted. */
export const inksOf = (html: string): Set<string> =>
  new Set([...html.matchAll(/class="[^"]*\btext-(\w+)/g)].map(([, colour = '']) => colour))

/** A line a block, and the invisible padding of the preview as one sign. */
export const pretty = (html: string): string =>
  `${html
    .replace(/(?:\u00a0\u200c\u200b\u200d\u200e\u200f\ufeff)+/g, '…')
    .replace(/(?=<(?:table|div|p|h[1-6]|ul|ol|li|hr|meta|title|style|body)[ >])/g, '\n')}\n`
