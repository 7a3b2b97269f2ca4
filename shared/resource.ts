import { localTime } from './calendar.ts'
import { type File, mailKey, type PlannedMail } from './plan.ts'

/** A request as its owner sees it in JSON: `http.md` is the contract. */
export const resourceOf = ({ request }: File, planned: readonly PlannedMail[]) => ({
  id: request.id,
  state: request.state,
  version: request.version,
  contact: request.contact,
  meeting: request.meeting ?? null,
  history: request.history,
  nextMails: planned
    .filter((mail) => mail.requestId === request.id)
    .map(({ mail, dueAt, why }) => ({ mail, dueAt, dueLocal: localTime(dueAt, request.seeker.timeZone), why })),
})

/** Everything that is kept about a request, without the secret that its links are made of. */
export const exportOf = ({ request, mails }: File) => {
  const { secret: _secret, ...kept } = request
  return { ...kept, mails: mails.map((mail) => ({ id: mailKey(mail), ...withoutKeys(mail) })) }
}

const withoutKeys = (item: object) =>
  Object.fromEntries(Object.entries(item).filter(([name]) => name !== 'pk' && name !== 'sk'))
