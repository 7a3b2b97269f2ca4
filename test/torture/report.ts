/** What many runs came to. */
export type Report = {
  runs: number
  /** Steps of the seeded scheduler. */
  events: number
  seconds: number
  /** Faults by kind, and what became of mails. */
  counts: Record<string, number>
  failed: { seed: number; violations: readonly string[] }[]
  /** By seed: two runs with the same hash were the same, line by line. */
  hashes: Record<string, string>
}
