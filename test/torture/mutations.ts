/**
 * Defects to be let in on purpose, each by a change of the text of one file while the simulator is built: whether the
 * simulator finds what it is for. A text that is no longer there is an error, so that none of them withers.
 */
type Mutation = { file: string; from: string; to: string }

export const mutations = {
  'claim removed': {
    file: 'shared/aws/ledger.ts',
    from: "ConditionExpression: '#state = :planned AND attempts = :before',\n      ExpressionAttributeNames: { '#state': 'state', '#at': 'at' },\n      ExpressionAttributeValues: toItem({\n        ':claimed'",
    to: "ConditionExpression: ':planned = :planned AND :before = :before AND attribute_exists(pk)',\n      ExpressionAttributeNames: { '#state': 'state', '#at': 'at' },\n      ExpressionAttributeValues: toItem({\n        ':claimed'",
  },
  'version check removed': {
    file: 'functions/send-mail.ts',
    from: 'await hasChanged(loaded)',
    to: 'false',
  },
  'consent check removed': {
    file: 'shared/aws/ledger.ts',
    from: "    'attribute_not_exists(suppressedAt)',\n",
    to: '',
  },
  'row of a part removed': {
    file: 'shared/replanning.ts',
    from: 'mails.flatMap((mail) => [mail, ...partsOf(mail)])',
    to: 'mails',
  },
  'claim of a tip removed': {
    file: 'shared/aws/subscriptions.ts',
    from: "'claim.#batch = :instead' : 'attribute_not_exists(claim)'}`,\n        ExpressionAttributeNames: { '#state': 'state', ...(instead",
    to: "'claim.#batch = :instead' : 'attribute_exists(pk)'}`,\n        ExpressionAttributeNames: { '#state': 'state', ...(instead",
  },
} as const satisfies Record<string, Mutation>

export type MutationName = keyof typeof mutations
export const isMutation = (name: string): name is MutationName => Object.hasOwn(mutations, name)
