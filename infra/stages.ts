import { Stage } from '../shared/stage.ts'

/** What a stage is on AWS, and the functions need not know. */
export type Cloud = {
  /** Where to deploy. Without it: the account and region of whoever runs `cdk deploy`. */
  env?: { account: string; region: string }
  /**
   * What is verified with SES. `domain`: the part of the sender's address after the @, by DNS records; what production
   * wants. `address`: the one address, by a link mailed to it; enough to try things out. SES knows an identity once per
   * account and region, so two stages in one account need different ones.
   */
  senderIdentity: 'domain' | 'address'
  /** A new SES account is in the sandbox: it may write only to addresses verified with it. */
  sesSandbox: boolean
  /** True: data outlives the stack, and the table and the stack refuse to be deleted. */
  keepData: boolean
  logRetentionDays: 7 | 14 | 30 | 60 | 90 | 180 | 365
  /** Requests to the API over everybody: a second on average, and at one moment. Above it the answer is 429. */
  throttle: { ratePerSecond: number; burst: number }
  /** SES's "maximum send rate" for the account, as its console shows it: 14 when it lets an account out of its sandbox. */
  mailsPerSecond: number
  /** Who is mailed when an alarm goes off; AWS first asks that address to agree. Without it alarms are in the console only. */
  alarmsTo?: string
  /**
   * The Route 53 zone of the sender's domain, in the same account: then all records of the mail, and of `domain`, are made
   * in it. Without it the deployment prints the records, to be copied to where the domain is kept.
   */
  hostedZone?: { id: string; name: string }
  /**
   * A name of your own for the pages, such as `talks.example.edu`. The certificate is made in `hostedZone`, or named by its
   * ARN, of the same region. Without it the API's own address works.
   */
  domain?: { name: string; certificateArn?: string }
  /**
   * CloudFront and AWS WAF before the API, for a form that is being attacked, or an organisation that asks for a firewall:
   * an HTTP API has none of its own. The API then answers nobody who comes another way. About $9 a month, and $0.60 for a
   * million requests, beside CloudFront. The whole stage has to be in us-east-1, where alone WAF has rules for CloudFront, and
   * `npm start` cannot run it: leave it out of `dev`. docs/decisions/front.md
   */
  front?: {
    /** Requests from one address in five minutes; above it the answer is 429. A whole campus can be one address. */
    requestsInFiveMinutes: number
    /**
     * Which secret CloudFront shows to the functions. Begin with 0, with which the API still answers everybody; when readers
     * come through CloudFront, 1. One more is a new secret.
     */
    key: number
  }
  /**
   * Brakes on what an attack or a mistake can cost: writes a second to the table, and how many of each HTTP function run at
   * once. The second needs an account that may run 1,000 functions at once; a new one may run 10.
   */
  brakes: { writesPerSecond: number; httpAtOnce?: number }
  /**
   * Dollars a month for the whole account; above 80 % of it `alarmsTo` is mailed. Some regions cannot make a budget, among
   * them Stockholm, Milan and Zurich: a deployment there says so.
   */
  monthlyBudget?: number
  /** Walks a synthetic request to SES's simulator and back, every day. */
  canary: boolean
}

/** Everything about one deployment. */
export type Deployment = Stage & { cloud: Cloud }

/**
 * The deployments. Everything that an organisation changes is in this file: copy a block, change it, and run
 * `npx cdk deploy interviews-<name>`. What each field means is said beside its type, here and in `shared/stage.ts`.
 */
