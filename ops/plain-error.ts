/** Something that whoever runs a command can put right, in words for them. */
export class PlainError extends Error {}

const said: Record<string, string> = {
  CredentialsProviderError: 'There are no AWS credentials in the environment: sign in, or set AWS_PROFILE.',
  ExpiredToken: 'The AWS credentials have expired: sign in anew.',
  ExpiredTokenException: 'The AWS credentials have expired: sign in anew.',
  UnrecognizedClientException: 'AWS does not know these credentials, or not in this region.',
  InvalidClientTokenId: 'AWS does not know these credentials, or not in this region.',
  InvalidSignatureException: 'AWS does not accept these credentials. Is the clock of this machine right?',
  AccessDenied: 'These AWS credentials may not do this.',
  AccessDeniedException: 'These AWS credentials may not do this.',
  ResourceNotFoundException: 'There is no such table in this account and region.',
  ThrottlingException: 'The database takes no more at the moment.',
  ProvisionedThroughputExceededException: 'The database takes no more at the moment.',
  ECONNREFUSED: 'Nothing answers at the address of the database.',
  ENOTFOUND: 'AWS cannot be reached. Is this machine online, and the region right?',
  ENOENT: 'There is no such file.',
  EISDIR: 'This is a folder, not a file.',
  EACCES: 'This user may not read or write it.',
  EROFS: 'Nothing can be written there.',
  ENOSPC: 'The disk is full.',
}

/** What went wrong, without anything that a file or the table holds: the words of AWS may quote it. */
export const inPlainWords = (error: unknown): string => {
  if (!(error instanceof Error)) return 'Something unknown went wrong.'
  if (error instanceof PlainError) return error.message
  const { code = '', path, $metadata } = error as NodeJS.ErrnoException & { $metadata?: object }
  const words = said[error.name] ?? said[code]
  if (words) return path ? `${path}: ${words}` : words
  if (error.message === 'Region is missing') return 'Say in which region: AWS_REGION=eu-central-1, for example.'
  // Those of the language quote what they could not take: a zone, a line of JSON. Where it was is no secret.
  if (!code && !error.cause && /^(Type|Range|Syntax)Error$/.test(error.name)) {
    const place = /\n\s+at (.+)/.exec((error.stack ?? '').replace(error.message, ''))?.[1]
    return `A fault of ours: ${error.name}${place ? `, at ${place}` : ''}.`
  }
  return $metadata ? `AWS answered with ${error.name}.` : `${error.name}: ${error.message}`
}
