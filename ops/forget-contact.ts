import { fromItem } from '../shared/aws/database.ts'
import * as requests from '../shared/aws/requests.ts'
import { sortKeys } from '../shared/names.ts'
import type { Instant, InterviewRequest } from '../shared/request.ts'
import { type Contact, isNamesake, isTo, withoutName } from './contact.ts'
import { eraseRequests } from './everything-of.ts'
import { walkTable } from './walk.ts'

/** Ids of the requests to that person, and of others in which the name stands. */
export type About = { to: string[]; mentions: string[] }

export const requestsAbout = async (contact: Contact): Promise<About> => {
  const about: About = { to: [], mentions: [] }
  await walkTable((items) => {
    for (const item of items) {
      if (item.sk?.S !== sortKeys.request) continue
      const request = fromItem(item) as unknown as InterviewRequest
      if (isTo(request, contact)) about.to.push(request.id)
      else if (!isNamesake(request, contact) && withoutName(request, contact)) about.mentions.push(request.id)
    }
  })
  return about
}

/** Done twice it ends the same. Answers the requests of which something is left, or that changed at the same moment. */
export const forgetEverywhere = async ({ to, mentions }: About, contact: Contact, now: Instant): Promise<string[]> => {
  const left: string[] = []
  for (const id of mentions) {
    const file = await requests.find(id, now)
    const next = file && withoutName(file.request, contact)
    if (next && !(await requests.save(next, [next.state]))) left.push(id)
  }
  return [...left, ...(await eraseRequests(to, now))]
}
