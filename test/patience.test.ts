import { afterAll, beforeAll, expect, test } from 'vitest'
import { stageJson } from '../infra/stages.ts'
import { stage } from './people.ts'
import { openTable } from './table.ts'
import { adasForm } from './traveller.ts'

type Answer = { statusCode: number; headers: Record<string, string>; body: string }
type Handler = (event: unknown, context: { getRemainingTimeInMillis: () => number }) => Promise<Answer>

let table: Awaited<ReturnType<typeof openTable>>
beforeAll(async () => {
  Object.assign(process.env, { STAGE: stageJson(stage), PUBLIC_URL: 'http://chats.example.org' })
  table = await openTable()
})
afterAll(() => table.close())

const event = (accept: string) => ({
  version: '2.0',
  routeKey: 'POST /requests',
  rawPath: '/requests',
  headers: { 'content-type': 'application/json', accept },
  requestContext: { http: { method: 'POST', path: '/requests', sourceIp: '203.0.113.7' } },
  body: JSON.stringify({ ...adasForm, submissionId: 'form-1' }),
  isBase64Encoded: false,
})

test('while the database stands still a page says when to come again before it is cut off, and nothing is lost', async () => {
  const handler = (await import('../functions/requests.ts')).handler as unknown as Handler
  table.standStill()
  // As if nine of the ten seconds that a page has were over.
  const context = { getRemainingTimeInMillis: () => 1_050 }
  const [program, browser] = await Promise.all([
    handler(event('application/json'), context),
    handler(event('text/html'), context),
  ])
  table.goOn()
  expect(program).toMatchObject({ statusCode: 503, headers: { 'retry-after': '60' } })
  expect(JSON.parse(program.body)).toMatchObject({ status: 503, detail: expect.stringMatching(/again in a minute/) })
  expect(browser).toMatchObject({ statusCode: 503, headers: { 'retry-after': '60' } })
  expect(browser.body).toMatch(/again in a minute/)
  // The form, with all that was in it, and the id by which it is the same one the next time.
  for (const typed of [adasForm.contactName, adasForm.topic, adasForm.introduction, 'form-1'])
    expect(browser.body).toContain(`value="${typed}"`)

  // Where the form cannot be shown without the database, the words come back.
  table.standStill()
  const answer = await handler(
    {
      ...event('text/html'),
      rawPath: '/requests/01JDSTANDS0000000000000000/xxxxxxxxxxxxxxxxxxxxxx/events',
      headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'text/html' },
      requestContext: {
        http: {
          method: 'POST',
          path: '/requests/01JDSTANDS0000000000000000/xxxxxxxxxxxxxxxxxxxxxx/events',
          sourceIp: '203.0.113.7',
        },
      },
      body: 'event=met&learned=Start+with+the+%3Cbilling%3E+data.',
    },
    context,
  )
  table.goOn()
  expect(answer).toMatchObject({ statusCode: 503, headers: { 'retry-after': '60' } })
  expect(answer.body).toContain('Start with the &lt;billing&gt; data.')

  const again = await handler(event('application/json'), { getRemainingTimeInMillis: () => 10_000 })
  expect(again.statusCode).toBe(202)
  const stored = (await table.items()).filter(({ sk }) => sk?.S === 'REQUEST')
  expect(stored).toHaveLength(1)
})
