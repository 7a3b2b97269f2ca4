import { Template } from 'aws-cdk-lib/assertions'
import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest'
import { stages } from '../infra/stages.ts'
import { matches, type Pattern } from '../local/pattern.ts'
import { personId } from '../shared/person.ts'
import { readSesEvent } from '../shared/ses-event.ts'
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

const OURS = '111122223333'
const tagsOf = (tags: Record<string, string>) =>
  Object.fromEntries(Object.entries(tags).map(([name, value]) => [name, [value]]))
const bounce = (tags: Record<string, string>, address = 'ada@example.org') => ({
  account: OURS,
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
  const named = JSON.parse(
    json.replaceAll('{"Ref":"AWS::AccountId"}', `"${OURS}"`).replace(/\{"Ref":"(\w+)"\}/g, '"$1"'),
  ) as Record<string, Rule>
  const patterns = Object.values(named).flatMap(({ Properties: { EventPattern } }) =>
    EventPattern ? [EventPattern] : [],
  )
  const [set = ''] = /senderworkflow\w+/.exec(json) ?? []
  const own = { 'ses:configuration-set': set, request: 'r', mail: 'draft', occurrence: '1' }
  const heard = (event: object) => patterns.some((pattern) => matches(pattern, event))

  test('hear of mail of their own', () => expect(heard(bounce(own))).toBe(true))

  test.each([
    ['another account', { ...bounce(own), account: '444455556666' }],
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
    const { id } = await house.begin({ seekerEmail: 'fuzzed@example.org', submissionId: 'fuzzed' })
    const before = await stored()
    const anything = fc.oneof(fc.jsonValue(), fc.constantFrom('x'.repeat(100_000), '__proto__', null, []))
    /** What SES sends, and once in a while anything at all. */
    const mostly = (...usual: fc.Arbitrary<unknown>[]) =>
      fc.oneof({ weight: 9, arbitrary: fc.oneof(...usual) }, { weight: 1, arbitrary: anything })
    const address = fc.constantFrom(
      'somebody@example.net',
      'x'.repeat(100_000),
      '',
      '@',
      '"a b"@example.net',
      '__proto__',
    )
    const recipients = fc.array(
      fc.record({
        emailAddress: address,
        diagnosticCode: fc.constantFrom('550 5.1.1', '550 5.7.1', '', 'x'.repeat(9_000)),
      }),
    )
    const tag = (...usual: string[]) =>
      fc
        .oneof({ weight: 9, arbitrary: fc.constantFrom(...usual) }, fc.constantFrom('__proto__', '', 'x'.repeat(3_000)))
        .map((text) => [text])
    const tags = fc.oneof(
      fc.record({
        request: tag(id),
        mail: tag('draft', 'confirm', 'nudge'),
        occurrence: tag('1', '2', '-1', 'NaN'),
        since: tag('0', '1e99', '1e999', '1795442400000'),
      }),
      fc.record({
        subscription: tag(`${'A'.repeat(22)}-tips`, `${'A'.repeat(22)}-../../x`),
        part: tag('one', 'x'.repeat(300)),
        count: tag('1', '-1', '1e99', '1e999'),
      }),
      fc.dictionary(
        tag('request', 'mail', 'subscription').map(([name = '']) => name),
        tag('1'),
      ),
    )
    const almost = fc.record({
      eventType: mostly(fc.constantFrom('Bounce', 'Complaint', 'Send', 'Delivery', 'Reject', 'toString')),
      mail: mostly(fc.record({ messageId: fc.string(), destination: fc.array(address), tags })),
      bounce: mostly(
        fc.constant(undefined),
        fc.record({
          bounceType: fc.constantFrom('Permanent', 'Transient', 'Undetermined'),
          bouncedRecipients: recipients,
        }),
      ),
      complaint: mostly(fc.constant(undefined), fc.record({ complainedRecipients: recipients })),
    })
    let read = 0
    await fc.assert(
      fc.asyncProperty(fc.oneof({ weight: 4, arbitrary: almost }, anything), async (given) => {
        const event = { source: 'aws.ses', detail: given }
        if (readSesEvent(event)) read += 1
        await house.functions.recordOutcome(event)
      }),
      { numRuns: 500 },
    )
    // Enough of them pass for events of ours to be acted upon, and none of those moves what was not sent.
    expect(read).toBeGreaterThan(50)
    const after = await stored()
    expect([...after.keys()].filter((key) => !before.has(key) && !/^(PERSON|COUNT)#/.test(key))).toEqual([])
    const isCount = (key: string): boolean => key.startsWith('COUNT#')
    for (const [key, item] of before) if (!isCount(key)) expect(after.get(key), key).toEqual(item)
  })
})
