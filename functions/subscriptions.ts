import { notFound } from '../shared/http.ts'
import { subscriptionRoutes } from '../shared/routes.ts'
import { serve } from '../shared/web/serve.ts'

/** The pages and the API of the tips. */
export const handler = serve(
  Object.fromEntries(
    subscriptionRoutes.map(({ method, path }) => [
      `${method} ${path}`,
      async () => {
        throw notFound()
      },
    ]),
  ),
  [],
)
