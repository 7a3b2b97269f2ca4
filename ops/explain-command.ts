import { isMailName, type MailName, mailNames } from '../shared/mail-names.ts'
import { isRequestId } from '../shared/request-id.ts'
import { readSubscriptionId } from '../shared/tips/links.ts'
import { type Answer, command, WrongUse } from './command.ts'
import { many } from './in-words.ts'
import type { Stack } from './open-stack.ts'
import { type About, requestStory } from './request-story.ts'
import { storyText } from './story.ts'
import { subscriptionStory } from './subscription-story.ts'

const usage = `explain <id> [options]

Says why a mail was sent, or was not, and what comes next. The id is that of a request, of
a mail ("<request id> follow-up#2", or without its round: "<request id> follow-up"), or of
a subscription. It shows no name and no address.

  --with-names     shows the names of the seeker and of the contact`

type What = { request: string; mail?: MailName; occurrence?: string } | { person: string; series: string }

/** What the words of the command line are about. Throws WrongUse. */
const readId = (words: readonly string[]): What => {
  const [id = '', mail, ...more] = words.flatMap((word) => word.trim().split(/\s+/))
  const subscription = readSubscriptionId(id)
  if (subscription && !mail) return subscription
  if (!isRequestId(id) || more.length > 0) {
    throw new WrongUse('Name a request (26 letters and digits), a mail of it, or a subscription.')
  }
  if (mail === undefined) return { request: id }
  const [name = '', occurrence] = mail.split('#')
  if (!isMailName(name)) throw new WrongUse(`No mail is called ${name}. There are: ${mailNames.join(', ')}.`)
  return { request: id, mail: name, ...(occurrence ? { occurrence } : {}) }
}

export const explain = command({
  summary: 'why a mail was sent or not, and what comes next',
  usage,
  options: { 'with-names': { type: 'boolean', default: false } },
  run: async ({ values, positionals, open }) => {
    const what = readId(positionals)
    const stack = await open()
    const withNames = values['with-names'] === true
    return 'request' in what ? explainRequest(what, stack, withNames) : explainSubscription(what, stack, withNames)
  },
})

const explainRequest = async (
  { request: id, mail, occurrence }: { request: string } & About,
  stack: Stack,
  withNames: boolean,
): Promise<Answer> => {
  const { leftOf, requestFacts } = await import('./gather.ts')
  const facts = await requestFacts(id, stack)
  if (!facts) {
    const { rows, alarms } = await leftOf(id)
    const left = [
      ...(rows.length > 0 ? [many(rows.length, 'row')] : []),
      ...(alarms > 0 ? [many(alarms, 'timer')] : []),
    ].join(' and ')
    return {
      code: 1,
      data: { request: id, found: false, rows: rows.length, alarms },
      text: [
        `There is no request ${id} in ${stack.name}: it was never sent in, its seeker erased it, or its time was over and it was deleted.`,
        ...(left ? [`${left} of it are left: \`npm run ops -- replan ${id}\` clears them.`] : []),
      ].join('\n'),
    }
  }
  const { file, person } = facts
  const { request } = file
  const story = requestStory(facts, { mail, occurrence, withNames })
  return {
    data: {
      request: id,
      found: true,
      state: request.state,
      version: request.version,
      timeZone: request.seeker.timeZone,
      person: {
        id: person.id,
        confirmedAt: person.verifiedAt ?? null,
        stoppedAt: person.suppressedAt ?? null,
        stoppedBecause: person.suppressedBecause ?? null,
      },
      alarms: facts.alarms,
      ...story,
    },
    text: storyText(story, request.seeker.timeZone),
  }
}

const explainSubscription = async (
  key: { person: string; series: string },
  stack: Stack,
  withNames: boolean,
): Promise<Answer> => {
  const { subscriptionFacts } = await import('./gather.ts')
  const facts = await subscriptionFacts(key, stack)
  if (!facts) {
    return {
      code: 1,
      data: { subscription: `${key.person}-${key.series}`, found: false },
      text: `There is no such subscription in ${stack.name}: it never was, nobody confirmed it in time, or it was erased.`,
    }
  }
  const { state, version, timeZone, dueAt, dueOn, next, had, failed, claim } = facts.subscription
  const story = subscriptionStory(facts, { withNames })
  return {
    data: {
      subscription: `${key.person}-${key.series}`,
      found: true,
      state,
      version,
      timeZone,
      had,
      next: next ?? null,
      dueAt: dueAt ?? null,
      dueOn: dueOn ?? null,
      failed: failed ?? null,
      claim: claim ?? null,
      ...story,
    },
    text: storyText(story, timeZone),
  }
}
