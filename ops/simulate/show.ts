import { styleText } from 'node:util'
import { dateInWords, many, when } from '../in-words.ts'
import type { Difference } from './compare.ts'
import { isMail, type Simulation, type Step } from './simulation.ts'

/** A hundred columns: the day and the hour, what comes, why, and the state after it. */
const WIDE = { day: 16, hour: 5, what: 35, why: 27, state: 11 } as const

const marks = {
  mail: ['✓', 'green'],
  done: ['→', 'cyan'],
  'not-sent': ['✗', 'red'],
  'taken-back': ['–', 'dim'],
  moved: ['~', 'yellow'],
  recorded: ['·', 'dim'],
  deleted: ['·', 'dim'],
} as const satisfies Record<Step['kind'], readonly [string, string]>

const legend = '→ somebody does something   ✓ a mail goes out   ✗ it does not   – what was planned is taken back'

type Format = Parameters<typeof styleText>[0]
const styled = (format: Format, text: string): string => styleText(format, text, { stream: process.stdout })

/** Lines of at most `width` characters, broken between words; a longer word stands alone and is cut. */
export const wrap = (text: string, width: number): string[] => {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    for (let rest = word; ; rest = rest.slice(width)) {
      const joined = line === '' ? rest : `${line} ${rest}`
      if (joined.length <= width) {
        line = joined
        break
      }
      if (line !== '') lines.push(line)
      line = ''
      if (rest.length <= width) {
        line = rest
        break
      }
      lines.push(rest.slice(0, width))
    }
  }
  return line === '' ? lines : [...lines, line]
}

type Row = { what: string[]; why: string[] }

/** `draft`, then what stands in the inbox, in the next line. */
const cells = (step: Step, timeZone: string): Row => {
  const { kind, name, says, subject, includes = [], due, dueBefore } = step
  const what = (...texts: string[]) => texts.flatMap((text) => wrap(text, WIDE.what - 2))
  const why = (text: string) => wrap(text, WIDE.why)
  const was = due ? when(due, timeZone) : ''
  switch (kind) {
    case 'mail':
      return {
        what: what(name, `“${subject}”`, ...(includes.length > 0 ? [`with ${includes.join(', ')} in it`] : [])),
        why: why(says),
      }
    case 'not-sent':
      return {
        what: what(name, ...(due && due !== step.at ? [`planned for ${was}`] : [])),
        why: why(`Not sent: ${says}.`),
      }
    case 'moved':
      return {
        what: what(name, `now ${was}`),
        why: why(`Moved from ${dueBefore ? when(dueBefore, timeZone) : 'another time'}.`),
      }
    default:
      return { what: wrap(says, WIDE.what + WIDE.why), why: [] }
  }
}

const isBroad = ({ kind }: Step): boolean =>
  kind === 'done' || kind === 'recorded' || kind === 'deleted' || kind === 'taken-back'

/** What one event took back is one line. */
const together = (steps: readonly Step[]): Step[] => {
  const rows: Step[] = []
  for (const step of steps) {
    const before = rows.at(-1)
    if (step.kind !== 'taken-back') rows.push(step)
    else if (before?.kind === 'taken-back' && before.at === step.at) before.says = `${before.says}, ${takenBack(step)}`
    else rows.push({ ...step, says: `No longer to come: ${takenBack(step)}` })
  }
  return rows
}

const takenBack = (step: Step): string => `${step.name} (${step.due ? when(step.due, zoneOf(step)) : 'soon'})`

const zoneOf = ({ local }: Step): string => /\[(.+)\]$/.exec(local)?.[1] ?? 'UTC'

const table = ({ steps }: Simulation): string[] => {
  const lines: string[] = []
  let [day, state] = ['', '']
  for (const step of together(steps)) {
    const today = dateInWords(step.local.slice(0, 10))
    const { what, why } = cells(step, zoneOf(step))
    const [mark, colour] = marks[step.kind]
    for (let index = 0; index < Math.max(what.length, why.length); index += 1) {
      const first = index === 0
      const left = [
        (first && today !== day ? today : '').padEnd(WIDE.day),
        first ? step.local.slice(11, 16) : ' '.repeat(WIDE.hour),
        first ? styled(colour, mark) : ' ',
      ].join(' ')
      const middle = isBroad(step)
        ? (what[index] ?? '').padEnd(WIDE.what + WIDE.why)
        : `${(what[index] ?? '').padEnd(WIDE.what - 2)}  ${(why[index] ?? '').padEnd(WIDE.why)}`
      const toned = step.kind === 'mail' && first ? middle.replace(step.name, styled('bold', step.name)) : middle
      const faint = step.kind === 'taken-back' ? styled('dim', toned.trimEnd()) : toned
      lines.push(`${left} ${faint} ${first && step.state !== state ? step.state : ''}`.trimEnd())
    }
    ;[day, state] = [today, step.state]
  }
  return lines
}

