import { CloudWatchClient, DescribeAlarmsCommand, type MetricAlarm } from '@aws-sdk/client-cloudwatch'
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import { paginateListSubscriptionsByTopic, SNSClient, type Subscription } from '@aws-sdk/client-sns'
import type { Asking } from './ask.ts'

/** DescribeAlarms takes no more names. */
const MOST_NAMES = 100

/** What can be told of the table, and of the alarms and who hears of them. */
export const questionsOfKeeping = ({ ask, settings }: Asking) => {
  const dynamodb = new DynamoDBClient(settings)
  const cloudWatch = new CloudWatchClient(settings)
  const sns = new SNSClient(settings)
  return {
    table: async (TableName: string) => {
      const question = () => dynamodb.send(new DescribeTableCommand({ TableName }))
      return (await ask('dynamodb:DescribeTable', question, 'ResourceNotFoundException'))?.Table
    },
    recovery: async (TableName: string) => {
      const question = () => dynamodb.send(new DescribeContinuousBackupsCommand({ TableName }))
      const { ContinuousBackupsDescription } = (await ask('dynamodb:DescribeContinuousBackups', question)) ?? {}
      return ContinuousBackupsDescription?.PointInTimeRecoveryDescription
    },
    timeToLive: async (TableName: string) => {
      const question = () => dynamodb.send(new DescribeTimeToLiveCommand({ TableName }))
      return (await ask('dynamodb:DescribeTimeToLive', question))?.TimeToLiveDescription
    },
    alarms: async (names: string[]): Promise<MetricAlarm[]> => {
      const all: MetricAlarm[] = []
      for (let start = 0; start < names.length; start += MOST_NAMES) {
        const AlarmNames = names.slice(start, start + MOST_NAMES)
        const question = () => cloudWatch.send(new DescribeAlarmsCommand({ AlarmNames, MaxRecords: MOST_NAMES }))
        all.push(...((await ask('cloudwatch:DescribeAlarms', question))?.MetricAlarms ?? []))
      }
      return all
    },
    subscriptions: async (TopicArn: string): Promise<Subscription[]> => {
      const found = await ask('sns:ListSubscriptionsByTopic', async () => {
        const all: Subscription[] = []
        const pages = paginateListSubscriptionsByTopic({ client: sns }, { TopicArn })
        for await (const { Subscriptions = [] } of pages) all.push(...Subscriptions)
        return all
      })
      return found ?? []
    },
  }
}
