import { createHash } from 'node:crypto'

/** What happened, each line with its moved time. The hash tells whether two runs were the same. */
export const openTimeline = (now: () => number) => {
  const said: { at: number; line: string }[] = []
  return {
    say: (line: string): void => void said.push({ at: now(), line }),
    /** Written out only where somebody reads it: most runs break nothing. */
    lines: (): string[] => said.map(({ at, line }) => `${new Date(at).toISOString()}  ${line}`),
    hash: (): string =>
      createHash('sha256')
        .update(said.map(({ at, line }) => `${at} ${line}`).join('\n'))
        .digest('hex')
        .slice(0, 16),
  }
}

export type Timeline = ReturnType<typeof openTimeline>
