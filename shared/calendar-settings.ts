import * as z from 'zod/mini'

const wallTime = z.string().check(z.regex(/^([01]\d|2[0-3]):[0-5]\d$/))
const date = z.string().check(z.regex(/^\d{4}-\d{2}-\d{2}$/))

/** When a person works and may be written to. All times are wall-clock times in `timeZone`. */
export const CalendarSettings = z.object({
  /** Canonical IANA name. */
  timeZone: z.string(),
  /** ISO weekdays, 1 = Monday: not everybody rests on Saturday and Sunday. */
  workingDays: z.array(z.number().check(z.minimum(1), z.maximum(7))),
  /** Days off, `YYYY-MM-DD`. */
  holidays: z.array(date),
  /** The one moment of a working day at which scheduled mail goes out. */
  slot: wallTime,
  /** The night: nothing that was not asked for this minute goes out from `from` to `to`. */
  quiet: z.object({ from: wallTime, to: wallTime }),
})
export type CalendarSettings = z.infer<typeof CalendarSettings>
