import { type MetricName, metricLine } from '../metrics.ts'
import { theStage } from './environment.ts'

/**
 * Counts, in CloudWatch. Written past the console: what goes through it is wrapped into a message, in which CloudWatch
 * looks for no numbers.
 */
export const count = (values: Partial<Record<MetricName, number>>, reason?: string): void => {
  const line = metricLine({ stage: theStage().name, now: Date.now(), values, reason })
  if (line) process.stdout.write(`${line}\n`)
}
