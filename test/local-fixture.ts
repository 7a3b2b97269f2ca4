import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { neverOnLambda } from '../infra/bundling.ts'
import { type Cloud, type CloudOptions, startCloud } from '../local/cloud.ts'

/**
 * A small cloud assembly, written by hand: one of each thing that the local cloud runs. Its functions do what the test
 * says in their input, with the real SDK, and write down in the table what they got.
 */

const handlers: Record<string, string> = {
  // Runs a list of SDK calls: [[client, command, input], …].
  web: `
    const clients = {
      dynamodb: [require('@aws-sdk/client-dynamodb'), 'DynamoDBClient'],
      sqs: [require('@aws-sdk/client-sqs'), 'SQSClient'],
      scheduler: [require('@aws-sdk/client-scheduler'), 'SchedulerClient'],
      ses: [require('@aws-sdk/client-sesv2'), 'SESv2Client'],
    }
    exports.handler = async (event) => {
      if (event.rawPath === '/hang') await new Promise((done) => setTimeout(done, 60000))
      if (event.rawPath === '/throw') throw new TypeError('thrown on purpose')
      if (event.rawPath !== '/do') return { statusCode: 200, headers: { 'X-Seen': 'yes' }, cookies: ['a=1', 'b=2'], body: JSON.stringify(event) }
      const answers = []
      for (const [client, command, input] of JSON.parse(event.body)) {
        const filled = JSON.parse(JSON.stringify(input).replace(/\\$([A-Z_]+)/g, (_, key) => process.env[key]))
        if (client === 'logs') {
          const response = await fetch(process.env.AWS_ENDPOINT_URL_CLOUDWATCH_LOGS, {
            method: 'POST',
            headers: { 'content-type': 'application/x-amz-json-1.1', 'x-amz-target': 'Logs_20140328.' + command },
            body: JSON.stringify(filled),
          })
          const output = await response.json()
          answers.push(response.ok ? output : { error: output.__type, message: output.message, status: response.status })
          continue
        }
        const [sdk, name] = clients[client]
        const made = new sdk[name]({ maxAttempts: 1 })
        try {
          const { $metadata, ...output } = await made.send(new sdk[command + 'Command'](filled))
          answers.push(output)
        } catch (error) {
          answers.push({ error: error.name, message: error.message, status: error.$metadata?.httpStatusCode })
        }
      }
      return { statusCode: 200, headers: { 'content-type': 'application/json' }, body: JSON.stringify(answers) }
    }`,
  // Writes down each message; fails as often as the message says.
  work: `
    exports.handler = async ({ Records }) => {
      const batchItemFailures = []
      for (const record of Records) {
        const body = JSON.parse(record.body)
        const count = Number(record.attributes.ApproximateReceiveCount)
        await note('work', { body, count, size: Records.length })
        if (body.hang && count <= body.hang) await new Promise((done) => setTimeout(done, 60000))
        if (body.throws) throw new Error('asked to throw')
        if (count <= (body.fails ?? 0)) batchItemFailures.push({ itemIdentifier: record.messageId })
      }
      return { batchItemFailures }
    }`,
  // Writes down the keys of each batch; a record that says so makes it throw, or is reported as failed.
  watch: `
    exports.handler = async ({ Records }) => {
      await note('watch', {
        keys: Records.map(({ dynamodb }) => dynamodb.Keys.sk.S),
        names: Records.map(({ eventName }) => eventName),
        by: Records.map(({ userIdentity }) => userIdentity?.principalId ?? 'user'),
      })
      const batchItemFailures = []
      for (const { dynamodb } of Records) {
        const image = dynamodb.NewImage ?? {}
        if (image.throws) throw new Error('poison')
        if (image.fails) batchItemFailures.push({ itemIdentifier: dynamodb.SequenceNumber })
      }
      return { batchItemFailures }
    }`,
  outcome: `
    exports.handler = async (event) => {
      if (event.fails) throw new Error('asked to fail')
      await note('outcome', event['detail-type']
        ? { type: event['detail-type'], event: event.detail.eventType, to: event.detail.mail.destination, tags: event.detail.mail.tags, detail: event.detail }
        : event)
    }`,
  tick: 'exports.handler = async () => { globalThis.runs = (globalThis.runs ?? 0) + 1; console.log(JSON.stringify({ tick: Date.now() })) }',
}

