import PostalMime from 'postal-mime'
import { type Checked, checked, type Finding, failure, listed, ok, skipped, warning } from './finding.ts'
import { domainOf } from './look.ts'

type Headers = { key: string; value: string }[]

/**
 * Whether a message that arrived has what one-click unsubscribe needs, and what the mailbox that took it made of it. It
 * believes the mailbox: no signature is computed anew.
 */
export const examine = async (source: string | Uint8Array): Promise<Checked[]> => {
  const { headers, from } = await PostalMime.parse(source)
  if (!headers.some(({ key }) => key === 'from')) return [checked(noMail, noMail.finding)]
  const domain = domainOf(from && 'address' in from ? (from.address ?? '') : '')
  return questions.map(({ name, why, about }) => checked({ name, why }, about(headers, domain)))
}

const noMail = {
  name: 'Message',
  why: 'What is looked at is one mail, whole, as it arrived.',
  finding: failure(
    'This file is no mail: nothing in it says From.',
    'In the mailbox: "Show original" and "Download original" (Gmail), "Save as" (Outlook): a file that ends with .eml',
  ),
}

const all = (headers: Headers, name: string): string[] =>
  headers.filter(({ key }) => key === name).map(({ value }) => value.trim())

/** `a=b; c=d` as DKIM writes it. */
const tagsOf = (value: string): Record<string, string> =>
  Object.fromEntries(
    value.split(';').flatMap((pair) => {
      const at = pair.indexOf('=')
      return at < 0 ? [] : [[pair.slice(0, at).trim(), pair.slice(at + 1).replaceAll(/\s/g, '')]]
    }),
  )

/** Relaxed, as DMARC counts by default: one is the other, or lies below it. */
const isOf = (one: string, other: string): boolean =>
  one !== '' && (one === other || one.endsWith(`.${other}`) || other.endsWith(`.${one}`))

const unsigned = failure(
  'There is no DKIM-Signature in the file.',
  'Is it the whole message as it arrived, with all headers? Forwarding, copying from the window and "Save as PDF" lose them',
  'If it is: see the check "DKIM" of npm run preflight',
)

const headersOf = (headers: Headers): Finding | Finding[] => {
  const where = all(headers, 'list-unsubscribe')
  const how = all(headers, 'list-unsubscribe-post')
  const found: Finding[] = []
  if (where.length !== 1) {
    found.push(
      failure(
        where.length === 0
          ? 'There is no List-Unsubscribe.'
          : `List-Unsubscribe is there ${where.length} times, and has to be once.`,
        where.length === 0
          ? 'It has to be a mail of tips, or the one that --send-to sent: others have none'
          : 'Something on the way has added one: look at what stands between SES and the mailbox (a mailing list, a gateway)',
      ),
    )
  } else if (!/<https:\/\/[^>]+>/.test(where[0] ?? '')) {
    found.push(
      failure('List-Unsubscribe has no address that begins with https.', 'Is the Url of the stack one of https?'),
    )
  }
  if (how.length !== 1 || how[0] !== 'List-Unsubscribe=One-Click') {
    found.push(
      failure(
        how.length === 0 ? 'There is no List-Unsubscribe-Post.' : `List-Unsubscribe-Post says "${how.join('", "')}".`,
        'It has to be there once: List-Unsubscribe-Post: List-Unsubscribe=One-Click',
      ),
    )
  }
  return found.length > 0 ? found : ok('Both are there once, and as RFC 8058 wants them.')
}

const needed = ['list-unsubscribe', 'list-unsubscribe-post']

