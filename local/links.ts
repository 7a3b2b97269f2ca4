import type { Mail } from './mail.ts'

const named: Record<string, string> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'", nbsp: '\u00a0' }

/** Character references, as a browser reads them in an attribute. */
const decoded = (text: string): string =>
  text.replace(/&(?:#x([0-9a-f]+)|#(\d+)|([a-z]+));/gi, (whole, hex?: string, decimal?: string, name?: string) => {
    if (name !== undefined) return named[name.toLowerCase()] ?? whole
    const code = hex !== undefined ? Number.parseInt(hex, 16) : Number(decimal)
    return code <= 0x10ffff ? String.fromCodePoint(code) : whole
  })

/** Where the links of a mail lead, each once, in the order in which they stand; those of the text when it has no HTML. */
export const linksOf = ({ html, text }: Mail): string[] => {
  const found = html
    ? [
        ...html.replace(/<!--[\s\S]*?-->/g, '').matchAll(/<a\s[^>]*?href\s*=\s*(?:"([^"]*)"|'([^']*)'|([^\s>]+))/gi),
      ].map(([, double, single, bare]) => decoded(double ?? single ?? bare ?? '').trim())
    : [...(text ?? '').matchAll(/https?:\/\/[^\s<>"]+/g)].map(([link]) => link.replace(/[.,;:!?)\]]+$/, ''))
  return [...new Set(found)]
}
