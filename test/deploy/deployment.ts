import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { CloudFormationClient, DescribeStackResourcesCommand } from '@aws-sdk/client-cloudformation'
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

/** A call of a service that this repository has no client of: the answer as text. The account's owner need not sign. */
const call = async (
  { url, env }: MiniStack,
  service: string,
  path: string,
  { body, headers = {} }: { body: string; headers?: Record<string, string> },
): Promise<string> => {
  const scope = `${env.AWS_ACCESS_KEY_ID}/20260101/${region}/${service}/aws4_request`
  const response = await fetch(`${url}${path}`, {
    method: 'POST',
    headers: {
      authorization: `AWS4-HMAC-SHA256 Credential=${scope}, SignedHeaders=host, Signature=none`,
      'content-type': 'application/x-amz-json-1.1',
      ...headers,
    },
    body,
  })
  const text = await response.text()
  if (!response.ok || response.headers.has('x-amz-function-error')) {
    throw new Error(`${service}${path} answered ${response.status}: ${text}`)
  }
  return text
}

/** An operation of EventBridge. */
export const events = async (ministack: MiniStack, operation: string, input: object) => {
  const headers = { 'x-amz-target': `AWSEvents.${operation}` }
  return JSON.parse(await call(ministack, 'events', '/', { body: JSON.stringify(input), headers }))
}

/** Invokes a function and gives its answer. Throws when it did. */
export const invoke = async (ministack: MiniStack, name: string, event: unknown = {}) =>
  JSON.parse(
    await call(ministack, 'lambda', `/2015-03-31/functions/${name}/invocations`, { body: JSON.stringify(event) }),
  )

/** An operation of IAM. */
export const iam = (ministack: MiniStack, operation: string, parameters: Record<string, string>) =>
  call(ministack, 'iam', '/', {
    body: new URLSearchParams({ Action: operation, Version: '2010-05-08', ...parameters }).toString(),
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
  })
