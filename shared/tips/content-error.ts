/** What an editor has to put right, and where: `line` is 1-based and always lies within the file. */
export type ContentError = { path: string; line: number; message: string }

/** Notes an error in the file that is being read. */
export type Refuse = (line: number, message: string) => void

/** A stretch of text, and the line of the file it stands on. */
export type Piece = { text: string; line: number }

/** A character that nobody sees, as editors and standards name it: `U+000A`. */
export const codeOf = (character: string): string =>
  `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`

const unfit: { found: RegExp; message: (found: string) => string }[] = [
  {
    found: /\{\{|\}\}/g,
    message: () => 'Two braces, {{ or }}, are not possible: mail would take them for a gap to fill.',
  },
  { found: /\ufffd/g, message: () => 'A character cannot be read. Save the file as UTF-8.' },
  {
    // Controls, what turns text round, line ends that no editor shows, blanks of no width, halves of characters, and
    // those that mean something to one program only.
    found: /[^\P{Cc}\n\t]|[\u202a-\u202e\u2066-\u2069\u200b\ufeff\p{Zl}\p{Zp}\p{Cs}\p{Co}]/gu,
    message: (found) => `An invisible character (${codeOf(found)}) stands here. Type the words around it anew.`,
  },
]

/** Refuses what must not be in any text, as it was typed or after escapes like `&lbrace;` were read. */
export const refuseUnfit = (pieces: readonly Piece[], refuse: Refuse): void => {
  const text = pieces.map((piece) => piece.text).join('')
  for (const { found, message } of unfit) {
    for (const match of text.matchAll(found)) refuse(lineAt(pieces, match.index), message(match[0]))
  }
}

/** The line on which the character at `offset` of the joined pieces stands. */
export const lineAt = (pieces: readonly Piece[], offset: number): number => {
  let end = 0
  for (const { text, line } of pieces) {
    end += text.length
    if (offset < end) return line
  }
  return pieces.at(-1)?.line ?? 1
}

const house = 'https://house.invalid'

/** A path on our own origin, whatever a browser makes of slashes and backslashes. */
export const isPath = (target: string): boolean =>
  /^\/(?![/\\])[^\s\\\p{Cc}]*$/u.test(target) && URL.canParse(target, house) && new URL(target, house).origin === house

/** Where a link may lead: elsewhere on the encrypted web, or to a path of ours. */
export const isTarget = (target: string): boolean => {
  if (isPath(target)) return true
  if (!/^https:\/\/[^\s\\\p{Cc}]+$/iu.test(target) || !URL.canParse(target)) return false
  const { username, password } = new URL(target)
  return username === '' && password === ''
}
