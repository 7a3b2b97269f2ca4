import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation'
import { InvokeCommand, LambdaClient } from '@aws-sdk/client-lambda'
import type { ConfigurationSet } from '../../local/template.ts'
import { type MiniStack, region } from './ministack.ts'

export const stackName = 'interviews-dev'

// biome-ignore lint/suspicious/noExplicitAny: properties of a template have as many shapes as CloudFormation has types
type Resource = { Type: string; Properties: any }

/** What was deployed: the template, and under which names it exists. */
export type Deployment = {
  template: Record<string, Resource>
  /** What CloudFormation says of each resource, by logical id. */
  status: Record<string, string>
  /** The physical id of the one resource of this type whose logical id begins so. */
  named: (type: string, beginning: string) => string
  /** All of a type, by logical id. */
  all: (type: string) => Record<string, string>
  configurationSets: ConfigurationSet[]
}

export const readDeployment = async (ministack: MiniStack, assembly: string): Promise<Deployment> => {
  const template: Record<string, Resource> = JSON.parse(
    readFileSync(join(assembly, `${stackName}.template.json`), 'utf8'),
  ).Resources
  const { StackResources = [] } = await new CloudFormationClient(clientOf(ministack)).send(
    new DescribeStackResourcesCommand({ StackName: stackName }),
  )
  const status = Object.fromEntries(
    StackResources.map(({ LogicalResourceId, ResourceStatus }) => [LogicalResourceId, ResourceStatus]),
  )
  const all = (type: string): Record<string, string> =>
    Object.fromEntries(
      StackResources.filter(({ ResourceType }) => ResourceType === type).map(
        ({ LogicalResourceId, PhysicalResourceId }) => [LogicalResourceId, PhysicalResourceId],
      ),
    )
  const named = (type: string, beginning: string): string => {
    const found = Object.entries(all(type)).filter(([id]) => id.replace(/[0-9A-F]{8}$/, '') === beginning)
    if (found.length !== 1) throw new Error(`${found.length} resources of type ${type} are called ${beginning}`)
    return found[0]?.[1] ?? ''
  }
  const destinations = Object.values(template).filter(
    ({ Type }) => Type === 'AWS::SES::ConfigurationSetEventDestination',
  )
  const configurationSets = Object.entries(all('AWS::SES::ConfigurationSet')).map(([id, name]) => ({
    name,
    sendingEnabled: true,
    eventTypes: destinations
      .filter(({ Properties }) => Properties.ConfigurationSetName.Ref === id)
      .flatMap(({ Properties }) => Properties.EventDestination.MatchingEventTypes as string[])
      .map((type) => type.toUpperCase()),
  }))
  return { template, status, all, named, configurationSets }
}

/** For the clients of the SDK. */
export const clientOf = ({ url, env }: MiniStack) => ({
  endpoint: url,
  region,
  credentials: { accessKeyId: env.AWS_ACCESS_KEY_ID ?? '', secretAccessKey: env.AWS_SECRET_ACCESS_KEY ?? '' },
})

/** Invokes a function and gives its answer. Throws what it throws. */
export const invoke = async (ministack: MiniStack, name: string, event: unknown = {}): Promise<unknown> => {
  const { Payload, FunctionError } = await new LambdaClient(clientOf(ministack)).send(
    new InvokeCommand({ FunctionName: name, Payload: JSON.stringify(event) }),
  )
  const answer = Payload?.transformToString() ?? ''
  if (FunctionError) throw new Error(`${name} failed: ${answer}`)
  return JSON.parse(answer)
}
