import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkTransformer, type InputTransformer, makesLogEvents } from './input-transformer.ts'
import { resolve, type Scope } from './intrinsics.ts'
import { checkPattern, type Pattern } from './pattern.ts'
import { type Properties, type ResourceType, resourceTypes, typesLeftToAws } from './resource-types.ts'

export const account = '000000000000'
export const region = 'us-east-1'

export type Table = {
  name: string
  properties: Properties<'AWS::DynamoDB::GlobalTable'> | Properties<'AWS::DynamoDB::Table'>
  timeToLive: string | undefined
}
export type Queue = {
  name: string
  arn: string
  visibilityMs: number
  delayMs: number
  retentionMs: number
  redrive: { to: string; maxReceives: number } | undefined
  /** Something ends here that failed elsewhere. */
  holdsDeadLetters: boolean
}
export type Fn = {
  name: string
  arn: string
  /** Folder of the bundled code, and `file.export` in it. */
  folder: string
  handler: string
  timeoutMs: number
  memoryMb: number
  environment: Record<string, string>
  /** Asynchronous invocations: how often again, until what age, and the ARN of the queue for what failed for good. */
  retries: number
  maxAgeMs: number
  onFailure: string | undefined
  /** Answers HTTP: may run twice at a time. */
  answersHttp: boolean
}
export type Mapping = {
  /** Stable over restarts: the position in the stream is kept under it. */
  id: string
  fn: string
  batchSize: number
  filters: Pattern[]
  reportsItemFailures: boolean
}
export type StreamMapping = Mapping & {
  table: string
  streamArn: string
  fromStart: boolean
  /** -1: for ever. */
  maxRetries: number
  maxAgeMs: number
  bisects: boolean
  onFailure: string | undefined
}
export type QueueMapping = Mapping & {
  queue: string
  /** How many batches the function may have at a time. */
  mostAtOnce: number
}
export type Target = { arn: string; input: string | undefined; deadLetterArn: string | undefined }
export type Recurring = {
  name: string
  group: string
  expression: string
  timeZone: string
  enabled: boolean
  target: Target
}
export type RuleTarget = {
  arn: string
  transformer: InputTransformer | undefined
  /** The name of the log group that the ARN stands for. */
  logGroup: string | undefined
  deadLetterArn: string | undefined
}
export type Rule = { name: string; arn: string; pattern: Pattern; targets: RuleTarget[] }
/** One to which a rule writes. */
export type LogGroup = { name: string; arn: string; retentionMs: number | undefined }
export type Route = { method: string; path: string; fn: string; timeoutMs: number }
export type ConfigurationSet = {
  name: string
  /** Unless it is paused later. */
  sendingEnabled: boolean
  /** Event types that go to the default bus, in capitals without separators: SEND, DELIVERYDELAY. */
  eventTypes: string[]
}

/** What the template asks for, in the words of the local cloud. */
export type Plan = {
  stack: string
  apiId: string
  tables: Table[]
  queues: Queue[]
  functions: Fn[]
  streamMappings: StreamMapping[]
  queueMappings: QueueMapping[]
  groups: string[]
  schedules: Recurring[]
  rules: Rule[]
  logGroups: LogGroup[]
  routes: Route[]
  configurationSets: ConfigurationSet[]
}

/** Where things answer on this machine, without a slash at the end. */
export type Places = { publicUrl: string; servicesUrl: string }

type Resource = { Type: string; Properties?: Record<string, unknown>; Condition?: string }
type Template = {
  Resources?: Record<string, Resource>
  Parameters?: Scope['parameters']
  Mappings?: Scope['mappings']
  Conditions?: Scope['conditions']
  Transform?: unknown
}
type Artifact = {
  type: string
  properties?: { templateFile?: string; stackName?: string; additionalMetadataFile?: string; file?: string }
  metadata?: Record<string, { type: string; data: unknown }[]>
  additionalMetadataFile?: string
}

export type Assembly = {
  folder: string
  stack: string
  template: Template
  /** Object key in the assets bucket → folder beside the template. */
  assets: Map<string, string>
  /** Logical id → path of the construct below the stack, as kebab-case: `mail-queue`. */
  names: Map<string, string>
}

