import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSync } from 'esbuild'
import { budgetOf, bundle, bundling, functionNames, neverOnLambda, root } from '../infra/bundling.ts'
import { library } from '../infra/content.ts'
import { stageJson, stages } from '../infra/stages.ts'
import { synthesized } from '../local/synthesized.ts'
import { measured } from '../ops/cost/measured.ts'
import { personId } from '../shared/person.ts'
import { plan } from '../shared/plan.ts'
import { sentInAt } from '../shared/request.ts'
import { tips } from './bench-tips.ts'
import { differences, measure } from './measure-cost.ts'
import { confirmed, fileOf, having, settings } from './people.ts'
import { openTable } from './table.ts'
import { adasForm, begin, openTraveller } from './traveller.ts'

/**
 * The budgets, measured. `--budgets` leaves out what depends on the weather of the machine, and what takes long. What
 * breaks a budget of size or cost ends with a non-zero exit; times are printed and judged by the reader, for machines
 * differ. `--tips` measures the tips alone.
 */
const onlyTips = process.argv.includes('--tips')
const onlyBudgets = process.argv.includes('--budgets')
const broken: string[] = []

const say = (what: string, figure: string, budget: string, kept?: boolean): void => {
  console.log(`${kept === undefined ? ' ' : kept ? '✓' : '✗'} ${what.padEnd(58)} ${figure.padStart(14)}   ${budget}`)
  if (kept === false) broken.push(what)
}

const median = (values: number[]): number => values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
const folder = mkdtempSync(join(tmpdir(), 'interviews-bench-'))

const KB = 1024
const sizes = (): void => {
  for (const name of functionNames) {
    const { bytes } = bundle(name)
    say(`bundle of ${name}`, `${(bytes / KB).toFixed(0)} KB`, `≤ ${budgetOf(name) / KB} KB`, bytes <= budgetOf(name))
  }
}

/**
 * Import of `requests` against that of a handler with nothing but the DynamoDB client, in turns, each in its own process:
 * once bundled as a deployment without further thought would be, SDK inside, and once with everything that our own
 * bundling leaves out.
 */
const importTimes = (): void => {
  const write = (name: string, code: Uint8Array | undefined): string => {
    if (!code) throw new Error(`Nothing was bundled for ${name}`)
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'index.cjs'), code)
    return join(folder, name, 'index.cjs')
  }
  const bareHandler = (external: readonly string[]): Uint8Array | undefined =>
    buildSync({
      ...bundling,
      external: [...external],
      write: false,
      sourcemap: false,
      legalComments: 'none',
      stdin: {
        contents: `import { DynamoDBClient, GetItemCommand } from '@aws-sdk/client-dynamodb'
          const client = new DynamoDBClient({})
          export const handler = () => client.send(new GetItemCommand({ TableName: 't', Key: {} }))`,
        resolveDir: root,
      },
    }).outputFiles[0]?.contents
  const files = {
    bare: write('bare', bareHandler([])),
    barer: write('barer', bareHandler(neverOnLambda)),
    whole: write('whole', bundle('requests').files.find(({ name }) => name === 'index.js')?.contents),
  }
  const time = (file: string): number =>
    Number(
      execFileSync(
        process.execPath,
        ['-e', `const s = performance.now(); require(${JSON.stringify(file)}); console.log(performance.now() - s)`],
        {
          env: {
            ...process.env,
            AWS_REGION: 'us-east-1',
            STAGE: stageJson(stages.dev),
            PUBLIC_URL: 'http://localhost',
            TABLE: 't',
          },
        },
      ),
    )
  for (const file of Object.values(files)) time(file)
  const ratios: { bare: number; barer: number }[] = []
  for (let run = 0; run < 31; run += 1) {
    const [bare, whole, barer] = [time(files.bare), time(files.whole), time(files.barer)]
    ratios.push({ bare: whole / bare, barer: whole / barer })
  }
  const ratio = median(ratios.map(({ bare }) => bare))
  say('import of requests / bare handler with the DynamoDB client', `${ratio.toFixed(2)} ×`, '≤ 1.3 ×', ratio <= 1.3)
  const strict = median(ratios.map(({ barer }) => barer))
  say('  the same, the bare one without what our bundling leaves out', `${strict.toFixed(2)} ×`, '')
}

