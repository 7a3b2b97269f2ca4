import type { PricingPlan } from '@aws-sdk/client-sesv2'
import type { Deployment } from '../../infra/stages.ts'
import { MOST_READERS } from '../../shared/tips/tip-due.ts'
import { type Check, type Finding, failure, listed, ok, skipped, warning } from './finding.ts'

const number = new Intl.NumberFormat('en')
const mails = (count: number): string => `${number.format(count)} ${count === 1 ? 'mail' : 'mails'}`

export const sandbox: Check = {
  name: 'SES sandbox',
  why: 'A new account may write only to addresses that were verified with it: every other seeker gets nothing.',
  run: async ({ sesAccount, deployment, region }) => {
    const { name, cloud } = deployment
    const { ProductionAccessEnabled: isOut, Details } = await sesAccount()
    if (isOut === undefined) return skipped('SES does not say.', 'Console: SES → Account dashboard shows it at the top')
    if (isOut && !cloud.sesSandbox) return ok('The account is out of the sandbox.')
    if (isOut) {
      return warning(
        'The account is out of the sandbox, and infra/stages.ts says it is in it: the right to send is wider than it has to be.',
        `infra/stages.ts: ${name}.cloud.sesSandbox: false`,
        `npx cdk deploy interviews-${name}`,
      )
    }
    const { Status, CaseId } = Details?.ReviewDetails ?? {}
    const ask = [
      `Console (${region}): SES → Account dashboard → Request production access`,
      'Say there that people subscribe by double opt-in, that every mail has a link to stop, and that bounces and complaints are acted on within minutes. AWS answers within a day or two',
    ]
    const test =
      'Until then, for tests: success@simulator.amazonses.com, or verify an address: SES → Identities → Create identity'
    const steps = {
      PENDING: [`AWS is looking at the request (case ${CaseId}): wait for its mail, or see Support → Your cases`, test],
      DENIED: [`AWS has said no (case ${CaseId}): answer in Support → Your cases, with what it asked for`, test],
      FAILED: [`The request failed (case ${CaseId}): make it anew`, ...ask, test],
      GRANTED: [...ask, test],
    }[Status ?? 'GRANTED']
    if (cloud.sesSandbox && !cloud.keepData) return ok('The account is in the sandbox, as the stage says.')
    if (cloud.sesSandbox)
      return warning('The account is in the sandbox, as the stage says: no seeker can be written to.', ...steps)
    return failure(
      'The account is in the sandbox, and infra/stages.ts says it is out of it.',
      ...steps,
      `To deploy all the same, for tests: infra/stages.ts, ${name}.cloud.sesSandbox: true`,
    )
  },
}

export const sending: Check = {
  name: 'SES sending',
  why: 'AWS, or somebody in the account, can stop all mail at once; it then waits or is lost.',
  run: async ({ sesAccount, aws }) => {
    const { SendingEnabled, EnforcementStatus = '' } = await sesAccount()
    const found: Finding[] = []
    const answer = [
      'Console: SES → Reputation metrics says which. Support → Your cases has the mail of AWS: answer there what was changed',
      'docs/runbook.md#bounces and docs/runbook.md#complaints',
    ]
    if (EnforcementStatus === 'SHUTDOWN') {
      found.push(
        failure('AWS has stopped the mail of this account: too much of it bounced or was reported.', ...answer),
      )
    } else if (SendingEnabled === false) {
      found.push(
        failure(
          'Sending is switched off for the whole account, by whoever may do that in it.',
          `When the reason is gone: ${aws('sesv2 put-account-sending-attributes --sending-enabled')}`,
        ),
      )
    }
    if (EnforcementStatus === 'PROBATION') {
      found.push(
        warning(
          'AWS has put this account under review, for what bounced or was reported: without a change it stops its mail.',
          ...answer,
        ),
      )
    }
    return [ok('Sending is on, and AWS has nothing against this account.'), ...found]
  },
}

export const suppression: Check = {
  name: 'SES suppression list',
  why: 'SES remembers addresses that bounced or complained and writes to them no more, whoever forgets it.',
  run: async ({ sesAccount, aws }) => {
    const { SuppressedReasons = [] } = (await sesAccount()).SuppressionAttributes ?? {}
    const missing = (['BOUNCE', 'COMPLAINT'] as const).filter((reason) => !SuppressedReasons.includes(reason))
    if (missing.length === 0) return ok('The account keeps those that bounced and those that complained.')
    return warning(
      `The account does not remember every ${listed(missing.map((reason) => reason.toLowerCase()))}. Our own mail does by its configuration sets; other mail of the account spoils the reputation of all.`,
      aws('sesv2 put-account-suppression-attributes --suppressed-reasons BOUNCE COMPLAINT'),
    )
  },
}

