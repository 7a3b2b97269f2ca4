import type { MailState } from '../../shared/request.ts'

/** A row of the ledger, or none. */
export type RowState = MailState | 'none'

/**
 * Every move of `shared/aws/ledger.ts`, by the name of the function that makes it: from which states, to which. A move from
 * any other state changes nothing. A test runs each function on the database in each state; the model below moves by this
 * table, and docs/states.md is drawn from it.
 */
export const moves = {
  plan: { from: ['none', 'planned'], to: 'planned', when: '' },
  withdraw: { from: ['planned'], to: 'none', when: 'the plan no longer holds it' },
  claim: { from: ['planned'], to: 'claimed', when: 'consent is checked in the same write' },
  release: { from: ['claimed'], to: 'planned', when: 'SES certainly did not take it' },
  settle: { from: ['claimed', 'unsettled'], to: 'sent', when: 'SES took it' },
  unsettle: { from: ['claimed'], to: 'unsettled', when: 'the answer was lost, or the worker died' },
  sendAgain: { from: ['unsettled'], to: 'planned', when: 'no event within the grace time' },
  skip: { from: ['planned', 'claimed', 'unsettled'], to: 'skipped', when: 'too late, stopped, refused, let go' },
  drop: { from: ['none'], to: 'skipped', when: 'it never will go out' },
  'recordOutcome sent': { from: ['claimed', 'unsettled', 'planned'], to: 'sent', when: 'an event of SES' },
  'recordOutcome delivered': { from: ['claimed', 'unsettled', 'planned', 'sent'], to: 'delivered', when: '' },
  'recordOutcome bounced': {
    from: ['claimed', 'unsettled', 'planned', 'sent', 'delivered'],
    to: 'bounced',
    when: '',
  },
  'recordOutcome complained': {
    from: ['claimed', 'unsettled', 'planned', 'sent', 'delivered', 'bounced'],
    to: 'complained',
    when: '',
  },
} as const satisfies Record<string, { from: readonly RowState[]; to: RowState; when: string }>
export type Move = keyof typeof moves

/** Where a row is after a move; where it was, if the move is not from there. */
export const moved = (row: RowState, move: Move): RowState =>
  (moves[move].from as readonly RowState[]).includes(row) ? moves[move].to : row

/** Before it is known to have gone out: an event of SES may come that early, and leaps over what lies between. */
const early: readonly RowState[] = ['planned', 'claimed', 'unsettled']

/** The same as a diagram for docs/states.md. Of what leaps only the way to `sent` is drawn. */
export const diagram = (): string => {
  const name = (state: RowState): string => (state === 'none' ? '[*]' : state)
  const isDrawn = (move: Move, from: RowState): boolean =>
    from !== moves[move].to && (!early.includes(from) || !move.startsWith('recordOutcome') || move.endsWith('sent'))
  const lines = (Object.keys(moves) as Move[]).flatMap((move) => {
    const { from, to, when } = moves[move]
    return from
      .filter((state) => isDrawn(move, state))
      .map((state) => `  ${name(state)} --> ${name(to)}: ${move}${when && state === from[0] ? ` (${when})` : ''}`)
  })
  return ['```mermaid', 'stateDiagram-v2', ...lines, '```'].join('\n')
}
