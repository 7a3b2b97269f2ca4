import { fromQueue } from '../shared/batch.ts'
import { sendConfirmation } from '../shared/delivery/confirmations.ts'
import { sendTips } from '../shared/delivery/tips.ts'
import { TipsDue } from '../shared/tips/tip-due.ts'

/** Sends what is due for readers of a series, to those who still want it at this moment. */
export const handler = fromQueue(TipsDue, async (due, now) => {
  if (due.next !== 'confirm' && due.next !== 'remind') return sendTips(due, now)
  for (const person of due.people) await sendConfirmation({ person, series: due.series }, now)
})
