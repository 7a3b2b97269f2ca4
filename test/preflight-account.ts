import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { App } from 'aws-cdk-lib'
import { Template } from 'aws-cdk-lib/assertions'
import { InterviewsStack } from '../infra/interviews-stack.ts'
import { type Deployment, stageJson, stages } from '../infra/stages.ts'
import { settings } from '../infra/synthesis.ts'
import { resolve, type Scope } from '../local/intrinsics.ts'
import type { Dns } from '../ops/checks/dns.ts'

export const accountId = '123456789012'
export const region = 'us-east-1'

/** A university that has read infra/stages.ts. */
export const campus: Deployment = {
  ...stages.prod,
  brand: {
    name: 'Campus Talks',
    postalAddress: 'Career Centre, 12 College Road, Springfield, IL 62701, USA',
    supportAddress: 'careers@campus.edu',
  },
  sender: { name: 'Campus Talks', address: 'talks@campus.edu' },
  addressKey: 'q3Hk0Jm2bXv9Lr7sTz1Wc5Yd',
  cloud: { ...stages.prod.cloud, env: { account: accountId, region }, alarmsTo: 'oncall@campus.edu' },
}

// biome-ignore lint/suspicious/noExplicitAny: the answers of ten services have as many shapes, and faults are made in all of them
type Json = any

/** What a question is answered with; or with which error. */
export type Refusal = { status: number; code: string; message?: string }

type Resource = { Type: string; Properties: Json }

/** What the stack of a stage is made of: the synthesized template, with a name for everything as AWS would give it. */
const deployedFrom = (deployment: Deployment) => {
  const app = new App({ ...settings, context: { 'aws:cdk:bundling-stacks': [] } })
  const stack = new InterviewsStack(app, `interviews-${deployment.name}`, deployment)
  const resources: Record<string, Resource> = Template.fromStack(stack).toJSON().Resources
  const arn = (service: string, rest: string): string => `arn:aws:${service}:${region}:${accountId}:${rest}`
  const nameOf = (id: string): string => {
    const { Type, Properties } = resources[id] as Resource
    const name = `${stack.stackName}-${id}-1A2B3C4D5E6F`
    if (Type === 'AWS::SES::EmailIdentity') return Properties.EmailIdentity
    if (Type === 'AWS::Scheduler::ScheduleGroup') return Properties.Name
    if (Type === 'AWS::Logs::LogGroup' && Properties.LogGroupName) return Properties.LogGroupName
    if (Type === 'AWS::SNS::Topic') return arn('sns', name)
    if (Type === 'AWS::Lambda::EventSourceMapping') return `${id.slice(0, 8)}-0000-4000-8000-000000000000`
    return name
  }
  const arnOf: Record<string, (name: string) => string> = {
    'AWS::Lambda::Function': (name) => arn('lambda', `function:${name}`),
    'AWS::Scheduler::ScheduleGroup': (name) => arn('scheduler', `schedule-group/${name}`),
    'AWS::SQS::Queue': (name) => arn('sqs', name),
    'AWS::IAM::Role': (name) => `arn:aws:iam::${accountId}:role/${name}`,
  }
  const scope: Scope = {
    parameters: {},
    mappings: {},
    conditions: {},
    pseudo: {
      'AWS::Region': region,
      'AWS::AccountId': accountId,
      'AWS::Partition': 'aws',
      'AWS::URLSuffix': 'amazonaws.com',
    },
    ref: nameOf,
    attribute: (id, attribute) => {
      const make = arnOf[resources[id]?.Type ?? '']
      return attribute === 'Arn' && make ? make(nameOf(id)) : `${nameOf(id)}.${attribute}`
    },
  }
  const all = Object.entries(resources).map(([id, { Type, Properties }]) => ({
    id,
    type: Type,
    name: nameOf(id),
    properties: resolve(Properties ?? {}, scope) as Json,
  }))
  return { all, ofType: (type: string) => all.filter((one) => one.type === type), nameOf }
}

