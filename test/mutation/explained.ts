import type { Tried } from './tried.ts'

/**
 * Mutants that no test can kill, or none of ours needs to: what they change cannot be seen from outside. `line` is what stands
 * in the source, `to` what the mutant makes of a part of it; without `to` all of the line are meant.
 */
export type Explained = { file: string; line: string; to?: readonly string[]; why: string }

const plan = 'shared/plan.ts'
const person = 'shared/person.ts'
const batch = 'shared/batch.ts'
/** Where a type allows for what cannot be. */
const compiler = 'The compiler asks for it; it does not happen.'

export const explained: Record<Tried, readonly Explained[]> = {
  core: [
    { file: plan, line: 'const asked = toMs(history[anchor.index]', why: compiler },
    { file: plan, line: 'rowsWhile.get(request.state) ?? []', why: 'What is no row asks for nothing either.' },
    {
      file: plan,
      line: 'outcome?.promisedBy ? onDay',
      to: ['outcome.promisedBy'],
      why: 'Who has thanked has met, and that made an outcome.',
    },
    {
      file: plan,
      line: 'return asked > scheduled ||',
      to: ['asked >= scheduled', 'now <= anchor.ms'],
      why: 'Nothing is scheduled for the night; and when a meeting begins nothing is of use any more.',
    },
    {
      file: plan,
      line: "mail.state !== 'skipped' && isFinal(mail.state)",
      to: ['now - toMs(mail.sentAt ?? mail.at) <= RECENT', 'true'],
      why: 'Older mail has taken a day that is over: to leave it out only saves work.',
    },
    {
      file: plan,
      line: 'holder.due <= wish.latest',
      to: ['holder.due < wish.latest'],
      why: 'No mail is due in the millisecond in which a meeting begins.',
    },
    { file: person, line: "address.toLowerCase().split('@')", to: ['"Stryker was here!"'], why: compiler },
    { file: person, line: "local.split('+')", to: ['"Stryker was here!"'], why: compiler },
    { file: person, line: 'const tooSoon = last', to: ['true'], why: 'No time is too soon after none.' },
    { file: batch, line: 'event.Records[index] ?? {}', to: ['"Stryker was here!"'], why: compiler },
    { file: batch, line: 'record.dynamodb?.SequenceNumber', why: compiler },
    {
      file: batch,
      line: "typeof code === 'string' ? { code }",
      to: ['true'],
      why: 'A code that is nothing says nothing.',
    },
  ],
  aws: [],
}