const planning = (): void => {
  const sent = having(confirmed, ['sent', '2026-11-23T15:00:00.000Z'])
  const scheduled = having(
    sent,
    ['replied', '2026-11-24T15:00:00.000Z'],
    ['scheduled', '2026-11-24T16:00:00.000Z', { start: '2026-12-08T15:00' }],
  )
  const thanked = having(scheduled, ['met', '2026-12-08T21:00:00.000Z', {}], ['thanked', '2026-12-08T22:00:00.000Z'])
  const cases = [
    ['drafted', confirmed, '2026-11-23T14:02:00.000Z'],
    ['sent', sent, '2026-11-23T15:00:01.000Z'],
    ['scheduled', scheduled, '2026-11-24T16:00:01.000Z'],
    ['thanked', thanked, '2026-12-08T22:00:01.000Z'],
  ] as const
  for (const [state, request, now] of cases) {
    const files = [fileOf(request)]
    for (let run = 0; run < 5_000; run += 1) plan(files, settings, now)
    const runs = 40_000
    const began = performance.now()
    for (let run = 0; run < runs; run += 1) plan(files, settings, now)
    const rate = (runs / (performance.now() - began)) * 1000
    say(
      `plan() of a request that is ${state}`,
      `${Math.round(rate).toLocaleString('en')}/s`,
      '≥ 20,000/s',
      rate >= 20_000,
    )
  }
}

/** The functions as they are, on a real database; SES, Scheduler and the queue are a stand-in that only answers. */
const costs = async (): Promise<void> => {
  const table = await openTable()
  const answers = createServer((request, response) => {
    request.resume().on('end', () => {
      response.setHeader('content-type', 'application/json')
      response.end(JSON.stringify({ MessageId: 'm-1', ScheduleArn: 'arn', Successful: [], Failed: [] }))
    })
  })
  await new Promise<void>((done) => answers.listen(0, '127.0.0.1', done))
  const endpoint = `http://127.0.0.1:${(answers.address() as { port: number }).port}`
  Object.assign(process.env, {
    STAGE: stageJson(stages.dev),
    PUBLIC_URL: 'http://localhost:3000',
    CONFIGURATION_SET: 'workflow',
    MAIL_QUEUE_URL: `${endpoint}/mail`,
    MAIL_QUEUE_ARN: 'arn:aws:sqs:us-east-1:000000000000:mail',
    SCHEDULE_GROUP: 'group',
    SCHEDULE_ROLE_ARN: 'arn:aws:iam::000000000000:role/r',
    SCHEDULE_DEAD_LETTER_ARN: 'arn:aws:sqs:us-east-1:000000000000:dead',
    AWS_ENDPOINT_URL_SQS: endpoint,
    AWS_ENDPOINT_URL_SESV2: endpoint,
    AWS_ENDPOINT_URL_SCHEDULER: endpoint,
  })
  const out = join(folder, 'functions')
  const { database } = await import('../shared/aws/database.ts')
  let units = 0
  const told: string[] = []
  type Capacity = { CapacityUnits?: number }
  database.middlewareStack.add(
    (next, context) => async (args) => {
      const result = await next(args)
      const { ConsumedCapacity } = result.output as { ConsumedCapacity?: Capacity | Capacity[] }
      const command = (context as { commandName?: string }).commandName ?? ''
      if (/^(Put|Update|Delete|TransactWrite|BatchWrite)/.test(command)) {
        if (ConsumedCapacity === undefined) throw new Error(`${command} did not say what it cost`)
        const used = [ConsumedCapacity].flat().reduce((sum, { CapacityUnits = 0 }) => sum + CapacityUnits, 0)
        units += used
        told.push(`${command.replace(/Command$/, '')} ${used}`)
      }
      return result
    },
    { step: 'deserialize', priority: 'high', name: 'count' },
  )
  const spent = async (work: () => Promise<unknown>): Promise<{ units: number; told: string }> => {
    units = 0
    told.length = 0
    await work()
    return { units, told: told.join(', ') }
  }
  console.info = () => {}

  // As the bundling writes it into the functions.
  Object.assign(globalThis, { SERIES: JSON.stringify(library()) })
  type Handler = (event: unknown, context: unknown) => Promise<{ statusCode: number }>
  const handlers = {
    '/requests': (await import('../functions/requests.ts')).handler as unknown as Handler,
    '/subscriptions': (await import('../functions/subscriptions.ts')).handler as unknown as Handler,
  }
  const postTo = async (path: keyof typeof handlers, body: object, sourceIp = '203.0.113.7'): Promise<void> => {
    const { statusCode } = await handlers[path](
      {
        version: '2.0',
        routeKey: `POST ${path}`,
        rawPath: path,
        headers: { 'content-type': 'application/json', accept: 'application/json' },
        requestContext: { http: { method: 'POST', path, sourceIp } },
        body: JSON.stringify(body),
        isBase64Encoded: false,
      },
      {},
    )
    if (statusCode >= 300) throw new Error(`${path} answered with ${statusCode}`)
  }
  const post = (body: object): Promise<void> => postTo('/requests', body)
  const form = await spent(() => post(adasForm))
  say('write units of a submitted form', `${form.units}`, `≤ 3   (${form.told})`, form.units <= 3)
  const long = {
    ...adasForm,
    introduction: 'x'.repeat(200),
    connection: 'x'.repeat(300),
    topic: 'x'.repeat(150),
    organization: 'x'.repeat(150),
  }
  const longForm = await spent(() => post(long))
  say(
    'write units of a form with every field full',
    `${longForm.units}`,
    `≤ 3   (${longForm.told})`,
    longForm.units <= 3,
  )

  const build = (name: string) => {
    const code = bundle(name).files.find((file) => file.name === 'index.js')
    mkdirSync(join(out, name), { recursive: true })
    if (code) writeFileSync(join(out, name, 'index.cjs'), code.contents)
  }
  build('send-mail')

  const ledger = await import('../shared/aws/ledger.ts')
  const people = await import('../shared/aws/people.ts')
  const requestsTable = await import('../shared/aws/requests.ts')
  const request = {
    ...having(confirmed, ['sent', '2026-11-23T15:00:00.000Z']),
    id: '01JDBENCH0000000000000000A',
    expiresAt: 4_000_000_000,
  }
  await requestsTable.create(request)
  const [mail] = plan([fileOf(request)], settings, '2026-11-23T15:00:00.000Z').mails
  if (!mail) throw new Error('Nothing is planned')
  const person = await people.find(request.person)
  const now = mail.dueAt
  const sent = await spent(async () => {
    await ledger.plan(mail, now)
    const claim = await ledger.claim(mail, {
      since: sentInAt(request),
      attempts: 0,
      person,
      day: now.slice(0, 10),
      now,
    })
    if (claim !== 'claimed') throw new Error(`The mail was not claimed: ${claim}`)
    await ledger.settle(mail, '0100018b-aaaa-bbbb-cccc-000000000000-000000', now)
  })
  say(
    'write units of the row of a workflow mail, planned to settled',
    `${sent.units}`,
    `≤ 8   (${sent.told})`,
    sent.units <= 8,
  )
  if (!onlyBudgets) await whetherKnownByTime(postTo)
  answers.close()
  await table.close()
}

