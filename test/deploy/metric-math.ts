import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { stackName } from './deployment.ts'

type Alarm = { Type: string; Properties: Record<string, unknown> }
type Query = { MetricStat?: { Metric: object; Period: number; Stat: string } }

/** MiniStack's CloudWatch calculates nothing: an alarm over several metrics becomes, in the template, one over the first of them. */
export const withoutMetricMath = (assembly: string): void => {
  const file = join(assembly, `${stackName}.template.json`)
  const template = JSON.parse(readFileSync(file, 'utf8')) as { Resources: Record<string, Alarm> }
  for (const { Type, Properties } of Object.values(template.Resources)) {
    const { Metrics, ...rest } = Properties ?? {}
    if (Type !== 'AWS::CloudWatch::Alarm' || !Array.isArray(Metrics)) continue
    const first = (Metrics as Query[]).find(({ MetricStat }) => MetricStat)?.MetricStat
    if (!first) throw new Error('An alarm watches no metric')
    for (const name of Object.keys(Properties)) delete Properties[name]
    Object.assign(Properties, rest, first.Metric, { Period: first.Period, Statistic: first.Stat })
  }
  writeFileSync(file, JSON.stringify(template))
}