const json = <T>(file: string): T => JSON.parse(readFileSync(file, 'utf8')) as T

/** Reads a synthesized cloud assembly. Throws when it holds no stack, or more than one: only one can run. */
export const readAssembly = (folder: string): Assembly => {
  const { artifacts = {} } = json<{ artifacts?: Record<string, Artifact> }>(join(folder, 'manifest.json'))
  const stacks = Object.entries(artifacts).filter(([, { type }]) => type === 'aws:cloudformation:stack')
  const [found, ...more] = stacks
  if (!found || more.length > 0) {
    const names = stacks.map(([id]) => id).join(', ') || 'none'
    throw new Error(`the local cloud runs an app of exactly one stack; ${folder} has: ${names}`)
  }
  const [id, artifact] = found
  const assets = new Map<string, string>()
  for (const { type, properties } of Object.values(artifacts)) {
    if (type !== 'cdk:asset-manifest' || !properties?.file) continue
    const { files = {} } = json<{
      files?: Record<string, { source: { path?: string }; destinations: Record<string, { objectKey: string }> }>
    }>(join(folder, properties.file))
    for (const { source, destinations } of Object.values(files)) {
      for (const { objectKey } of Object.values(destinations)) assets.set(objectKey, join(folder, source.path ?? ''))
    }
  }
  const extra = artifact.additionalMetadataFile ?? artifact.properties?.additionalMetadataFile
  const metadata = { ...artifact.metadata, ...(extra ? json<Artifact['metadata']>(join(folder, extra)) : {}) }
  const names = new Map<string, string>()
  for (const [path, entries] of Object.entries(metadata)) {
    for (const { type, data } of entries ?? []) {
      if (type === 'aws:cdk:logicalId') names.set(String(data), readable(path, id))
    }
  }
  return {
    folder,
    stack: artifact.properties?.stackName ?? id,
    template: json<Template>(join(folder, artifact.properties?.templateFile ?? `${id}.template.json`)),
    assets,
    names,
  }
}

/** `/interviews-dev/mail/queue/Resource` → `mail-queue`. */
const readable = (path: string, stack: string): string =>
  path
    .split('/')
    .filter((part) => part !== '' && part !== stack && part !== 'Resource' && part !== 'Default')
    .join('-')
    .replace(/[^a-zA-Z0-9-]+/g, '-')

const nameProperties: Partial<Record<string, string>> = {
  'AWS::DynamoDB::GlobalTable': 'TableName',
  'AWS::DynamoDB::Table': 'TableName',
  'AWS::SQS::Queue': 'QueueName',
  'AWS::Lambda::Function': 'FunctionName',
  'AWS::Events::Rule': 'Name',
  'AWS::Scheduler::Schedule': 'Name',
  'AWS::Scheduler::ScheduleGroup': 'Name',
  'AWS::SES::ConfigurationSet': 'Name',
  'AWS::SES::EmailIdentity': 'EmailIdentity',
  'AWS::IAM::Role': 'RoleName',
  'AWS::Logs::LogGroup': 'LogGroupName',
  'AWS::SNS::Topic': 'TopicName',
}

const arns: Record<string, (name: string) => string> = {
  'AWS::DynamoDB::GlobalTable': (name) => `arn:aws:dynamodb:${region}:${account}:table/${name}`,
  'AWS::DynamoDB::Table': (name) => `arn:aws:dynamodb:${region}:${account}:table/${name}`,
  'AWS::SQS::Queue': (name) => `arn:aws:sqs:${region}:${account}:${name}`,
  'AWS::Lambda::Function': (name) => `arn:aws:lambda:${region}:${account}:function:${name}`,
  'AWS::Events::Rule': (name) => `arn:aws:events:${region}:${account}:rule/${name}`,
  'AWS::Scheduler::ScheduleGroup': (name) => `arn:aws:scheduler:${region}:${account}:schedule-group/${name}`,
  'AWS::IAM::Role': (name) => `arn:aws:iam::${account}:role/${name}`,
  'AWS::Logs::LogGroup': (name) => `arn:aws:logs:${region}:${account}:log-group:${name}:*`,
  'AWS::SNS::Topic': (name) => `arn:aws:sns:${region}:${account}:${name}`,
}