const note = `
  const { DynamoDBClient, PutItemCommand } = require('@aws-sdk/client-dynamodb')
  const { randomUUID } = require('node:crypto')
  const client = new DynamoDBClient({})
  const note = (who, what) => client.send(new PutItemCommand({ TableName: process.env.TABLE, Item: {
    pk: { S: 'NOTE' }, sk: { S: who + '#' + new Date().toISOString() + '#' + process.hrtime.bigint() + '#' + randomUUID() },
    who: { S: who }, at: { S: new Date().toISOString() }, what: { S: JSON.stringify(what) },
  } }))`

const bundled = new Map<string, string>()

/** The code of a handler with the SDK in it, as functions are deployed; built once. */
const bundle = (name: string): string => {
  const known = bundled.get(name)
  if (known !== undefined) return known
  const code = handlers[name] ?? ''
  const { outputFiles } = buildSync({
    stdin: { contents: (code.includes('note(') ? note : '') + code, resolveDir: join(import.meta.dirname, '..') },
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'cjs',
    mainFields: ['module', 'main'],
    minify: true,
    external: neverOnLambda,
    write: false,
  })
  const text = outputFiles[0]?.text ?? ''
  bundled.set(name, text)
  return text
}

type Resources = Record<string, { Type: string; Properties?: unknown; Condition?: string }>

const fn = (name: string, more: object = {}): Resources[string] => ({
  Type: 'AWS::Lambda::Function',
  Properties: {
    FunctionName: name,
    Code: { S3Bucket: { 'Fn::Join': ['-', ['assets', { Ref: 'AWS::AccountId' }]] }, S3Key: `${name}.zip` },
    Handler: 'index.handler',
    Runtime: 'nodejs24.x',
    Timeout: 2,
    MemorySize: 128,
    Role: { 'Fn::GetAtt': ['Role', 'Arn'] },
    Environment: {
      Variables: {
        TABLE: { Ref: 'Table' },
        GROUP: { Ref: 'Group' },
        QUEUE: { Ref: 'Work' },
        QUEUE_ARN: { 'Fn::GetAtt': ['Work', 'Arn'] },
        DEAD: { Ref: 'Dead' },
        DEAD_ARN: { 'Fn::GetAtt': ['Dead', 'Arn'] },
        OUTCOME_ARN: { 'Fn::GetAtt': ['Outcome', 'Arn'] },
        SENT: { Ref: 'Sent' },
        // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own
        SENT_ARN: { 'Fn::Sub': 'arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Sent}' },
        URL: { 'Fn::GetAtt': ['Api', 'ApiEndpoint'] },
      },
    },
    ...more,
  },
})

const route = (key: string): Resources[string] => ({
  Type: 'AWS::ApiGatewayV2::Route',
  Properties: {
    ApiId: { Ref: 'Api' },
    RouteKey: key,
    AuthorizationType: 'NONE',
    Target: { 'Fn::Join': ['', ['integrations/', { Ref: 'Integration' }]] },
  },
})

