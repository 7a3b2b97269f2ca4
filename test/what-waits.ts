import type { Waiting } from '../local/surface.ts'
import type { Visitor } from './traveller.ts'

/** What a local cloud has not worked on yet, a line each: messages that are due or held, the stream, events of functions. */
export const whatWaits = async (visit: Visitor): Promise<string[]> => {
  const { queues, streams, events } = (await visit.call('/_local/waiting')).json as Waiting
  return [
    ...Object.entries(queues)
      .filter(([, { visible, hidden }]) => visible + hidden > 0)
      .map(([name, { visible, hidden }]) => `${visible + hidden} messages wait in ${name}`),
    ...Object.entries(streams)
      .filter(([, { oldestSeconds, isAtEnd }]) => oldestSeconds > 0 || !isAtEnd)
      .map(([fn]) => `${fn} has not read all of the stream`),
    ...Object.entries(events).map(([fn, { events: many }]) => `${many} events wait for ${fn}`),
  ]
}
