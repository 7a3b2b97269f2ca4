import { Duration } from 'aws-cdk-lib'
import {
  Alarm,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IMetric,
  Metric,
  SingleValueWidget,
  TextWidget,
  TreatMissingData,
} from 'aws-cdk-lib/aws-cloudwatch'
import { SnsAction } from 'aws-cdk-lib/aws-cloudwatch-actions'
import { ServicePrincipal } from 'aws-cdk-lib/aws-iam'
import { Topic } from 'aws-cdk-lib/aws-sns'
import { EmailSubscription } from 'aws-cdk-lib/aws-sns-subscriptions'
import { Construct } from 'constructs'
import type { MetricName } from '../shared/metrics.ts'
import { metricNamespace } from '../shared/names.ts'
import type { Deployment } from './stages.ts'

type Watched = {
  metric: IMetric
  /** It goes off above this; or, with `below`, below it. */
  threshold: number
  below?: true
  /** What no data means: a quiet system for most, a silent one for what should speak every day. */
  silenceIsBad?: true
  /** The sentence that whoever is on call reads: what it means for a seeker. */
  errorImpact: string
  /** The entry of `docs/runbook.md`, by its anchor. */
  runbook: string
}

/** Alarms, who hears of them, and the one page on which all can be seen. */
export class Watch extends Construct {
  readonly topic: Topic
  readonly #stage: string
  readonly #dashboard: Dashboard

  constructor(scope: Construct, id: string, { name, cloud }: Deployment) {
    super(scope, id)
    this.#stage = name
    this.topic = new Topic(this, 'alarms', { displayName: `Interviews ${name}`, enforceSSL: true })
    // Without this alarms of an encrypted account or another service's publishing are refused without a word.
    this.topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com'))
    if (cloud.alarmsTo) this.topic.addSubscription(new EmailSubscription(cloud.alarmsTo))
    this.#dashboard = new Dashboard(this, 'dashboard', { dashboardName: `interviews-${name}` })
    this.#draw()
  }

  /** Something we count ourselves. */
  metric(name: MetricName, statistic = 'Sum', period = Duration.minutes(5)): Metric {
    return new Metric({
      namespace: metricNamespace,
      metricName: name,
      dimensionsMap: { stage: this.#stage },
      statistic,
      period,
    })
  }

  /** An alarm that says what it means and where to read on; whoever is to know gets a mail, and one when it is over. */
  alarm(id: string, { metric, threshold, below, silenceIsBad, errorImpact, runbook }: Watched): Alarm {
    const alarm = new Alarm(this, id, {
      alarmDescription: `${errorImpact} What to do: docs/runbook.md#${runbook}`,
      metric,
      threshold,
      comparisonOperator: below ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: 1,
      treatMissingData: silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING,
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
    alarm.addOkAction(new SnsAction(this.topic))
    return alarm
  }

  #draw(): void {
    const counted = (...names: MetricName[]) => names.map((name) => this.metric(name))
    const graph = (title: string, left: IMetric[], right: IMetric[] = []) =>
      new GraphWidget({ title, left, right, width: 12, height: 6 })
    this.#dashboard.addWidgets(
      new TextWidget({
        markdown: `# Interviews, ${this.#stage}\nWhat each alarm means and what to do about it: \`docs/runbook.md\`.`,
        width: 24,
        height: 2,
      }),
    )
    this.#dashboard.addWidgets(
      new SingleValueWidget({
        title: 'Today',
        width: 24,
        height: 3,
        metrics: (['MailsSent', 'TipsSent', 'Confirmations', 'Bounces', 'Complaints'] as const).map((name) =>
          this.metric(name, 'Sum', Duration.days(1)),
        ),
      }),
    )
    this.#dashboard.addWidgets(
      graph('Workflow mail', counted('MailsPlanned', 'MailsSent', 'MailsSkipped', 'MailsUnsettled')),
      graph('How late', [this.metric('MailLateness', 'p99'), this.metric('MailOverdue', 'Maximum')]),
      graph('Tips', counted('TipsHandedOver', 'TipsSent', 'TipsRefused', 'TipsStopped')),
      graph(
        'What came back',
        counted('Bounces', 'PolicyBounces', 'Complaints'),
        counted('Confirmations', 'ConfirmationsStopped'),
      ),
    )
  }
}
