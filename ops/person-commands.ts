import { renameSync, rmSync, writeFileSync } from 'node:fs'
import { addressOf } from './address.ts'
import { agreed } from './ask.ts'
import { type Answer, command } from './command.ts'
import { many } from './in-words.ts'
import type { Stack } from './open-stack.ts'

const nothing = (person: string, stack: Stack): Answer => ({
  code: 1,
  data: { person, found: false },
  text: `Nothing is kept of this person in ${stack.name}.`,
})

const find = async (address: string, stack: Stack) => {
  const [{ everythingOf }, { personOf }] = await Promise.all([import('./everything-of.ts'), import('./stops.ts')])
  const everything = await everythingOf(await personOf(address), stack.now())
  const isThere = everything.isKnown || everything.requestIds.length > 0 || everything.subscriptions.length > 0
  return { everything, isThere }
}

export const exportPerson = command({
  summary: 'everything of a person, as JSON',
  usage: `export --email <address> [options]

Writes everything that is kept of a person as JSON: what she may ask for by law. It reads
the whole table once. Her requests' own pages offer the same to her.

  -o <file>        into a file that only its owner can read, instead of on the screen; --json
                   then says what there was, and where it is`,
  options: { email: { type: 'string' }, output: { type: 'string', short: 'o' } },
  run: async ({ values, positionals, open }) => {
    const address = addressOf(values.email, positionals)
    const stack = await open()
    const { everything, isThere } = await find(address, stack)
    if (!isThere) return nothing(everything.person.id, stack)
    const { takenAlong } = await import('./everything-of.ts')
    const data = await takenAlong(everything, stack.now())
    const text = JSON.stringify(data, undefined, 2)
    if (values.output === undefined) return { data, text }
    writePrivately(values.output, `${text}\n`)
    const { person, requestIds, subscriptions } = everything
    return {
      data: {
        person: person.id,
        found: true,
        requests: requestIds.length,
        subscriptions: subscriptions.length,
        file: values.output,
      },
      text: `${counted(everything)}, in ${values.output}.`,
    }
  },
})

/** For its owner alone, also where there is a file already that others may read, and nothing of it before it is whole. */
const writePrivately = (file: string, text: string): void => {
  const part = `${file}.part`
  rmSync(part, { force: true })
  try {
    writeFileSync(part, text, { mode: 0o600, flag: 'wx' })
    renameSync(part, file)
  } catch (error) {
    rmSync(part, { force: true })
    throw error
  }
}

type Counted = { requestIds: readonly string[]; subscriptions: readonly object[] }
const counted = ({ requestIds, subscriptions }: Counted): string =>
  `${many(requestIds.length, 'request')} and ${many(subscriptions.length, 'subscription')}`

export const erase = command({
  summary: 'deletes everything of a person',
  usage: `erase --email <address> [--yes] [options]

Deletes all requests of a person with their mails and timers, all subscriptions, and what
was counted for the address. A hash of the address stays, with her no: so that no import
brings her back. It reads the whole table once, and waits until the timers are gone.

It does not reach two places of AWS: SES's own list of addresses that bounced or complained
(aws sesv2 delete-suppressed-destination --email-address <address>), and for 14 days at most
the dead letters of record-outcome, if there are any: redrive them first.

  --yes            does not ask`,
  options: { email: { type: 'string' }, yes: { type: 'boolean', default: false } },
  run: async ({ values, positionals, open }) => {
    const address = addressOf(values.email, positionals)
    const stack = await open()
    const { everything, isThere } = await find(address, stack)
    if (!isThere) return nothing(everything.person.id, stack)
    const { id } = everything.person
    await agreed(`This deletes ${counted(everything)} of ${id} in ${stack.name}, for good.`, values.yes === true)
    const { eraseAll } = await import('./everything-of.ts')
    const left = await eraseAll(everything, stack.now())
    return {
      code: left.length > 0 ? 1 : 0,
      data: {
        person: id,
        found: true,
        requests: everything.requestIds.length,
        subscriptions: everything.subscriptions.length,
        left,
      },
      text:
        left.length === 0
          ? `Erased: ${counted(everything)} of ${id}. Her no stays, as a hash.`
          : `Erased, but rows or timers of ${many(left.length, 'request')} are still there: the stream has not come to them. Run it again in a few minutes.`,
    }
  },
})
