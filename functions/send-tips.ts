import { fromQueue } from '../shared/batch.ts'
import { sendConfirmation } from '../shared/delivery/confirmations.ts'
import { sendTips } from '../shared/delivery/tips.ts'
import { isConfirmation, TipsDue } from '../shared/tips/tip-due.ts'

/** Sends what is due for readers of a series, to those who still want it at this moment. */
export const handler = fromQueue(TipsDue, async (due, now) => {
  if (!isConfirmation(due.next)) return sendTips(due, now)
  const failed: unknown[] = []
  // One after the other, for the caps; what goes wrong with one holds up none behind it.
  for (const person of due.people) {
    await sendConfirmation({ person, series: due.series }, now).catch((error: unknown) => failed.push(error))
  }
  if (failed.length > 0) throw failed[0]
})