const resources: Resources = {
  Role: { Type: 'AWS::IAM::Role', Properties: { AssumeRolePolicyDocument: {} } },
  Table: {
    Type: 'AWS::DynamoDB::GlobalTable',
    Properties: {
      KeySchema: [
        { AttributeName: 'pk', KeyType: 'HASH' },
        { AttributeName: 'sk', KeyType: 'RANGE' },
      ],
      AttributeDefinitions: [
        { AttributeName: 'pk', AttributeType: 'S' },
        { AttributeName: 'sk', AttributeType: 'S' },
        { AttributeName: 'due', AttributeType: 'S' },
        { AttributeName: 'dueAt', AttributeType: 'S' },
      ],
      GlobalSecondaryIndexes: [
        {
          IndexName: 'due',
          KeySchema: [
            { AttributeName: 'due', KeyType: 'HASH' },
            { AttributeName: 'dueAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['note'] },
        },
      ],
      BillingMode: 'PAY_PER_REQUEST',
      StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
      TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
      Replicas: [
        { Region: { Ref: 'AWS::Region' }, PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } },
      ],
    },
  },
  Dead: { Type: 'AWS::SQS::Queue', Properties: { QueueName: 'dead', MessageRetentionPeriod: 1209600 } },
  Work: {
    Type: 'AWS::SQS::Queue',
    Properties: {
      QueueName: 'work',
      VisibilityTimeout: 180,
      RedrivePolicy: { deadLetterTargetArn: { 'Fn::GetAtt': ['Dead', 'Arn'] }, maxReceiveCount: 3 },
    },
  },
  // Some tests ask much of it, on a busy machine.
  Web: fn('web', { Timeout: 6 }),
  WorkFn: fn('work'),
  Watch: fn('watch'),
  Outcome: fn('outcome'),
  Tick: fn('tick'),
  OutcomeRetries: {
    Type: 'AWS::Lambda::EventInvokeConfig',
    Properties: {
      FunctionName: { Ref: 'Outcome' },
      Qualifier: '$LATEST',
      MaximumRetryAttempts: 1,
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Dead', 'Arn'] } } },
    },
  },
  FromQueue: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': ['Work', 'Arn'] },
      FunctionName: { Ref: 'WorkFn' },
      BatchSize: 5,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
    },
  },
  FromStream: {
    Type: 'AWS::Lambda::EventSourceMapping',
    Properties: {
      EventSourceArn: { 'Fn::GetAtt': ['Table', 'StreamArn'] },
      FunctionName: { Ref: 'Watch' },
      StartingPosition: 'TRIM_HORIZON',
      BatchSize: 10,
      MaximumRetryAttempts: 2,
      MaximumRecordAgeInSeconds: 3600,
      BisectBatchOnFunctionError: true,
      FunctionResponseTypes: ['ReportBatchItemFailures'],
      FilterCriteria: { Filters: [{ Pattern: JSON.stringify({ dynamodb: { Keys: { pk: { S: ['WATCHED'] } } } }) }] },
      DestinationConfig: { OnFailure: { Destination: { 'Fn::GetAtt': ['Dead', 'Arn'] } } },
    },
  },
  Group: { Type: 'AWS::Scheduler::ScheduleGroup', Properties: { Name: 'mails' } },
  Recurring: {
    Type: 'AWS::Scheduler::Schedule',
    Properties: {
      Name: 'tick',
      ScheduleExpression: 'rate(15 minutes)',
      FlexibleTimeWindow: { Mode: 'OFF' },
      Target: { Arn: { 'Fn::GetAtt': ['Tick', 'Arn'] }, RoleArn: { 'Fn::GetAtt': ['Role', 'Arn'] } },
    },
  },
  Set: { Type: 'AWS::SES::ConfigurationSet', Properties: { Name: 'workflow' } },
  Tips: { Type: 'AWS::SES::ConfigurationSet', Properties: { Name: 'tips', SendingOptions: { SendingEnabled: true } } },
  SetDestination: {
    Type: 'AWS::SES::ConfigurationSetEventDestination',
    Properties: {
      ConfigurationSetName: { Ref: 'Set' },
      EventDestination: {
        Enabled: true,
        MatchingEventTypes: ['send', 'delivery', 'bounce', 'complaint'],
        EventBridgeDestination: {
          // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own
          EventBusArn: { 'Fn::Sub': 'arn:${AWS::Partition}:events:${AWS::Region}:${AWS::AccountId}:event-bus/default' },
        },
      },
    },
  },
  TipsDestination: {
    Type: 'AWS::SES::ConfigurationSetEventDestination',
    Properties: {
      ConfigurationSetName: { Ref: 'Tips' },
      EventDestination: {
        Enabled: true,
        MatchingEventTypes: ['send', 'bounce', 'complaint', 'renderingFailure'],
        EventBridgeDestination: { EventBusArn: 'arn:aws:events:us-east-1:000000000000:event-bus/default' },
      },
    },
  },
  Sent: { Type: 'AWS::Logs::LogGroup', Properties: { LogGroupName: '/aws/events/sent', RetentionInDays: 7 } },
  SentPolicy: { Type: 'AWS::Logs::ResourcePolicy', Properties: { PolicyName: 'events', PolicyDocument: '{}' } },
  SentRule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: {
        'detail-type': ['Email Sent'],
        detail: { mail: { tags: { 'ses:configuration-set': [{ Ref: 'Tips' }] } } },
      },
      State: 'ENABLED',
      Targets: [
        {
          // As CDK's own target writes it: without the end of the attribute.
          // biome-ignore lint/suspicious/noTemplateCurlyInString: CloudFormation's own
          Arn: { 'Fn::Sub': 'arn:${AWS::Partition}:logs:${AWS::Region}:${AWS::AccountId}:log-group:${Sent}' },
          Id: 'Target0',
          InputTransformer: {
            InputPathsMap: {
              time: '$.time',
              id: '$.detail.mail.messageId',
              batch: '$.detail.mail.tags.batch[0]',
              to: '$.detail.mail.destination',
            },
            InputTemplate: '{"timestamp":<time>,"message":"<id> <batch> <to>"}',
          },
        },
      ],
    },
  },
  TipsRule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: {
        source: ['aws.ses'],
        'detail-type': [{ 'anything-but': 'Email Sent' }],
        detail: { mail: { tags: { 'ses:configuration-set': [{ Ref: 'Tips' }] } } },
      },
      State: 'ENABLED',
      Targets: [{ Arn: { 'Fn::GetAtt': ['Outcome', 'Arn'] }, Id: 'Target0' }],
    },
  },
  Rule: {
    Type: 'AWS::Events::Rule',
    Properties: {
      EventPattern: {
        source: ['aws.ses'],
        detail: { mail: { tags: { 'ses:configuration-set': [{ Ref: 'Set' }], request: [{ exists: true }] } } },
      },
      State: 'ENABLED',
      Targets: [{ Arn: { 'Fn::GetAtt': ['Outcome', 'Arn'] }, Id: 'Target0' }],
    },
  },
  Api: { Type: 'AWS::ApiGatewayV2::Api', Properties: { Name: 'web', ProtocolType: 'HTTP' } },
  Stage: {
    Type: 'AWS::ApiGatewayV2::Stage',
    Properties: { ApiId: { Ref: 'Api' }, StageName: '$default', AutoDeploy: true },
  },
  Integration: {
    Type: 'AWS::ApiGatewayV2::Integration',
    Properties: {
      ApiId: { Ref: 'Api' },
      IntegrationType: 'AWS_PROXY',
      IntegrationUri: { 'Fn::GetAtt': ['Web', 'Arn'] },
      PayloadFormatVersion: '2.0',
    },
  },
  Do: route('POST /do'),
  Hang: route('GET /hang'),
  Throw: route('GET /throw'),
  Thing: route('GET /things/{id}/{part}'),
  Things: route('GET /things/special/{part}'),
  Form: route('POST /form'),
  Series: route('GET /series'),
}

