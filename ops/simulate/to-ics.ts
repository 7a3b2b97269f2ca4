import ical, { ICalCalendarMethod } from 'ical-generator'
import { isMail, type Simulation } from './simulation.ts'

const QUARTER = 15 * 60_000

/** A calendar with an entry for each mail, to be laid over one's own: CRLF at the end of each line. */
export const toIcs = (simulations: readonly Simulation[], now: Date): string => {
  const calendar = ical({
    prodId: '//informational-interviews//simulation//EN',
    method: ICalCalendarMethod.PUBLISH,
    name: 'Mails of a simulation',
  })
  for (const { journey, series, timeZone, steps } of simulations) {
    const of = series ? `${series}, ${journey}` : journey
    for (const [index, { at, name, subject = name, says }] of steps.filter(isMail).entries()) {
      calendar.createEvent({
        id: `${of}-${timeZone}-${index}@simulation.informational-interviews`.replaceAll(/[^\w@.-]/g, '-'),
        stamp: now,
        start: new Date(at),
        end: new Date(Date.parse(at) + QUARTER),
        summary: `${name}: ${subject}`,
        description: `${says}\n\nJourney: ${of}`,
      })
    }
  }
  return calendar.toString().replace(/(?:\r\n)*$/, '\r\n')
}
