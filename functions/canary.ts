import { doneToday, markDone } from '../shared/aws/canary-days.ts'
import { setting, theStage } from '../shared/aws/environment.ts'
import { count } from '../shared/aws/metrics.ts'
import * as requests from '../shared/aws/requests.ts'
import { fromEvent } from '../shared/batch.ts'
import { canaryForm, type Step, stepOf } from '../shared/canary.ts'
import { linksOf } from '../shared/links.ts'
import { log } from '../shared/log.ts'
import { idOfSubmission } from '../shared/request-id.ts'

/** One step of the day's synthetic request, through the door that everybody uses. */
export const handler = fromEvent(async (): Promise<Step> => {
  const now = new Date().toISOString()
  const day = now.slice(0, 10)
  const form = canaryForm(day)
  const file = await requests.find(idOfSubmission(form.submissionId, form.seekerEmail), now)
  const step = stepOf(file, { now, isDone: await doneToday(day) })
  log('info', 'canary', { step })
  const links = file && linksOf(setting('publicUrl'), file.request)
  switch (step) {
    case 'ask':
      await post(`${setting('publicUrl')}/requests`, form)
      break
    case 'confirm':
      if (links) await post(links.confirm)
      break
    case 'arrived':
    case 'lost':
      if (links) await post(links.erase)
      await markDone(day)
      count({ CanaryArrived: step === 'arrived' ? 1 : 0 })
      break
  }
  return step
})

const post = async (url: string, body: object = {}): Promise<void> => {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', accept: 'application/json' },
    body: JSON.stringify(body),
    signal: AbortSignal.timeout(20_000),
  })
  if (!response.ok) throw new Error(`The ${theStage().name} stage answered ${response.status}`)
}
