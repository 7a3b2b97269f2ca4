import { resolve } from '../local/intrinsics.ts'
import { namesIn, readAssembly } from '../local/template.ts'

/** What somebody needs the right to; `context` is what conditions may ask about. */
export type Asked = { action: string; resource: string; context?: Record<string, string> }
/** One action on one resource, both of which may hold `*` and `?`. */
export type Grant = { role: string; action: string; resource: string; isAllowed: boolean; condition: Condition }
type Condition = Record<string, Record<string, string | string[]>>
type Statement = {
  Effect: 'Allow' | 'Deny'
  Action: string | string[]
  Resource: string | string[]
  Condition?: Condition
}
type Policy = { Roles: string[]; PolicyDocument: { Statement: Statement[] } }

const list = <T>(value: T | T[]): T[] => (Array.isArray(value) ? value : [value])

/** Actions are compared without regard to case, everything else is not. */
const isLike = (text: string, pattern: string, flags = ''): boolean =>
  new RegExp(
    `^${pattern
      .replaceAll(/[.+^${}()|[\]\\]/g, '\\$&')
      .replaceAll('*', '.*')
      .replaceAll('?', '.')}$`,
    flags,
  ).test(text)

/** A key that the call does not have makes a condition false, as on AWS. */
const operators: Record<string, (value: string | undefined, wanted: string[]) => boolean> = {
  StringEquals: (value, wanted) => value !== undefined && wanted.includes(value),
}

const holds = (condition: Condition, context: Record<string, string>): boolean =>
  Object.entries(condition).every(([name, keys]) => {
    const operator = operators[name]
    if (!operator) throw new Error(`nobody has written down what the condition ${name} means`)
    return Object.entries(keys).every(([key, wanted]) => operator(context[key], list(wanted)))
  })

const covers = ({ action, resource, condition }: Grant, asked: Asked): boolean =>
  isLike(asked.action, action, 'i') && isLike(asked.resource, resource) && holds(condition, asked.context ?? {})

/** Something allows it, and nothing denies it. */
export const isGranted = (grants: readonly Grant[], asked: Asked): boolean => {
  const about = grants.filter((grant) => covers(grant, asked))
  return about.length > 0 && about.every(({ isAllowed }) => isAllowed)
}

/** What IAM is told in these statements, as single grants. Throws for what is not understood here. */
export const grantsIn = (role: string, statements: readonly Statement[]): Grant[] =>
  statements.flatMap(({ Effect, Action, Resource, Condition = {}, ...strange }) => {
    const unknown = Object.keys(strange).filter((name) => name !== 'Sid')
    if (unknown.length > 0) throw new Error(`nobody has written down what ${unknown.join()} of a statement means`)
    return list(Action).flatMap((action) =>
      list(Resource).map((resource) => ({
        role,
        action,
        resource,
        isAllowed: Effect === 'Allow',
        condition: Condition,
      })),
    )
  })

type Role = { Policies?: unknown; ManagedPolicyArns?: unknown }

/** The stack of an assembly, its things named as the local cloud names them. */
export const readStack = (folder: string) => {
  const assembly = readAssembly(folder)
  const { physical, scope } = namesIn(assembly, { publicUrl: 'http://public', servicesUrl: 'http://services' })
  const all = <T>(type: string): { name: string; properties: T }[] =>
    Object.entries(assembly.template.Resources ?? {})
      .filter(([, { Type }]) => Type === type)
      .map(([id, { Properties = {} }]) => ({ name: physical(id), properties: resolve(Properties, scope) as T }))
  for (const { name, properties } of all<Role>('AWS::IAM::Role'))
    if (properties.Policies ?? properties.ManagedPolicyArns)
      throw new Error(`${name} has policies that are not read here`)
  const functions = all<{ Role: string }>('AWS::Lambda::Function')
  return {
    stack: assembly.stack,
    all,
    /** By function. */
    roles: new Map(functions.map(({ name, properties }) => [name, roleIn(properties.Role)])),
    /** What SES knows senders by: addresses and domains. */
    identities: all('AWS::SES::EmailIdentity').map(({ name }) => name),
    /** Of all roles. */
    grants: all<Policy>('AWS::IAM::Policy').flatMap(({ properties }) =>
      properties.Roles.flatMap((role) => grantsIn(role, properties.PolicyDocument.Statement)),
    ),
  }
}

export type Stack = ReturnType<typeof readStack>

/** The name of a role, from its ARN. */
export const roleIn = (arn: string): string => arn.slice(arn.indexOf('/') + 1)
