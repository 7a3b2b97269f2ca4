import { ConflictException, ResourceNotFoundException, ValidationException } from '@aws-sdk/client-scheduler'
import type { Entry } from './agenda.ts'
import type { World } from './world.ts'

type Schedule = { Name: string; ScheduleExpression: string; Target: { Input: string } }

const $metadata = {}
const MINUTE = 60_000

/** EventBridge Scheduler: rings within the minute, at least once as a rule, and forgets what has rung. */
export const openAlarmClock = (world: World) => {
  const { agenda, chance, faults, timeline } = world
  const alarms = new Map<string, Entry>()
  const dead: string[] = []

  const set = ({ Name, ScheduleExpression, Target }: Schedule): void => {
    const due = Date.parse(`${/^at\((.+)\)$/.exec(ScheduleExpression)?.[1]}Z`)
    if (!(due > world.now()))
      throw new ValidationException({ message: 'The time has passed', $metadata, Message: 'The time has passed' })
    const ring = (): void => {
      if (faults.strike('schedule to its dead letters')) dead.push(Target.Input)
      else world.queues.mail.put(Target.Input)
      timeline.say(`schedule ${Name} rings`)
    }
    const late = faults.strike('schedule late')
      ? chance.delivery.spread(MINUTE, 60 * MINUTE)
      : chance.delivery.below(MINUTE)
    const setAt = world.now()
    const entry = agenda.add(due + late, `schedule ${Name}`, () => {
      if (alarms.get(Name) === entry) {
        alarms.delete(Name)
        world.onRing(Name, setAt)
      }
      if (faults.strike('schedule never rings')) return timeline.say(`schedule ${Name} never rings`)
      ring()
      if (faults.strike('schedule rings twice'))
        agenda.add(world.now() + chance.delivery.spread(10, 10 * MINUTE), 'schedule', ring)
    })
    const old = alarms.get(Name)
    // One that was moved shortly before may ring at its old time as well.
    if (old && !faults.strike('old schedule rings after all')) agenda.cancel(old)
    alarms.set(Name, entry)
  }

  const create = (input: Schedule): void => {
    if (alarms.has(input.Name)) throw new ConflictException({ message: 'It exists', $metadata, Message: 'It exists' })
    set(input)
  }
  const move = (input: Schedule): void => {
    if (!alarms.has(input.Name)) throw gone()
    set(input)
  }
  const remove = ({ Name }: Schedule): void => {
    const alarm = alarms.get(Name)
    if (!alarm) throw gone()
    alarms.delete(Name)
    if (!faults.strike('old schedule rings after all')) agenda.cancel(alarm)
  }
  const list = ({ NamePrefix = '' }: { NamePrefix?: string }): object => ({
    Schedules: [...alarms.keys()].filter((name) => name.startsWith(NamePrefix)).map((Name) => ({ Name })),
  })
  const operations = { CreateSchedule: create, UpdateSchedule: move, DeleteSchedule: remove, ListSchedules: list }

  return {
    dead,
    answer: (operation: string, input: Schedule): object => {
      const run = operations[operation as keyof typeof operations]
      if (!run) throw new Error(`Scheduler is asked for ${operation}`)
      return run(input) ?? {}
    },
    set: (): string[] => [...alarms.keys()],
  }
}

const gone = () => new ResourceNotFoundException({ message: 'There is none', $metadata, Message: 'There is none' })

export type AlarmClock = ReturnType<typeof openAlarmClock>
