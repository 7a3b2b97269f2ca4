import { isFinal, type MailState } from '../../shared/request.ts'
import type { Step } from './explore.ts'
import { type Move, moved, type RowState } from './ledger-moves.ts'

/**
 * How one mail is planned, claimed, sent, settled and put right: `functions/send-mail.ts`, `plan-mail.ts`, `reconcile.ts`
 * and `record-outcome.ts`, each call of a service one step (`reconcile` and `record-outcome` make one each). Between any two
 * steps anything else may happen, and any worker may die.
 *
 * What is taken for granted: who claimed a mail is dead when the lease has run out (a function lives 30 seconds, the lease
 * five minutes); a stream, a queue and Scheduler deliver at least once, in the end; the database does what it says.
 */
type Worker =
  | { at: 'idle' }
  | { at: 'took' }
  | { at: 'loaded'; version: number; plan: Plan }
  | { at: 'claimed'; version: number; held: boolean; agreed: boolean }
  | { at: 'checked'; held: boolean; agreed: boolean }
  | { at: 'answered'; answer: 'sent' | 'refused' | 'unknown' | 'later' }
  | { at: 'stopped' }

/** What the plan says of the mail: it goes out; there is none; it was left out, for its days were taken or its time has passed. */
type Plan = 'holds it' | 'knows nothing of it' | 'leaves it out'
const plans = ['holds it', 'knows nothing of it', 'leaves it out'] as const satisfies Plan[]

export type State = {
  row: RowState
  /** The lease of the claim has run out, or the grace time of the doubt. */
  over: boolean
  doubts: number
  version: number
  /** The plan of this version. */
  plan: Plan
  /** Changes that plan-mail has not seen yet. */
  changes: number
  planner: { at: 'idle' } | { at: 'loaded'; version: number; plan: Plan; row: boolean } | { at: 'written' }
  agreed: boolean
  messages: number
  workers: Worker[]
  accepted: number
  /** Reports of SES that are on their way, and those that never come. */
  events: number
  /** Of how many that SES took it has told us. */
  told: number
  /** A mail that SES had, whose answer was lost and whose event had not come when the grace time was over. */
  lost: boolean
  /** What must never be, and was. */
  broke: '' | 'sent against the plan' | 'sent without consent' | 'ended against the plan'
}

/** Parts of the code that can be left out, to see that the model finds it. */
export type Defect =
  | 'claim removed'
  | 'version check removed'
  | 'consent check removed'
  | 'lease shorter than a worker lives'
  | 'doubt taken for not sent'
  | 'nobody reconciles'
  | 'taken back by an old decision'
  | 'ended by an old plan'
  | 'event taken for nothing'

export type Setting = {
  ifAmbiguous: 'send-again' | 'let-go'
  workers: number
  messages: number
  /** Changes of the request by the seeker. */
  changes: number
  /** After so many doubts it is let go all the same. */
  doubts: number
  defect?: Defect
}

const isWaiting = (row: RowState): boolean => row === 'planned' || row === 'planned-in-doubt'
const isClaimed = (row: RowState): boolean => row === 'claimed' || row === 'claimed-in-doubt'

const idle = { at: 'idle' } as const

export const start = ({ workers }: Setting): State[] => [
  {
    row: 'none',
    over: false,
    doubts: 0,
    version: 0,
    plan: 'holds it',
    changes: 1,
    planner: idle,
    agreed: true,
    messages: 0,
    workers: Array.from({ length: workers }, () => idle),
    accepted: 0,
    events: 0,
    told: 0,
    lost: false,
    broke: '',
  },
]

const move = (state: State, name: Move): State => {
  const row = moved(state.row, name)
  return row === state.row ? state : { ...state, row, over: false }
}

/** Nobody gets it, and it is not planned again: the plan must have left it out at that moment. */
const end = (state: State, name: 'skip' | 'drop'): State => {
  const after = move(state, name)
  return after !== state && state.plan === 'holds it' ? { ...after, broke: 'ended against the plan' } : after
}

