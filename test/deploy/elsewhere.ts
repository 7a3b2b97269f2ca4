import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  DescribeContinuousBackupsCommand,
  DescribeTableCommand,
  DescribeTimeToLiveCommand,
  DynamoDBClient,
} from '@aws-sdk/client-dynamodb'
import { leftOut, titlesIn } from '../titles.ts'
import { clientOf, type Deployment } from './deployment.ts'
import type { MiniStack } from './ministack.ts'

const INFRA = 'test/infra.test.ts'

type Gap = {
  /** What AWS does and MiniStack does not. */
  gap: string
  /** The tests that hold it instead, by name and file. */
  heldBy: readonly (readonly [test: string, file?: string])[]
  /** Whether MiniStack does it after all, where it can be asked. */
  closed?: (table: string, database: DynamoDBClient) => Promise<boolean>
}

const gaps: readonly Gap[] = [
  {
    gap: 'The table forgets nothing by itself',
    heldBy: [['can be wound back, forgets by itself, is encrypted, and is paid by use']],
    closed: async (TableName, database) => {
      const { TimeToLiveDescription } = await database.send(new DescribeTimeToLiveCommand({ TableName }))
      return TimeToLiveDescription?.TimeToLiveStatus === 'ENABLED'
    },
  },
  {
    gap: 'It cannot be wound back',
    heldBy: [['can be wound back, forgets by itself, is encrypted, and is paid by use']],
    closed: async (TableName, database) => {
      const { ContinuousBackupsDescription } = await database.send(new DescribeContinuousBackupsCommand({ TableName }))
      const { PointInTimeRecoveryDescription } = ContinuousBackupsDescription ?? {}
      return PointInTimeRecoveryDescription?.PointInTimeRecoveryStatus === 'ENABLED'
    },
  },
  {
    gap: 'It is not encrypted, and has no limit of its own',
    heldBy: [['can be wound back, forgets by itself, is encrypted, and is paid by use']],
    closed: async (TableName, database) => {
      const { Table } = await database.send(new DescribeTableCommand({ TableName }))
      return Table?.SSEDescription?.Status === 'ENABLED'
    },
  },
  {
    gap: 'A stream reads no partial failures, and does not end, split or put away its retries',
    heldBy: [['its stream reaches plan-mail: only what asks for planning, with an end to every retry']],
  },
  {
    gap: 'Rights are not asked for what Lambda, Scheduler and EventBridge do in our name',
    heldBy: [
      ['nobody does anything without the right to', 'test/rights.test.ts'],
      ['%s may do this and no more'],
      ['whoever puts messages into a dead-letter queue has the right to'],
      ['each function is invoked by nobody but who it is for'],
      ['it may hand over any route, also the one for what nobody names, which has two parts where others have three'],
    ],
  },
  {
    gap: 'The role of the schedules can be taken by any schedule',
    heldBy: [['Scheduler takes its role only for schedules of our group in our account']],
  },
  {
    gap: 'A configuration set tracks and reports nothing',
    heldBy: [['of %s nothing is tracked that a reader does, and this is reported']],
  },
  {
    gap: 'Nobody but SES may report about mail, and a rule writes into no log group',
    heldBy: [
      ['the rule %s hears of mail that went through the set of %s with our tag, and of no other'],
      ['a line for each tip that SES has taken is kept where EventBridge may write, for longer than any pause'],
    ],
  },
  {
    gap: 'The zone of a schedule is not looked at',
    heldBy: [
      [
        'carries ids in UTC, deletes itself, and says where it goes when it cannot be delivered',
        'test/schedules.test.ts',
      ],
    ],
  },
  {
    gap: 'What is invoked without waiting for an answer, and fails, was not tried',
    heldBy: [['every function that is invoked without waiting for its answer keeps what failed']],
  },
  {
    gap: 'Nothing was tried five times: a queue puts away what fails',
    heldBy: [
      ['a queue is either consumed and has a dead-letter queue, or is a dead-letter queue and has an alarm'],
      ['a message stays hidden for six timeouts of %s, and failures come back one by one'],
    ],
  },
  {
    gap: 'No alarm goes off, and no call of the API is logged',
    heldBy: [
      ['letters that are dead, what is late, refused or stopped: each has its alarm, at its threshold'],
      ['whoever is on call hears when an alarm goes off and when it is over'],
      ['is the template that was last looked at'],
    ],
  },
  {
    gap: 'No alarm watches two metrics at once: in the template that one is made an alarm of the first, before it is deployed',
    heldBy: [['is the template that was last looked at']],
  },
  {
    gap: 'Nothing is throttled, and functions have the memory, the time and the processor of this machine',
    heldBy: [
      ['it is throttled'],
      ['all run on Node 24 and arm64, with source maps and logs in JSON'],
      ['each says what it is for, and has a memory size and a timeout chosen for it'],
    ],
  },
]

const root = join(import.meta.dirname, '../..')

/** Whether a test of this file is called so, and no test of it is left out. */
const isHeld = (test: string, text: string): boolean => titlesIn(text).includes(test) && leftOut(text).length === 0

/** Tests that are to hold what is not proven here, and are gone or not run. */
export const testsGone = (): string[] =>
  gaps
    .flatMap(({ heldBy }) => heldBy)
    .filter(([test, file = INFRA]) => !isHeld(test, readFileSync(join(root, file), 'utf8')))
    .map(([test, file = INFRA]) => `${file}: ${test}`)

/** What was not proven here and who holds it, in lines. Throws when one of those tests is gone. */
export const whatIsHeldElsewhere = async (ministack: MiniStack, deployment: Deployment): Promise<string[]> => {
  const database = new DynamoDBClient(clientOf(ministack))
  const table = deployment.named('AWS::DynamoDB::GlobalTable', 'requeststable')
  const gone = testsGone()
  if (gone.length > 0) throw new Error(`No test is called so any more: ${gone.join(', ')}`)
  const lines: string[] = []
  for (const { gap, heldBy, closed } of gaps) {
    lines.push(`  ${gap}${(await closed?.(table, database)) ? ' (but now it does: this line can go)' : ''}`)
    for (const [test, file = INFRA] of heldBy) lines.push(`    ${file.padEnd(22)} ${test}`)
  }
  return lines
}
