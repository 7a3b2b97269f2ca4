import { command, WrongUse } from './command.ts'
import type { Folded } from './fold-table.ts'
import { when } from './in-words.ts'
import { count } from './progress-bar.ts'

const usage = `stats [options]

Counts what is in the table and in the queues at this moment: requests, mails of the last
seven days, readers, what is due and overdue, whose mail is stopped and why, dead letters,
and how SES and the two circuit breakers stand. It reads the whole table once.`

export const stats = command({
  summary: 'what is in the table and the queues, counted',
  usage,
  run: async ({ positionals, open }) => {
    if (positionals.length > 0) throw new WrongUse('It takes options only.')
    const stack = await open()
    const [
      { folding },
      { walkTable },
      { deadLetterQueues },
      queues,
      sending,
      counters,
      handover,
      { theStage },
      { standing },
    ] = await Promise.all([
      import('./fold-table.ts'),
      import('./walk.ts'),
      import('./dead-letters.ts'),
      import('../shared/aws/queue-contents.ts'),
      import('../shared/aws/sending.ts'),
      import('../shared/aws/counters.ts'),
      import('../shared/aws/handover.ts'),
      import('../shared/aws/environment.ts'),
      import('../shared/reputation.ts'),
    ])
    const now = stack.now()
    const { counts, take } = folding(now)
    await walkTable(take)
    const depth = (stem: string) => queues.depthOf(stack.queues.get(stem) ?? '')
    const dead = await Promise.all(
      deadLetterQueues(stack.queues).map(async ({ name, stem }) => [name, (await depth(stem)).waiting] as const),
    )
    const outcomes = await counters.outcomesLately(now)
    const [mail, tips, account, workflowSending, tipsSending, { holdUntil = '' }] = await Promise.all([
      depth('mailqueue'),
      depth('tipsqueue'),
      sending.account(),
      sending.isSending(stack.configurationSets.workflow),
      sending.isSending(stack.configurationSets.tips),
      handover.read(),
    ])
    const rate = (some: number): number => (outcomes.sent > 0 ? some / outcomes.sent : 0)
    const data = {
      place: stack.name,
      at: now,
      ...counts,
      queues: { mail, tips },
      deadLetters: Object.fromEntries(dead),
      reputation: {
        ...outcomes,
        bounceRate: rate(outcomes.bounced),
        complaintRate: rate(outcomes.complained),
        standing: standing(outcomes, theStage().reputation),
      },
      ses: {
        ...account,
        workflow: workflowSending ? 'sending' : 'paused',
        tips: tipsSending ? 'sending' : 'paused',
        tipsHeldUntil: holdUntil > now ? holdUntil : null,
      },
    }
    return { data, text: inWords(data) }
  },
})

type Data = Folded & {
  place: string
  at: string
  queues: Record<string, { waiting: number; inFlight: number; delayed: number }>
  deadLetters: Record<string, number>
  reputation: {
    sent: number
    bounced: number
    complained: number
    bounceRate: number
    complaintRate: number
    standing: string
  }
  ses: {
    maySend: boolean
    sandbox: boolean
    standing: string
    perSecond: number
    perDay: number
    sentLastDay: number
    workflow: string
    tips: string
    tipsHeldUntil: string | null
  }
}

const standings: Record<string, string> = {
  good: 'everything goes out',
  'no-confirmations': 'no confirmation mails go out: too many bounce or complain',
  'no-tips': 'neither confirmations nor tips go out: too many bounce or complain',
}

const list = (counts: Record<string, number>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([name, some]) => `${count(some)} ${name}`)
    .join(', ') || 'none'

const percent = (rate: number): string => `${(rate * 100).toFixed(2)} %`

const waiting = ({ later, dueNow, overdue }: Folded['waiting'], long: string): string =>
  `${count(dueNow)} due now, ${count(overdue)} for more than ${long}, ${count(later)} later`

const inWords = (data: Data): string => {
  const { requests, mails, skippedBecause, subscriptions, people, queues, deadLetters, reputation, ses } = data
  const quota =
    ses.perDay < 0 ? 'without a limit a day' : `${count(ses.sentLastDay)} of ${count(ses.perDay)} in 24 hours`
  const lines: [name: string, says: string][] = [
    ['Requests', list(requests)],
    ['Mails of the last 7 days', list(mails)],
    ...Object.entries(skippedBecause).map(([reason, some]): [string, string] => [
      '',
      `${count(some)} skipped: ${reason}`,
    ]),
    ['Mails that are planned', waiting(data.waiting, '15 minutes')],
    ...(Object.keys(subscriptions).length === 0 ? [['Readers', 'none'] as [string, string]] : []),
    ...Object.entries(subscriptions).map(([series, states], index): [string, string] => [
      index === 0 ? 'Readers' : '',
      `${series}: ${list(states)}`,
    ]),
    ['Tips that are planned', waiting(data.tips, 'an hour')],
    ['People', `${count(people.known)} known; ${count(people.refusedTips)} refused tips`],
    ['Mail is stopped for', list(people.stopped)],
    ...Object.entries(queues).map(([name, depth]): [string, string] => [
      `Queue ${name}`,
      `${count(depth.waiting)} wait, ${count(depth.delayed)} are delayed, ${count(depth.inFlight)} are worked on`,
    ]),
    ['Dead letters', list(Object.fromEntries(Object.entries(deadLetters).filter(([, some]) => some > 0)))],
    [
      'Reputation, 2 days',
      `${count(reputation.sent)} sent, ${percent(reputation.bounceRate)} bounced, ${percent(reputation.complaintRate)} complained: ${standings[reputation.standing] ?? reputation.standing}`,
    ],
    [
      'SES',
      `${ses.maySend ? 'sends' : 'SENDS NOTHING'}${ses.sandbox ? ', in its sandbox: verified addresses only' : ''}; ${quota}, ${ses.perSecond} a second; ${ses.standing.toLowerCase()}`,
    ],
    ['Workflow mail', ses.workflow],
    ['Tips', `${ses.tips}${heldInWords(ses.tipsHeldUntil)}`],
  ]
  return [
    `${data.place}, ${when(data.at, 'UTC')} UTC`,
    ...lines.map(([name, says]) => `  ${name.padEnd(26)}${says}`),
  ].join('\n')
}

const heldInWords = (until: string | null): string => {
  if (!until) return ''
  return until.startsWith('9999')
    ? '; not handed over, until resumed'
    : `; not handed over until ${when(until, 'UTC')} UTC`
}
