import { createHash } from 'node:crypto'

/** What happened, each line with its moved time. The hash tells whether two runs were the same. */
export const openTimeline = (now: () => number) => {
  const lines: string[] = []
  const hash = createHash('sha256')
  return {
    say: (line: string): void => {
      const told = `${new Date(now()).toISOString()}  ${line}`
      lines.push(told)
      hash.update(`${told}\n`)
    },
    lines: lines as readonly string[],
    hash: (): string => hash.copy().digest('hex').slice(0, 16),
  }
}

export type Timeline = ReturnType<typeof openTimeline>