/** The last part of a queue's or a function's ARN; a function's alias or version is not known here. */
export const nameOf = (arn: string): string => arn.slice(arn.lastIndexOf(':') + 1)

/** What the resources of the template are called here, and what its intrinsics stand for. */
export const namesIn = ({ template, stack, names }: Assembly, places: Places) => {
  const resources = template.Resources ?? {}
  const physical = (id: string): string => {
    const resource = resources[id]
    if (!resource) throw new Error(`no resource is called ${id}`)
    const given = resource.Properties?.[nameProperties[resource.Type] ?? '']
    if (given !== undefined) return String(resolve(given, scope))
    const short = names.get(id) ?? id.replace(/[0-9A-F]{8}$/, '')
    // A function goes by its short name: it is what people read in the log. Names of data carry the stack's.
    return resource.Type === 'AWS::Lambda::Function' ? short : `${stack}-${short}`
  }
  const ref = (id: string): string => {
    const type = resources[id]?.Type
    if (type === 'AWS::SQS::Queue') return `${places.servicesUrl}/${account}/${physical(id)}`
    if (type === 'AWS::ApiGatewayV2::Api') return apiIdOf(id)
    if (type === 'AWS::SNS::Topic') return arns[type]?.(physical(id)) ?? ''
    if (type === 'AWS::ApiGatewayV2::Integration') return id
    return physical(id)
  }
  const attribute = (id: string, name: string): string => {
    const type = resources[id]?.Type ?? ''
    if (name === 'Arn' && arns[type]) return arns[type](physical(id))
    if (name === 'StreamArn' && type.startsWith('AWS::DynamoDB::')) return `${arns[type]?.(physical(id))}/stream/local`
    if (type === 'AWS::SQS::Queue' && name === 'QueueName') return physical(id)
    if (type === 'AWS::SQS::Queue' && name === 'QueueUrl') return ref(id)
    if (type === 'AWS::ApiGatewayV2::Api' && name === 'ApiEndpoint') return places.publicUrl
    if (type === 'AWS::ApiGatewayV2::Api' && name === 'ApiId') return ref(id)
    throw new Error(`the local cloud does not know the attribute ${name} of ${type || id}`)
  }
  const scope: Scope = {
    parameters: template.Parameters ?? {},
    mappings: template.Mappings ?? {},
    conditions: template.Conditions ?? {},
    pseudo: {
      'AWS::AccountId': account,
      'AWS::Partition': 'aws',
      'AWS::Region': region,
      'AWS::StackId': `arn:aws:cloudformation:${region}:${account}:stack/${stack}/local`,
      'AWS::StackName': stack,
      'AWS::URLSuffix': 'amazonaws.com',
    },
    ref,
    attribute,
  }
  return { physical, attribute, scope }
}

/**
 * What the assembly's one stack asks for. Throws, with a line for each, when the template has a resource type, a property
 * or an intrinsic that the local cloud does not know.
 */
