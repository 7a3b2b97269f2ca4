import { styleText } from 'node:util'
import { type Checked, type Finding, type State, states } from './finding.ts'

/** What was looked at, in a few words, and what came of it. */
export type Report = { of: string; checks: Checked[]; denied?: readonly string[] }

type Paint = (state: State | 'title', text: string) => string
export const plain: Paint = (_, text) => text
/** In colours, where the stream is a screen that has them. */
export const painted =
  (stream: NodeJS.WriteStream): Paint =>
  (state, text) =>
    styleText(
      ({ failure: 'red', warning: 'yellow', skipped: 'dim', ok: 'green', title: 'bold' } as const)[state],
      text,
      { stream },
    )

const words: Record<State, string> = { failure: 'BLOCKS', warning: 'WARNS', skipped: 'not seen', ok: 'fine' }
const WIDTH = 'not seen'.length

const namesOf = (checks: Checked[], state: State): string[] =>
  checks.filter((check) => check.state === state).map(({ name }) => name)

/** `2 block: A, B. 1 warns: C. 3 were not seen. 20 are fine.` */
export const summary = ({ of, checks }: Report): string => {
  const [blocks, warns, unseen, fine] = states.map((state) => namesOf(checks, state)) as [
    string[],
    string[],
    string[],
    string[],
  ]
  // Where hardly anything could be looked at, that comes first.
  const mostlyUnseen = blocks.length === 0 && unseen.length > checks.length / 2
  const parts = [
    blocks.length === 0
      ? mostlyUnseen
        ? `Of the ${checks.length - unseen.length} that could be looked at none blocks; ${unseen.length} could not.`
        : `Nothing ${unseen.length > 0 ? 'that was seen ' : ''}blocks.`
      : `${blocks.length} ${blocks.length === 1 ? 'blocks' : 'block'}: ${blocks.join(', ')}.`,
    warns.length > 0 ? `${warns.length} ${warns.length === 1 ? 'warns' : 'warn'}: ${warns.join(', ')}.` : '',
    unseen.length > 0 && !mostlyUnseen ? `${unseen.length} not seen.` : '',
    `${fine.length} fine.`,
  ]
  return `${of}: ${parts.filter(Boolean).join(' ')}`
}

const indent = ' '.repeat(WIDTH + 2)

const findingLines = ({ saw, todo }: Finding): string[] => [
  `${indent}${saw}`,
  ...todo.map((step) => `${indent}→ ${step}`),
]

/** One check. What it is good for is told where it is not fine. */
export const show = ({ name, why, state, findings }: Checked, paint: Paint = plain): string => {
  const label = paint(state, words[state].padEnd(WIDTH))
  if (state === 'ok' || state === 'skipped') {
    const [first, ...rest] = findings
    const todo = [...(first?.todo ?? []), ...rest.flatMap(({ saw, todo }) => [saw, ...todo])]
    return [`${label}  ${name}: ${first?.saw}`, ...todo.map((step) => `${indent}→ ${step}`)].join('\n')
  }
  return [`${label}  ${paint('title', name)}. ${why}`, ...findings.flatMap(findingLines)].join('\n')
}

/** What was not seen for one reason is one line. */
const together = (unseen: readonly Checked[]): Checked[] => {
  const reasonOf = ({ findings }: Checked): string => findings.map(({ saw, todo }) => [saw, ...todo].join()).join()
  const reasons = Map.groupBy(unseen, reasonOf)
  return [...reasons.values()].flatMap(([first, ...more]) =>
    first ? [{ ...first, name: [first, ...more].map(({ name }) => name).join(', ') }] : [],
  )
}

/** The summary, and then all: from what blocks to what is fine, in each the order of the table. */
export const showAll = (report: Report, paint: Paint = plain): string => {
  const of = (state: State): Checked[] => report.checks.filter((check) => check.state === state)
  const shown = (checks: Checked[]): string[] => checks.map((check) => show(check, paint))
  const denied = report.denied ?? []
  return [
    summary(report),
    ...shown(of('failure')),
    ...shown(of('warning')),
    shown(together(of('skipped'))).join('\n'),
    shown(of('ok')).join('\n'),
    denied.length === 0
      ? ''
      : `To see all, these credentials need at least: ${denied.join(', ')}. AWS's policy ReadOnlyAccess has them, but for sending.`,
  ]
    .filter(Boolean)
    .join('\n\n')
}
