import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { accessSync, constants, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { delimiter, join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { freePort } from './free-port.ts'
import type { Table } from './template.ts'

/** A DynamoDB of its own process, which keeps its items in a SQLite file. */
export type Database = {
  url: string
  call: <T>(operation: string, input: unknown) => Promise<T>
  /** Makes the tables and indexes that are missing. Throws when one is there with other keys. */
  makeTables: (tables: Table[]) => Promise<void>
  pid: number
  stop: () => Promise<void>
}

/** The binary comes with the optional package for this platform; else from the PATH. Throws, saying what to do. */
export const findBinary = (): string => {
  const name = `@dynoxide/${process.platform}-${process.arch}`
  const file = process.platform === 'win32' ? 'dynoxide.exe' : 'dynoxide'
  try {
    const packaged = join(createRequire(import.meta.url).resolve(`${name}/package.json`), '..', file)
    if (existsSync(packaged)) return packaged
  } catch {
    // Not installed: the PATH is the other place.
  }
  for (const folder of (process.env.PATH ?? '').split(delimiter)) {
    const candidate = join(folder, file)
    try {
      accessSync(candidate, constants.X_OK)
      return candidate
    } catch {
      // Not here.
    }
  }
  throw new Error(
    [
      `the database (dynoxide) is missing for ${process.platform}-${process.arch}. Any of these brings it:`,
      `  npm install --no-save ${name}     its package for this platform`,
      '  npm install --global dynoxide     puts it on the PATH',
      '  brew install nubo-db/tap/dynoxide',
    ].join('\n'),
  )
}

/** The command line of a process, or nothing when it cannot be told. */
const commandOf = (pid: number): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ')
  } catch {
    try {
      return execFileSync('ps', ['-o', 'command=', '-p', String(pid)], {
        encoding: 'utf8',
        stdio: ['ignore', 'pipe', 'ignore'],
      })
    } catch {
      return ''
    }
  }
}

/**
 * The database looks for the place of each write in the stream by going through the whole of it: 1 ms a write at first,
 * 19 ms after 6,000. An index keeps it at 1 ms. Without it all is right, only slower.
 */
const indexStream = (file: string): void => {
  const tables = new DatabaseSync(file, { timeout: 2000 })
  try {
    tables.exec(
      'CREATE INDEX IF NOT EXISTS local_stream_order ON _stream_records (table_name, CAST(sequence_number AS INTEGER))',
    )
  } catch {
    // Another version of the database may keep its stream elsewhere.
  } finally {
    tables.close()
  }
}

/**
 * A kill of the local cloud leaves its database running. Only a process that has our own file on its command line is
 * ended: the number alone may belong to somebody else by now.
 */
const endLeftOver = async (pidFile: string, file: string): Promise<void> => {
  if (!existsSync(pidFile)) return
  const pid = Number(readFileSync(pidFile, 'utf8'))
  const isOurs = () => pid > 1 && commandOf(pid).includes(file)
  if (isOurs()) {
    process.kill(pid, 'SIGKILL')
    for (let tries = 0; isOurs() && tries < 100; tries += 1) await new Promise((done) => setTimeout(done, 20))
  }
  rmSync(pidFile, { force: true })
}

const listening = (child: ChildProcess): Promise<void> =>
  new Promise((done, fail) => {
    let said = ''
    const hear = (chunk: Buffer): void => {
      said += chunk.toString()
      if (said.includes('listening on')) done()
    }
    child.stdout?.on('data', hear)
    child.stderr?.on('data', hear)
    child.once('error', fail)
    child.once('exit', () => fail(new Error(`the database did not start: ${said.trim()}`)))
  })

type Moments = {
  /** Nobody has the files open: the time to delete them, if they are to be deleted. */
  fresh: () => void
  /** It ended without having been asked to. */
  onEnd: () => void
}

