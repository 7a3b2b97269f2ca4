import type { Assembly } from '../local/template.ts'

/** One line of a diagram: who, to whom, and what goes there. */
type Arrow = { from: string; to: string; says?: string; dotted?: true }
type Resource = { Type: string; Properties?: unknown }
type Shape = readonly [open: string, close: string]

/** What is drawn, and as what. Rights, routes, policies and what watches are told by arrows, or not at all. */
const shapes: Record<string, Shape> = {
  'AWS::ApiGatewayV2::Api': ['(["', '"])'],
  'AWS::Lambda::Function': ['["', '"]'],
  'AWS::DynamoDB::GlobalTable': ['[("', '")]'],
  'AWS::SQS::Queue': ['[["', '"]]'],
  'AWS::Scheduler::ScheduleGroup': ['{{"', '"}}'],
  'AWS::Scheduler::Schedule': ['{{"', '"}}'],
  'AWS::SES::ConfigurationSet': ['(["', '"])'],
  'AWS::Logs::LogGroup': ['[("', '")]'],
  'AWS::SNS::Topic': ['>"', '"]'],
}

const kinds: Record<string, string> = {
  'AWS::ApiGatewayV2::Api': 'HTTP API',
  'AWS::DynamoDB::GlobalTable': 'DynamoDB',
  'AWS::SQS::Queue': 'SQS',
  'AWS::Scheduler::ScheduleGroup': 'one-time schedules',
  'AWS::Scheduler::Schedule': 'EventBridge Scheduler',
  'AWS::SES::ConfigurationSet': 'SES',
  'AWS::Logs::LogGroup': 'CloudWatch Logs',
  'AWS::SNS::Topic': 'SNS',
}

/** Rights that are an arrow, and what the arrow says. Whoever may write may read as well, and is drawn once. */
const drawn: Record<string, string> = {
  'dynamodb:UpdateItem': '',
  'sqs:SendMessage': '',
  'scheduler:CreateSchedule': 'sets',
  'ses:SendEmail': 'SendEmail',
  'ses:SendBulkEmail': 'SendBulkEmail',
}

const each = (value: unknown): unknown[] => (Array.isArray(value) ? value : value === undefined ? [] : [value])
const field = (value: unknown, ...path: string[]): unknown =>
  path.reduce<unknown>((inner, key) => (inner as Record<string, unknown> | undefined)?.[key], value)

/**
 * Two mermaid flowcharts of what a template holds: the way of a request and of a tip, and where that ends which fails.
 * Nothing is drawn that the template does not say.
 * @throws for a dead-letter queue that no alarm watches.
 */