const SCREAMING: Record<string, string> = { deliveryDelay: 'DELIVERY_DELAY', renderingFailure: 'RENDERING_FAILURE' }

/**
 * What an account in good order answers, by the name of the right that each question needs and, after a blank, what it is
 * asked about: `ses:GetAccount`, `events:DescribeRule <name>`. Faults are made by changing it.
 */
const answersOf = (deployment: Deployment, url: string) => {
  const stack = deployedFrom(deployment)
  const stackName = `interviews-${deployment.name}`
  const answers: Record<string, Json | Refusal> = {
    'sts:GetCallerIdentity': { Account: accountId, Arn: `arn:aws:iam::${accountId}:user/ada`, UserId: 'AIDAEXAMPLE' },
    [`cloudformation:DescribeStacks ${stackName}`]: {
      StackName: stackName,
      StackStatus: 'UPDATE_COMPLETE',
      CreationTime: '2026-11-20T12:00:00Z',
      EnableTerminationProtection: deployment.cloud.keepData,
      Outputs: [
        { OutputKey: 'Url', OutputValue: url },
        { OutputKey: 'Table', OutputValue: stack.ofType('AWS::DynamoDB::GlobalTable')[0]?.name },
      ],
    },
    'cloudformation:DescribeStacks CDKToolkit': {
      StackName: 'CDKToolkit',
      StackStatus: 'CREATE_COMPLETE',
      CreationTime: '2026-11-20T11:00:00Z',
      Outputs: [{ OutputKey: 'BootstrapVersion', OutputValue: '28' }],
    },
    'cloudformation:ListStackResources': stack.all.map(({ id, type, name }) => ({
      LogicalResourceId: id,
      PhysicalResourceId: name,
      ResourceType: type,
      ResourceStatus: 'CREATE_COMPLETE',
      LastUpdatedTimestamp: '2026-11-20T12:00:00Z',
    })),
    'cloudformation:DescribeStackEvents': [],
    'ses:GetAccount': {
      DedicatedIpAutoWarmupEnabled: true,
      EnforcementStatus: 'HEALTHY',
      ProductionAccessEnabled: true,
      SendingEnabled: true,
      SendQuota: { Max24HourSend: 50_000, MaxSendRate: 14, SentLast24Hours: 1200 },
      SuppressionAttributes: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
      Details: { MailType: 'TRANSACTIONAL', ReviewDetails: { Status: 'GRANTED', CaseId: '173000000000001' } },
      PricingAttributes: { CurrentPlan: 'NONE' },
    },
    'ses:SendEmail': { MessageId: '0100018c0ffee000-preflight' },
    'lambda:GetAccountSettings': {
      AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 900, TotalCodeSize: 80530636800 },
      AccountUsage: { FunctionCount: 9 },
    },
    'servicequotas:ListServiceQuotas': {
      Quotas: [
        { ServiceCode: 'scheduler', QuotaName: 'Number of schedules', Value: 10_000_000, Adjustable: true },
        { ServiceCode: 'scheduler', QuotaName: 'CreateSchedule request rate', Value: 5000, Adjustable: true },
      ],
    },
    'scheduler:ListSchedules': { Schedules: [{ Name: '01JDADA-follow-up-1', State: 'ENABLED' }] },
  }
  const domain = deployment.sender.address.split('@')[1] as string
  answers[`ses:GetEmailIdentity ${deployment.cloud.senderIdentity === 'domain' ? domain : deployment.sender.address}`] =
    {
      IdentityType: deployment.cloud.senderIdentity === 'domain' ? 'DOMAIN' : 'EMAIL_ADDRESS',
      VerifiedForSendingStatus: true,
      VerificationStatus: 'SUCCESS',
      DkimAttributes: {
        SigningEnabled: true,
        Status: 'SUCCESS',
        Tokens: ['aaaa1111', 'bbbb2222', 'cccc3333'],
        SigningAttributesOrigin: 'AWS_SES',
      },
      MailFromAttributes: {
        MailFromDomain: `mail.${domain}`,
        MailFromDomainStatus: 'SUCCESS',
        BehaviorOnMxFailure: 'USE_DEFAULT_VALUE',
      },
    }
  for (const { name, properties } of stack.ofType('AWS::SES::ConfigurationSet')) {
    answers[`ses:GetConfigurationSet ${name}`] = {
      ConfigurationSetName: name,
      SendingOptions: { SendingEnabled: true },
      ReputationOptions: properties.ReputationOptions,
      SuppressionOptions: properties.SuppressionOptions,
    }
  }
  for (const { properties } of stack.ofType('AWS::SES::ConfigurationSetEventDestination')) {
    const { EventBridgeDestination, MatchingEventTypes, Enabled } = properties.EventDestination
    answers[`ses:GetConfigurationSetEventDestinations ${properties.ConfigurationSetName}`] = {
      EventDestinations: [
        {
          Name: 'outcomes-1A2B3C',
          Enabled,
          // What the template calls deliveryDelay the API calls DELIVERY_DELAY.
          MatchingEventTypes: MatchingEventTypes.map((event: string) => SCREAMING[event] ?? event.toUpperCase()),
          EventBridgeDestination,
        },
      ],
    }
  }
  for (const { name, properties } of stack.ofType('AWS::Events::Rule')) {
    const { State, Description, EventPattern, Targets } = properties
    answers[`events:DescribeRule ${name}`] = {
      Name: name,
      State,
      Description,
      EventPattern: JSON.stringify(EventPattern),
    }
    answers[`events:ListTargetsByRule ${name}`] = { Targets }
  }
  for (const { name, properties } of stack.ofType('AWS::Scheduler::Schedule')) {
    answers[`scheduler:GetSchedule ${name}`] = {
      Name: name,
      State: properties.State,
      Description: properties.Description,
    }
  }
  for (const { name } of stack.ofType('AWS::Scheduler::ScheduleGroup')) {
    answers[`scheduler:GetScheduleGroup ${name}`] = { Name: name, State: 'ACTIVE' }
  }
  for (const { name, properties } of stack.ofType('AWS::IAM::Role')) {
    answers[`iam:GetRole ${name}`] = {
      RoleName: name,
      Path: '/',
      RoleId: 'AROAEXAMPLE',
      Arn: `arn:aws:iam::${accountId}:role/${name}`,
      CreateDate: '2026-11-20T12:00:00Z',
      // As it is answered: a document in a URL's escapes.
      AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(properties.AssumeRolePolicyDocument)),
    }
  }
  for (const { name, properties } of stack.ofType('AWS::Lambda::EventSourceMapping')) {
    answers[`lambda:GetEventSourceMapping ${name}`] = {
      UUID: name,
      State: 'Enabled',
      FunctionArn: `arn:aws:lambda:${region}:${accountId}:function:${properties.FunctionName}`,
      LastProcessingResult: 'OK',
    }
  }
  for (const { name, properties } of stack.ofType('AWS::Lambda::Function')) {
    answers[`lambda:GetFunctionConfiguration ${name}`] = {
      FunctionName: name,
      State: 'Active',
      Environment: {
        Variables: { STAGE: stageJson(deployment), NODE_OPTIONS: properties.Environment.Variables.NODE_OPTIONS },
      },
    }
  }
  for (const { name } of stack.ofType('AWS::DynamoDB::GlobalTable')) {
    answers[`dynamodb:DescribeTable ${name}`] = {
      Table: {
        TableName: name,
        TableStatus: 'ACTIVE',
        DeletionProtectionEnabled: deployment.cloud.keepData,
        StreamSpecification: { StreamEnabled: true, StreamViewType: 'NEW_AND_OLD_IMAGES' },
        GlobalSecondaryIndexes: [{ IndexName: 'due', IndexStatus: 'ACTIVE' }],
      },
    }
    answers[`dynamodb:DescribeContinuousBackups ${name}`] = {
      ContinuousBackupsDescription: {
        ContinuousBackupsStatus: 'ENABLED',
        PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'ENABLED' },
      },
    }
    answers[`dynamodb:DescribeTimeToLive ${name}`] = {
      TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'expiresAt' },
    }
  }
  answers['cloudwatch:DescribeAlarms'] = {
    MetricAlarms: stack.ofType('AWS::CloudWatch::Alarm').map(({ name, properties }) => ({
      AlarmName: name,
      AlarmDescription: properties.AlarmDescription,
      StateValue: 'OK',
      ActionsEnabled: true,
    })),
  }
  answers['sns:ListSubscriptionsByTopic'] = stack.ofType('AWS::SNS::Subscription').map(({ properties }) => ({
    SubscriptionArn: `${properties.TopicArn}:0f0f0f0f-0000-4000-8000-000000000000`,
    Owner: accountId,
    Protocol: properties.Protocol,
    Endpoint: properties.Endpoint,
    TopicArn: properties.TopicArn,
  }))
  /** The name of the one of a kind, as AWS would have given it. */
  const name = (type: string, construct = ''): string => {
    const found = stack.ofType(type).find(({ id }) => id.startsWith(construct))
    if (!found) throw new Error(`the template has no ${type} ${construct}`)
    return found.name
  }
  return { answers, name }
}