const heading = (): string =>
  styled(
    'bold',
    `${'Day and hour'.padEnd(WIDE.day + WIDE.hour + 1)}   ${'What happens'.padEnd(WIDE.what - 2)}  ${'Why'.padEnd(WIDE.why)} State after`,
  )

/** The whole journey, for an operator who reads it on a screen. */
export const asTable = (simulation: Simulation, says: string): string => {
  const { journey, series, stage, timeZone, steps } = simulation
  const mails = steps.filter(isMail)
  const count = (of: Step['kind']): number => steps.filter(({ kind }) => kind === of).length
  const [skipped, back] = [count('not-sent'), count('taken-back')]
  const last = steps.at(-1)
  return [
    ...wrap(`${series ? `Series ${series}, ` : 'Request, '}${journey}: ${says}`, 100).map((line) =>
      styled('bold', line),
    ),
    ...wrap(`Stage ${stage}${instead(simulation)}. Times are those of ${timeZone}.`, 100),
    '',
    heading(),
    ...table(simulation),
    '',
    [
      `${many(mails.length, 'mail')} ${mails.length === 1 ? 'goes' : 'go'} out${mails.length > 1 ? ` in ${span(mails)}` : ''}`,
      ...(back > 0 ? [`${back} ${back === 1 ? 'is' : 'are'} taken back before`] : []),
      ...(skipped > 0 ? [`${skipped} ${skipped === 1 ? 'is' : 'are'} not sent`] : []),
      `it ends as “${last?.state}”.`,
    ].join('; '),
    styled('dim', legend),
  ].join('\n')
}

const weekdays = ['Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat', 'Sun']

/** What of the stage was changed on the command line. */
const instead = ({ given: { workingDays, holidays } }: Simulation): string => {
  const changed = [
    ...(workingDays ? [`working days ${workingDays.map((day) => weekdays[day - 1]).join(' ')}`] : []),
    ...(holidays ? [holidays.length > 0 ? `days off ${holidays.join(' ')}` : 'no days off'] : []),
  ]
  return changed.length > 0 ? `, but with ${changed.join(' and ')}` : ''
}

const span = (mails: readonly Step[]): string => {
  const [first, last] = [mails[0]?.at ?? '', mails.at(-1)?.at ?? '']
  const days = Math.round((Date.parse(last) - Date.parse(first)) / 86_400_000)
  return days < 1 ? 'a day' : many(days, 'day')
}

const changes = {
  new: ['+', 'green'],
  gone: ['–', 'red'],
  moved: ['~', 'yellow'],
  subject: ['“', 'cyan'],
  parts: ['&', 'cyan'],
} as const

/** What a change of the tables would send otherwise. */
export const asDifferences = (all: readonly { simulation: Simulation; found: readonly Difference[] }[]): string => {
  const changed = all.filter(({ found }) => found.length > 0)
  const same = all.length - changed.length
  return [
    ...changed.flatMap(({ simulation: { series, journey, timeZone, start }, found }) => [
      styled('bold', `${series ? `Series ${series}, ` : ''}${journey}`) +
        `, in ${timeZone} from ${dateInWords(start.slice(0, 10))}:`,
      ...found.flatMap(({ change, says }) => {
        const [mark, colour] = changes[change]
        return wrap(`${says}.`, 94).map((line, index) => `  ${index === 0 ? styled(colour, mark) : ' '} ${line}`)
      }),
      '',
    ]),
    changed.length === 0
      ? `Nothing differs: ${many(all.length, 'journey')} ${all.length === 1 ? 'sends' : 'send'} the same mails at the same times.`
      : `${many(changed.length, 'journey')} ${changed.length === 1 ? 'differs' : 'differ'}${same > 0 ? `, ${same} ${same === 1 ? 'is' : 'are'} the same` : ''}.`,
  ].join('\n')
}
