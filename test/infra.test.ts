import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Annotations, Match, Template } from 'aws-cdk-lib/assertions'
import { describe, expect, test } from 'vitest'
import { HouseFunction } from '../infra/house-function.ts'
import { pace } from '../infra/mail-queue.ts'
import { type Deployment, stageJson, stageNamed, stages } from '../infra/stages.ts'
import { requestRoutes, subscriptionRoutes } from '../shared/routes.ts'
import { Stage } from '../shared/stage.ts'
import { readPreferences } from '../shared/tips/subscribe.ts'
import { stackOf } from './stacks.ts'

type Json = string | number | boolean | Json[] | { [key: string]: Json }
// biome-ignore lint/suspicious/noExplicitAny: properties of a template have as many shapes as CloudFormation has types
type Resource = { Type: string; Properties: any; DeletionPolicy?: string; DependsOn?: string[] }
type Properties = Resource['Properties']
type Statement = { Effect: string; Action: string | string[]; Resource: Json; Condition?: Json }

const all = Object.values(stages as Record<string, Deployment>).map((deployment) => {
  const stack = stackOf(deployment)
  const template = Template.fromStack(stack)
  const resources: Record<string, Resource> = template.toJSON().Resources
  return { name: deployment.name, deployment, stack, template, resources }
})
type Synthesized = (typeof all)[number]

const ofType = ({ resources }: Pick<Synthesized, 'resources'>, type: string) =>
  Object.entries(resources)
    .filter(([, resource]) => resource.Type === type)
    .map(([id, resource]) => ({ id, ...resource }))

const only = <T>(found: T[]): T => {
  expect(found).toHaveLength(1)
  return found[0] as T
}

/** `functions/<name>.ts` as the template has it. */
const fn = (stage: Synthesized, name: string) =>
  only(ofType(stage, 'AWS::Lambda::Function').filter(({ id }) => id.startsWith(name.replaceAll('-', ''))))

const list = (value: string | string[]) => (Array.isArray(value) ? value : [value])
const text = (value: Json) => JSON.stringify(value)
const asked = (value: Json) => (Array.isArray(value) ? value : [value])

const statementsOf = (resource: { Properties: { PolicyDocument: { Statement: Statement[] } } }) =>
  resource.Properties.PolicyDocument.Statement

const policyOf = (stage: Synthesized, name: string) =>
  statementsOf(
    only(ofType(stage, 'AWS::IAM::Policy').filter(({ id }) => id.startsWith(`${name.replaceAll('-', '')}role`))),
  )

/** What a function may do, as `action on resource`, with the kind of resource told from its logical id. */
const grantsOf = (stage: Synthesized, name: string) =>
  policyOf(stage, name)
    .flatMap(({ Action, Resource }) =>
      list(Action).flatMap((action) => asked(Resource).map((resource) => `${action} on ${kindOf(resource)}`)),
    )
    .sort()

