/** What a file calls its tests: what stands first in a call of `test` or `it`, or of what their `each` answers. */
export const titlesIn = (text: string): string[] =>
  [
    ...text
      .replace(/^\s*(?:\/\/|\/?\*).*$/gm, '')
      .matchAll(/(?:\b(?:test|it)(?:\.\w+)*|\))\(\s*(?:'([^']+)'|"([^"]+)"|`([^`]+)`)/g),
  ].flatMap(([, ...given]) => given.filter((title) => title !== undefined))

/** Tests that are written and not run, or alone run of their file. */
export const leftOut = (text: string): string[] =>
  text.match(/\b(?:test|it|describe)(?:\.\w+)*\.(?:skip|todo|fails|only)\b/g) ?? []