export const tableName = 'fixture-Table'

/** Writes the assembly into a new folder; `change` may alter its resources first. */
export const writeAssembly = (change: (resources: Resources) => void = () => undefined): string => {
  const folder = mkdtempSync(join(tmpdir(), 'assembly-'))
  const files: Record<string, unknown> = {}
  for (const name of Object.keys(handlers)) {
    mkdirSync(join(folder, `asset.${name}`))
    writeFileSync(join(folder, `asset.${name}`, 'index.js'), bundle(name))
    files[name] = {
      source: { path: `asset.${name}`, packaging: 'zip' },
      destinations: { here: { objectKey: `${name}.zip` } },
    }
  }
  const changed = structuredClone(resources)
  change(changed)
  const write = (name: string, value: unknown) => writeFileSync(join(folder, name), JSON.stringify(value))
  write('fixture.assets.json', { version: '1', files })
  write('fixture.template.json', {
    Resources: changed,
    Conditions: { Never: { 'Fn::Equals': [{ Ref: 'AWS::Region' }, 'nowhere'] } },
  })
  write('manifest.json', {
    version: '1',
    artifacts: {
      'fixture.assets': { type: 'cdk:asset-manifest', properties: { file: 'fixture.assets.json' } },
      fixture: { type: 'aws:cloudformation:stack', properties: { templateFile: 'fixture.template.json' } },
    },
  })
  return folder
}

export const newDataDir = (): string => mkdtempSync(join(tmpdir(), 'local-cloud-'))
export const forget = (...folders: string[]): void => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
}

export type Call = [
  client: 'dynamodb' | 'sqs' | 'scheduler' | 'ses' | 'logs',
  command: string,
  input: Record<string, unknown>,
]
// biome-ignore lint/suspicious/noExplicitAny: whatever the SDK answered, for the test to look at
export type Answer = any
export type Note = { who: string; at: string; what: Answer }

/** A running fixture cloud and the few verbs that tests speak to it with. */
export type Fixture = {
  cloud: Pick<Cloud, 'url' | 'stop'>
  /** Every mail that SES took, once for each address. */
  accepted: Cloud['accepted']
  get: (path: string) => Promise<Answer>
  post: (path: string, body: unknown) => Promise<Answer>
  /** Runs SDK calls inside a function, one after the other. `$NAME` in an input is that variable of its environment. */
  run: (...calls: Call[]) => Promise<Answer[]>
  /** Until all is quiet, without moving the clock. */
  settle: () => Promise<void>
  advance: (duration: string) => Promise<{ now: string; fired: number }>
  /** What functions wrote down, the oldest first. */
  notes: (who: string) => Promise<Note[]>
}

