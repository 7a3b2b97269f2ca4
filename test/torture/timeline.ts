import { createHash } from 'node:crypto'

/**
 * What happened, each line with its moved time. The hash tells whether two runs were the same. One that is `silent` keeps
 * nothing, and saves the time that goes into lines which hardly ever are read.
 */
export const openTimeline = (now: () => number, silent: boolean) => {
  const said: { at: number; line: string }[] = []
  return {
    say: (line: string | (() => string)): void => {
      if (!silent) said.push({ at: now(), line: typeof line === 'string' ? line : line() })
    },
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
