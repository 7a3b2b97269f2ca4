import { styleText } from 'node:util'
import type { Instant } from '../shared/request.ts'
import { clockAt, dayOn } from './in-words.ts'

/** Something that happened, or will. */
export type Entry = {
  at: Instant
  says: string
  /** `late`: it went wrong and came right, or may. */
  tone: 'good' | 'bad' | 'late' | 'plain'
  /** For programs: which mail it is about, and what became of it. */
  mail?: string
  state?: string
  details: string[]
}

export type Section = { title: string; entries: Entry[] /** Said where there are none. */; none?: string }

/** What can be told about a request, a mail or a subscription. */
export type Story = { title: string; about: string[]; sections: Section[] }

const marks = { good: '✓', bad: '✗', late: '!', plain: '·' } as const
const colours = { good: 'green', bad: 'red', late: 'yellow', plain: 'dim' } as const
const styled = (format: 'bold' | 'dim' | 'green' | 'yellow' | 'red', text: string): string =>
  styleText(format, text, { stream: process.stdout })

/** As text: days as headings, times by the clock of the reader. */
export const storyText = ({ title, about, sections }: Story, timeZone: string): string =>
  [
    styled('bold', title),
    ...about.map((line) => `  ${line}`),
    ...sections
      .filter(({ entries, none }) => entries.length > 0 || none)
      .flatMap((section) => ['', styled('bold', section.title), ...sectionLines(section, timeZone)]),
  ].join('\n')

const sectionLines = ({ entries, none = '' }: Section, timeZone: string): string[] => {
  if (entries.length === 0) return [`  ${none}`]
  const lines: string[] = []
  let day = ''
  for (const { at, says, tone, details } of entries) {
    const today = dayOn(at, timeZone)
    if (today !== day) lines.push(`  ${today}`)
    day = today
    lines.push(`    ${clockAt(at, timeZone)} ${styled(colours[tone], marks[tone])} ${says}`)
    lines.push(...details.map((detail) => `            ${styled('dim', detail)}`))
  }
  return lines
}

/** Earliest first; what was said comes before what was sent in answer. */
export const inOrder = (entries: Entry[]): Entry[] =>
  entries.sort((a, b) => a.at.localeCompare(b.at) || Number(a.mail !== undefined) - Number(b.mail !== undefined))
