import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest'
import { stages } from '../infra/stages.ts'
import { synthesized } from '../local/synthesized.ts'
import type { Call } from '../local/tap.ts'
import { type Need, needsOf, needsOfAws } from './asked-rights.ts'
import { type Grant, grantsIn, isGranted, readStack, type Stack } from './policies.ts'
import { openTraveller } from './traveller.ts'
import { walkEverywhere } from './walk-everywhere.ts'

const folder = mkdtempSync(join(tmpdir(), 'interviews-rights-'))
const calls: Call[] = []
beforeAll(async () => {
  // The stage that seekers use: it has the canary.
  synthesized(folder, 'prod')
  const traveller = await openTraveller('2026-11-23T14:00:00Z', folder, { onCall: (call) => calls.push(call) })
  try {
    await walkEverywhere(traveller)
  } finally {
    await traveller.close()
  }
}, 300_000)
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const told = ({ role, action, resource }: Need | Grant): string => `${role}: ${action} on ${resource}`

/** The calls of the walk as another stage would make them: what differs is the names. */
const callsIn = (stack: Stack, sender: string): Call[] => {
  const walked = readStack(folder)
  const group = ({ all }: Stack): string => all('AWS::Scheduler::ScheduleGroup')[0]?.name ?? ''
  return JSON.parse(
    JSON.stringify(calls)
      .replaceAll(walked.stack, stack.stack)
      .replaceAll(group(walked), group(stack))
      .replaceAll(stages.prod.sender.address, sender),
  )
}

describe.each(['prod', 'dev'] as const)('stage %s', (name) => {
  let grants: Map<string, Grant[]>
  let needs: Map<string, Need[]>
  beforeAll(() => {
    const stack = readStack(name === 'prod' ? folder : inject('assembly'))
    const { sender, cloud } = stages[name]
    const made = callsIn(stack, sender.address)
    const all = [...made.flatMap((call) => needsOf(call, stack, { sandbox: cloud.sesSandbox })), ...needsOfAws(stack)]
    const once = new Map(all.map((need) => [told(need) + JSON.stringify(need.context), need]))
    grants = Map.groupBy(stack.grants, ({ role }) => role)
    needs = Map.groupBy(once.values(), ({ role }) => role)
  })

  test('nobody does anything without the right to', () => {
    const refused = [...needs.values()].flat().filter((need) => !isGranted(grants.get(need.role) ?? [], need))
    // One of many: each schedule has a name of its own.
    const some = new Map(
      refused.map((need) => [`${need.action} ${need.because}`, `${told(need)}, for ${need.because}`]),
    )
    expect([...some.values()]).toEqual([])
  })

  test('of no role a single right could be taken away without somebody being refused', () => {
    const idle = [...grants].flatMap(([role, own]) => {
      const met = (needs.get(role) ?? []).filter((need) => isGranted(own, need))
      const without = (one: Grant): Grant[] => own.filter((other) => other !== one)
      return own.filter((one) => met.every((need) => isGranted(without(one), need)))
    })
    expect(idle.map(told)).toEqual([])
  })
})

describe('a policy', () => {
  const arn = 'arn:aws:dynamodb:us-east-1:000000000000:table/requests'
  const allow = { Effect: 'Allow' as const, Action: 'dynamodb:GetItem', Resource: arn }
  const asked = { action: 'dynamodb:GetItem', resource: arn }
  const from = { Condition: { StringEquals: { 'ses:FromAddress': ['a@example.org', 'b@example.org'] } } }
  test.each([
    ['what it names', true, [allow], asked],
    ['nothing that it does not name', false, [allow], { ...asked, action: 'dynamodb:GetItems' }],
    ['nothing on something else', false, [allow], { ...asked, resource: `${arn}/index/due` }],
    [
      'what its wildcards stand for',
      true,
      [{ ...allow, Action: 'dynamodb:get*', Resource: `${arn}?` }],
      { ...asked, resource: `${arn}2` },
    ],
    ['nothing that is denied as well', false, [allow, { ...allow, Effect: 'Deny' as const, Action: '*' }], asked],
    [
      'what meets its condition',
      true,
      [{ ...allow, ...from }],
      { ...asked, context: { 'ses:FromAddress': 'b@example.org' } },
    ],
    [
      'nothing that does not',
      false,
      [{ ...allow, ...from }],
      { ...asked, context: { 'ses:FromAddress': 'c@example.org' } },
    ],
    ['nothing of which nobody knows', false, [{ ...allow, ...from }], asked],
  ])('allows %s', (_, wanted, statements, need) => {
    expect(isGranted(grantsIn('role', statements), need)).toBe(wanted)
  })

  test.each([
    ['a condition', { ...allow, Condition: { Bool: { 'aws:SecureTransport': 'true' } } }],
    ['an element', { ...allow, NotAction: 'dynamodb:Scan' }],
  ])('with %s that is not known here is no policy that is trusted', (_, statement) => {
    expect(() => isGranted(grantsIn('role', [statement]), asked)).toThrow('nobody has written down what')
  })
})

test('a call that nobody has written down is not passed over', () => {
  const scan = { fn: 'requests', method: 'POST', path: '/', target: 'DynamoDB_20120810.Scan', body: {} }
  expect(() => needsOf(scan, readStack(inject('assembly')), { sandbox: false })).toThrow(
    'what rights DynamoDB_20120810.Scan needs',
  )
})
