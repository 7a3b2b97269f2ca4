/**
 * The outside surface: one table for API Gateway and for the router in the function. A path nobody names goes to
 * `requests`, which answers 404 in the form that the client asked for; so does HEAD, as GET without a body.
 */
export const requestRoutes = [
  { method: 'GET', path: '/' },
  { method: 'GET', path: '/health' },
  { method: 'POST', path: '/requests' },
  { method: 'GET', path: '/requests/inbox' },
  { method: 'GET', path: '/confirm/{token}' },
  { method: 'POST', path: '/confirm/{token}' },
  { method: 'GET', path: '/requests/{id}/{token}' },
  { method: 'POST', path: '/requests/{id}/{token}/events' },
  { method: 'GET', path: '/requests/{id}/{token}/events/{event}' },
  { method: 'GET', path: '/requests/{id}/{token}/drafts/{mail}' },
  { method: 'GET', path: '/requests/{id}/{token}/calendar.ics' },
  { method: 'GET', path: '/requests/{id}/{token}/export' },
  { method: 'GET', path: '/requests/{id}/{token}/erase' },
  { method: 'POST', path: '/requests/{id}/{token}/erase' },
  { method: 'GET', path: '/requests/{id}/{token}/stop' },
  { method: 'POST', path: '/requests/{id}/{token}/stop' },
] as const

/**
 * Those of the tips, which a function of their own answers. HEAD is named here: what nobody names goes to `requests`, and
 * scanners of mail ask with it.
 */
export const subscriptionRoutes = [
  { method: 'POST', path: '/subscriptions' },
  { method: 'GET', path: '/subscriptions/inbox' },
  { method: 'GET', path: '/subscriptions/{id}/{token}/confirm' },
  { method: 'POST', path: '/subscriptions/{id}/{token}/confirm' },
  { method: 'GET', path: '/subscriptions/{id}/{token}/unsubscribe' },
  { method: 'POST', path: '/subscriptions/{id}/{token}/unsubscribe' },
  { method: 'GET', path: '/subscriptions/{id}/{token}/preferences' },
  { method: 'POST', path: '/subscriptions/{id}/{token}/preferences' },
  { method: 'GET', path: '/subscriptions/{id}/{token}/export' },
  { method: 'GET', path: '/subscriptions/{id}/{token}/erase' },
  { method: 'POST', path: '/subscriptions/{id}/{token}/erase' },
  { method: 'POST', path: '/requests/{id}/{token}/stop-everything' },
  { method: 'GET', path: '/series' },
  { method: 'GET', path: '/series/{series}' },
  { method: 'GET', path: '/series/{series}/{part}' },
  { method: 'HEAD', path: '/subscriptions/inbox' },
  { method: 'HEAD', path: '/subscriptions/{id}/{token}/confirm' },
  { method: 'HEAD', path: '/subscriptions/{id}/{token}/unsubscribe' },
  { method: 'HEAD', path: '/subscriptions/{id}/{token}/preferences' },
  { method: 'HEAD', path: '/subscriptions/{id}/{token}/export' },
  { method: 'HEAD', path: '/subscriptions/{id}/{token}/erase' },
  { method: 'HEAD', path: '/series' },
  { method: 'HEAD', path: '/series/{series}' },
  { method: 'HEAD', path: '/series/{series}/{part}' },
] as const

type Named<Route> = Route extends { method: infer Method extends string; path: infer Path extends string }
  ? `${Method} ${Path}`
  : never

/** `POST /requests` and the like: what API Gateway calls a route key. */
export type RequestRoute = Named<(typeof requestRoutes)[number]>
/** HEAD is answered as GET is. */
export type SubscriptionRoute = Exclude<Named<(typeof subscriptionRoutes)[number]>, `HEAD ${string}`>
