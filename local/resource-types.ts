import * as z from 'zod/mini'

/**
 * The resource types that the local cloud runs, with every property it knows of each. A type or a property that is not
 * in this file is refused at start: better no answer than one that AWS would not give.
 */

/** Known, and without meaning on a laptop: encryption, tags, alarms of the service and the like. */
const leftToAws = z.optional(z.unknown())
const text = z.string()
const count = z.pipe(
  z.union([z.number(), z.string().check(z.regex(/^\d+$/))]),
  z.transform((value) => Number(value)),
)
const flag = z.pipe(
  z.union([z.boolean(), z.enum(['true', 'false'])]),
  z.transform((value) => value === true || value === 'true'),
)
const texts = z.array(text)

const keySchema = z.array(z.strictObject({ AttributeName: text, KeyType: z.enum(['HASH', 'RANGE']) }))
const index = z.strictObject({
  IndexName: text,
  KeySchema: keySchema,
  Projection: z.strictObject({ ProjectionType: text, NonKeyAttributes: z.optional(texts) }),
  ContributorInsightsSpecification: leftToAws,
  OnDemandThroughput: leftToAws,
  WriteOnDemandThroughputSettings: leftToAws,
  ReadOnDemandThroughputSettings: leftToAws,
  WarmThroughput: leftToAws,
})
const table = {
  TableName: z.optional(text),
  KeySchema: keySchema,
  AttributeDefinitions: z.array(z.strictObject({ AttributeName: text, AttributeType: z.enum(['S', 'N', 'B']) })),
  GlobalSecondaryIndexes: z._default(z.array(index), []),
  LocalSecondaryIndexes: z._default(z.array(index), []),
  StreamSpecification: z.optional(z.strictObject({ StreamViewType: text, ResourcePolicy: leftToAws })),
  TimeToLiveSpecification: z.optional(z.strictObject({ AttributeName: z.optional(text), Enabled: flag })),
  BillingMode: z.optional(z.literal('PAY_PER_REQUEST')),
  SSESpecification: leftToAws,
  WarmThroughput: leftToAws,
}

const deadLetterTarget = z.strictObject({ TargetArn: z.optional(text) })
const onFailure = z.strictObject({ OnFailure: z.optional(z.strictObject({ Destination: text })) })

