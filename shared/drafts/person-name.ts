/** How people are called in a letter, whatever way their names were typed. */

const BREAKS = /[\p{Cc}\u2028\u2029]+/gu
// Bidi marks, overrides and isolates, byte order mark, zero-width space, soft hyphen, tags; and for private use, our own
// marks among them. The two joiners stay: Persian, Hindi, Sinhala and emoji need them.
const UNSEEN = /(?![\u200c\u200d])[\p{Cf}\p{Co}\u{e0000}-\u{e007f}]/gu

/** Without the characters that nobody sees; line breaks and other controls stay. */
export const withoutUnseen = (text: string): string => text.replace(UNSEEN, '')

/** One line, well-formed, composed, without invisible characters that could change how the rest reads. */
export const tidy = (text: string): string =>
  withoutUnseen(text.toWellFormed().replace(BREAKS, ' ')).normalize('NFC').replace(/\s+/gu, ' ').trim()

// An initial or a short title may stand close to the name, as in "J.Smith" and "Dr.Hopper"; "T.Co/x" is a link all the same.
const DOT = '[.\\u3002\\uff0e\\uff61]'
const ALONE = '(?:^|[^\\p{L}\\p{N}-])'
const LINK = new RegExp(
  [
    '://',
    '\\b[wW]{3}\\b',
    `(?<!${ALONE}\\p{Lu})(?!(?<=${ALONE}\\p{Lu}\\p{Ll}{1,2})${DOT}\\p{Lu}\\p{Ll})${DOT}\\p{L}{2}`,
    `${DOT}\\p{L}{2,}/`,
  ].join('|'),
  'u',
)

/** Mail programs make a link of anything that looks like one, in text and in HTML alike: with `www`, or a dot inside a word. */
export const readsAsLink = (text: string): boolean => LINK.test(tidy(text))

/** Capitals throughout, as in "GRACE HOPPER"; short ones such as "JD" or "Li" are not. */
export const isShouted = (name: string): boolean => /\p{Lu}{3}/u.test(name) && !/\p{Ll}/u.test(name)

const particles = /^(?:v[ao]n|de[nrl]?|d[aiu]|della|l[ae]|bin|binti|[ae]l|ibn|te[nr]|dos|y|e)$/

const titled = (name: string): string =>
  name
    .split(' ')
    .map((word, at) =>
      at > 0 && particles.test(word.toLowerCase())
        ? word.toLowerCase()
        : word
            .toLowerCase()
            .replace(/(^|[-'’(.])(\p{L})/gu, (_, before: string, letter: string) => before + letter.toUpperCase())
            .replace(/['’]S$/u, (end) => end.toLowerCase())
            .replace(/^Mc(\p{Ll})/u, (_, letter: string) => `Mc${letter.toUpperCase()}`),
    )
    .join(' ')

/** In front of a name, one or more of them; a title alone is a name. */
export const titles = /^(?:(?:dr|dra|prof|mr|mrs|ms|mx|sir|dame|herr|frau|mme|mlle|sr|sra|ing|د)\.? )+(?=\S)/i

/** Behind a name and a comma. */
export const suffix = /^(?:jr|sr|ph\.?d|m\.?d|esq|mba|rn|cpa|md|dds|jd|b\.?a|m\.?a|m\.?sc|b\.?sc|i{2,3}|iv)\.?$/i

/** A name as one would write it by hand: "HOPPER, GRACE" and "grace hopper" are Grace Hopper, behind a title too; any other spelling stays. */
export const nameOf = (text: string): string => {
  const line = tidy(text).replace(/[\s,;:!?]+$/u, '')
  const swapped = /^([^,]+), ([^,]+)$/.exec(line)
  const name = swapped?.[1] && swapped[2] && !suffix.test(swapped[2].trim()) ? `${swapped[2]} ${swapped[1]}` : line
  const title = titles.exec(name)?.[0] ?? ''
  const own = name.slice(title.length)
  const isStuck = isShouted(own) || (/\p{Ll}/u.test(own) && !/\p{Lu}/u.test(own))
  return titled(title) + (isStuck ? titled(own) : own)
}

/** What to call somebody, for subjects and greetings; the first name where one is known: "Dr. Grace Hopper" is Grace, and "Ms. Lee" stays Ms. Lee. */
export const firstName = (text: string): string => {
  const name = nameOf(text)
  const own = name.replace(titles, '')
  const [first = ''] = own.split(' ')
  const isSurname = own !== name && (first === own || particles.test(first))
  return isSurname ? name : first
}
