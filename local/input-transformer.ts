/** An EventBridge input transformer: what a rule makes of an event before it hands it to a target. */
export type InputTransformer = { paths: Record<string, string>; template: string }

const pathPattern = /^\$(?:\.[\w/-]+(?:\[\d+\])?)*$/
const placeholder = /<([\w.-]+)>/g
const predefined = [
  'aws.events.rule-arn',
  'aws.events.rule-name',
  'aws.events.event.ingestion-time',
  'aws.events.event',
  'aws.events.event.json',
]

/** Throws, saying what, when the transformer has something that AWS refuses or that the local cloud does not know. */
export const checkTransformer = ({ paths, template }: InputTransformer): void => {
  for (const path of Object.values(paths)) {
    if (!pathPattern.test(path)) throw new Error(`the local cloud does not know the JSON path ${path}`)
  }
  for (const [, name = ''] of template.matchAll(placeholder)) {
    if (!Object.hasOwn(paths, name) && !predefined.includes(name))
      throw new Error(`the input template has <${name}>, for which there is no path`)
  }
}

const at = (event: unknown, path: string): unknown => {
  let found = event
  for (const [, name = '', index] of path.matchAll(/\.([\w/-]+)(?:\[(\d+)\])?/g)) {
    found = (found as Record<string, unknown> | null | undefined)?.[name]
    if (index !== undefined) found = (found as unknown[] | null | undefined)?.[Number(index)]
  }
  return found
}

/** Whether a place in the template lies inside a JSON string. */
const isInString = (template: string, end: number): boolean => {
  let inside = false
  for (let index = 0; index < end; index += 1) {
    if (template[index] === '\\' && inside) index += 1
    else if (template[index] === '"') inside = !inside
  }
  return inside
}

/**
 * What a target gets instead of the event. Inside quotes a text stands as it is, and anything else as JSON that has lost
 * its quotes; outside of them every value is JSON.
 */
export const transformed = (
  { paths, template }: InputTransformer,
  event: Record<string, unknown>,
  rule: { name: string; arn: string; takenAt: string },
): string => {
  const { detail: _, ...withoutDetail } = event
  const given: Record<string, unknown> = {
    'aws.events.rule-arn': rule.arn,
    'aws.events.rule-name': rule.name,
    'aws.events.event.ingestion-time': rule.takenAt,
    'aws.events.event': withoutDetail,
    'aws.events.event.json': event,
  }
  return template.replace(placeholder, (_, name: string, offset: number) => {
    const path = paths[name]
    const value = (path === undefined ? given[name] : at(event, path)) ?? ''
    if (!isInString(template, offset)) return JSON.stringify(value)
    return typeof value === 'string' ? JSON.stringify(value).slice(1, -1) : JSON.stringify(value).replaceAll('"', '')
  })
}

/** Whether what it makes is what a log group takes: an object of a timestamp and a message. */
export const makesLogEvents = ({ template }: InputTransformer): boolean => {
  try {
    const filled = template.replace(placeholder, (_, name: string, offset: number) =>
      isInString(template, offset) ? name : '"x"',
    )
    return Object.keys(JSON.parse(filled)).sort().join() === 'message,timestamp'
  } catch {
    return false
  }
}
