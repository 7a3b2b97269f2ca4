import type { InterviewRequest } from '../request.ts'
import { clause } from './clauses.ts'

/** Whether the seeker came home with a name: "none yet" is an answer as well. */
export const hasNames = ({ outcome }: Pick<InterviewRequest, 'outcome'>): boolean => {
  const names = clause(outcome?.names ?? '')
  return (
    names !== '' && !/^(?:none|no|nope|no ?one|nobody|nothing|n\/?a)(?: (?:yet|so far|this time|names?))?$/i.test(names)
  )
}
