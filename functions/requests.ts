import { json } from '../shared/http.ts'
import type { RequestRoute } from '../shared/routes.ts'
import type { Route } from '../shared/web/call.ts'
import { askToConfirm, confirm } from '../shared/web/confirm.ts'
import { askToErase, askToStop, erase, stop, takeAlong } from '../shared/web/leaving.ts'
import { askForEvent, calendar, draft, recordEvent, show } from '../shared/web/request.ts'
import { serve } from '../shared/web/serve.ts'
import { form, formWithAll, lookInYourInbox, submit } from '../shared/web/submit.ts'

/** The pages and the API of requests. */
const routes: Record<RequestRoute, Route> = {
  'GET /': form,
  'GET /health': async () => json(200, { ok: true }),
  'POST /requests': submit,
  'GET /requests/inbox': lookInYourInbox,
  'GET /confirm/{token}': askToConfirm,
  'POST /confirm/{token}': confirm,
  'GET /requests/{id}/{token}': show,
  'POST /requests/{id}/{token}/events': recordEvent,
  'GET /requests/{id}/{token}/events/{event}': askForEvent,
  'GET /requests/{id}/{token}/drafts/{mail}': draft,
  'GET /requests/{id}/{token}/calendar.ics': calendar,
  'GET /requests/{id}/{token}/export': takeAlong,
  'GET /requests/{id}/{token}/erase': askToErase,
  'POST /requests/{id}/{token}/erase': erase,
  'GET /requests/{id}/{token}/stop': askToStop,
  'POST /requests/{id}/{token}/stop': stop,
}

export const handler = serve(routes, ['POST /requests', 'POST /requests/{id}/{token}/events'], {
  'POST /requests': formWithAll,
})
