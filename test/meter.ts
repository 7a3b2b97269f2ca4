import type { Call } from '../local/tap.ts'

/** Capacity units of the database; calls that a condition refused are paid for and not among the units. */
export type Used = { reads: number; writes: number; refused: number }
const nothing: Used = { reads: 0, writes: 0, refused: 0 }

/** Hears what functions ask of the database, and adds up what it says that each of them used. */
export const openMeter = () => {
  const used = new Map<string, Used>()
  return {
    hear: ({ fn, target, answer }: Call): void => {
      const [service = '', operation = ''] = target?.split('.') ?? []
      if (!service.startsWith('DynamoDB_') || !answer) return
      const before = used.get(fn) ?? nothing
      if (answer.status !== 200) return void used.set(fn, { ...before, refused: before.refused + 1 })
      const { ConsumedCapacity } = JSON.parse(answer.body.toString()) as { ConsumedCapacity?: unknown }
      if (ConsumedCapacity === undefined) throw new Error(`${operation} of ${fn} did not say what it used`)
      const all = [ConsumedCapacity].flat() as { CapacityUnits?: number }[]
      const units = all.reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0)
      const kind = /^(Get|BatchGet|Query|Scan)/.test(operation) ? 'reads' : 'writes'
      used.set(fn, { ...before, [kind]: before[kind] + units })
    },
    of: (fn: string): Used => used.get(fn) ?? nothing,
    all: (): Used => [...used.values()].reduce(sum, nothing),
  }
}

const sum = (a: Used, b: Used): Used => ({
  reads: a.reads + b.reads,
  writes: a.writes + b.writes,
  refused: a.refused + b.refused,
})
