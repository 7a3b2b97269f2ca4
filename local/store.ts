import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite'

/**
 * What the local cloud keeps beside the items of the tables: everything that is pending, and everything that was
 * mailed. One SQLite file, so that what belongs together is written together: a schedule that fires is gone and its
 * message is there, or neither.
 */
export type Store = {
  /** Rows of a query, or of a change with RETURNING. */
  all: <T>(sql: string, ...values: SQLInputValue[]) => T[]
  first: <T>(sql: string, ...values: SQLInputValue[]) => T | undefined
  /** Rows one after the other, for more of them than memory should hold. */
  each: <T>(sql: string, ...values: SQLInputValue[]) => Iterable<T>
  /** Runs a change; the number of rows that it touched. */
  run: (sql: string, ...values: SQLInputValue[]) => number
  /** All of it or nothing of it. Inside another one it is part of that one. */
  together: <T>(work: () => T) => T
  /** Nothing that was deleted or overwritten stays in the files. */
  shred: () => void
  close: () => void
}

const schema = `
  CREATE TABLE IF NOT EXISTS facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS messages (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    queue TEXT NOT NULL,
    id TEXT NOT NULL,
    body TEXT NOT NULL,
    attributes TEXT NOT NULL,
    sentAt INTEGER NOT NULL,
    visibleAt INTEGER NOT NULL,
    receives INTEGER NOT NULL DEFAULT 0,
    firstReceivedAt INTEGER,
    receipt TEXT,
    held INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  CREATE INDEX IF NOT EXISTS messages_due ON messages (queue, visibleAt);
  CREATE TABLE IF NOT EXISTS schedules (
    grp TEXT NOT NULL,
    name TEXT NOT NULL,
    kind TEXT NOT NULL,
    nextAt INTEGER,
    everyMs INTEGER,
    stepMs INTEGER,
    definition TEXT NOT NULL,
    token TEXT,
    fromTemplate INTEGER NOT NULL DEFAULT 0,
    createdAt INTEGER NOT NULL,
    changedAt INTEGER NOT NULL,
    PRIMARY KEY (grp, name)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS schedules_due ON schedules (nextAt) WHERE nextAt IS NOT NULL;
  CREATE TABLE IF NOT EXISTS invocations (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    fn TEXT NOT NULL,
    id TEXT NOT NULL,
    payload TEXT NOT NULL,
    acceptedAt INTEGER NOT NULL,
    dueAt INTEGER NOT NULL,
    attempts INTEGER NOT NULL DEFAULT 0,
    inTransit INTEGER NOT NULL DEFAULT 0
  ) STRICT;
  -- By time alone: what kept data of earlier versions has.
  DROP INDEX IF EXISTS invocations_due;
  CREATE INDEX IF NOT EXISTS invocations_of_fn ON invocations (fn, dueAt);
  CREATE INDEX IF NOT EXISTS invocations_in_transit ON invocations (inTransit) WHERE inTransit = 1;
  CREATE TABLE IF NOT EXISTS streams (mapping TEXT PRIMARY KEY, state TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS expiries (tbl TEXT NOT NULL, item TEXT NOT NULL, PRIMARY KEY (tbl, item)) STRICT;
  CREATE TABLE IF NOT EXISTS expiring (
    tbl TEXT NOT NULL,
    item TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (tbl, item)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS expiring_due ON expiring (tbl, at);
  CREATE TABLE IF NOT EXISTS mail (seq INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT NOT NULL UNIQUE, mail TEXT NOT NULL) STRICT;
  CREATE TABLE IF NOT EXISTS accepted (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL,
    at TEXT NOT NULL,
    address TEXT NOT NULL,
    tags TEXT NOT NULL
  ) STRICT;
  CREATE VIEW IF NOT EXISTS everything AS
    SELECT id, at, address, tags FROM accepted
    UNION ALL
    SELECT mail.id, mail ->> '$.at', recipient.value, mail -> '$.tags' FROM mail, json_each(mail, '$.to') recipient;
  CREATE TABLE IF NOT EXISTS logs (
    seq INTEGER PRIMARY KEY AUTOINCREMENT,
    grp TEXT NOT NULL,
    at INTEGER NOT NULL,
    takenAt INTEGER NOT NULL,
    message TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS logs_by_time ON logs (grp, at, seq);
`

/** Opens the store in a folder, and makes it when it is not there. Throws when another process has it open. */
export const openStore = (folder: string): Store => {
  mkdirSync(folder, { recursive: true })
  const database = new DatabaseSync(join(folder, 'cloud.sqlite'))
  try {
    // Exclusive: two local clouds on one folder would do everything twice. The lock dies with the process.
    database.exec(
      'PRAGMA locking_mode = EXCLUSIVE; PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA secure_delete = ON; BEGIN EXCLUSIVE; COMMIT',
    )
    database.exec(schema)
  } catch (error) {
    database.close()
    if (/locked|busy/i.test((error as Error).message)) {
      throw new Error(`another local cloud is running on ${folder}: end that one first`)
    }
    throw error
  }
  const prepared = new Map<string, StatementSync>()
  const statement = (sql: string): StatementSync => {
    const known = prepared.get(sql)
    if (known) return known
    const made = database.prepare(sql)
    prepared.set(sql, made)
    return made
  }
  let depth = 0
  return {
    all: <T>(sql: string, ...values: SQLInputValue[]) => statement(sql).all(...values) as T[],
    first: <T>(sql: string, ...values: SQLInputValue[]) => statement(sql).get(...values) as T | undefined,
    // A statement of its own: the same one may be asked again before the last row was taken.
    each: <T>(sql: string, ...values: SQLInputValue[]) => database.prepare(sql).iterate(...values) as Iterable<T>,
    run: (sql, ...values) => Number(statement(sql).run(...values).changes),
    together: (work) => {
      if (depth > 0) return work()
      database.exec('BEGIN IMMEDIATE')
      depth += 1
      try {
        const result = work()
        database.exec('COMMIT')
        return result
      } catch (error) {
        database.exec('ROLLBACK')
        throw error
      } finally {
        depth -= 1
      }
    },
    // What is deleted is overwritten (secure_delete), but its old pages are in the log until that begins anew.
    shred: () => database.exec('PRAGMA wal_checkpoint(TRUNCATE)'),
    close: () => database.close(),
  }
}
