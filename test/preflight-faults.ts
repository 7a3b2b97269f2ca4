import type { Deployment } from '../infra/stages.ts'
import type { State } from '../ops/checks/finding.ts'
import type { Ports, Wishes } from '../ops/checks/look.ts'
import { neededEvents } from '../ops/checks/reports.ts'
import { type Account, accountId, campus, type Page, region } from './preflight-account.ts'

/** One thing that is wrong, and what the check says of it at worst. */
export type Fault = {
  when: string
  is: State
  so?: () => void | Promise<void>
  stage?: Deployment
  wishes?: Wishes
  env?: Record<string, string>
  ports?: Partial<Ports>
}

const withCloud = (change: Partial<Deployment['cloud']>): Deployment => ({
  ...campus,
  cloud: { ...campus.cloud, ...change },
})
const byAddress = withCloud({ senderIdentity: 'address' })
const inZone = withCloud({ hostedZone: { id: 'Z0123456789', name: 'campus.edu' } })
const SET = 'AWS::SES::ConfigurationSet'
const answer = (status: number, headers: Record<string, string> = {}, body = ''): Page => ({ status, headers, body })
const failing = (code: string): typeof fetch =>
  (async () => {
    throw Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error(code), { code }) })
  }) as typeof fetch
const eventOf = (id: string, type: string, status: string, because?: string) => ({
  StackId: 'arn:aws:cloudformation:us-east-1:123456789012:stack/interviews-prod/1',
  EventId: `${id}-${status}`,
  StackName: 'interviews-prod',
  Timestamp: '2026-11-23T12:00:00Z',
  LogicalResourceId: id,
  ResourceType: type,
  ResourceStatus: status,
  ...(because ? { ResourceStatusReason: because } : {}),
})
const TABLE = 'AWS::DynamoDB::GlobalTable'

