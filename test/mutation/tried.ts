/**
 * Which modules are mutated, and by which tests. Only tests that run them in their own process: a mutant is not seen by a
 * function that was bundled before. Those that are quick come first, for a mutant dies of the first test that fails.
 */
export const tried = {
  core: {
    files: [
      'shared/{batch,calendar,capability,events,fields,network,new-request,person,plan,put-right,replanning}.ts',
      'shared/{reputation,request,request-id,ring,ses-event,skipped-row,submission,zone}.ts',
      'shared/tips/{confirming,enrolment,rhythm,series,subscription,turn,wishes}.ts',
    ],
    tests: [
      'small-parts',
      'fields',
      'batch',
      'events',
      'plan',
      'ring',
      'confirming',
      'turn',
      'wishes',
      'subscription',
      'series',
      'calendar-entry',
      'submission',
      'calendar',
      'rhythm',
      'model',
    ],
  },
  aws: {
    files: [
      'shared/aws/{by-hand,canary-days,counters,database,editions,handover,ledger,people,requests,schedules,subscriptions,whole-table}.ts',
    ],
    tests: [
      'schedules',
      'aws',
      'requests-aws',
      'ledger-aws',
      'people-aws',
      'counters-aws',
      'replan',
      'subscriptions-aws',
    ],
  },
  sending: {
    files: ['shared/aws/{mail,queues,quota,taken-tips,tip-mail}.ts', 'shared/tips/{course,told}.ts'],
    tests: [
      'handing-over',
      'tip-transport',
      'told',
      'delivery',
      'delivery-answers',
      'delivery-asking',
      'delivery-handover',
    ],
  },
  edge: {
    files: [
      'shared/{calendar-entry,eml,mail-due,proof-of-work,resource,same-secret}.ts',
      'shared/tips/{resource,values}.ts',
    ],
    tests: [
      'small-parts',
      'resources',
      'tip-values',
      'calendar-entry',
      'tip-transport',
      'proof-of-work',
      'hostile-text',
    ],
  },
} as const satisfies Record<string, { files: readonly string[]; tests: readonly string[] }>

export type Tried = keyof typeof tried

export const isTried = (name: string): name is Tried => Object.hasOwn(tried, name)

/** The one that is being tried, for the configurations of Stryker and Vitest: `MUTATE`, or of it `MUTATE_ONLY` these files. */
export const group = (): { name: string; files: string[]; tests: readonly string[] } => {
  const { MUTATE: name = 'core', MUTATE_ONLY: only } = process.env
  if (!isTried(name)) throw new Error(`There is no group ${name}`)
  return { name, files: only ? only.split(',') : [...tried[name].files], tests: tried[name].tests }
}
