import { agreed } from './ask.ts'
import { command, WrongUse } from './command.ts'
import { many } from './in-words.ts'

export const forgetContact = command({
  summary: 'deletes whom somebody wanted to talk with',
  usage: `forget-contact --name <name> [--organization <name>] [--yes] [options]

For somebody who was to be asked for a talk and wants to be forgotten: deletes all requests to
that person, whoever made them, with their mails and timers, and takes the name out of what
other seekers have typed. We know such a person by name alone: two of one name are one, unless
--organization says which. Accents, case, the order of "Jackson, Mary" and a title before both
names make no difference; a first name or a surname by itself is not found. It reads the whole
table once.
What was mailed to a seeker before is in the seeker's own mailbox.

  --yes            does not ask`,
  options: {
    name: { type: 'string' },
    organization: { type: 'string' },
    yes: { type: 'boolean', default: false },
  },
  run: async ({ values, positionals, open }) => {
    const { name = '', organization } = values
    if (positionals.length > 0 || name.trim().split(/\s+/).length < 2)
      throw new WrongUse('Name the person with --name, first name and surname.')
    const contact = { name, ...(organization === undefined ? {} : { organization }) }
    const stack = await open()
    const { requestsAbout, forgetEverywhere } = await import('./forget-contact.ts')
    const found = await requestsAbout(contact)
    const counts = { requests: found.to.length, mentions: found.mentions.length }
    if (counts.requests + counts.mentions === 0)
      return { code: 1, data: { found: false }, text: `Nothing is kept of this person in ${stack.name}.` }
    const what = `${many(counts.requests, 'request')} to this person, and the name in ${many(counts.mentions, 'other request')}`
    await agreed(`This deletes ${what} in ${stack.name}, for good.`, values.yes === true)
    const left = await forgetEverywhere(found, contact, stack.now())
    return {
      code: left.length > 0 ? 1 : 0,
      data: { found: true, ...counts, left },
      text:
        left.length === 0
          ? `Forgotten: ${what}.`
          : `Forgotten, but ${many(left.length, 'request')} changed meanwhile or is not cleared yet. Run it again in a few minutes.`,
    }
  },
})
