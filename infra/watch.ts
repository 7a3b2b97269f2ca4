import { Duration } from 'aws-cdk-lib'
import {
  Alarm,
  AlarmStatusWidget,
  ComparisonOperator,
  Dashboard,
  GraphWidget,
  type IAlarm,
  type IMetric,
  type IWidget,
  MathExpression,
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

/** The graphs of the dashboard, two in a row. */
const graphs = [
  'Workflow mail',
  'Skipped, by reason',
  'How late mail is, in seconds',
  'Oldest message in a queue, in seconds',
  'Tips',
  'What came back',
  'Share of mail that came back',
  'Dead letters',
  'Errors',
  'Throttles',
  'How far the stream is behind, in milliseconds',
  'Schedules dropped',
] as const
type Graph = (typeof graphs)[number]

type Watched = {
  /** One metric as it is: what is computed from several is computed where it is counted, if there is such a place. */
  metric: Metric | MathExpression
  /** It goes off above this; or, with `below`, below it. */
  threshold: number
  below?: true
  /** What no data means: a quiet system for most, a silent one for what should speak every day. */
  silenceIsBad?: true
  /** Or that everything is still as it was when there was data last. */
  silenceIsNoNews?: true
  /** It goes off when so many periods, one after the other, are past the threshold: otherwise with the first. */
  periods?: number
  /** The sentence that whoever is on call reads: what it means for a seeker. */
  errorImpact: string
  /** The entry of `docs/runbook.md`, by its anchor. */
  runbook: string
  /** Where on the dashboard its metric is drawn, and what the line is called there if not by the metric's name. */
  graph: Graph
  label?: string
}

/** Alarms, who hears of them, and the one page on which all can be seen. */
export class Watch extends Construct {
  readonly topic: Topic
  readonly #stage: string
  readonly #alarms: IAlarm[] = []
  readonly #graphs: ReadonlyMap<Graph, GraphWidget>

  constructor(scope: Construct, id: string, { name, cloud }: Deployment) {
    super(scope, id)
    this.#stage = name
    this.topic = new Topic(this, 'alarms', { displayName: `Interviews ${name}`, enforceSSL: true })
    // Without this alarms of an encrypted account or another service's publishing are refused without a word.
    this.topic.grantPublish(new ServicePrincipal('cloudwatch.amazonaws.com'))
    if (cloud.alarmsTo) this.topic.addSubscription(new EmailSubscription(cloud.alarmsTo))
    this.#graphs = new Map(graphs.map((title) => [title, new GraphWidget({ title, width: 12, height: 6 })]))
    // Widgets are written out last: alarms and lines that come later are on it too.
    new Dashboard(this, 'dashboard', { dashboardName: `interviews-${name}` }).addWidgets(...this.#head())
    this.#drawWhatWeCount()
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
  alarm(id: string, watched: Watched): Alarm {
    const { metric, threshold, below, periods = 1, errorImpact, runbook, graph, label } = watched
    const alarm = new Alarm(this, id, {
      alarmDescription: `${errorImpact} What to do: docs/runbook.md#${runbook}`,
      metric,
      threshold,
      comparisonOperator: below ? ComparisonOperator.LESS_THAN_THRESHOLD : ComparisonOperator.GREATER_THAN_THRESHOLD,
      evaluationPeriods: periods,
      treatMissingData: meaningOfSilence(watched),
    })
    alarm.addAlarmAction(new SnsAction(this.topic))
    alarm.addOkAction(new SnsAction(this.topic))
    this.#alarms.push(alarm)
    this.draw(graph, label ? metric.with({ label }) : metric)
    return alarm
  }

  /** One more line in a graph of the dashboard. */
  draw(graph: Graph, ...lines: IMetric[]): void {
    for (const line of lines) this.#graphs.get(graph)?.addLeftMetric(line)
  }

  #head(): IWidget[] {
    const today = (['MailsSent', 'TipsSent', 'Confirmations', 'Bounces', 'Complaints'] as const).map((name) =>
      this.metric(name, 'Sum', Duration.days(1)),
    )
    return [
      new TextWidget({
        markdown: `# Interviews, ${this.#stage}\nWhat each alarm means and what to do about it: \`docs/runbook.md\`.`,
        width: 24,
        height: 2,
      }),
      new AlarmStatusWidget({ title: 'Alarms', alarms: this.#alarms, width: 24, height: 5 }),
      new SingleValueWidget({ title: 'Today', width: 24, height: 3, metrics: today }),
      ...this.#graphs.values(),
    ]
  }

  #drawWhatWeCount(): void {
    const counted = (...names: MetricName[]) => names.map((name) => this.metric(name))
    this.draw('Workflow mail', ...counted('MailsPlanned', 'MailsSent', 'MailsSkipped', 'MailsUnsettled'))
    this.draw(
      'Skipped, by reason',
      new MathExpression({
        expression: `SEARCH('{${metricNamespace},stage,reason} stage="${this.#stage}" MetricName="MailsSkipped"', 'Sum')`,
        usingMetrics: {},
        label: '',
        period: Duration.minutes(5),
      }),
    )
    this.draw('How late mail is, in seconds', this.metric('MailLateness', 'p99'))
    this.draw('Tips', ...counted('TipsHandedOver', 'TipsSent', 'TipsRefused'))
    this.draw('What came back', ...counted('Bounces', 'Complaints', 'Confirmations'))
  }
}

const meaningOfSilence = ({ silenceIsBad, silenceIsNoNews }: Watched): TreatMissingData => {
  if (silenceIsNoNews) return TreatMissingData.IGNORE
  return silenceIsBad ? TreatMissingData.BREACHING : TreatMissingData.NOT_BREACHING
}
