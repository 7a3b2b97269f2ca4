import { email } from '../shared/fields.ts'
import { WrongUse } from './command.ts'

/** The address as it is kept. Throws WrongUse for what is none. */
export const addressOf = (given: string | undefined, positionals: readonly string[]): string => {
  if (positionals.length > 0) throw new WrongUse('Name the person with --email.')
  const read = email.safeParse(given ?? '')
  if (!read.success) throw new WrongUse(read.error.issues[0]?.message ?? 'This does not look like a mail address.')
  return read.data
}
