import type { AttributeValue } from '@aws-sdk/client-dynamodb'
import type { Item } from './table.ts'

/** The part of DynamoDB's expressions that our modules use; anything else is an error. */
type Names = Record<string, string>
type Values = Record<string, AttributeValue>
type Scope = { item: Item; values: Values }
type Path = readonly string[]
type Operand = (scope: Scope) => AttributeValue | undefined
export type Condition = (scope: Scope) => boolean
export type Update = (scope: Scope) => Item

const TOKEN = /\s*(<>|<=|>=|[=<>(),+-]|[#:]?[A-Za-z_][\w]*(?:\.#?[A-Za-z_]\w*)*)/y

const tokensOf = (text: string): string[] => {
  const tokens: string[] = []
  TOKEN.lastIndex = 0
  while (TOKEN.lastIndex < text.trimEnd().length) {
    const token = TOKEN.exec(text)?.[1]
    if (!token) throw new Error(`This expression cannot be read: ${text}`)
    tokens.push(token)
  }
  return tokens
}

const at = (item: Item, [first = '', ...rest]: Path): AttributeValue | undefined => {
  const value = item[first]
  return rest.length === 0 ? value : value?.M ? at(value.M, rest) : undefined
}

/** Numbers by their value, sets whatever their order, all else by its text: enough for `=` and the order of strings and numbers. */
const plain = (value: AttributeValue | undefined): string | number | undefined =>
  value?.N !== undefined
    ? Number(value.N)
    : value?.S !== undefined
      ? value.S
      : value && JSON.stringify(value.SS?.toSorted() ?? value)

const sizeOf = (value: AttributeValue | undefined): number =>
  value?.SS?.length ?? value?.L?.length ?? value?.S?.length ?? Object.keys(value?.M ?? {}).length

const parser = (text: string, names: Names) => {
  const tokens = tokensOf(text)
  let place = 0
  const peek = (): string | undefined => tokens[place]
  const take = (wanted?: string): string => {
    const token = tokens[place]
    if (token === undefined || (wanted !== undefined && token !== wanted))
      throw new Error(`Expected ${wanted} and found ${token} in: ${text}`)
    place += 1
    return token
  }
  const path = (): Path =>
    take()
      .split('.')
      .map((part) => (part.startsWith('#') ? (names[part] ?? '') : part))
  const operand = (): Operand => {
    const token = peek() ?? ''
    if (token.startsWith(':')) {
      take()
      return ({ values }) => values[token]
    }
    if (token === 'size' || token === 'if_not_exists') {
      take()
      take('(')
      const known = path()
      if (token === 'size') {
        take(')')
        return ({ item }) => ({ N: String(sizeOf(at(item, known))) })
      }
      take(',')
      const instead = operand()
      take(')')
      return (scope) => at(scope.item, known) ?? instead(scope)
    }
    const known = path()
    return ({ item }) => at(item, known)
  }
  return { peek, take, path, operand }
}

type Parser = ReturnType<typeof parser>

const compare: Record<string, (a: string | number, b: string | number) => boolean> = {
  '=': (a, b) => a === b,
  '<>': (a, b) => a !== b,
  '<': (a, b) => typeof a === typeof b && a < b,
  '<=': (a, b) => typeof a === typeof b && a <= b,
  '>': (a, b) => typeof a === typeof b && a > b,
  '>=': (a, b) => typeof a === typeof b && a >= b,
}

const term = (read: Parser): Condition => {
  const { peek, take, path, operand } = read
  const word = peek()
  if (word === '(') {
    take()
    const inner = either(read)
    take(')')
    return inner
  }
  if (word === 'NOT') {
    take()
    const inner = term(read)
    return (scope) => !inner(scope)
  }
  if (word === 'attribute_exists' || word === 'attribute_not_exists') {
    take()
    take('(')
    const known = path()
    take(')')
    return ({ item }) => (at(item, known) !== undefined) === (word === 'attribute_exists')
  }
  // The beginning of a text, or one of a set of texts.
  if (word === 'begins_with' || word === 'contains') {
    take()
    take('(')
    const [left] = [operand(), take(',')]
    const right = operand()
    take(')')
    return (scope) => {
      const [whole, part = ''] = [left(scope), right(scope)?.S]
      return (word === 'contains' ? whole?.SS?.includes(part) : whole?.S?.startsWith(part)) ?? false
    }
  }
  const left = operand()
  const operator = take()
  if (operator === 'IN') {
    take('(')
    const options = [operand()]
    while (peek() === ',') {
      take()
      options.push(operand())
    }
    take(')')
    return (scope) => {
      const value = plain(left(scope))
      return value !== undefined && options.some((option) => plain(option(scope)) === value)
    }
  }
  const holds = compare[operator]
  if (!holds) throw new Error(`Unknown operator ${operator}`)
  const right = operand()
  return (scope) => {
    const [a, b] = [plain(left(scope)), plain(right(scope))]
    return a !== undefined && b !== undefined && holds(a, b)
  }
}

const both = (read: Parser): Condition => {
  const terms = [term(read)]
  while (read.peek() === 'AND') {
    read.take()
    terms.push(term(read))
  }
  return (scope) => terms.every((holds) => holds(scope))
}

const either = (read: Parser): Condition => {
  const terms = [both(read)]
  while (read.peek() === 'OR') {
    read.take()
    terms.push(both(read))
  }
  return (scope) => terms.some((holds) => holds(scope))
}

const ended = <T>(read: Parser, result: T): T => {
  if (read.peek() !== undefined) throw new Error(`Nobody reads ${read.peek()} here`)
  return result
}

const kept = new Map<string, unknown>()
/** The same text with the same names is read once. */
const once = <T>(kind: string, text: string, names: Names, make: () => T): T => {
  const key = `${kind} ${text} ${JSON.stringify(names)}`
  const known = kept.get(key)
  if (known) return known as T
  const made = make()
  kept.set(key, made)
  return made
}

export const condition = (text: string, names: Names = {}): Condition =>
  once('condition', text, names, () => {
    const read = parser(text, names)
    return ended(read, either(read))
  })

type Step = (scope: Scope, result: Item) => void

const setting = ({ path, take, operand, peek }: Parser): Step => {
  const [name = ''] = path()
  take('=')
  const first = operand()
  const sign = peek()
  if (sign === '+' || sign === '-') take()
  const second = sign === '+' || sign === '-' ? operand() : undefined
  return (scope, result) => {
    const value = first(scope)
    if (value === undefined) throw new Error(`There is no value for ${name}`)
    result[name] = second ? { N: String(Number(value.N) + (sign === '+' ? 1 : -1) * Number(second(scope)?.N)) } : value
  }
}

const adding = ({ path, operand }: Parser): Step => {
  const [name = ''] = path()
  const more = operand()
  return (scope, result) => {
    const [value, added] = [result[name], more(scope)]
    result[name] = added?.SS
      ? { SS: [...new Set([...(value?.SS ?? []), ...added.SS])].sort() }
      : { N: String(Number(value?.N ?? 0) + Number(added?.N)) }
  }
}

const deleting = ({ path, operand }: Parser): Step => {
  const [name = ''] = path()
  const gone = operand()
  return (scope, result) => {
    const left = (result[name]?.SS ?? []).filter((one) => !gone(scope)?.SS?.includes(one))
    // A set without members is none.
    if (left.length > 0) result[name] = { SS: left }
    else delete result[name]
  }
}

const removing = ({ path }: Parser): Step => {
  const [name = ''] = path()
  return (_scope, result) => void delete result[name]
}

const clauses: Record<string, (read: Parser) => Step> = {
  SET: setting,
  ADD: adding,
  DELETE: deleting,
  REMOVE: removing,
}

export const update = (text: string, names: Names = {}): Update =>
  once('update', text, names, () => {
    const read = parser(text, names)
    const steps: Step[] = []
    while (read.peek() !== undefined) {
      const clause = clauses[read.take()]
      if (!clause) throw new Error(`This update cannot be read: ${text}`)
      do steps.push(clause(read))
      while (read.peek() === ',' && read.take())
    }
    return (scope) => {
      const result = { ...scope.item }
      for (const step of steps) step(scope, result)
      return result
    }
  })
