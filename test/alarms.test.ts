import { request as httpRequest } from 'node:http'
import { GetScheduleCommand, SchedulerClient, UpdateScheduleCommand } from '@aws-sdk/client-scheduler'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { runbook } from './runbook.ts'
import { type Reader, subscriberAt } from './subscriber.ts'
import { adasForm, begin } from './traveller.ts'
import { openWatched, type Watched } from './watched.ts'

/**
 * Each alarm of the stage prod, brought about on this machine by what it is there for, and ended by what its entry of the
 * runbook says.
 */

let cloud: Watched
let early: Seeker
beforeAll(async () => {
  cloud = await openWatched('2026-11-23T14:00:02Z')
  early = await seeker()
  // Until the daily walk has come to its end, which takes it three quarters of an hour.
  await cloud.pass(60)
}, 600_000)
afterAll(() => cloud.close())

let count = 0
const somebody = (): string => {
  count += 1
  return `somebody-${count}@example.org`
}

/** Somebody new who says that she has sent the draft: from then on mails come. */
const seeker = async () => {
  const seekerEmail = somebody()
  const request = await begin(cloud, { seekerEmail })
  await request.tell('sent')
  const mails = async (name: string) => (await cloud.mails(seekerEmail)).filter(({ tags }) => tags.mail === name)
  return { ...request, mails }
}
type Seeker = Awaited<ReturnType<typeof seeker>>
const reader = () => subscriberAt(cloud).reader({ email: somebody() })

/** A form from a network of one's own: this machine has a few. */
const asks = (seekerEmail: string, localAddress = '127.0.0.1') =>
  new Promise<number | undefined>((done, fail) => {
    const { port } = new URL(cloud.url)
    const headers = { 'content-type': 'application/json' }
    httpRequest({ host: '127.0.0.1', port, localAddress, method: 'POST', path: '/requests', headers }, (answer) =>
      answer.resume().once('end', () => done(answer.statusCode)),
    )
      .once('error', fail)
      .end(JSON.stringify({ ...adasForm, seekerEmail }))
  })

const followed = new Set<string>()

/** Types what the runbook says; `said` has to be in the answer. */
const follow = async (
  entry: string,
  command: string,
  { said = '', id = '', ...blanks }: { said?: string; id?: string; mail?: string; address?: string } = {},
): Promise<void> => {
  expect(runbook.get(entry)?.commands, entry).toContain(`npm run ops -- ${command} --stage prod`)
  followed.add(`${entry}: npm run ops -- ${command} --stage prod`)
  const line = Object.entries({ 'request id': id, ...blanks }).reduce(
    (text, [name, value]) => text.replaceAll(`<${name}>`, value),
    command,
  )
  expect(await cloud.ops(line)).toContain(said)
}

/** The log has what the runbook says to look for. */
const logHas = (entry: string, fn: string, wanted: Record<string, unknown>): void => {
  expect(runbook.get(entry)?.text).toContain(`logs ${fn.replaceAll('-', '')}logs`)
  const lines = cloud.logged().filter((line) => line.fn === fn)
  expect(lines).toContainEqual(expect.objectContaining({ message: expect.objectContaining(wanted) }))
}

const deadLetters = async (says: string, mended: string): Promise<void> => {
  await follow('dead-letters', 'dead-letters list', { said: says })
  await follow('dead-letters', 'dead-letters redrive', { said: mended })
  await follow('dead-letters', 'dead-letters list', { said: 'There are no dead letters.' })
}
const ok = (fn: string) => cloud.make(fn, 'ok')
const local = { region: 'us-east-1', credentials: { accessKeyId: 'local', secretAccessKey: 'local' } }
/** What the local cloud has no metrics of, as AWS would count what was just seen. */
const pageFailed = () => cloud.note('AWS/ApiGateway', '5xx', { ApiId: 'web-api' }, 1)

type Row = {
  what: string
  /** The alarms that are off because of it, and no other. */
  off: string[]
  /** Leaves things as they are when the alarm is to be off. */
  cause: () => Promise<void>
  /** What the entry says, to its end. */
  mend: () => Promise<void>
}

let ada: Seeker
let kit: Reader
const bouncing = 'bounce+one@simulator.amazonses.com'
const crowd = Array.from({ length: 31 }, (_, n) => `crowd-${n}@example.org`)