const xml = (value: Json): string =>
  Array.isArray(value)
    ? value.map((one) => `<member>${xml(one)}</member>`).join('')
    : typeof value === 'object' && value !== null
      ? Object.entries(value)
          .filter(([, one]) => one !== undefined)
          .map(([key, one]) => `<${key}>${xml(one)}</${key}>`)
          .join('')
      : String(value).replaceAll('&', '&amp;').replaceAll('<', '&lt;')

const inXml: Record<string, (answer: Json) => Json> = {
  'cloudformation:DescribeStacks': (stack) => ({ Stacks: [stack] }),
  'cloudformation:ListStackResources': (all) => ({ StackResourceSummaries: all }),
  'cloudformation:DescribeStackEvents': (all) => ({ StackEvents: all }),
  'iam:GetRole': (role) => ({ Role: role }),
  'sns:ListSubscriptionsByTopic': (all) => ({ Subscriptions: all }),
}

type Asked = { right: string; about?: string | undefined; isXml?: boolean }

/** Of each REST path what is asked, and about what. */
const paths: [method: string, path: RegExp, right: string][] = [
  ['GET', /^\/v2\/email\/account$/, 'ses:GetAccount'],
  ['GET', /^\/v2\/email\/identities\/([^/]+)$/, 'ses:GetEmailIdentity'],
  ['GET', /^\/v2\/email\/configuration-sets\/([^/]+)$/, 'ses:GetConfigurationSet'],
  ['GET', /^\/v2\/email\/configuration-sets\/([^/]+)\/event-destinations$/, 'ses:GetConfigurationSetEventDestinations'],
  ['POST', /^\/v2\/email\/outbound-emails$/, 'ses:SendEmail'],
  ['GET', /^\/schedule-groups\/([^/]+)$/, 'scheduler:GetScheduleGroup'],
  ['GET', /^\/schedules\/([^/]+)$/, 'scheduler:GetSchedule'],
  ['GET', /^\/schedules$/, 'scheduler:ListSchedules'],
  ['GET', /^\/2016-08-19\/account-settings\/?$/, 'lambda:GetAccountSettings'],
  ['GET', /^\/2015-03-31\/functions\/([^/]+)\/configuration$/, 'lambda:GetFunctionConfiguration'],
  ['GET', /^\/2015-03-31\/event-source-mappings\/([^/]+)$/, 'lambda:GetEventSourceMapping'],
]

