import type { Cloud } from '../infra/stages.ts'
import { requestRoutes, subscriptionRoutes } from '../shared/routes.ts'

/** Where a rule of cdk-nag's pack AwsSolutions is not followed, and why. Whoever audits a deployment reads this table. */
export type Exception = {
  rule: `AwsSolutions-${string}`
  /** The construct below its stack. Nothing beside or below it is meant. */
  at: string
  /** What of the construct is meant, where the rule tells: without the hashes, and with `<stack>` for the stack's own name. */
  finding?: string
  /** Which stages have it. Without it all do. */
  only?: (cloud: Cloud) => boolean
  because: string
}

/** Dead-letter queues of those that Lambda, EventBridge or Scheduler put messages into: the rule knows the ones of SQS. */
const deadLetterQueues = {
  'schedules/dead': 'EventBridge Scheduler puts alarms of mails here that it could not deliver to the mail queue.',
  'plans-dead': 'Lambda puts batches of the stream of the table here at which plan-mail failed to the end.',
  'pick-tips-dead': 'Lambda and EventBridge Scheduler put runs of pick-tips here that failed or never began.',
  'outcomes-dead': 'Lambda and EventBridge put events of SES here that record-outcome failed at to the end.',
  'reconcile-dead': 'Lambda and EventBridge Scheduler put runs of reconcile here that failed or never began.',
}

/**
 * Routes that anybody may ask for. Every other one has a token in its path. One that has neither an entry here nor a token
 * fails the test: say then why anybody may.
 */
const publicRoutes: Record<string, string> = {
  'GET /': 'The form is for anybody: who fills it in has no account and is known by nothing yet.',
  'GET /health': 'It says that the system answers, and nothing about what is in it.',
  'POST /requests':
    'Anybody may ask. Nothing but one mail to confirm comes of it until the owner of the address agrees; that mail has no words of the visitor in it, and is capped by address, by network and over all.',
  'GET /requests/inbox': 'A page that says to look into the inbox, the same for everybody.',
  'POST /subscriptions':
    'Anybody may ask. Nothing but one mail to confirm comes of it until the owner of the address agrees; that mail has no words of the visitor in it, and is capped by address, by network and over all.',
  'GET /subscriptions/inbox': 'A page that says to look into the inbox, the same for everybody.',
  'HEAD /subscriptions/inbox': 'A page that says to look into the inbox, the same for everybody.',
  'GET /series': 'The list of the tip series is published, and holds nothing about readers.',
  'HEAD /series': 'The list of the tip series is published, and holds nothing about readers.',
  'GET /series/{series}': 'A tip series is published, and holds nothing about readers.',
  'HEAD /series/{series}': 'A tip series is published, and holds nothing about readers.',
  'GET /series/{series}/{part}': 'A part of a tip series is published, and holds nothing about readers.',
  'HEAD /series/{series}/{part}': 'A part of a tip series is published, and holds nothing about readers.',
}

/** `GET /requests/{id}/{token}` as CDK names its construct. */
const constructOf = ({ method, path }: { method: string; path: string }): string =>
  `web/api/${method}${path.replaceAll('/', '--')}`

const routes = [...requestRoutes, ...subscriptionRoutes].flatMap((route): Exception[] => {
  const because = route.path.includes('{token}')
    ? 'The path is the authority: its token is 128 random bits, made for one purpose and mailed to one address. The function compares it in constant time, and answers a wrong one as it answers what never existed. There are no accounts whose rights a gateway could ask for.'
    : publicRoutes[`${route.method} ${route.path}`]
  return because ? [{ rule: 'AwsSolutions-APIG4', at: constructOf(route), because }] : []
})

export const exceptions: readonly Exception[] = [
  ...Object.entries(deadLetterQueues).map(
    ([at, whose]): Exception => ({
      rule: 'AwsSolutions-SQS3',
      at: `${at}/queue`,
      because: `${whose} It is a dead-letter queue itself, kept for 14 days, with an alarm on the first message in it.`,
    }),
  ),
  ...routes,
  {
    rule: 'AwsSolutions-APIG4',
    at: 'web/anything-else',
    because: 'What no route names is answered with 404, in the form that the client asked for, and with nothing else.',
  },
  {
    rule: 'AwsSolutions-CFR1',
    at: 'web/front/distribution',
    only: ({ front }) => front !== undefined,
    because:
      'No country is shut out: seekers read their mail while they travel, and one-click requests come from where mail providers have their machines.',
  },
  {
    rule: 'AwsSolutions-CFR3',
    at: 'web/front/distribution',
    only: ({ front }) => front !== undefined,
    because:
      "CloudFront's log has the path of each request, and paths hold the links that open somebody's page or end her mail. The log of the API, which every request reaches that CloudFront does not answer itself, has the route instead.",
  },
  {
    rule: 'AwsSolutions-IAM5',
    at: 'plan-mail-role/DefaultPolicy',
    finding: 'Resource::<requeststable.Arn>/stream/*',
    because:
      'dynamodb:ListStreams, which Lambda needs to read the stream, is asked for all streams of a table at once. The streams are those of our own table, and reading one is granted for its own ARN.',
  },
  {
    rule: 'AwsSolutions-IAM5',
    at: 'plan-mail-role/DefaultPolicy',
    finding:
      'Resource::arn:<AWS::Partition>:scheduler:<AWS::Region>:<AWS::AccountId>:schedule/<stack>-schedules-group-/*',
    because:
      'A schedule for each mail is made, moved and deleted while the system runs, so that no name is known when it is deployed. The right ends with the schedule group of this stage, which holds nothing else.',
  },
  {
    rule: 'AwsSolutions-IAM5',
    at: 'pick-tips-role/DefaultPolicy',
    finding: 'Resource::*',
    because:
      'ses:GetAccount asks how much the account may send. IAM knows no resource for that action, and the statement holds no other.',
  },
  {
    rule: 'AwsSolutions-IAM5',
    at: 'plan-mail-role/DefaultPolicy',
    finding: 'Resource::*',
    because:
      'Scheduler lists alarms for the account, and knows no narrower right: plan-mail looks for those of a request that is gone.',
  },
  ...['send-mail', 'send-tips'].map(
    (name): Exception => ({
      rule: 'AwsSolutions-IAM5',
      at: `${name}-role/DefaultPolicy`,
      finding: 'Resource::arn:<AWS::Partition>:ses:<AWS::Region>:<AWS::AccountId>:identity/*',
      only: ({ sesSandbox }) => sesSandbox,
      because:
        "In its sandbox SES asks for the right to the identity of each recipient as well, and those are verified by hand. The condition on ses:FromAddress holds the function to the sender's one address; outside the sandbox the identity is named.",
    }),
  ),
]
