import { fromStored } from '../../shared/aws/subscriptions.ts'
import { readConfirmToken } from '../../shared/capability.ts'
import { sortKeys } from '../../shared/names.ts'
import { readSubscriptionId } from '../../shared/tips/links.ts'
import { fileIn, personIn, requestsIn } from './contents.ts'
import type { Call, Invocation } from './gate.ts'
import type { Ending } from './lambda.ts'
import type { Change } from './table.ts'
import type { World } from './world.ts'

/** What hangs takes effect no later than this. */
const HANGS = 20_000

type Given = { rawPath?: string; body?: string; requestContext?: { http: { method: string } } }
type Word = { person: string; isUndo: boolean; from: number; to: number; isDone: boolean }

/** What she said last, and was told is done, stands in the end: a request that she stopped, and a stop of everything taken back. */
export const watchLastWords = (world: World, violated: (what: string) => void) => {
  const { table } = world
  const stops: { id: string; beganAt: number }[] = []
  /** When something that opens a request has looked at it. */
  const opens: { id: string; at: number }[] = []
  const words: Word[] = []
  const spoken = new Map<object, { by: Invocation; person: string; isUndo: boolean; stops?: string }>()
  /** The moments of the stops of everything, by whom. */
  const moments = new Set<string>()

  const said = (by: Invocation) => {
    const { rawPath = '', body = '', requestContext } = (by.event ?? {}) as Given
    if (requestContext?.http.method !== 'POST') return undefined
    const [, kind = '', id = '', , what = ''] = rawPath.split('/')
    const requestId = kind === 'confirm' ? readConfirmToken(id)?.id : kind === 'requests' ? id : undefined
    const person = requestId ? fileIn(table, requestId, 0)?.request.person : readSubscriptionId(id)?.person
    const isUndo = (what === 'stop' || what === 'stop-everything' || what === 'unsubscribe') && body.includes('undo')
    return {
      by,
      person: person ?? '',
      isUndo: isUndo && what !== 'stop',
      ...(what === 'stop' && !isUndo ? { stops: id } : {}),
      ...(kind === 'confirm' || (what === 'stop' && isUndo) || body.includes('reopened') ? { opens: requestId } : {}),
    }
  }

  return {
    told: ({ by, operation, input }: Call): void => {
      if (!by.event || (by.fn !== 'requests' && by.fn !== 'subscriptions')) return
      const word = said(by)
      if (!word) return
      if (!spoken.has(by.event)) spoken.set(by.event, word)
      const pk = JSON.stringify(input.ExpressionAttributeValues ?? '')
      if (word.opens && operation === 'Query' && pk.includes(`REQUEST#${word.opens}`))
        opens.push({ id: word.opens, at: world.now() })
    },
    sees: ({ pk, sk, after }: Change): void => {
      if (sk === sortKeys.person && after?.suppressedAt?.S)
        moments.add(`${pk.replace('PERSON#', '')} ${after.suppressedAt.S}`)
    },
    ended: (event: unknown, ending: Ending): void => {
      const word = spoken.get(event as object)
      if (!word) return
      const { statusCode = 0 } = ('answer' in ending ? (ending.answer ?? {}) : {}) as { statusCode?: number }
      const isDone = statusCode === 200
      words.push({ person: word.person, isUndo: word.isUndo, from: word.by.startedAt, to: world.now(), isDone })
      if (isDone && word.stops) stops.push({ id: word.stops, beganAt: word.by.startedAt })
    },
    atRest: (): void => {
      const states = new Map(requestsIn(table).map(({ id, state }) => [id, state]))
      for (const { id, beganAt } of stops) {
        const isOpened = opens.some((open) => open.id === id && open.at > beganAt)
        const state = states.get(id)
        if (!isOpened && state && state !== 'closed')
          violated(`${id} was stopped, and that was answered, and it is ${state}`)
      }
      for (const item of table.items.values()) {
        if (!item.sk?.S?.startsWith(sortKeys.series)) continue
        const { person, series, state, unsubscribedAt, expiresAt } = fromStored(item)
        const last = words
          .filter((word) => word.person === person)
          .sort((a, b) => a.from - b.from)
          .at(-1)
        const isAlone = words.every(
          (word) => word === last || word.person !== person || word.to + HANGS < (last?.from ?? 0),
        )
        if (!last?.isUndo || !last.isDone || !isAlone || personIn(table, person).suppressedAt) continue
        if (expiresAt && expiresAt <= world.now() / 1000) continue
        if (state === 'unsubscribed' && moments.has(`${person} ${unsubscribedAt}`))
          violated(`${person} ${series} was stopped with everything, that was taken back, and it is ${state}`)
      }
    },
  }
}
