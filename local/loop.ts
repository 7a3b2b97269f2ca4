/** Does its work whenever it is woken, one piece at a time, until there is none left. */
export type Loop = {
  wake: () => void
  /** Settles when it has nothing to do. */
  idle: () => Promise<void>
  busy: () => boolean
}

/**
 * @param work one piece; resolves to false when there was nothing to do. A throw is reported and ends this round: the
 * next wake tries again.
 */
export const loopOf = (work: () => Promise<boolean>, report: (error: Error) => void): Loop => {
  let running: Promise<void> | undefined
  let again = false
  const round = async (): Promise<void> => {
    try {
      while (again) {
        again = false
        while (await work()) {}
      }
    } catch (error) {
      report(error as Error)
    } finally {
      running = undefined
    }
  }
  return {
    wake: () => {
      again = true
      running ??= round()
    },
    idle: () => running ?? Promise.resolve(),
    busy: () => running !== undefined,
  }
}
