import { addressOf } from './address.ts'
import { command } from './command.ts'
import { stopWords } from './in-words.ts'
import { PlainError } from './plain-error.ts'

export const suppress = command({
  summary: 'stops all mail to an address',
  usage: `suppress --email <address> [options]

Nothing more is sent to this address, neither reminders nor tips: as if its owner had asked
for it by the link in a mail. \`unsuppress\` takes it back.`,
  options: { email: { type: 'string' } },
  run: async ({ values, positionals, open }) => {
    const address = addressOf(values.email, positionals)
    const stack = await open()
    const { personOf, stop } = await import('./stops.ts')
    const person = await personOf(address)
    const { subscriptions } = await stop(person, stack.now())
    const was = person.suppressedBecause
    return {
      data: { person: person.id, stopped: true, before: was ?? null, subscriptions },
      text: was
        ? `Mail to ${person.id} was stopped before, since ${stopWords[was]}. It stays so.`
        : `Nothing more is sent to ${person.id}${subscriptions > 0 ? `, who has left ${subscriptions} series of tips with it` : ''}.`,
    }
  },
})

export const unsuppress = command({
  summary: 'lets mail go to an address again',
  usage: `unsuppress --email <address> [--really] [options]

Takes back that mail to this address was stopped. What its owner had stopped, or somebody
here, comes back as it was. What a bounce or a complaint has stopped needs --really: the
address has to work again, or its owner has to have said so. It is then also taken off
SES's own list, in each spelling that is known. After a complaint tips do not come back by
themselves.

  --really         also where a bounce or a complaint has stopped it`,
  options: { email: { type: 'string' }, really: { type: 'boolean', default: false } },
  run: async ({ values, positionals, open }) => {
    const address = addressOf(values.email, positionals)
    const stack = await open()
    const { lift, personOf } = await import('./stops.ts')
    const person = await personOf(address)
    const { id, suppressedAt, suppressedBecause: because = 'asked' } = person
    if (!suppressedAt) {
      return {
        data: { person: id, stopped: false, before: null },
        text: `Mail may go to ${id}: nothing had stopped it.`,
      }
    }
    if (because !== 'asked' && !values.really) {
      throw new PlainError(
        `Mail to ${id} is stopped since ${stopWords[because]}. One more of that harms the mail of everybody: if you are sure, say --really.`,
      )
    }
    const { resumed, released, offTheListOfSes } = await lift(person, address, stack.now())
    const tips = [
      ...(resumed > 0 ? [`${resumed} of her series of tips ${resumed === 1 ? 'goes' : 'go'} on.`] : []),
      ...(released > 0 ? [`Tips do not come back by themselves: she can ask for them anew.`] : []),
      ...(offTheListOfSes ? ['It is off SES’s own list as well.'] : []),
    ]
    return {
      data: { person: id, stopped: false, before: because, resumed, released, offTheListOfSes },
      text: [`Mail may go to ${id} again. Mails that fell due meanwhile are not made up for.`, ...tips].join(' '),
    }
  },
})
