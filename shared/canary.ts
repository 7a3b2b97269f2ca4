import { toMs } from './calendar.ts'
import type { File } from './plan.ts'
import type { Instant, LocalDate } from './request.ts'

/** The request that a machine makes every day, to an address at which SES accepts everything and reads nothing. */
export const canaryForm = (day: LocalDate) => ({
  seekerName: 'Canary',
  seekerEmail: 'success@simulator.amazonses.com',
  introduction: 'a bird that sings once a day',
  contactName: 'Nobody',
  organization: 'Nowhere',
  source: 'own-network',
  goal: 'confidence',
  topic: 'whether all of this works',
  submissionId: `canary-${day}`,
})

/** What is next: nothing, once the day's request has come to an end. */
export type Step = 'ask' | 'confirm' | 'wait' | 'arrived' | 'lost' | 'done'

const PATIENCE = 3 * 3_600_000

export const stepOf = (file: File | undefined, { now, isDone }: { now: Instant; isDone: boolean }): Step => {
  if (isDone) return 'done'
  if (!file) return 'ask'
  const { request, mails } = file
  // Only an event of SES says that: the way back is a part of the walk.
  const isDelivered = (name: string): boolean => mails.some(({ mail, state }) => mail === name && state === 'delivered')
  if (request.state !== 'unconfirmed' && isDelivered('draft')) return 'arrived'
  if (toMs(now) - toMs(request.history[0]?.at ?? now) > PATIENCE) return 'lost'
  return request.state === 'unconfirmed' && isDelivered('confirm') ? 'confirm' : 'wait'
}
