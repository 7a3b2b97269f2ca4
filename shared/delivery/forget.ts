import * as people from '../aws/people.ts'
import * as subscriptions from '../aws/subscriptions.ts'
import type { Instant } from '../request.ts'

/**
 * Something of hers is gone, and with the last of it goes what was counted of the address, but for her no. Where that came to
 * its end by itself, and nobody has ever confirmed the address, the counts stay: by them the caps hold.
 */
export const forgetWithTheLast = async (
  person: string,
  { isErased }: { isErased: boolean },
  now: Instant,
): Promise<void> => {
  if ((await subscriptions.of(person, now)).length > 0) return
  await people.forgetAll(person, { butCaps: !isErased })
}