export const resourceTypes = {
  'AWS::DynamoDB::GlobalTable': z.strictObject({
    ...table,
    // One region is all there is here; what a replica says beside that is for AWS.
    Replicas: z.array(z.looseObject({ Region: text })).check(z.maxLength(1)),
    WriteOnDemandThroughputSettings: leftToAws,
    ReadOnDemandThroughputSettings: leftToAws,
  }),
  'AWS::DynamoDB::Table': z.strictObject({
    ...table,
    PointInTimeRecoverySpecification: leftToAws,
    DeletionProtectionEnabled: leftToAws,
    ContributorInsightsSpecification: leftToAws,
    OnDemandThroughput: leftToAws,
    TableClass: leftToAws,
    ResourcePolicy: leftToAws,
    Tags: leftToAws,
  }),
  'AWS::SQS::Queue': z.strictObject({
    QueueName: z.optional(text),
    VisibilityTimeout: z._default(count, 30),
    DelaySeconds: z._default(count, 0),
    MessageRetentionPeriod: z._default(count, 345_600),
    RedrivePolicy: z.optional(z.strictObject({ deadLetterTargetArn: text, maxReceiveCount: count })),
    ReceiveMessageWaitTimeSeconds: leftToAws,
    MaximumMessageSize: leftToAws,
    RedriveAllowPolicy: leftToAws,
    SqsManagedSseEnabled: leftToAws,
    KmsMasterKeyId: leftToAws,
    KmsDataKeyReusePeriodSeconds: leftToAws,
    Tags: leftToAws,
  }),
  'AWS::Lambda::Function': z.strictObject({
    FunctionName: z.optional(text),
    Code: z.strictObject({ S3Bucket: z.unknown(), S3Key: text }),
    Handler: text,
    Runtime: text.check(z.regex(/^nodejs/)),
    Timeout: z._default(count, 3),
    MemorySize: z._default(count, 128),
    Environment: z._default(z.strictObject({ Variables: z.record(text, z.union([text, z.number(), z.boolean()])) }), {
      Variables: {},
    }),
    DeadLetterConfig: z.optional(deadLetterTarget),
    ReservedConcurrentExecutions: z.optional(count),
    Role: leftToAws,
    Architectures: leftToAws,
    Description: leftToAws,
    EphemeralStorage: leftToAws,
    LoggingConfig: leftToAws,
    RecursiveLoop: leftToAws,
    RuntimeManagementConfig: leftToAws,
    TracingConfig: leftToAws,
    KmsKeyArn: leftToAws,
    Tags: leftToAws,
  }),
  'AWS::Lambda::EventSourceMapping': z.strictObject({
    EventSourceArn: text,
    FunctionName: text,
    BatchSize: z.optional(count),
    Enabled: z._default(flag, true),
    FilterCriteria: z.optional(z.strictObject({ Filters: z.array(z.strictObject({ Pattern: text })) })),
    MaximumRetryAttempts: z._default(z.union([count, z.literal(-1)]), -1),
    MaximumRecordAgeInSeconds: z._default(z.union([count, z.literal(-1)]), -1),
    BisectBatchOnFunctionError: z._default(flag, false),
    FunctionResponseTypes: z._default(z.array(z.literal('ReportBatchItemFailures')), []),
    DestinationConfig: z.optional(onFailure),
    StartingPosition: z.optional(z.enum(['TRIM_HORIZON', 'LATEST'])),
    // A batch goes out at once here: waiting for it to fill would only make people wait.
    MaximumBatchingWindowInSeconds: leftToAws,
    // One shard and one reader: the order that AWS promises for one key holds for all.
    ParallelizationFactor: leftToAws,
    ScalingConfig: z.optional(z.strictObject({ MaximumConcurrency: z.optional(count) })),
    MetricsConfig: leftToAws,
    LoggingConfig: leftToAws,
    ProvisionedPollerConfig: leftToAws,
    KmsKeyArn: leftToAws,
    Tags: leftToAws,
  }),
  'AWS::Lambda::EventInvokeConfig': z.strictObject({
    FunctionName: text,
    Qualifier: z.literal('$LATEST'),
    MaximumRetryAttempts: z.optional(count),
    MaximumEventAgeInSeconds: z.optional(count),
    DestinationConfig: z.optional(onFailure),
  }),
  'AWS::ApiGatewayV2::Api': z.strictObject({
    ProtocolType: z.literal('HTTP'),
    Name: leftToAws,
    Description: leftToAws,
    DisableExecuteApiEndpoint: leftToAws,
    IpAddressType: leftToAws,
    Tags: leftToAws,
  }),
  'AWS::ApiGatewayV2::Stage': z.strictObject({
    ApiId: text,
    StageName: z.literal('$default'),
    AutoDeploy: leftToAws,
    DefaultRouteSettings: leftToAws,
    RouteSettings: leftToAws,
    AccessLogSettings: leftToAws,
    Description: leftToAws,
    Tags: leftToAws,
  }),
  'AWS::ApiGatewayV2::Integration': z.strictObject({
    ApiId: text,
    IntegrationType: z.literal('AWS_PROXY'),
    IntegrationUri: text,
    PayloadFormatVersion: z.literal('2.0'),
    TimeoutInMillis: z._default(count, 30_000),
    IntegrationMethod: leftToAws,
    Description: leftToAws,
  }),
  'AWS::ApiGatewayV2::Route': z.strictObject({
    ApiId: text,
    RouteKey: text,
    Target: text,
    AuthorizationType: z.optional(z.literal('NONE')),
    OperationName: leftToAws,
  }),
  'AWS::Scheduler::ScheduleGroup': z.strictObject({ Name: z.optional(text), Tags: leftToAws }),
  'AWS::Scheduler::Schedule': z.strictObject({
    Name: z.optional(text),
    GroupName: z._default(text, 'default'),
    ScheduleExpression: text,
    ScheduleExpressionTimezone: z.optional(text),
    FlexibleTimeWindow: z.strictObject({ Mode: text, MaximumWindowInMinutes: z.optional(count) }),
    State: z._default(z.enum(['ENABLED', 'DISABLED']), 'ENABLED'),
    Target: z.strictObject({
      Arn: text,
      RoleArn: text,
      Input: z.optional(text),
      DeadLetterConfig: z.optional(z.strictObject({ Arn: z.optional(text) })),
      RetryPolicy: leftToAws,
    }),
    Description: leftToAws,
  }),
  'AWS::Events::Rule': z.strictObject({
    Name: z.optional(text),
    EventPattern: z.record(text, z.unknown()),
    EventBusName: z.optional(z.literal('default')),
    State: z._default(z.enum(['ENABLED', 'DISABLED']), 'ENABLED'),
    Targets: z.array(
      z.strictObject({
        Arn: text,
        Id: text,
        InputTransformer: z.optional(
          z.strictObject({ InputPathsMap: z._default(z.record(text, text), {}), InputTemplate: text }),
        ),
        DeadLetterConfig: z.optional(z.strictObject({ Arn: text })),
        RetryPolicy: leftToAws,
      }),
    ),
    Description: leftToAws,
    RoleArn: leftToAws,
    Tags: leftToAws,
  }),
  'AWS::Logs::LogGroup': z.strictObject({
    LogGroupName: z.optional(text),
    RetentionInDays: z.optional(count),
    DataProtectionPolicy: leftToAws,
    DeletionProtectionEnabled: leftToAws,
    FieldIndexPolicies: leftToAws,
    KmsKeyId: leftToAws,
    LogGroupClass: leftToAws,
    ResourcePolicyDocument: leftToAws,
    Tags: leftToAws,
  }),
  'AWS::SES::ConfigurationSet': z.strictObject({
    Name: z.optional(text),
    DeliveryOptions: leftToAws,
    ReputationOptions: leftToAws,
    SendingOptions: z.optional(z.strictObject({ SendingEnabled: z._default(flag, true) })),
    SuppressionOptions: leftToAws,
    TrackingOptions: leftToAws,
    VdmOptions: leftToAws,
    ArchivingOptions: leftToAws,
    Tags: leftToAws,
  }),
  'AWS::SES::ConfigurationSetEventDestination': z.strictObject({
    ConfigurationSetName: text,
    EventDestination: z.strictObject({
      Name: z.optional(text),
      Enabled: z._default(flag, true),
      MatchingEventTypes: texts,
      EventBridgeDestination: z.optional(z.strictObject({ EventBusArn: text })),
      CloudWatchDestination: leftToAws,
      KinesisFirehoseDestination: leftToAws,
      SnsDestination: leftToAws,
    }),
  }),
}

