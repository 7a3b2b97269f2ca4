/** What happened, with ids only: no name, address, text or token ever goes into a log. */
export const log = (
  level: 'info' | 'warn' | 'error',
  event: string,
  ids: Record<string, string | number | undefined> = {},
): void => console[level](JSON.stringify({ level, event, ...ids }))
