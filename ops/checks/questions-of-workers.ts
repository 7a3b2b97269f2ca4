import { DescribeRuleCommand, EventBridgeClient, ListTargetsByRuleCommand } from '@aws-sdk/client-eventbridge'
import { GetRoleCommand, IAMClient } from '@aws-sdk/client-iam'
import {
  GetAccountSettingsCommand,
  GetEventSourceMappingCommand,
  GetFunctionConfigurationCommand,
  LambdaClient,
} from '@aws-sdk/client-lambda'
import {
  GetScheduleCommand,
  GetScheduleGroupCommand,
  ListSchedulesCommand,
  SchedulerClient,
} from '@aws-sdk/client-scheduler'
import { paginateListServiceQuotas, type ServiceQuota, ServiceQuotasClient } from '@aws-sdk/client-service-quotas'
import { type Asking, once } from './ask.ts'

const NOBODY_COUNTS_BEYOND = 1_000
const noSuchThing = ['ResourceNotFoundException', 'NoSuchEntity', 'NoSuchEntityException']

/** What can be told of the functions, and of all that calls them: rules, schedules and queues. */
export const questionsOfWorkers = ({ ask, settings }: Asking) => {
  const lambda = new LambdaClient(settings)
  const events = new EventBridgeClient(settings)
  const scheduler = new SchedulerClient(settings)
  const iam = new IAMClient(settings)
  const quotas = new ServiceQuotasClient(settings)
  return {
    lambdaLimits: once(async () => {
      const question = () => lambda.send(new GetAccountSettingsCommand({}))
      return (await ask('lambda:GetAccountSettings', question))?.AccountLimit ?? {}
    }),
    functionNamed: (FunctionName: string) => {
      const question = () => lambda.send(new GetFunctionConfigurationCommand({ FunctionName }))
      return ask('lambda:GetFunctionConfiguration', question, ...noSuchThing)
    },
    eventSourceMapping: (UUID: string) => {
      const question = () => lambda.send(new GetEventSourceMappingCommand({ UUID }))
      return ask('lambda:GetEventSourceMapping', question, ...noSuchThing)
    },
    rule: (Name: string) =>
      ask('events:DescribeRule', () => events.send(new DescribeRuleCommand({ Name })), ...noSuchThing),
    targets: async (Rule: string) => {
      const question = () => events.send(new ListTargetsByRuleCommand({ Rule }))
      return (await ask('events:ListTargetsByRule', question))?.Targets ?? []
    },
    schedule: (Name: string) =>
      ask('scheduler:GetSchedule', () => scheduler.send(new GetScheduleCommand({ Name })), ...noSuchThing),
    scheduleGroup: (Name: string) => {
      const question = () => scheduler.send(new GetScheduleGroupCommand({ Name }))
      return ask('scheduler:GetScheduleGroup', question, ...noSuchThing)
    },
    /** How many alarms of mails are set; beyond a thousand nobody counts. */
    countSchedules: async (GroupName: string): Promise<{ count: number; more: boolean }> => {
      let count = 0
      let NextToken: string | undefined
      do {
        const question = () => scheduler.send(new ListSchedulesCommand({ GroupName, NextToken, MaxResults: 100 }))
        const page = await ask('scheduler:ListSchedules', question)
        count += page?.Schedules?.length ?? 0
        NextToken = page?.NextToken
      } while (NextToken && count < NOBODY_COUNTS_BEYOND)
      return { count, more: NextToken !== undefined }
    },
    role: async (RoleName: string) =>
      (await ask('iam:GetRole', () => iam.send(new GetRoleCommand({ RoleName })), ...noSuchThing))?.Role,
    quotasOf: async (ServiceCode: string): Promise<ServiceQuota[]> => {
      const found = await ask('servicequotas:ListServiceQuotas', async () => {
        const all: ServiceQuota[] = []
        const pages = paginateListServiceQuotas({ client: quotas }, { ServiceCode })
        for await (const { Quotas = [] } of pages) all.push(...Quotas)
        return all
      })
      return found ?? []
    },
  }
}
