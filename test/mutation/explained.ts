import type { Tried } from './tried.ts'

/**
 * Mutants that no test can kill, or none of ours needs to: what they change cannot be seen from outside. `line` is what stands
 * in the source, `to` what the mutant makes of a part of it; without `to` all of the line are meant.
 */
export type Explained = { file: string; line: string; to?: readonly string[]; why: string }

const plan = 'shared/plan.ts'
const person = 'shared/person.ts'
const batch = 'shared/batch.ts'
const counters = 'shared/aws/counters.ts'
const ledger = 'shared/aws/ledger.ts'
const people = 'shared/aws/people.ts'
const requests = 'shared/aws/requests.ts'
const subscriptions = 'shared/aws/subscriptions.ts'
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
  aws: [
    { file: counters, line: 'Attributes?.seen?.N ?? 0', why: compiler },
    { file: counters, line: "countIn('confirmations', MINUTE", to: ['""'], why: 'Any name will do that no other has.' },
    ...[ledger, requests, subscriptions].map((file) => ({
      file,
      line: 'page.Items ?? []',
      to: ['["Stryker was here"]'],
      why: 'A page lists what it has found, and be it nothing.',
    })),
    { file: subscriptions, line: 'const { Items = [] }', to: ['["Stryker was here"]'], why: compiler },
    ...[ledger, subscriptions].flatMap((file) => [
      { file, line: 'error.CancellationReasons ?? []', to: ['["Stryker was here"]'], why: compiler },
      {
        file,
        line: 'if (!(error instanceof TransactionCanceledException)) throw error',
        to: ['false'],
        why: 'Another error has no reasons, and is thrown two lines further on.',
      },
    ]),
    { file: ledger, line: "taken?.Code === 'ConditionalCheckFailed'", to: ['taken.Code'], why: compiler },
    { file: ledger, line: "refused?.Code !== 'ConditionalCheckFailed'", to: ['refused.Code'], why: compiler },
    {
      file: people,
      line: 'const isBroken = tip !== undefined && last !== undefined',
      to: ['tip !== undefined || last !== undefined', 'true'],
      why: 'There is a last one of a tip only, and no part comes after none.',
    },
    {
      file: requests,
      line: 'error instanceof ConditionalCheckFailedException && error.Item',
      to: ['error instanceof ConditionalCheckFailedException || error.Item'],
      why: 'What is in the way is handed over with this error, and with no other.',
    },
    {
      file: requests,
      line: 'const items: Item[] = []',
      to: ['["Stryker was here"]'],
      why: 'What has no key is neither the request nor a mail.',
    },
    { file: requests, line: 'item.sk?.S', to: ['item.sk.S', 'item.sk?.S.startsWith'], why: compiler },
    { file: requests, line: 'Item?.version?.N', to: ['Item?.version.N'], why: compiler },
    { file: subscriptions, line: "return Attributes ? { result: 'claimed'", why: compiler },
    { file: subscriptions, line: "series, next = '', claim: instead", why: compiler },
    {
      file: subscriptions,
      line: "const { claim: held, dueAt = '' }",
      to: ['"Stryker was here!"'],
      why: 'Who reads and is claimed has something due.',
    },
    { file: subscriptions, line: "if (first?.Code === 'ConditionalCheckFailed'", to: ['first.Code'], why: compiler },
    { file: subscriptions, line: "if (second?.Code !== 'ConditionalCheckFailed'", to: ['second.Code'], why: compiler },
    { file: subscriptions, line: "[also]: next = '', ...place", to: ['"Stryker was here!"'], why: compiler },
    { file: subscriptions, line: "const { pk = '', sk = '' } = place", to: ['"Stryker was here!"'], why: compiler },
  ],
}
