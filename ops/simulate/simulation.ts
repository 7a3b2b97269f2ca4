import * as z from 'zod/mini'
import { localTime } from '../../shared/calendar.ts'
import type { Instant } from '../../shared/request.ts'

/**
 * What `--json` prints and `--against` reads. Fields are added to it; none changes its meaning or goes while `version`
 * stays. Instants are UTC; `local` is the same moment on the wall, `2026-12-01T09:00:00+01:00[Europe/Berlin]`.
 */
export const Saved = z.object({
  version: z.literal(1),
  simulations: z.array(
    z.object({
      about: z.enum(['request', 'series']),
      /** The journey, or `answers` for a script of one's own. */
      journey: z.string(),
      /** Id of the series; only of one. */
      series: z.optional(z.string()),
      stage: z.string(),
      timeZone: z.string(),
      /** By the clock in `timeZone`. */
      start: z.string(),
      /** What was given beside these, so that it can be walked again. */
      given: z.object({
        workingDays: z.optional(z.array(z.number())),
        holidays: z.optional(z.array(z.string())),
        followUps: z.optional(z.number()),
        hour: z.optional(z.number()),
      }),
      answers: z.array(
        z.object({ when: z.string(), event: z.string(), fields: z.optional(z.record(z.string(), z.unknown())) }),
      ),
      steps: z.array(
        z.object({
          at: z.string(),
          local: z.string(),
          /**
           * `done`: somebody did something. `mail`: it goes out. `not-sent`: its time has come, and it does not go out.
           * `taken-back`: it was planned, and is no longer. `moved`: it was planned for another time. `recorded`: the
           * system itself moved on. `deleted`: nothing is kept any more.
           */
          kind: z.enum(['done', 'mail', 'not-sent', 'taken-back', 'moved', 'recorded', 'deleted']),
          /** Of what was done or recorded: the event. Of the others: the mail, or the part of the series. */
          name: z.string(),
          /** In a sentence for people. */
          says: z.string(),
          /** Of what was done: what was typed. */
          fields: z.optional(z.record(z.string(), z.unknown())),
          /** Of mails that go out. */
          subject: z.optional(z.string()),
          /** Lesser mails that become a part of it. */
          includes: z.optional(z.array(z.string())),
          /** When it was planned for; of `moved`, before and after. */
          due: z.optional(z.string()),
          dueBefore: z.optional(z.string()),
          /** Of the request or the subscription, after this. */
          state: z.string(),
        }),
      ),
    }),
  ),
})
export type Saved = z.infer<typeof Saved>
export type Simulation = Saved['simulations'][number]
export type Step = Simulation['steps'][number]
export type Answer = Simulation['answers'][number]

/** A step, at this moment where the reader is. */
export const stepAt = (at: Instant, timeZone: string, step: Omit<Step, 'at' | 'local'>): Step => ({
  at,
  local: localTime(at, timeZone),
  ...step,
})

export const isMail = ({ kind }: Step): boolean => kind === 'mail'