/**
 * Whether the time of an answer tells that an address is known: pairs of a known one, whose mail is stopped, and one that
 * nobody has heard of, in turns, in the same process. Who tells them apart no better than a coin sees the known one slower in
 * half of the pairs.
 */
const whetherKnownByTime = async (
  postTo: (path: '/requests' | '/subscriptions', body: object, sourceIp: string) => Promise<void>,
): Promise<void> => {
  const people = await import('../shared/aws/people.ts')
  const key = stages.dev.addressKey
  const bodies = {
    '/requests': (email: string) => ({ ...adasForm, seekerEmail: email }),
    '/subscriptions': (email: string) => ({ email }),
  } as const
  for (const path of ['/requests', '/subscriptions'] as const) {
    const timed = async (email: string, turn: number): Promise<number> => {
      const began = performance.now()
      await postTo(path, bodies[path](email), `198.51.${turn % 250}.${path.length}`)
      return performance.now() - began
    }
    const known: number[] = []
    const unknown: number[] = []
    for (let turn = -20; turn < 400; turn += 1) {
      const email = `known-${turn}@${path.length}.example.org`
      await people.suppress(personId(email, key), 'asked', '2026-11-02T00:00:00.000Z')
      const isKnownFirst = turn % 2 === 0
      const first = await timed(isKnownFirst ? email : `un${email}`, turn + 20)
      const second = await timed(isKnownFirst ? `un${email}` : email, turn + 20)
      if (turn < 0) continue
      known.push(isKnownFirst ? first : second)
      unknown.push(isKnownFirst ? second : first)
    }
    const slower = known.filter((time, at) => time > (unknown[at] ?? 0)).length / known.length
    const ratio = median(known) / median(unknown)
    say(`POST ${path}: a known address / one nobody knows`, `${ratio.toFixed(2)} ×`, '1 ×')
    say('  of 400 pairs, the known one was slower in', `${(100 * slower).toFixed(0)} %`, '50 %, as of a coin')
  }
}

