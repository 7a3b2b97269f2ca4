import { ArnFormat, Duration, RemovalPolicy, Stack } from 'aws-cdk-lib'
import { Metric } from 'aws-cdk-lib/aws-cloudwatch'
import { EventBus, EventField, type EventPattern, Rule, RuleTargetInput } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { Grant } from 'aws-cdk-lib/aws-iam'
import { CfnResourcePolicy, LogGroup, RetentionDays } from 'aws-cdk-lib/aws-logs'
import {
  ConfigurationSet,
  EmailIdentity,
  EmailSendingEvent,
  EventDestination,
  Identity,
  SuppressionReasons,
} from 'aws-cdk-lib/aws-ses'
import { Construct } from 'constructs'
import { env, mailTags, tipTags } from '../shared/names.ts'
import type { DeadLetterQueue } from './dead-letter-queue.ts'
import { type DnsRecord, DnsRecords } from './dns-records.ts'
import type { HouseFunction } from './house-function.ts'
import type { Deployment } from './stages.ts'
import type { Watch } from './watch.ts'

/**
 * What becomes of a mail, as SES names it twice: in the configuration set and in the event's `detail-type`. Opens and
 * clicks are not among them: without a destination for those SES adds no pixel and rewrites no link.
 */
const outcomes = {
  [EmailSendingEvent.SEND]: 'Email Sent',
  [EmailSendingEvent.DELIVERY]: 'Email Delivered',
  [EmailSendingEvent.DELIVERY_DELAY]: 'Email Delivery Delayed',
  [EmailSendingEvent.BOUNCE]: 'Email Bounced',
  [EmailSendingEvent.COMPLAINT]: 'Email Complaint Received',
  [EmailSendingEvent.REJECT]: 'Email Rejected',
  [EmailSendingEvent.RENDERING_FAILURE]: 'Email Rendering Failed',
} as const

/** Of the tips only what has to be acted on: a million of them is delivered without anybody being told. */
const outcomesOfTips = [
  EmailSendingEvent.BOUNCE,
  EmailSendingEvent.COMPLAINT,
  EmailSendingEvent.REJECT,
  EmailSendingEvent.RENDERING_FAILURE,
] as const

/** What each way of sending tips is checked as. AWS names the second one where the API says SendBulkEmail. */
const rightsToSendTips = {
  bulk: ['ses:SendBulkEmail', 'ses:SendBulkTemplatedEmail'],
  single: ['ses:SendEmail'],
} as const satisfies Record<Deployment['tips']['transport'], string[]>

/** Who all mail comes from, and where SES reports what became of it. */
export class MailSender extends Construct {
  readonly identity: EmailIdentity
  readonly configurationSet: ConfigurationSet
  readonly tipsConfigurationSet: ConfigurationSet
  readonly #deployment: Deployment

  constructor(scope: Construct, id: string, deployment: Deployment) {
    super(scope, id)
    const { sender, cloud } = deployment
    this.#deployment = deployment
    const domain = domainOf(sender.address)
    this.identity =
      cloud.senderIdentity === 'domain'
        ? new EmailIdentity(this, 'identity', {
            identity: Identity.domain(domain),
            // Bounces go to a name of ours, so that SPF is ours as well and not only amazonses.com's.
            mailFromDomain: `mail.${domain}`,
          })
        : new EmailIdentity(this, 'identity', { identity: Identity.email(sender.address) })
    if (cloud.senderIdentity === 'domain') new DnsRecords(this, 'dns', deployment, this.#recordsFor(domain))
    // SES reports to the default bus only.
    const destination = EventDestination.eventBus(EventBus.fromEventBusName(this, 'default-bus', 'default'))
    // One for each kind of mail, so that one kind can be paused and the others go on.
    const configurationSet = (name: string, events: readonly EmailSendingEvent[]): ConfigurationSet => {
      const set = new ConfigurationSet(this, name, {
        reputationMetrics: true,
        suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
      })
      set.addEventDestination('outcomes', { destination, events: [...events] })
      return set
    }
    this.configurationSet = configurationSet('workflow', Object.keys(outcomes) as EmailSendingEvent[])
    this.tipsConfigurationSet = configurationSet('tips', [EmailSendingEvent.SEND, ...outcomesOfTips])
  }

  /** What proves that the domain is ours and that mail from it is: Easy DKIM, a MAIL FROM of its own, and DMARC. */
  #recordsFor(domain: string): DnsRecord[] {
    const { region } = Stack.of(this)
    return [
      ...this.identity.dkimRecords.map(({ name, value }): DnsRecord => ({ type: 'CNAME', name, value })),
      { type: 'MX', name: `mail.${domain}`, value: `10 feedback-smtp.${region}.amazonses.com` },
      { type: 'TXT', name: `mail.${domain}`, value: '"v=spf1 include:amazonses.com ~all"' },
      // Reports only, to begin with: an organisation may have a stricter record for its whole domain already.
      {
        type: 'TXT',
        name: `_dmarc.${domain}`,
        value: `"v=DMARC1; p=none; rua=mailto:${this.#deployment.brand.supportAddress}"`,
      },
    ]
  }