export const next =
  (setting: Setting) =>
  (state: State): Step<State>[] => {
    const steps: Step<State>[] = []
    const can = (does: string, then: State, fault = false): void => void steps.push({ does, then, fault })
    const enqueued = (after: State): State => ({ ...after, messages: Math.min(setting.messages, after.messages + 1) })
    const doubted = (after: State): State => ({ ...after, doubts: Math.min(setting.doubts, after.doubts + 1) })
    const has = (defect: Defect): boolean => setting.defect === defect

    // The seeker.
    if (state.version < setting.changes) {
      const changed = { ...state, version: state.version + 1, changes: Math.min(2, state.changes + 1) }
      can('the seeker changes the request: the mail stays', { ...changed }, true)
      for (const plan of plans)
        if (plan !== state.plan) can(`the seeker changes the request: the plan ${plan}`, { ...changed, plan }, true)
    }
    if (state.agreed) can('the seeker stops all mail', { ...state, agreed: false }, true)

    // plan-mail, from the stream: one change after the other, at least once.
    const { planner } = state
    if (planner.at !== 'idle') can('plan-mail dies', { ...state, planner: idle, changes: state.changes + 1 }, true)
    switch (planner.at) {
      case 'idle':
        if (state.changes > 0)
          can('plan-mail: load', {
            ...state,
            changes: state.changes - 1,
            planner: { at: 'loaded', version: state.version, plan: state.plan, row: state.row !== 'none' },
          })
        break
      case 'loaded': {
        const isAsItWas = planner.version === state.version || has('ended by an old plan')
        if (planner.plan === 'knows nothing of it')
          can('plan-mail: withdraw', { ...move(state, 'withdraw'), planner: idle })
        else if (planner.plan === 'holds it')
          // A row that is there already says the same: it is not written again.
          can('plan-mail: plan', { ...(planner.row ? state : move(state, 'plan')), planner: { at: 'written' } })
        else if (!isAsItWas)
          can('plan-mail: skip or drop, changed', { ...state, planner: idle, changes: Math.min(2, state.changes + 1) })
        else if (planner.row) can('plan-mail: skip', { ...end(state, 'skip'), planner: idle })
        else can('plan-mail: drop', { ...end(state, 'drop'), planner: idle })
        break
      }
      case 'written':
        can('plan-mail: enqueue', { ...enqueued(state), planner: idle })
    }
    if (state.messages > 0 && state.messages < setting.messages)
      can('a message comes twice', { ...state, messages: state.messages + 1 }, true)

    // reconcile.
    if (!has('nobody reconciles')) {
      if (isWaiting(state.row) && state.messages === 0) can('reconcile: ring again', enqueued(state))
      if (isClaimed(state.row) && state.over) can('reconcile: unsettle', doubted(move(state, 'unsettle')))
      if (state.row === 'unsettled' && state.over) {
        const again =
          has('doubt taken for not sent') || (setting.ifAmbiguous === 'send-again' && state.doubts < setting.doubts)
        can(
          again ? 'reconcile: sendAgain' : 'reconcile: letGo',
          again ? enqueued(move(state, 'sendAgain')) : move(state, 'letGo'),
        )
      }
    }

    // Time.
    const isHeld = state.workers.some(({ at }) => at === 'claimed' || at === 'checked' || at === 'answered')
    if (isClaimed(state.row) && !state.over && (!isHeld || has('lease shorter than a worker lives')))
      can('the lease runs out', { ...state, over: true })
    if (state.row === 'unsettled' && !state.over)
      can('the grace time runs out', { ...state, over: true, lost: state.lost || state.accepted > state.told })

    // What SES reports: late, twice, or never.
    if (state.events > 0) {
      const told = Math.min(state.accepted, state.told + 1)
      const recorded = { ...(has('event taken for nothing') ? state : move(state, 'recordOutcome sent')), told }
      can('record-outcome: sent', { ...recorded, events: state.events - 1 })
      can('record-outcome: sent, and it comes once more', recorded, true)
      can('an event is lost', { ...state, events: state.events - 1 }, true)
    }

    // send-mail.
    state.workers.forEach((worker, index) => {
      // Which of two does it makes no difference.
      if (state.workers.findIndex((other) => JSON.stringify(other) === JSON.stringify(worker)) < index) return
      const becomes = (after: State, now: Worker): State => ({
        ...after,
        workers: after.workers.with(index, now).toSorted((a, b) => JSON.stringify(a).localeCompare(JSON.stringify(b))),
      })
      /** It is done: the message is deleted. */
      const done = (after: State): State => becomes(after, idle)
      /** It throws or dies: the message comes again. */
      const backInQueue = (after: State): State => becomes(enqueued(after), idle)
      if (worker.at !== 'idle') can('send-mail dies', backInQueue(state), true)
      switch (worker.at) {
        case 'idle':
          if (state.messages > 0)
            can('send-mail takes a message', becomes({ ...state, messages: state.messages - 1 }, { at: 'took' }))
          break
        case 'took':
          can('send-mail: load', becomes(state, { at: 'loaded', version: state.version, plan: state.plan }))
          break
        case 'loaded': {
          const isAsItWas = worker.version === state.version || has('taken back by an old decision')
          if (worker.plan !== 'holds it') {
            const name = worker.plan === 'leaves it out' ? 'skip' : 'withdraw'
            if (!isAsItWas) can(`send-mail: ${name}, changed`, backInQueue(state))
            else can(`send-mail: ${name}`, done(name === 'skip' ? end(state, 'skip') : move(state, 'withdraw')))
            break
          }
          const isMine = isWaiting(state.row) || has('claim removed')
          const agrees = state.agreed || has('consent check removed')
          if (!isMine) can('send-mail: claim, not waiting', done(state))
          else if (!agrees) can('send-mail: claim, suppressed', becomes(state, { at: 'stopped' }))
          else
            can(
              'send-mail: claim',
              becomes(move(state, 'claim'), {
                at: 'claimed',
                version: worker.version,
                held: state.plan === 'holds it',
                agreed: state.agreed,
              }),
            )
          break
        }
        case 'stopped':
          can('send-mail: skip, suppressed', done(move(state, 'skip')))
          break
        case 'claimed':
          if (worker.version === state.version || has('version check removed'))
            can('send-mail: versionOf', becomes(state, { at: 'checked', held: worker.held, agreed: worker.agreed }))
          else can('send-mail: versionOf, changed: release', backInQueue(move(state, 'release')))
          break
        case 'checked': {
          const taken: State = {
            ...state,
            accepted: Math.min(3, state.accepted + 1),
            events: Math.min(2, state.events + 1),
            broke:
              state.broke || (worker.held ? (worker.agreed ? '' : 'sent without consent') : 'sent against the plan'),
          }
          can('SES takes it', becomes(taken, { at: 'answered', answer: 'sent' }))
          can('SES takes it, and the answer is lost', becomes(taken, { at: 'answered', answer: 'unknown' }), true)
          can('SES is not reached', becomes(state, { at: 'answered', answer: 'unknown' }), true)
          can('SES takes nothing now', becomes(state, { at: 'answered', answer: 'later' }), true)
          can('SES refuses it for good', becomes(state, { at: 'answered', answer: 'refused' }), true)
          break
        }
        case 'answered':
          if (worker.answer === 'sent') can('send-mail: settle', done(move(state, 'settle')))
          if (worker.answer === 'refused') can('send-mail: refuse', done(move(state, 'refuse')))
          if (worker.answer === 'unknown') {
            const after = move(state, 'unsettle')
            can('send-mail: unsettle', done(after === state ? state : doubted(after)))
          }
          if (worker.answer === 'later') can('send-mail: release', backInQueue(move(state, 'release')))
          break
      }
    })
    return steps
  }

