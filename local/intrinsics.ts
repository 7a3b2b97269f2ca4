/** What an intrinsic can be resolved against: the template's own parts, and what its resources are called here. */
export type Scope = {
  parameters: Record<string, { Default?: unknown }>
  mappings: Record<string, Record<string, Record<string, unknown>>>
  conditions: Record<string, unknown>
  pseudo: Record<string, string>
  ref: (logicalId: string) => string
  attribute: (logicalId: string, name: string) => string
}

/** What `AWS::NoValue` resolves to: the property, or the element of a list, is as good as not written. */
const nothing = Symbol('AWS::NoValue')

type Fn = (argument: unknown, scope: Scope) => unknown

const list = (value: unknown, scope: Scope, name: string): unknown[] => {
  const resolved = resolveAny(value, scope)
  if (!Array.isArray(resolved)) throw new Error(`${name} wants a list, not ${JSON.stringify(value)}`)
  return resolved
}

const holds = (condition: unknown, scope: Scope): boolean => {
  const value = resolveAny(condition, scope)
  return value === true || value === 'true'
}

const reference = (name: string, scope: Scope): unknown => {
  if (name === 'AWS::NoValue') return nothing
  if (name.startsWith('AWS::')) {
    const value = scope.pseudo[name]
    if (value === undefined) throw new Error(`the local cloud does not know the pseudo parameter ${name}`)
    return value
  }
  const parameter = scope.parameters[name]
  if (parameter) {
    if (parameter.Default === undefined) throw new Error(`parameter ${name} has no default`)
    return parameter.Default
  }
  return scope.ref(name)
}

const attributeOf = (argument: unknown, scope: Scope): string => {
  const [id, ...rest] =
    typeof argument === 'string' ? argument.split('.') : list(argument, scope, 'Fn::GetAtt').map(String)
  return scope.attribute(id ?? '', rest.join('.'))
}

const intrinsics: Record<string, Fn> = {
  Ref: (name, scope) => reference(String(name), scope),
  'Fn::GetAtt': attributeOf,
  'Fn::Join': (argument, scope) => {
    const [separator, parts] = list(argument, scope, 'Fn::Join')
    return (parts as unknown[]).map(String).join(String(separator))
  },
  'Fn::Sub': (argument, scope) => {
    const [text, own] = Array.isArray(argument)
      ? [String(argument[0]), argument[1] as Record<string, unknown>]
      : [String(argument), {}]
    return text.replace(/\$\{(!?)([^}]+)\}/g, (_, literal: string, name: string) => {
      if (literal) return `\${${name}}`
      if (Object.hasOwn(own, name)) return String(resolveAny(own[name], scope))
      return String(name.includes('.') ? attributeOf(name, scope) : reference(name, scope))
    })
  },
  'Fn::Select': (argument, scope) => {
    const [index, items] = list(argument, scope, 'Fn::Select')
    return (items as unknown[])[Number(index)]
  },
  'Fn::Split': (argument, scope) => {
    const [separator, text] = list(argument, scope, 'Fn::Split')
    return String(text).split(String(separator))
  },
  'Fn::If': (argument, scope) => {
    const [condition, yes, no] = argument as [string, unknown, unknown]
    return resolveAny(holds({ Condition: condition }, scope) ? yes : no, scope)
  },
  'Fn::FindInMap': (argument, scope) => {
    const [map, first, second] = list(argument, scope, 'Fn::FindInMap').map(String) as [string, string, string]
    const value = scope.mappings[map]?.[first]?.[second]
    if (value === undefined) throw new Error(`Fn::FindInMap finds no ${map}.${first}.${second}`)
    return value
  },
  'Fn::Base64': (argument, scope) => Buffer.from(String(resolveAny(argument, scope))).toString('base64'),
  'Fn::Equals': (argument, scope) => {
    const [left, right] = list(argument, scope, 'Fn::Equals')
    return String(left) === String(right)
  },
  'Fn::Not': (argument, scope) => !holds((argument as unknown[])[0], scope),
  'Fn::And': (argument, scope) => (argument as unknown[]).every((one) => holds(one, scope)),
  'Fn::Or': (argument, scope) => (argument as unknown[]).some((one) => holds(one, scope)),
  Condition: (name, scope) => {
    if (!Object.hasOwn(scope.conditions, String(name))) throw new Error(`no condition is called ${name}`)
    return holds(scope.conditions[String(name)], scope)
  },
}

const resolveAny = (value: unknown, scope: Scope): unknown => {
  if (Array.isArray(value)) return value.map((one) => resolveAny(one, scope)).filter((one) => one !== nothing)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value)
  const [key, argument] = entries[0] ?? []
  if (entries.length === 1 && key !== undefined && (key === 'Ref' || key === 'Condition' || key.startsWith('Fn::'))) {
    // A policy statement may have a `Condition` that is an object; the intrinsic of that name is a string.
    if (key !== 'Condition' || typeof argument === 'string') {
      const intrinsic = intrinsics[key]
      if (!intrinsic) throw new Error(`the local cloud does not know the intrinsic ${key}`)
      return intrinsic(argument, scope)
    }
  }
  return Object.fromEntries(
    entries.map(([name, one]) => [name, resolveAny(one, scope)] as const).filter(([, one]) => one !== nothing),
  )
}

/** The value with every intrinsic replaced by what it stands for. Throws, naming it, for one that is not known. */
export const resolve = (value: unknown, scope: Scope): unknown => {
  const resolved = resolveAny(value, scope)
  return resolved === nothing ? undefined : resolved
}