const kindOf = (resource: Json): string =>
  text(resource)
    .replaceAll(/[[\]{}"]/g, '')
    .replaceAll(/Fn::GetAtt:|Fn::Join:|Ref:/g, '')
    .replaceAll(/AWS::(Partition|Region|AccountId)/g, '')
    .replaceAll(/[0-9A-F]{8}(?=,|$)/g, '')
    .replaceAll(/,/g, ' ')
    .replaceAll(/\s+/g, ' ')
    .trim()

/** Without what changes with the folder that the repository was cloned into. */
const masked = (template: Template) =>
  JSON.parse(
    JSON.stringify(template.toJSON())
      .replaceAll(/(asset\.)?[0-9a-f]{64}/g, '<asset>')
      .replaceAll(/("aws:asset:path":)"[^"]*"/g, '$1"<folder>"'),
  )

describe.each(all)('stage $name', (stage) => {
  test('is the template that was last looked at', () => {
    expect(masked(stage.template)).toMatchSnapshot()
  })

  describe('functions', () => {
    test('every file in functions/ is deployed, and nothing else', () => {
      const deployed = stage.stack.node.findAll().filter((construct) => construct instanceof HouseFunction)
      const files = readdirSync(join(import.meta.dirname, '../functions')).map((file) => file.replace(/\.tsx?$/, ''))
      expect(deployed.map(({ entry }) => entry).sort()).toEqual(files.sort())
      expect(ofType(stage, 'AWS::Lambda::Function')).toHaveLength(files.length)
    })

    test('all run on Node 24 and arm64, with source maps and logs in JSON', () => {
      for (const { Properties } of ofType(stage, 'AWS::Lambda::Function')) {
        expect(Properties).toMatchObject({
          Runtime: 'nodejs24.x',
          Architectures: ['arm64'],
          Environment: { Variables: { NODE_OPTIONS: '--enable-source-maps' } },
          LoggingConfig: { LogFormat: 'JSON' },
        })
      }
    })

    test('those that anybody can call run no more at once than the stage allows; nothing is kept back for the others', () => {
      const { httpAtOnce } = stage.deployment.cloud.brakes
      const reserved = ofType(stage, 'AWS::Lambda::Function')
        .filter(({ Properties }) => 'ReservedConcurrentExecutions' in Properties)
        .map(({ id, Properties }) => [id, Properties.ReservedConcurrentExecutions])
      const http = ['requests', 'subscriptions'].map((name) => [fn(stage, name).id, httpAtOnce])
      expect(Object.fromEntries(reserved)).toEqual(httpAtOnce ? Object.fromEntries(http) : {})
    })

    test('each says what it is for, and has a memory size and a timeout chosen for it', () => {
      for (const { Properties } of ofType(stage, 'AWS::Lambda::Function')) {
        expect(Properties.Description).toMatch(/^[A-Z].{10,}[^.]$/)
        expect(Properties.MemorySize).toBeGreaterThanOrEqual(256)
        expect(Properties.Timeout).toBeGreaterThanOrEqual(10)
      }
    })

    test('each logs to a group of its own that forgets after a while, and may write nowhere else', () => {
      const groups = ofType(stage, 'AWS::Logs::LogGroup')
      const used = ofType(stage, 'AWS::Lambda::Function').map(({ Properties }) => Properties.LoggingConfig.LogGroup.Ref)
      const own = groups.filter(({ id }) => used.includes(id))
      expect(used.sort()).toEqual(own.map(({ id }) => id).sort())
      expect(groups.length - own.length, 'those of the API, and of the tips that SES has taken').toBe(2)
      for (const { Properties } of own) {
        expect(Properties.RetentionInDays).toBe(stage.deployment.cloud.logRetentionDays)
      }
      for (const { Properties } of ofType(stage, 'AWS::IAM::Role'))
        expect(Properties).not.toHaveProperty('ManagedPolicyArns')
    })

    test.each([
      ['requests', ['PUBLIC_URL', 'STAGE', 'TABLE']],
      [
        'plan-mail',
        [
          'MAIL_QUEUE_ARN',
          'MAIL_QUEUE_URL',
          'SCHEDULE_DEAD_LETTER_ARN',
          'SCHEDULE_GROUP',
          'SCHEDULE_ROLE_ARN',
          'STAGE',
          'TABLE',
          'TIPS_QUEUE_URL',
        ],
      ],
      ['subscriptions', ['PUBLIC_URL', 'STAGE', 'TABLE']],
      ['pick-tips', ['MAIL_QUEUE_URL', 'STAGE', 'TABLE', 'TIPS_QUEUE_URL']],
      ['send-tips', ['PUBLIC_URL', 'STAGE', 'TABLE', 'TAKEN_TIPS', 'TIPS_CONFIGURATION_SET', 'TIPS_QUEUE_URL']],
      ['send-mail', ['CONFIGURATION_SET', 'PUBLIC_URL', 'STAGE', 'TABLE']],
      ['record-outcome', ['STAGE', 'TABLE']],
      ['reconcile', ['MAIL_QUEUE_URL', 'STAGE', 'TABLE']],
    ])('%s knows what it needs and no more', (name, expected) => {
      const { NODE_OPTIONS, ...variables } = fn(stage, name).Properties.Environment.Variables
      expect(Object.keys(variables).sort()).toEqual(expected)
    })

    test('each is told the stage as the table of stages has it, without what concerns AWS alone', () => {
      const { cloud, ...told } = stage.deployment
      const functions = ofType(stage, 'AWS::Lambda::Function')
      for (const { Properties } of functions.filter((one) => 'STAGE' in one.Properties.Environment.Variables)) {
        expect(Stage.parse(JSON.parse(Properties.Environment.Variables.STAGE))).toEqual(told)
        expect(JSON.parse(Properties.Environment.Variables.STAGE)).toEqual(told)
      }
    })
  })

  describe('rights', () => {
    test('no statement allows everything, on everything or of everything', () => {
      for (const policy of ofType(stage, 'AWS::IAM::Policy')) {
        for (const { Effect, Action } of statementsOf(policy)) {
          expect(Effect).toBe('Allow')
          for (const action of list(Action)) expect(action).toMatch(/^[a-z]+:[A-Za-z]+$/)
        }
      }
    })

    test('no policy, of a role or of a resource, is about every resource there is', () => {
      /** Actions that know no resource, and why nothing narrower is asked for. */
      const withoutResource: Record<string, string> = {
        'scheduler:ListSchedules': 'Scheduler lists for the account.',
        'ses:GetAccount': 'It is a question about the account.',
      }
      const documents = Object.values(stage.resources).flatMap(({ Properties }) => [
        ...[Properties?.PolicyDocument ?? []].flat(),
        ...(Properties?.Policies ?? []).map(({ PolicyDocument }: { PolicyDocument: Json }) => PolicyDocument),
      ])
      // One of them is written as text, with what is only known on AWS between its pieces.
      const [written, inJson] = [true, false].map((joined) => documents.filter((one) => 'Fn::Join' in one === joined))
      for (const document of written ?? []) expect(text(document)).not.toContain(String.raw`\"Resource\":\"*\"`)
      const statements: Statement[] = (inJson ?? []).flatMap(({ Statement }) => Statement)
      const onEverything = statements.filter(({ Resource }) => asked(Resource).includes('*'))
      const actions = [...new Set(onEverything.flatMap(({ Action }) => list(Action)))]
      expect(actions.sort()).toEqual(Object.keys(withoutResource))
      expect(statements.length).toBeGreaterThan(30)
    })

    test('nobody may read the whole table, delete it or change what it is', () => {
      const actions = ofType(stage, 'AWS::IAM::Policy')
        .flatMap(statementsOf)
        .flatMap(({ Action }) => list(Action))
        .filter((action) => action.startsWith('dynamodb:'))
      const items = /:((Batch)?(Get|Put|Update|Delete|Write)|ConditionCheck)Item$/
      const reading = /:(Query|DescribeStream|GetRecords|GetShardIterator|ListStreams)$/
      for (const action of actions) expect(items.test(action) || reading.test(action), action).toBe(true)
    })

    test.each(readdirSync(join(import.meta.dirname, '../functions')).map((file) => file.replace(/\.ts$/, '')))(
      '%s may do this and no more',
      (name) => {
        expect(grantsOf(stage, name)).toMatchSnapshot()
      },
    )

    test('Scheduler takes its role only for schedules of our group in our account', () => {
      const role = only(ofType(stage, 'AWS::IAM::Role').filter(({ id }) => id.startsWith('schedulesrole')))
      const group = only(ofType(stage, 'AWS::Scheduler::ScheduleGroup'))
      expect(role.Properties.AssumeRolePolicyDocument.Statement).toEqual([
        {
          Effect: 'Allow',
          Action: 'sts:AssumeRole',
          Principal: { Service: 'scheduler.amazonaws.com' },
          Condition: {
            StringEquals: {
              'aws:SourceAccount': { Ref: 'AWS::AccountId' },
              'aws:SourceArn': { 'Fn::GetAtt': [group.id, 'Arn'] },
            },
          },
        },
      ])
    })

    test('plan-mail may pass that role, no other, and to Scheduler alone; nobody else passes roles', () => {
      const role = only(ofType(stage, 'AWS::IAM::Role').filter(({ id }) => id.startsWith('schedulesrole')))
      const passing = ofType(stage, 'AWS::IAM::Policy')
        .flatMap(statementsOf)
        .filter(({ Action }) => list(Action).includes('iam:PassRole'))
      expect(passing).toEqual([
        {
          Effect: 'Allow',
          Action: 'iam:PassRole',
          Resource: { 'Fn::GetAtt': [role.id, 'Arn'] },
          Condition: { StringEquals: { 'iam:PassedToService': 'scheduler.amazonaws.com' } },
        },
      ])
      expect(policyOf(stage, 'plan-mail')).toContainEqual(passing[0])
    })

    test('only send-mail and send-tips send, each with its own set and only from the address of the stage', () => {
      const asksSes = ({ Action }: { Action: string | string[] }) =>
        list(Action).some((action) => action.startsWith('ses:') && action !== 'ses:GetAccount')
      const sending = ofType(stage, 'AWS::IAM::Policy').flatMap(statementsOf).filter(asksSes)
      expect(sending).toHaveLength(2)
      const sets = ['senderworkflow', 'sendertips']
      for (const [index, name] of ['send-mail', 'send-tips'].entries()) {
        const own = only(policyOf(stage, name).filter(asksSes))
        expect(own.Condition).toEqual({ StringEquals: { 'ses:FromAddress': stage.deployment.sender.address } })
        expect(text(own.Resource)).toContain(sets[index])
        expect(text(own.Resource)).not.toContain(sets[1 - index])
      }
    })

    test('each function is invoked by nobody but who it is for', () => {
      const permissions = ofType(stage, 'AWS::Lambda::Permission').map(({ Properties }) => ({
        principal: Properties.Principal,
        scoped: 'SourceArn' in Properties,
        fn: Properties.FunctionName['Fn::GetAtt'][0],
      }))
      expect(permissions.sort((a, b) => a.principal.localeCompare(b.principal))).toEqual([
        { principal: 'apigateway.amazonaws.com', scoped: true, fn: fn(stage, 'requests').id },
        { principal: 'apigateway.amazonaws.com', scoped: true, fn: fn(stage, 'subscriptions').id },
        { principal: 'events.amazonaws.com', scoped: true, fn: fn(stage, 'record-outcome').id },
        { principal: 'events.amazonaws.com', scoped: true, fn: fn(stage, 'record-outcome').id },
      ])
    })
  })

  describe('queues', () => {
    const queues = ofType(stage, 'AWS::SQS::Queue')
    const alarms = ofType(stage, 'AWS::CloudWatch::Alarm')
    const watched = alarms.map(({ Properties }) => Properties.Dimensions?.[0].Value?.['Fn::GetAtt']?.[0])
    // The other one writes into a log group.
    const rulesToFunctions = ofType(stage, 'AWS::Events::Rule').filter(({ Properties }) =>
      text(Properties.Targets[0].Arn).includes('recordoutcome'),
    )
    const consumed = ofType(stage, 'AWS::Lambda::EventSourceMapping')
      .map(({ Properties }) => Properties.EventSourceArn['Fn::GetAtt'][0])
      .filter((id) => queues.some((queue) => queue.id === id))

    const mappingsOf = (name: string) =>
      ofType(stage, 'AWS::Lambda::EventSourceMapping').filter(
        ({ Properties }) => Properties.FunctionName.Ref === fn(stage, name).id,
      )

    test('a queue is either consumed and has a dead-letter queue, or is a dead-letter queue and has an alarm', () => {
      for (const queue of queues) {
        if (consumed.includes(queue.id)) {
          const dead = queue.Properties.RedrivePolicy.deadLetterTargetArn['Fn::GetAtt'][0]
          expect(watched).toContain(dead)
          expect(queue.Properties.RedrivePolicy.maxReceiveCount).toBeGreaterThanOrEqual(3)
        } else {
          expect(watched).toContain(queue.id)
          expect(queue.Properties.MessageRetentionPeriod).toBe(14 * 24 * 60 * 60)
        }
      }
    })

    test('what a stream, a rule, a schedule or an event fails at is kept, in a queue with an alarm', () => {
      const failing = [
        ...ofType(stage, 'AWS::Lambda::EventSourceMapping').map(({ Properties }) => Properties.DestinationConfig),
        ...ofType(stage, 'AWS::Lambda::EventInvokeConfig').map(({ Properties }) => Properties.DestinationConfig),
        ...rulesToFunctions.map(({ Properties }) => Properties.Targets[0].DeadLetterConfig),
        ...ofType(stage, 'AWS::Scheduler::Schedule').map(({ Properties }) => Properties.Target.DeadLetterConfig),
      ].filter((config) => config !== undefined)
      expect(failing).toHaveLength(8)
      for (const config of failing) {
        const arn = config.Arn ?? config.OnFailure.Destination
        expect(watched).toContain(arn['Fn::GetAtt'][0])
      }
    })

    test('every function that is invoked without waiting for its answer keeps what failed', () => {
      // What fails of the canary is told by its not arriving: nobody waits for that request.
      const real = ({ Properties }: Resource): boolean => Properties.FunctionName.Ref !== fn(stage, 'canary').id
      const kept = ofType(stage, 'AWS::Lambda::EventInvokeConfig')
        .filter(real)
        .map(({ Properties }) => Properties.FunctionName.Ref)
      const invoked = [
        ...rulesToFunctions.map(({ Properties }) => Properties.Targets[0].Arn),
        ...ofType(stage, 'AWS::Scheduler::Schedule').map(({ Properties }) => Properties.Target.Arn),
      ]
        .map((arn) => arn['Fn::GetAtt'][0])
        .filter((id) => id !== fn(stage, 'canary').id)
      expect(kept.sort()).toEqual([...new Set(invoked)].sort())
    })

    test('whoever puts messages into a dead-letter queue has the right to', () => {
      const granted = ofType(stage, 'AWS::IAM::Policy')
        .flatMap(statementsOf)
        .filter(({ Action }) => list(Action).includes('sqs:SendMessage'))
        .flatMap(({ Resource }) => asked(Resource).map(text))
      const byPolicy = ofType(stage, 'AWS::SQS::QueuePolicy')
        .flatMap(statementsOf)
        .filter(({ Effect }) => Effect === 'Allow')
        .map(({ Resource }) => text(Resource))
      const redriven = queues.map(({ Properties }) => text(Properties.RedrivePolicy?.deadLetterTargetArn ?? ''))
      for (const { id } of queues)
        expect(
          [...granted, ...byPolicy, ...redriven].some((arn) => arn.includes(id)),
          id,
        ).toBe(true)
    })

    test('an alarm says what it means for a seeker, and where to read what to do', () => {
      const sentences = alarms.map(({ Properties }) => Properties.AlarmDescription as string)
      const runbook = readFileSync(join(import.meta.dirname, '../docs/runbook.md'), 'utf8')
      const anchors = [...runbook.matchAll(/^## (.+)$/gm)].map(([, title = '']) =>
        title
          .toLowerCase()
          .replaceAll(/[^a-z0-9 -]/g, '')
          .trim()
          .replaceAll(' ', '-'),
      )
      for (const sentence of sentences) {
        expect(sentence).toMatch(
          /^(?=[A-Z]).*([Ss]eeker|[Rr]eader|[Mm]ail|[Tt]ips|[Pp]eople|[Ss]omebody).*\. What to do: docs\/runbook\.md#[a-z-]+$/,
        )
        expect(anchors).toContain(sentence.split('#').at(-1))
      }
      const meanings = sentences.map((sentence) => sentence.split(' What to do')[0])
      // The two HTTP functions mean the same to whoever was sent away.
      expect(new Set(meanings).size).toBe(meanings.length - 1)
    })

    test('whoever is on call hears when an alarm goes off and when it is over', () => {
      const topic = only(ofType(stage, 'AWS::SNS::Topic'))
      for (const { Properties } of alarms) {
        expect(Properties.AlarmActions).toEqual([{ Ref: topic.id }])
        expect(Properties.OKActions).toEqual([{ Ref: topic.id }])
      }
    })

    test('letters that are dead, what is late, refused or stopped: each has its alarm, at its threshold', () => {
      const several = (p: Properties): string =>
        p.Metrics.map(({ Id, Expression, MetricStat: of }: Properties) =>
          Expression
            ? `${Expression} ${p.ComparisonOperator} ${p.Threshold}, ${p.EvaluationPeriods} times, silence is ${p.TreatMissingData}`
            : `${Id}: ${of.Metric.Namespace} ${of.Metric.MetricName} ${of.Stat} in ${of.Period / 60} min`,
        ).join('; ')
      const told = alarms.map(({ Properties: p }) => {
        if (p.Metrics) return several(p)
        const dimension = p.Dimensions?.[0].Name ?? ''
        return `${p.Namespace} ${p.MetricName} by ${dimension} ${p.Statistic} ${p.ComparisonOperator} ${p.Threshold} in ${p.Period / 60} min, silence is ${p.TreatMissingData}`
      })
      expect([...new Set(told)].sort()).toMatchSnapshot()
    })

    test('the dashboard shows the state of every alarm, and draws what each of them watches', () => {
      const [, parts] = only(ofType(stage, 'AWS::CloudWatch::Dashboard')).Properties.DashboardBody['Fn::Join']
      const asText = (part: Json) => (typeof part === 'string' ? part : text(part).replaceAll('"', "'"))
      const { widgets } = JSON.parse(parts.map(asText).join(''))
      const states = widgets.find(({ type }: { type: string }) => type === 'alarm').properties.alarms
      expect(states.sort()).toEqual(alarms.map(({ id }) => `{'Fn::GetAtt':['${id}','Arn']}`).sort())
      const drawn = text(widgets.map(({ properties }: { properties: Json }) => properties))
      const watchedBy = ({ Properties }: Resource): Properties[] =>
        Properties.Metrics?.flatMap(({ MetricStat: of }: Properties) => (of ? [of.Metric] : [])) ?? [Properties]
      for (const { Namespace, MetricName, Dimensions = [] } of alarms.flatMap(watchedBy)) {
        const names = Dimensions.flatMap(({ Name, Value }: { Name: string; Value: Json }) => [Name, asText(Value)])
        expect(drawn).toContain([Namespace, MetricName, ...names].map(text).join())
      }
      // Of no two lines in one graph does anybody have to guess which is which.
      for (const { properties } of widgets) {
        const metrics: Json[][] = properties.metrics ?? []
        const names = metrics.map((metric) => (metric.at(-1) as { label?: string }).label ?? metric[1])
        expect(new Set(names).size, properties.title).toBe(names.length)
      }
    })

    test('what alarms say travels encrypted, and by nobody but CloudWatch and this account', () => {
      const topic = only(ofType(stage, 'AWS::SNS::Topic'))
      const policy = only(ofType(stage, 'AWS::SNS::TopicPolicy'))
      expect(policy.Properties.Topics).toEqual([{ Ref: topic.id }])
      const [allowed = [], denied = []] = ['Allow', 'Deny'].map((effect) =>
        statementsOf(policy).filter(({ Effect }) => Effect === effect),
      )
      expect(allowed).toMatchObject([{ Action: 'sns:Publish', Principal: { Service: 'cloudwatch.amazonaws.com' } }])
      expect(denied).toMatchObject([{ Action: 'sns:Publish', Condition: { Bool: { 'aws:SecureTransport': 'false' } } }])
      // No key at rest: that of AWS is not CloudWatch's to use, and one of our own costs a dollar a month to hide
      // sentences that are in this repository.
      expect(topic.Properties).not.toHaveProperty('KmsMasterKeyId')
    })

    test('all are encrypted, at rest and on the way', () => {
      const secured = ofType(stage, 'AWS::SQS::QueuePolicy')
        .filter((policy) =>
          statementsOf(policy).some(
            ({ Effect, Condition }) => Effect === 'Deny' && text(Condition ?? '').includes('SecureTransport'),
          ),
        )
        .map(({ Properties }) => Properties.Queues[0].Ref)
      expect(secured.sort()).toEqual(queues.map(({ id }) => id).sort())
      for (const { Properties } of queues) expect(Properties.SqsManagedSseEnabled).toBe(true)
    })

    test.each(['send-mail', 'send-tips'])(
      'a message stays hidden for six timeouts of %s, and failures come back one by one',
      (name) => {
        const mapping = only(mappingsOf(name))
        const queue = only(queues.filter(({ id }) => id === mapping.Properties.EventSourceArn['Fn::GetAtt'][0]))
        expect(queue.Properties.VisibilityTimeout).toBeGreaterThanOrEqual(6 * fn(stage, name).Properties.Timeout)
        expect(mapping.Properties.FunctionResponseTypes).toEqual(['ReportBatchItemFailures'])
      },
    )

    test('mail goes out at a pace that SES takes from the account', () => {
      const { batchSize, maxConcurrency } = pace(stage.deployment.cloud.mailsPerSecond)
      const [mapping] = mappingsOf('send-mail')
      expect(mapping?.Properties.BatchSize).toBe(batchSize)
      expect(mapping?.Properties.ScalingConfig).toEqual({ MaximumConcurrency: maxConcurrency })
    })

    test('tips take a message a time, with as many side by side as two seconds a call need', () => {
      const [mapping] = mappingsOf('send-tips')
      expect(mapping?.Properties.BatchSize).toBe(1)
      expect(mapping?.Properties.ScalingConfig).toEqual({ MaximumConcurrency: 2 })
    })
  })

  describe('the table', () => {
    const table = only(ofType(stage, 'AWS::DynamoDB::GlobalTable'))

    test('can be wound back, forgets by itself, is encrypted, and is paid by use', () => {
      expect(table.Properties).toMatchObject({
        BillingMode: 'PAY_PER_REQUEST',
        SSESpecification: { SSEEnabled: true, SSEType: 'KMS' },
        TimeToLiveSpecification: { AttributeName: 'expiresAt', Enabled: true },
        StreamSpecification: { StreamViewType: 'NEW_AND_OLD_IMAGES' },
        Replicas: [{ PointInTimeRecoverySpecification: { PointInTimeRecoveryEnabled: true } }],
      })
    })

    test('takes no more writes a second than the stage pays for', () => {
      const { writesPerSecond } = stage.deployment.cloud.brakes
      expect(table.Properties.WriteOnDemandThroughputSettings).toEqual({ MaxWriteRequestUnits: writesPerSecond })
    })

    test('has one index, sparse, with the keys and what is due next', () => {
      expect(table.Properties.GlobalSecondaryIndexes).toEqual([
        {
          IndexName: 'due',
          KeySchema: [
            { AttributeName: 'due', KeyType: 'HASH' },
            { AttributeName: 'dueAt', KeyType: 'RANGE' },
          ],
          Projection: { ProjectionType: 'INCLUDE', NonKeyAttributes: ['next'] },
        },
      ])
    })

    test('its stream reaches plan-mail: only what asks for planning, with an end to every retry', () => {
      const mapping = only(
        ofType(stage, 'AWS::Lambda::EventSourceMapping').filter(({ Properties }) => 'StartingPosition' in Properties),
      )
      expect(mapping.Properties).toMatchObject({
        EventSourceArn: { 'Fn::GetAtt': [table.id, 'StreamArn'] },
        FunctionName: { Ref: fn(stage, 'plan-mail').id },
        StartingPosition: 'TRIM_HORIZON',
        BisectBatchOnFunctionError: true,
        FunctionResponseTypes: ['ReportBatchItemFailures'],
        MaximumRetryAttempts: 5,
        MaximumRecordAgeInSeconds: 6 * 60 * 60,
      })
      expect(mapping.Properties.DestinationConfig.OnFailure.Destination).toBeDefined()
      const patterns = mapping.Properties.FilterCriteria.Filters.map(({ Pattern }: { Pattern: string }) =>
        JSON.parse(Pattern),
      )
      expect(patterns).toEqual([
        { dynamodb: { Keys: { sk: { S: ['REQUEST'] } } } },
        {
          dynamodb: {
            Keys: { sk: { S: [{ prefix: 'MAIL#let-rest#' }, { prefix: 'MAIL#resume#' }] } },
            OldImage: { state: { S: ['planned', 'claimed', 'unsettled', 'skipped'] } },
            NewImage: { state: { S: ['sent', 'delivered', 'bounced', 'complained'] } },
          },
        },
        {
          dynamodb: {
            Keys: { sk: { S: [{ prefix: 'SERIES#' }] } },
            NewImage: { ring: { S: [{ exists: true }] } },
          },
        },
        { eventName: ['REMOVE'], dynamodb: { Keys: { sk: { S: [{ prefix: 'SERIES#' }] } } } },
        {
          dynamodb: {
            Keys: { sk: { S: ['PERSON'] } },
            OldImage: { suppressedAt: { S: [{ exists: false }] } },
            NewImage: { suppressedAt: { S: [{ exists: true }] } },
          },
        },
      ])
    })
  })

  describe('the outside surface', () => {
    test('every route of the tables of routes leads to its function, anything else to requests, and nothing elsewhere', () => {
      const integrations = ofType(stage, 'AWS::ApiGatewayV2::Integration')
      const to = (name: string) => {
        const uri = text({ 'Fn::GetAtt': [fn(stage, name).id, 'Arn'] })
        const own = only(integrations.filter(({ Properties }) => text(Properties.IntegrationUri) === uri))
        expect(own.Properties.PayloadFormatVersion).toBe('2.0')
        return { 'Fn::Join': ['', ['integrations/', { Ref: own.id }]] }
      }
      expect(integrations).toHaveLength(2)
      const named = (routes: readonly { method: string; path: string }[], name: string) =>
        routes.map(({ method, path }): [string, Json] => [`${method} ${path}`, to(name)])
      const expected = [
        ['$default', to('requests')],
        ...named(requestRoutes, 'requests'),
        ...named(subscriptionRoutes, 'subscriptions'),
      ]
      const routes = ofType(stage, 'AWS::ApiGatewayV2::Route').map(({ Properties }) => [
        Properties.RouteKey,
        Properties.Target,
      ])
      expect(Object.fromEntries(routes)).toEqual(Object.fromEntries(expected))
    })

    test('it may hand over any route, also the one for what nobody names, which has two parts where others have three', () => {
      const api = only(ofType(stage, 'AWS::ApiGatewayV2::Api'))
      const permissions = ofType(stage, 'AWS::Lambda::Permission').filter(
        ({ Properties }) => Properties.Principal === 'apigateway.amazonaws.com',
      )
      expect(permissions).toHaveLength(2)
      for (const { Properties } of permissions) {
        expect(Properties.SourceArn['Fn::Join'][1].slice(-2)).toEqual([{ Ref: api.id }, '/*'])
      }
    })

    test('its log tells the route of a request and never the path, which may open the page of somebody', () => {
      const { DestinationArn, Format } = only(ofType(stage, 'AWS::ApiGatewayV2::Stage')).Properties.AccessLogSettings
      const logs = ofType(stage, 'AWS::Logs::LogGroup').filter(({ id }) => id === DestinationArn['Fn::GetAtt'][0])
      expect(only(logs).Properties.RetentionInDays).toBe(stage.deployment.cloud.logRetentionDays)
      expect(Object.values(JSON.parse(Format)).sort()).toEqual([
        '$context.integrationErrorMessage',
        '$context.requestId',
        '$context.requestTime',
        '$context.responseLatency',
        '$context.responseLength',
        '$context.routeKey',
        '$context.status',
      ])
    })

    test('it is throttled', () => {
      const { ratePerSecond, burst } = stage.deployment.cloud.throttle
      expect(only(ofType(stage, 'AWS::ApiGatewayV2::Stage')).Properties).toMatchObject({
        StageName: '$default',
        DefaultRouteSettings: { ThrottlingRateLimit: ratePerSecond, ThrottlingBurstLimit: burst },
      })
    })

    test('links in mails lead to it', () => {
      const api = only(ofType(stage, 'AWS::ApiGatewayV2::Api'))
      for (const name of ['requests', 'send-mail', 'subscriptions', 'send-tips']) {
        const { PUBLIC_URL } = fn(stage, name).Properties.Environment.Variables
        expect(PUBLIC_URL).toEqual({ 'Fn::GetAtt': [api.id, 'ApiEndpoint'] })
      }
    })
  })

  describe('mail', () => {
    const setNamed = (name: string) =>
      only(ofType(stage, 'AWS::SES::ConfigurationSet').filter(({ id }) => id.startsWith(`sender${name}`)))

    test.each([
      ['workflow', ['bounce', 'complaint', 'delivery', 'deliveryDelay', 'reject', 'renderingFailure', 'send']],
      // Nobody is told of a million deliveries.
      ['tips', ['bounce', 'complaint', 'reject', 'renderingFailure', 'send']],
    ])('of %s nothing is tracked that a reader does, and this is reported', (name, reported) => {
      const { EventDestination } = only(
        ofType(stage, 'AWS::SES::ConfigurationSetEventDestination').filter(
          ({ Properties }) => Properties.ConfigurationSetName.Ref === setNamed(name).id,
        ),
      ).Properties
      expect(EventDestination.MatchingEventTypes.sort()).toEqual(reported)
      expect(text(EventDestination.EventBridgeDestination.EventBusArn)).toContain(':event-bus/default')
      expect(setNamed(name).Properties).toEqual({
        ReputationOptions: { ReputationMetricsEnabled: true },
        SuppressionOptions: { SuppressedReasons: ['BOUNCE', 'COMPLAINT'] },
      })
    })

    const ruleNamed = (name: string) =>
      only(ofType(stage, 'AWS::Events::Rule').filter(({ id }) => id.replace(/[0-9A-F]{8}$/, '') === `sender${name}`))
        .Properties

    test.each([
      ['outcome', 'workflow', 'request', 7],
      // What is delivered invokes no function: that would be one a tip.
      ['outcomeoftips', 'tips', 'subscription', 4],
    ])(
      'the rule %s hears of mail that went through the set of %s with our tag, and of no other',
      (rule, set, tag, types) => {
        const { EventPattern, Targets } = ruleNamed(rule)
        expect(EventPattern.source).toEqual(['aws.ses'])
        expect(EventPattern['detail-type']).toHaveLength(types)
        expect(EventPattern.detail.mail.tags).toEqual({
          'ses:configuration-set': [{ Ref: setNamed(set).id }],
          [tag]: [{ exists: true }],
        })
        expect(only<{ Arn: Json }>(Targets).Arn).toEqual({ 'Fn::GetAtt': [fn(stage, 'record-outcome').id, 'Arn'] })
      },
    )

    test('a line for each tip that SES has taken is kept where EventBridge may write, for longer than any pause', () => {
      const group = only(ofType(stage, 'AWS::Logs::LogGroup').filter(({ Properties }) => 'LogGroupName' in Properties))
      expect(group.Properties.LogGroupName).toBe(`/aws/events/interviews-${stage.deployment.name}-taken-tips`)
      const weeks = 52
      expect(readPreferences({ pauseWeeks: weeks + 1 }, 'json', []).ok).toBe(false)
      expect(group.Properties.RetentionInDays).toBeGreaterThan(weeks * 7 + 1)
      const { EventPattern, Targets } = ruleNamed('taken')
      expect(EventPattern['detail-type']).toEqual(['Email Sent'])
      const [target] = Targets
      // Not the attribute of the group, which ends with `:*`: a rule does not take that.
      expect(target.Arn['Fn::Join'][1].slice(-2)).toEqual([':log-group:', { Ref: group.id }])
      // Ids and nothing else.
      expect(Object.values(target.InputTransformer.InputPathsMap).sort()).toEqual([
        '$.detail.mail.messageId',
        '$.detail.mail.tags.batch[0]',
        '$.detail.mail.tags.part[0]',
        '$.detail.mail.tags.subscription[0]',
        '$.time',
      ])
    })

    test('into that group EventBridge may write for its rule alone, and is heard of when it could not', () => {
      const group = only(ofType(stage, 'AWS::Logs::LogGroup').filter(({ Properties }) => 'LogGroupName' in Properties))
      const rule = only(
        ofType(stage, 'AWS::Events::Rule').filter(({ Properties }) => text(Properties.Targets).includes(group.id)),
      )
      const [, parts] = only(ofType(stage, 'AWS::Logs::ResourcePolicy')).Properties.PolicyDocument['Fn::Join']
      const asText = (part: Json) => (typeof part === 'string' ? part : text(part).replaceAll('"', "'"))
      const common = {
        Effect: 'Allow',
        Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
        Resource: `{'Fn::GetAtt':['${group.id}','Arn']}`,
      }
      // Who makes a stream names no rule.
      expect(JSON.parse(parts.map(asText).join('')).Statement).toEqual([
        { ...common, Action: 'logs:CreateLogStream' },
        {
          ...common,
          Action: 'logs:PutLogEvents',
          Condition: { ArnEquals: { 'aws:SourceArn': `{'Fn::GetAtt':['${rule.id}','Arn']}` } },
        },
      ])
      const failed = ofType(stage, 'AWS::CloudWatch::Alarm').filter(
        ({ Properties }) => Properties.MetricName === 'FailedInvocations',
      )
      expect(failed.map(({ Properties }) => Properties.Dimensions)).toEqual([
        [{ Name: 'RuleName', Value: { Ref: rule.id } }],
      ])
    })

    test.each([
      ['reconcile', 15],
      ['pick-tips', 5],
    ])('%s runs every %i minutes, and ends before its next run', (name, minutes) => {
      const schedule = only(
        ofType(stage, 'AWS::Scheduler::Schedule').filter(
          ({ Properties }) => Properties.Target.Arn['Fn::GetAtt'][0] === fn(stage, name).id,
        ),
      ).Properties
      expect(schedule.ScheduleExpression).toBe(`rate(${minutes} minutes)`)
      expect(fn(stage, name).Properties.Timeout).toBeLessThan(minutes * 60)
    })
  })

  test('a month that costs more than it should is told to whoever hears of alarms, at 80 % of it and when it will', () => {
    const { monthlyBudget, alarmsTo } = stage.deployment.cloud
    const budgets = ofType(stage, 'AWS::Budgets::Budget')
    if (!monthlyBudget) return expect(budgets).toEqual([])
    const { Budget, NotificationsWithSubscribers } = only(budgets).Properties
    expect(Budget).toMatchObject({
      BudgetType: 'COST',
      TimeUnit: 'MONTHLY',
      BudgetLimit: { Amount: monthlyBudget, Unit: 'USD' },
    })
    const told = (NotificationType: string, Threshold: number) => ({
      Notification: { NotificationType, Threshold, ThresholdType: 'PERCENTAGE', ComparisonOperator: 'GREATER_THAN' },
      Subscribers: [{ SubscriptionType: 'EMAIL', Address: alarmsTo }],
    })
    expect(NotificationsWithSubscribers).toEqual([told('ACTUAL', 80), told('FORECASTED', 100)])
    const refusedIn = (region: string) => {
      const cloud = { ...stage.deployment.cloud, env: { account: '111122223333', region } }
      const errors = Annotations.fromStack(stackOf({ ...stage.deployment, cloud })).findError('*', Match.anyValue())
      return errors.map(({ entry }) => String(entry.data)).filter((error) => error.includes('monthlyBudget'))
    }
    expect(refusedIn('eu-north-1')).toEqual([expect.stringContaining('makes no budgets in eu-north-1')])
    expect(refusedIn('eu-central-1')).toEqual([])
  })

  test('what outlives the stack is what the stage says should', () => {
    const { keepData } = stage.deployment.cloud
    const table = only(ofType(stage, 'AWS::DynamoDB::GlobalTable'))
    expect(stage.stack.terminationProtection).toBe(keepData)
    expect(table.Properties.Replicas[0].DeletionProtectionEnabled).toBe(keepData)
    // What is of use for a quarter of an hour goes with the stack.
    const kept = ofType(stage, 'AWS::Logs::LogGroup').filter(({ Properties }) => !('LogGroupName' in Properties))
    for (const { DeletionPolicy } of [table, ...kept]) {
      expect(DeletionPolicy).toBe(keepData ? 'Retain' : 'Delete')
    }
    const group = only(ofType(stage, 'AWS::Scheduler::ScheduleGroup'))
    expect(group.DeletionPolicy, 'schedules left behind would ring for a queue that is gone').toBe('Delete')
  })
})

test.each([
  // Lambda runs at least two at once, which in the sandbox is above the one mail a second: it is for trying things out.
  { mailsPerSecond: 1, batchSize: 1, maxConcurrency: 2 },
  { mailsPerSecond: 14, batchSize: 2, maxConcurrency: 2 },
  { mailsPerSecond: 50, batchSize: 5, maxConcurrency: 4 },
  { mailsPerSecond: 200, batchSize: 5, maxConcurrency: 16 },
])(
  'at $mailsPerSecond mails a second, $maxConcurrency workers take $batchSize mails each',
  ({ mailsPerSecond, ...expected }) => {
    expect(pace(mailsPerSecond)).toEqual(expected)
  },
)

describe('the table of stages', () => {
  test('has each stage under its own name', () => {
    for (const [name, stage] of Object.entries(stages)) expect(stage.name).toBe(name)
  })

  test('production is watched: somebody hears of alarms, a budget holds, and the canary walks every day', () => {
    expect(stages.prod.cloud).toMatchObject({
      alarmsTo: expect.any(String),
      monthlyBudget: expect.any(Number),
      canary: true,
    })
  })

  test('production keeps its data', () => {
    expect(stages.prod.cloud.keepData).toBe(true)
  })

  test('no two stages verify the same sender: SES knows an identity once per account and region', () => {
    const identities = all.map((stage) => only(ofType(stage, 'AWS::SES::EmailIdentity')).Properties.EmailIdentity)
    expect(new Set(identities).size).toBe(identities.length)
  })

  test('a sender is verified by its domain or as the one address', () => {
    const identity = (senderIdentity: 'domain' | 'address') => {
      const sender = { name: 'Ada', address: 'ada@mail.college.edu' }
      const stack = stackOf({ ...stages.dev, sender, cloud: { ...stages.dev.cloud, senderIdentity } })
      const resources: Record<string, Resource> = Template.fromStack(stack).toJSON().Resources
      return only(ofType({ resources }, 'AWS::SES::EmailIdentity')).Properties.EmailIdentity
    }
    expect(identity('domain')).toBe('mail.college.edu')
    expect(identity('address')).toBe('ada@mail.college.edu')
  })

  test('what this repository came with is no sender, no postal address and no key: deploying it to keep is refused', () => {
    const untouched = {
      ...stages.prod,
      brand: { name: 'Ada', postalAddress: 'Ada, 1 Example Street, Springfield', supportAddress: 'help@example.org' },
      sender: { name: 'Ada', address: 'assistant@dev.example.org' },
      addressKey: 'change-me-before-the-first-deployment',
    }
    const fields = ['brand.postalAddress', 'brand.supportAddress', 'sender.address', 'addressKey', 'cloud.alarmsTo']
    const errorsOf = (deployment: Deployment) =>
      Annotations.fromStack(stackOf(deployment))
        .findError('*', Match.anyValue())
        .map(({ entry }) => entry.data)
    expect(errorsOf(untouched).sort()).toEqual(
      fields.map((field) => `infra/stages.ts: prod.${field} is still a placeholder`).sort(),
    )
    expect(errorsOf({ ...untouched, cloud: { ...untouched.cloud, keepData: false } }), 'to try things out').toEqual([])
    const changed = {
      ...untouched,
      brand: { name: 'Ada', postalAddress: 'Ada, 2 College Green, Dublin', supportAddress: 'help@college.edu' },
      sender: { name: 'Ada', address: 'assistant@college.edu' },
      addressKey: 'k7Qx2mWvT9pLr4Zs8YhN',
      cloud: { ...untouched.cloud, alarmsTo: 'oncall@college.edu' },
    }
    expect(errorsOf(changed)).toEqual([])
  })

  test('a name that is no stage is refused, with the names that are', () => {
    expect(() => stageNamed('nowhere')).toThrow(
      `No stage is called "nowhere". There are: ${Object.keys(stages).join(', ')}.`,
    )
  })

  test('a stage with a field missing is refused before anything is deployed', () => {
    const { sender, ...nobody } = stages.dev
    expect(() => stageJson(nobody as unknown as Deployment)).toThrow(/sender/)
  })

  test('a stage too long for the environment of a function is refused', () => {
    const holidays = Array.from({ length: 300 }, () => '2026-12-25')
    const calendar = { ...stages.dev.calendar, holidays }
    expect(() => stageJson({ ...stages.dev, calendar })).toThrow(/3072 fit/)
  })
})
