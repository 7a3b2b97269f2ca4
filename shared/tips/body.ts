import type { Blockquote, Heading, List, Nodes, Paragraph, PhrasingContent } from 'mdast'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { codeOf, isTarget, lineAt, type Piece, type Refuse, refuseUnfit } from './content-error.ts'
import type { Block, Inline } from './series.ts'

/** The blocks, and every heading with its line, whatever its level. */
export type Body = { blocks: Block[]; headings: { text: string; line: number }[] }

type Reading = { lines: readonly string[]; refuse: Refuse }

/** Reads the Markdown from line `from` on. What it may hold is what `Block` can say: all else is refused by its name. */
export const readBody = (lines: readonly string[], from: number, refuse: Refuse): Body => {
  // Empty lines in place of the front matter keep the count.
  const text = lines.map((line, index) => (index + 1 < from ? '' : line)).join('\n')
  const reading = { lines, refuse }
  const headings: Body['headings'] = []
  const blocks: Block[] = []
  for (const node of fromMarkdown(text).children) {
    if (node.type === 'paragraph') blocks.push({ p: readParagraph(node, reading) })
    else if (node.type === 'list') blocks.push(readList(node, reading))
    else if (node.type === 'blockquote') blocks.push(readQuote(node, reading))
    else if (node.type === 'heading') {
      const heading = readHeading(node, reading)
      headings.push({ text: heading, line: lineOf(node) })
      blocks.push({ heading })
    } else refuse(lineOf(node), nameOf(node, lines))
  }
  return { blocks, headings }
}

/** How many words a reader sees. */
export const wordsIn = (blocks: readonly Block[]): number =>
  blocks
    .map(wordsOf)
    .join(' ')
    .split(/\s+/)
    .filter((word) => /[\p{L}\p{N}]/u.test(word)).length

const wordsOf = (block: Block): string => {
  if ('heading' in block) return block.heading
  if ('p' in block) return flat(block.p)
  return ('list' in block ? block.list : block.quote).map(flat).join(' ')
}

const flat = (inline: readonly Inline[]): string =>
  inline
    .map((one) => {
      if (typeof one === 'string') return one
      return flat('strong' in one ? one.strong : 'em' in one ? one.em : one.of)
    })
    .join('')

const lineOf = (node: Nodes): number => node.position?.start.line ?? 1
const lastLineOf = (node: Nodes): number => node.position?.end.line ?? lineOf(node)

const readHeading = (node: Heading, { lines, refuse }: Reading): string => {
  const line = lineOf(node)
  const pieces: Piece[] = []
  if (node.children.some(({ type }) => type !== 'text'))
    refuse(line, 'A heading is plain words: nothing bold, no link.')
  const text = flat(readInline(node.children, pieces, refuse, 0))
  refuseUnfit(pieces, refuse)
  refuseLeftovers(pieces, refuse)
  if (text.trim() === '') refuse(line, 'A heading without words.')
  if (!/^[ \t]*#/.test(lines[line - 1] ?? '')) {
    refuse(
      line,
      'A line of dashes or equals signs below makes this a heading. Write ## before it, or leave the line out.',
    )
  } else if (node.depth === 1) {
    refuse(line, 'The title stands above, in the front matter. A heading in the text begins with ##.')
  } else if (node.depth > 2) {
    refuse(line, `A heading begins with ##, not with ${node.depth} of these signs.`)
  }
  return text
}