export const diagramsOf = ({
  template,
  names,
}: Pick<Assembly, 'template' | 'names'>): { way: string; failures: string } => {
  const resources = (template.Resources ?? {}) as Record<string, Resource>
  /** A schedule group is not referred to in an ARN, but written out: CDK names it itself. */
  const groups = new Map(
    Object.entries(resources).flatMap(([id, { Type, Properties }]) =>
      Type === 'AWS::Scheduler::ScheduleGroup' ? [[String(field(Properties, 'Name')), id] as const] : [],
    ),
  )
  /** The logical ids that a value refers to, in the order in which they stand. */
  const refersTo = (value: unknown): string[] => {
    if (typeof value === 'string') return value.split(/[/:]/).flatMap((part) => groups.get(part) ?? [])
    if (typeof value !== 'object' || value === null) return []
    return Object.entries(value).flatMap(([key, inner]) => {
      if (key === 'Ref') return [String(inner)]
      if (key === 'Fn::GetAtt') return [String(each(inner)[0])]
      return refersTo(inner)
    })
  }
  const ofType = (type: string) => Object.entries(resources).filter(([, resource]) => resource.Type === type)
  const isA = (id: string | undefined, type: string): id is string => id !== undefined && resources[id]?.Type === type
  const firstOf = (type: string, value: unknown): string | undefined => refersTo(value).find((id) => isA(id, type))

  const redrives = ofType('AWS::SQS::Queue').flatMap(([id, { Properties }]) => {
    const to = firstOf('AWS::SQS::Queue', field(Properties, 'RedrivePolicy'))
    return to ? [{ from: id, to, says: `after ${field(Properties, 'RedrivePolicy', 'maxReceiveCount')} tries` }] : []
  })
  const mappings = ofType('AWS::Lambda::EventSourceMapping').map(([, { Properties }]) => ({
    from: refersTo(field(Properties, 'EventSourceArn'))[0] ?? '',
    to: refersTo(field(Properties, 'FunctionName'))[0] ?? '',
    dead: firstOf('AWS::SQS::Queue', field(Properties, 'DestinationConfig')),
    says: [
      isA(refersTo(field(Properties, 'EventSourceArn'))[0], 'AWS::DynamoDB::GlobalTable') ? 'stream, ' : '',
      Number(field(Properties, 'BatchSize')) === 1
        ? 'one at a time'
        : `batches of up to ${field(Properties, 'BatchSize')}`,
    ].join(''),
  }))
  const consumed = new Set(mappings.map(({ from }) => from))
  const isDead = (id: string): boolean => isA(id, 'AWS::SQS::Queue') && !consumed.has(id)

  const roleOf = new Map(
    ofType('AWS::Lambda::Function').map(([id, { Properties }]) => [refersTo(field(Properties, 'Role'))[0], id]),
  )
  for (const [id, { Properties }] of ofType('AWS::IAM::Role')) {
    // The role by which schedules ring: whoever holds it is the group that its trust names.
    const group = firstOf('AWS::Scheduler::ScheduleGroup', field(Properties, 'AssumeRolePolicyDocument'))
    if (group) roleOf.set(id, group)
  }
  const rights = ofType('AWS::IAM::Policy').flatMap(([, { Properties }]) => {
    const who = roleOf.get(refersTo(field(Properties, 'Roles'))[0])
    return each(field(Properties, 'PolicyDocument', 'Statement')).map((statement) => ({
      who,
      actions: each(field(statement, 'Action')).map(String),
      on: refersTo(field(statement, 'Resource')).filter((id) => shapes[resources[id]?.Type ?? '']),
    }))
  })
  const does = rights.flatMap(({ who, actions, on }): Arrow[] => {
    const says = actions.map((action) => drawn[action]).find((words) => words !== undefined)
    return who === undefined || says === undefined
      ? []
      : on.filter((to) => !isDead(to)).map((to) => ({ from: who, to, says }))
  })
  const looksUp = rights.flatMap(({ who, actions, on: [log] }): Arrow[] =>
    who && log && actions.includes('logs:FilterLogEvents')
      ? [{ from: log, to: who, says: 'looked up when an answer is lost', dotted: true }]
      : [],
  )
  /** Schedules are made while it runs, and told then where what they drop goes: to where their role may put it. */
  const dropped = rights.flatMap(({ who, on }): Arrow[] =>
    isA(who, 'AWS::Scheduler::ScheduleGroup') ? on.filter(isDead).map((to) => ({ from: who, to })) : [],
  )

  const routes = Map.groupBy(ofType('AWS::ApiGatewayV2::Route'), ([, { Properties }]) =>
    refersTo(field(Properties, 'Target')).join(),
  )
  const answers = ofType('AWS::ApiGatewayV2::Integration').map(
    ([id, { Properties }]): Arrow => ({
      from: firstOf('AWS::ApiGatewayV2::Api', field(Properties, 'ApiId')) ?? '',
      to: firstOf('AWS::Lambda::Function', field(Properties, 'IntegrationUri')) ?? '',
      says: `${routes.get(id)?.length ?? 0} routes`,
    }),
  )
  const schedules = ofType('AWS::Scheduler::Schedule').map(([from, { Properties }]) => ({
    from,
    to: refersTo(field(Properties, 'Target', 'Arn'))[0] ?? '',
    dead: firstOf('AWS::SQS::Queue', field(Properties, 'Target', 'DeadLetterConfig')),
  }))
  const rules = ofType('AWS::Events::Rule').flatMap(([, { Properties }]) => {
    const from = firstOf('AWS::SES::ConfigurationSet', field(Properties, 'EventPattern')) ?? ''
    const events = each(field(Properties, 'EventPattern', 'detail-type')).map((event) =>
      String(event)
        .replace(/^Email /, '')
        .toLowerCase(),
    )
    return each(field(Properties, 'Targets')).map((target) => ({
      from,
      to: refersTo(field(target, 'Arn')).find((id) => shapes[resources[id]?.Type ?? '']) ?? '',
      says: `EventBridge: ${events.length > 2 ? `${events.length} kinds of event` : events.join(', ')}`,
      dead: firstOf('AWS::SQS::Queue', field(target, 'DeadLetterConfig')),
    }))
  })
  const asynchronous = ofType('AWS::Lambda::EventInvokeConfig').map(([, { Properties }]) => ({
    from: refersTo(field(Properties, 'FunctionName'))[0] ?? '',
    dead: firstOf('AWS::SQS::Queue', field(Properties, 'DestinationConfig')),
  }))
  const label = (id: string): string => {
    const { Type = '', Properties } = resources[id] ?? {}
    const name = names.get(id) ?? id
    const called = Type === 'AWS::Scheduler::Schedule' ? String(field(Properties, 'ScheduleExpression')) : name
    const kind = kinds[Type]
    return kind && !called.includes(kind) ? `${kind}<br>${called}` : called
  }
  const draw = (arrows: Arrow[]): string => {
    const ids = [...new Set(arrows.flatMap(({ from, to }) => [from, to]))].filter((id) => resources[id])
    const key = (id: string): string => (names.get(id) ?? id).replaceAll('-', '_')
    const nodes = ids.map((id) => {
      const [open, close] = shapes[resources[id]?.Type ?? ''] ?? ['["', '"]']
      return `  ${key(id)}${open}${label(id)}${close}`
    })
    const unique = [...new Map(arrows.map((arrow) => [`${arrow.from} ${arrow.to} ${arrow.says}`, arrow])).values()]
    const lines = unique.map(({ from, to, says, dotted }) => {
      const line = dotted ? '-.->' : '-->'
      return `  ${key(from)} ${line}${says ? `|"${says}"|` : ''} ${key(to)}`
    })
    return ['```mermaid', 'flowchart LR', ...nodes, ...lines, '```'].join('\n')
  }

  const alarms = ofType('AWS::CloudWatch::Alarm')
  const failing: Arrow[] = [
    ...redrives,
    ...dropped,
    ...[...mappings, ...schedules, ...rules, ...asynchronous].flatMap(({ from, dead }) =>
      dead ? [{ from, to: dead }] : [],
    ),
  ]
  const watched = [...new Set(failing.map(({ to }) => to))].map((queue): Arrow => {
    const alarm = alarms.find(([, { Properties }]) => refersTo(field(Properties, 'Dimensions')).includes(queue))
    const topic = firstOf('AWS::SNS::Topic', field(alarm?.[1].Properties, 'AlarmActions'))
    if (!topic) throw new Error(`Nobody hears of what ends in ${names.get(queue) ?? queue}`)
    return { from: queue, to: topic, says: 'alarm', dotted: true }
  })
  return {
    way: draw([...answers, ...schedules, ...mappings, ...does, ...rules, ...looksUp]),
    failures: draw([...failing, ...watched]),
  }
}

/** `docs/architecture.md`, whole. */
export const architecturePage = (assembly: Pick<Assembly, 'template' | 'names'>): string => {
  const { way, failures } = diagramsOf(assembly)
  return `# What is deployed

Drawn by \`npm run diagram\` from the template of the stage \`prod\`; do not edit it by hand. Boxes are Lambda functions, each
\`functions/<name>.ts\`. An arrow to the table, a queue or SES is a right that the function has and uses.

## The way of a request and of a tip

${way}

## Where that ends which fails

What could not be done after its tries waits in a queue for dead letters, and somebody is told.
[The runbook](runbook.md#dead-letters) says how it is put back.

${failures}
`
}
