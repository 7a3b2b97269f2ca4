import assert from 'node:assert/strict'
import {
  CloudWatchLogsClient,
  DescribeLogGroupsCommand,
  paginateFilterLogEvents,
} from '@aws-sdk/client-cloudwatch-logs'
import { DynamoDBClient, ListTablesCommand } from '@aws-sdk/client-dynamodb'
import {
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler'
import { GetQueueAttributesCommand, ListQueuesCommand, SQSClient } from '@aws-sdk/client-sqs'
import { adasForm } from '../traveller.ts'
import { clientOf, type Deployment, iam } from './deployment.ts'
import { type MiniStack, refusals } from './ministack.ts'
import { prove } from './steps.ts'
import { ada } from './walk-request.ts'
import { lou } from './walk-tips.ts'
import type { Walker } from './walker.ts'

/** Before anything is asked of it: the refusals that were meant. */
export const checkWhatIsDeployed = async (
  ministack: MiniStack,
  { template, status, named, all }: Deployment,
  walker: Walker,
): Promise<string[]> => {
  const count = Object.keys(template).length
  await prove(`Each of the ${count} resources of the template exists, and none was taken out`, async () => {
    const complete = Object.fromEntries(Object.keys(template).map((id) => [id, 'CREATE_COMPLETE']))
    assert.deepEqual(status, complete)
  })

  await prove('Each function that runs again and again has its schedule, which rests from here on', async () => {
    const scheduler = new SchedulerClient(clientOf(ministack))
    const functions = all('AWS::Lambda::Function')
    for (const [id, Name] of Object.entries(all('AWS::Scheduler::Schedule'))) {
      const { Properties } = template[id] ?? assert.fail(id)
      const { Target, FlexibleTimeWindow, ...found } = await scheduler.send(new GetScheduleCommand({ Name }))
      assert.equal(found.State, 'ENABLED')
      assert.equal(found.ScheduleExpression, Properties.ScheduleExpression)
      assert.equal(Target?.Arn?.split(':').at(-1), functions[Properties.Target.Arn['Fn::GetAtt'][0]])
      const { ScheduleExpression } = found
      await scheduler.send(
        new UpdateScheduleCommand({ Name, ScheduleExpression, FlexibleTimeWindow, Target, State: 'DISABLED' }),
      )
    }
  })

  return prove('A function has the rights of its own role: what that loses, the function loses', async () => {
    assert.deepEqual(refusals(ministack), [])
    const policy = { RoleName: named('AWS::IAM::Role', 'requestsrole'), PolicyName: 'for-a-moment' }
    const nothing = { Version: '2012-10-17', Statement: { Effect: 'Deny', Action: 'dynamodb:*', Resource: '*' } }
    await iam(ministack, 'PutRolePolicy', { ...policy, PolicyDocument: JSON.stringify(nothing) })
    assert.equal((await walker.post('/requests', adasForm)).status, 503)
    await iam(ministack, 'DeleteRolePolicy', policy)
    const meant = refusals(ministack)
    assert.notEqual(meant.length, 0)
    return meant
  })
}

/** After all of it. */
export const checkWhatIsLeft = async (
  ministack: MiniStack,
  { template, all }: Deployment,
  meant: string[],
): Promise<void> => {
  await prove('Nobody else was refused a right: what the policies grant is all that the functions needed', async () => {
    assert.deepEqual(refusals(ministack).slice(meant.length), [])
  })

  await prove('Every queue is empty, and nothing is among the dead letters', async () => {
    const sqs = new SQSClient(clientOf(ministack))
    for (const [id, QueueUrl] of Object.entries(all('AWS::SQS::Queue'))) {
      const { Attributes } = await sqs.send(
        new GetQueueAttributesCommand({
          QueueUrl,
          AttributeNames: ['ApproximateNumberOfMessages', 'ApproximateNumberOfMessagesNotVisible'],
        }),
      )
      assert.deepEqual(Object.values(Attributes ?? {}), ['0', '0'], id)
    }
  })

  await prove('Every function has run and logged into its own group, and the logs name nobody', async () => {
    const client = new CloudWatchLogsClient(clientOf(ministack))
    const groups = all('AWS::Logs::LogGroup')
    for (const [id, { Type, Properties }] of Object.entries(template)) {
      if (Type !== 'AWS::Lambda::Function') continue
      const logGroupName = groups[Properties.LoggingConfig.LogGroup.Ref] ?? ''
      const lines: string[] = []
      for await (const { events = [] } of paginateFilterLogEvents({ client }, { logGroupName })) {
        lines.push(...events.map(({ message = '' }) => message))
      }
      const said = lines.join('\n')
      assert.notEqual(said, '', id)
      for (const word of [ada, lou, 'complaint+tips', 'Lovelace', 'Hopper', adasForm.topic]) {
        assert(!said.includes(word), `${id} says ${word}`)
      }
    }
  })
}

/** After `cdk destroy`, which for this stage is to take everything along. */
export const checkThatNothingIsLeft = async (ministack: MiniStack): Promise<void> => {
  const client = clientOf(ministack)
  const { TableNames } = await new DynamoDBClient(client).send(new ListTablesCommand({}))
  const { QueueUrls = [] } = await new SQSClient(client).send(new ListQueuesCommand({}))
  const { logGroups = [] } = await new CloudWatchLogsClient(client).send(new DescribeLogGroupsCommand({}))
  const { Schedules } = await new SchedulerClient(client).send(new ListSchedulesCommand({}))
  assert.deepEqual(
    { TableNames, QueueUrls, logGroups, Schedules },
    { TableNames: [], QueueUrls: [], logGroups: [], Schedules: [] },
  )
}
