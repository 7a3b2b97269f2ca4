import { readFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { freePort } from '../../local/free-port.ts'
import { endOf, run, start } from './processes.ts'
import type { Python } from './python.ts'
import { eventually } from './steps.ts'

export const account = '000000000000'
export const region = 'us-east-1'

/** An AWS on this machine. */
export type MiniStack = {
  url: string
  log: string
  /** What a program needs to take it for AWS, with the rights of the account's owner. */
  env: Record<string, string>
}

/**
 * Starts MiniStack on a free port. It checks every signature, and of every call whether the role of the function, its
 * policies and those of the queue allow it; and it answers over TLS, which the policies of buckets and queues ask for.
 */
export const startMiniStack = async (python: Python, folder: string, mailServiceUrl: string): Promise<MiniStack> => {
  const certificate = join(folder, 'certificate.pem')
  const key = join(folder, 'key.pem')
  const log = join(folder, 'ministack.log')
  // This Node comes first: functions are run with it, and so is the CDK.
  const basics = { PATH: `${dirname(process.execPath)}${delimiter}${process.env.PATH}`, HOME: folder, TMPDIR: folder }
  const script = join(import.meta.dirname, 'certificate.py')
  await run({
    command: python.command,
    args: [script, certificate, key],
    env: { ...basics, ...python.env },
    cwd: folder,
    log: join(folder, 'certificate.log'),
  })
  const port = await freePort()
  const child = start({
    command: python.command,
    args: [join(import.meta.dirname, 'ministack_main.py')],
    env: {
      ...basics,
      ...python.env,
      BIND_HOST: '127.0.0.1',
      GATEWAY_PORT: String(port),
      USE_SSL: '1',
      MINISTACK_SSL_CERT: certificate,
      MINISTACK_SSL_KEY: key,
      AUTH: 'true',
      // Services of its own that would take fixed ports.
      IOT_MTLS_ENABLED: '0',
      SFTP_ENABLED: '0',
      // Of `ministack_main.py`.
      MAIL_SERVICE_URL: mailServiceUrl,
    },
    cwd: folder,
    log,
  })
  // For this process: the SDK's clients and fetch.
  setDefaultCACertificates([...getCACertificates('default'), readFileSync(certificate, 'utf8')])
  const url = `https://127.0.0.1:${port}`
  await eventually('MiniStack answers', async () => {
    if (child.exitCode !== null) throw new Error(`MiniStack did not start:\n${endOf(log)}`)
    const response = await fetch(`${url}/_ministack/ready`).catch(() => undefined)
    return response?.status === 200
  })
  return {
    url,
    log,
    env: {
      ...basics,
      AWS_ENDPOINT_URL: url,
      AWS_REGION: region,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      // The first is for Node, the second for the CDK's own way to the network.
      NODE_EXTRA_CA_CERTS: certificate,
      AWS_CA_BUNDLE: certificate,
    },
  }
}

/** Whom it has refused what so far: a line for each, from `ministack_main.py`. */
export const refusals = ({ log }: MiniStack): string[] =>
  readFileSync(log, 'utf8')
    .split('\n')
    .filter((line) => line.startsWith('REFUSED'))
