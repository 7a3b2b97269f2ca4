/**
 * What happened, with ids only: no name, address, text or token ever goes into a log. It is given to Lambda as an object:
 * of text it would make one more text, in which nobody can search by `message.event`.
 */
export const log = (
  level: 'info' | 'warn' | 'error',
  event: string,
  ids: Record<string, string | number | undefined> = {},
): void => console[level]({ event, ...ids })
