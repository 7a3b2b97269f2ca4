import { CloudFormationClient, paginateListStackResources } from '@aws-sdk/client-cloudformation'

/** A resource of a stack: what kind it is, its name in the template, and its name in the world. */
export type StackResource = { type: string; logicalId: string; physicalId: string }

/** Everything that a deployed stack is made of. Throws CloudFormation's ValidationError when there is no such stack. */
export const resourcesOf = async (StackName: string): Promise<StackResource[]> => {
  const found: StackResource[] = []
  for await (const { StackResourceSummaries = [] } of paginateListStackResources(
    { client: new CloudFormationClient({}) },
    { StackName },
  )) {
    for (const { ResourceType = '', LogicalResourceId = '', PhysicalResourceId = '' } of StackResourceSummaries)
      found.push({ type: ResourceType, logicalId: LogicalResourceId, physicalId: PhysicalResourceId })
  }
  return found
}
