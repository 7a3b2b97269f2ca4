/**
 * How often a call to the database is tried, and how long each try waits for an answer. All of it is over before the time of a
 * page is (`infra/interviews-stack.ts`): who waits is told in our own words to come again, and not cut off by the gateway.
 */
export const patience = { tries: 3, connectMs: 1_000, answerMs: 2_800 }