const rows: Row[] = [
  {
    what: 'a page fails',
    off: ['pages-failed'],
    cause: async () => {
      await cloud.make('requests', 'crash')
      expect((await cloud.page('/')).status).toBe(500)
      await pageFailed()
    },
    mend: async () => {
      expect((await cloud.call('/health')).status).toBe(200)
    },
  },
  ...(['requests', 'subscriptions'] as const).map((fn) => ({
    what: `more of ${fn} are asked for than may run at once`,
    off: [`${fn}-throttled`, 'pages-failed'],
    cause: async () => {
      await cloud.make(fn, 'throttle')
      expect((await cloud.page(fn === 'requests' ? '/' : '/series')).status).toBe(503)
      await pageFailed()
      await cloud.note('AWS/Lambda', 'Throttles', { FunctionName: fn }, 1)
    },
    mend: async () => {
      await ok(fn)
      expect((await cloud.page(fn === 'requests' ? '/' : '/series')).status).toBe(200)
    },
  })),
  {
    what: 'a run of pick-tips fails',
    off: ['pick-tips-dead-letters'],
    cause: async () => {
      await cloud.make('pick-tips', 'crash')
      await cloud.pass(5)
    },
    mend: () => deadLetters('a run of pick-tips', 'pick-tips: 1 message taken off'),
  },
  {
    what: 'pick-tips is not run',
    off: ['tips-forgotten'],
    cause: async () => {
      await cloud.make('pick-tips', 'throttle')
      await cloud.pass(35)
    },
    mend: async () => {
      await ok('pick-tips')
      await cloud.pass(5)
      await follow('dead-letters', 'dead-letters list', { said: 'EventAgeExceeded' })
      await follow('tips-late', 'dead-letters redrive', { said: 'taken off: the next run has done that work' })
    },
  },
  {
    what: 'reconcile fails',
    off: ['reconcile-dead-letters', 'mail-overdue'],
    cause: async () => {
      await cloud.make('reconcile', 'crash', 9)
      await cloud.pass(35)
    },
    mend: async () => {
      await follow('mail-late', 'stats', { said: 'reconcile' })
      await ok('reconcile')
      await cloud.pass(15)
      await deadLetters('a run of reconcile', 'taken off: the next run has done that work')
    },
  },
  {
    what: 'plan-mail does not run',
    off: ['plans-forgotten'],
    cause: async () => {
      ada = await seeker()
      // What it has done is no longer in the period in which the form comes.
      await cloud.pass(5)
      await cloud.make('plan-mail', 'throttle')
      await ada.tell('replied')
      await asks(somebody())
      await cloud.pass(35)
      expect(await ada.mails('arrange')).toEqual([])
    },
    mend: async () => {
      await ok('plan-mail')
      await cloud.settle()
      expect(await ada.mails('arrange')).toHaveLength(1)
      await follow('stream-behind', 'next <request id>', { id: ada.id, said: 'arrange-reminder' })
      await follow('stream-behind', 'replan --since 2026-11-22T00:00:00Z', { said: 'planned anew' })
    },
  },
  {
    what: 'plan-mail comes minutes late',
    off: ['stream-behind'],
    cause: async () => {
      ada = await seeker()
      await cloud.make('plan-mail', 'throttle')
      await ada.tell('replied')
      await cloud.pass(10)
      await ok('plan-mail')
      await cloud.settle()
    },
    mend: async () => {
      expect(await ada.mails('arrange')).toHaveLength(1)
      await follow('stream-behind', 'next <request id>', { id: ada.id, said: 'arrange-reminder' })
    },
  },
  {
    what: 'plan-mail fails',
    off: ['plans-dead-letters'],
    cause: async () => {
      ada = await seeker()
      await cloud.make('plan-mail', 'crash', 20)
      await ada.tell('replied')
      await cloud.pass(5)
      expect(await ada.mails('arrange')).toEqual([])
    },
    mend: async () => {
      await ok('plan-mail')
      await deadLetters('1 change of requests', 'plans: 1 request that changed then planned anew.')
      await cloud.settle()
      expect(await ada.mails('arrange')).toHaveLength(1)
    },
  },
  {
    what: 'send-mail takes nothing',
    off: ['mail-waits'],
    cause: async () => {
      ada = await seeker()
      await cloud.make('send-mail', 'throttle')
      await ada.tell('replied')
      await cloud.pass(16)
    },
    mend: async () => {
      await follow('mail-late', 'stats', { said: 'Queue mail                2 wait' })
      await ok('send-mail')
      await cloud.settle()
      expect(await ada.mails('arrange')).toHaveLength(1)
    },
  },
  {
    what: 'the mail of requests was paused and forgotten',
    off: ['mail-dead-letters', 'mail-overdue'],
    cause: async () => {
      ada = await seeker()
      await cloud.ops('pause-sending --workflow')
      await ada.tell('replied')
      await cloud.pass(32)
    },
    mend: async () => {
      await follow('mail-late', 'stats', { said: 'Workflow mail             paused' })
      await follow('mail-late', 'stats', { said: '1 for more than 15 minutes' })
      await follow('mail-late', 'resume-sending --workflow', { said: 'SES takes them again' })
      const about = { id: ada.id, mail: 'arrange' }
      await follow('dead-letters', 'explain "<request id> <mail>"', { ...about, said: 'SES would not take it' })
      await deadLetters(`mail arrange#3 of request ${ada.id}`, 'put back on the queue')
      await cloud.settle()
      expect(await ada.mails('arrange')).toHaveLength(1)
      await follow('mail-late', 'stats', { said: ' 0 for more than 15 minutes' })
    },
  },
  {
    what: 'SES is down',
    off: ['mail-overdue'],
    cause: async () => {
      ada = await seeker()
      await cloud.faults('down', 10_000)
      await ada.tell('replied')
      await cloud.pass(32)
    },
    mend: async () => {
      await follow('mail-late', 'stats', { said: '1 unsettled' })
      logHas('mail-late', 'send-mail', { event: 'mail-unknown' })
      await follow('mail-late', 'explain "<request id> <mail>"', { id: ada.id, mail: 'arrange', said: 'is in doubt' })
      await cloud.faults('ok', 1)
      await follow('mail-late', 'dead-letters redrive', { said: 'There are no dead letters.' })
      await cloud.pass(30)
      expect(await ada.mails('arrange')).toHaveLength(1)
    },
  },
  {
    what: 'send-tips fails',
    off: ['tips-dead-letters'],
    cause: async () => {
      kit = await reader()
      await cloud.make('send-tips', 'crash', 200)
      await kit.wish({ next: 'now' })
      await cloud.pass(35)
    },
    mend: async () => {
      await ok('send-tips')
      await deadLetters('for 1 reader', 'put back on the queue')
      await cloud.settle()
      expect(await kit.tips()).toHaveLength(1)
    },
  },
  {
    what: 'send-tips takes nothing',
    off: ['tips-waits'],
    cause: async () => {
      kit = await reader()
      await cloud.make('send-tips', 'throttle')
      await kit.wish({ next: 'now' })
      await cloud.pass(61)
    },
    mend: async () => {
      await follow('tips-late', 'stats', { said: '1 for more than an hour' })
      await ok('send-tips')
      await cloud.settle()
      expect(await kit.tips()).toHaveLength(1)
      await follow('tips-late', 'stats', { said: '0 for more than an hour' })
      await follow('tips-late', 'stats', { said: 'Queue tips                0 wait' })
    },
  },
  {
    what: 'record-outcome fails',
    off: ['outcomes-dead-letters'],
    cause: async () => {
      await cloud.make('record-outcome', 'crash', 20)
      await asks(bouncing)
      await cloud.pass(5)
    },
    mend: async () => {
      await ok('record-outcome')
      await deadLetters('SES told “Email Bounced” about confirm#0', '2 reports of SES written down.')
      await follow('mail-late', 'stats', { said: '1 bounce' })
    },
  },
  {
    what: 'tips were paused and forgotten',
    off: ['tips-stopped'],
    cause: async () => {
      await follow('bounces', 'pause-sending --tips', { said: 'Tips paused.' })
      await cloud.pass(5)
    },
    mend: async () => {
      logHas('tips-stopped', 'pick-tips', { event: 'tips-stopped', because: 'SES takes nothing at the moment' })
      await follow('tips-stopped', 'stats', { said: 'Tips                      paused' })
      await follow('tips-stopped', 'resume-sending --tips', { said: 'SES takes them again' })
      expect(await cloud.ops('stats')).toMatch(/Tips +sending$/)
    },
  },
  {
    what: 'SES takes no more on this day',
    off: ['tips-stopped'],
    cause: async () => {
      kit = await reader()
      // Nothing rings for her, so that pick-tips finds her.
      await cloud.make('plan-mail', 'throttle')
      await kit.wish({ next: 'now' })
      await cloud.json('/_local/faults', { quota: { max24HourSend: 1 } })
      await cloud.pass(5)
    },
    mend: async () => {
      logHas('tips-stopped', 'pick-tips', { event: 'tips-stopped', because: 'the quota of the day is used up' })
      await cloud.json('/_local/faults', { quota: { max24HourSend: 50_000 } })
      await ok('plan-mail')
      await cloud.pass(5)
      expect(await kit.tips()).toHaveLength(1)
    },
  },
  {
    what: 'nobody writes down which tips SES has taken',
    off: ['taken-tips-lost'],
    cause: async () => {
      const rule = cloud.alarms.find(({ name }) => name === 'taken-tips-lost')?.watches.alone?.dimensions ?? {}
      expect(rule).toEqual({ RuleName: 'sender-taken' })
      await cloud.note('AWS/Events', 'FailedInvocations', rule, 1)
    },
    mend: async () => {
      await follow('taken-tips', 'pause-sending --tips', { said: 'Tips paused.' })
      await follow('taken-tips', 'resume-sending --tips', { said: 'SES takes them again' })
    },
  },
  {
    what: 'a provider refuses our mail',
    off: ['policy-bounces'],
    cause: async () => {
      const answer = await cloud.json('/requests', {
        ...adasForm,
        seekerEmail: 'bounce-policy@simulator.amazonses.com',
      })
      ada = { ...ada, id: answer.json.id }
      await cloud.settle()
    },
    mend: async () => {
      logHas('policy-bounces', 'record-outcome', { event: 'policy-bounce', requestId: ada.id })
      await follow('policy-bounces', 'explain <request id>', { id: ada.id, said: 'came back' })
    },
  },
  {
    what: 'more ask in one minute than a machine should',
    off: ['confirmations-stopped'],
    cause: async () => {
      await cloud.until(`${new Date((await cloud.now()) + 3_600_000).toISOString().slice(0, 13)}:01:00Z`)
      await cloud.pass(35)
      for (const [index, email] of crowd.entries())
        expect(await asks(email, index < 20 ? '127.0.0.1' : '127.0.1.1')).toBe(202)
      await cloud.settle()
    },
    mend: async () => {
      logHas('breaker-open', 'send-mail', { event: 'confirmations-stopped', because: 'too many in this minute' })
      await cloud.pass(15)
      const asked = (await cloud.mails()).filter(({ tags, to }) => tags.mail === 'confirm' && /^crowd/.test(`${to}`))
      expect(asked).toHaveLength(crowd.length)
    },
  },
  {
    what: 'SES tells us nothing any more',
    off: ['canary-lost'],
    cause: async () => {
      await cloud.until('2026-11-25T00:00:05Z')
      await cloud.make('record-outcome', 'throttle')
      await cloud.pass(240)
    },
    mend: async () => {
      logHas('canary', 'canary', { event: 'canary', step: 'lost' })
      await ok('record-outcome')
      await cloud.until('2026-11-26T01:30:00Z')
      await cloud.pass(45)
      logHas('canary', 'canary', { event: 'canary', step: 'arrived' })
    },
  },
  {
    what: 'the alarm of a mail cannot be put on the queue',
    off: ['schedules-dead-letters', 'schedules-dropped'],
    cause: async () => {
      const scheduler = new SchedulerClient({ ...local, endpoint: cloud.endpoints.services })
      const due = (await cloud.call('/_local/schedules')).json as { name: string; at: string }[]
      const alarm = due.find(({ name }) => name.startsWith(`${early.id}-widen`))
      if (!alarm) throw new Error('Nothing is scheduled for her')
      const group =
        cloud.alarms.find(({ name }) => name === 'schedules-dropped')?.watches.alone?.dimensions.ScheduleGroup ?? ''
      const found = await scheduler.send(new GetScheduleCommand({ Name: alarm.name, GroupName: group }))
      const { ScheduleExpression, ScheduleExpressionTimezone, FlexibleTimeWindow, ActionAfterCompletion, Target } =
        found
      const elsewhere = { ...Target, Arn: `${Target?.Arn}-renamed`, RoleArn: Target?.RoleArn }
      await scheduler.send(
        new UpdateScheduleCommand({
          Name: alarm.name,
          GroupName: group,
          ScheduleExpression,
          ScheduleExpressionTimezone,
          FlexibleTimeWindow,
          ActionAfterCompletion,
          Target: elsewhere,
        }),
      )
      scheduler.destroy()
      await cloud.until(new Date(Date.parse(alarm.at) - 45 * 60_000).toISOString())
      await cloud.pass(46)
      await cloud.note('AWS/Scheduler', 'InvocationDroppedCount', { ScheduleGroup: group }, 1)
    },
    mend: async () => {
      await follow('schedules-dropped', 'dead-letters list', { said: `mail widen#2 of request ${early.id}` })
      await follow('schedules-dropped', 'dead-letters redrive', { said: 'put on the mail queue after all' })
      await cloud.settle()
      expect(await early.mails('widen')).toHaveLength(1)
      await follow('schedules-dropped', 'dead-letters list', { said: 'There are no dead letters.' })
    },
  },
  {
    what: 'an old list of addresses comes in through the form',
    off: ['bounces', 'complaints', 'account-bounces', 'account-complaints', 'confirmations-stopped', 'tips-stopped'],
    cause: async () => {
      // Shortly before midnight: the second one after it is when it is forgotten.
      await cloud.until('2026-11-26T22:30:05Z')
      await cloud.pass(45)
      await follow('bounces', 'stats', { said: 'everything goes out' })
      // So many mails went before that a share says something.
      const { countOutcomes } = await import('../shared/aws/counters.ts')
      await countOutcomes({ sent: 500 }, new Date(await cloud.now()).toISOString())
      // What becomes of the first is not known before the last is sent.
      await cloud.make('record-outcome', 'throttle')
      for (let n = 0; n < 3; n += 1) await asks(`bounce+${n}@simulator.amazonses.com`)
      await asks('complaint@simulator.amazonses.com')
      await cloud.settle()
      // SES's simulator is one mailbox, which gets three: the rest of the list is told of by hand.
      await countOutcomes({ bounced: 11 }, new Date(await cloud.now()).toISOString())
      await ok('record-outcome')
      await cloud.pass(18)
      await cloud.json('/subscriptions', { email: somebody() })
      await cloud.pass(2)
      const mails = await cloud.mails()
      for (const [metric, kind] of [
        ['Reputation.BounceRate', 'bounce'],
        ['Reputation.ComplaintRate', 'complaint'],
      ] as const) {
        const back = mails.filter(({ to }) => to[0]?.startsWith(kind)).length
        await cloud.note('AWS/SES', metric, {}, back / mails.length)
      }
    },
    mend: async () => {
      logHas('breaker-open', 'send-tips', { event: 'confirmations-stopped', because: 'bounces or complaints' })
      logHas('tips-stopped', 'pick-tips', { event: 'tips-stopped', because: 'bounces or complaints' })
      await follow('bounces', 'stats', { said: 'go out: too many bounce or complain' })
      await follow('complaints', 'stats', { said: 'go out: too many bounce or complain' })
      await follow('complaints', 'pause-sending --tips', { said: 'Tips paused.' })
      await follow('complaints', 'suppress --email <address>', {
        address: 'x@example.org',
        said: 'Nothing more is sent',
      })
      await follow('bounces', 'resume-sending --tips', { said: 'SES takes them again' })
      await follow('complaints', 'resume-sending --tips', { said: 'SES takes them again' })
      await cloud.until('2026-11-28T00:00:05Z')
      await cloud.pass(75)
      expect(await cloud.ops('stats')).toContain('everything goes out')
      await cloud.ops('dead-letters redrive')
    },
  },
  {
    what: 'send-tips takes nothing for a day',
    off: ['tips-late', 'tips-waits'],
    cause: async () => {
      kit = await reader()
      await cloud.make('send-tips', 'throttle')
      await kit.wish({ next: 'now' })
      await cloud.pass(25 * 60)
    },
    mend: async () => {
      await follow('tips-late', 'stats', { said: '2 for more than an hour' })
      await ok('send-tips')
      await cloud.settle()
      expect(await kit.tips()).toHaveLength(1)
      await cloud.pass(120)
    },
  },
]

