import { isMap, isScalar, LineCounter, parseDocument, type YAMLMap } from 'yaml'
import { type Refuse, refuseUnfit } from './content-error.ts'

/** Makes a value of a field's text, or says what is wrong with it: the message follows the field's name. */
export type Reader<T> = (text: string, wrong: (message: string) => undefined) => T | undefined

/** The fields of a file, each asked for by its name. What is refused comes back as `undefined`. */
export type Fields = {
  required<T>(name: string, reader: Reader<T>): T | undefined
  optional<T>(name: string, reader: Reader<T>): T | undefined
  /** A field that consists of fields. */
  group<T>(name: string, read: (inner: Fields) => T): T | undefined
  /** Refuses the fields that nobody has asked for. */
  end(): void
}

const messages: Record<string, string> = {
  DUPLICATE_KEY: 'This field stands here a second time.',
  TAB_AS_INDENT: 'A tab stands here: indent with spaces.',
}
const unreadable =
  'This line cannot be read. A field is a name, a colon, a space and its text; a text that holds a colon, a # or quotation marks is put in quotes: title: "Asking: a guide"'

/** Reads the lines between the two `---`, the first of which is line 1 of the file. Nothing comes of what is no list of fields. */
export const readFrontMatter = (lines: readonly string[], refuse: Refuse): Fields | undefined => {
  const counter = new LineCounter()
  const lineOf = (offset: number): number => Math.min(counter.linePos(offset).line, lines.length + 1) + 1
  // `failsafe`: a value is the text that was typed. A date stays as it is, and `no` is no boolean.
  const options = { lineCounter: counter, prettyErrors: false, schema: 'failsafe' } as const
  const document = parseDocument(`${lines.join('\n')}\n`, options)
  const problems = [...document.errors, ...document.warnings]
  const seen = new Set<number>()
  for (const { code, pos } of problems) {
    const line = lineOf(pos[0])
    if (!seen.has(line)) refuse(line, messages[code] ?? unreadable)
    seen.add(line)
  }
  if (problems.some(({ code }) => code !== 'DUPLICATE_KEY')) return undefined
  const { contents } = document
  if (contents && !isMap(contents)) {
    refuse(2, unreadable)
    return undefined
  }
  return fieldsOf({ map: contents ?? undefined, line: 1, within: '', lineOf, refuse })
}

type Source = {
  map: YAMLMap | undefined
  /** Where a missing field is missed. */
  line: number
  /** In front of a field's name in messages. */
  within: string
  lineOf: (offset: number) => number
  refuse: Refuse
}

const fieldsOf = ({ map, line, within, lineOf, refuse }: Source): Fields => {
  type Node = { range?: readonly number[] | null } | null | undefined
  const start = (node: Node, otherwise: number): number => (node?.range ? lineOf(node.range[0] ?? 0) : otherwise)
  const known: string[] = []

  const find = (name: string) => {
    known.push(name)
    return map?.items.find(({ key }) => isScalar(key) && key.value === name)
  }

  const read = <T>(name: string, reader: Reader<T>): T | undefined => {
    const pair = find(name)
    if (!pair) return undefined
    const field = `\`${within}${name}\``
    const value = pair.value as Node
    const at = start(pair.key as Node, line)
    if (value && !isScalar(value)) {
      refuse(at, `${field} is one text. If it begins with a sign like [ or {, put it in quotes.`)
      return undefined
    }
    if (value && (value.tag || value.anchor)) {
      refuse(at, `${field} begins with a sign that has a meaning of its own here. Put the text in quotes.`)
      return undefined
    }
    if (value?.comment !== undefined && value.comment !== null) {
      const end = value.range ? lineOf(value.range[1]) : at
      refuse(
        end,
        `What follows # in ${field} would be left out. Put the text in quotes, or the # on a line of its own.`,
      )
      return undefined
    }
    const typed = String(value?.value ?? '')
    const from = start(value, at)
    refuseUnfit([{ text: typed, line: from }], refuse)
    const text = typed.replace(/[ \t\n]+/g, ' ').trim()
    if (text === '') {
      refuse(at, `${field} is empty.`)
      return undefined
    }
    return reader(text, (message) => {
      refuse(from, `${field} ${message}`)
      return undefined
    })
  }

  return {
    required(name, reader) {
      const value = read(name, reader)
      if (value === undefined && !map?.has(name)) refuse(line, `The field \`${within}${name}\` is missing.`)
      return value
    },
    optional: read,
    group(name, readInner) {
      const pair = find(name)
      if (!pair) return undefined
      const at = start(pair.key as Node, line)
      if (!isMap(pair.value)) {
        refuse(at, `\`${within}${name}\` has lines of its own below it, each indented by two spaces.`)
        return undefined
      }
      const inner = fieldsOf({ map: pair.value, line: at, within: `${within}${name}: `, lineOf, refuse })
      const value = readInner(inner)
      inner.end()
      return value
    },
    end() {
      for (const { key } of map?.items ?? []) {
        const name = isScalar(key) ? String(key.value) : ''
        if (isScalar(key) && known.includes(name)) continue
        refuse(start(key as Node, line), `Nothing here is called \`${within}${name}\`. There are: ${known.join(', ')}.`)
      }
    },
  }
}