const coverOf = (headers: Headers, domain: string): Finding | Finding[] => {
  const signatures = all(headers, 'dkim-signature').map(tagsOf)
  if (signatures.length === 0) return unsigned
  const seen = signatures.map(({ d = '?', h = '' }) => {
    const covered = h.toLowerCase().split(':')
    return { d, missing: needed.filter((name) => !covered.includes(name)) }
  })
  const whole = seen.filter(({ missing }) => missing.length === 0)
  if (whole.some(({ d }) => isOf(d, domain)))
    return ok(`The signature of ${whole.map(({ d }) => d).join(' and that of ')} covers both headers.`)
  const others = 'The button of mailbox providers may be missing; the link in each mail works all the same'
  if (whole.length > 0) {
    return warning(
      `Only the signature of ${listed(whole.map(({ d }) => d))} covers both headers, and not one of ${domain}.`,
      "Send from a domain that is verified: infra/stages.ts, senderIdentity: 'domain'",
      others,
    )
  }
  return failure(
    `No signature covers both headers: ${seen.map(({ d, missing }) => `that of ${d} lacks ${listed(missing)}`).join('; ')}.`,
    'Ask AWS: console, Support → Create case → Amazon SES: "List-Unsubscribe and List-Unsubscribe-Post are not in h= of the DKIM-Signature"',
    others,
  )
}

type Verdict = { method: string; result: string; of: string }

/** Only the topmost is of the mailbox that took the mail: whoever handed it on may have written others. */
const verdictsOf = (headers: Headers): Verdict[] => {
  const [top = ''] = all(headers, 'authentication-results')
  return withoutComments(top)
    .split(';')
    .flatMap((part) => {
      const [, method = '', result = ''] = /^\s*(dkim|spf|dmarc)\s*=\s*(\w+)/i.exec(part) ?? []
      const of = /(?:header\.(?:i|d|from)|smtp\.mailfrom)\s*=\s*(\S+)/i.exec(part)?.[1] ?? ''
      return method ? [{ method: method.toLowerCase(), result: result.toLowerCase(), of: domainOf(of) }] : []
    })
}

const withoutComments = (text: string): string => {
  const shorter = text.replaceAll(/\([^()]*\)/g, '')
  return shorter === text ? text : withoutComments(shorter)
}

const unjudged = skipped(
  'The mailbox did not write down what it made of this (no Authentication-Results).',
  'Save it from a mailbox of Gmail, Outlook or Yahoo: those do',
)

const passed =
  (method: string, ours: (domain: string, verdict: Verdict) => boolean, ...todo: string[]) =>
  (headers: Headers, domain: string): Finding => {
    const verdicts = verdictsOf(headers)
    const some = verdicts.filter((verdict) => verdict.method === method)
    if (verdicts.length === 0) return unjudged
    if (some.length === 0) return skipped(`The mailbox says nothing about ${method.toUpperCase()}.`)
    const words = some.map(({ result, of }) => (of ? `${result} (${of})` : result)).join(', ')
    return some.some((verdict) => verdict.result === 'pass' && ours(domain, verdict))
      ? ok(`The mailbox says: ${words}.`)
      : failure(`The mailbox says: ${words}. It has to be pass, for ${domain}.`, ...todo)
  }

const questions: {
  name: string
  why: string
  about: (headers: Headers, domain: string) => Finding | Finding[]
}[] = [
  {
    name: 'Headers to unsubscribe',
    why: 'By these two mailbox providers know what to press.',
    about: headersOf,
  },
  {
    name: 'Signature over them',
    why: 'RFC 8058: both have to be signed, or else the button is not shown. SES promises it nowhere.',
    about: coverOf,
  },
  {
    name: 'DKIM',
    why: 'The signature is good, and of the domain that the reader sees.',
    about: passed('dkim', (domain, { of }) => isOf(of, domain), 'See the check "DKIM" of npm run preflight'),
  },
  {
    name: 'SPF',
    why: 'The server may send for the domain that bounces go to.',
    about: passed('spf', () => true, 'See the check "MAIL FROM" of npm run preflight'),
  },
  {
    name: 'DMARC',
    why: 'DKIM or SPF is good, and of the domain that the reader sees.',
    about: passed('dmarc', () => true, 'See the checks "DKIM" and "DMARC" of npm run preflight'),
  },
]