describe('an alarm goes off, and is over when its entry has been followed', () => {
  test('every alarm of the template has its row', () => {
    const names = cloud.alarms.map(({ name }) => name)
    expect([...new Set(rows.flatMap(({ off }) => off))].sort()).toEqual(names.sort())
  })

  test.each(rows)('$what', { timeout: 600_000 }, async ({ off, cause, mend }) => {
    expect(await cloud.off(), 'before').toEqual([])
    await cause()
    await cloud.look()
    expect.soft((await cloud.off()).sort(), 'because of it').toEqual(off.toSorted())
    await mend()
    // Half an hour is the longest that an alarm looks back, but for those of the daily walk and of tips that are late.
    for (let rounds = 0; rounds < 3 && (await cloud.off()).length > 0; rounds += 1) await cloud.pass(15)
    expect(await cloud.off(), 'afterwards').toEqual([])
  })

  test('no command of their entries was left out', () => {
    const wanted = [...new Set(cloud.alarms.map(({ runbook }) => runbook))].flatMap((entry) =>
      (runbook.get(entry)?.commands ?? [])
        .filter((command) => command.startsWith('npm run ops'))
        .map((command) => `${entry}: ${command}`),
    )
    expect([...followed].sort()).toEqual(wanted.sort())
  })
})
