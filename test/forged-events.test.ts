import { Template } from 'aws-cdk-lib/assertions'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { stages } from '../infra/stages.ts'
import { matches, type Pattern } from '../local/pattern.ts'
import { personId } from '../shared/person.ts'
import { type House, openHouse } from './house.ts'
import { stackOf } from './stacks.ts'

vi.mock('../shared/aws/metrics.ts', () => ({ count: () => {} }))

/** Events that say they come from SES, and are none of ours: the rule keeps them out, and what passes it does no harm. */

let house: House
beforeAll(async () => {
  house = await openHouse(stages.dev, '2026-11-23T14:00:00Z')
  for (const level of ['info', 'warn', 'error'] as const) vi.spyOn(console, level).mockImplementation(() => undefined)
})
afterAll(() => house.close())

const tagsOf = (tags: Record<string, string>) =>
  Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]]))
const bounce = (tags: Record<string, string>, address = 'ada@example.org') => ({
  source: 'aws.ses',
  'detail-type': 'Email Bounced',
  detail: {
    eventType: 'Bounce',
    mail: { messageId: 'forged', destination: [address], tags: tagsOf(tags) },
    bounce: { bounceType: 'Permanent', bouncedRecipients: [{ emailAddress: address, diagnosticCode: '550 5.1.1' }] },
  },
})

type Rule = { Properties: { EventPattern?: Pattern } }

describe('the rules of the stage', () => {
  const json = JSON.stringify(Template.fromStack(stackOf(stages.dev)).findResources('AWS::Events::Rule'))
  const named = JSON.parse(json.replace(/\{"Ref":"(\w+)"\}/g, '"$1"')) as Record<string, Rule>
  const patterns = Object.values(named).flatMap(({ Properties: { EventPattern } }) =>
    EventPattern ? [EventPattern] : [],
  )
  const [set = ''] = /senderworkflow\w+/.exec(json) ?? []
  const own = { 'ses:configuration-set': set, request: 'r', mail: 'draft', occurrence: '1' }
  const heard = (event: object) => patterns.some((pattern) => matches(pattern, event))

  test('hear of mail of their own', () => expect(heard(bounce(own))).toBe(true))

  test.each([
    ['another source', { ...bounce(own), source: 'my.ses' }],
    ['a source that begins like it', { ...bounce(own), source: 'aws.sesx' }],
    ['another configuration set', bounce({ ...own, 'ses:configuration-set': 'interviews-other-workflow' })],
    ['no configuration set', bounce({ request: 'r', mail: 'draft', occurrence: '1' })],
    ['no tag of ours', bounce({ 'ses:configuration-set': set })],
    ['another kind', { ...bounce(own), 'detail-type': 'Email Opened' }],
    ['no mail', { ...bounce(own), detail: { eventType: 'Bounce' } }],
    ['nothing', {}],
  ])('and not of that with %s', (_what, event) => expect(heard(event)).toBe(false))
})

describe('what passes the rules', () => {
  const stored = async () => new Map((await house.items()).map((item) => [`${item.pk?.S} ${item.sk?.S}`, item]))

  test('with tags that no mail of ours carries changes nothing', async () => {
    await house.begin({ seekerEmail: 'ada@example.org' })
    const before = await stored()
    for (const tags of [
      {},
      { request: 'x' },
      { request: '01JDADA00000000000000000AA', mail: '__proto__', occurrence: '1' },
      { subscription: '../../x', part: 'one' },
      { subscription: '', count: '-1' },
    ] as Record<string, string>[])
      await house.functions.recordOutcome(bounce(tags))
    expect(await stored()).toEqual(before)
  })

  test('about a mail that was never sent makes no mail, and stops the one address that it names', async () => {
    const before = await stored()
    const tags = { request: '01JDADA00000000000000000AA', mail: 'draft', occurrence: '1' }
    await house.functions.recordOutcome(bounce(tags, 'bounced@example.org'))
    const fresh = [...(await stored()).keys()].filter((key) => !before.has(key))
    expect(fresh.filter((key) => key.startsWith('REQUEST#'))).toEqual([])
    const id = personId('bounced@example.org', stages.dev.addressKey)
    expect(fresh.filter((key) => key.startsWith('PERSON#'))).toEqual([`PERSON#${id} PERSON`])
  })

  test('whatever is in it, with fields missing or far too long, is taken without a fault', async () => {
    const anything = fc.oneof(fc.jsonValue(), fc.constantFrom('x'.repeat(100_000), '__proto__', null, []))
    const detail = fc.dictionary(fc.constantFrom('eventType', 'mail', 'bounce', 'complaint', '__proto__'), anything)
    const almost = fc
      .record({ type: fc.constantFrom('Bounce', 'Complaint', 'Send', 'Delivery', 'toString'), part: anything })
      .map(({ type, part }) => ({
        eventType: type,
        mail: { messageId: part, destination: part, tags: part },
        bounce: part,
        complaint: part,
      }))
    await fc.assert(
      fc.asyncProperty(fc.oneof(detail, almost, anything), async (given) => {
        await house.functions.recordOutcome({ source: 'aws.ses', detail: given })
      }),
      { numRuns: 300 },
    )
  })
})
