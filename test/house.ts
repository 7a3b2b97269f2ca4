import { isDeepStrictEqual } from 'node:util'
import { DeleteItemCommand, UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { vi } from 'vitest'
import { type Deployment, stageJson } from '../infra/stages.ts'
import type { Item } from '../shared/aws/database.ts'
import { tokenFor } from '../shared/capability.ts'

import { openServices } from './services.ts'
import { openTable } from './table.ts'
import { adasForm } from './traveller.ts'

export type Answer = { statusCode: number; headers: Record<string, string>; body: string }

/** What a visitor sends. Without a content type a body is JSON. */
export type Sent = {
  headers?: Record<string, string>
  body?: unknown
  sourceIp?: string
  isBase64Encoded?: boolean
}

/**
 * The functions as they are, on a real database, with services that answer as a test says and a clock that stands until it
 * is moved: for what takes thousands of calls, or an answer that no service gives on demand. To be awaited before any module
 * of `shared/aws` is imported; the caller mocks `shared/aws/metrics.ts`, which writes to the terminal.
 */
export const openHouse = async (stage: Deployment, at: string) => {
  vi.useFakeTimers({ toFake: ['Date'], now: new Date(at) })
  const table = await openTable()
  const services = await openServices()
  process.env.STAGE = stageJson(stage)
  const functions = {
    requests: (await import('../functions/requests.ts')).handler as unknown as (
      event: unknown,
      context: unknown,
    ) => Promise<Answer>,
    subscriptions: (await import('../functions/subscriptions.ts')).handler as unknown as (
      event: unknown,
      context: unknown,
    ) => Promise<Answer>,
    planMail: (await import('../functions/plan-mail.ts')).handler,
    sendMail: (await import('../functions/send-mail.ts')).handler,
    pickTips: (await import('../functions/pick-tips.ts')).handler,
    sendTips: (await import('../functions/send-tips.ts')).handler,
    recordOutcome: (await import('../functions/record-outcome.ts')).handler,
  }
  const { everyPartition } = await import('../shared/aws/whole-table.ts')
  const { database } = await import('../shared/aws/database.ts')
  const commands: string[] = []
  database.middlewareStack.add(
    (next, context) => async (args) => {
      commands.push(String((context as { commandName?: string }).commandName))
      return next(args)
    },
    { step: 'initialize' },
  )

  const now = () => new Date().toISOString()

  /** One request over HTTP, as API Gateway hands it over. */
  const call = (method: string, path: string, { headers = {}, body, sourceIp = '203.0.113.7', ...more }: Sent = {}) => {
    const isTips = /^\/(subscriptions|series)\b|\/stop-everything$/.test(path)
    const isText = typeof body === 'string'
    return functions[isTips ? 'subscriptions' : 'requests'](
      {
        version: '2.0',
        routeKey: '$default',
        rawPath: path,
        rawQueryString: '',
        headers: { ...(body === undefined || isText ? {} : { 'content-type': 'application/json' }), ...headers },
        requestContext: { http: { method, path, protocol: 'HTTP/1.1', sourceIp, userAgent: '' }, stage: '$default' },
        ...(body === undefined ? {} : { body: isText ? body : JSON.stringify(body) }),
        isBase64Encoded: false,
        ...more,
      },
      {},
    )
  }

  /** Every item, as DynamoDB's JSON. */
  const items = async (): Promise<Item[]> => {
    const all: Item[] = []
    await everyPartition((partition) => void all.push(...partition))
    return all
  }

  /** What the stream has told: an item is told again when it has changed, and told gone once. */
  const told = new Map<string, Item>()
  const tell = async (): Promise<number> => {
    const records = []
    const present = new Set<string>()
    for (const item of await items()) {
      const { pk, sk } = item
      const isTips = sk?.S?.startsWith('SERIES#')
      if (!pk || !sk || (sk.S !== 'REQUEST' && !isTips)) continue
      const key = `${pk.S} ${sk.S}`
      present.add(key)
      const before = told.get(key)
      if (isDeepStrictEqual(before, item)) continue
      told.set(key, item)
      if (isTips && !item.ring) continue
      records.push({ dynamodb: { Keys: { pk, sk }, NewImage: item, ...(before ? { OldImage: before } : {}) } })
    }
    for (const [key, item] of told) {
      if (present.has(key)) continue
      told.delete(key)
      records.push({ dynamodb: { Keys: { pk: item.pk, sk: item.sk }, OldImage: item } })
    }
    for (const record of records) {
      const { batchItemFailures } = await functions.planMail({ Records: [record] } as never)
      if (batchItemFailures.length > 0) throw new Error('plan-mail could not do it')
    }
    return records.length
  }

  /** Messages on their way, each from its moment on. */
  let waiting: { queue: string; body: object; from: number }[] = []
  const collect = (): void => {
    for (const { queue, body, delaySeconds } of services.queued.splice(0))
      waiting.push({ queue, body, from: Date.now() + delaySeconds * 1000 })
    for (const [name, { at: moment, body }] of services.alarms) {
      if (Date.parse(moment) > Date.now()) continue
      services.alarms.delete(name)
      waiting.push({ queue: 'mail', body, from: Date.now() })
    }
  }

  /** Delivers what waits, `atMost` messages; what fails comes back after two minutes. Answers how many were tried. */
  const deliver = async (atMost = Number.POSITIVE_INFINITY): Promise<number> => {
    collect()
    const due = waiting.filter(({ from }) => from <= Date.now()).slice(0, atMost)
    waiting = waiting.filter((message) => !due.includes(message))
    for (let start = 0; start < due.length; start += 10) {
      const some = due.slice(start, start + 10)
      for (const queue of ['mail', 'tips']) {
        const batch = some.filter((message) => message.queue === queue)
        const Records = batch.map(({ body }, index) => ({ messageId: String(index), body: JSON.stringify(body) }))
        const work = queue === 'mail' ? functions.sendMail : functions.sendTips
        const { batchItemFailures } = await work({ Records } as never)
        for (const { itemIdentifier } of batchItemFailures) {
          const failed = batch[Number(itemIdentifier)]
          if (failed) waiting.push({ ...failed, from: Date.now() + 120_000 })
        }
      }
    }
    return due.length
  }

  return {
    table,
    services,
    functions,
    database,
    /** Commands that the database has got, by name. */
    commands,
    call,
    items,
    now,
    pass: (minutes: number) => void vi.setSystemTime(new Date(Date.now() + minutes * 60_000)),
    tell,
    deliver,
    /** What the queues hold, delivered or not yet looked at. */
    underway: () => [...services.queued, ...waiting].map(({ queue, body }) => ({ queue, body })),
    /** When the next message or alarm is due, in milliseconds; infinite when nothing waits. */
    nextAt: () =>
      Math.min(
        ...waiting.map(({ from }) => from),
        ...[...services.alarms.values()].map(({ at: moment }) => Date.parse(moment)),
      ),
    /** Until the stream has told everything and no queue holds what is due. */
    settle: async () => {
      for (let rounds = 0; rounds < 20; rounds += 1) if ((await tell()) + (await deliver()) === 0) return
      throw new Error('It does not come to rest')
    },
    /** Ada's request, sent in and confirmed, with the secret of its links. */
    begin: async (fields: Record<string, unknown> = {}, more: Sent = {}) => {
      const { statusCode, body } = await call('POST', '/requests', { body: { ...adasForm, ...fields }, ...more })
      if (statusCode !== 202) throw new Error(`The form was refused: ${body}`)
      const { id } = JSON.parse(body) as { id: string }
      const secret =
        (await items()).find(({ pk, sk }) => pk?.S === `REQUEST#${id}` && sk?.S === 'REQUEST')?.secret?.S ?? ''
      const paths = {
        confirm: `/confirm/${id}${tokenFor(secret, 'confirm')}`,
        page: `/requests/${id}/${tokenFor(secret, 'page')}`,
        stop: `/requests/${id}/${tokenFor(secret, 'stop')}/stop`,
      }
      return { id, secret, ...paths }
    },
    /** Writes an attribute past the product. */
    write: (item: Item, name: string, value: Item[string]) =>
      database.send(
        new UpdateItemCommand({
          TableName: 'requests',
          Key: { pk: item.pk, sk: item.sk } as never,
          UpdateExpression: 'SET #name = :value',
          ExpressionAttributeNames: { '#name': name },
          ExpressionAttributeValues: { ':value': value as never },
        }),
      ),
    /** Deletes an item past the product. */
    remove: ({ pk, sk }: { pk: string; sk: string }) =>
      database.send(new DeleteItemCommand({ TableName: 'requests', Key: { pk: { S: pk }, sk: { S: sk } } })),
    close: async () => {
      vi.useRealTimers()
      await services.close()
      await table.close()
    },
  }
}

export type House = Awaited<ReturnType<typeof openHouse>>
