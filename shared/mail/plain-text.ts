import { Fragment, isValidElement, type ReactElement, type ReactNode } from 'react'

/**
 * The plain-text part, read off the same tree as the HTML: a block says beside its markup how it reads in words. What has
 * no rule is walked through, so that a component that only arranges blocks needs none.
 */
type Rule = { kind: 'block' | 'inline'; read: (props: never) => string; leadsTo?: (props: never) => string }
const rules = new Map<unknown, Rule>()

type Component<P> = (props: P) => ReactElement

/** A component that stands on lines of its own; `read` gives them, without the empty lines around. */
export const block = <P>(component: Component<P>, read: (props: P) => string): Component<P> => {
  rules.set(component, { kind: 'block', read })
  return component
}

/** A component that is part of a line; `leadsTo` gives the address of a link, which follows its paragraph. */
export const inline = <P>(
  component: Component<P>,
  read: (props: P) => string,
  leadsTo?: (props: P) => string,
): Component<P> => {
  rules.set(component, { kind: 'inline', read, ...(leadsTo ? { leadsTo } : {}) })
  return component
}

export const WIDTH = 76

/** Lines of at most `width`; a longer word, such as a link, has a line of its own. `\n` stays a line end. */
export const wrap = (text: string, width = WIDTH): string =>
  text
    .split('\n')
    .map((line) => wrapLine(line, width))
    .join('\n')

const wrapLine = (line: string, width: number): string => {
  const lines: string[] = []
  let current = ''
  for (const word of line.split(/[ \t]+/).filter(Boolean)) {
    if (current && current.length + 1 + word.length > width) {
      lines.push(current)
      current = word
    } else {
      current = current ? `${current} ${word}` : word
    }
  }
  return [...lines, current].join('\n')
}

/** `text` behind `first`, every further line as far in: a list item. */
export const hang = (first: string, text: string): string =>
  first +
  wrap(text, WIDTH - first.length)
    .split('\n')
    .join(`\n${' '.repeat(first.length)}`)

type Element = ReactElement<{ children?: ReactNode }>

const render = (node: Element): ReactNode => (node.type as (props: unknown) => ReactNode)(node.props)

/** What stands on a line, unwrapped. */
export const lineOf = (node: ReactNode): string => {
  if (node === null || node === undefined || typeof node === 'boolean') return ''
  if (Array.isArray(node)) return node.map(lineOf).join('')
  if (!isValidElement(node)) return String(node)
  const element = node as Element
  const rule = rules.get(element.type)
  if (rule) return rule.read(element.props as never)
  if (element.type === 'br') return '\n'
  return lineOf(typeof element.type === 'function' ? render(element) : element.props.children)
}

/** Where the links on a line lead, in order. */
const addressesIn = (node: ReactNode): string[] => {
  if (Array.isArray(node)) return node.flatMap(addressesIn)
  if (!isValidElement(node)) return []
  const element = node as Element
  const rule = rules.get(element.type)
  if (rule) return rule.leadsTo ? [rule.leadsTo(element.props as never)] : addressesIn(element.props.children)
  return addressesIn(typeof element.type === 'function' ? render(element) : element.props.children)
}

/** A paragraph, wrapped behind `first`, and under it the addresses of its links: in the middle of a line nobody could read on. */
export const paragraph = (node: ReactNode, first = ''): string =>
  [hang(first, lineOf(node)), ...addressesIn(node).map((address) => ' '.repeat(first.length) + address)].join('\n')

/** The blocks of a tree in reading order. Loose text becomes a paragraph. */
export const blocksOf = (node: ReactNode): string[] => {
  if (node === null || node === undefined || typeof node === 'boolean') return []
  if (Array.isArray(node)) return node.flatMap(blocksOf)
  if (isValidElement(node)) {
    const element = node as Element
    const rule = rules.get(element.type)
    if (rule?.kind === 'block') return [rule.read(element.props as never)].filter(Boolean)
    if (!rule && element.type === Fragment) return blocksOf(element.props.children)
    if (!rule && typeof element.type === 'function') return blocksOf(render(element))
  }
  return [paragraph(node)]
}

/** Blocks with an empty line between. */
export const plainText = (node: ReactNode): string => blocksOf(node).join('\n\n')
