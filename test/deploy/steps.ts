const began = performance.now()
const seconds = (from: number): string => `${((performance.now() - from) / 1000).toFixed(1)} s`

/** So far in all. */
export const elapsed = (): string => seconds(began)

/** Prints the fact once it is one. */
export const prove = async <T>(fact: string, work: () => Promise<T>): Promise<T> => {
  const from = performance.now()
  try {
    const result = await work()
    console.log(`✓ ${fact.padEnd(100)} ${seconds(from).padStart(8)}`)
    return result
  } catch (error) {
    console.log(`✗ ${fact}`)
    throw error
  }
}

/** Asks until there is an answer, and gives it. Throws when there is none in time. */
export const eventually = async <T>(
  what: string,
  ask: () => Promise<T | undefined | false>,
  within = 60,
): Promise<T> => {
  const until = performance.now() + within * 1000
  for (;;) {
    const answer = await ask()
    if (answer !== undefined && answer !== false) return answer
    if (performance.now() > until) throw new Error(`Not within ${within} seconds: ${what}`)
    await new Promise((done) => setTimeout(done, 200))
  }
}
