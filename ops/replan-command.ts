import { isRequestId } from '../shared/request-id.ts'
import { command, WrongUse } from './command.ts'
import { many } from './in-words.ts'

const usage = `replan <request id>… [options]
npm run ops -- replan --since <instant> [--until <instant>]

Has requests planned anew, as if they had changed: timers and rows of the ledger are made,
moved and taken back as the plan says. Neither their state nor their history changes. Of a
request that is gone it clears what is left.

  --since <instant>  every request that changed since then, such as 2026-11-24T08:00:00Z
  --until <instant>  and before that; otherwise until now`

const instant = (name: string, given: string | undefined): string | undefined => {
  if (given === undefined) return undefined
  const ms = /^\d{4}-\d\d-\d\dT.*(Z|[+-]\d\d:\d\d)$/.test(given) ? Date.parse(given) : Number.NaN
  if (Number.isNaN(ms))
    throw new WrongUse(`--${name} is a time with its distance from UTC, such as 2026-11-24T08:00:00Z.`)
  return new Date(ms).toISOString()
}

const words = {
  touched: 'is planned anew; `npm run ops -- next` says what comes.',
  'moved-on': 'is planned anew, and what its last mail has changed is recorded.',
  cleared: 'is gone, and what was left of it is cleared.',
  unknown: 'is not there.',
} as const

export const replan = command({
  summary: 'has requests planned anew',
  usage,
  options: { since: { type: 'string' }, until: { type: 'string' } },
  run: async ({ values, positionals, open }) => {
    const since = instant('since', values.since)
    const until = instant('until', values.until)
    if (since === undefined && (positionals.length === 0 || until !== undefined))
      throw new WrongUse('Name requests, or --since.')
    if (since !== undefined && positionals.length > 0) throw new WrongUse('Either requests or --since.')
    const wrong = positionals.find((id) => !isRequestId(id))
    if (wrong !== undefined) throw new WrongUse(`${wrong} is no id of a request: those have 26 letters and digits.`)
    const stack = await open()
    const work = await import('./replan.ts')
    if (since !== undefined) {
      const done = await work.replanChanged([{ since, until: until ?? stack.now() }], stack.now)
      const cleared =
        done.cleared > 0 ? ` What was left of ${many(done.cleared, 'request')} that is gone is cleared.` : ''
      return { data: done, text: `${many(done.requests, 'request')} planned anew.${cleared}` }
    }
    const results: { request: string; result: keyof typeof words }[] = []
    for (const request of positionals) results.push({ request, result: await work.replan(request, stack.now()) })
    return {
      code: results.some(({ result }) => result === 'unknown') ? 1 : 0,
      data: { requests: results },
      text: results.map(({ request, result }) => `${request} ${words[result]}`).join('\n'),
    }
  },
})
