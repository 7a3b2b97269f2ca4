import { assumed, type Bill, billFor, type Measured } from './bill.ts'
import { type Billed, prices } from './prices.ts'

/** Whole dollars above a hundred, cents below. */
export const dollars = (value: number): string => {
  if (value > 0 && value < 0.005) return '<$0.01'
  const digits = value < 100 ? 2 : 0
  return `$${value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits })}`
}

const amount = (value: number): string =>
  value.toLocaleString('en', value < 10 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 0 })

const perPerson = (value: number): string => `$${value.toPrecision(2)}`

const share = (part: number, whole: number): string => `${((part / whole) * 100).toFixed(part / whole < 0.1 ? 1 : 0)} %`

export const people = (number: number): string => number.toLocaleString('en')

/** One bill, for a terminal. */
export const billInWords = (bill: Bill): string => {
  const rows = bill.lines.map(({ billed, amount: some, dollars: cost }) => {
    const { service, what } = prices[billed]
    return `  ${service.padEnd(12)} ${amount(some).padStart(14)} ${what.padEnd(24)} ${dollars(cost).padStart(10)}`
  })
  const sum = (name: string, value: number, inDollars = dollars): string =>
    `  ${name.padEnd(52)} ${inDollars(value).padStart(10)}`
  return [
    `${people(bill.people)} people a month: each of them one request and one series, to the end`,
    '',
    ...rows,
    '',
    sum('A month, by list price', bill.total),
    sum('  after what AWS gives every account for nothing', bill.lessFree),
    sum("  by list price, on SES's plan Essentials", bill.onEssentials),
    sum('  beside the price of the mails themselves', bill.besideMail),
    ...(bill.people > 0 ? [sum('A person', bill.total / bill.people, perPerson)] : []),
  ].join('\n')
}

const table = (head: string[], rows: string[][]): string =>
  [head, head.map((_, index) => (index === 0 ? '---' : '---:')), ...rows]
    .map((row) => `| ${row.join(' | ')} |`)
    .join('\n')

/** The sizes that docs/cost.md tells of. */
const sizes = [100, 10_000, 1_000_000]

export const costPage = (measured: Measured): string => {
  const bills = sizes.map((size) => billFor(size, measured))
  const nobody = billFor(0, measured)
  const [, , largest] = bills
  const [request, series] = [measured.request, measured.series]
  const units = (key: 'reads' | 'writes' | 'runs', of: Measured['request']): string =>
    amount(Object.values(of.functions).reduce((sum, use) => sum + use[key], 0))
  const perMonth = (name: string, of: (bill: Bill) => string): string[] => [name, ...bills.map(of)]
  const beside = largest ? share(largest.besideMail, largest.total - largest.besideMail) : ''
  return `# What it costs

By \`npm run cost\`, from what \`npm run cost:measure\` found on a walk through the local cloud: the deployed functions, on a
database that says what each call used. The second writes this page; \`npm run bench -- --budgets\` measures again and fails
when it is no longer true. For another number of people: \`npm run cost -- --people 2500\`.

A month is one in which so many people begin, each with one request, walked from the form through a meeting to the last
reason to stay in touch (${amount(request.mails)} mails), and with one series of tips, read to its end (${amount(series.mails)} mails). People who drop out on the
way, and most do, cost less.

${table(
  ['A month', ...sizes.map((size) => `${people(size)} people`)],
  [
    perMonth('**By list price**', (bill) => `**${dollars(bill.total)}**`),
    perMonth('after what AWS gives every account for nothing', (bill) => dollars(bill.lessFree)),
    perMonth("on SES's plan Essentials", (bill) => dollars(bill.onEssentials)),
    perMonth('beside the price of the mails', (bill) => dollars(bill.besideMail)),
    perMonth('a person, by list price', (bill) => perPerson(bill.total / bill.people)),
  ],
)}

Each stage that is deployed costs this. A month in which nobody comes costs ${dollars(nobody.total)} by list price, and ${dollars(nobody.lessFree)} where nothing else
of the account uses what AWS gives for nothing.
A new SES account is on the plan Essentials, which costs more than half as much again for each mail and gives nothing that is
used here: \`npm run preflight\` says so, and how to leave it. With a million people all that is ours costs ${beside} of the
price of their mails.

## Line by line

${table(
  ['Service', 'of', 'dollars', 'source', ...sizes.map((size) => people(size))],
  (Object.keys(prices) as Billed[]).map((billed) => {
    const { service, what, dollars: cost, per, source } = prices[billed]
    const line = bills.map(({ lines }) => lines.find((one) => one.billed === billed))
    return [
      service,
      what,
      `${cost} for ${people(per)}`,
      source,
      ...line.map((one) => (one ? `${amount(one.amount)}: ${dollars(one.dollars)}` : '')),
    ]
  }),
)}

Mails are those of the people, and ${amount(assumed.canaryRequestsAMonth * request.mails)} of the canary's, which walks every day. GB kept are those of a table that has filled
up, after ${amount(measured.stack.keptDays.requests)} days. Prices are those of us-east-1 in 2026, without tax: *list* from the price list of AWS, *quoted* from
others who quote it. They are in \`ops/cost/prices.ts\`.

## What was measured

${table(
  ['', 'a request', 'a reader of a series'],
  [
    ['mails', amount(request.mails), amount(series.mails)],
    ['invocations of functions', units('runs', request), units('runs', series)],
    ['write units', units('writes', request), units('writes', series)],
    ['read units', units('reads', request), units('reads', series)],
    ['bytes in the table at the end', amount(request.storedBytes), amount(series.storedBytes)],
  ],
)}

Readers were fifty of one hour, who share invocations and calls of SES; a reader alone takes an invocation for each tip, which
costs less than a hundredth of a cent for a whole series. The ${amount(measured.stack.alarms)} metrics in alarms, the dashboard and the functions that run by the clock
(${Object.entries(measured.stack.runsADay)
    .map(([name, runs]) => `\`${name}\` ${amount(runs)} times a day`)
    .join(', ')}) are counted in the template of \`prod\`.

## What was assumed

No walk on a laptop tells how long a function lasts on AWS, how often Lambda asks a quiet queue, or what the platform logs.
What was assumed is on the dear side, and in \`assumed\` in \`ops/cost/bill.ts\`:

${table(
  ['What', 'assumed'],
  [
    ...Object.entries(assumed.milliseconds).map(([name, ms]) => [
      `a run of \`${name}\``,
      `${amount(ms)} ms at ${amount(measured.stack.memoryMb[name] ?? Number.NaN)} MB`,
    ]),
    ['what the platform logs of a run', `${amount(assumed.platformBytes)} bytes`],
    ['what the API logs of a request', `${amount(assumed.accessBytes)} bytes`],
    ['polls of a queue, quiet or not', `${amount(assumed.pollsAMonth)} a month`],
    ['requests to SQS for a message', amount(assumed.requestsAMessage)],
    [
      "uses of the key of the table, which is AWS's own and has no price by the month",
      `${amount(assumed.keyUsesAMonth)} a month`,
    ],
  ],
)}

Logs are kept ${amount(measured.stack.keptDays.logs)} days. Not in the sums: a domain and its zone ($0.50 a month), what is attached to mails ($0.12 a GB; an entry for a calendar has 2 KB), a
metric for each reason for which a mail was skipped that month ($0.30), support, people.
`
}
