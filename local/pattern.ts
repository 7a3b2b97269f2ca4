/**
 * Event patterns, as EventBridge rules and the filters of event source mappings write them: an object of the event's
 * shape, whose leaves are lists of what is allowed there.
 */
export type Pattern = { [name: string]: Pattern | Matcher[] }
type Scalar = string | number | boolean | null
type Matcher = Scalar | Record<string, unknown>

type Test = (value: unknown, argument: unknown) => boolean

const text = (value: unknown, check: (value: string) => boolean): boolean => typeof value === 'string' && check(value)

const fold = (argument: unknown): { wanted: string; of: (value: string) => string } =>
  typeof argument === 'object' && argument !== null
    ? {
        wanted: String((argument as Record<string, unknown>)['equals-ignore-case']).toLowerCase(),
        of: (value) => value.toLowerCase(),
      }
    : { wanted: String(argument), of: (value) => value }

const compare: Record<string, (left: number, right: number) => boolean> = {
  '=': (left, right) => left === right,
  '<': (left, right) => left < right,
  '<=': (left, right) => left <= right,
  '>': (left, right) => left > right,
  '>=': (left, right) => left >= right,
}

const operators: Record<string, Test> = {
  prefix: (value, argument) => {
    const { wanted, of } = fold(argument)
    return text(value, (one) => of(one).startsWith(wanted))
  },
  suffix: (value, argument) => {
    const { wanted, of } = fold(argument)
    return text(value, (one) => of(one).endsWith(wanted))
  },
  'equals-ignore-case': (value, argument) => text(value, (one) => one.toLowerCase() === String(argument).toLowerCase()),
  wildcard: (value, argument) =>
    text(value, (one) => {
      const parts = String(argument)
        .split('*')
        .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
      return new RegExp(`^${parts.join('.*')}$`, 's').test(one)
    }),
  'anything-but': (value, argument) => {
    if (value === undefined) return false
    const refused = Array.isArray(argument) ? argument : [argument]
    return !refused.some((one) => matchesOne(value, one))
  },
  numeric: (value, argument) => {
    const bounds = argument as unknown[]
    for (let index = 0; index < bounds.length; index += 2) {
      const operator = compare[String(bounds[index])]
      if (!operator) throw new Error(`the local cloud does not know the numeric operator ${bounds[index]}`)
      if (typeof value !== 'number' || !operator(value, Number(bounds[index + 1]))) return false
    }
    return true
  },
}

const matchesOne = (value: unknown, matcher: unknown): boolean => {
  if (typeof matcher !== 'object' || matcher === null) return value === matcher
  return Object.entries(matcher).every(([operator, argument]) => {
    const test = operators[operator]
    if (!test) throw new Error(`the local cloud does not know the pattern operator ${operator}`)
    return test(value, argument)
  })
}

const isExists = (matcher: Matcher): matcher is { exists: boolean } =>
  typeof matcher === 'object' && matcher !== null && 'exists' in matcher

const isLeaf = (value: unknown): boolean => typeof value !== 'object' || value === null || Array.isArray(value)

const matchesLeaf = (value: unknown, matchers: Matcher[]): boolean =>
  matchers.some((matcher) => {
    // `exists` works on leaves only, there as on AWS.
    if (isExists(matcher)) return matcher.exists === (value !== undefined && isLeaf(value))
    // Of a list in the event, one element that matches is enough.
    return Array.isArray(value) ? value.some((one) => matchesOne(one, matcher)) : matchesOne(value, matcher)
  })

/** Whether an event is what the pattern asks for. What the pattern does not name may be anything. */
export const matches = (pattern: Pattern, event: unknown): boolean =>
  Object.entries(pattern).every(([name, wanted]) => {
    if (name === '$or') return (wanted as unknown as Pattern[]).some((one) => matches(one, event))
    const values = Array.isArray(event) ? event : [event]
    return values.some((one) => {
      const value = (one as Record<string, unknown> | null | undefined)?.[name]
      return Array.isArray(wanted) ? matchesLeaf(value, wanted) : matches(wanted, value)
    })
  })

/** Throws, naming it, when the pattern uses an operator that is not known. */
export const checkPattern = (pattern: Pattern): void => {
  for (const [name, wanted] of Object.entries(pattern)) {
    if (name === '$or') for (const one of wanted as unknown as Pattern[]) checkPattern(one)
    else if (!Array.isArray(wanted)) checkPattern(wanted)
    else
      for (const matcher of wanted) {
        for (const operator of typeof matcher === 'object' && matcher !== null ? Object.keys(matcher) : []) {
          if (operator !== 'exists' && !Object.hasOwn(operators, operator)) {
            throw new Error(`the local cloud does not know the pattern operator ${operator}`)
          }
        }
      }
  }
}