export const quota: Check = {
  name: 'SES quota',
  why: 'What goes beyond it is refused: reminders come late, tips wait for the next day.',
  run: async ({ sesAccount, deployment, wishes, aws }) => {
    const { name, cloud, tips } = deployment
    const { SendQuota, ProductionAccessEnabled } = await sesAccount()
    const { MaxSendRate = 0, Max24HourSend = 0, SentLast24Hours = 0 } = SendQuota ?? {}
    if (MaxSendRate === 0) return skipped('SES does not say.', 'Console: SES → Account dashboard → Daily email usage')
    const aDay = Max24HourSend < 0 ? Number.POSITIVE_INFINITY : Max24HourSend
    const takes = `${mails(MaxSendRate)} a second and ${aDay === Number.POSITIVE_INFINITY ? 'as many a day as you like' : `${number.format(aDay)} in 24 hours`}`
    // What it is worth to change is known once AWS has let the account out.
    if (ProductionAccessEnabled === false) return skipped(`${takes}, as long as the account is in the sandbox.`)
    const ask = (code: string, value: number): string =>
      aws(
        `service-quotas request-service-quota-increase --service-code ses --quota-code ${code} --desired-value ${value}`,
      )
    const set = (field: string, value: number): string => `infra/stages.ts: ${name}.${field}: ${value}, and deploy`
    const found: Finding[] = []
    if (cloud.mailsPerSecond > MaxSendRate) {
      found.push(
        warning(
          `SES takes ${mails(MaxSendRate)} a second, and the stage is made for ${cloud.mailsPerSecond}: what is refused comes again three minutes later, and after five times lies with the dead letters.`,
          set('cloud.mailsPerSecond', Math.floor(MaxSendRate)),
          `Or: ${ask(RATE, cloud.mailsPerSecond)}`,
        ),
      )
    }
    if (tips.mailsPerSecond >= MaxSendRate) {
      found.push(
        warning(
          `Tips may take all of the ${mails(MaxSendRate)} a second (tips.mailsPerSecond is ${tips.mailsPerSecond}): nothing is left to reminders of meetings while they go out.`,
          set('tips.mailsPerSecond', Math.max(1, Math.floor(MaxSendRate * 0.7))),
        ),
      )
    }
    const expected = wishes.mailsADay ?? 0
    if (expected > aDay) {
      found.push(
        failure(
          `SES takes ${mails(aDay)} in 24 hours, and ${number.format(expected)} are expected: the rest waits for the days after.`,
          ask(QUOTA, Math.ceil(expected * 1.25)),
        ),
      )
    } else if (expected > aDay * 0.8) {
      found.push(
        warning(
          `SES takes ${mails(aDay)} in 24 hours, and ${number.format(expected)} are expected: more than 80 % of it.`,
          ask(QUOTA, Math.ceil(expected * 1.25)),
        ),
      )
    } else if (SentLast24Hours > aDay * 0.8) {
      found.push(
        warning(
          `${number.format(SentLast24Hours)} of the ${mails(aDay)} of 24 hours are used up.`,
          ask(QUOTA, aDay * 2),
        ),
      )
    }
    const pace = tipsASecond(deployment, MaxSendRate)
    const hours = expected / pace / 3600
    if (hours > MOST_HOURS) {
      const enough = Math.ceil(expected / (GOOD_HOURS * 3600))
      // Some of the rate is left to mail that people asked for this minute.
      const rate = Math.ceil(enough / 0.7)
      found.push(
        warning(
          `${mails(expected)} take ${Math.round(hours)} hours at ${number.format(pace)} a second, and readers have chosen an hour: most would come late.`,
          ...(rate > MaxSendRate ? [ask(RATE, rate)] : []),
          `${rate > MaxSendRate ? 'When it is granted: ' : ''}${set('tips.mailsPerSecond', enough)}`,
          ...(tips.transport === 'bulk' && enough > MOST_READERS * tips.bulkCallsPerSecond
            ? [
                `And infra/stages.ts: ${name}.tips.transport: 'single'   (a call for each reader: SES does not count them)`,
              ]
            : []),
        ),
      )
    }
    return [ok(`${takes}, of which ${number.format(SentLast24Hours)} are used.`), ...found]
  },
}

/** What Service Quotas calls "Sending quota", in 24 hours, and "Sending rate", in a second. */
const QUOTA = 'L-804C8AE8'
const RATE = 'L-CDEF9B6B'

const MOST_HOURS = 12
const GOOD_HOURS = 4

/** How fast tips go out: as the stage says, as SES takes them, and no more calls than it may be asked. */
const tipsASecond = ({ tips }: Pick<Deployment, 'tips'>, MaxSendRate: number): number => {
  const together = Math.max(1, Math.min(MOST_READERS, Math.floor(MaxSendRate)))
  const byCalls = tips.transport === 'bulk' ? together * tips.bulkCallsPerSecond : Number.POSITIVE_INFINITY
  return Math.min(tips.mailsPerSecond, MaxSendRate, byCalls)
}

const prices: Record<Exclude<PricingPlan, 'NONE'>, string> = {
  ESSENTIALS: '$0.16 instead of $0.10 for a thousand mails',
  PRO: '$105 a month, and $0.22 instead of $0.10 for a thousand mails',
  ENTERPRISE: '$500 a month, and $0.23 instead of $0.10 for a thousand mails',
}

export const pricing: Check = {
  name: 'SES pricing plan',
  why: 'New accounts start on a plan whose extras are not used here; mail is nearly all that this system costs.',
  run: async ({ sesAccount, aws, region }) => {
    const { CurrentPlan, NextPlan } = (await sesAccount()).PricingAttributes ?? {}
    if (!CurrentPlan) {
      return skipped(
        'SES does not say.',
        `Console (${region}): SES → Account dashboard → Pricing plan: "None" is the cheapest`,
      )
    }
    if (CurrentPlan === 'NONE') return ok('Pay as you go: $0.10 for a thousand mails.')
    if (NextPlan === 'NONE') return ok(`${CurrentPlan} until the end of the month, then pay as you go.`)
    return warning(
      `The account is on the plan ${CurrentPlan}: ${prices[CurrentPlan]}.`,
      aws('sesv2 put-account-pricing-attributes --plan NONE'),
      'Leave it if other systems of this account and region use what the plan has',
    )
  },
}
