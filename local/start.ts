import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { type Cloud, defaultDataDir, hasData, startCloud } from './cloud.ts'

// As on Lambda, whatever the zone of this machine.
process.env.TZ = 'UTC'

const usage = `npm start [-- --fresh] [-- --at 2026-12-01T08:00:00Z]

  --fresh   starts from empty data
  --at      starts the clock there; later than where it was, or together with --fresh
  --data    keeps its data in another folder than .local; so does LOCAL_DATA in the environment
  --assembly  runs another synthesized app than this one's stage dev
  --count-mails  counts mails and tells of them, and neither renders nor keeps them: for tests of load
  PORT=n    in the environment: answers there instead of on 3000`

const fail = (message: string): never => {
  console.error(`\n${message}\n`)
  process.exit(1)
}

const options = (() => {
  try {
    return parseArgs({
      options: {
        fresh: { type: 'boolean', default: false },
        at: { type: 'string' },
        data: { type: 'string', default: process.env.LOCAL_DATA ?? defaultDataDir },
        assembly: { type: 'string' },
        'count-mails': { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }).values
  } catch (error) {
    return fail(`${(error as Error).message}\n\n${usage}`)
  }
})()
if (options.help) {
  console.log(usage)
  process.exit(0)
}
const port = Number(process.env.PORT ?? 3000)
if (!Number.isInteger(port) || port < 0 || port > 65_535) fail(`PORT is not a port: ${process.env.PORT}`)

let cloud: Cloud | undefined
let ending = false
const end = async (code: number): Promise<void> => {
  // Asked twice: at once.
  if (ending) process.exit(code)
  ending = true
  const slow = setTimeout(() => process.exit(code), 3000)
  await cloud?.stop()
  clearTimeout(slow)
  process.exit(code)
}
process.on('SIGINT', () => {
  console.log('\nStopping. What it holds is kept for the next start.')
  void end(0)
})
process.on('SIGTERM', () => void end(0))
process.on('SIGHUP', () => void end(0))

const dataDir = resolve(options.data)
const began = performance.now()
const continuing = !options.fresh && hasData(dataDir)
console.log(
  `Starting the cloud on this laptop${continuing ? ', with the data of last time (--fresh forgets it)' : ''} …`,
)
try {
  cloud = await startCloud({
    port,
    dataDir,
    ...(options.assembly !== undefined && { assembly: resolve(options.assembly) }),
    fresh: options.fresh,
    ...(options['count-mails'] && { ses: 'answers-with-events' as const }),
    ...(options.at !== undefined && { at: options.at }),
    onEnd: (reason) => {
      console.error(`\nThis cannot go on: ${reason}.`)
      void end(1)
    },
  })
} catch (error) {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === 'EADDRINUSE')
    fail(`Port ${port} is taken by another program. Choose another one: PORT=${port + 1} npm start`)
  if (code === 'EACCES')
    fail(`Port ${port} needs rights that this user has not. Choose another one: PORT=3000 npm start`)
  fail(`The local cloud did not start: ${message}`)
}
if (cloud) {
  console.log(`
Ready in ${((performance.now() - began) / 1000).toFixed(1)} s.

  ${cloud.url}/             the form: begin here
  ${cloud.url}/_local       inbox, clock, data: everything around it

Ctrl-C ends it.`)
}
