import { Duration, RemovalPolicy } from 'aws-cdk-lib'
import {
  AttributeType,
  Billing,
  ProjectionType,
  StreamViewType,
  TableEncryptionV2,
  TableV2,
} from 'aws-cdk-lib/aws-dynamodb'
import { StartingPosition } from 'aws-cdk-lib/aws-lambda'
import { Construct } from 'constructs'
import { env, sortKeys, table, turningPoints } from '../shared/names.ts'
import { isFinal, type MailState, mailStates } from '../shared/request.ts'
import type { DeadLetterQueue } from './dead-letter-queue.ts'
import type { HouseFunction } from './house-function.ts'
import type { Cloud } from './stages.ts'

/**
 * What a function may be allowed to do with the items. A transaction needs the rights of its parts, a batch its own; and
 * reading a whole table is nobody's business: there is no Scan.
 */
export type TableAction = 'GetItem' | 'Query' | 'PutItem' | 'UpdateItem' | 'DeleteItem' | 'ConditionCheckItem'

/** The one table: requests, the send ledger, people; with a stream of its changes and a sparse index of what is due. */
export class RequestTable extends Construct {
  readonly table: TableV2

  constructor(scope: Construct, id: string, cloud: Cloud) {
    super(scope, id)
    this.table = new TableV2(this, 'table', {
      partitionKey: { name: table.partitionKey, type: AttributeType.STRING },
      sortKey: { name: table.sortKey, type: AttributeType.STRING },
      globalSecondaryIndexes: [
        {
          indexName: table.dueIndex.name,
          partitionKey: { name: table.dueIndex.partitionKey, type: AttributeType.STRING },
          sortKey: { name: table.dueIndex.sortKey, type: AttributeType.STRING },
          projectionType: ProjectionType.INCLUDE,
          nonKeyAttributes: [table.dueIndex.also],
        },
      ],
      billing: Billing.onDemand({ maxWriteRequestUnits: cloud.brakes.writesPerSecond }),
      dynamoStream: StreamViewType.NEW_AND_OLD_IMAGES,
      timeToLiveAttribute: table.timeToLive,
      pointInTimeRecoverySpecification: { pointInTimeRecoveryEnabled: true },
      // A key in the account's own KMS rather than DynamoDB's: each use of it is in CloudTrail.
      encryption: TableEncryptionV2.awsManagedKey(),
      deletionProtection: cloud.keepData,
      removalPolicy: cloud.keepData ? RemovalPolicy.RETAIN : RemovalPolicy.DESTROY,
    })
  }

  /** Tells a function the table's name, and lets it do these things with its items. */
  servesItemsTo(fn: HouseFunction, actions: TableAction[]): void {
    fn.knows({ [env.table]: this.table.tableName })
    fn.may(
      actions.map((action) => `dynamodb:${action}`),
      this.table.tableArn,
    )
  }

  /** Lets a function query the index of what is due. */
  servesWhatIsDueTo(fn: HouseFunction): void {
    fn.may(['dynamodb:Query'], `${this.table.tableArn}/index/${table.dueIndex.name}`)
  }

  /**
   * Hands a function the changes that ask for planning: those of requests, removal included, the sending of a mail that
   * moves its request on, a reader who waits for something at this moment or is gone, and a stop of all mail to an address: as
   * many patterns as Lambda takes without being asked for more. Rows of the
   * ledger are written by that function in answer, and Lambda cannot see a loop through DynamoDB: this filter is what keeps one
   * from forming.
   */
  tellsChangesTo(fn: HouseFunction, dead: DeadLetterQueue): void {
    const streamArn = this.table.tableStreamArn
    if (!streamArn) throw new Error('The table has no stream')
    fn.may(['dynamodb:DescribeStream', 'dynamodb:GetRecords', 'dynamodb:GetShardIterator'], streamArn)
    // Listing is asked for all streams of the table at once.
    fn.may(['dynamodb:ListStreams'], `${this.table.tableArn}/stream/*`)
    dead.takesFrom(fn)
    fn.addEventSourceMapping('changes', {
      eventSourceArn: streamArn,
      // From LATEST, what changes while the mapping is being made would be missed.
      startingPosition: StartingPosition.TRIM_HORIZON,
      filters: [requestChanged, turningPointSent, readerWaits, readerGone, mailStopped].map((pattern) => ({
        pattern: JSON.stringify(pattern),
      })),
      // Seekers wait for the mail that follows a click, the last of a batch for all before it: small batches, at once.
      batchSize: 25,
      maxBatchingWindow: Duration.seconds(0),
      // Order holds for each request at any factor. One shard takes 1,000 writes a second, and a planner some 100 requests.
      parallelizationFactor: 10,
      // Without these a poisonous record would hold up its shard for the 24 hours that the stream keeps it.
      retryAttempts: 5,
      maxRecordAge: Duration.hours(6),
      bisectBatchOnError: true,
      reportBatchItemFailures: true,
      onFailure: dead.destination,
    })
  }
}

const requestChanged = { dynamodb: { Keys: { [table.sortKey]: { S: [sortKeys.request] } } } }

// The moment at which it is known to have gone out, from SES's answer or from its events, which may come first or alone, or
// after it was given up.
// What comes later, a delivery hours after the seeker took the request up again, must not move it once more.
const turningPointSent = {
  dynamodb: {
    Keys: { [table.sortKey]: { S: turningPoints.map((mail) => ({ prefix: `${sortKeys.mail}${mail}#` })) } },
    OldImage: { state: { S: mailStates.filter((state) => !isFinal(state) || state === 'skipped') } },
    NewImage: { state: { S: ['sent', 'delivered', 'bounced', 'complained'] satisfies MailState[] } },
  },
}

const readerWaits = {
  dynamodb: {
    Keys: { [table.sortKey]: { S: [{ prefix: sortKeys.series }] } },
    NewImage: { ring: { S: [{ exists: true }] } },
  },
}

const readerGone = {
  eventName: ['REMOVE'],
  dynamodb: { Keys: { [table.sortKey]: { S: [{ prefix: sortKeys.series }] } } },
}

const mailStopped = {
  dynamodb: {
    Keys: { [table.sortKey]: { S: [sortKeys.person] } },
    OldImage: { suppressedAt: { S: [{ exists: false }] } },
    NewImage: { suppressedAt: { S: [{ exists: true }] } },
  },
}
