import type { Assembly } from '../local/template.ts'

/** One number that CloudWatch was given, at a moment. */
export type Point = { namespace: string; name: string; dimensions: Record<string, string>; at: number; value: number }

const operators = {
  GreaterThanThreshold: (value: number, threshold: number) => value > threshold,
  LessThanThreshold: (value: number, threshold: number) => value < threshold,
}
const statistics = {
  Sum: (values: number[]) => values.reduce((all, one) => all + one, 0),
  Maximum: (values: number[]) => Math.max(...values),
  Average: (values: number[]) => values.reduce((all, one) => all + one, 0) / values.length,
}

type Properties = {
  AlarmDescription: string
  Namespace: string
  MetricName: string
  Dimensions?: { Name: string; Value: unknown }[]
  Statistic: keyof typeof statistics
  /** Seconds. */
  Period: number
  Threshold: number
  ComparisonOperator: keyof typeof operators
  EvaluationPeriods: 1
  TreatMissingData: 'notBreaching' | 'breaching'
}

export type Alarm = Properties & {
  name: string
  /** The entry of the runbook that its description names. */
  runbook: string
  /** What `Dimensions` stand for on this machine. */
  dimensions: Record<string, string>
}

const known = (properties: Properties): void => {
  const { Statistic, ComparisonOperator, EvaluationPeriods, TreatMissingData } = properties
  const isKnown =
    Object.hasOwn(statistics, Statistic) &&
    Object.hasOwn(operators, ComparisonOperator) &&
    EvaluationPeriods === 1 &&
    ['notBreaching', 'breaching'].includes(TreatMissingData)
  if (!isKnown || 'Metrics' in properties || 'ExtendedStatistic' in properties)
    throw new Error(`An alarm that is not understood here: ${JSON.stringify(properties)}`)
}

/** Every alarm of a template. `meaning` says what a reference in a dimension stands for. Throws for one that is not understood. */
export const alarmsOf = ({ template, names }: Assembly, meaning: (value: unknown) => string): Alarm[] =>
  Object.entries(template.Resources ?? {})
    .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    .map(([id, resource]) => {
      const properties = resource.Properties as Properties
      known(properties)
      return {
        ...properties,
        name: (names.get(id) ?? id).replace(/^watch-/, ''),
        runbook: properties.AlarmDescription.split('docs/runbook.md#').at(-1) ?? '',
        dimensions: Object.fromEntries(
          (properties.Dimensions ?? []).map(({ Name, Value }) => [Name, meaning(Value)] as const),
        ),
      }
    })

const same = (left: Record<string, string>, right: Record<string, string>): boolean =>
  Object.keys(left).length === Object.keys(right).length &&
  Object.entries(left).every(([name, value]) => right[name] === value)

/** Whether the alarm would be off at a moment, with all that CloudWatch had been given by then. */
export const isOff = (alarm: Alarm, points: readonly Point[], now: number): boolean => {
  const values = points
    .filter(({ namespace, name }) => namespace === alarm.Namespace && name === alarm.MetricName)
    .filter(({ dimensions, at }) => same(dimensions, alarm.dimensions) && at > now - alarm.Period * 1000 && at <= now)
    .map(({ value }) => value)
  if (values.length === 0) return alarm.TreatMissingData === 'breaching'
  return operators[alarm.ComparisonOperator](statistics[alarm.Statistic](values), alarm.Threshold)
}
