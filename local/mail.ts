import type { Store } from './store.ts'

/** A mail that SES accepted, as `GET /_local/mail` shows it. */
export type Mail = {
  id: string
  at: string
  to: string[]
  from: string
  subject: string
  text?: string
  html?: string
  headers: Record<string, string>
  attachments: { filename: string; contentType: string; content: string }[]
  configurationSet?: string
  tags: Record<string, string>
}

/** A mail to one address, as far as it can be remembered of a hundred thousand. */
export type Accepted = { id: string; at: string; address: string; tags: Record<string, string> }
export type Count = {
  mails: number
  /** How many different addresses. */
  addresses: number
  /** How many went to the one address that got most. */
  mostToOne: number
}

/** All that was accepted, the oldest first. */
export type Mailbox = {
  keep: (mail: Mail) => void
  /** Only that it was accepted, and for whom: what a test of load can hold in its hands. */
  count: (mail: Mail) => void
  /**
   * Of the mails that carry a tag of this value nothing stays but that they were sent, and when: they are counted on. Answers
   * their ids.
   */
  erase: (tag: string) => string[]
  mails: () => Mail[]
  /** A JSON list of them all, or of those to one address. */
  mailsAsJson: (to?: string) => string
  mail: (id: string) => Mail | undefined
  /** Of those that carry all of these tags. */
  counted: (tags: Record<string, string>) => Count
  accepted: () => Iterable<Accepted>
  /** How many recipients a moment had, from `since` on. */
  moments: (since: string) => { at: string; recipients: number }[]
}

/** `invalid` is a name that nobody can have (RFC 2606). */
const nobody = 'erased@example.invalid'

const erased = ({ id, at, to, from, configurationSet, tags }: Mail, tag: string): Mail => ({
  id,
  at,
  to: to.map(() => nobody),
  from,
  subject: '(erased)',
  text: '',
  html: '',
  headers: {},
  attachments: [],
  ...(configurationSet !== undefined && { configurationSet }),
  tags: withoutTag(tags, tag),
})
const withoutTag = (tags: Record<string, string>, tag: string): Record<string, string> =>
  Object.fromEntries(Object.entries(tags).filter(([, value]) => value !== tag))

const carriesTag = (tags: string): string => `EXISTS (SELECT 1 FROM json_each(${tags}) WHERE value = ?1)`

export const openMailbox = (store: Store): Mailbox => ({
  keep: (mail) => void store.run('INSERT INTO mail (id, mail) VALUES (?, ?)', mail.id, JSON.stringify(mail)),
  count: ({ id, at, to, tags }) => {
    const text = JSON.stringify(tags)
    for (const address of to)
      store.run('INSERT INTO accepted (id, at, address, tags) VALUES (?, ?, ?, ?)', id, at, address, text)
  },
  erase: (tag) => {
    const kept = store.all<{ mail: string }>(
      `SELECT mail FROM mail WHERE instr(mail, ?1) > 0 AND ${carriesTag("mail -> '$.tags'")}`,
      tag,
    )
    const mails = kept.map(({ mail }) => erased(JSON.parse(mail) as Mail, tag))
    for (const mail of mails) store.run('UPDATE mail SET mail = ? WHERE id = ?', JSON.stringify(mail), mail.id)
    const counted = store.all<{ seq: number; id: string; tags: string }>(
      `SELECT seq, id, tags FROM accepted WHERE instr(tags, ?1) > 0 AND ${carriesTag('tags')}`,
      tag,
    )
    for (const { seq, tags } of counted) {
      const rest = JSON.stringify(withoutTag(JSON.parse(tags) as Accepted['tags'], tag))
      store.run('UPDATE accepted SET address = ?, tags = ? WHERE seq = ?', nobody, rest, seq)
    }
    return [...mails, ...counted].map(({ id }) => id)
  },
  mails: () =>
    store.all<{ mail: string }>('SELECT mail FROM mail ORDER BY seq').map(({ mail }) => JSON.parse(mail) as Mail),
  // As they were written: a test asks often, and a mail is long.
  mailsAsJson: (to) => {
    const rows =
      to === undefined
        ? store.all<{ mail: string }>('SELECT mail FROM mail ORDER BY seq')
        : store.all<{ mail: string }>(
            "SELECT mail FROM mail WHERE instr(mail, ?1) > 0 AND EXISTS (SELECT 1 FROM json_each(mail, '$.to') WHERE value = ?1) ORDER BY seq",
            to,
          )
    return `[${rows.map(({ mail }) => mail).join(',\n')}]`
  },
  mail: (id) => {
    const row = store.first<{ mail: string }>('SELECT mail FROM mail WHERE id = ?', id)
    return row && (JSON.parse(row.mail) as Mail)
  },
  counted: (tags) => {
    const wanted = Object.entries(tags)
    const where = wanted.map(() => 'tags ->> ? = ?').join(' AND ')
    const row = store.first<Count>(
      `SELECT coalesce(sum(mails), 0) mails, count(*) addresses, coalesce(max(mails), 0) mostToOne
       FROM (SELECT count(*) mails FROM everything ${where && `WHERE ${where}`} GROUP BY address)`,
      ...wanted.flatMap(([name, value]) => [`$."${name.replaceAll('"', '')}"`, value]),
    )
    return { mails: 0, addresses: 0, mostToOne: 0, ...row }
  },
  accepted: function* () {
    for (const row of store.each<Omit<Accepted, 'tags'> & { tags: string }>(
      'SELECT id, at, address, tags FROM everything',
    ))
      yield { ...row, tags: JSON.parse(row.tags) as Accepted['tags'] }
  },
  moments: (since) =>
    store.all('SELECT at, count(*) recipients FROM everything WHERE at > ? GROUP BY at ORDER BY at', since),
})
