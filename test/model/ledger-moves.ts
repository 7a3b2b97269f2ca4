import { type MailState, mailStates } from '../../shared/request.ts'

/** A row of the ledger, or none. In doubt is what SES may have had before: nobody knew, and it was put back. */
export type RowState = MailState | 'none' | 'planned-in-doubt' | 'claimed-in-doubt' | 'skipped-in-doubt'
export const rowStates: readonly RowState[] = [
  'none',
  ...mailStates,
  'planned-in-doubt',
  'claimed-in-doubt',
  'skipped-in-doubt',
]

type Ways = Partial<Record<RowState, RowState>>
const all = (from: readonly RowState[], to: RowState): Ways => Object.fromEntries(from.map((state) => [state, to]))

const waiting = ['planned', 'planned-in-doubt'] as const
const taken = ['claimed', 'claimed-in-doubt', 'unsettled'] as const
/** SES may have it, whatever we think: its word counts. */
const open: readonly RowState[] = [...taken, ...waiting, 'skipped-in-doubt']

/**
 * Every move of `shared/aws/ledger.ts`, by the name of the function that makes it: from which states to which. A move from
 * any other state changes nothing. A test runs each function on the database in each state; the model below moves by this
 * table, and docs/states.md is drawn from it.
 */
export const moves = {
  plan: { ways: { none: 'planned' }, when: '' },
  withdraw: { ways: { planned: 'none', 'planned-in-doubt': 'skipped-in-doubt' }, when: 'the plan no longer holds it' },
  discard: { ways: all(waiting, 'none'), when: 'its request is gone' },
  claim: {
    ways: { planned: 'claimed', 'planned-in-doubt': 'claimed-in-doubt' },
    when: 'consent is checked in the same write',
  },
  release: {
    ways: { claimed: 'planned', 'claimed-in-doubt': 'planned-in-doubt' },
    when: 'SES certainly did not take it',
  },
  settle: { ways: all(taken, 'sent'), when: 'SES took it' },
  unsettle: {
    ways: { claimed: 'unsettled', 'claimed-in-doubt': 'unsettled' },
    when: 'the answer was lost, or the worker died',
  },
  sendAgain: { ways: { unsettled: 'planned-in-doubt' }, when: 'no event within the grace time' },
  skip: { ways: { planned: 'skipped', 'planned-in-doubt': 'skipped-in-doubt' }, when: 'too late, stopped, capped' },
  refuse: { ways: { claimed: 'skipped', 'claimed-in-doubt': 'skipped-in-doubt' }, when: 'SES never will take it' },
  letGo: { ways: { unsettled: 'skipped-in-doubt' }, when: 'no event within the grace time' },
  drop: { ways: { none: 'skipped' }, when: 'it never will go out' },
  'recordOutcome sent': { ways: all(open, 'sent'), when: 'an event of SES' },
  'recordOutcome delivered': { ways: all([...open, 'sent'], 'delivered'), when: '' },
  'recordOutcome bounced': { ways: all([...open, 'sent', 'delivered'], 'bounced'), when: '' },
  'recordOutcome complained': { ways: all([...open, 'sent', 'delivered', 'bounced'], 'complained'), when: '' },
} as const satisfies Record<string, { ways: Ways; when: string }>
export type Move = keyof typeof moves

/** Where a row is after a move; where it was, if the move is not from there. */
export const moved = (row: RowState, move: Move): RowState => (moves[move].ways as Ways)[row] ?? row

/** The same as a diagram for docs/states.md. Of what an event leaps over only the way to `sent` is drawn. */
export const diagram = (): string => {
  const name = (state: RowState): string => (state === 'none' ? '[*]' : state.replaceAll('-', '_'))
  const isDrawn = (move: Move, from: RowState): boolean =>
    !open.includes(from) || !move.startsWith('recordOutcome') || move.endsWith('sent')
  const lines = (Object.keys(moves) as Move[]).flatMap((move) => {
    const ways = Object.entries(moves[move].ways) as [RowState, RowState][]
    const { when } = moves[move]
    return ways
      .filter(([from]) => isDrawn(move, from))
      .map(([from, to], index) => `  ${name(from)} --> ${name(to)}: ${move}${when && index === 0 ? ` (${when})` : ''}`)
  })
  return ['```mermaid', 'stateDiagram-v2', ...lines, '```'].join('\n')
}
