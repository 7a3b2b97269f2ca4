import type { GetEmailIdentityResponse, VerificationError } from '@aws-sdk/client-sesv2'
import { type Deployment, placeholders } from '../../infra/stages.ts'
import { type Dns, records, textsOf, withoutDot } from './dns.ts'
import { type Check, type Finding, failure, listed, ok, skipped, warning } from './finding.ts'
import { domainOf, identityOf, type Look } from './look.ts'

const reasons: Partial<Record<VerificationError, string>> = {
  HOST_NOT_FOUND: 'SES finds no such name in the DNS',
  TYPE_NOT_FOUND: 'the name is in the DNS, with a record of another type',
  INVALID_VALUE: 'the record is in the DNS, with another value',
  DNS_SERVER_ERROR: 'the DNS server of the domain made a mistake',
  SERVICE_ERROR: 'SES has a trouble of its own at the moment',
}

/** What SES knows of the sender. Nothing before the first deployment, which makes it. */
const known = async (look: Look): Promise<GetEmailIdentityResponse | Finding> => {
  const found = await look.identity()
  if (found) return found
  return (await look.isDeployed())
    ? skipped('SES does not know the sender: see "Sender".')
    : skipped('SES does not know the sender yet: the first deployment makes it.')
}
const isFinding = (found: GetEmailIdentityResponse | Finding): found is Finding => 'saw' in found

/** Where neither SES nor the DNS has anything yet. */
const anotherDomain = ({ sender: { address } }: Deployment): string =>
  `Or send from a part of the domain that nobody has yet: sender.address ${address.split('@')[0]}@talks.${domainOf(address)}`

export const zone: Check = {
  name: 'Zone',
  why: 'The deployment makes its records in that zone, and takes over none that is there already: it would stop, and be rolled back.',
  run: async (look) => {
    const { deployment, dns } = look
    const { hostedZone, senderIdentity } = deployment.cloud
    if (!hostedZone || senderIdentity === 'address') return ok('The deployment makes no records for the sender.')
    if (placeholders(deployment).includes('sender.address')) return skipped('sender.address is still a placeholder.')
    if (await look.isDeployed()) return ok(`The records of the sender in ${hostedZone.name} are those of the stack.`)
    const domain = domainOf(deployment.sender.address)
    const [from, policy] = [`mail.${domain}`, `_dmarc.${domain}`]
    const there = [
      ...(await records(from, () => dns.resolveCname(from))).map((value) => `CNAME  ${from}  ${value}`),
      ...(await records(from, () => dns.resolveMx(from))).map(({ exchange }) => `MX     ${from}  ${exchange}`),
      ...(await textsOf(dns, from)).map((value) => `TXT    ${from}  "${value}"`),
      ...(await textsOf(dns, policy)).map((value) => `TXT    ${policy}  "${value}"`),
    ]
    if (there.length === 0)
      return ok(`Nothing is in the way of the records that the deployment makes in ${hostedZone.name}.`)
    return warning(
      `The deployment would stop with "already exists" over what is in the DNS, unless that is the answer of a record for *.${domain}.`,
      ...there.map((record) => `There is: ${record}`),
      'Leave hostedZone out in infra/stages.ts: the deployment prints the records, and you copy those that are missing',
      anotherDomain(deployment),
    )
  },
}

export const sender: Check = {
  name: 'Sender',
  why: 'SES sends only from a domain or an address that was proven to be yours.',
  run: async (look) => {
    const { deployment, aws, region, stackName } = look
    const identity = identityOf(deployment)
    const found = await look.identity()
    const isDeployed = await look.isDeployed()
    if (!found && isDeployed) {
      return failure(
        `SES does not know ${identity}, which the stack has made: somebody has deleted it.`,
        aws(`sesv2 create-email-identity --email-identity ${identity}`),
        'Run this again: it prints the DNS records, which are new',
      )
    }
    if (!found) return skipped(`SES does not know ${identity} yet: the first deployment makes it.`)
    if (!isDeployed) {
      return failure(
        `SES knows ${identity} already, and not from this stack: the deployment would stop with "already exists".`,
        'Another stage of this account and region may have it: give this one another sender.address in infra/stages.ts',
        anotherDomain(deployment),
        `Or, if you are sure that nothing else in this account sends from it: ${aws(`sesv2 delete-email-identity --email-identity ${identity}`)}`,
      )
    }
    if (found.VerifiedForSendingStatus) return ok(`${identity} is verified.`)
    const because = reasons[found.VerificationInfo?.ErrorType ?? 'SERVICE_ERROR']
    const why = found.VerificationInfo?.ErrorType && because ? `: ${because}` : ''
    if (deployment.cloud.senderIdentity === 'address') {
      return failure(
        `${identity} is not verified yet${why}.`,
        `Open the mail "Amazon Web Services – Email Address Verification Request" in that mailbox, and the link in it. It holds for 24 hours`,
        `Anew: console (${region}): SES → Identities → ${identity} → Resend`,
      )
    }
    return failure(
      `${identity} is not verified (${found.VerificationStatus ?? 'unknown'})${why}.`,
      'Its DKIM records prove it: see "DKIM"',
      ...(found.VerificationStatus === 'FAILED'
        ? [`SES has given up looking. When the records are there: ${lookAgain(look, identity)}`]
        : [`npx cdk deploy ${stackName} prints all records again, under DnsRecordsForsender`]),
    )
  },
}

