import { type Billed, onEssentials, type Price, prices } from './prices.ts'

/** What a function did. Write units with what a condition refused, which is paid for too. */
export type FunctionUse = { runs: number; reads: number; writes: number; logBytes: number }
/** What was used on a way through the system, everything that happens by the clock left out. */
export type Use = {
  mails: number
  functions: Record<string, FunctionUse>
  /** What is left in the table at its end. */
  storedBytes: number
}
/** What `npm run cost:measure` has found. */
export type Measured = {
  /** As the template of `prod` has it. */
  stack: {
    /** Metrics that alarms watch: by these they are billed. */
    alarms: number
    dashboards: number
    metrics: number
    polledQueues: number
    memoryMb: Record<string, number>
    runsADay: Record<string, number>
    keptDays: { requests: number; logs: number }
  }
  /** One request, from the form to the last reason to stay in touch. */
  request: Use
  /** One reader of one series, from the form to its last part. */
  series: Use
  /** One run of each function that runs by the clock, when there is nothing to do. */
  byTheClock: Record<string, FunctionUse>
}

/** What no walk on this machine can tell. */
export const assumed = {
  /** How long an invocation lasts on AWS, in milliseconds, a share of cold starts in it. */
  milliseconds: {
    requests: 150,
    subscriptions: 150,
    'plan-mail': 300,
    'send-mail': 500,
    'pick-tips': 500,
    'send-tips': 1_000,
    canary: 300,
    'record-outcome': 150,
    reconcile: 500,
  } as Record<string, number>,
  /** Beside what we log: that an invocation began and ended, and what it used; and of an HTTP request its line. */
  platformBytes: 650,
  accessBytes: 250,
  /** Lambda asks a quiet queue by five pollers, each of which waits 20 seconds for an answer. */
  pollsAMonth: (5 * 30 * 86_400) / 20,
  /** A message is put there, taken and deleted, each at most by a request of its own. */
  requestsAMessage: 3,
  /** DynamoDB asks for the table's key at most every five minutes for each that calls it: all functions, always busy. */
  keyUsesAMonth: 9 * 12 * 24 * 30,
  /** The walk of a day's canary, which is shorter than a request's. */
  canaryRequestsAMonth: 30,
}

const DAYS = 30
const GB = 1024 ** 3
const pages = ['requests', 'subscriptions']
/** One message each run; what is sent in batches makes it fewer. */
const readers = ['send-mail', 'send-tips']

type Used = Record<Billed, number>

/** How much of everything a month takes in which so many people begin, each with one request and one series. */
export const used = (people: number, { stack, request, series, byTheClock }: Measured): Used => {
  const ways: [times: number, use: Use][] = [
    [people + (byTheClock.canary ? assumed.canaryRequestsAMonth : 0), request],
    [people, series],
  ]
  const clock = Object.entries(stack.runsADay).map(([name, runs]): [number, string, FunctionUse] => {
    const one = byTheClock[name]
    if (!one) throw new Error(`Nobody measured a run of ${name}`)
    return [runs * DAYS, name, one]
  })
  const functions = [
    ...ways.flatMap(([times, use]) =>
      Object.entries(use.functions).map(([name, one]): [number, string, FunctionUse] => [times, name, one]),
    ),
    ...clock,
  ]
  const total = (of: (use: FunctionUse, name: string) => number): number =>
    functions.reduce((sum, [times, name, use]) => sum + times * of(use, name), 0)
  const wayTotal = (of: (use: Use) => number): number => ways.reduce((sum, [times, use]) => sum + times * of(use), 0)
  const isOneOf = (names: string[]) => (use: FunctionUse, name: string) => (names.includes(name) ? use.runs : 0)

  const http = total(isOneOf(pages))
  const storedGb = (wayTotal((use) => use.storedBytes) * (stack.keptDays.requests / DAYS)) / GB
  const logGb = (total((use) => use.logBytes + use.runs * assumed.platformBytes) + http * assumed.accessBytes) / GB
  return {
    mail: wayTotal((use) => use.mails),
    write: total((use) => use.writes),
    read: total((use) => use.reads),
    stored: storedGb,
    backup: storedGb,
    key: assumed.keyUsesAMonth,
    invocation: total((use) => use.runs),
    time: total((use, name) => (use.runs * secondsOf(name) * memoryOf(name, stack)) / 1024),
    http,
    queue: total(isOneOf(readers)) * assumed.requestsAMessage + stack.polledQueues * assumed.pollsAMonth,
    schedule: (ways[0]?.[0] ?? 0) * request.mails + clock.reduce((sum, [runs]) => sum + runs, 0),
    log: logGb,
    keptLog: (logGb * stack.keptDays.logs) / DAYS,
    metric: stack.metrics,
    alarm: stack.alarms,
    dashboard: stack.dashboards,
  }
}

const secondsOf = (name: string): number => {
  const milliseconds = assumed.milliseconds[name]
  if (milliseconds === undefined) throw new Error(`Nobody has assumed how long ${name} takes`)
  return milliseconds / 1000
}
const memoryOf = (name: string, stack: Measured['stack']): number => {
  const memory = stack.memoryMb[name]
  if (memory === undefined) throw new Error(`The stack has no function ${name}`)
  return memory
}

export type Line = { billed: Billed; amount: number; dollars: number }
export type Bill = {
  people: number
  lines: Line[]
  /** Dollars a month by list price; the same less what is free each month; and with SES's plan Essentials instead. */
  total: number
  lessFree: number
  onEssentials: number
  /** What is beside the price of the mails themselves. */
  besideMail: number
}

export const billFor = (people: number, measured: Measured): Bill => {
  const amounts = used(people, measured)
  const lines = (Object.keys(prices) as Billed[]).map((billed): Line => {
    const { dollars, per }: Price = prices[billed]
    return { billed, amount: amounts[billed], dollars: (amounts[billed] * dollars) / per }
  })
  const total = lines.reduce((sum, { dollars }) => sum + dollars, 0)
  const free = lines.reduce((sum, { billed, amount }) => {
    const { dollars, per, free = 0 }: Price = prices[billed]
    return sum + (Math.min(amount, free) * dollars) / per
  }, 0)
  const mail = lines.find(({ billed }) => billed === 'mail')?.dollars ?? 0
  return {
    people,
    lines,
    total,
    lessFree: total - free,
    onEssentials: total - mail + onEssentials(amounts.mail),
    besideMail: total - mail,
  }
}
