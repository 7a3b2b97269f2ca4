import type { Tried } from './tried.ts'

/**
 * Mutants that no test can kill, or none of ours needs to: what they change cannot be seen from outside. `line` is what stands
 * in the source, `to` what the mutant makes of a part of it; without `to` all of the line are meant.
 */
export type Explained = { file: string; line: string; to?: readonly string[]; why: string }

const plan = 'shared/plan.ts'
const wholeTable = 'shared/aws/whole-table.ts'
const series = 'shared/tips/series.ts'
const mail = 'shared/aws/mail.ts'
const queues = 'shared/aws/queues.ts'
const takenTips = 'shared/aws/taken-tips.ts'
const tipMail = 'shared/aws/tip-mail.ts'
const person = 'shared/person.ts'
const batch = 'shared/batch.ts'
const calendar = 'shared/calendar.ts'
const enrolment = 'shared/tips/enrolment.ts'
const events = 'shared/events.ts'
const fields = 'shared/fields.ts'
const network = 'shared/network.ts'
const request = 'shared/request.ts'
const rhythm = 'shared/tips/rhythm.ts'
const sesEvent = 'shared/ses-event.ts'
const subscription = 'shared/tips/subscription.ts'
const turn = 'shared/tips/turn.ts'
const wishes = 'shared/tips/wishes.ts'
const zone = 'shared/zone.ts'
const counters = 'shared/aws/counters.ts'
const database = 'shared/aws/database.ts'
const ledger = 'shared/aws/ledger.ts'
const people = 'shared/aws/people.ts'
const requests = 'shared/aws/requests.ts'
const schedules = 'shared/aws/schedules.ts'
const subscriptions = 'shared/aws/subscriptions.ts'
/** Where a type allows for what cannot be. */
const compiler = 'The compiler asks for it; it does not happen.'

