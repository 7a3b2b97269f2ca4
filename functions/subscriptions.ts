import type { SubscriptionRoute } from '../shared/routes.ts'
import type { Route } from '../shared/web/call.ts'
import { askToConfirmSeries, confirmSeries } from '../shared/web/confirm-series.ts'
import { askToEraseTips, eraseTips, takeTipsAlong } from '../shared/web/leaving-tips.ts'
import { changePreferences, showPreferences } from '../shared/web/preferences.ts'
import { allSeries, onePart, oneSeries } from '../shared/web/series.ts'
import { serve } from '../shared/web/serve.ts'
import { lookInYourInboxForTips, subscribe, subscribeFormWithAll } from '../shared/web/subscribe.ts'
import { askToUnsubscribe, stopEverythingByRequest, unsubscribe } from '../shared/web/unsubscribe.ts'

/** The pages and the API of the tips. */
const routes: Record<SubscriptionRoute, Route> = {
  'POST /subscriptions': subscribe,
  'GET /subscriptions/inbox': lookInYourInboxForTips,
  'GET /subscriptions/{id}/{token}/confirm': askToConfirmSeries,
  'POST /subscriptions/{id}/{token}/confirm': confirmSeries,
  'GET /subscriptions/{id}/{token}/unsubscribe': askToUnsubscribe,
  'POST /subscriptions/{id}/{token}/unsubscribe': unsubscribe,
  'GET /subscriptions/{id}/{token}/preferences': showPreferences,
  'POST /subscriptions/{id}/{token}/preferences': changePreferences,
  'GET /subscriptions/{id}/{token}/export': takeTipsAlong,
  'GET /subscriptions/{id}/{token}/erase': askToEraseTips,
  'POST /subscriptions/{id}/{token}/erase': eraseTips,
  'POST /requests/{id}/{token}/stop-everything': stopEverythingByRequest,
  'GET /series': allSeries,
  'GET /series/{series}': oneSeries,
  'GET /series/{series}/{part}': onePart,
}

export const handler = serve(routes, ['POST /subscriptions', 'POST /subscriptions/{id}/{token}/preferences'], {
  'POST /subscriptions': subscribeFormWithAll,
})
