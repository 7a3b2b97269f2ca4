import { type Check, type Finding, failure, ok, skipped } from './finding.ts'
import type { Look } from './look.ts'
import { codeOf } from './why-not.ts'

/** Nobody's: as long as a real one, so that it is looked up and not found. */
export const nobodysLink = (url: string): string =>
  `${url}/subscriptions/${'A'.repeat(22)}-preflight/${'A'.repeat(22)}/unsubscribe`

const PATIENCE_MS = 15_000

type Answered = { response: Response; body: string }

const say = async (look: Look, url: string, init: RequestInit): Promise<Answered | Finding> => {
  try {
    const response = await look.fetch(url, { ...init, redirect: 'manual', signal: AbortSignal.timeout(PATIENCE_MS) })
    return { response, body: await response.text() }
  } catch (error) {
    return unreachable(look, new URL(url).host, codeOf(error))
  }
}
const isFinding = (answer: Answered | Finding): answer is Finding => 'saw' in answer

const unreachable = async ({ deployment, output }: Look, host: string, code: string): Promise<Finding> => {
  if (/^(ENOTFOUND|EAI_AGAIN)$/.test(code)) {
    const record = (await output('DnsRecordsForweb'))?.trim()
    return failure(
      `${host} is not in the DNS, or this machine is offline.`,
      ...(deployment.cloud.domain
        ? [
            record
              ? `Add: ${record}`
              : `The record is made by the deployment, in the zone ${deployment.cloud.hostedZone?.name}: console, Route 53`,
          ]
        : ['Console: API Gateway → APIs: is it there?']),
    )
  }
  if (/CERT|SELF_SIGNED|UNABLE_TO_/.test(code)) {
    return failure(
      `The certificate of ${host} is not good (${code}).`,
      'Console: Certificate Manager → the certificate: it has to be "Issued", for this name, in this region. "Pending validation": its record is missing in the DNS, and shown there',
    )
  }
  if (code === 'TimeoutError')
    return failure(`${host} gave no answer in ${PATIENCE_MS / 1000} seconds.`, 'docs/runbook.md#errors')
  const how = /^(ECONNRESET|UND_ERR_SOCKET|EPIPE)$/.test(code) ? 'cuts the connection' : 'cannot be reached'
  return failure(
    `${host} ${how} (${code}).`,
    'A browser does not open it either: docs/runbook.md#errors. If it does, it is this machine: a proxy, or no network',
  )
}

/** What stands between the readers and us, told from an answer that is none of ours. */
const notOurs = (host: string, { response }: Answered): Finding => {
  const { status, headers } = response
  const to = headers.get('location')
  if (to) {
    return failure(
      `${host} leads on to ${to} (${status}). Mail providers do not follow: RFC 8058 forbids it.`,
      'Whatever redirects (a CDN, a proxy, http to https) has to let this path through as it is: infra/stages.ts, cloud.domain, is to be the address that answers',
    )
  }
  const by = headers.get('server')
  const who = by ? `, and "${by}" answered` : ''
  if (status === 403) {
    return failure(
      `${host} refuses it (403${who}): a firewall or a CDN stands before it.`,
      'Let POST to /subscriptions/* through without a challenge, a cookie or a list of browsers: mail providers have none',
    )
  }
  if (status === 429) return failure(`${host} takes no more at the moment (429).`, 'docs/runbook.md#throttles')
  if (status >= 500) return failure(`${host} answers with an error (${status}${who}).`, 'docs/runbook.md#errors')
  return failure(
    `Something else answers at ${host} (${status}${who}).`,
    'The name leads elsewhere: console, API Gateway → Custom domain names → API mappings has to name the API of this stack, and the DNS the address that stands there',
  )
}

/** The page and the API, where readers find them. */
const urlOf = async ({ isDeployed, output }: Look): Promise<string | undefined> =>
  (await isDeployed()) ? output('Url') : undefined
const notYet = () => skipped('Nothing is deployed yet.')

export const health: Check = {
  name: 'Pages',
  why: 'The form, and every link in every mail.',
  run: async (look) => {
    const url = await urlOf(look)
    if (!url) return notYet()
    const answer = await say(look, `${url}/health`, { headers: { accept: 'application/json' } })
    if (isFinding(answer)) return answer
    return answer.response.status === 200 && /^\{\s*"ok"\s*:\s*true/.test(answer.body)
      ? ok(`${url} answers.`)
      : notOurs(new URL(url).host, answer)
  },
}

export const oneClick: Check = {
  name: 'One-click unsubscribe',
  why: 'Gmail and Yahoo want a button that works without a page. They press it by a POST, and follow no redirect.',
  run: async (look) => {
    const url = await urlOf(look)
    if (!url) return notYet()
    const form = new FormData()
    form.set('List-Unsubscribe', 'One-Click')
    const answer = await say(look, nobodysLink(url), { method: 'POST', body: form })
    if (isFinding(answer)) return answer
    const { response, body } = answer
    if (response.status === 404 && response.headers.get('content-type')?.startsWith('application/problem+json')) {
      return ok('A press for nobody reaches us, and is answered with 404.')
    }
    if (response.status === 415) {
      return failure(
        'It is refused for the kind of its content (415): mail providers send multipart/form-data.',
        'What stands before our function (a proxy, a firewall) has to let it through',
        `npx cdk deploy ${look.stackName}   (if an old version runs)`,
      )
    }
    if (response.status === 404) {
      return failure(
        `API Gateway knows no such path (404: ${body.slice(0, 60)}).`,
        `npx cdk deploy ${look.stackName}`,
        'With a domain of your own: console, API Gateway → Custom domain names → API mappings: $default, without a path',
      )
    }
    return notOurs(new URL(url).host, answer)
  },
}
