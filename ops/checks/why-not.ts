import { inPlainWords, PlainError } from '../plain-error.ts'

const denied = /^(AccessDenied|AuthorizationError|NotAuthorized|UnauthorizedOperation|UnauthorizedAccess)/
const unreachable =
  /^(ECONN|ENOTFOUND|EAI_AGAIN|ETIMEDOUT|EHOSTUNREACH|ENETUNREACH|EPIPE|TimeoutError|CERT_|DEPTH_ZERO)/
const tooFast = /Throttl|TooManyRequests|RequestLimitExceeded|SlowDown/
/** Keys, their lifetime and the clock: what the words of `plain-error.ts` are good for. */
const aboutKeys =
  /^(CredentialsProviderError|TokenProviderError|ExpiredToken|UnrecognizedClient|InvalidClientTokenId|InvalidSignature|SignatureDoesNotMatch)/

export const codeOf = (error: unknown): string => {
  const { name = '', code, cause } = error as { name?: string; code?: unknown; cause?: unknown }
  if (typeof code === 'string') return code
  // `fetch` says only that it failed, and its cause says why.
  return cause && name === 'TypeError' ? codeOf(cause) : name
}

export const isDenied = (error: unknown): boolean => denied.test(codeOf(error)) || denied.test((error as Error).name)
export const isUnreachable = (error: unknown): boolean => unreachable.test(codeOf(error))

/** Why a question to AWS has no answer: a PlainError that says what it needs, and nothing of what AWS quoted. */
export const whyNot = (action: string, error: unknown): PlainError => {
  if (error instanceof PlainError) return error
  const { name, message } = error as Error
  if (isDenied(error)) {
    const byOrganization = /service control policy|resource control policy/i.test(message)
    return new PlainError(
      byOrganization
        ? `needs ${action}, which a policy of the AWS organization forbids: ask its administrator`
        : `needs ${action}, which these credentials may not do`,
    )
  }
  if (isUnreachable(error)) {
    return new PlainError(
      `AWS did not answer (${action}). Is this machine online, and the service offered in this region?`,
    )
  }
  if (tooFast.test(name))
    return new PlainError(`AWS takes no more questions at the moment (${action}): try again in a minute`)
  if (aboutKeys.test(name) || message === 'Region is missing') return new PlainError(inPlainWords(error))
  return new PlainError(`AWS answered with ${name} (${action})`)
}
