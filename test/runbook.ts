import { readFileSync } from 'node:fs'
import { join } from 'node:path'

export type Entry = { title: string; text: string; commands: string[] }

const anchorOf = (title: string): string =>
  title
    .toLowerCase()
    .replaceAll(/[^a-z0-9 -]/g, '')
    .trim()
    .replaceAll(' ', '-')

/** The entries of the runbook by their anchors, with what is to be typed in each, one line a command. */
export const runbook: ReadonlyMap<string, Entry> = new Map(
  readFileSync(join(import.meta.dirname, '../docs/runbook.md'), 'utf8')
    .split(/^#+ /m)
    .slice(1)
    .map((part) => {
      const [title = '', ...lines] = part.split('\n')
      const text = lines.join('\n')
      const code = [...text.replaceAll(/```[^`]*```/g, '').matchAll(/`([^`]+)`/g)]
      const commands = new Set(code.map(([, one = '']) => one.replaceAll(/\s+/g, ' ')))
      return [anchorOf(title), { title, text, commands: [...commands] }]
    }),
)
