import type { Clock } from './clock.ts'
import type { Mailbox } from './mail.ts'
import type { Queues } from './queues.ts'
import type { Store } from './store.ts'
import type { Item, StreamRecord } from './streams.ts'
import type { Table } from './template.ts'

/**
 * With an item that somebody has erased goes what was mailed about it, and what the dead letters say of those mails. What
 * has come to the end of its time to live leaves its mails where they are, as in a mailbox.
 */
export type Erasure = { note: (table: string, records: StreamRecord[]) => void }

type Options = { tables: Table[]; mailbox: Pick<Mailbox, 'erase'>; queues: Queues; store: Store; clock: Clock }

/**
 * What mails about an item have among their tags: what its keys say after their first `#`, with a dash between them. Nothing
 * for an item that is a part of something else.
 */
export const nameOf = (keys: Item): string | undefined => {
  const name = Object.entries(keys)
    .sort(([left], [right]) => (left < right ? -1 : 1))
    .flatMap(([, { S = '' }]) => (S.includes('#') ? [S.slice(S.indexOf('#') + 1)] : []))
    .join('-')
  return name === '' || name.includes('#') ? undefined : name
}

export const openErasure = ({ tables, mailbox, queues, store, clock }: Options): Erasure => ({
  note: (table, records) => {
    const ttl = tables.find(({ name }) => name === table)?.timeToLive
    let erased = 0
    for (const { eventName, dynamodb } of records) {
      const name = eventName === 'REMOVE' ? nameOf(dynamodb.Keys) : undefined
      const endsAt = ttl === undefined ? undefined : dynamodb.OldImage?.[ttl]?.N
      if (name === undefined || (endsAt !== undefined && Number(endsAt) * 1000 <= clock.now())) continue
      store.together(() => {
        const mails = mailbox.erase(name)
        for (const mark of [name, ...mails]) erased += queues.eraseDeadLetters(mark)
        erased += mails.length
      })
    }
    if (erased > 0) store.shred()
  },
})
