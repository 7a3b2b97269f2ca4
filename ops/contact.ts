import type { InterviewRequest } from '../shared/request.ts'

/** Somebody whom seekers wanted to talk with, who asks to be forgotten. We know such a person by name alone. */
export type Contact = { name: string; organization?: string }

const folded = (text: string): string => text.normalize('NFKC').toLowerCase().replace(/\s+/gu, ' ').trim()

/** Whether this request is to that person; without an organisation, to anybody of the name. */
export const isTo = ({ contact }: InterviewRequest, { name, organization }: Contact): boolean =>
  folded(contact.name) === folded(name) &&
  (organization === undefined || folded(contact.organization) === folded(organization))

const REMOVED = '[name removed]'

/** The request without that name in anything that was typed; nothing where it stands nowhere. Parts of longer words stay. */
export const withoutName = (request: InterviewRequest, { name }: Contact): InterviewRequest | undefined => {
  const words = folded(name)
    .split(' ')
    .map((word) => word.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'))
  const whole = new RegExp(`(?<![\\p{L}\\p{N}])${words.join('\\s+')}(?![\\p{L}\\p{N}])`, 'giu')
  let found = false
  const clean = (value: unknown): unknown => {
    if (typeof value === 'string') {
      const text = value.normalize('NFC').replace(whole, REMOVED)
      if (text === value.normalize('NFC')) return value
      found = true
      return text
    }
    if (Array.isArray(value)) return value.map(clean)
    if (typeof value !== 'object' || value === null) return value
    return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, clean(inner)]))
  }
  // Her own name may be the same: it is hers.
  const { seeker, ...rest } = request
  const introduction = clean(seeker.introduction) as string
  const next = { ...(clean(rest) as Omit<InterviewRequest, 'seeker'>), seeker: { ...seeker, introduction } }
  return found ? { ...next, version: request.version + 1 } : undefined
}