const prefixes: Record<string, string> = { monitoring: 'cloudwatch' }

/** What a signed call asks for: by its form for the old services, by its target for the next, by its path for the rest. */
const askedBy = (service: string, request: IncomingMessage, body: string): Asked => {
  const target = request.headers['x-amz-target']
  const prefix = prefixes[service] ?? service
  if (typeof target === 'string') {
    const { TableName, Name, Rule } = JSON.parse(body)
    return { right: `${prefix}:${target.split('.').at(-1)}`, about: TableName ?? Name ?? Rule }
  }
  if (/^(sts|iam|cloudformation|sns)$/.test(service)) {
    const form = new URLSearchParams(body)
    const action = form.get('Action')
    const about = action === 'DescribeStacks' ? form.get('StackName') : form.get('RoleName')
    return { right: `${prefix}:${action}`, about: about ?? undefined, isXml: true }
  }
  const path = new URL(request.url ?? '', 'http://aws').pathname
  for (const [method, pattern, right] of paths) {
    const match = method === request.method ? pattern.exec(path) : null
    if (match) return { right, about: match[1] && decodeURIComponent(match[1]) }
  }
  throw new Error(`nobody has said what ${service} answers to ${request.method} ${path}`)
}

const missing: Record<string, Refusal> = {
  cloudformation: { status: 400, code: 'ValidationError', message: 'Stack with id does not exist' },
  iam: { status: 404, code: 'NoSuchEntity', message: 'The role cannot be found.' },
  ses: { status: 404, code: 'NotFoundException' },
}