const lookAgain = ({ aws }: Look, identity: string): string =>
  aws(
    `sesv2 put-email-identity-dkim-signing-attributes --email-identity ${identity} --signing-attributes-origin AWS_SES`,
  )

export const dkim: Check = {
  name: 'DKIM',
  why: 'The signature on every mail. Without it mail lands in the spam folder, and one-click unsubscribe does not work.',
  run: async (look) => {
    const found = await known(look)
    if (isFinding(found)) return found
    const { deployment, aws } = look
    const identity = identityOf(deployment)
    if (deployment.cloud.senderIdentity === 'address') {
      return ok(`${identity} is an address, whose mail SES signs as amazonses.com: enough to try things out.`)
    }
    const {
      SigningEnabled,
      Status,
      Tokens = [],
      SigningHostedZone: zone = 'dkim.amazonses.com',
      SigningAttributesOrigin,
    } = found.DkimAttributes ?? {}
    if (SigningEnabled === false) {
      return failure(
        `Mail of ${identity} is not signed: it was switched off.`,
        aws(`sesv2 put-email-identity-dkim-attributes --email-identity ${identity} --signing-enabled`),
      )
    }
    const wrong: string[] = []
    // With a key of one's own the one token is a selector, and its record another.
    for (const token of SigningAttributesOrigin === 'EXTERNAL' ? [] : Tokens) {
      const problem = await whatIsWrong(look.dns, `${token}._domainkey.${identity}`, `${token}.${zone}`, identity)
      if (problem) wrong.push(problem)
    }
    if (wrong.length > 0) wrong.push(...inOurZone(look))
    if (Status === 'SUCCESS' && wrong.length === 0)
      return ok(`Mail of ${identity} is signed, and the records are in the DNS.`)
    if (Status === 'SUCCESS') {
      return warning(
        `SES has seen the records of ${identity}, and they are there no more: it finds out within days, and then signs nothing.`,
        ...wrong,
      )
    }
    if (wrong.length > 0) {
      return failure(
        `SES waits for records in the DNS of ${identity} (${Status ?? 'unknown'}).`,
        ...wrong,
        ...again(look, Status),
      )
    }
    return Status === 'FAILED'
      ? failure(
          `The records of ${identity} are in the DNS, and SES gave up before it saw them.`,
          ...again(look, Status),
        )
      : failure(
          `The records of ${identity} are in the DNS, and SES has not seen them yet (${Status ?? 'unknown'}): it mostly takes an hour, at most 72.`,
          'Run this again later',
        )
  },
}

const again = (look: Look, status: string | undefined): string[] =>
  status === 'FAILED'
    ? [`SES has given up looking. When the records are there: ${lookAgain(look, identityOf(look.deployment))}`]
    : []

/** Records that the deployment makes are missing where nobody looks them up. */
const inOurZone = ({ deployment }: Look): string[] => {
  const { hostedZone } = deployment.cloud
  return hostedZone
    ? [
        `Or they are made, in a zone that the registrar of the domain does not point to: console, Route 53 → Hosted zones → ${hostedZone.name}: its four name servers have to be those that your registrar has`,
      ]
    : []
}

/** What to do about a CNAME that is not as it should be; nothing when it is. */
const whatIsWrong = async (dns: Dns, name: string, value: string, domain: string): Promise<string | undefined> => {
  const found = (await records(name, () => dns.resolveCname(name))).map(withoutDot)
  if (found.includes(value)) return undefined
  if (found.length > 0) return `Change: CNAME  ${name}  ${value}   (it now says ${listed(found)})`
  const twice = `${name}.${domain}`
  const doubled = await records(twice, () => dns.resolveCname(twice))
  const short = name.slice(0, -domain.length - 1)
  return doubled.length > 0
    ? `Change: the record is at ${twice}. Your DNS adds the domain itself: enter the name as ${short}`
    : `Add: CNAME  ${name}  ${value}`
}