const readParagraph = (node: Paragraph, { lines, refuse }: Reading): Inline[] => {
  const line = lineOf(node)
  const table = delimiterRow(node, lines)
  if (table) {
    refuse(Math.max(line, table - 1), 'Tables are not possible here. A list says it as well.')
    return []
  }
  if (/^[ \t]*#{2,6}\S/.test(lines[line - 1] ?? '')) refuse(line, 'A heading needs a space behind ##.')
  const pieces: Piece[] = []
  const inline = readInline(node.children, pieces, refuse, 0)
  refuseUnfit(pieces, refuse)
  refuseLeftovers(pieces, refuse)
  if (pieces.every(({ text }) => text.trim() === '') && pieces.length > 0) refuse(line, 'A paragraph without words.')
  return inline
}

const readList = (node: List, reading: Reading): Block => {
  const { refuse } = reading
  if (node.ordered && node.start !== 1) {
    refuse(
      lineOf(node),
      'A numbered list begins with 1. For a number at the start of a sentence write 2026\\. instead.',
    )
  }
  const list = node.children.flatMap((item) => {
    const [first, ...others] = item.children
    if (!first) refuse(lineOf(item), 'A point of the list is empty.')
    for (const other of others) {
      const sentence = 'A point of a list is one paragraph.'
      refuse(lineOf(other), other.type === 'paragraph' ? sentence : `${nameWithin(other, reading.lines)} ${sentence}`)
    }
    if (first?.type === 'paragraph') return [readParagraph(first, reading)]
    if (first) refuse(lineOf(first), `${nameWithin(first, reading.lines)} A point of a list is one paragraph.`)
    return []
  })
  return { list, ...(node.ordered && { ordered: true as const }) }
}

const readQuote = (node: Blockquote, reading: Reading): Block => {
  const { lines, refuse } = reading
  if (node.children.length === 0) refuse(lineOf(node), 'An example, a line with >, without words.')
  for (let line = lineOf(node); line <= lastLineOf(node); line += 1) {
    if (!/^[ \t]*>/.test(lines[line - 1] ?? '')) {
      refuse(line, 'This line would belong to the example above it. Leave an empty line between, or begin it with >.')
    }
  }
  const quote = node.children.flatMap((child) => {
    if (child.type === 'paragraph') return [readParagraph(child, reading)]
    refuse(lineOf(child), `${nameWithin(child, lines)} An example, the lines with >, is made of paragraphs.`)
    return []
  })
  return { quote }
}

/** More than bold, italic and a link in each other is a slip of the pen. */
const deepest = 3

/** What stands in a line, with the words it shows added to `pieces`. */
const readInline = (nodes: readonly PhrasingContent[], pieces: Piece[], refuse: Refuse, depth: number): Inline[] => {
  const found: Inline[] = []
  const say = (text: string): void => {
    const last = found.at(-1)
    if (typeof last === 'string') found[found.length - 1] = `${last}${text}`
    else found.push(text)
  }
  const within = (children: readonly PhrasingContent[]): Inline[] => readInline(children, pieces, refuse, depth + 1)
  for (const node of nodes) {
    const line = lineOf(node)
    if (node.type === 'text') {
      for (const [index, text] of node.value.split('\n').entries()) {
        // An escape such as &#10; makes lines that the file does not have.
        const at = Math.min(line + index, lastLineOf(node))
        pieces.push({ text: `${index === 0 ? '' : ' '}${text}`, line: at })
      }
      say(node.value.replace(/[ \t\n]+/g, ' '))
    } else if (node.type === 'break') {
      pieces.push({ text: ' ', line })
      say(' ')
    } else if ((node.type === 'strong' || node.type === 'emphasis' || node.type === 'link') && depth >= deepest) {
      refuse(line, 'Bold, italic and links stand too deep in each other here.')
    } else if (node.type === 'strong') {
      found.push({ strong: within(node.children) })
    } else if (node.type === 'emphasis') {
      found.push({ em: within(node.children) })
    } else if (node.type === 'link') {
      const { url, title } = node
      if (!isTarget(url))
        refuse(line, `A link leads to an address with https:// or to a path like /new, not to ${shown(url)}.`)
      else refuseUnfit([{ text: url, line }], refuse)
      if (title !== null && title !== undefined)
        refuse(line, 'A link has words and an address, and no title in quotes.')
      const before = pieces.length
      found.push({ link: url, of: within(node.children) })
      if (pieces.slice(before).every(({ text }) => text.trim() === '')) refuse(line, 'A link without words.')
    } else {
      refuse(line, nameOf(node, []))
    }
  }
  return found
}

const shown = (url: string): string => {
  if (url === '') return 'nothing'
  const short = url.length > 60 ? `${url.slice(0, 59)}…` : url
  return `“${short.replace(/\p{Cc}/gu, codeOf)}”`
}

const leftover = /\*\*|~~|\]\(|\]\s+\(https?:|\[\^/g

/** Markup that marks nothing shows that something else was meant: readers would see the signs. */
const refuseLeftovers = (pieces: readonly Piece[], refuse: Refuse): void => {
  for (const match of pieces
    .map(({ text }) => text)
    .join('')
    .matchAll(leftover)) {
    const sign = match[0].replace(/\s+/, ' ')
    refuse(
      lineAt(pieces, match.index),
      `Readers would see the signs ${sign} here. Bold is **words**, a link [words](https://…), without a blank inside the signs.`,
    )
  }
}

/** The line of a paragraph that would make a table of it where tables are known. */
const delimiterRow = (node: Paragraph, lines: readonly string[]): number | undefined => {
  for (let line = lineOf(node) + 1; line <= lastLineOf(node); line += 1) {
    const row = (lines[line - 1] ?? '').replace(/^[ \t>]+/, '').trim()
    if (/^\|?[ \t]*:?-+:?[ \t]*(\|[ \t]*:?-+:?[ \t]*)*\|?$/.test(row) && row.includes('|')) return line
  }
  return undefined
}

const nameOf = (node: Nodes, lines: readonly string[]): string => {
  switch (node.type) {
    case 'html':
      return 'HTML, anything like <this>, is not possible here.'
    case 'image':
    case 'imageReference':
      return 'Pictures are not possible here.'
    case 'code':
      return /^[ \t>]*(```|~~~)/.test(lines[lineOf(node) - 1] ?? '')
        ? 'Program code is not possible here.'
        : 'Four spaces at the start of a line make program code of it. Take them away.'
    case 'inlineCode':
      return 'Backquotes make program code of words. Use quotation marks.'
    case 'thematicBreak':
      return 'A line across the page is not possible here. A heading, ##, parts as well.'
    case 'definition':
    case 'linkReference':
      return 'A link has its address with it: [words](https://…).'
    default:
      return `Here is something that is not possible (${node.type}).`
  }
}

const nameWithin = (node: Nodes, lines: readonly string[]): string => {
  if (node.type === 'list') return 'A list within it is not possible.'
  if (node.type === 'blockquote') return 'An example within it is not possible.'
  if (node.type === 'heading') return 'A heading within it is not possible.'
  return nameOf(node, lines)
}
