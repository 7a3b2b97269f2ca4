import type { DynamoDBClient } from '@aws-sdk/client-dynamodb'

export type Asked = { command: string; input: Record<string, unknown>; output: Record<string, unknown> | undefined }

/** Sees what a client asks the database, and what it is told; and stands in its way where a test wants it to. */
export const watchCalls = (client: DynamoDBClient) => {
  const watch = {
    asked: [] as Asked[],
    /** A page of a query ends after so many, whatever was asked for. */
    pageOf: undefined as number | undefined,
    /** What each call is told instead of an answer, or each one of this command. */
    refusal: undefined as Error | undefined,
    refused: undefined as string | undefined,
  }
  client.middlewareStack.add(
    (next, { commandName = '' }) =>
      async (args) => {
        const input =
          watch.pageOf && commandName === 'QueryCommand' ? { ...args.input, Limit: watch.pageOf } : args.input
        const asked: Asked = { command: commandName, input: input as Asked['input'], output: undefined }
        watch.asked.push(asked)
        if (watch.refusal && (watch.refused ?? commandName) === commandName) throw watch.refusal
        const result = await next({ ...args, input })
        asked.output = result.output as unknown as Asked['output']
        return result
      },
    { step: 'initialize' },
  )
  return watch
}

/** The reads of a call whose answer may be older than the last write, the index aside: it cannot be asked otherwise. */
export const staleReads = (asked: readonly Asked[]): string[] =>
  asked
    .filter(({ command }) => command === 'GetItemCommand' || command === 'QueryCommand')
    .filter(({ input }) => !input.IndexName && !input.ConsistentRead)
    .map(({ command, input }) => `${command} ${JSON.stringify(input.Key ?? input.ExpressionAttributeValues)}`)

type Capacity = { CapacityUnits?: number }

/** What DynamoDB charged for each call that it answered; throws where it did not say. */
export const unitsOf = (asked: readonly Asked[]): number[] =>
  asked.flatMap(({ command, output }) => {
    if (!output) return []
    const { ConsumedCapacity } = output as { ConsumedCapacity?: Capacity | Capacity[] }
    if (ConsumedCapacity === undefined) throw new Error(`${command} did not say what it cost`)
    return [[ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0)]
  })
