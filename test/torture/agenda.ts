import type { Chance } from './chance.ts'

export type Entry = { at: number; tie: number; what: string; work: () => unknown; cancelled: boolean }

/** What is to happen, by time; which of two at the same moment goes first is up to chance. */
export const openAgenda = (chance: Chance) => {
  const heap: Entry[] = []
  const before = (a: Entry, b: Entry): boolean => a.at < b.at || (a.at === b.at && a.tie < b.tie)
  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i], heap[j]]
    if (a && b) [heap[i], heap[j]] = [b, a]
  }
  const isBefore = (i: number, j: number): boolean => {
    const [a, b] = [heap[i], heap[j]]
    return a !== undefined && b !== undefined && before(a, b)
  }
  const pop = (): Entry | undefined => {
    const first = heap[0]
    const last = heap.pop()
    if (first === last || !last) return first
    heap[0] = last
    let parent = 0
    for (;;) {
      const left = 2 * parent + 1
      const least = isBefore(left + 1, left) ? left + 1 : left
      if (!isBefore(least, parent)) return first
      swap(least, parent)
      parent = least
    }
  }
  return {
    add: (at: number, what: string, work: () => unknown): Entry => {
      const entry = { at, tie: chance.next(), what, work, cancelled: false }
      heap.push(entry)
      let child = heap.length - 1
      while (child > 0) {
        const parent = (child - 1) >> 1
        if (!isBefore(child, parent)) break
        swap(child, parent)
        child = parent
      }
      return entry
    },
    cancel: (entry: Entry): void => {
      entry.cancelled = true
      while (heap[0]?.cancelled) pop()
    },
    /** When the next thing happens; nothing when nothing will. */
    nextAt: (): number | undefined => heap[0]?.at,
    take: (): Entry | undefined => {
      const first = pop()
      while (heap[0]?.cancelled) pop()
      return first
    },
  }
}

export type Agenda = ReturnType<typeof openAgenda>