  /** Lets a function send from the sender's address, with the configuration set of the workflow. */
  sendsFor(fn: HouseFunction): void {
    fn.knows({ [env.configurationSet]: this.configurationSet.configurationSetName })
    // What API v2 calls SendEmail is checked as one or the other, by the shape of the content: raw MIME is
    // SendRawEmail (https://github.com/anymail/django-anymail/issues/384); for attachments AWS does not say.
    this.#letsSend(fn, this.configurationSet, ['ses:SendEmail', 'ses:SendRawEmail'])
  }

  /** Lets a function send tips, with their own configuration set. */
  sendsTipsFor(fn: HouseFunction): void {
    fn.knows({ [env.tipsConfigurationSet]: this.tipsConfigurationSet.configurationSetName })
    this.#letsSend(fn, this.tipsConfigurationSet, rightsToSendTips[this.#deployment.tips.transport])
  }

  #letsSend(fn: HouseFunction, set: ConfigurationSet, actions: readonly string[]): void {
    const { sender, cloud } = this.#deployment
    // In the sandbox SES asks for the right to each recipient's identity too, and those are nowhere written down; the
    // condition on the sender holds there as well. https://github.com/cloudposse/terraform-aws-ses/issues/40
    const identity = cloud.sesSandbox ? arnOf(this, 'identity', '*') : this.identity.emailIdentityArn
    Grant.addToPrincipal({
      grantee: fn,
      actions: [...actions],
      resourceArns: [identity, arnOf(this, 'configuration-set', set.configurationSetName)],
      conditions: { StringEquals: { 'ses:FromAddress': sender.address } },
    })
  }

  /** Lets a function ask how fast and how much the account may send. */
  tellsItsQuotaTo(fn: HouseFunction): void {
    // It is a question about the account: there is no resource that it could be narrowed to.
    fn.may(['ses:GetAccount'], '*')
  }

  /**
   * What came back is alarmed on twice: by our own count, which also says when our breakers open and says nothing of a few
   * mails, and at the limits at which AWS looks at the account, by the count that AWS itself goes by.
   */
  isWatchedBy(watch: Watch): void {
    const { bounceRate, complaintRate } = this.#deployment.reputation
    const ofSes = (metricName: string, dimensions: Record<string, string> = {}): Metric =>
      new Metric({
        namespace: 'AWS/SES',
        metricName,
        dimensionsMap: dimensions,
        statistic: 'Average',
        period: Duration.hours(1),
      })
    const graph = 'Share of mail that came back'
    watch.alarm('bounces', {
      errorImpact:
        'Too much mail bounces: people who fill in a form get no mail to confirm it, so that AWS goes on sending for everybody else.',
      runbook: 'bounces',
      graph,
      metric: watch.metric('BounceRate', 'Maximum', Duration.minutes(30)),
      threshold: bounceRate,
    })
    watch.alarm('complaints', {
      errorImpact:
        'Too many readers report our mail as unwanted: no mail to confirm goes out, and soon no tips, so that AWS goes on sending the rest.',
      runbook: 'complaints',
      graph,
      metric: watch.metric('ComplaintRate', 'Maximum', Duration.minutes(30)),
      threshold: complaintRate,
    })
    watch.alarm('account-bounces', {
      errorImpact: 'AWS looks at the account because of its bounces: at 10 % it sends nothing more for any seeker.',
      runbook: 'bounces',
      graph,
      label: 'bounces, as AWS counts the account',
      metric: ofSes('Reputation.BounceRate'),
      threshold: 0.05,
    })
    watch.alarm('account-complaints', {
      errorImpact: 'AWS looks at the account because of complaints: at 0.5 % it sends nothing more for any seeker.',
      runbook: 'complaints',
      graph,
      label: 'complaints, as AWS counts the account',
      metric: ofSes('Reputation.ComplaintRate'),
      threshold: 0.001,
    })
    for (const [kind, set] of [
      ['workflow', this.configurationSet],
      ['tips', this.tipsConfigurationSet],
    ] as const) {
      const by = { 'ses:configuration-set': set.configurationSetName }
      watch.draw(
        graph,
        ofSes('Reputation.BounceRate', by).with({ label: `bounces of ${kind} mail` }),
        ofSes('Reputation.ComplaintRate', by).with({ label: `complaints of ${kind} mail` }),
      )
    }
  }

  /** Tells a function what became of each mail that carries our tags. Events may come late, twice and in any order. */
  reportsTo(fn: HouseFunction, dead: DeadLetterQueue): void {
    const target = (): LambdaFunction =>
      new LambdaFunction(fn, { deadLetterQueue: dead.queue, retryAttempts: 20, maxEventAge: Duration.hours(6) })
    new Rule(this, 'outcome', {
      description: `SES outcomes of workflow mail, to ${fn.entry}`,
      eventPattern: outcomesOf(this.configurationSet, Object.values(outcomes), mailTags.request),
      targets: [target()],
    })
    new Rule(this, 'outcome-of-tips', {
      description: `SES outcomes of tips that have to be acted on, to ${fn.entry}`,
      eventPattern: outcomesOf(
        this.tipsConfigurationSet,
        outcomesOfTips.map((event) => outcomes[event]),
        tipTags.subscription,
      ),
      targets: [target()],
    })
  }

  /**
   * Writes a line for each tip that SES has taken into a log group, and lets a function look there: whose answer from SES
   * was lost is told from who was not sent to. Nobody reads it otherwise. Who left or paused meanwhile is looked up when she
   * comes back, and a pause may last 52 weeks.
   */
  notesTakenTipsFor(fn: HouseFunction, watch: Watch): void {
    const noted = new LogGroup(this, 'taken-tips', {
      // EventBridge writes to groups of this name only.
      logGroupName: `/aws/events/${Stack.of(this).stackName}-taken-tips`,
      retention: RetentionDays.THIRTEEN_MONTHS,
      removalPolicy: RemovalPolicy.DESTROY,
    })
    const tag = (name: string): string => EventField.fromPath(`$.detail.mail.tags.${name}[0]`)
    const rule = new Rule(this, 'taken', {
      description: 'Tips that SES has taken, to a log group',
      eventPattern: outcomesOf(this.tipsConfigurationSet, [outcomes[EmailSendingEvent.SEND]], tipTags.batch),
    })
    rule.addTarget({
      bind: () => ({
        // The group's own ARN ends with `:*`, which a rule does not take.
        arn: Stack.of(this).formatArn({
          service: 'logs',
          resource: 'log-group',
          resourceName: noted.logGroupName,
          arnFormat: ArnFormat.COLON_RESOURCE_NAME,
        }),
        input: RuleTargetInput.fromObject({
          timestamp: EventField.time,
          message: [
            tag(tipTags.batch),
            tag(tipTags.subscription),
            EventField.fromPath('$.detail.mail.messageId'),
            tag(tipTags.part),
          ].join(' '),
        }),
      }),
    })
    const mayWrite = {
      Effect: 'Allow',
      Principal: { Service: ['events.amazonaws.com', 'delivery.logs.amazonaws.com'] },
      Resource: noted.logGroupArn,
    }
    new CfnResourcePolicy(this, 'taken-tips-policy', {
      policyName: `${Stack.of(this).stackName}-taken-tips`,
      policyDocument: Stack.of(this).toJsonString({
        Version: '2012-10-17',
        Statement: [
          // As in AWS's own example: who makes the stream is not asked for its rule, who writes into it is.
          // https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-use-resource-based.html#eb-cloudwatchlogs-permissions
          { ...mayWrite, Action: 'logs:CreateLogStream' },
          {
            ...mayWrite,
            Action: 'logs:PutLogEvents',
            Condition: { ArnEquals: { 'aws:SourceArn': rule.ruleArn } },
          },
        ],
      }),
    })
    watch.alarm('taken-tips-lost', {
      errorImpact:
        'Nobody writes down which tips SES has taken: where its answer is lost as well, a reader gets the same tip twice.',
      runbook: 'taken-tips',
      graph: 'Tips',
      label: 'tips taken that were not written down',
      metric: new Metric({
        namespace: 'AWS/Events',
        metricName: 'FailedInvocations',
        dimensionsMap: { RuleName: rule.ruleName },
        statistic: 'Sum',
        period: Duration.minutes(5),
      }),
      threshold: 0,
    })
    fn.knows({ [env.takenTips]: noted.logGroupName })
    fn.may(['logs:FilterLogEvents'], noted.logGroupArn)
  }
}

/**
 * Events about mail of this set that carries this tag: other stages and systems of the account report to the same bus, and
 * another account might, were the bus opened to it.
 */
const outcomesOf = (set: ConfigurationSet, detailType: string[], tag: string): EventPattern => ({
  account: [Stack.of(set).account],
  source: ['aws.ses'],
  detailType,
  detail: { mail: { tags: { 'ses:configuration-set': [set.configurationSetName], [tag]: [{ exists: true }] } } },
})

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1)

const arnOf = (scope: Construct, resource: string, resourceName: string): string =>
  Stack.of(scope).formatArn({ service: 'ses', resource, resourceName })
