import { PlainError } from '../plain-error.ts'
import { bootstrap, credentials, settings } from './account.ts'
import { alarmMail, alarms } from './alarms.ts'
import { type Check, type Checked, checked, skipped } from './finding.ts'
import type { Look } from './look.ts'
import { health, oneClick } from './pages.ts'
import { rules, tipReports, workflowReports } from './reports.ts'
import { recurring, scheduleGroup, scheduleRole, schedulerQuota, workers } from './schedules.ts'
import { dkim, dmarc, mailFrom, sender, zone } from './sender.ts'
import { pricing, quota, sandbox, sending, suppression } from './sending.ts'
import { concurrency, deployedSettings, stack } from './stack.ts'
import { table } from './table.ts'
import { testMail } from './test-mail.ts'

/** In the order in which somebody would put things right: what is wrong at the top may be the cause of what follows. */
export const checks: readonly Check[] = [
  credentials,
  settings,
  bootstrap,
  sandbox,
  sending,
  suppression,
  quota,
  pricing,
  concurrency,
  schedulerQuota,
  stack,
  deployedSettings,
  zone,
  sender,
  dkim,
  mailFrom,
  dmarc,
  workflowReports,
  tipReports,
  rules,
  scheduleGroup,
  scheduleRole,
  recurring,
  workers,
  table,
  health,
  oneClick,
  alarms,
  alarmMail,
  testMail,
]

/** Runs one. Where it could not look it says why; any other error is a mistake of ours, and thrown. */
export const runCheck = async (check: Check, look: Look): Promise<Checked> => {
  try {
    return checked(check, await check.run(look))
  } catch (error) {
    if (!(error instanceof PlainError)) throw error
    return checked(check, skipped(`Could not look: ${error.message.replace(/[^.?!]$/, '$&.')}`))
  }
}

/** One after the other: SES answers such questions once a second. */
export const runChecks = async (look: Look, at: (name: string) => void = () => undefined): Promise<Checked[]> => {
  const all: Checked[] = []
  for (const check of checks) {
    at(check.name)
    all.push(await runCheck(check, look))
  }
  return all
}