export const explained: Record<Tried, readonly Explained[]> = {
  core: [
    {
      file: series,
      line: '{ had, passed = [], reached = [] }: Progress',
      to: ['["Stryker was here"]'],
      why: 'No part is for those who have reached a state of that name.',
    },
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
    {
      file: calendar,
      line: '?? ms + 365 * DAY',
      to: ['365 / DAY'],
      why: 'A zone that changes no more tells the same time however often it is asked.',
    },
    {
      file: calendar,
      line: 'if (reached - day > SEARCH_DAYS)',
      to: ['reached - day >= SEARCH_DAYS'],
      why: 'Of ten thousand days off in a row one more is as good as none.',
    },
    {
      file: calendar,
      line: 'if (calendar.pauses.length > 0)',
      to: ['true', 'calendar.pauses.length >= 0'],
      why: 'Without a pause no day is paused: not to look only saves time.',
    },
    {
      file: calendar,
      line: 'let end = (months === 0',
      to: ['false'],
      why: 'No month later is the same day: not to ask only saves time.',
    },
    { file: events, line: "pause.until ?? '9999'", to: ['""'], why: compiler },
    {
      file: events,
      line: 'const ms = /^',
      to: ['/^\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d(:\\d\\d(\\.\\d{1,9})?)?(Z|[+-]\\d\\d:\\d\\d)/'],
      why: 'With anything behind it it is no date for `Date.parse` either.',
    },
    {
      file: events,
      line: '!pause.until || pause.until > day',
      to: ['pause.until >= day'],
      why: 'What ends today ends today.',
    },
    {
      file: events,
      line: "findLastIndex(({ event }) => event === 'closed')",
      to: ['true'],
      why: 'While it is closed nothing is told but that.',
    },
    { file: events, line: 'undefined : request.meeting?.place', to: ['request.meeting.place'], why: compiler },
    { file: fields, line: "issue.path[0] ?? ''", to: ['"Stryker was here!"'], why: compiler },
    ...["context.issues.push({ code: 'custom'", "code: 'custom',"].map((line) => ({
      file: fields,
      line,
      to: ['""'],
      why: 'Nobody asks of which kind it is.',
    })),
    { file: fields, line: "if (typeof value === 'number' &&", to: ['true'], why: 'An integer is a number.' },
    {
      file: fields,
      line: 'const domain = at > 0',
      to: ['at >= 0', '"Stryker was here!"'],
      why: 'Without something before the @ it is none, whatever stands behind.',
    },
    {
      file: network,
      line: "const [head = '', tail = '']",
      to: ['"Stryker was here!"', 'address.toUpperCase()'],
      why: 'An address has a head, with no :: in it is whole without a tail, and is the same in either case.',
    },
    {
      file: network,
      line: "const after = tail === ''",
      to: ['false', '["Stryker was here"]', '"Stryker was here!"'],
      why: 'What the end of an address says when there is none is far from its beginning.',
    },
    { file: 'shared/request-id.ts', line: "?? '') + base32", to: ['"Stryker was here!"'], why: compiler },
    {
      file: sesEvent,
      line: "diagnosticCode = ''",
      to: ['"Stryker was here!"'],
      why: 'No reason is not the reason that is looked for.',
    },
    {
      file: enrolment,
      line: 'part ? part.delay : { days: 0, months: 0 }',
      to: ['{}'],
      why: 'No days is how many there are when nobody says.',
    },
    {
      file: enrolment,
      line: "after(stopped, 'released', { now })",
      to: ['{}'],
      why: 'When she was released is forgotten in the same breath.',
    },
    {
      file: enrolment,
      line: 'if (!released)',
      to: ['false'],
      why: 'Of nothing nothing is known, and it ends two lines further on.',
    },
    {
      file: enrolment,
      line: 'if (!part || back.sentAt === undefined',
      to: ['false'],
      why: 'No day is later than none.',
    },
    {
      file: enrolment,
      line: 'moment.dueAt > back.dueAt ?',
      to: ['moment.dueAt >= back.dueAt'],
      why: 'It comes at that hour either way.',
    },
    { file: enrolment, line: 'toDay(present.pausedUntil ?? now', to: ['now'], why: compiler },
    {
      file: rhythm,
      line: 'const { mailDays = [], timeZone }',
      to: ['["Stryker was here"]'],
      why: 'That is no day.',
    },
    {
      file: rhythm,
      line: 'while (mailDays.length > 0',
      to: ['mailDays.length >= 0', 'true'],
      why: 'Among no days there is none: not to look only saves time.',
    },
    { file: rhythm, line: 'addCalendarTime(day, delay', to: ['["Stryker was here"]'], why: 'That is no pause.' },
    { file: rhythm, line: 'return day >= tomorrow', to: ['day > tomorrow'], why: 'Tomorrow is tomorrow.' },
    { file: request, line: 'export const sentInAt', to: ['"Stryker was here!"', 'history[0].at'], why: compiler },
    {
      file: subscription,
      line: "before: subscription.before ?? 'active' }",
      to: ['""'],
      why: 'Who is stopped has been something before.',
    },
    {
      file: subscription,
      line: 'dueAt !== undefined && dueAt > now',
      to: ['true'],
      why: 'Nothing is later than no time.',
    },
    { file: turn, line: 'mailDays = [], wished', to: ['["Stryker was here"]'], why: 'That is no day.' },
    { file: wishes, line: 'at !== undefined && toMs(now)', to: ['true'], why: 'Nothing is within a time of no time.' },
    {
      file: wishes,
      line: "const { dueAt = now, dueOn = '', pausedUntil = '' }",
      to: ['"Stryker was here!"'],
      why: 'Without a day nothing is due, and without a pause no day is its end.',
    },
    {
      file: wishes,
      line: "present.state === 'active' || pausedUntil < dueOn",
      to: ['false', '""'],
      why: 'Whose tips are not paused has no day on which a pause ends, and that is before any other.',
    },
    { file: wishes, line: 'const isAhead = isReading(present)', to: ['true'], why: compiler },
    { file: zone, line: '} catch {', to: ['{}'], why: 'Nothing is what comes of it by itself.' },
    {
      file: zone,
      line: 'if (!/^[A-Za-z]/',
      to: ['/[A-Za-z]/'],
      why: 'What begins otherwise and is one is an offset, and has no letter.',
    },
  ],
  edge: [
    {
      file: 'shared/tips/values.ts',
      line: 'const value = name !== undefined && Object.hasOwn(values, name)',
      to: ['true'],
      why: 'No value is called undefined.',
    },
    {
      file: 'shared/proof-of-work.ts',
      line: '} catch {',
      to: ['{}'],
      why: 'Without a word it answers the same: undefined.',
    },
  ],
  aws: [
    {
      file: database,
      line: '(error.CancellationReasons ?? [])',
      to: ['["Stryker was here"]'],
      why: 'That is no conflict.',
    },
    { file: counters, line: 'Attributes?.seen?.N ?? 0', why: compiler },
    { file: counters, line: "countIn('confirmations', MINUTE", to: ['""'], why: 'Any name will do that no other has.' },
    ...[ledger, requests, subscriptions].map((file) => ({
      file,
      line: 'page.Items ?? []',
      to: ['["Stryker was here"]'],
      why: 'A page lists what it has found, and be it nothing.',
    })),
    { file: subscriptions, line: "if (second?.Code === 'Cond", to: ['second.Code'], why: compiler },
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
    { file: people, line: "suppressedAt = '', stops = 0", to: ['"Stryker was here!"'], why: compiler },
    {
      file: people,
      line: 'const reasons = error instanceof TransactionCanceledException',
      to: ['["Stryker was here"]'],
      why: 'A text is no reason for anything.',
    },
    {
      file: people,
      line: '{ undone = [], by }',
      to: ['["Stryker was here"]'],
      why: 'To take away what is not there changes nothing.',
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
    { file: requests, line: 'const mails = items', to: ['items'], why: 'What is no mail bears no name of one.' },
    { file: requests, line: 'item.sk?.S', to: ['item.sk.S', 'item.sk?.S.startsWith'], why: compiler },
    { file: requests, line: 'Item?.version?.N', to: ['Item?.version.N'], why: compiler },
    { file: subscriptions, line: "return Attributes ? { result: 'claimed'", why: compiler },
    { file: subscriptions, line: "series, next = '', confirming: instead", why: compiler },
    {
      file: subscriptions,
      line: "const { claim: held, dueAt = '' }",
      to: ['"Stryker was here!"'],
      why: 'Who reads and is claimed has something due.',
    },
    { file: subscriptions, line: "if (first?.Code === 'ConditionalCheckFailed'", to: ['first.Code'], why: compiler },
    { file: subscriptions, line: "if (second?.Code !== 'ConditionalCheckFailed'", to: ['second.Code'], why: compiler },
    { file: subscriptions, line: "[also]: next = '', ...place", to: ['"Stryker was here!"'], why: compiler },
    { file: subscriptions, line: "const { pk = '', sk = '', [sortKey]", to: ['"Stryker was here!"'], why: compiler },
    {
      file: schedules,
      line: 'const { Schedules = [] } of',
      to: ['["Stryker was here"]'],
      why: compiler,
    },
    { file: wholeTable, line: 'const { Items = [] } of pages', why: compiler },
    { file: wholeTable, line: 'Table?.ItemCount ?? 0', to: ['Table.ItemCount'], why: compiler },
    {
      file: wholeTable,
      line: 'partition[0].pk?.S !== item.pk?.S',
      to: ['partition[0].pk.S', 'item.pk.S'],
      why: compiler,
    },
  ],
  sending: [
    {
      file: mail,
      line: "typeof code === 'string' && unreachable.includes(code)",
      to: ['true'],
      why: 'What is no text is none of those texts; the compiler asks for it.',
    },
    { file: queues, line: 'The queue refused', to: ['Failed[0].Code'], why: compiler },
    { file: takenTips, line: 'const { events = [] } of pages', why: compiler },
    { file: takenTips, line: "const { message = '' } of events", why: compiler },
    { file: mail, line: 'error instanceof Error ? error.message', to: ['"Stryker was here!"'], why: compiler },
    { file: tipMail, line: 'error instanceof Error ? error.message', to: ['"Stryker was here!"'], why: compiler },
    {
      file: tipMail,
      line: 'const { BulkEmailEntryResults = [] }',
      to: ['["Stryker was here"]'],
      why: 'A result that is a word has no status, as one that is missing.',
    },
    {
      file: mail,
      line: "const isAboutUs = (words = ''",
      to: ['"Stryker was here!"'],
      why: 'Other words that are about nobody.',
    },
    {
      file: tipMail,
      line: 'start < copies.length; start += AT_ONCE',
      to: ['start <= copies.length'],
      why: 'Once more for no reader is no call.',
    },
  ],
}
