import { tidy } from './person-name.ts'

/**
 * What people type into a form, made fit for the middle of a letter. Everything here repairs and never adds: the words
 * stay the seeker's own, in any script and direction.
 */

export { isShouted, nameOf, tidy } from './person-name.ts'

const TRAILING = /[\s.,;:!?…。！？、،؛؟\-–—*]+$/u
const LEADING = /^[\s.,;:!?…\-–—*•>]+/u
const QUOTED = /^["“”„«‘]([^"“”„«»‘]*)["“”»]$/u

// A whole clause in capitals is a stuck key; "NHS" and "UX / UI" are names.
const calm = (text: string): string =>
  !/\p{Ll}/u.test(text) && (/\p{Lu}{8}/u.test(text) || (text.match(/\p{Lu}{4}/gu) ?? []).length > 1)
    ? text.toLowerCase()
    : text

/** A clause without the marks around it: "- We met at PyCon!!" is "We met at PyCon". Empty when nothing can be read. */
export const clause = (text: string): string => {
  const bare = tidy(text).replace(LEADING, '').replace(TRAILING, '')
  const inner = bare.replace(QUOTED, '$1').trim()
  if (!/[\p{L}\p{N}]/u.test(inner)) return ''
  return calm(inner)
    .replace(/\bi(?=['’](?:m|ve|d|ll)\b)/g, 'I')
    .replace(/(^|\s)i(?=\s|,|$)/g, '$1I')
    .replace(/^im (?=\p{L})/iu, "I'm ")
}

// Words that start a clause with a capital only because it is the start. A word that may be a name is not here.
const plainWords = new Set(
  (
    'a an the my our your his her their this that these those some both one two three first second third final ' +
    'how what why where when which who whose whether if is are do does can could should would will it you we they she he there ' +
    'in on at from with through via after before during since for by about as of into to and also ' +
    'former current currently recent recently new newly old fellow mutual same shared late early mid senior junior lead head chief ' +
    'working studying moving looking learning getting becoming switching changing breaking being finding starting building ' +
    'running making leaving returning teaching nursing marketing engineering consulting accounting banking publishing writing ' +
    'trying hoping training finishing retired retiring retraining interested based self-taught self-employed freelance ' +
    'data product project software hardware user policy public clinical medical research machine career careers work ' +
    'digital social people human design health healthcare hospital supply business finance financial content community ' +
    'customer sales operations strategy sustainability renewable energy education teacher nurse student graduate undergraduate ' +
    'engineer developer designer analyst manager scientist librarian lawyer doctor chef journalist writer editor accountant ' +
    'electrical mechanical civil chemical biomedical environmental mathematics physics biology chemistry economics psychology ' +
    'rail offshore onshore wind solar green urban rural water space food fashion sports event events museum museums film theatre tourism travel retail ' +
    'insurance investment venture private real property tax audit risk trade child family youth mental nutrition veterinary animal plant climate ' +
    'carbon forest marine ocean road aerospace automotive battery quantum nuclear electric embedded front-end frontend backend full-stack interior ' +
    'graphic industrial process quality safety patent criminal commercial corporate international foreign local national regional global humanitarian ' +
    'charity speech language translation libraries archives primary secondary higher adult school university laboratory drug patient emergency ' +
    'start send learn try ask talk look take book call make get go check focus keep stay build use follow join think share introduce thank email ' +
    'meet never always show give help remember prepare practise practice apply begin bring buy don’t ' +
    'unemployed hobby aspiring soon stay-at-home qualified certified licensed registered tech high masters press company team front annual ' +
    'church choir football village parish evening weekend transition ' +
    'intensive palliative home open applied experimental theoretical computer computational artificial investigative architectural ' +
    'law music art arts history philosophy web mobile game cloud network security information technical life friend colleague ' +
    'science sciences services service technology classmate neighbour neighbor boss mentor tutor supervisor professor lecturer coach met read heard saw found talked spoke ' +
    'worked studied graduated attended listened watched know knew post article podcast paper profile job'
  ).split(' '),
)

const firstWord = (text: string): string => /^[\p{L}\p{N}'’-]+/u.exec(text)?.[0] ?? ''

const isPlain = (word: string): boolean =>
  /^\p{Lu}(?!\p{Lu})/u.test(word) &&
  word !== 'I' &&
  (plainWords.has(word.toLowerCase()) ||
    /^\p{Lu}\p{Ll}+(?:ation|isation|ics|ology|ography|ment|ship|ism|ity|istry)$/u.test(word) ||
    /^\p{Lu}\p{Ll}+(?:-\p{Ll}+)+$/u.test(word))

/** For the middle of a sentence: "Final-year Law student" begins small there, "Python developer" and "NHS nurse" do not. */
export const inner = (text: string): string => {
  const words = text.split(' ')
  const names = words.findIndex((word) => !isPlain(firstWord(word)))
  const small = names === -1 ? words.length : names
  return words.map((word, at) => (at < small ? word.charAt(0).toLowerCase() + word.slice(1) : word)).join(' ')
}

/** A sentence of its own: a capital in front (not on "iOS"), a full stop behind unless one is there. */
export const sentence = (text: string): string => {
  const word = firstWord(text)
  const start = /^\p{Ll}[\p{Ll}'’-]*$/u.test(word) ? text.charAt(0).toUpperCase() + text.slice(1) : text
  return /[.!?…。！？؟]["”’)]?$/u.test(start) ? start : `${start}.`
}

/** "a" or "an", by ear as far as letters tell: an hour, a university, an MBA, a UX designer. */
export const article = (word: string): 'a' | 'an' => {
  if (/^[\p{Lu}\d]{2,}(?![\p{Ll}]{2})/u.test(word) || /^[A-Z]{2}/.test(word))
    return /^[AEFHILMNORSX8]/.test(word) ? 'an' : 'a'
  if (/^(?:hour|honest|honou?r|heir)/i.test(word)) return 'an'
  if (/^(?:uni(?!n|m)|use|eu|one\b|once|ukr|uto|ubi)/i.test(word)) return 'a'
  return /^[aeiouáéíóúäöüàèâêîôåæø]/i.test(word) || /^(?:8|11|18)\b/.test(word) ? 'an' : 'a'
}

/** As many as a reader would count; two characters of a script without spaces make one. */
export const wordsIn = (text: string): number => {
  const spaced = text.split(/\s+/u).filter((word) => /[\p{L}\p{N}]/u.test(word)).length
  const unspaced = (
    text.match(/[\p{sc=Han}\p{sc=Hira}\p{sc=Kana}\p{sc=Thai}\p{sc=Khmr}\p{sc=Laoo}\p{sc=Mymr}]/gu) ?? []
  ).length
  return spaced + Math.floor(unspaced / 2)
}

/** Text as it stands, inside a pattern. */
export const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')

export const raised = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
export const lowered = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)

/** One way to read a clause: what it looks like, and what its matched part becomes. */
export type Reading = { when: RegExp; as: string | ((...match: string[]) => string) }

/** The clause by the first reading that fits, or nothing. What follows the matched part stays. */
export const read = (text: string, readings: readonly Reading[]): string | undefined => {
  for (const { when, as } of readings) {
    const match = when.exec(text)
    if (!match) continue
    if (typeof as === 'string') return text.replace(when, as)
    return as(...match.map((part) => part ?? '')) + text.slice(match.index + match[0].length)
  }
  return undefined
}
