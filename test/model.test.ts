import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { UpdateItemCommand } from '@aws-sdk/client-dynamodb'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { plan } from '../shared/plan.ts'
import { sentInAt } from '../shared/request.ts'
import { type Explored, explore } from './model/explore.ts'
import { diagram, type Move, moved, moves, type RowState, rowStates } from './model/ledger-moves.ts'
import { type Defect, isOver, next, type Setting, type State, start, wrong } from './model/protocol.ts'
import { confirmed, fileOf, having, settings } from './people.ts'
import { openTable } from './table.ts'

const explored = (setting: Setting): Explored<State> =>
  explore({ start: start(setting), next: next(setting), wrong: wrong(setting), isOver })

const worlds = [
  { workers: 2, messages: 2, changes: 1, doubts: 2 },
  // What she changes, and changes back.
  { workers: 2, messages: 1, changes: 2, doubts: 1 },
] as const

describe('a mail on its way, in every order of every step, with every fault', () => {
  test.each(['send-again', 'let-go'] as const)(
    'that is to be %s in doubt breaks nothing, and comes to an end',
    {
      timeout: 300_000,
    },
    (ifAmbiguous) => {
      const steps = new Set<string>()
      for (const bounds of worlds) {
        const { violation, states, taken } = explored({ ...bounds, ifAmbiguous })
        expect(violation).toBeUndefined()
        expect(states).toBeGreaterThan(20_000)
        for (const does of taken.keys()) steps.add(does)
      }
      // Not by going nowhere: every kind of step was taken, but for the two ends of a doubt, of which a mail has one.
      expect([...steps].filter((does) => /sendAgain|reconcile: letGo/.test(does))).toContain(
        ifAmbiguous === 'send-again' ? 'reconcile: sendAgain' : 'reconcile: letGo',
      )
      expect([...steps].toSorted()).toMatchSnapshot()
    },
  )

  test.each<[Defect, Setting['ifAmbiguous'], RegExp]>([
    ['claim removed', 'send-again', /sent twice/],
    ['claim removed', 'let-go', /sent twice/],
    ['version check removed', 'send-again', /against the plan/],
    ['consent check removed', 'let-go', /without consent/],
    ['lease shorter than a worker lives', 'send-again', /sent twice/],
    ['doubt taken for not sent', 'let-go', /sent twice/],
    ['nobody reconciles', 'send-again', /no end/],
    ['taken back by an old decision', 'send-again', /nobody knows of it|ended against the plan/],
    ['ended by an old plan', 'send-again', /ended against the plan/],
    ['event taken for nothing', 'let-go', /SES has told that it had it, and the ledger says skipped/],
  ])('%s, of a mail that is to be %s in doubt, is found', (defect, ifAmbiguous, says) => {
    const violation = worlds
      .map((bounds) => explored({ ...bounds, ifAmbiguous, defect }).violation)
      .find((found) => found !== undefined)
    expect(violation?.says).toMatch(says)
    expect(violation?.trace.length).toBeGreaterThan(0)
  })
})

describe('the model moves as the database does', () => {
  const now = '2026-11-23T15:00:00.000Z'
  const request = having(confirmed, ['sent', now])
  const [mail] = plan([fileOf(request)], settings, now).mails
  if (!mail) throw new Error('Nothing is planned')
  let table: Awaited<ReturnType<typeof openTable>>
  let ledger: typeof import('../shared/aws/ledger.ts')
  let people: typeof import('../shared/aws/people.ts')
  let database: typeof import('../shared/aws/database.ts')
  beforeAll(async () => {
    table = await openTable()
    ledger = await import('../shared/aws/ledger.ts')
    people = await import('../shared/aws/people.ts')
    database = await import('../shared/aws/database.ts')
  })
  afterAll(() => table.close())

  const stateNow = async (): Promise<RowState> => {
    const [row] = await ledger.rowsOf(mail.requestId)
    const inDoubt = `${row?.state}-in-doubt` as RowState
    return row?.doubts && rowStates.includes(inDoubt) ? inDoubt : (row?.state ?? 'none')
  }
  const put = async (state: RowState): Promise<void> => {
    for (const row of await ledger.rowsOf(mail.requestId)) await ledger.remove(row)
    if (state === 'none') return
    await ledger.plan(mail, now)
    const isInDoubt = state === 'unsettled' || state.endsWith('-in-doubt')
    await database.database.send(
      new UpdateItemCommand({
        ...database.inTable(),
        Key: database.mailRowKey(mail),
        UpdateExpression: `SET #state = :state${isInDoubt ? ', doubts = :one' : ''}`,
        ExpressionAttributeNames: { '#state': 'state' },
        ExpressionAttributeValues: {
          ':state': { S: state.replace('-in-doubt', '') },
          ...(isInDoubt ? { ':one': { N: '1' } } : {}),
        },
      }),
    )
  }
  /** No row of these was tried before. */
  const held = { ...mail, attempts: 0 }
  const makes: Record<Move, () => Promise<unknown>> = {
    plan: () => ledger.plan(mail, now),
    withdraw: () => ledger.withdraw(mail, now),
    discard: () => ledger.discard(mail, now),
    claim: async () => {
      const person = await people.find(request.person)
      return ledger.claim(
        { ...mail, merged: [] },
        { since: sentInAt(request), attempts: 0, person, day: now.slice(0, 10), now },
      )
    },
    release: () => ledger.release(held, now),
    settle: () => ledger.settle(mail, 'm-1', now),
    unsettle: () => ledger.unsettle(held, now),
    sendAgain: () => ledger.sendAgain(held, now),
    skip: () => ledger.skip(mail, 'its useful time had passed', now),
    refuse: () => ledger.refuse(held, 'the mail service refused it', now),
    letGo: () => ledger.letGo(held, now),
    drop: () => ledger.drop(mail, 'its useful time had passed', now),
    'recordOutcome sent': () => ledger.recordOutcome(mail, 'sent', { messageId: 'm-1' }, now),
    'recordOutcome delivered': () => ledger.recordOutcome(mail, 'delivered', { messageId: 'm-1' }, now),
    'recordOutcome bounced': () => ledger.recordOutcome(mail, 'bounced', { messageId: 'm-1' }, now),
    'recordOutcome complained': () => ledger.recordOutcome(mail, 'complained', { messageId: 'm-1' }, now),
  }

  test.each(Object.keys(moves) as Move[])('%s, from every state', async (name) => {
    for (const from of rowStates) {
      await put(from)
      await makes[name]()
      expect({ from, to: await stateNow() }).toEqual({ from, to: moved(from, name) })
    }
  })

  test('and no other function of the ledger moves a row', () => {
    const others = ['rowsOf', 'remove', 'dueBefore', 'UNKNOWN']
    const known = new Set([...Object.keys(moves).map((name) => name.split(' ')[0]), ...others])
    expect(Object.keys(ledger).filter((name) => !known.has(name))).toEqual([])
  })
})

test('docs/states.md has the diagram of these moves', () => {
  expect(readFileSync(join(import.meta.dirname, '../docs/states.md'), 'utf8')).toContain(diagram())
})
