/**
 * A spreadsheet takes a cell that begins with one of these for a formula, and runs it; the last four are what `=`, `+`,
 * `-` and `@` become on an East Asian keyboard. An apostrophe before it says that it is text. The package that writes CSV
 * can do that too, but not so that it can be undone.
 */
const formula = /^'*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/

export const guarded = (text: string): string => (formula.test(text) ? `'${text}` : text)

/** What was written, from what `guarded` made of it. */
export const unguarded = (cell: string): string => (cell.startsWith("'") && formula.test(cell) ? cell.slice(1) : cell)