const isRefusal = (answer: Json): answer is Refusal =>
  typeof answer?.code === 'string' && typeof answer?.status === 'number'

/** Our own pages, as they answer when all is well. */
const pages = {
  health: { status: 200, headers: { 'content-type': 'application/json; charset=utf-8' }, body: '{"ok":true}' },
  unsubscribe: {
    status: 404,
    headers: { 'content-type': 'application/problem+json; charset=utf-8' },
    body: '{"title":"There is nothing here","status":404}',
  },
}
export type Page = { status: number; headers: Record<string, string>; body: string } | { cut: true }

const dnsOf = (): Record<string, string[]> => ({
  'CNAME aaaa1111._domainkey.campus.edu': ['aaaa1111.dkim.amazonses.com'],
  'CNAME bbbb2222._domainkey.campus.edu': ['bbbb2222.dkim.amazonses.com'],
  'CNAME cccc3333._domainkey.campus.edu': ['cccc3333.dkim.amazonses.com'],
  'MX mail.campus.edu': ['10 feedback-smtp.us-east-1.amazonses.com'],
  'TXT mail.campus.edu': ['v=spf1 include:amazonses.com ~all'],
  'TXT _dmarc.campus.edu': ['v=DMARC1; p=none; rua=mailto:careers@campus.edu'],
})

/**
 * An account on a port of this machine. Every answer is written after the API models of the services, and none was
 * recorded: no AWS was called.
 */