export const mailFrom: Check = {
  name: 'MAIL FROM',
  why: 'Where bounces go. With a name of your own SPF is yours as well, and a second proof beside DKIM.',
  run: async (look) => {
    const found = await known(look)
    if (isFinding(found)) return found
    const { deployment, aws, region, dns } = look
    const identity = identityOf(deployment)
    if (deployment.cloud.senderIdentity === 'address') return ok('An address has none: bounces go to amazonses.com.')
    const { MailFromDomain, MailFromDomainStatus: status, BehaviorOnMxFailure } = found.MailFromAttributes ?? {}
    if (!MailFromDomain) {
      return warning(
        `${identity} has none: bounces go to amazonses.com, and only DKIM speaks for you.`,
        aws(
          `sesv2 put-email-identity-mail-from-attributes --email-identity ${identity} --mail-from-domain mail.${identity}`,
        ),
      )
    }
    const server = `feedback-smtp.${region}.amazonses.com`
    const servers = await records(MailFromDomain, () => dns.resolveMx(MailFromDomain))
    const spf = (await textsOf(dns, MailFromDomain)).filter((text) => /^v=spf1\b/i.test(text))
    const others = servers.filter(({ exchange }) => withoutDot(exchange) !== server)
    const steps = [
      ...(servers.length === others.length ? [`Add: MX     ${MailFromDomain}  10 ${server}`] : []),
      ...others.map(({ exchange }) => `Remove: MX  ${MailFromDomain}  ${exchange}   (SES wants to be the only one)`),
      ...(spf.length === 0 ? [`Add: TXT    ${MailFromDomain}  "v=spf1 include:amazonses.com ~all"`] : []),
      ...(spf.length > 1
        ? [`Keep one of the ${spf.length} TXT records of ${MailFromDomain} that begin with v=spf1`]
        : []),
      ...spf
        .filter((text) => !text.includes('include:amazonses.com'))
        .map((text) => `Add include:amazonses.com to "${text}"`),
    ]
    if (status === 'SUCCESS' && steps.length === 0)
      return ok(`Bounces go to ${MailFromDomain}, and its records are in the DNS.`)
    if (status === 'SUCCESS')
      return warning(`SES is content with ${MailFromDomain}, and its other record is not as it should be.`, ...steps)
    if (steps.length > 0) steps.push(...inOurZone(look))
    const more = steps.length > 0 ? steps : ['The records are in the DNS: SES sees them within hours, at most 72']
    return BehaviorOnMxFailure === 'REJECT_MESSAGE'
      ? failure(
          `SES does not find the MX record of ${MailFromDomain} (${status}), and until then refuses all mail.`,
          ...more,
        )
      : warning(
          `SES does not find the MX record of ${MailFromDomain} (${status}): until then bounces go to amazonses.com.`,
          ...more,
        )
  },
}

export const dmarc: Check = {
  name: 'DMARC',
  why: 'Gmail, Yahoo and Outlook take larger amounts of mail only from domains that have such a record.',
  run: async ({ deployment, dns }) => {
    const { sender, cloud, brand } = deployment
    if (placeholders(deployment).includes('sender.address')) return skipped('sender.address is still a placeholder.')
    const domain = domainOf(sender.address)
    const { name, policies } = await policyOf(dns, domain)
    const [policy] = policies
    const isAddress = cloud.senderIdentity === 'address'
    if (!policy) {
      return isAddress
        ? ok(`${domain} has none.`)
        : warning(
            `${domain} has no such record.`,
            `Add: TXT    _dmarc.${domain}  "v=DMARC1; p=none; rua=mailto:${brand.supportAddress}"`,
          )
    }
    if (policies.length > 1) {
      return failure(
        `${name} has ${policies.length} such records: whoever receives mail then takes none of them.`,
        `Keep one TXT record of ${name} that begins with v=DMARC1: the stricter one (reject before quarantine before none), unless you know better`,
      )
    }
    const asked = /(?:^|;)\s*p\s*=\s*(\w+)/i.exec(policy)?.[1]?.toLowerCase()
    if (!asked || !['none', 'quarantine', 'reject'].includes(asked)) {
      return failure(
        `${name} says "${policy}", without a policy that is known.`,
        `Change in that record, and nothing else: p=none`,
      )
    }
    if (isAddress && asked !== 'none') {
      return failure(
        `${name} says p=${asked}, and mail from an address alone carries no signature of ${domain}: most of it is refused or lands in the spam folder.`,
        `infra/stages.ts: a sender.address whose domain is yours, with senderIdentity: 'domain'`,
      )
    }
    return ok(`${name} says p=${asked}.`)
  },
}

/** The record of the domain, or of the next one above it that has one: that holds for all below. */
const policyOf = async (dns: Dns, domain: string): Promise<{ name: string; policies: string[] }> => {
  const labels = domain.split('.')
  for (let start = 0; start <= Math.max(0, labels.length - 2); start += 1) {
    const name = `_dmarc.${labels.slice(start).join('.')}`
    const policies = (await textsOf(dns, name)).filter((text) => /^v=DMARC1\b/i.test(text.trim()))
    if (policies.length > 0) return { name, policies }
  }
  return { name: `_dmarc.${domain}`, policies: [] }
}
