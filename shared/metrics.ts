import { metricNamespace } from './names.ts'

/** What is counted. The alarms and the dashboard are made of these names. */
export const metrics = [
  // Forms that became a request.
  'FormsTaken',
  'MailsPlanned',
  'MailsSent',
  // From when a mail was due until SES had it.
  'MailLateness',
  'MailsSkipped',
  'MailsUnsettled',
  // How long the mail that waits longest has been due, at each run of `reconcile`.
  'MailOverdue',
  'Confirmations',
  // A confirmation that a circuit breaker held back: too many at once, or too many that bounce.
  'ConfirmationsStopped',
  'Bounces',
  // The receiving side refuses us, not the reader.
  'PolicyBounces',
  'Complaints',
  // Permanent bounces per mail sent over two days, between 0 and 1, at each run of `reconcile`; 0 while few were sent.
  'BounceRate',
  'ComplaintRate',
  'TipsHandedOver',
  // How long whoever waits longest for a tip has been due, at each run of `pick-tips` that began with the oldest.
  'TipsLate',
  'TipsSent',
  'TipsRefused',
  // A run of `pick-tips` that handed nothing over, for a reason that somebody has to look at.
  'TipsStopped',
  // 1 when the daily walk of a synthetic request has come to its end, 0 when it has not.
  'CanaryArrived',
] as const
export type MetricName = (typeof metrics)[number]

/** Of what is no number of things. Beside the names, which the page of the form would carry along otherwise. */
const units: Partial<Record<MetricName, 'Seconds' | 'None'>> = {
  MailLateness: 'Seconds',
  MailOverdue: 'Seconds',
  TipsLate: 'Seconds',
  BounceRate: 'None',
  ComplaintRate: 'None',
}

type Line = {
  /** Which deployment. */
  stage: string
  now: number
  values: Partial<Record<MetricName, number>>
  /** A word that the first of the values is told apart by, from a short list of our own. */
  reason?: string | undefined
}

/**
 * A line of the log that CloudWatch reads numbers from (embedded metric format): no call, no wait. Nothing for no values.
 * https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export const metricLine = ({ stage, now, values, reason }: Line): string | undefined => {
  const names = (Object.keys(values) as MetricName[]).filter((name) => values[name] !== undefined)
  if (names.length === 0) return undefined
  const dimensions = [['stage'], ...(reason ? [['stage', 'reason']] : [])]
  return JSON.stringify({
    _aws: {
      Timestamp: now,
      CloudWatchMetrics: [
        {
          Namespace: metricNamespace,
          Dimensions: dimensions,
          Metrics: names.map((Name) => ({ Name, Unit: units[Name] ?? 'Count' })),
        },
      ],
    },
    stage,
    ...(reason ? { reason } : {}),
    ...values,
  })
}