export const openAccount = async () => {
  let healthy: ReturnType<typeof answersOf> | undefined
  const account = {
    url: '',
    answers: {} as Record<string, Json | Refusal>,
    name: (() => '') as (type: string, construct?: string) => string,
    /** Rights that these credentials lack; `all` for every one but to ask who one is. */
    denied: new Set<string>(),
    /** Services that give no answer, by the name that a call is signed for. */
    silent: new Set<string>(),
    pages: { ...pages } as Record<keyof typeof pages, Page>,
    records: dnsOf(),
    dnsIsDown: false,
    /** What was asked, in order. */
    asked: [] as { right: string; body: string }[],
    presses: [] as { type: string; body: string }[],
    /** As it is when nothing is wrong. */
    heal: () => {
      healthy ??= answersOf(campus, account.url)
      Object.assign(account, { answers: structuredClone(healthy.answers), name: healthy.name })
      account.denied.clear()
      account.silent.clear()
      Object.assign(account, { pages: { ...pages }, records: dnsOf(), dnsIsDown: false, asked: [], presses: [] })
    },
    /** As it is before the first deployment. */
    undeploy: () => {
      for (const key of Object.keys(account.answers)) {
        if (/EmailIdentity|ConfigurationSet/.test(key)) delete account.answers[key]
      }
      delete account.answers[`cloudformation:DescribeStacks interviews-${campus.name}`]
    },
    dns: {
      resolveCname: async (name: string) => account.lookUp('CNAME', name),
      resolveTxt: async (name: string) => account.lookUp('TXT', name).map((text) => [text]),
      resolveMx: async (name: string) =>
        account.lookUp('MX', name).map((text) => {
          const [priority, exchange = ''] = text.split(' ')
          return { priority: Number(priority), exchange }
        }),
    } as Dns,
    lookUp: (type: string, name: string): string[] => {
      const found = account.records[`${type} ${name}`]
      if (found && !account.dnsIsDown) return found
      const code = account.dnsIsDown ? 'ETIMEOUT' : 'ENOTFOUND'
      throw Object.assign(new Error(`query${type} ${code} ${name}`), { code })
    },
    close: (): void => void server.close(),
  }

  const answerOf = ({ right, about }: Asked, service: string): Json | Refusal => {
    if (account.denied.has(right) || (account.denied.has('all') && service !== 'sts')) {
      const message = `User: arn:aws:iam::${accountId}:user/ada is not authorized to perform: ${right}`
      return { status: 403, code: service === 'sns' ? 'AuthorizationError' : 'AccessDeniedException', message }
    }
    const answer = account.answers[about ? `${right} ${about}` : right] ?? account.answers[right]
    return answer ?? missing[service] ?? { status: 400, code: 'ResourceNotFoundException' }
  }

  const answerAws = (service: string, request: IncomingMessage, response: ServerResponse, body: string): void => {
    if (account.silent.has(service)) return void request.socket.destroy()
    const asked = askedBy(service, request, body)
    account.asked.push({ right: asked.right, body })
    const answer = answerOf(asked, service)
    if (asked.isXml) {
      const action = asked.right.split(':')[1]
      if (isRefusal(answer)) {
        const error = { Type: 'Sender', Code: answer.code, Message: answer.message ?? answer.code }
        response.writeHead(answer.status, { 'content-type': 'text/xml' })
        response.end(xml({ ErrorResponse: { Error: error, RequestId: 'r' } }))
      } else {
        response.writeHead(200, { 'content-type': 'text/xml' })
        const result = (inXml[asked.right] ?? ((one: Json) => one))(answer)
        response.end(
          xml({ [`${action}Response`]: { [`${action}Result`]: result, ResponseMetadata: { RequestId: 'r' } } }),
        )
      }
      return
    }
    const refused = isRefusal(answer)
    response.writeHead(refused ? answer.status : 200, {
      'content-type': 'application/json',
      ...(refused ? { 'x-amzn-errortype': answer.code } : {}),
    })
    response.end(JSON.stringify(refused ? { __type: answer.code, message: answer.message ?? answer.code } : answer))
  }

  const answerPage = (request: IncomingMessage, response: ServerResponse, body: string): void => {
    const isPress =
      request.method === 'POST' && /^\/subscriptions\/[\w-]+\/[\w-]{22}\/unsubscribe$/.test(request.url ?? '')
    if (isPress) account.presses.push({ type: request.headers['content-type'] ?? '', body })
    const page = isPress ? account.pages.unsubscribe : account.pages.health
    if ('cut' in page) return void request.socket.destroy()
    response.writeHead(page.status, page.headers)
    response.end(page.body)
  }

  const server = createServer((request, response) => {
    let body = ''
    request.on('data', (chunk) => {
      body += chunk
    })
    request.on('end', () => {
      // `Credential=<key>/<date>/<region>/<service>/aws4_request`
      const [, service] = /Credential=[^/]+\/\d+\/[^/]+\/([^/]+)\//.exec(request.headers.authorization ?? '') ?? []
      if (service) answerAws(service, request, response, body)
      else answerPage(request, response, body)
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  account.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: account.url,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_MAX_ATTEMPTS: '1',
  })
  return account
}
export type Account = Awaited<ReturnType<typeof openAccount>>
