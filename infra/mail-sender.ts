import { Duration, Stack } from 'aws-cdk-lib'
import { EventBus, Rule } from 'aws-cdk-lib/aws-events'
import { LambdaFunction } from 'aws-cdk-lib/aws-events-targets'
import { Grant } from 'aws-cdk-lib/aws-iam'
import {
  ConfigurationSet,
  EmailIdentity,
  EmailSendingEvent,
  EventDestination,
  Identity,
  SuppressionReasons,
} from 'aws-cdk-lib/aws-ses'
import { Construct } from 'constructs'
import { env, mailTags } from '../shared/names.ts'
import type { DeadLetterQueue } from './dead-letter-queue.ts'
import type { HouseFunction } from './house-function.ts'
import type { Deployment } from './stages.ts'

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

/** Who the mail of the workflow comes from, and where SES reports what became of it. */
export class MailSender extends Construct {
  readonly identity: EmailIdentity
  readonly configurationSet: ConfigurationSet
  readonly #address: string
  readonly #inSandbox: boolean

  constructor(scope: Construct, id: string, { sender, cloud }: Deployment) {
    super(scope, id)
    this.#address = sender.address
    this.#inSandbox = cloud.sesSandbox
    this.identity = new EmailIdentity(this, 'identity', {
      identity:
        cloud.senderIdentity === 'domain' ? Identity.domain(domainOf(sender.address)) : Identity.email(sender.address),
    })
    // One for each kind of mail, so that one kind can be paused and the others go on.
    this.configurationSet = new ConfigurationSet(this, 'workflow', {
      reputationMetrics: true,
      suppressionReasons: SuppressionReasons.BOUNCES_AND_COMPLAINTS,
    })
    this.configurationSet.addEventDestination('outcomes', {
      // SES reports to the default bus only.
      destination: EventDestination.eventBus(EventBus.fromEventBusName(this, 'default-bus', 'default')),
      events: Object.keys(outcomes) as EmailSendingEvent[],
    })
  }

  /** Lets a function send from the sender's address, with this configuration set. */
  sendsFor(fn: HouseFunction): void {
    fn.knows({ [env.configurationSet]: this.configurationSet.configurationSetName })
    // In the sandbox SES asks for the right to each recipient's identity too, and those are nowhere written down; the
    // condition on the sender holds there as well. https://github.com/cloudposse/terraform-aws-ses/issues/40
    const identity = this.#inSandbox ? arnOf(this, 'identity', '*') : this.identity.emailIdentityArn
    Grant.addToPrincipal({
      grantee: fn,
      // What API v2 calls SendEmail is checked as one or the other, by the shape of the content: raw MIME is
      // SendRawEmail (https://github.com/anymail/django-anymail/issues/384); for attachments AWS does not say.
      actions: ['ses:SendEmail', 'ses:SendRawEmail'],
      resourceArns: [identity, arnOf(this, 'configuration-set', this.configurationSet.configurationSetName)],
      conditions: { StringEquals: { 'ses:FromAddress': this.#address } },
    })
  }

  /** Tells a function what became of each mail that carries our tags. Events may come late, twice and in any order. */
  reportsTo(fn: HouseFunction, dead: DeadLetterQueue): void {
    new Rule(this, 'outcome', {
      description: `SES outcomes of workflow mail, to ${fn.entry}`,
      eventPattern: {
        source: ['aws.ses'],
        detailType: Object.values(outcomes),
        detail: {
          mail: {
            tags: {
              // Other stages and other systems of the account report to the same bus.
              'ses:configuration-set': [this.configurationSet.configurationSetName],
              [mailTags.request]: [{ exists: true }],
            },
          },
        },
      },
      targets: [
        new LambdaFunction(fn, { deadLetterQueue: dead.queue, retryAttempts: 20, maxEventAge: Duration.hours(6) }),
      ],
    })
  }
}

const domainOf = (address: string): string => address.slice(address.lastIndexOf('@') + 1)

const arnOf = (scope: Construct, resource: string, resourceName: string): string =>
  Stack.of(scope).formatArn({ service: 'ses', resource, resourceName })