const rss = (pid: number): number => {
  try {
    const own = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / KB
    const children = execFileSync('sh', ['-c', `cat /proc/${pid}/task/*/children`], { encoding: 'utf8' })
    return (
      own +
      children
        .trim()
        .split(/\s+/)
        .filter(Boolean)
        .reduce((sum, child) => sum + rss(Number(child)), 0)
    )
  } catch {
    return 0
  }
}

const start = async (): Promise<void> => {
  const port = 20_000 + (process.pid % 20_000)
  const began = performance.now()
  const cloud = spawn(process.execPath, ['--max-semi-space-size=2', 'local/start.ts', '--fresh'], {
    cwd: root,
    env: { ...process.env, PORT: String(port), LOCAL_DATA: join(folder, 'local') },
    stdio: ['ignore', 'ignore', 'inherit'],
  })
  const answered = async (): Promise<boolean> => {
    try {
      return (await fetch(`http://localhost:${port}/health`)).ok
    } catch {
      return false
    }
  }
  while (!(await answered())) {
    if (cloud.exitCode !== null) throw new Error('The local cloud did not start')
    await new Promise((done) => setTimeout(done, 50))
  }
  const seconds = (performance.now() - began) / 1000
  say('npm start until it answers', `${seconds.toFixed(1)} s`, '≤ 10 s', seconds <= 10)
  // At rest: what it needed to start has been given back by now.
  await new Promise((done) => setTimeout(done, 5_000))
  if (process.platform === 'linux' && cloud.pid) {
    const megabytes = rss(cloud.pid)
    say('the local cloud at rest, all its processes', `${megabytes.toFixed(0)} MB`, '≤ 400 MB', megabytes <= 400)
  }
  cloud.kill('SIGINT')
  await new Promise((done) => cloud.once('exit', done))
}

const journey = async (assembly: string): Promise<void> => {
  const traveller = await openTraveller('2026-11-23T14:00:00Z', assembly)
  const began = performance.now()
  const request = await begin(traveller)
  await request.tell('sent')
  await traveller.move({ to: '2026-12-02T20:00:00Z' })
  await request.tell('replied')
  await request.tell('scheduled', { start: '2026-12-15T15:00' })
  await traveller.move({ to: '2026-12-15T23:00:00Z' })
  await request.tell('met', { learned: 'Much.' })
  await request.tell('thanked')
  await traveller.move({ to: '2027-03-01T14:00:00Z' })
  const seconds = (performance.now() - began) / 1000
  const mails = (await traveller.mails()).length
  await traveller.close()
  say(`three months over HTTP with the moved clock, ${mails} mails`, `${seconds.toFixed(1)} s`, '≤ 20 s', seconds <= 20)
}

/** What docs/cost.md is computed from. */
const bill = async (assemblies: { dev: string; prod: string }): Promise<void> => {
  const wrong = differences(await measure(assemblies), measured())
  say('units that are no longer as docs/cost.md has them', `${wrong.length}`, '0', wrong.length === 0)
  for (const one of wrong) console.log(`    ${one}`)
  if (wrong.length > 0) console.log('    Right if it was meant: npm run cost:measure')
}

try {
  if (!onlyTips) {
    sizes()
    await costs()
  }
  const assembly = synthesized(join(folder, 'dev'), 'dev')
  if (!onlyBudgets && !onlyTips) {
    importTimes()
    planning()
    await start()
    await journey(assembly)
  }
  await tips(say, { folder, assembly, onlyBudgets })
  if (!onlyTips) await bill({ dev: assembly, prod: synthesized(join(folder, 'prod'), 'prod') })
} finally {
  rmSync(folder, { recursive: true, force: true })
}
if (broken.length > 0) {
  console.error(`\nOver budget: ${broken.join('; ')}`)
  process.exitCode = 1
}