export const stages = {
  /** What `npm start` runs on a laptop; can be deployed as well, to try things out. */
  dev: {
    name: 'dev',
    brand: {
      name: 'Coffee Chats',
      postalAddress: 'Coffee Chats, 1 Example Street, Springfield, IL 62701, USA',
      supportAddress: 'help@example.org',
    },
    sender: { name: 'Coffee Chats', address: 'assistant@dev.example.org' },
    calendar: {
      // For seekers whose browser or form did not say where they are.
      timeZone: 'America/New_York',
      // 1 is Monday. For a week from Sunday to Thursday: [7, 1, 2, 3, 4].
      workingDays: [1, 2, 3, 4, 5],
      // Days on which no reminder goes out, such as '2026-12-25'.
      holidays: [],
      slot: '08:30',
      quiet: { from: '21:00', to: '08:00' },
    },
    caps: {
      confirmationsEver: 3,
      confirmationEveryHours: 24,
      confirmationsADayOnceVerified: 5,
      confirmationsAMinute: 60,
      // One laptop is one network: higher here than anywhere else.
      requestsFromANetworkAnHour: 2000,
      refuseFromANetworkAnHour: 5000,
    },
    // Any long random text of your own. Changing it later forgets who asked for no more mail.
    addressKey: 'change-me-before-the-first-deployment',
    tips: { hour: 9, confirmWithinHours: 72, transport: 'bulk', mailsPerSecond: 10, bulkCallsPerSecond: 1 },
    reputation: { bounceRate: 0.02, complaintRate: 0.0008, afterMails: 100 },
    retention: { unconfirmedDays: 7, closedDays: 180, idleDays: 365 },
    cloud: {
      senderIdentity: 'address',
      sesSandbox: true,
      keepData: false,
      logRetentionDays: 7,
      throttle: { ratePerSecond: 200, burst: 400 },
      mailsPerSecond: 14,
      brakes: { writesPerSecond: 1000 },
      canary: false,
    },
  },

  /** What seekers use. Before the first deployment: change `brand`, `sender` and `calendar`. */
  prod: {
    name: 'prod',
    brand: {
      name: 'Coffee Chats',
      // Shown under every mail. US, Canadian and EU law ask for an address that reaches you by post.
      postalAddress: 'Coffee Chats, 1 Example Street, Springfield, IL 62701, USA',
      // A mailbox that somebody reads.
      supportAddress: 'help@example.org',
    },
    // A domain whose DNS you can change: SES asks for records in it.
    sender: { name: 'Coffee Chats', address: 'assistant@example.org' },
    calendar: {
      timeZone: 'America/New_York',
      workingDays: [1, 2, 3, 4, 5],
      holidays: [],
      slot: '08:30',
      quiet: { from: '21:00', to: '08:00' },
    },
    caps: {
      confirmationsEver: 3,
      confirmationEveryHours: 24,
      confirmationsADayOnceVerified: 5,
      // The circuit breaker for all seekers together: raise it before a campaign.
      confirmationsAMinute: 30,
      // A whole campus can be one network.
      requestsFromANetworkAnHour: 30,
      refuseFromANetworkAnHour: 120,
    },
    // Any long random text of your own. Changing it later forgets who asked for no more mail.
    addressKey: 'change-me-before-the-first-deployment',
    // SES lets an account out of its sandbox with 14 mails a second: some of that is left to the reminders of meetings.
    tips: { hour: 9, confirmWithinHours: 72, transport: 'bulk', mailsPerSecond: 10, bulkCallsPerSecond: 1 },
    reputation: { bounceRate: 0.02, complaintRate: 0.0008, afterMails: 500 },
    retention: { unconfirmedDays: 7, closedDays: 180, idleDays: 365 },
    cloud: {
      senderIdentity: 'domain',
      // Until AWS has let the account out of it: true, and mail reaches verified addresses only.
      sesSandbox: false,
      keepData: true,
      logRetentionDays: 90,
      throttle: { ratePerSecond: 50, burst: 100 },
      mailsPerSecond: 14,
      // A mailbox that somebody reads at least once a day: AWS mails it when something is wrong for seekers.
      alarmsTo: 'oncall@example.org',
      brakes: { writesPerSecond: 1000, httpAtOnce: 50 },
      // The whole account counts: raise it to what you expect.
      monthlyBudget: 50,
      canary: true,
    },
  },
} satisfies Record<string, Deployment>

export type StageName = keyof typeof stages

/** Throws for a name that is no stage, naming those that are. */
export const stageNamed = (name: string): Deployment => {
  const stage = (stages as Record<string, Deployment>)[name]
  if (!stage) throw new Error(`No stage is called "${name}". There are: ${Object.keys(stages).join(', ')}.`)
  return stage
}

/** Fields that still say what this file came with, such as `sender.address`: nobody should get mail with those. */
export const placeholders = (deployment: Deployment): string[] =>
  fieldsOf(deployment)
    .filter(([, value]) => /@(.+\.)?example\.(org|com|net)$|\bexample street\b|^change-me/i.test(value))
    .map(([field]) => field)

const fieldsOf = (value: unknown, path: string[] = []): [field: string, value: string][] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => fieldsOf(inner, [...path, key]))
    : [[path.join('.'), String(value)]]

/**
 * The `Stage` literal as the functions get it: checked, and without `cloud`. Throws when one form without proof of work would
 * be a crowd, and when it is too long for the environment of a function, where all variables together have 4 KB.
 */
export const stageJson = (deployment: Deployment): string => {
  const stage = Stage.parse(deployment)
  const { requestsFromANetworkAnHour: most } = stage.caps
  if (stage.proofOfWork && stage.proofOfWork.formsWithoutCountAs > most) {
    throw new Error(`Stage ${stage.name}: formsWithoutCountAs is at most requestsFromANetworkAnHour, which is ${most}.`)
  }
  const json = JSON.stringify(stage)
  if (Buffer.byteLength(json) > 3072) {
    throw new Error(
      `Stage ${deployment.name} takes ${Buffer.byteLength(json)} bytes; 3072 fit into a function's environment.`,
    )
  }
  return json
}