/** Of each check what can be wrong; each fault is made in an account that is in good order. */
export const faultsOf = (account: Account): Record<string, Fault[]> => {
  const set = (right: string, change: object): void => {
    const found = account.answers[right]
    if (found === undefined) throw new Error(`nobody asks ${right}`)
    account.answers[right] = { ...found, ...change }
  }
  const sesSays = (change: object) => () => set('ses:GetAccount', change)
  const identityIs = (change: object) => () => set('ses:GetEmailIdentity campus.edu', change)
  const stackIs = (change: object) => () => set('cloudformation:DescribeStacks interviews-prod', change)
  const dkimIs = (change: object) => {
    const { DkimAttributes } = account.answers['ses:GetEmailIdentity campus.edu']
    identityIs({ DkimAttributes: { ...DkimAttributes, ...change } })()
  }
  const mailFromIs = (change: object) => {
    const { MailFromAttributes } = account.answers['ses:GetEmailIdentity campus.edu']
    identityIs({ MailFromAttributes: { ...MailFromAttributes, ...change } })()
  }
  const forget =
    (kind: string, type: string, construct = '') =>
    () => {
      delete account.answers[`${kind} ${account.name(type, construct)}`]
    }
  const change = (right: string, type: string, construct: string, what: object) => () =>
    set(`${right} ${account.name(type, construct)}`, what)
  const destinationIs = (construct: string, what: object) => () => {
    const right = `ses:GetConfigurationSetEventDestinations ${account.name(SET, construct)}`
    const [one] = account.answers[right].EventDestinations
    set(right, { EventDestinations: [{ ...one, ...what }] })
  }
  const pageIs = (page: 'health' | 'unsubscribe', answer: Page) => () => {
    account.pages[page] = answer
  }
  const answers = (right: string, answer: unknown) => () => {
    account.answers[right] = answer
  }
  const dnsSays = (question: string, records?: string[]) => () => {
    if (records) account.records[question] = records
    else delete account.records[question]
  }
  const noDns = () => {
    account.dnsIsDown = true
  }
  const noIdentity = () => {
    delete account.answers['ses:GetEmailIdentity campus.edu']
  }
  const failedBy = (status: string) => () => {
    stackIs({ StackStatus: status })()
    account.answers['cloudformation:DescribeStackEvents'] = [
      eventOf('interviews-prod', 'AWS::CloudFormation::Stack', status),
      eventOf('subscriptions2B2B04D7', 'AWS::Lambda::Function', 'UPDATE_FAILED', 'Resource update cancelled'),
      eventOf(
        'requestsC775BB57',
        'AWS::Lambda::Function',
        'UPDATE_FAILED',
        "Specified ReservedConcurrentExecutions for function decreases account's UnreservedConcurrentExecution below its minimum value of [100].",
      ),
      eventOf('interviews-prod', 'AWS::CloudFormation::Stack', 'UPDATE_IN_PROGRESS', 'User Initiated'),
      eventOf('older', 'AWS::SQS::Queue', 'CREATE_FAILED', 'of the deployment before'),
    ]
  }
  const trusts = (policy: object) =>
    change('iam:GetRole', 'AWS::IAM::Role', 'schedulesrole', {
      AssumeRolePolicyDocument: encodeURIComponent(JSON.stringify(policy)),
    })
  const schedulerMay = (condition?: object) =>
    trusts({
      Version: '2012-10-17',
      Statement: [
        {
          Effect: 'Allow',
          Principal: { Service: 'scheduler.amazonaws.com' },
          Action: 'sts:AssumeRole',
          ...(condition ? { Condition: condition } : {}),
        },
      ],
    })
  const alarmsAre = (what: (alarm: { AlarmName: string }) => object | undefined) => () => {
    const { MetricAlarms } = account.answers['cloudwatch:DescribeAlarms']
    account.answers['cloudwatch:DescribeAlarms'] = {
      MetricAlarms: MetricAlarms.flatMap((alarm: { AlarmName: string }) => {
        const changes = what(alarm)
        return changes ? [{ ...alarm, ...changes }] : []
      }),
    }
  }
  const tableIs = (what: object) => () => {
    const right = `dynamodb:DescribeTable ${account.name(TABLE)}`
    set(right, { Table: { ...account.answers[right].Table, ...what } })
  }

  return {
    Credentials: [
      {
        when: 'AWS does not know the key',
        is: 'failure',
        so: answers('sts:GetCallerIdentity', { status: 403, code: 'InvalidClientTokenId' }),
      },
      {
        when: 'they have expired',
        is: 'failure',
        so: answers('sts:GetCallerIdentity', { status: 403, code: 'ExpiredToken' }),
      },
      { when: 'AWS cannot be reached', is: 'failure', so: () => void account.silent.add('sts') },
      {
        when: 'they are for another account',
        is: 'failure',
        so: () => set('sts:GetCallerIdentity', { Account: '999999999999', Arn: 'arn:aws:iam::999999999999:user/ada' }),
      },
      { when: 'the environment names another region', is: 'warning', env: { AWS_REGION: 'eu-west-1' } },
      {
        when: 'they are those of the root user',
        is: 'warning',
        so: () => set('sts:GetCallerIdentity', { Arn: `arn:aws:iam::${accountId}:root` }),
      },
    ],
    'Settings of the stage': [
      {
        when: 'some fields are as the file came',
        is: 'failure',
        stage: {
          ...campus,
          addressKey: 'change-me-before-the-first-deployment',
          sender: { name: 'A', address: 'a@example.org' },
        },
      },
      {
        when: 'so they are in a stage that keeps nothing',
        is: 'warning',
        stage: { ...withCloud({ keepData: false }), brand: { ...campus.brand, supportAddress: 'help@example.org' } },
      },
      {
        when: 'a field is not what it has to be',
        is: 'failure',
        stage: { ...campus, sender: { name: 'Müller', address: 'talks@campus.edu' } },
      },
    ],
    'CDK bootstrap': [
      {
        when: 'it was never done',
        is: 'failure',
        so: () => {
          account.undeploy()
          delete account.answers['cloudformation:DescribeStacks CDKToolkit']
        },
      },
      {
        when: 'it was done by an old CDK',
        is: 'failure',
        so: () => {
          account.undeploy()
          set('cloudformation:DescribeStacks CDKToolkit', {
            Outputs: [{ OutputKey: 'BootstrapVersion', OutputValue: '5' }],
          })
        },
      },
      { when: 'it was done, and nothing is deployed yet', is: 'ok', so: () => account.undeploy() },
    ],
    'SES sandbox': [
      {
        when: 'in it, and nobody has asked to leave',
        is: 'failure',
        so: sesSays({ ProductionAccessEnabled: false, Details: undefined }),
      },
      ...(['PENDING', 'DENIED', 'FAILED'] as const).map(
        (Status): Fault => ({
          when: `in it, and the request to leave is ${Status}`,
          is: 'failure',
          so: sesSays({
            ProductionAccessEnabled: false,
            Details: { ReviewDetails: { Status, CaseId: '173000000000001' } },
          }),
        }),
      ),
      {
        when: 'in it, as a stage for seekers says',
        is: 'warning',
        so: sesSays({ ProductionAccessEnabled: false, Details: undefined }),
        stage: withCloud({ sesSandbox: true }),
      },
      {
        when: 'in it, as a stage for tests says',
        is: 'ok',
        so: sesSays({ ProductionAccessEnabled: false }),
        stage: withCloud({ sesSandbox: true, keepData: false }),
      },
      { when: 'out of it, and the stage says in it', is: 'warning', stage: withCloud({ sesSandbox: true }) },
      { when: 'SES does not say', is: 'skipped', so: sesSays({ ProductionAccessEnabled: undefined }) },
    ],
    'SES sending': [
      { when: 'somebody has switched it off', is: 'failure', so: sesSays({ SendingEnabled: false }) },
      {
        when: 'AWS has stopped it',
        is: 'failure',
        so: sesSays({ EnforcementStatus: 'SHUTDOWN', SendingEnabled: false }),
      },
      {
        when: 'AWS has put it under review, and somebody has switched it off',
        is: 'failure',
        so: sesSays({ EnforcementStatus: 'PROBATION', SendingEnabled: false }),
      },
      { when: 'AWS has put it under review', is: 'warning', so: sesSays({ EnforcementStatus: 'PROBATION' }) },
    ],
    'SES suppression list': [
      {
        when: 'it does not keep those that complained',
        is: 'warning',
        so: sesSays({ SuppressionAttributes: { SuppressedReasons: ['BOUNCE'] } }),
      },
      { when: 'it keeps nobody', is: 'warning', so: sesSays({ SuppressionAttributes: { SuppressedReasons: [] } }) },
    ],
    'SES quota': [
      {
        when: 'SES takes less a second than the stage is made for',
        is: 'warning',
        so: sesSays({ SendQuota: { MaxSendRate: 5, Max24HourSend: 50_000, SentLast24Hours: 0 } }),
      },
      {
        when: 'the account is in the sandbox',
        is: 'skipped',
        so: sesSays({
          ProductionAccessEnabled: false,
          SendQuota: { MaxSendRate: 1, Max24HourSend: 200, SentLast24Hours: 0 },
        }),
      },
      {
        when: 'SES may be called less often than tips are to go out',
        is: 'warning',
        wishes: { mailsADay: 45_000 },
        stage: { ...campus, tips: { ...campus.tips, mailsPerSecond: 1 } },
      },
      {
        when: 'tips may take all of it',
        is: 'warning',
        stage: { ...campus, tips: { ...campus.tips, mailsPerSecond: 20 } },
      },
      { when: 'more is expected than SES takes in a day', is: 'failure', wishes: { mailsADay: 80_000 } },
      { when: 'nearly as much is expected as SES takes in a day', is: 'warning', wishes: { mailsADay: 45_000 } },
      {
        when: 'what is expected takes longer than a day has',
        is: 'warning',
        wishes: { mailsADay: 500_000 },
        so: sesSays({ SendQuota: { MaxSendRate: 14, Max24HourSend: -1, SentLast24Hours: 0 } }),
      },
      {
        when: 'a million a day is expected',
        is: 'warning',
        wishes: { mailsADay: 1_000_000 },
        so: sesSays({ SendQuota: { MaxSendRate: 14, Max24HourSend: -1, SentLast24Hours: 0 } }),
      },
      {
        when: 'the day is nearly used up',
        is: 'warning',
        so: sesSays({ SendQuota: { MaxSendRate: 14, Max24HourSend: 50_000, SentLast24Hours: 49_000 } }),
      },
      { when: 'what is expected fits', is: 'ok', wishes: { mailsADay: 20_000 } },
      { when: 'SES does not say', is: 'skipped', so: sesSays({ SendQuota: undefined }) },
    ],
    'SES pricing plan': [
      ...(['ESSENTIALS', 'PRO', 'ENTERPRISE'] as const).map(
        (CurrentPlan): Fault => ({
          when: CurrentPlan,
          is: 'warning',
          so: sesSays({ PricingAttributes: { CurrentPlan } }),
        }),
      ),
      {
        when: 'ESSENTIALS, and a change is under way',
        is: 'ok',
        so: sesSays({ PricingAttributes: { CurrentPlan: 'ESSENTIALS', NextPlan: 'NONE' } }),
      },
      { when: 'SES does not say', is: 'skipped', so: sesSays({ PricingAttributes: undefined }) },
    ],
    'Lambda concurrency': [
      {
        when: 'a new account, before the first deployment',
        is: 'failure',
        so: () => {
          account.undeploy()
          set('lambda:GetAccountSettings', {
            AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 },
          })
        },
      },
      {
        when: 'others have set most of it aside',
        is: 'failure',
        so: () => {
          account.undeploy()
          set('lambda:GetAccountSettings', {
            AccountLimit: { ConcurrentExecutions: 1000, UnreservedConcurrentExecutions: 160 },
          })
        },
      },
      {
        when: 'a new account, and a stage that sets nothing aside',
        is: 'warning',
        so: () =>
          set('lambda:GetAccountSettings', {
            AccountLimit: { ConcurrentExecutions: 10, UnreservedConcurrentExecutions: 10 },
          }),
        stage: withCloud({ brakes: { writesPerSecond: 1000 } }),
      },
    ],
    'Scheduler quota': [
      {
        when: 'nearly all are used',
        is: 'failure',
        so: () => set('servicequotas:ListServiceQuotas', { Quotas: [{ QuotaName: 'Number of schedules', Value: 1 }] }),
      },
      {
        when: 'Service Quotas knows nothing of it',
        is: 'skipped',
        so: () => set('servicequotas:ListServiceQuotas', { Quotas: [] }),
      },
    ],
    Stack: [
      { when: 'nothing is deployed', is: 'skipped', so: () => account.undeploy() },
      {
        when: 'a change was prepared, and not made',
        is: 'skipped',
        so: stackIs({ StackStatus: 'REVIEW_IN_PROGRESS' }),
      },
      ...[
        'ROLLBACK_COMPLETE',
        'ROLLBACK_FAILED',
        'CREATE_FAILED',
        'UPDATE_FAILED',
        'UPDATE_ROLLBACK_FAILED',
        'DELETE_FAILED',
      ].map((status): Fault => ({ when: status, is: 'failure', so: failedBy(status) })),
      { when: 'the last deployment failed', is: 'warning', so: failedBy('UPDATE_ROLLBACK_COMPLETE') },
      {
        when: 'it failed, and its events are forgotten',
        is: 'failure',
        so: stackIs({ StackStatus: 'ROLLBACK_COMPLETE' }),
      },
      { when: 'a deployment is under way', is: 'warning', so: stackIs({ StackStatus: 'UPDATE_IN_PROGRESS' }) },
      { when: 'it can be deleted', is: 'warning', so: stackIs({ EnableTerminationProtection: false }) },
    ],
    'Deployed settings': [
      {
        when: 'infra/stages.ts was changed since',
        is: 'warning',
        stage: {
          ...campus,
          caps: { ...campus.caps, confirmationsAMinute: 200 },
          calendar: { ...campus.calendar, holidays: ['2026-12-25'] },
        },
      },
      {
        when: 'the key of addresses was changed since',
        is: 'failure',
        stage: { ...campus, addressKey: 'another-key-of-some-length' },
      },
      {
        when: 'the function does not say',
        is: 'skipped',
        so: change('lambda:GetFunctionConfiguration', 'AWS::Lambda::Function', 'requests', { Environment: undefined }),
      },
    ],
    Zone: [
      { when: 'there is no zone, and nothing is deployed', is: 'ok', so: () => account.undeploy() },
      { when: 'it was made by the stack', is: 'ok', stage: inZone },
      {
        when: 'records are there that the deployment would make',
        is: 'warning',
        stage: inZone,
        so: () => account.undeploy(),
      },
      {
        when: 'another host bears the name that bounces go to',
        is: 'warning',
        stage: inZone,
        so: () => {
          account.undeploy()
          account.records = { 'CNAME mail.campus.edu': ['webmail.campus.edu'] }
        },
      },
      {
        when: 'nothing is in the way',
        is: 'ok',
        stage: inZone,
        so: () => {
          account.undeploy()
          account.records = {}
        },
      },
      { when: 'an address alone', is: 'ok', stage: withCloud({ ...inZone.cloud, senderIdentity: 'address' }) },
      {
        when: 'the DNS gives no answer',
        is: 'skipped',
        stage: inZone,
        so: () => {
          account.undeploy()
          noDns()
        },
      },
    ],
    Sender: [
      { when: 'before the first deployment', is: 'skipped', so: () => account.undeploy() },
      {
        when: 'before the first deployment, and SES knows it already',
        is: 'failure',
        so: () => {
          const identity = account.answers['ses:GetEmailIdentity campus.edu']
          account.undeploy()
          account.answers['ses:GetEmailIdentity campus.edu'] = identity
        },
      },
      {
        when: 'somebody has deleted it',
        is: 'failure',
        so: noIdentity,
      },
      {
        when: 'its records are not there yet',
        is: 'failure',
        so: identityIs({
          VerifiedForSendingStatus: false,
          VerificationStatus: 'PENDING',
          VerificationInfo: { ErrorType: 'HOST_NOT_FOUND' },
        }),
      },
      {
        when: 'SES has given up looking',
        is: 'failure',
        so: identityIs({
          VerifiedForSendingStatus: false,
          VerificationStatus: 'FAILED',
          VerificationInfo: { ErrorType: 'INVALID_VALUE' },
        }),
      },
      {
        when: 'an address that nobody has confirmed',
        is: 'failure',
        stage: byAddress,
        so: () => {
          account.answers['ses:GetEmailIdentity talks@campus.edu'] = {
            IdentityType: 'EMAIL_ADDRESS',
            VerifiedForSendingStatus: false,
            VerificationStatus: 'PENDING',
          }
        },
      },
    ],
    DKIM: [
      { when: 'before the first deployment', is: 'skipped', so: () => account.undeploy() },
      {
        when: 'the sender was deleted',
        is: 'skipped',
        so: noIdentity,
      },
      {
        when: 'one record is missing, one is another, and one has the domain twice',
        is: 'failure',
        so: () => {
          dkimIs({ Status: 'PENDING' })
          delete account.records['CNAME aaaa1111._domainkey.campus.edu']
          account.records['CNAME bbbb2222._domainkey.campus.edu'] = ['zzzz.dkim.amazonses.com']
          delete account.records['CNAME cccc3333._domainkey.campus.edu']
          account.records['CNAME cccc3333._domainkey.campus.edu.campus.edu'] = ['cccc3333.dkim.amazonses.com']
        },
      },
      {
        when: 'a record is missing that the deployment made in a zone',
        is: 'failure',
        stage: inZone,
        so: () => {
          dkimIs({ Status: 'PENDING' })
          dnsSays('CNAME aaaa1111._domainkey.campus.edu')()
        },
      },
      {
        when: 'records are missing, and SES has given up looking',
        is: 'failure',
        so: () => {
          dkimIs({ Status: 'FAILED' })
          delete account.records['CNAME aaaa1111._domainkey.campus.edu']
        },
      },
      {
        when: 'a region whose keys lie elsewhere',
        is: 'failure',
        so: () => dkimIs({ Status: 'PENDING', SigningHostedZone: 'ab12.dkim.eu-south-2.amazonses.com' }),
      },
      {
        when: 'all records are there, and SES has not seen them',
        is: 'failure',
        so: () => dkimIs({ Status: 'PENDING' }),
      },
      {
        when: 'all records are there, and SES has given up looking',
        is: 'failure',
        so: () => dkimIs({ Status: 'FAILED' }),
      },
      {
        when: 'a record has vanished since',
        is: 'warning',
        so: dnsSays('CNAME aaaa1111._domainkey.campus.edu'),
      },
      { when: 'signing was switched off', is: 'failure', so: () => dkimIs({ SigningEnabled: false }) },
      {
        when: 'an address alone',
        is: 'ok',
        stage: byAddress,
        so: answers('ses:GetEmailIdentity talks@campus.edu', { IdentityType: 'EMAIL_ADDRESS' }),
      },
      { when: 'the DNS gives no answer', is: 'skipped', so: noDns },
    ],
    'MAIL FROM': [
      { when: 'before the first deployment', is: 'skipped', so: () => account.undeploy() },
      { when: 'there is none', is: 'warning', so: identityIs({ MailFromAttributes: undefined }) },
      {
        when: 'its records are missing',
        is: 'warning',
        so: () => {
          mailFromIs({ MailFromDomainStatus: 'PENDING' })
          delete account.records['MX mail.campus.edu']
          delete account.records['TXT mail.campus.edu']
        },
      },
      {
        when: 'its records are missing, and SES refuses mail for it',
        is: 'failure',
        so: () => {
          mailFromIs({ MailFromDomainStatus: 'FAILED', BehaviorOnMxFailure: 'REJECT_MESSAGE' })
          delete account.records['MX mail.campus.edu']
        },
      },
      {
        when: 'another server takes its mail as well',
        is: 'warning',
        so: () => {
          mailFromIs({ MailFromDomainStatus: 'FAILED' })
          account.records['MX mail.campus.edu'] = ['10 feedback-smtp.us-east-1.amazonses.com', '20 mx.campus.edu']
        },
      },
      {
        when: 'the SPF record is of another sender, and there are two',
        is: 'warning',
        so: dnsSays('TXT mail.campus.edu', ['v=spf1 include:_spf.google.com ~all', 'v=spf1 -all']),
      },
      {
        when: 'the records are there, and SES has not seen them',
        is: 'warning',
        so: () => mailFromIs({ MailFromDomainStatus: 'PENDING' }),
      },
      { when: 'the DNS gives no answer', is: 'skipped', so: noDns },
    ],
    DMARC: [
      { when: 'there is none', is: 'warning', so: dnsSays('TXT _dmarc.campus.edu') },
      {
        when: 'there are two',
        is: 'failure',
        so: dnsSays('TXT _dmarc.campus.edu', ['v=DMARC1; p=none', 'v=DMARC1; p=reject']),
      },
      {
        when: 'it has a policy that nobody knows',
        is: 'failure',
        so: dnsSays('TXT _dmarc.campus.edu', ['v=DMARC1; p=monitor']),
      },
      {
        when: 'it is that of the domain above',
        is: 'ok',
        stage: { ...campus, sender: { ...campus.sender, address: 'talks@careers.campus.edu' } },
      },
      {
        when: 'an address alone, of a domain that wants signatures',
        is: 'failure',
        stage: byAddress,
        so: dnsSays('TXT _dmarc.campus.edu', ['v=DMARC1; p=reject']),
      },
      {
        when: 'the sender is still a placeholder',
        is: 'skipped',
        stage: { ...campus, sender: { ...campus.sender, address: 'assistant@example.org' } },
      },
      { when: 'the DNS gives no answer', is: 'skipped', so: noDns },
    ],
    'Mail of requests': [
      {
        when: 'its configuration set was deleted',
        is: 'failure',
        so: forget('ses:GetConfigurationSet', SET, 'senderworkflow'),
      },
      {
        when: 'it was stopped',
        is: 'failure',
        so: change('ses:GetConfigurationSet', SET, 'senderworkflow', { SendingOptions: { SendingEnabled: false } }),
      },
      {
        when: 'its reputation is not measured',
        is: 'warning',
        so: change('ses:GetConfigurationSet', SET, 'senderworkflow', {
          ReputationOptions: { ReputationMetricsEnabled: false },
        }),
      },
      {
        when: 'it does not remember who complained',
        is: 'warning',
        so: change('ses:GetConfigurationSet', SET, 'senderworkflow', {
          SuppressionOptions: { SuppressedReasons: ['BOUNCE'] },
        }),
      },
      {
        when: 'its reports were deleted',
        is: 'failure',
        so: change('ses:GetConfigurationSetEventDestinations', SET, 'senderworkflow', { EventDestinations: [] }),
      },
      { when: 'its reports are switched off', is: 'failure', so: destinationIs('senderworkflow', { Enabled: false }) },
      {
        when: 'bounces and complaints are not reported',
        is: 'failure',
        so: destinationIs('senderworkflow', {
          MatchingEventTypes: neededEvents.workflow.filter((event) => event !== 'BOUNCE' && event !== 'COMPLAINT'),
        }),
      },
      {
        when: 'somebody counts clicks',
        is: 'warning',
        so: destinationIs('senderworkflow', { MatchingEventTypes: [...neededEvents.workflow, 'CLICK'] }),
      },
    ],
    'Mail of tips': [
      {
        when: 'it was stopped, and bounces are not reported',
        is: 'failure',
        so: () => {
          change('ses:GetConfigurationSet', SET, 'sendertips', { SendingOptions: { SendingEnabled: false } })()
          destinationIs('sendertips', { MatchingEventTypes: ['SEND', 'COMPLAINT', 'REJECT', 'RENDERING_FAILURE'] })()
        },
      },
    ],
    'Rules for reports': [
      {
        when: 'one is switched off',
        is: 'failure',
        so: change('events:DescribeRule', 'AWS::Events::Rule', 'senderoutcomeoftips', { State: 'DISABLED' }),
      },
      {
        when: 'one was deleted',
        is: 'failure',
        so: forget('events:DescribeRule', 'AWS::Events::Rule', 'senderoutcomeoftips'),
      },
      {
        when: 'one has no target',
        is: 'failure',
        so: change('events:ListTargetsByRule', 'AWS::Events::Rule', 'sendertaken', { Targets: [] }),
      },
      {
        when: 'one listens to another configuration set',
        is: 'failure',
        so: change('events:DescribeRule', 'AWS::Events::Rule', 'senderoutcomeoftips', {
          EventPattern: '{"source":["aws.ses"],"detail":{"mail":{"tags":{"ses:configuration-set":["old"]}}}}',
        }),
      },
    ],
    Schedules: [
      {
        when: 'the group was deleted',
        is: 'failure',
        so: forget('scheduler:GetScheduleGroup', 'AWS::Scheduler::ScheduleGroup'),
      },
      {
        when: 'the group is being deleted',
        is: 'failure',
        so: change('scheduler:GetScheduleGroup', 'AWS::Scheduler::ScheduleGroup', '', { State: 'DELETING' }),
      },
      {
        when: 'more are set than anybody counts',
        is: 'ok',
        so: () =>
          set('scheduler:ListSchedules', {
            Schedules: Array.from({ length: 100 }, () => ({ Name: 'one' })),
            NextToken: 'more',
          }),
      },
    ],
    'Role of the schedules': [
      { when: 'it was deleted', is: 'failure', so: forget('iam:GetRole', 'AWS::IAM::Role', 'schedulesrole') },
      {
        when: 'it is for Lambda',
        is: 'failure',
        so: trusts({
          Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
        }),
      },
      { when: 'it is for everybody', is: 'warning', so: schedulerMay() },
      {
        when: 'it is for another group',
        is: 'failure',
        so: schedulerMay({
          StringEquals: { 'aws:SourceArn': `arn:aws:scheduler:${region}:${accountId}:schedule-group/old` },
        }),
      },
    ],
    'Recurring runs': [
      {
        when: 'one is paused',
        is: 'failure',
        so: change('scheduler:GetSchedule', 'AWS::Scheduler::Schedule', 'reconcile', { State: 'DISABLED' }),
      },
      {
        when: 'one was deleted',
        is: 'failure',
        so: forget('scheduler:GetSchedule', 'AWS::Scheduler::Schedule', 'picktips'),
      },
    ],
    'Queues and stream': [
      {
        when: 'one is paused',
        is: 'failure',
        so: change('lambda:GetEventSourceMapping', 'AWS::Lambda::EventSourceMapping', 'sendmail', {
          State: 'Disabled',
        }),
      },
      {
        when: 'one was deleted',
        is: 'failure',
        so: forget('lambda:GetEventSourceMapping', 'AWS::Lambda::EventSourceMapping', 'planmail'),
      },
      {
        when: 'one is being switched on',
        is: 'warning',
        so: change('lambda:GetEventSourceMapping', 'AWS::Lambda::EventSourceMapping', 'sendtips', {
          State: 'Enabling',
        }),
      },
      {
        when: 'one cannot be read',
        is: 'warning',
        so: change('lambda:GetEventSourceMapping', 'AWS::Lambda::EventSourceMapping', 'planmail', {
          LastProcessingResult: 'PROBLEM: Lambda could not access the stream.',
        }),
      },
    ],
    Table: [
      { when: 'it is gone', is: 'failure', so: forget('dynamodb:DescribeTable', TABLE) },
      { when: 'AWS has locked it', is: 'failure', so: tableIs({ TableStatus: 'INACCESSIBLE_ENCRYPTION_CREDENTIALS' }) },
      {
        when: 'its index is being filled',
        is: 'failure',
        so: tableIs({ GlobalSecondaryIndexes: [{ IndexName: 'due', IndexStatus: 'CREATING' }] }),
      },
      { when: 'its index is missing', is: 'failure', so: tableIs({ GlobalSecondaryIndexes: undefined }) },
      { when: 'its stream is off', is: 'failure', so: tableIs({ StreamSpecification: { StreamEnabled: false } }) },
      {
        when: 'what is deleted is gone',
        is: 'failure',
        so: change('dynamodb:DescribeContinuousBackups', TABLE, '', {
          ContinuousBackupsDescription: {
            ContinuousBackupsStatus: 'ENABLED',
            PointInTimeRecoveryDescription: { PointInTimeRecoveryStatus: 'DISABLED' },
          },
        }),
      },
      {
        when: 'nothing expires',
        is: 'failure',
        so: change('dynamodb:DescribeTimeToLive', TABLE, '', {
          TimeToLiveDescription: { TimeToLiveStatus: 'DISABLED' },
        }),
      },
      {
        when: 'it expires by another field',
        is: 'failure',
        so: change('dynamodb:DescribeTimeToLive', TABLE, '', {
          TimeToLiveDescription: { TimeToLiveStatus: 'ENABLED', AttributeName: 'ttl' },
        }),
      },
      { when: 'it can be deleted', is: 'warning', so: tableIs({ DeletionProtectionEnabled: false }) },
      { when: 'a stage for tests cannot be destroyed', is: 'warning', stage: withCloud({ keepData: false }) },
    ],
    Pages: [
      { when: 'nothing is deployed', is: 'skipped', so: () => account.undeploy() },
      { when: 'the name is not in the DNS', is: 'failure', ports: { fetch: failing('ENOTFOUND') } },
      {
        when: 'the name of our own is not in the DNS',
        is: 'failure',
        ports: { fetch: failing('ENOTFOUND') },
        stage: withCloud({
          domain: { name: 'talks.campus.edu', certificateArn: 'arn:aws:acm:us-east-1:123456789012:certificate/1' },
        }),
        so: () => {
          const { Outputs } = account.answers['cloudformation:DescribeStacks interviews-prod']
          const record = {
            OutputKey: 'DnsRecordsForweb',
            OutputValue: '\nCNAME  talks.campus.edu  d-abc123.execute-api.us-east-1.amazonaws.com',
          }
          stackIs({ Outputs: [...Outputs, record] })()
        },
      },
      {
        when: 'the certificate is that of another name',
        is: 'failure',
        ports: { fetch: failing('ERR_TLS_CERT_ALTNAME_INVALID') },
      },
      { when: 'the connection is refused', is: 'failure', ports: { fetch: failing('ECONNREFUSED') } },
      { when: 'it is cut', is: 'failure', so: pageIs('health', { cut: true }) },
      {
        when: 'our function fails',
        is: 'failure',
        so: pageIs('health', answer(503, { 'content-type': 'application/problem+json' })),
      },
      { when: 'too much is asked', is: 'failure', so: pageIs('health', answer(429)) },
      {
        when: 'somebody else answers',
        is: 'failure',
        so: pageIs('health', answer(200, { server: 'nginx' }, '<html>Welcome</html>')),
      },
    ],
    'One-click unsubscribe': [
      { when: 'nothing is deployed', is: 'skipped', so: () => account.undeploy() },
      {
        when: 'something redirects',
        is: 'failure',
        so: pageIs('unsubscribe', answer(301, { location: 'https://www.campus.edu/talks' })),
      },
      {
        when: 'a firewall stands before it',
        is: 'failure',
        so: pageIs('unsubscribe', answer(403, { server: 'CloudFront' })),
      },
      { when: 'it fails', is: 'failure', so: pageIs('unsubscribe', answer(502, { server: 'CloudFront' })) },
      { when: 'the kind of content is refused', is: 'failure', so: pageIs('unsubscribe', answer(415)) },
      {
        when: 'API Gateway knows no such path',
        is: 'failure',
        so: pageIs('unsubscribe', answer(404, { 'content-type': 'application/json' }, '{"message":"Not Found"}')),
      },
      {
        when: 'somebody else takes it',
        is: 'failure',
        so: pageIs('unsubscribe', answer(200, { server: 'nginx' }, 'ok')),
      },
      { when: 'the connection is cut', is: 'failure', so: pageIs('unsubscribe', { cut: true }) },
    ],
    Alarms: [
      {
        when: 'two go off',
        is: 'failure',
        so: alarmsAre(({ AlarmName }) => (/mailoverdue|accountbounces/.test(AlarmName) ? { StateValue: 'ALARM' } : {})),
      },
      {
        when: 'the daily walk is not over, an hour after the first deployment',
        is: 'warning',
        so: () => {
          stackIs({ CreationTime: new Date(Date.now() - 3_600_000).toISOString() })()
          alarmsAre(({ AlarmName }) => (/canarylost/.test(AlarmName) ? { StateValue: 'ALARM' } : {}))()
        },
      },
      {
        when: 'the daily walk is lost, days after it',
        is: 'failure',
        so: () => {
          stackIs({ CreationTime: new Date(Date.now() - 400_000_000).toISOString() })()
          alarmsAre(({ AlarmName }) => (/canarylost/.test(AlarmName) ? { StateValue: 'ALARM' } : {}))()
        },
      },
      {
        when: 'one was deleted',
        is: 'warning',
        so: alarmsAre(({ AlarmName }) => (/mailoverdue/.test(AlarmName) ? undefined : {})),
      },
      {
        when: 'one tells nobody',
        is: 'warning',
        so: alarmsAre(({ AlarmName }) => (/mailoverdue/.test(AlarmName) ? { ActionsEnabled: false } : {})),
      },
    ],
    'Mail of alarms': [
      {
        when: 'nobody is named',
        is: 'warning',
        stage: (({ alarmsTo: _, ...cloud }) => ({ ...campus, cloud }))(campus.cloud),
      },
      {
        when: 'nobody is named in a stage for tests',
        is: 'ok',
        stage: (({ alarmsTo: _, ...cloud }) => ({ ...campus, cloud: { ...cloud, keepData: false } }))(campus.cloud),
      },
      {
        when: 'the mailbox has not agreed',
        is: 'failure',
        so: () => {
          const [one] = account.answers['sns:ListSubscriptionsByTopic']
          account.answers['sns:ListSubscriptionsByTopic'] = [{ ...one, SubscriptionArn: 'PendingConfirmation' }]
        },
      },
      {
        when: 'the mailbox has left',
        is: 'failure',
        so: answers('sns:ListSubscriptionsByTopic', []),
      },
    ],
    'Test mail': [
      { when: 'one to the simulator', is: 'ok', wishes: { sendTo: 'success@simulator.amazonses.com' } },
      { when: 'one to a mailbox', is: 'ok', wishes: { sendTo: 'ada@campus.edu' } },
      {
        when: 'the sandbox refuses it',
        is: 'failure',
        wishes: { sendTo: 'ada@campus.edu' },
        so: answers('ses:SendEmail', {
          status: 400,
          code: 'MessageRejected',
          message:
            'Email address is not verified. The following identities failed the check in region US-EAST-1: ada@campus.edu',
        }),
      },
      {
        when: 'sending is stopped',
        is: 'failure',
        wishes: { sendTo: 'ada@campus.edu' },
        so: answers('ses:SendEmail', {
          status: 400,
          code: 'SendingPausedException',
          message: 'Email sending is disabled for the configuration set.',
        }),
      },
      {
        when: 'it may not be sent',
        is: 'skipped',
        wishes: { sendTo: 'ada@campus.edu' },
        so: () => void account.denied.add('ses:SendEmail'),
      },
    ],
  }
}
