import { Resolver } from 'node:dns/promises'
import { PlainError } from '../plain-error.ts'

/** The questions that are asked of the DNS: Node's, or a test's. */
export type Dns = Pick<Resolver, 'resolveCname' | 'resolveMx' | 'resolveTxt'>

export const theDns = (): Dns => new Resolver({ timeout: 3_000, tries: 2 })

/** Nothing for a name or a record that there is not. Throws a PlainError when nobody answers. */
export const records = async <T>(name: string, question: () => Promise<T[]>): Promise<T[]> => {
  try {
    return await question()
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'ENOTFOUND' || code === 'ENODATA') return []
    throw new PlainError(`the DNS gave no answer about ${name} (${code}). Is this machine online?`)
  }
}

export const textsOf = async (dns: Dns, name: string): Promise<string[]> =>
  (await records(name, () => dns.resolveTxt(name))).map((parts) => parts.join(''))

export const withoutDot = (name: string): string => name.replace(/\.$/, '').toLowerCase()
