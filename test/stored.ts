import { type AttributeValue, DynamoDBClient, paginateScan } from '@aws-sdk/client-dynamodb'
import { readEndpoints } from '../local/endpoints.ts'

/** Every item of the table of a local cloud that runs in this folder, or of an index of it, read past the product. */
export const storedIn = async (dataDir: string, index?: string): Promise<Record<string, AttributeValue>[]> => {
  const { dynamodb = '', table = '' } = readEndpoints(dataDir) ?? {}
  const client = new DynamoDBClient({
    endpoint: dynamodb,
    region: 'us-east-1',
    credentials: { accessKeyId: 'local', secretAccessKey: 'local' },
  })
  const all: Record<string, AttributeValue>[] = []
  for await (const { Items = [] } of paginateScan({ client }, { TableName: table, IndexName: index }))
    all.push(...Items)
  client.destroy()
  return all
}