/** Starts the database on a free port of this machine only. A left-over one of the same folder is ended first. */
export const startDatabase = async (folder: string, { fresh, onEnd }: Moments): Promise<Database> => {
  const binary = findBinary()
  mkdirSync(folder, { recursive: true })
  const file = resolve(folder, 'tables.sqlite')
  const pidFile = join(folder, 'database.pid')
  await endLeftOver(pidFile, file)
  fresh()
  const port = await freePort()
  const child = spawn(binary, ['serve', '--host', '127.0.0.1', '--port', String(port), '--db-path', file], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // A Ctrl-C at the terminal goes to the whole group; the database has to outlive the functions.
    detached: true,
  })
  if (child.pid !== undefined) writeFileSync(pidFile, String(child.pid))
  // However this process ends, short of a kill, the database ends with it.
  const endToo = (): void => {
    child.kill('SIGKILL')
  }
  process.once('exit', endToo)
  await listening(child)
  indexStream(file)
  let stopping = false
  const ended = new Promise<void>((done) => {
    child.once('exit', () => {
      done()
      if (!stopping) onEnd()
    })
  })
  child.unref()
  const url = `http://127.0.0.1:${port}`

  const call = async <T>(operation: string, input: unknown): Promise<T> => {
    const api = /^(ListStreams|DescribeStream|GetShardIterator|GetRecords)$/.test(operation)
      ? 'DynamoDBStreams_20120810'
      : 'DynamoDB_20120810'
    const response = await fetch(url, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-amz-json-1.0',
        'x-amz-target': `${api}.${operation}`,
        'x-amz-date': '20260101T000000Z',
        authorization:
          'AWS4-HMAC-SHA256 Credential=local/20260101/us-east-1/dynamodb/aws4_request, SignedHeaders=host, Signature=local',
      },
      body: JSON.stringify(input),
    })
    const answer = (await response.json()) as { __type?: string; message?: string; Message?: string }
    if (!response.ok) {
      const error = new Error(answer.message ?? answer.Message ?? `${operation} failed`)
      error.name = answer.__type?.split('#').pop() ?? 'Error'
      throw error
    }
    return answer as T
  }

  const makeTable = async ({ name, properties }: Table): Promise<void> => {
    const { KeySchema, AttributeDefinitions, GlobalSecondaryIndexes, LocalSecondaryIndexes, StreamSpecification } =
      properties
    const indexes = GlobalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
      IndexName,
      KeySchema,
      Projection,
    }))
    type Index = { IndexName: string; KeySchema: unknown; Projection?: Projection }
    type Described = { Table: { KeySchema: unknown; GlobalSecondaryIndexes?: Index[] } }
    const existing = await call<Described>('DescribeTable', { TableName: name }).catch((error: Error) => {
      if (error.name === 'ResourceNotFoundException') return undefined
      throw error
    })
    if (!existing) {
      await call('CreateTable', {
        TableName: name,
        KeySchema,
        AttributeDefinitions,
        BillingMode: 'PAY_PER_REQUEST',
        ...(indexes.length > 0 && { GlobalSecondaryIndexes: indexes }),
        ...(LocalSecondaryIndexes.length > 0 && {
          LocalSecondaryIndexes: LocalSecondaryIndexes.map(({ IndexName, KeySchema, Projection }) => ({
            IndexName,
            KeySchema,
            Projection,
          })),
        }),
        ...(StreamSpecification && {
          StreamSpecification: { StreamEnabled: true, StreamViewType: StreamSpecification.StreamViewType },
        }),
      })
      return
    }
    const changed = (): Error =>
      new Error(`the keys of table ${name} have changed since its data was written: start with --fresh`)
    if (!sameKeys(existing.Table.KeySchema, KeySchema)) throw changed()
    const had = new Map((existing.Table.GlobalSecondaryIndexes ?? []).map((index) => [index.IndexName, index]))
    const update = (change: object): Promise<unknown> =>
      call('UpdateTable', { TableName: name, AttributeDefinitions, GlobalSecondaryIndexUpdates: [change] })
    for (const index of indexes) {
      const old = had.get(index.IndexName)
      if (old && !sameKeys(old.KeySchema, index.KeySchema)) throw changed()
      if (old && sameProjection(old.Projection, index.Projection)) continue
      if (old) await update({ Delete: { IndexName: index.IndexName } })
      await update({ Create: index })
    }
  }

  return {
    url,
    call,
    makeTables: async (tables) => {
      for (const table of tables) await makeTable(table)
    },
    pid: child.pid ?? 0,
    stop: async () => {
      stopping = true
      child.kill('SIGTERM')
      const slow = setTimeout(() => child.kill('SIGKILL'), 1000)
      await ended
      clearTimeout(slow)
      process.off('exit', endToo)
      rmSync(pidFile, { force: true })
    },
  }
}

const sameKeys = (left: unknown, right: unknown): boolean => {
  const sorted = (keys: unknown) =>
    (keys as { AttributeName: string; KeyType: string }[])
      .map(({ AttributeName, KeyType }) => `${KeyType} ${AttributeName}`)
      .sort()
      .join()
  return sorted(left) === sorted(right)
}

type Projection = { ProjectionType?: string | undefined; NonKeyAttributes?: string[] | undefined }

const sameProjection = (left: Projection = {}, right: Projection = {}): boolean => {
  const told = ({ ProjectionType = 'ALL', NonKeyAttributes = [] }: Projection) =>
    [ProjectionType, ...NonKeyAttributes.toSorted()].join()
  return told(left) === told(right)
}