export type ResourceType = keyof typeof resourceTypes
export type Properties<T extends ResourceType> = z.infer<(typeof resourceTypes)[T]>

/** Types that need nothing on a laptop: rights, alarms, names. What refers to one gets its name or ARN. */
export const typesLeftToAws: readonly string[] = [
  'AWS::ApiGatewayV2::ApiMapping',
  'AWS::ApiGatewayV2::DomainName',
  'AWS::Budgets::Budget',
  'AWS::CDK::Metadata',
  'AWS::CertificateManager::Certificate',
  'AWS::CloudWatch::Alarm',
  'AWS::CloudWatch::CompositeAlarm',
  'AWS::CloudWatch::Dashboard',
  'AWS::IAM::ManagedPolicy',
  'AWS::IAM::Policy',
  'AWS::IAM::Role',
  'AWS::KMS::Alias',
  'AWS::KMS::Key',
  'AWS::Lambda::Permission',
  'AWS::Logs::MetricFilter',
  'AWS::Logs::QueryDefinition',
  'AWS::Logs::ResourcePolicy',
  'AWS::Route53::RecordSet',
  'AWS::SES::EmailIdentity',
  'AWS::SNS::Subscription',
  'AWS::SNS::Topic',
  'AWS::SNS::TopicPolicy',
  'AWS::SQS::QueuePolicy',
]
