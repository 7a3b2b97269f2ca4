/** What happened in one step, and what is then. */
export type Step<State> = { does: string; then: State /** Nobody can count on its not happening. */; fault: boolean }

export type Explored<State> = {
  states: number
  steps: number
  /** How often each step was taken, by its name. */
  taken: ReadonlyMap<string, number>
  /** The first state found, by the fewest steps, that breaks an invariant; and how it came about. */
  violation?: { says: string; trace: string[]; state: State }
}

type Model<State> = {
  start: readonly State[]
  next: (state: State) => Step<State>[]
  /** What is wrong with a state; nothing when all is well. */
  wrong: (state: State) => string | undefined
  /** Nothing more has to happen. */
  isOver: (state: State) => boolean
}

/**
 * Looks at every state that can be reached, the nearest first; then whether from each of them the end can be reached
 * without a fault. Throws when there are more than `most`.
 */
export const explore = <State extends object>(model: Model<State>, most = 3_000_000): Explored<State> => {
  const keyOf = (state: State): string => JSON.stringify(state)
  const index = new Map<string, number>()
  const all: { state: State; from: number; does: string }[] = []
  const taken = new Map<string, number>()
  /** To whom a step without a fault leads, backwards. */
  const before: number[][] = []
  const traceOf = (at: number): string[] => {
    const trace: string[] = []
    for (let one = all[at]; one && one.from >= 0; one = all[one.from]) trace.unshift(one.does)
    return trace
  }
  const add = (state: State, from: number, does: string): number => {
    const key = keyOf(state)
    const known = index.get(key)
    if (known !== undefined) return known
    index.set(key, all.length)
    all.push({ state, from, does })
    before.push([])
    return all.length - 1
  }
  let steps = 0
  const found = (violation?: Explored<State>['violation']): Explored<State> => ({
    states: all.length,
    steps,
    taken,
    ...(violation ? { violation } : {}),
  })
  for (const state of model.start) add(state, -1, '')
  for (let at = 0; at < all.length; at += 1) {
    if (all.length > most) throw new Error(`More than ${most} states: the model has no bound`)
    const state = (all[at] as { state: State }).state
    const says = model.wrong(state)
    if (says) return found({ says, trace: traceOf(at), state })
    for (const { does, then, fault } of model.next(state)) {
      steps += 1
      taken.set(does, (taken.get(does) ?? 0) + 1)
      const to = add(then, at, does)
      if (!fault) before[to]?.push(at)
    }
  }
  // Backwards from every end.
  const reaches = new Uint8Array(all.length)
  const queue = all.flatMap(({ state }, at) => (model.isOver(state) ? [at] : []))
  for (const at of queue) reaches[at] = 1
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const earlier of before[at] ?? []) {
      if (reaches[earlier]) continue
      reaches[earlier] = 1
      queue.push(earlier)
    }
  }
  const stuck = reaches.indexOf(0)
  if (stuck < 0) return found()
  const { state } = all[stuck] as { state: State }
  return found({ says: 'It can come to no end any more', trace: traceOf(stuck), state })
}
