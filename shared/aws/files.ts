import type { Person } from '../person.ts'
import type { File } from '../plan.ts'
import type { Instant } from '../request.ts'
import * as people from './people.ts'
import * as requests from './requests.ts'

/** More than this many requests of one person are not looked at together. */
const MAX_SIBLINGS = 25

/** Everything that bears on what this person is sent: the request, its siblings, and the person. */
export type PersonFile = { file: File; person: Person; files: File[] }

export const load = async (requestId: string, now: Instant): Promise<PersonFile | undefined> => {
  const file = await requests.find(requestId, now)
  if (!file) return undefined
  const person = await people.find(file.request.person)
  const others = person.requests.filter((id) => id !== requestId).slice(-MAX_SIBLINGS)
  const siblings = await Promise.all(others.map((id) => requests.find(id, now)))
  return { file, person, files: [file, ...siblings.filter((sibling) => sibling !== undefined)] }
}
