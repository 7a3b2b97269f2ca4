import { type Check, type Finding, failure, ok, skipped, warning } from './finding.ts'
import type { Look } from './look.ts'

const number = new Intl.NumberFormat('en')

export const scheduleGroup: Check = {
  name: 'Schedules',
  why: 'Each mail that is due later has a timer in this group. Without it mails come only when reconcile finds them.',
  run: async ({ theOne, scheduleGroup, countSchedules, aws }) => {
    const name = await theOne('AWS::Scheduler::ScheduleGroup')
    const group = await scheduleGroup(name)
    if (!group) {
      return failure(
        `The group ${name} was deleted, and with it every timer.`,
        aws(`scheduler create-schedule-group --name ${name}`),
        'What is planned already is then found by reconcile, which runs every quarter of an hour: it comes late by that much. Mails that are planned from now on have timers again',
      )
    }
    if (group.State !== 'ACTIVE') {
      return failure(`The group ${name} is being deleted (${group.State}).`, 'When it is gone: run this again')
    }
    const { count, more } = await countSchedules(name)
    return ok(`It is there. Timers that are set: ${more ? 'more than ' : ''}${number.format(count)}.`)
  },
}

export const schedulerQuota: Check = {
  name: 'Scheduler quota',
  why: 'How many timers there can be, and how many can be set in a second.',
  run: async ({ quotasOf, theOne, isDeployed, countSchedules, region }) => {
    const all = await quotasOf('scheduler')
    const quotaNamed = (name: string): number | undefined => all.find(({ QuotaName }) => QuotaName === name)?.Value
    const most = quotaNamed('Number of schedules')
    const aSecond = quotaNamed('CreateSchedule request rate')
    if (most === undefined) {
      return skipped('Service Quotas does not say.', 'Console: Service Quotas → AWS services → EventBridge Scheduler')
    }
    const { count } = (await isDeployed())
      ? await countSchedules(await theOne('AWS::Scheduler::ScheduleGroup'))
      : { count: 0 }
    if (count > most * 0.8) {
      return failure(
        `${number.format(count)} of ${number.format(most)} timers are set: beyond that mails come late.`,
        `Console (${region}): Service Quotas → AWS services → EventBridge Scheduler → Number of schedules → Request increase`,
      )
    }
    return ok(
      `At most ${number.format(most)} timers${aSecond === undefined ? '' : `, and ${number.format(aSecond)} set in a second`}.`,
    )
  },
}

type Statement = {
  Effect?: string
  Action?: string | string[]
  Principal?: { Service?: string | string[] }
  Condition?: Record<string, Record<string, string | string[]>>
}

export const scheduleRole: Check = {
  name: 'Role of the schedules',
  why: 'In its name Scheduler puts mails on the queue; nobody else may take it on, nor Scheduler for others.',
  run: async (look) => {
    const { theOne, role, restore } = look
    const name = await theOne('AWS::IAM::Role', 'schedulesrole')
    const found = await role(name)
    if (!found) {
      return failure(`The role ${name} was deleted: no timer rings, and none can be set.`, restore)
    }
    const { Statement: statements = [] } = JSON.parse(decodeURIComponent(found.AssumeRolePolicyDocument ?? '{}')) as {
      Statement?: Statement[]
    }
    const group = await groupArn(look)
    const edit = [
      restore,
      `Or: console, IAM → Roles → ${name} → Trust relationships → Edit trust policy: for scheduler.amazonaws.com, where "aws:SourceArn" is ${group}`,
    ]
    const own = statements.filter(
      ({ Effect, Principal }) => Effect === 'Allow' && [Principal?.Service].flat().includes('scheduler.amazonaws.com'),
    )
    if (own.length === 0) return failure('Its trust policy does not let Scheduler take it on: no timer rings.', ...edit)
    const sources = own.map(({ Condition = {} }) =>
      Object.values(Condition).flatMap((one) => one['aws:SourceArn'] ?? []),
    )
    if (sources.some((one) => one.length === 0)) {
      return warning('Its trust policy lets Scheduler take it on for everybody, and not only for our group.', ...edit)
    }
    if (!sources.flat().includes(group)) {
      return failure(`Its trust policy lets Scheduler take it on for another group than ours: no timer rings.`, ...edit)
    }
    return ok('Scheduler may take it on, for our group alone.')
  },
}

const groupArn = async ({ theOne, caller, region }: Look): Promise<string> =>
  `arn:aws:scheduler:${region}:${(await caller())?.Account}:schedule-group/${await theOne('AWS::Scheduler::ScheduleGroup')}`

export const recurring: Check = {
  name: 'Recurring runs',
  why: 'Every few minutes tips are handed over, and what was lost is found: by schedules that somebody may have paused.',
  run: async ({ named, schedule, restore }) => {
    const found: Finding[] = []
    const names = await named('AWS::Scheduler::Schedule')
    for (const name of names) {
      const one = await schedule(name)
      if (!one) {
        found.push(failure(`The schedule ${name} was deleted.`, restore))
      } else if (one.State === 'DISABLED') {
        found.push(
          failure(`Paused: ${one.Description ?? name}.`, `Console: EventBridge → Schedules → ${name} → Enable`),
        )
      }
    }
    return [ok(`${names.length} of them run.`), ...found]
  },
}

export const workers: Check = {
  name: 'Queues and stream',
  why: 'Functions take their work from them. Somebody may have paused one, in an emergency, and forgotten it.',
  run: async ({ named, eventSourceMapping, aws, restore }) => {
    const found: Finding[] = []
    const ids = await named('AWS::Lambda::EventSourceMapping')
    for (const id of ids) {
      const { State = 'Deleted', FunctionArn = '', LastProcessingResult = '' } = (await eventSourceMapping(id)) ?? {}
      const what = FunctionArn.split(':')[6] ?? id
      if (/^(Disabl|Delet)/.test(State)) {
        found.push(
          failure(
            `${what} gets no work (${State}).`,
            State === 'Deleted' ? restore : aws(`lambda update-event-source-mapping --uuid ${id} --enabled`),
          ),
        )
      } else if (State !== 'Enabled') {
        found.push(warning(`${what} is about to get its work (${State}).`, 'Run this again in a minute'))
      } else if (LastProcessingResult.startsWith('PROBLEM')) {
        found.push(
          warning(
            `${what} cannot read what is to be done: ${LastProcessingResult}`,
            'Access denied: its role was changed by hand.',
            restore,
            'Anything else: docs/runbook.md#stream-behind',
          ),
        )
      }
    }
    return [ok(`${ids.length} functions get their work from them.`), ...found]
  },
}
