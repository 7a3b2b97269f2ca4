import { createServer, type Server } from 'node:http'
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest'

/** EventBridge Scheduler as it answers in one moment: races with its own ringing cannot be had from a real one on demand. */
const answers: { status: number; error?: string; body?: object }[] = []
const asked: { method: string; path: string; body: Record<string, unknown> }[] = []
let server: Server
let schedules: typeof import('../shared/aws/schedules.ts')

beforeAll(async () => {
  server = createServer((request, response) => {
    let text = ''
    request.on('data', (chunk) => {
      text += chunk
    })
    request.on('end', () => {
      asked.push({ method: request.method ?? '', path: request.url ?? '', body: text ? JSON.parse(text) : {} })
      const { status, error, body } = answers.shift() ?? { status: 500, error: 'InternalServerException' }
      response.writeHead(status, {
        'content-type': 'application/json',
        ...(error ? { 'x-amzn-errortype': error } : {}),
      })
      response.end(
        JSON.stringify(
          error ? { Message: error } : (body ?? { ScheduleArn: 'arn:aws:scheduler:us-east-1:0:schedule/g/n' }),
        ),
      )
    })
  })
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  Object.assign(process.env, {
    AWS_REGION: 'us-east-1',
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_ENDPOINT_URL_SCHEDULER: `http://127.0.0.1:${(server.address() as { port: number }).port}`,
    MAIL_QUEUE_ARN: 'arn:aws:sqs:us-east-1:000000000000:mail',
    SCHEDULE_GROUP: 'group',
    SCHEDULE_ROLE_ARN: 'arn:aws:iam::000000000000:role/r',
    SCHEDULE_DEAD_LETTER_ARN: 'arn:aws:sqs:us-east-1:000000000000:dead',
  })
  schedules = await import('../shared/aws/schedules.ts')
})
afterAll(() => void server.close())
beforeEach(() => {
  answers.length = 0
  asked.length = 0
})

const mail = { requestId: '01JDADA00000000000000000AA', mail: 'follow-up', occurrence: '2' } as const
const at = '2026-12-02T13:30:00.000Z'
const ok = { status: 200 }
const conflict = { status: 409, error: 'ConflictException' }
const gone = { status: 404, error: 'ResourceNotFoundException' }
const refused = { status: 400, error: 'ValidationException' }

describe('an alarm', () => {
  test('carries ids in UTC, deletes itself, and says where it goes when it cannot be delivered', async () => {
    answers.push(ok)
    expect(await schedules.set(mail, at)).toBe(true)
    expect(asked[0]).toMatchObject({
      method: 'POST',
      path: '/schedules/01JDADA00000000000000000AA-follow-up-2',
      body: {
        GroupName: 'group',
        ScheduleExpression: 'at(2026-12-02T13:30:00)',
        ScheduleExpressionTimezone: 'UTC',
        FlexibleTimeWindow: { Mode: 'OFF' },
        ActionAfterCompletion: 'DELETE',
        Target: {
          Input: JSON.stringify(mail),
          DeadLetterConfig: { Arn: 'arn:aws:sqs:us-east-1:000000000000:dead' },
          // Later than that `reconcile` has found it.
          RetryPolicy: { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 60 },
        },
      },
    })
  })

  test.each([
    ['set twice is one', [conflict, ok], true, ['POST', 'PUT']],
    ['that rang between the two calls is made anew', [conflict, gone, ok], true, ['POST', 'PUT', 'POST']],
    ['whose time has passed is refused, and says so', [refused], false, ['POST']],
    ['moved when its new time has passed is refused, and says so', [conflict, refused], false, ['POST', 'PUT']],
  ])('%s', async (_case, script, result, methods) => {
    answers.push(...script)
    expect(await schedules.set(mail, at)).toBe(result)
    expect(asked.map(({ method }) => method)).toEqual(methods)
  })

  test('that cannot be set for another reason throws, so that the stream comes again', async () => {
    answers.push(gone)
    await expect(schedules.set(mail, at)).rejects.toThrow('ResourceNotFoundException')
  })

  test('is taken away, and one that has rung already is no error', async () => {
    answers.push(ok, gone)
    await schedules.cancel(mail)
    await schedules.cancel(mail)
    expect(asked).toHaveLength(2)
    for (const { method, path } of asked) {
      expect(`${method} ${path}`).toMatch(
        /^DELETE \/schedules\/01JDADA00000000000000000AA-follow-up-2\?.*groupName=group$/,
      )
    }
  })

  test('of a request goes with all others of it, however many pages of them there are', async () => {
    const named = (...names: (string | undefined)[]) => ({ Schedules: names.map((Name) => ({ Name })) })
    const { requestId } = mail
    answers.push(
      { status: 200, body: { ...named(`${requestId}-draft-1`, undefined, `${requestId}-draft-2`), NextToken: 'more' } },
      ok,
      gone,
      { status: 200, body: named(`${requestId}-sheet-1`) },
      ok,
    )
    await schedules.cancelAll(requestId)
    expect(answers).toEqual([])
    const [list, first, second, more, third] = asked.map(({ method, path }) => ({
      method,
      ...(({ pathname, searchParams }) => ({ pathname, ...Object.fromEntries(searchParams) }))(
        new URL(path, 'http://scheduler'),
      ),
    }))
    const page = { method: 'GET', pathname: '/schedules', ScheduleGroup: 'group', NamePrefix: `${requestId}-` }
    expect(list).toEqual(page)
    expect(more).toEqual({ ...page, NextToken: 'more' })
    expect([first, second, third]).toMatchObject(
      ['draft-1', 'draft-2', 'sheet-1'].map((name) => ({
        method: 'DELETE',
        pathname: `/schedules/${requestId}-${name}`,
        groupName: 'group',
      })),
    )
  })

  test('that cannot be taken away for another reason throws', async () => {
    answers.push(refused)
    await expect(schedules.cancel(mail)).rejects.toThrow('ValidationException')
  })
})
