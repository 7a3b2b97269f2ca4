import { bareAddress } from '../local/ses-request.ts'
import type { Call } from '../local/tap.ts'
import { account, nameOf, region } from '../local/template.ts'
import { type Asked, roleIn, type Stack } from './policies.ts'

/** A right that a role needs, and who for what. */
export type Need = Asked & { role: string; because: string }

const arn = (service: string, resource: string): string => `arn:aws:${service}:${region}:${account}:${resource}`
// biome-ignore lint/suspicious/noExplicitAny: bodies have as many shapes as there are operations
type Body = any
type Around = Pick<Stack, 'identities'> & { sandbox: boolean }
type Rights = (body: Body, around: Around) => Asked[]

const onItem =
  (action: string): Rights =>
  ({ TableName }) => [{ action: `dynamodb:${action}`, resource: arn('dynamodb', `table/${TableName}`) }]

// A queue's URL ends as its ARN does.
const onQueue =
  (action: string): Rights =>
  ({ QueueUrl }) => [{ action: `sqs:${action}`, resource: arn('sqs', QueueUrl.split('/').at(-1)) }]

const onSchedule = (action: string, { Name, GroupName }: Body): Asked => ({
  action: `scheduler:${action}`,
  resource: arn('scheduler', `schedule/${GroupName}/${Name}`),
})

const passing =
  (action: string): Rights =>
  (body) => [
    onSchedule(action, body),
    {
      action: 'iam:PassRole',
      resource: body.Target.RoleArn,
      context: { 'iam:PassedToService': 'scheduler.amazonaws.com' },
    },
  ]

/**
 * SES asks for the identity that the sender is verified by, its address or its domain, and for the configuration set; in
 * its sandbox for the identities of the recipients as well.
 * https://github.com/medplum/medplum/pull/10102, https://github.com/aws/aws-sdk-js-v3/issues/2061
 */
const sending = (actions: string[], body: Body, { identities, sandbox }: Around): Asked[] => {
  const { FromEmailAddress, ConfigurationSetName, BulkEmailEntries = [body] } = body
  const from = bareAddress(FromEmailAddress)
  const sender = [from, from.split('@')[1]].find((name) => name && identities.includes(name)) ?? from
  const recipients = sandbox ? BulkEmailEntries.flatMap(({ Destination }: Body) => Destination.ToAddresses) : []
  const names = [sender, ...recipients].map((name) => `identity/${name}`)
  return actions.flatMap((action) =>
    [...names, `configuration-set/${ConfigurationSetName}`].map((resource) => ({
      action: `ses:${action}`,
      resource: arn('ses', resource),
      context: { 'ses:FromAddress': from },
    })),
  )
}

/**
 * What each operation is checked as. From https://docs.aws.amazon.com/service-authorization/latest/reference/, unless
 * another page is named. Where it is not known which of two actions AWS asks for, both are: only AWS itself can tell.
 */
const rights: Record<string, Rights> = {
  'DynamoDB_20120810.GetItem': onItem('GetItem'),
  'DynamoDB_20120810.PutItem': onItem('PutItem'),
  'DynamoDB_20120810.UpdateItem': onItem('UpdateItem'),
  'DynamoDB_20120810.DeleteItem': onItem('DeleteItem'),
  'DynamoDB_20120810.Query': ({ TableName, IndexName }) => [
    {
      action: 'dynamodb:Query',
      resource: arn('dynamodb', `table/${TableName}${IndexName ? `/index/${IndexName}` : ''}`),
    },
  ],
  // https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/transaction-apis-iam.html
  'DynamoDB_20120810.TransactWriteItems': ({ TransactItems }, around) =>
    TransactItems.flatMap((item: Body) =>
      Object.entries(item).flatMap(([part, body]) => onItem(`${part}Item`)(body, around)),
    ),
  // Ten messages ask for what one does.
  // https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-batch-api.html
  'AmazonSQS.SendMessageBatch': onQueue('SendMessage'),
  'AmazonSQS.GetQueueAttributes': onQueue('GetQueueAttributes'),
  // https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/iam-access-control-overview-cwl.html
  'Logs_20140328.FilterLogEvents': ({ logGroupName }) => [
    { action: 'logs:FilterLogEvents', resource: arn('logs', `log-group:${logGroupName}:*`) },
  ],
  'POST /schedules/': passing('CreateSchedule'),
  'PUT /schedules/': passing('UpdateSchedule'),
  'DELETE /schedules/': (body) => [onSchedule('DeleteSchedule', body)],
  'GET /schedules': () => [{ action: 'scheduler:ListSchedules', resource: '*' }],
  'GET /v2/email/account': () => [{ action: 'ses:GetAccount', resource: '*' }],
  // Raw MIME is checked as SendRawEmail (https://github.com/anymail/django-anymail/issues/384); attachments perhaps too.
  'POST /v2/email/outbound-emails': (body, around) =>
    sending(body.Content.Simple.Attachments?.length ? ['SendEmail', 'SendRawEmail'] : ['SendEmail'], body, around),
  // AWS names the second one where the API says SendBulkEmail.
  'POST /v2/email/outbound-bulk-emails': (body, around) =>
    sending(['SendBulkEmail', 'SendBulkTemplatedEmail'], body, around),
}