const isAtRest = ({ messages, workers, events, changes, planner }: State): boolean =>
  messages === 0 && events === 0 && changes === 0 && [...workers, planner].every(({ at }) => at === 'idle')

/** The row has come to its end, and nothing is on its way. */
export const isOver = (state: State): boolean =>
  isAtRest(state) && (state.row === 'none' || isFinal(state.row.replace('-in-doubt', '') as MailState))

export const wrong =
  ({ ifAmbiguous }: Setting) =>
  (state: State): string | undefined => {
    if (state.broke) return state.broke
    if (state.accepted > 1 && ifAmbiguous === 'let-go') return 'sent twice, though it is let go in doubt'
    if (state.accepted > 1 && !state.lost) return 'sent twice, and no answer and event were lost'
    if (!isOver(state)) return undefined
    if (state.plan === 'holds it' && state.row === 'none') return 'the plan holds it, and nobody knows of it'
    const says = state.row === 'sent'
    if (says && state.accepted === 0) return 'the ledger says sent, and SES had nothing'
    if (!says && state.told > 0) return `SES has told that it had it, and the ledger says ${state.row}`
    // What SES had is told by its answer or its event: only with both lost nobody knows.
    if (!says && state.accepted > 0 && !state.lost) return `SES had it, and the ledger says ${state.row}`
    return undefined
  }
