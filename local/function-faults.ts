/**
 * What a function does instead of its work. `crash`: its next invocations fail. `throttle`: Lambda lets nothing in, as
 * with a reserved concurrency of 0: messages, records and events wait where they are, and a page is refused.
 */
export type FunctionFault = { does: 'crash'; for: number } | { does: 'throttle' }

export type FunctionFaults = {
  /** `undefined`: it works again. */
  set: (fn: string, fault: FunctionFault | undefined) => void
  isThrottled: (fn: string) => boolean
  /** Whether this invocation is to fail; counts it. */
  crashes: (fn: string) => boolean
  all: () => Record<string, FunctionFault>
}

export const openFunctionFaults = (): FunctionFaults => {
  const faults = new Map<string, FunctionFault>()
  const set: FunctionFaults['set'] = (fn, fault) => {
    if (fault) faults.set(fn, fault)
    else faults.delete(fn)
  }
  return {
    set,
    isThrottled: (fn) => faults.get(fn)?.does === 'throttle',
    crashes: (fn) => {
      const fault = faults.get(fn)
      if (fault?.does !== 'crash') return false
      set(fn, fault.for > 1 ? { ...fault, for: fault.for - 1 } : undefined)
      return true
    },
    all: () => Object.fromEntries(faults),
  }
}
