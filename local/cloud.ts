import { existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { openAsyncInvocations } from './async-invocations.ts'
import { openClock } from './clock.ts'
import { startDatabase } from './database.ts'
import { openDelivery } from './delivery.ts'
import { openDueIndex } from './due-index.ts'
import { writeEndpoints } from './endpoints.ts'
import { openErasure } from './erasure.ts'
import { openExpiry } from './expiry.ts'
import { openFunctionFaults } from './function-faults.ts'
import { startFunctions } from './functions.ts'
import { answerByRoutes, openGateway } from './gateway.ts'
import { openLogs } from './logs.ts'
import type { Accepted } from './mail.ts'
import { type Movement, openMovement } from './movement.ts'
import { openQueueReaders } from './queue-readers.ts'
import { openQueues } from './queues.ts'
import { openSchedules } from './schedules.ts'
import { openServices } from './services.ts'
import { openSes, type SesManner } from './ses.ts'
import { openStore } from './store.ts'
import { openStreamReaders } from './streams.ts'
import { answerLocally } from './surface.ts'
import { synthesize } from './synth.ts'
import { type Call, openTap } from './tap.ts'
import { planOf, readAssembly, region } from './template.ts'

export type CloudOptions = {
  /** 0: any free port. */
  port: number
  /** Everything that is kept is kept in this folder. */
  dataDir: string
  /** Where the clock starts; without it, where it was, or at the present. */
  at?: string
  /** Forget all data first. */
  fresh?: boolean
  /** A folder with a cloud assembly; without it this repository's app is synthesized. */
  assembly?: string
  /** `answers`: mails are judged and counted, neither rendered nor kept. For tests of load. */
  ses?: SesManner
  /**
   * How many batches of a queue are worked on at a time. 1, unless told otherwise: what falls due at one moment happens in
   * one order.
   */
  workers?: number
  quiet?: boolean
  /** Hears each call that a function makes to a service. Without it functions and services talk directly. */
  onCall?: (call: Call) => void
  /** Called when the local cloud cannot go on. */
  onEnd?: (reason: string) => void
}

/** A running cloud. */
export type Cloud = {
  url: string
  /** Every mail that SES took, once for each address, the oldest first. */
  accepted: () => Iterable<Accepted>
  stop: () => Promise<void>
}

/** Says what has been done and how long it took, and before that, if it takes a moment, what is being done. */
const timed = async <T>(
  say: (line: string) => void,
  { doing, done }: { doing: string; done: (result: T) => string },
  work: Promise<T>,
): Promise<T> => {
  const began = performance.now()
  const slow = setTimeout(() => say(`  … ${doing}`), 300)
  try {
    const result = await work
    say(`  ✓ ${done(result)} (${((performance.now() - began) / 1000).toFixed(1)} s)`)
    return result
  } finally {
    clearTimeout(slow)
  }
}

const forget = (dataDir: string): void => {
  for (const name of ['cloud.sqlite', 'tables.sqlite']) {
    for (const end of ['', '-wal', '-shm', '-journal']) rmSync(join(dataDir, name + end), { force: true })
  }
  rmSync(join(dataDir, 'logs'), { recursive: true, force: true })
}

/**
 * Runs what the template says, on this machine. Resolves when everything answers.
 * @throws when the port is taken, the data folder is in use, the database is missing, or the template has something that
 * the local cloud does not know; nothing is left running then.
 */
export const startCloud = async (options: CloudOptions): Promise<Cloud> => {
  const {
    port,
    dataDir,
    at,
    fresh = false,
    assembly,
    ses: manner = 'renders',
    workers = 1,
    quiet = false,
    onCall,
    onEnd = () => undefined,
  } = options
  const say = (line: string): void => {
    if (!quiet) console.log(line)
  }
  /** What was opened, closed in the opposite order. */
  const opened: (() => void | Promise<void>)[] = []
  const closeAll = async (): Promise<void> => {
    for (const close of opened.splice(0).reverse()) await close()
  }
  let stopping = false
  const report = (problem: Error | string): void => {
    if (!stopping) say(`  ${typeof problem === 'string' ? problem : `✗ ${problem.message}`}`)
  }

  try {
    const startAt = at === undefined ? undefined : Date.parse(at)
    if (Number.isNaN(startAt)) throw new Error(`--at wants an instant such as 2026-12-01T08:00:00Z, not ${at}`)

    const gateway = await openGateway(port)
    opened.push(gateway.stop)
    let store = openStore(dataDir)
    opened.push(() => store.close())
    const services = await openServices()
    opened.push(services.stop)

    const startBase = async () => {
      const started = await startDatabase(dataDir, {
        fresh: () => {
          if (!fresh) return
          store.close()
          forget(dataDir)
          store = openStore(dataDir)
        },
        onEnd: () => onEnd('the database ended'),
      })
      opened.push(started.stop)
      return started
    }
    const building = (): ReturnType<typeof synthesize> =>
      timed(
        say,
        {
          doing: 'building the functions and synthesizing the stack',
          done: ({ unchanged }) =>
            unchanged ? 'the stack is as it was last time' : 'stack synthesized, functions built',
        },
        synthesize(dataDir),
      )
    const [database, built] = await settled(
      timed(say, { doing: 'starting the database', done: () => 'database started' }, startBase()),
      assembly !== undefined ? Promise.resolve({ folder: assembly }) : building(),
    )
    const forFunctions = async (url: string): Promise<string> => {
      if (!onCall) return url
      const tap = await openTap(url, onCall)
      opened.push(tap.stop)
      return tap.url
    }
    const [databaseUrl, servicesUrl] = [await forFunctions(database.url), await forFunctions(services.url)]
    const plan = planOf(readAssembly(built.folder), { publicUrl: gateway.url, servicesUrl })
    const clock = openClock(store, startAt)
    await database.makeTables(plan.tables)

    let movement: Movement | undefined
    const poke = (): void => {
      movement?.poke()
    }
    /** Something happened that others may act on. */
    const trace = (): void => {
      movement?.trace()
      poke()
    }
    const work = (): void => {
      movement?.worked()
    }

    const functionFaults = openFunctionFaults()
    const lambda = startFunctions({
      functions: plan.functions,
      workers,
      faults: functionFaults,
      environment: {
        AWS_SECRET_ACCESS_KEY: 'local',
        AWS_REGION: region,
        AWS_DEFAULT_REGION: region,
        AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x',
        AWS_ENDPOINT_URL_DYNAMODB: databaseUrl,
        AWS_ENDPOINT_URL_SQS: servicesUrl,
        AWS_ENDPOINT_URL_SESV2: servicesUrl,
        AWS_ENDPOINT_URL_SCHEDULER: servicesUrl,
        AWS_ENDPOINT_URL_CLOUDWATCH_LOGS: servicesUrl,
        // Nothing of the person's own AWS settings may leak in.
        AWS_CONFIG_FILE: join(dataDir, 'no-aws-config'),
        AWS_SHARED_CREDENTIALS_FILE: join(dataDir, 'no-aws-credentials'),
        LANG: 'en_US.UTF-8',
        TZ: ':UTC',
        PATH: process.env.PATH ?? '',
      },
      clock,
      folder: dataDir,
      report,
      onDone: () => {
        movement?.changed()
        poke()
      },
    })
    opened.push(lambda.stop)

    const queues = openQueues({ queues: plan.queues, store, clock, onSent: trace })
    const invocations = openAsyncInvocations({
      functions: plan.functions,
      lambda,
      store,
      clock,
      queues,
      onWork: work,
      report,
    })

    const logs = openLogs({ groups: plan.logGroups, store, clock })
    const { functions, rules } = plan
    const delivery = openDelivery({ functions, rules, queues, invocations, logs, clock, report })
    const schedules = openSchedules({
      schedules: plan.schedules,
      groups: plan.groups,
      store,
      clock,
      deliver: delivery.toTarget,
      onChange: trace,
    })

    const ses = openSes({
      configurationSets: plan.configurationSets,
      manner,
      store,
      clock,
      emit: delivery.toBus,
      onMail: trace,
    })
    opened.push(ses.stop)
    services.serve({ queues, schedules, ses, logs })

    const dueIndex = openDueIndex(plan.tables, database, clock)
    const watched = new Set(plan.streamMappings.map(({ table }) => table))
    const expiry = openExpiry({ tables: plan.tables, watched, database, store, clock })
    const erasure = openErasure({ tables: plan.tables, mailbox: ses, queues, store, clock })
    const streams = await openStreamReaders({
      mappings: plan.streamMappings,
      functions: plan.functions,
      lambda,
      database,
      store,
      clock,
      queues,
      changes: () => movement?.changes() ?? 0,
      onRecords: (table, records) => {
        dueIndex.note(table, records)
        expiry.note(table, records)
        erasure.note(table, records)
        trace()
      },
      onWork: work,
      report,
    })
    const readers = openQueueReaders({
      mappings: plan.queueMappings,
      queues: plan.queues,
      lambda,
      messages: queues,
      workers,
      onWork: work,
      report,
    })
    const fed = () => plan.queueMappings.filter(({ fn }) => !lambda.isThrottled(fn)).map(({ queue }) => queue)

    movement = openMovement({
      clock,
      loops: [...streams.loops, ...readers, ...invocations.loops],
      pollers: streams.loops,
      schedules,
      outlook: dueIndex.look,
      arrive: invocations.arrive,
      nextMoments: [schedules.nextMoment, invocations.nextMoment, streams.nextMoment, () => queues.nextMoment(fed())],
      tidy: async () => {
        queues.forgetOld()
        logs.forgetOld()
        await expiry.deleteExpired()
      },
      isActive: () => lambda.active() > 0,
      report,
    })
    const moving = movement
    opened.push(() => moving.stop())

    const local = answerLocally({
      plan,
      clock,
      movement,
      schedules,
      queues,
      streams,
      invocations,
      ses,
      lambda,
      functionFaults,
      database,
    })
    const routes = answerByRoutes(plan, lambda, clock)
    gateway.serve((request, response) =>
      /^\/_local(\/|\?|$)/.test(request.url ?? '') ? local(request, response) : routes(request, response),
    )
    movement.start()
    const [table] = plan.tables
    const found = { dynamodb: database.url, table: table?.name ?? '', services: services.url, publicUrl: gateway.url }
    opened.push(writeEndpoints(dataDir, found))
    // Not before: it would take the processor from what people wait for.
    setTimeout(() => void ses.warmUp().catch(report), 100).unref()

    return {
      url: gateway.url,
      accepted: ses.accepted,
      stop: async () => {
        stopping = true
        await closeAll()
      },
    }
  } catch (error) {
    stopping = true
    await closeAll()
    throw error
  }
}

/** Both results; a failure of one is thrown only when the other has ended too, so that it can be closed. */
const settled = async <A, B>(left: Promise<A>, right: Promise<B>): Promise<[A, B]> => {
  await Promise.allSettled([left, right])
  return Promise.all([left, right])
}

export { defaultDataDir } from './endpoints.ts'

/** Whether there is data from an earlier run. */
export const hasData = (dataDir: string): boolean => existsSync(join(dataDir, 'cloud.sqlite'))
