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

/** Of each period, the oldest first; nothing where there is no data. */
type Values = (number | undefined)[]

/** What metric math makes of several metrics, each expression by its text. */
const expressions: Record<string, (of: Record<string, Values>) => Values> = {
  'FILL(IF(FILL(runs, 0) > 0, 0, forms), REPEAT)': ({ runs = [], forms = [] }) => {
    let last: number | undefined
    return forms.map((value, index) => {
      last = (runs[index] ?? 0) > 0 ? 0 : (value ?? last)
      return last
    })
  },
}

type Metric = { Namespace: string; MetricName: string; Dimensions?: { Name: string; Value: unknown }[] }

type Properties = {
  AlarmDescription: string
  Threshold: number
  ComparisonOperator: keyof typeof operators
  EvaluationPeriods: number
  TreatMissingData: 'notBreaching' | 'breaching' | 'ignore'
} & (
  | (Metric & { Statistic: keyof typeof statistics; Period: number })
  | {
      Metrics: (
        | { Id: string; Expression: string }
        | { Id: string; MetricStat: { Metric: Metric; Period: number; Stat: keyof typeof statistics } }
      )[]
    }
)

type Watched = {
  namespace: string
  name: string
  /** What they stand for on this machine. */
  dimensions: Record<string, string>
  statistic: keyof typeof statistics
}

export type Alarm = Pick<Properties, 'Threshold' | 'ComparisonOperator' | 'EvaluationPeriods' | 'TreatMissingData'> & {
  name: string
  /** The entry of the runbook that its description names. */
  runbook: string
  seconds: number
  /** Each metric by the name that the expression has for it; of one alone `alone`. */
  watches: Record<string, Watched>
  expression: string | undefined
}

const isKnown = ({ ComparisonOperator, EvaluationPeriods, TreatMissingData, watches, expression }: Alarm): boolean =>
  Object.values(watches).every(({ statistic }) => Object.hasOwn(statistics, statistic)) &&
  Object.hasOwn(operators, ComparisonOperator) &&
  (expression === undefined
    ? EvaluationPeriods === 1 && ['notBreaching', 'breaching'].includes(TreatMissingData)
    : Object.hasOwn(expressions, expression) && TreatMissingData === 'ignore')

/** Every alarm of a template. `meaning` says what a reference in a dimension stands for. Throws for one that is not understood. */
export const alarmsOf = ({ template, names }: Assembly, meaning: (value: unknown) => string): Alarm[] => {
  const watched = (
    { Namespace, MetricName, Dimensions = [] }: Metric,
    statistic: keyof typeof statistics,
  ): Watched => ({
    namespace: Namespace,
    name: MetricName,
    dimensions: Object.fromEntries(Dimensions.map(({ Name, Value }) => [Name, meaning(Value)] as const)),
    statistic,
  })
  return Object.entries(template.Resources ?? {})
    .filter(([, { Type }]) => Type === 'AWS::CloudWatch::Alarm')
    .map(([id, resource]) => {
      const properties = resource.Properties as Properties
      const { AlarmDescription, Threshold, ComparisonOperator, EvaluationPeriods, TreatMissingData } = properties
      const several = 'Metrics' in properties ? properties.Metrics : []
      const stats = several.flatMap((one) => ('MetricStat' in one ? [one] : []))
      const alarm: Alarm = {
        name: (names.get(id) ?? id).replace(/^watch-/, ''),
        runbook: AlarmDescription.split('docs/runbook.md#').at(-1) ?? '',
        Threshold,
        ComparisonOperator,
        EvaluationPeriods,
        TreatMissingData,
        seconds: 'Metrics' in properties ? (stats[0]?.MetricStat.Period ?? 0) : properties.Period,
        watches:
          'Metrics' in properties
            ? Object.fromEntries(
                stats.map(({ Id, MetricStat: { Metric: metric, Stat } }) => [Id, watched(metric, Stat)]),
              )
            : { alone: watched(properties, properties.Statistic) },
        expression: several.flatMap((one) => ('Expression' in one ? [one.Expression] : []))[0],
      }
      if (!isKnown(alarm)) throw new Error(`An alarm that is not understood here: ${JSON.stringify(properties)}`)
      return alarm
    })
}

const same = (left: Record<string, string>, right: Record<string, string>): boolean =>
  Object.keys(left).length === Object.keys(right).length &&
  Object.entries(left).every(([name, value]) => right[name] === value)

/** Whether the alarm would be off at a moment, with all that CloudWatch had been given by then. */
export const isOff = (alarm: Alarm, points: readonly Point[], now: number): boolean => {
  const { watches, expression, seconds, EvaluationPeriods, TreatMissingData, ComparisonOperator, Threshold } = alarm
  const given = points.filter(({ at }) => at <= now)
  // Back to the first point that there is: what holds until there is news may have begun long ago.
  const first = given.reduce((oldest, { at }) => Math.min(oldest, at), now)
  const periods = expression ? Math.max(EvaluationPeriods, Math.ceil((now - first) / 1000 / seconds) + 1) : 1
  const valuesOf = ({ namespace, name, dimensions, statistic }: Watched): Values => {
    const found = given.filter(
      (point) => point.namespace === namespace && point.name === name && same(point.dimensions, dimensions),
    )
    return Array.from({ length: periods }, (_, index) => {
      const end = now - (periods - 1 - index) * seconds * 1000
      const values = found.filter(({ at }) => at > end - seconds * 1000 && at <= end).map(({ value }) => value)
      return values.length > 0 ? statistics[statistic](values) : undefined
    })
  }
  const all = Object.fromEntries(Object.entries(watches).map(([id, metric]) => [id, valuesOf(metric)]))
  const values = (expression ? expressions[expression]?.(all) : all.alone) ?? []
  return values
    .slice(-EvaluationPeriods)
    .every((value) =>
      value === undefined ? TreatMissingData === 'breaching' : operators[ComparisonOperator](value, Threshold),
    )
}