/** What a call is called in that table, and what it says; the name of a schedule is in its path. */
const read = ({ method, path, target, body }: Call): { operation: string; body: Body } => {
  if (target) return { operation: target, body }
  const { pathname, searchParams } = new URL(path, 'http://service')
  const [, name] = /^\/schedules\/(.+)$/.exec(pathname) ?? []
  if (name === undefined) return { operation: `${method} ${pathname}`, body }
  const group = searchParams.get('groupName')
  return {
    operation: `${method} /schedules/`,
    body: { ...(group && { GroupName: group }), ...(body as Body), Name: name },
  }
}

/** What one call needs, and what Scheduler needs later if it sets an alarm. Throws for an operation that is not known here. */
export const needsOf = (call: Call, stack: Stack, { sandbox }: { sandbox: boolean }): Need[] => {
  const { operation, body } = read(call)
  const asked = rights[operation]
  if (!asked) throw new Error(`nobody has written down what rights ${operation} needs, which ${call.fn} calls`)
  const as = { role: roleOf(call.fn, stack), because: `${call.fn} calls ${operation}` }
  const own = asked(body, { ...stack, sandbox }).map((one) => ({ ...as, ...one }))
  return body.Target ? [...own, ...ringing(body.Target, `an alarm rings that ${call.fn} has set`)] : own
}

const roleOf = (fn: string, { roles }: Stack): string => {
  const role = roles.get(fn)
  if (role === undefined) throw new Error(`no function is called ${fn}`)
  return role
}

type Target = { Arn: string; RoleArn: string; DeadLetterConfig?: { Arn: string } }

/** What Scheduler does with the role that it was given. */
const ringing = ({ Arn, RoleArn, DeadLetterConfig }: Target, because: string): Need[] => {
  const action = Arn.includes(':lambda:') ? 'lambda:InvokeFunction' : 'sqs:SendMessage'
  const role = roleIn(RoleArn)
  return [
    { role, because, action, resource: Arn },
    ...(DeadLetterConfig ? [{ role, because, action: 'sqs:SendMessage', resource: DeadLetterConfig.Arn }] : []),
  ]
}

type InTheirName = { FunctionName: string; DestinationConfig?: { OnFailure?: { Destination: string } } }

/**
 * What AWS itself does in the name of the roles, which no call of a function shows: Lambda writes logs, reads queues and
 * streams and puts away what failed, Scheduler calls. https://docs.aws.amazon.com/lambda/latest/dg/: monitoring-logs,
 * services-sqs-configure, with-ddb, invocation-async-retain-records.
 */
export const needsOfAws = (stack: Stack): Need[] => {
  const inNameOf = (fn: string, what: string, actions: string[], resource: string): Need[] => {
    const as = { role: roleOf(nameOf(fn), stack), because: `what Lambda ${what} ${nameOf(fn)}` }
    return actions.map((action) => ({ ...as, action, resource }))
  }
  const functions = stack.all<{ LoggingConfig: { LogGroup: string } }>('AWS::Lambda::Function')
  const mappings = stack.all<InTheirName & { EventSourceArn: string }>('AWS::Lambda::EventSourceMapping')
  const retries = stack.all<InTheirName>('AWS::Lambda::EventInvokeConfig')
  const schedules = stack.all<{ Target: Target }>('AWS::Scheduler::Schedule')
  return [
    ...functions.flatMap(({ name, properties }) => {
      const stream = arn('logs', `log-group:${properties.LoggingConfig.LogGroup}:log-stream:today`)
      return inNameOf(name, 'logs for', ['logs:CreateLogStream', 'logs:PutLogEvents'], stream)
    }),
    ...mappings.flatMap(({ properties: { FunctionName, EventSourceArn: source } }) => {
      const reading = source.includes(':sqs:')
        ? ['sqs:ReceiveMessage', 'sqs:DeleteMessage', 'sqs:GetQueueAttributes']
        : ['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator', 'dynamodb:ListStreams']
      return inNameOf(FunctionName, 'reads for', reading, source)
    }),
    ...[...mappings, ...retries].flatMap(({ properties: { FunctionName, DestinationConfig } }) => {
      const dead = DestinationConfig?.OnFailure?.Destination
      return dead ? inNameOf(FunctionName, 'keeps of the failures of', ['sqs:SendMessage'], dead) : []
    }),
    ...schedules.flatMap(({ name, properties }) => ringing(properties.Target, `${name} is due`)),
  ]
}