export const startAt = '2026-12-01T08:00:00Z'

export const startFixture = async (
  options: Partial<CloudOptions> & { dataDir: string; assembly: string },
): Promise<Fixture> => speakTo(await startCloud({ port: 0, quiet: true, ...options }))

type Spoken = Pick<Cloud, 'url' | 'stop'> & Partial<Cloud>

export const speakTo = (cloud: Spoken): Fixture => {
  const read = async (response: Response): Promise<Answer> => {
    const text = await response.text()
    const body = /json/.test(response.headers.get('content-type') ?? '') ? JSON.parse(text) : text
    if (!response.ok) throw new Error(`${response.status}: ${text}`)
    return body
  }
  const get = async (path: string) => read(await fetch(cloud.url + path))
  const post = async (path: string, body: unknown) =>
    read(
      await fetch(cloud.url + path, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify(body),
      }),
    )
  const advance = (duration: string) => post('/_local/clock', { advance: duration })
  return {
    cloud,
    accepted: cloud.accepted ?? (() => []),
    get,
    post,
    run: (...calls) => post('/do', calls),
    settle: async () => void (await advance('PT0S')),
    advance,
    notes: async (who) => {
      const [{ items }] = (await get('/_local/data')) as [
        { items: { who?: string; at: string; sk: string; what: string }[] },
      ]
      return items
        .filter((item) => item.who === who)
        .sort((left, right) => (left.sk < right.sk ? -1 : 1))
        .map(({ at, what }) => ({ who, at, what: JSON.parse(what) }))
    },
  }
}

/** SDK calls that tests make often. */
export const scheduleAt = (name: string, at: string, input: unknown = { name }): Call => [
  'scheduler',
  'CreateSchedule',
  {
    Name: name,
    GroupName: '$GROUP',
    ScheduleExpression: `at(${at})`,
    FlexibleTimeWindow: { Mode: 'OFF' },
    ActionAfterCompletion: 'DELETE',
    Target: { Arn: '$QUEUE_ARN', RoleArn: 'arn:aws:iam::000000000000:role/any', Input: JSON.stringify(input) },
  },
]
export const send = (body: unknown, more: object = {}): Call => [
  'sqs',
  'SendMessage',
  { QueueUrl: '$QUEUE', MessageBody: JSON.stringify(body), ...more },
]
export const put = (pk: string, sk: string, more: object = {}): Call => [
  'dynamodb',
  'PutItem',
  { TableName: '$TABLE', Item: { pk: { S: pk }, sk: { S: sk }, ...more } },
]
export const mailTo = (to: string, more: object = {}): Call => [
  'ses',
  'SendEmail',
  {
    FromEmailAddress: 'Coffee Chats <assistant@example.org>',
    Destination: { ToAddresses: [to] },
    ConfigurationSetName: 'workflow',
    EmailTags: [{ Name: 'request', Value: '01J' }],
    Content: {
      Simple: {
        Subject: { Data: 'Hello' },
        Body: {
          Text: { Data: 'Hi' },
          Html: { Data: '<p>Hi <a href="https://example.org/?a=1&amp;b=2">there</a></p>' },
        },
      },
    },
    ...more,
  },
]
/** A tip for each, with an inline template. */
export const tipsTo = (addresses: string[], more: object = {}, entry: object = {}): Call => [
  'ses',
  'SendBulkEmail',
  {
    FromEmailAddress: 'Coffee Chats <assistant@example.org>',
    ConfigurationSetName: 'tips',
    DefaultEmailTags: [
      { Name: 'mail', Value: 'tip' },
      { Name: 'batch', Value: 'b1' },
    ],
    DefaultContent: {
      Template: {
        TemplateContent: { Subject: 'Hi {{name}}', Text: 'Dear {{ name }}', Html: '<p>Dear {{name}}</p>' },
        TemplateData: '{}',
        Headers: [
          { Name: 'List-Id', Value: '<tips.example.org>' },
          { Name: 'List-Unsubscribe', Value: '<https://example.org/all>' },
        ],
      },
    },
    BulkEmailEntries: addresses.map((address) => ({
      Destination: { ToAddresses: [address] },
      ReplacementEmailContent: {
        ReplacementTemplate: { ReplacementTemplateData: JSON.stringify({ name: address.split('@')[0] }) },
      },
      ReplacementHeaders: [{ Name: 'list-unsubscribe', Value: `<https://example.org/${address.split('@')[0]}>` }],
      ...entry,
    })),
    ...more,
  },
]