export const planOf = (assembly: Assembly, places: Places): Plan => {
  const { template, stack, names } = assembly
  const resources = template.Resources ?? {}
  const complaints: string[] = []
  if (template.Transform !== undefined) complaints.push('the template has a Transform')

  const { physical, attribute, scope } = namesIn(assembly, places)

  const read = new Map<string, { id: string; type: ResourceType; properties: unknown }>()
  for (const [id, resource] of Object.entries(resources)) {
    const where = `${resource.Type} ${names.get(id) ?? id}`
    try {
      if (resource.Condition !== undefined && resolve({ Condition: resource.Condition }, scope) !== true) continue
      if (typesLeftToAws.includes(resource.Type)) continue
      if (!Object.hasOwn(resourceTypes, resource.Type)) {
        complaints.push(`${where}: the local cloud does not know this resource type`)
        continue
      }
      const type = resource.Type as ResourceType
      const result = resourceTypes[type].safeParse(resolve(resource.Properties ?? {}, scope))
      if (result.success) read.set(id, { id, type, properties: result.data })
      else {
        for (const issue of result.error.issues) {
          const path = issue.path.join('.')
          if (issue.code === 'unrecognized_keys') {
            for (const key of issue.keys)
              complaints.push(`${where}: the local cloud does not know ${[path, key].filter(Boolean).join('.')}`)
          } else complaints.push(`${where}: ${path} is not what the local cloud can run (${issue.message})`)
        }
      }
    } catch (error) {
      complaints.push(`${where}: ${(error as Error).message}`)
    }
  }
  const all = <T extends ResourceType>(...types: T[]): { id: string; properties: Properties<T> }[] =>
    [...read.values()].filter(({ type }) => (types as string[]).includes(type)) as {
      id: string
      properties: Properties<T>
    }[]

  const functionIds = all('AWS::Lambda::Function')
  const queueArns = new Set(all('AWS::SQS::Queue').map(({ id }) => attribute(id, 'Arn')))
  const functionArns = new Set(functionIds.map(({ id }) => attribute(id, 'Arn')))
  const functionName = (nameOrArn: string, where: string): string => {
    const name = nameOf(nameOrArn)
    if (!functionArns.has(`arn:aws:lambda:${region}:${account}:function:${name}`))
      complaints.push(`${where}: no function here is ${nameOrArn}`)
    return name
  }
  const queueArn = (arn: string | undefined, where: string): string | undefined => {
    if (arn !== undefined && !queueArns.has(arn)) complaints.push(`${where}: no queue here is ${arn}`)
    return arn
  }
  const target = (arn: string, where: string): string => {
    if (!queueArns.has(arn) && !functionArns.has(arn))
      complaints.push(`${where}: the local cloud cannot deliver to ${arn}`)
    return arn
  }

  const tables = all('AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table').map(({ id, properties }): Table => {
    const ttl = properties.TimeToLiveSpecification
    return { name: physical(id), properties, timeToLive: ttl?.Enabled ? ttl.AttributeName : undefined }
  })

  const mappings = all('AWS::Lambda::EventSourceMapping').map(({ id, properties }) => {
    const where = `AWS::Lambda::EventSourceMapping ${names.get(id) ?? id}`
    const filters = (properties.FilterCriteria?.Filters ?? []).map(({ Pattern }) => JSON.parse(Pattern) as Pattern)
    try {
      for (const filter of filters) checkPattern(filter)
    } catch (error) {
      complaints.push(`${where}: ${(error as Error).message}`)
    }
    return {
      source: properties.EventSourceArn,
      enabled: properties.Enabled,
      where,
      properties,
      base: {
        id,
        fn: functionName(properties.FunctionName, where),
        filters,
        reportsItemFailures: properties.FunctionResponseTypes.length > 0,
      },
    }
  })
  const streamMappings: StreamMapping[] = []
  const queueMappings: QueueMapping[] = []
  for (const { source, enabled, where, properties, base } of mappings) {
    if (!enabled) continue
    const onTable = tables.find(
      ({ name }) => source === `arn:aws:dynamodb:${region}:${account}:table/${name}/stream/local`,
    )
    if (onTable) {
      streamMappings.push({
        ...base,
        batchSize: properties.BatchSize ?? 100,
        table: onTable.name,
        streamArn: source,
        fromStart: properties.StartingPosition !== 'LATEST',
        maxRetries: properties.MaximumRetryAttempts,
        maxAgeMs: properties.MaximumRecordAgeInSeconds * 1000,
        bisects: properties.BisectBatchOnFunctionError,
        onFailure: queueArn(properties.DestinationConfig?.OnFailure?.Destination, where),
      })
    } else if (queueArns.has(source)) {
      queueMappings.push({
        ...base,
        batchSize: properties.BatchSize ?? 10,
        queue: nameOf(source),
        mostAtOnce: properties.ScalingConfig?.MaximumConcurrency ?? Number.POSITIVE_INFINITY,
      })
    } else complaints.push(`${where}: the local cloud cannot read from ${source}`)
  }

  const integrations = new Map<string, Properties<'AWS::ApiGatewayV2::Integration'>>(
    all('AWS::ApiGatewayV2::Integration').map(({ id, properties }) => [`integrations/${id}`, properties] as const),
  )
  const routes = all('AWS::ApiGatewayV2::Route').flatMap(({ id, properties }): Route[] => {
    const where = `AWS::ApiGatewayV2::Route ${names.get(id) ?? id}`
    const integration = integrations.get(properties.Target)
    if (!integration) {
      complaints.push(`${where}: no integration here is ${properties.Target}`)
      return []
    }
    const [method = '', path = ''] = properties.RouteKey.split(' ')
    return [
      { method, path, fn: functionName(integration.IntegrationUri, where), timeoutMs: integration.TimeoutInMillis },
    ]
  })
  const apis = all('AWS::ApiGatewayV2::Api')
  if (apis.length > 1) complaints.push('the template has more than one AWS::ApiGatewayV2::Api; one can run on one port')
  const apiId = apis[0] ? apiIdOf(apis[0].id) : 'none'

  const invokeConfigs = new Map(
    all('AWS::Lambda::EventInvokeConfig').map(
      ({ properties }) => [nameOf(properties.FunctionName), properties] as const,
    ),
  )
  const answering = new Set(routes.map(({ fn }) => fn))
  // `httpApi.url` is written with the id; `apiEndpoint` is an attribute. Both mean this machine.
  const ownUrl = `https://${apiId}.execute-api.${region}.amazonaws.com`
  const functions = functionIds.map(({ id, properties }): Fn => {
    const where = `AWS::Lambda::Function ${names.get(id) ?? id}`
    const name = physical(id)
    const folder = assembly.assets.get(properties.Code.S3Key)
    if (!folder || !existsSync(folder))
      complaints.push(`${where}: its code ${properties.Code.S3Key} is not in the assembly`)
    const invoke = invokeConfigs.get(name)
    return {
      name,
      arn: attribute(id, 'Arn'),
      folder: folder ?? '',
      handler: properties.Handler,
      timeoutMs: properties.Timeout * 1000,
      memoryMb: properties.MemorySize,
      environment: Object.fromEntries(
        Object.entries(properties.Environment.Variables).map(([key, value]) => [
          key,
          String(value).replaceAll(ownUrl, places.publicUrl),
        ]),
      ),
      retries: invoke?.MaximumRetryAttempts ?? 2,
      maxAgeMs: (invoke?.MaximumEventAgeInSeconds ?? 21_600) * 1000,
      onFailure: queueArn(
        invoke?.DestinationConfig?.OnFailure?.Destination ?? properties.DeadLetterConfig?.TargetArn,
        where,
      ),
      answersHttp: answering.has(name),
    }
  })

  const schedules = all('AWS::Scheduler::Schedule').map(({ id, properties }): Recurring => {
    const where = `AWS::Scheduler::Schedule ${names.get(id) ?? id}`
    return {
      name: physical(id),
      group: properties.GroupName,
      expression: properties.ScheduleExpression,
      timeZone: properties.ScheduleExpressionTimezone ?? 'UTC',
      enabled: properties.State === 'ENABLED',
      target: {
        arn: target(properties.Target.Arn, where),
        input: properties.Target.Input,
        deadLetterArn: queueArn(properties.Target.DeadLetterConfig?.Arn, where),
      },
    }
  })

  // CDK writes the ARN of a target without the `:*` that the attribute has at its end.
  const groups = new Map(
    all('AWS::Logs::LogGroup').flatMap(({ id, properties }) => {
      const [name, arn, days] = [physical(id), attribute(id, 'Arn'), properties.RetentionInDays]
      const group: LogGroup = {
        name,
        arn: arn.replace(/:\*$/, ''),
        retentionMs: days === undefined ? undefined : days * 86_400_000,
      }
      return [[arn, group] as const, [group.arn, group] as const]
    }),
  )
  const rules = all('AWS::Events::Rule').flatMap(({ id, properties }): Rule[] => {
    const where = `AWS::Events::Rule ${names.get(id) ?? id}`
    const pattern = properties.EventPattern as Pattern
    try {
      checkPattern(pattern)
    } catch (error) {
      complaints.push(`${where}: ${(error as Error).message}`)
    }
    const targets = properties.Targets.map(({ Arn, InputTransformer: given, DeadLetterConfig }): RuleTarget => {
      const transformer = given && { paths: given.InputPathsMap, template: given.InputTemplate }
      const group = groups.get(Arn)
      try {
        if (transformer) checkTransformer(transformer)
      } catch (error) {
        complaints.push(`${where}: ${(error as Error).message}`)
      }
      if (group && transformer && !makesLogEvents(transformer))
        complaints.push(`${where}: a log group takes an object of "timestamp" and "message"`)
      return {
        arn: group ? Arn : target(Arn, where),
        transformer,
        logGroup: group?.name,
        deadLetterArn: queueArn(DeadLetterConfig?.Arn, where),
      }
    })
    return properties.State === 'ENABLED' ? [{ name: physical(id), arn: attribute(id, 'Arn'), pattern, targets }] : []
  })

  const destinations = all('AWS::SES::ConfigurationSetEventDestination')
  const configurationSets = all('AWS::SES::ConfigurationSet').map(({ id, properties }): ConfigurationSet => {
    const name = physical(id)
    const eventTypes = destinations
      .filter(({ properties }) => properties.ConfigurationSetName === name)
      .filter(
        ({ properties }) => properties.EventDestination.Enabled && properties.EventDestination.EventBridgeDestination,
      )
      .flatMap(({ properties }) => properties.EventDestination.MatchingEventTypes)
    const sendingEnabled = properties.SendingOptions?.SendingEnabled ?? true
    return {
      name,
      sendingEnabled,
      eventTypes: [...new Set(eventTypes.map((type) => type.replace(/[^a-z]/gi, '').toUpperCase()))],
    }
  })

  const deadLetterArns = new Set(
    [
      ...all('AWS::SQS::Queue').map(({ properties }) => properties.RedrivePolicy?.deadLetterTargetArn),
      ...streamMappings.map(({ onFailure }) => onFailure),
      ...functions.map(({ onFailure }) => onFailure),
      ...schedules.map(({ target }) => target.deadLetterArn),
      ...all('AWS::Events::Rule').flatMap(({ properties }) =>
        properties.Targets.map((one) => one.DeadLetterConfig?.Arn),
      ),
    ].filter((arn) => arn !== undefined),
  )
  const fed = new Set(queueMappings.map(({ queue }) => queue))
  const queues = all('AWS::SQS::Queue').map(({ id, properties }): Queue => {
    const where = `AWS::SQS::Queue ${names.get(id) ?? id}`
    const { RedrivePolicy: redrive } = properties
    const arn = attribute(id, 'Arn')
    queueArn(redrive?.deadLetterTargetArn, where)
    return {
      name: physical(id),
      arn,
      visibilityMs: properties.VisibilityTimeout * 1000,
      delayMs: properties.DelaySeconds * 1000,
      retentionMs: properties.MessageRetentionPeriod * 1000,
      redrive: redrive && { to: nameOf(redrive.deadLetterTargetArn), maxReceives: redrive.maxReceiveCount },
      // Also one that a schedule made at run time names: nobody reads from it.
      holdsDeadLetters: deadLetterArns.has(arn) || !fed.has(physical(id)),
    }
  })

  if (complaints.length > 0)
    throw new Error(`this template cannot run on a laptop:\n${complaints.map((one) => `  - ${one}`).join('\n')}`)
  return {
    stack,
    apiId,
    tables,
    queues,
    functions,
    streamMappings,
    queueMappings,
    groups: ['default', ...all('AWS::Scheduler::ScheduleGroup').map(({ id }) => physical(id))],
    schedules,
    rules,
    logGroups: [...new Set(rules.flatMap(({ targets }) => targets.flatMap(({ arn }) => groups.get(arn) ?? [])))],
    routes,
    configurationSets,
  }
}

const apiIdOf = (id: string): string =>
  id
    .toLowerCase()
    .replace(/[^a-z0-9]/g, '')
    .slice(-10)
    .padStart(10, '0')
