import { createHash } from 'node:crypto'

/** What happened, each line with its moved time. The hash tells whether two runs were the same. */
export const openTimeline = (now: () => number) => {
  const lines: string[] = []
  return {
    say: (line: string): void => {
      lines.push(`${new Date(now()).toISOString()}  ${line}`)
    },
    lines: lines as readonly string[],
    hash: (): string => createHash('sha256').update(lines.join('\n')).digest('hex').slice(0, 16),
  }
}

export type Timeline = ReturnType<typeof openTimeline>
