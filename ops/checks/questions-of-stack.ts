import {
  CloudFormationClient,
  DescribeStackEventsCommand,
  DescribeStacksCommand,
  paginateListStackResources,
  type StackEvent,
  type StackResourceSummary,
} from '@aws-sdk/client-cloudformation'
import { PlainError } from '../plain-error.ts'
import { type Asking, once } from './ask.ts'

/** What CloudFormation can tell: whether the stack is there, and what each thing in it is called. */
export const questionsOfStack = ({ ask, settings }: Asking, stackName: string) => {
  const client = new CloudFormationClient(settings)
  const stackNamed = async (StackName: string) => {
    const question = () => client.send(new DescribeStacksCommand({ StackName }))
    // Its word for what is not there.
    return (await ask('cloudformation:DescribeStacks', question, 'ValidationError'))?.Stacks?.[0]
  }
  const stack = once(() => stackNamed(stackName))
  const isDeployed = async () => /^(CREATE_COMPLETE$|UPDATE_|IMPORT_)/.test((await stack())?.StackStatus ?? '')
  const resources = once(async () => {
    if (!(await isDeployed())) throw new PlainError('nothing is deployed yet')
    const found = await ask('cloudformation:ListStackResources', async () => {
      const all: StackResourceSummary[] = []
      const pages = paginateListStackResources({ client }, { StackName: stackName })
      for await (const { StackResourceSummaries = [] } of pages) all.push(...StackResourceSummaries)
      return all
    })
    return found ?? []
  })
  /** Names of all resources of a kind, told apart by their logical ids, which begin with those of their constructs. */
  const named = async (type: string, construct = ''): Promise<string[]> => {
    const found = (await resources()).filter(
      ({ ResourceType, LogicalResourceId = '' }) => ResourceType === type && LogicalResourceId.startsWith(construct),
    )
    return found.flatMap(({ PhysicalResourceId }) => PhysicalResourceId ?? [])
  }
  return {
    stackName,
    stackNamed,
    stack,
    isDeployed,
    named,
    /** The one of its kind. Throws where the deployed stack is of a time before there was one. */
    theOne: async (type: string, construct = ''): Promise<string> => {
      const [name] = await named(type, construct)
      if (name) return name
      throw new PlainError(`the deployed stack has no ${type} "${construct}": deploy what is in this folder`)
    },
    output: async (name: string): Promise<string | undefined> =>
      (await stack())?.Outputs?.find(({ OutputKey }) => OutputKey === name)?.OutputValue,
    /** The first thing that failed in the latest deployment. */
    firstFailure: async (): Promise<StackEvent | undefined> => {
      const question = () => client.send(new DescribeStackEventsCommand({ StackName: stackName }))
      const { StackEvents = [] } = (await ask('cloudformation:DescribeStackEvents', question)) ?? {}
      // The latest come first. A deployment begins where the stack itself was asked to change.
      const begins = StackEvents.findIndex((event) => isOfStack(event) && /^(CREATE|UPDATE)_IN_/.test(statusOf(event)))
      const latest = StackEvents.slice(0, begins < 0 ? undefined : begins).reverse()
      return latest.find((event) => !isOfStack(event) && statusOf(event).endsWith('_FAILED'))
    },
  }
}

const isOfStack = ({ ResourceType }: StackEvent): boolean => ResourceType === 'AWS::CloudFormation::Stack'
const statusOf = ({ ResourceStatus }: StackEvent): string => ResourceStatus ?? ''
