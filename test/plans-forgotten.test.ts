import { afterAll, beforeAll, expect, inject, test, vi } from 'vitest'
import { stages } from '../infra/stages.ts'
import { readAssembly } from '../local/template.ts'
import { metricNamespace } from '../shared/names.ts'
import { honeypot } from '../shared/submission.ts'
import { alarmsOf, isOff, type Point } from './alarm.ts'
import { type House, openHouse } from './house.ts'
import { adasForm } from './traveller.ts'

const counted: object[] = []
vi.mock('../shared/aws/metrics.ts', () => ({ count: (values: object) => void counted.push(values) }))

/** The alarm on forms that nobody plans: what it counts, and minutes in which forms came and plan-mail ran. */

let house: House
beforeAll(async () => {
  house = await openHouse(stages.dev, '2026-11-23T14:00:00Z')
})
afterAll(() => house.close())

const asForm = { 'content-type': 'application/x-www-form-urlencoded' }
const filledIn = (fields: object): string =>
  new URLSearchParams({ ...adasForm, followUps: '1', ...fields } as Record<string, string>).toString()

test.each([
  { what: 'a form', bodies: [filledIn({})], forms: 1 },
  { what: 'two forms', bodies: [filledIn({}), filledIn({})], forms: 2 },
  {
    what: 'a form that was sent twice',
    bodies: [filledIn({ submissionId: 'a' }), filledIn({ submissionId: 'a' })],
    forms: 1,
  },
  { what: 'a form with something missing', bodies: [filledIn({ topic: '' })], forms: 0 },
  { what: 'a form that a machine has filled in', bodies: [filledIn({ [honeypot]: 'x' })], forms: 0 },
])('of $what $forms is counted: that many are to be planned', async ({ bodies, forms }) => {
  counted.length = 0
  for (const body of bodies) await house.call('POST', '/requests', { body, headers: asForm })
  expect(counted).toEqual(Array(forms).fill({ FormsTaken: 1 }))
})

const MINUTE = 60_000
const END = 90
const alarm = alarmsOf(readAssembly(inject('assembly')), (value) =>
  typeof value === 'string' ? value : 'plan-mail',
).find(({ name }) => name === 'plans-forgotten')

const point = (minute: number, metric: Pick<Point, 'namespace' | 'name' | 'dimensions'>): Point => ({
  ...metric,
  at: minute * MINUTE,
  value: 1,
})
const form = { namespace: metricNamespace, name: 'FormsTaken', dimensions: { stage: 'dev' } }
const run = { namespace: 'AWS/Lambda', name: 'Invocations', dimensions: { FunctionName: 'plan-mail' } }

const minutes = Array.from({ length: END }, (_, minute) => minute)
const every = (step: number): number[] => minutes.filter((minute) => minute % step === 0)

const rows: { what: string; forms: number[]; runs: number[]; from?: number; to?: number }[] = [
  { what: 'nobody comes', forms: [], runs: [] },
  { what: 'plan-mail runs without a form', forms: [], runs: [3, 50] },
  { what: 'a form is planned in its minute', forms: [20], runs: [20] },
  { what: 'a form is planned in the next minute', forms: [20], runs: [21] },
  { what: 'a form is planned twenty minutes late', forms: [20], runs: [40] },
  { what: 'forms come all the time, and a run each tenth minute', forms: every(1), runs: every(10) },
  { what: 'forms come each hour, the last of them just now', forms: [29, 89], runs: [30] },
  { what: 'one form is not planned', forms: [20], runs: [5], from: 45, to: END },
  { what: 'one form is planned an hour late', forms: [20], runs: [80], from: 45, to: 80 },
  { what: 'no form is planned', forms: every(7), runs: [], from: 25, to: END },
  { what: 'plan-mail stops while forms come', forms: every(7), runs: every(7).slice(0, 4), from: 53, to: END },
]

test.each(rows)('$what: it is off as long as half an hour has passed over a form', ({ forms, runs, from, to }) => {
  if (!alarm) throw new Error('There is no such alarm')
  const points = [...forms.map((minute) => point(minute, form)), ...runs.map((minute) => point(minute, run))]
  const off = minutes.filter((minute) => isOff(alarm, points, minute * MINUTE))
  expect(off).toEqual(
    minutes.filter((minute) => from !== undefined && to !== undefined && minute >= from && minute < to),
  )
})
