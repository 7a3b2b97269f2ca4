export type Price = {
  service: string
  what: string
  /** So many dollars for so many of it. */
  dollars: number
  per: number
  /** What an account gets of it each month for nothing, for as long as it lives; a first year's gifts are not among it. */
  free?: number
  /** From the price list of AWS itself, or as others quote it: then look at the page of the service before you rely on it. */
  source: 'list' | 'quoted'
}

const million = 1_000_000

/** List prices of us-east-1 in 2026, in dollars, without tax. Here is what there is to change when they change. */
export const prices = {
  mail: { service: 'SES', what: 'mails', dollars: 0.1, per: 1_000, source: 'list' },
  write: { service: 'DynamoDB', what: 'write units', dollars: 0.625, per: million, source: 'list' },
  read: { service: 'DynamoDB', what: 'read units', dollars: 0.125, per: million, source: 'list' },
  stored: { service: 'DynamoDB', what: 'GB kept', dollars: 0.25, per: 1, free: 25, source: 'quoted' },
  backup: { service: 'DynamoDB', what: 'GB of recovery', dollars: 0.2, per: 1, source: 'quoted' },
  key: { service: 'KMS', what: 'uses of the key', dollars: 0.03, per: 10_000, free: 20_000, source: 'quoted' },
  invocation: { service: 'Lambda', what: 'invocations', dollars: 0.2, per: million, free: million, source: 'list' },
  time: { service: 'Lambda', what: 'GB seconds', dollars: 0.0000133334, per: 1, free: 400_000, source: 'list' },
  http: { service: 'API Gateway', what: 'requests', dollars: 1, per: million, source: 'list' },
  queue: { service: 'SQS', what: 'requests', dollars: 0.4, per: million, free: million, source: 'list' },
  schedule: {
    service: 'Scheduler',
    what: 'invocations',
    dollars: 1,
    per: million,
    free: 14 * million,
    source: 'quoted',
  },
  log: { service: 'CloudWatch', what: 'GB written into logs', dollars: 0.5, per: 1, free: 5, source: 'list' },
  keptLog: { service: 'CloudWatch', what: 'GB of logs kept', dollars: 0.03, per: 1, free: 5, source: 'list' },
  metric: { service: 'CloudWatch', what: 'metrics of our own', dollars: 0.3, per: 1, free: 10, source: 'quoted' },
  alarm: { service: 'CloudWatch', what: 'metrics in alarms', dollars: 0.1, per: 1, free: 10, source: 'quoted' },
  dashboard: { service: 'CloudWatch', what: 'dashboards', dollars: 3, per: 1, free: 3, source: 'quoted' },
} as const satisfies Record<string, Price>
export type Billed = keyof typeof prices

/** An account that is new since July 2026 begins with SES's plan Essentials, until it is told otherwise. Dollars. */
export const onEssentials = (mails: number): number => {
  const first = Math.min(mails, 10 * million)
  return (first * 0.16 + (mails - first) * 0.14) / 1_000
}

/** Dollars for one. */
export const each = (billed: Billed): number => prices[billed].dollars / prices[billed].per
