import { DynamoDBClient, GetItemCommand, QueryCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { marshall, unmarshall } from '@aws-sdk/util-dynamodb'
import type { Mail } from '../../local/mail.ts'
import { clientOf, type Deployment } from './deployment.ts'
import type { MailService } from './mail-service.ts'
import type { MiniStack } from './ministack.ts'
import { eventually } from './steps.ts'

// biome-ignore lint/suspicious/noExplicitAny: what is in the table is what is looked at
type Item = Record<string, any>

/** Somebody who uses what is deployed, over HTTP, and may look into the table. */
export const walkerOf = (ministack: MiniStack, deployment: Deployment, mailService: MailService) => {
  const api = deployment.named('AWS::ApiGatewayV2::Api', 'webapi')
  const database = new DynamoDBClient(clientOf(ministack))
  const TableName = deployment.named('AWS::DynamoDB::GlobalTable', 'requeststable')

  const http = async (method: string, path: string, init: RequestInit = {}) => {
    const url = `${ministack.url}/_aws/execute-api/${api}/$default${path}`
    const response = await fetch(url, { method, redirect: 'manual', ...init })
    const text = await response.text()
    return { status: response.status, text, json: text.startsWith('{') ? JSON.parse(text) : undefined }
  }
  return {
    http,
    post: (path: string, body: object) =>
      http('POST', path, { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
    /** The newest mail of that name to somebody, once it is there. */
    mail: (to: string, name: string, isIt: (mail: Mail) => boolean = () => true) =>
      eventually(`the mail ${name} to ${to}`, async () =>
        mailService.mails().findLast((mail) => mail.to.includes(to) && mail.tags.mail === name && isIt(mail)),
      ),
    item: async (pk: string, sk: string): Promise<Item | undefined> => {
      const { Item } = await database.send(
        new GetItemCommand({ TableName, Key: marshall({ pk, sk }), ConsistentRead: true }),
      )
      return Item && unmarshall(Item)
    },
    items: async (pk: string, beginning: string): Promise<Item[]> => {
      const { Items = [] } = await database.send(
        new QueryCommand({
          TableName,
          KeyConditionExpression: 'pk = :pk AND begins_with(sk, :sk)',
          ExpressionAttributeValues: marshall({ ':pk': pk, ':sk': beginning }),
        }),
      )
      return Items.map((item) => unmarshall(item))
    },
    /** Changes an item by hand: what time would do, or a worker that died. */
    change: async (pk: string, sk: string, attributes: Item): Promise<void> => {
      const names = Object.keys(attributes)
      await database.send(
        new UpdateItemCommand({
          TableName,
          Key: marshall({ pk, sk }),
          UpdateExpression: `SET ${names.map((_, index) => `#${index} = :${index}`).join(', ')}`,
          ExpressionAttributeNames: Object.fromEntries(names.map((name, index) => [`#${index}`, name])),
          ExpressionAttributeValues: marshall(
            Object.fromEntries(Object.values(attributes).map((value, index) => [`:${index}`, value])),
          ),
        }),
      )
    },
  }
}

export type Walker = ReturnType<typeof walkerOf>

/** The path of the link in a mail whose path ends so, without the host: that is one which only MiniStack knows. */
export const pathIn = ({ text = '', subject }: Mail, pattern: RegExp): string => {
  const paths = (text.match(/https?:\/\/[^\s<>)"]+/g) ?? []).map((url) => new URL(url).pathname)
  const path = paths.find((one) => pattern.test(one))
  if (!path) throw new Error(`No link like ${pattern} in the mail “${subject}”`)
  return path
}
