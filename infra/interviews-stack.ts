import { Annotations, CfnOutput, Duration, Stack } from 'aws-cdk-lib'
import { MathExpression } from 'aws-cdk-lib/aws-cloudwatch'
import { Schedule, ScheduleExpression } from 'aws-cdk-lib/aws-scheduler'
import type { Construct } from 'constructs'
import { env } from '../shared/names.ts'
import { requestRoutes, subscriptionRoutes } from '../shared/routes.ts'
import { DeadLetterQueue } from './dead-letter-queue.ts'
import { HouseFunction } from './house-function.ts'
import { MailQueue } from './mail-queue.ts'
import { MailSchedules } from './mail-schedules.ts'
import { MailSender } from './mail-sender.ts'
import { MonthlyBudget } from './monthly-budget.ts'
import { RequestTable } from './request-table.ts'
import { RunByClock } from './run-by-clock.ts'
import { type Deployment, placeholders, stageJson } from './stages.ts'
import { TipsQueue } from './tips-queue.ts'
import { Watch } from './watch.ts'
import { WebApi } from './web-api.ts'

/** One deployment, whole: what exists, which function may do what with it, and what each function is told. */
export class InterviewsStack extends Stack {
  constructor(scope: Construct, id: string, deployment: Deployment) {
    const { cloud } = deployment
    super(scope, id, {
      description: `Informational interviews, stage ${deployment.name}`,
      terminationProtection: cloud.keepData,
      tags: { application: 'informational-interviews', stage: deployment.name },
      ...(cloud.env && { env: cloud.env }),
    })
    // An error of this kind stops `cdk deploy`, and lets everything else that reads the template go on.
    if (cloud.keepData) {
      for (const field of placeholders(deployment)) {
        Annotations.of(this).addError(`infra/stages.ts: ${deployment.name}.${field} is still a placeholder`)
      }
    }
    const stage = { [env.stage]: stageJson(deployment) }

    const watch = new Watch(this, 'watch', deployment)
    const table = new RequestTable(this, 'requests-table', cloud)
    const mail = new MailQueue(this, 'mail', watch)
    const tips = new TipsQueue(this, 'tips', watch)
    const schedules = new MailSchedules(this, 'schedules', mail, watch)
    const sender = new MailSender(this, 'sender', deployment)
    const web = new WebApi(this, 'web', deployment)

    const { httpAtOnce } = cloud.brakes
    const atOnce = httpAtOnce ? { reservedConcurrentExecutions: httpAtOnce } : {}
    const requests = new HouseFunction(this, 'requests', cloud, {
      description: 'Answers the pages and the API',
      environment: stage,
      // Somebody is waiting, and the SDK takes CPU to load: half the memory doubles the start and costs the same.
      memorySize: 1024,
      // Far below the 30 s at which API Gateway gives up, and enough for the SDK to try a slow write again.
      timeout: Duration.seconds(10),
      ...atOnce,
    })
    web.leavesTheRestTo(requests)
    web.isAnsweredBy(requests, requestRoutes)
    web.isKnownTo(requests)
    table.servesItemsTo(requests, ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'])

    const subscriptions = new HouseFunction(this, 'subscriptions', cloud, {
      description: 'Answers the pages and the API of the tips',
      environment: stage,
      // As `requests` has, for the same reasons.
      memorySize: 1024,
      timeout: Duration.seconds(10),
      ...atOnce,
    })
    web.isAnsweredBy(subscriptions, subscriptionRoutes)
    web.isKnownTo(subscriptions)
    table.servesItemsTo(subscriptions, [
      'GetItem',
      'Query',
      'PutItem',
      'UpdateItem',
      'DeleteItem',
      'ConditionCheckItem',
    ])

    const planMail = new HouseFunction(this, 'plan-mail', cloud, {
      description: 'Plans the mails of each request that changed',
      environment: stage,
      memorySize: 512,
      // 25 requests one after the other, with some ten writes and schedules each at 20 ms, take 5 s: the rest is patience.
      timeout: Duration.minutes(1),
    })
    table.servesItemsTo(planMail, ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'])
    table.tellsChangesTo(
      planMail,
      new DeadLetterQueue(this, 'plans-dead', {
        watch,
        errorImpact:
          'A request changed and its mails were not planned anew: its seeker may get no further mail, or one that no longer fits.',
      }),
    )
    mail.takesFrom(planMail)
    tips.takesFrom(planMail)
    schedules.areSetBy(planMail)

    const sendMail = new HouseFunction(this, 'send-mail', cloud, {
      description: 'Sends the mails that are due, if the request as it stands now still asks for them',
      environment: stage,
      memorySize: 512,
      // The mails of a batch go out side by side; one waits up to 12 s for SES, and for the database before and after.
      timeout: Duration.seconds(30),
    })
    table.servesItemsTo(sendMail, ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'DeleteItem', 'ConditionCheckItem'])
    mail.feeds(sendMail, cloud)
    sender.sendsFor(sendMail)
    web.isKnownTo(sendMail)

    const pickDead = new DeadLetterQueue(this, 'pick-tips-dead', {
      watch,
      errorImpact: 'No tips were handed over in these five minutes: those that were due come with the next run, later.',
    })
    const pickTips = new HouseFunction(this, 'pick-tips', cloud, {
      description: 'Hands the tips that are due to the queue, as fast as SES takes them',
      environment: stage,
      memorySize: 512,
      // It stops handing over after a minute; what is left is there five minutes later.
      timeout: Duration.minutes(2),
      retryAttempts: 0,
      maxEventAge: Duration.minutes(5),
      onFailure: pickDead.destination,
    })
    pickDead.takesFrom(pickTips)
    table.servesItemsTo(pickTips, ['GetItem', 'UpdateItem'])
    table.servesWhatIsDueTo(pickTips)
    tips.takesFrom(pickTips)
    tips.showsItsDepthTo(pickTips)
    mail.showsItsDepthTo(pickTips)
    sender.tellsItsQuotaTo(pickTips)
    new Schedule(this, 'pick-tips-schedule', {
      description: 'Runs pick-tips every five minutes',
      schedule: ScheduleExpression.rate(Duration.minutes(5)),
      target: new RunByClock(pickTips, {
        deadLetterQueue: pickDead.queue,
        retryAttempts: 1,
        maxEventAge: Duration.minutes(5),
      }),
    })

    const sendTips = new HouseFunction(this, 'send-tips', cloud, {
      description: 'Sends what is due for readers of a series, to those who still want it',
      environment: stage,
      memorySize: 512,
      // 50 claims side by side, one call of SES that may take its 10 s, 50 writes: the rest is patience.
      timeout: Duration.seconds(60),
    })
    table.servesItemsTo(sendTips, ['GetItem', 'PutItem', 'UpdateItem', 'ConditionCheckItem'])
    tips.feeds(sendTips, deployment)
    tips.takesFrom(sendTips)
    sender.sendsTipsFor(sendTips)
    sender.notesTakenTipsFor(sendTips, watch)
    web.isKnownTo(sendTips)

    const canary = new HouseFunction(this, 'canary', cloud, {
      description: 'Walks a synthetic request to the simulator of SES and back, once a day',
      environment: stage,
      memorySize: 256,
      timeout: Duration.seconds(30),
      // It comes again in a quarter of an hour, and the alarm goes off when a day has passed without a good one.
      retryAttempts: 0,
      maxEventAge: Duration.minutes(15),
    })
    table.servesItemsTo(canary, ['GetItem', 'Query', 'UpdateItem'])
    web.isKnownTo(canary)
    if (cloud.canary) {
      new Schedule(this, 'canary-schedule', {
        description: 'Runs canary every quarter of an hour: each run takes one step',
        schedule: ScheduleExpression.rate(Duration.minutes(15)),
        target: new RunByClock(canary, { retryAttempts: 0, maxEventAge: Duration.minutes(15) }),
      })
      watch.alarm('canary-lost', {
        errorImpact: 'The daily test request did not come to its end: what it walks through is broken for seekers too.',
        runbook: 'canary',
        graph: 'What came back',
        label: 'the daily walk has come to its end',
        metric: watch.metric('CanaryArrived', 'Maximum', Duration.days(1)),
        threshold: 1,
        below: true,
        silenceIsBad: true,
      })
    }

    const outcomesDead = new DeadLetterQueue(this, 'outcomes-dead', {
      watch,
      errorImpact:
        'What became of a mail was not recorded: an address that bounces or complained may be written to again.',
    })
    const recordOutcome = new HouseFunction(this, 'record-outcome', cloud, {
      description: 'Records what became of each mail, and stops mail to addresses that bounce or complain',
      environment: stage,
      memorySize: 256,
      timeout: Duration.seconds(15),
      // EventBridge hands over and is done: what fails after that is retried, and kept, by Lambda.
      retryAttempts: 2,
      maxEventAge: Duration.hours(6),
      onFailure: outcomesDead.destination,
    })
    table.servesItemsTo(recordOutcome, ['GetItem', 'Query', 'PutItem', 'UpdateItem', 'ConditionCheckItem'])
    outcomesDead.takesFrom(recordOutcome)
    sender.reportsTo(recordOutcome, outcomesDead)

    const reconcileDead = new DeadLetterQueue(this, 'reconcile-dead', {
      watch,
      errorImpact:
        'The safety net did not run: a mail that was lost elsewhere stays lost until reconcile succeeds again.',
    })
    const reconcile = new HouseFunction(this, 'reconcile', cloud, {
      description: 'Puts right what is due and in no final state',
      environment: stage,
      memorySize: 512,
      // Over before the next run begins.
      timeout: Duration.minutes(5),
      // The next run does the same work anew: one more try within this run's quarter of an hour is enough.
      retryAttempts: 1,
      maxEventAge: Duration.minutes(15),
      onFailure: reconcileDead.destination,
    })
    table.servesItemsTo(reconcile, ['GetItem', 'UpdateItem'])
    table.servesWhatIsDueTo(reconcile)
    mail.takesFrom(reconcile)
    reconcileDead.takesFrom(reconcile)
    new Schedule(this, 'reconcile-schedule', {
      description: 'Runs reconcile every quarter of an hour',
      schedule: ScheduleExpression.rate(Duration.minutes(15)),
      target: new RunByClock(reconcile, {
        deadLetterQueue: reconcileDead.queue,
        retryAttempts: 3,
        maxEventAge: Duration.minutes(15),
      }),
    })

    watch.alarm('mail-overdue', {
      errorImpact:
        'A seeker waits for a mail that has been due for more than a quarter of an hour, or nobody looks whether one does.',
      runbook: 'mail-late',
      graph: 'How late mail is, in seconds',
      // Twice as long as between two runs of reconcile, which says it each time: none of it passes without a number.
      metric: watch.metric('MailOverdue', 'Maximum', Duration.minutes(30)),
      threshold: 15 * 60,
      silenceIsBad: true,
    })
    watch.alarm('stream-behind', {
      errorImpact: 'What seekers clicked is planned minutes late: the mail that answers them waits as long.',
      runbook: 'stream-behind',
      graph: 'How far the stream is behind, in milliseconds',
      metric: planMail.metric('IteratorAge', { statistic: 'Maximum', period: Duration.minutes(5) }),
      threshold: 5 * 60 * 1000,
    })
    watch.alarm('plans-forgotten', {
      errorImpact: 'People fill in the form and get no mail: for half an hour nobody has planned what they sent in.',
      runbook: 'stream-behind',
      graph: 'Workflow mail',
      label: 'forms since the last run of plan-mail',
      // How far the stream is behind is told by a function that runs: where it does not there is no number at all. A form in
      // one period is planned in the next at times, so this one holds until a run, and counts only after half an hour.
      metric: new MathExpression({
        expression: 'FILL(IF(FILL(runs, 0) > 0, 0, forms), REPEAT)',
        usingMetrics: {
          forms: watch.metric('FormsTaken'),
          runs: planMail.metricInvocations({ period: Duration.minutes(5) }),
        },
        period: Duration.minutes(5),
      }),
      threshold: 0,
      periods: 6,
      silenceIsNoNews: true,
    })
    watch.alarm('confirmations-stopped', {
      errorImpact:
        'People who filled in a form get no mail to confirm it: too many were asked for at once, or too many bounce.',
      runbook: 'breaker-open',
      graph: 'What came back',
      metric: watch.metric('ConfirmationsStopped'),
      threshold: 0,
    })
    watch.alarm('tips-stopped', {
      errorImpact: 'Readers get no tips: SES takes none, or too many bounce or complain.',
      runbook: 'tips-stopped',
      graph: 'Tips',
      metric: watch.metric('TipsStopped'),
      threshold: 0,
    })
    watch.alarm('tips-forgotten', {
      errorImpact: 'Readers get no tips: for half an hour nobody has looked who is to get one.',
      runbook: 'tips-late',
      graph: 'Tips',
      label: 'runs of pick-tips',
      metric: pickTips.metricInvocations({ period: Duration.minutes(30) }),
      threshold: 1,
      below: true,
      silenceIsBad: true,
    })
    watch.alarm('tips-late', {
      errorImpact: 'Readers get their tips more than a day late: more are due than go out.',
      runbook: 'tips-late',
      graph: 'How late mail is, in seconds',
      // As long as between two walks that begin with the oldest, and one more.
      metric: watch.metric('TipsLate', 'Maximum', Duration.hours(2)),
      threshold: 24 * 60 * 60,
    })
    watch.alarm('policy-bounces', {
      errorImpact:
        'A mailbox provider refuses our mail as such: seekers there get nothing until a setting is put right.',
      runbook: 'policy-bounces',
      graph: 'What came back',
      metric: watch.metric('PolicyBounces'),
      threshold: 0,
    })
    // Of the workers what fails comes again, and ends with the dead letters if it goes on: here somebody saw it.
    web.isWatchedBy(watch)
    for (const [name, fn] of [
      ['requests', requests],
      ['subscriptions', subscriptions],
    ] as const) {
      watch.alarm(`${name}-throttled`, {
        errorImpact: 'Pages were refused because too many were asked for at once: a seeker may have been sent away.',
        runbook: 'throttles',
        graph: 'Throttles',
        label: name,
        metric: fn.metricThrottles({ period: Duration.minutes(5) }),
        threshold: 0,
      })
    }
    for (const fn of [planMail, sendMail, pickTips, sendTips, canary, recordOutcome, reconcile]) {
      watch.draw('Throttles', fn.metricThrottles({ period: Duration.minutes(5), label: fn.entry }))
    }
    for (const fn of [
      requests,
      subscriptions,
      planMail,
      sendMail,
      pickTips,
      sendTips,
      canary,
      recordOutcome,
      reconcile,
    ]) {
      watch.draw('Errors', fn.metricErrors({ period: Duration.minutes(5), label: fn.entry }))
    }
    sender.isWatchedBy(watch)
    if (cloud.monthlyBudget) new MonthlyBudget(this, 'budget', deployment, cloud.monthlyBudget)

    new CfnOutput(this, 'Url', { value: web.url, description: 'The form and the API' })
    new CfnOutput(this, 'Table', { value: table.table.tableName, description: 'Requests and the send ledger' })
  }
}
