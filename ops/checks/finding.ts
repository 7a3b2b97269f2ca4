import type { Look } from './look.ts'

/** `failure` is what blocks; `skipped` is what could not be looked at, or not yet. From the worst to the best. */
export const states = ['failure', 'warning', 'skipped', 'ok'] as const
export type State = (typeof states)[number]

/** What was seen, and what to do about it: each step is a path in a console or a command, as it is to be typed. */
export type Finding = { state: State; saw: string; todo: string[] }

export const ok = (saw: string): Finding => ({ state: 'ok', saw, todo: [] })
export const warning = (saw: string, ...todo: string[]): Finding => ({ state: 'warning', saw, todo })
export const failure = (saw: string, ...todo: string[]): Finding => ({ state: 'failure', saw, todo })
export const skipped = (saw: string, ...todo: string[]): Finding => ({ state: 'skipped', saw, todo })

/** One thing that is usually wrong. Its run throws a PlainError where it could not look. */
export type Check = {
  name: string
  /** What it means for a seeker, or for whoever deploys. */
  why: string
  run: (look: Look) => Promise<Finding | Finding[]>
}

export type Checked = Pick<Check, 'name' | 'why'> & { state: State; findings: Finding[] }

/** The worst of all; what is fine is told only when nothing else is. */
export const checked = ({ name, why }: Pick<Check, 'name' | 'why'>, found: Finding | Finding[]): Checked => {
  const all = [found].flat()
  const state = states.find((one) => all.some((finding) => finding.state === one)) ?? 'ok'
  const findings = all.filter((finding) => state === 'ok' || finding.state !== 'ok')
  return { name, why, state, findings: findings.sort((a, b) => states.indexOf(a.state) - states.indexOf(b.state)) }
}

/** `a, b and c`. */
export const listed = (words: readonly string[]): string =>
  words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
