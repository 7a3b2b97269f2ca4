import assert from 'node:assert/strict'
import {
  GetScheduleCommand,
  ListSchedulesCommand,
  SchedulerClient,
  UpdateScheduleCommand,
} from '@aws-sdk/client-scheduler'
import { canaryForm } from '../../shared/canary.ts'
import { adasForm } from '../traveller.ts'
import { clientOf, type Deployment, events, invoke } from './deployment.ts'
import type { MailService } from './mail-service.ts'
import { account, type MiniStack, region } from './ministack.ts'
import { matchedBy, reportOf } from './reports.ts'
import { eventually, prove } from './steps.ts'
import { pathIn, type Walker } from './walker.ts'

export const ada = adasForm.seekerEmail

/** A request from the form to its reminders, through the functions as they are deployed. */
export const walkRequest = async (
  ministack: MiniStack,
  deployment: Deployment,
  mailService: MailService,
  walker: Walker,
): Promise<void> => {
  const { http, post, mail, item, items } = walker
  const scheduler = new SchedulerClient(clientOf(ministack))
  const group = deployment.named('AWS::Scheduler::ScheduleGroup', 'schedulesgroup')
  const queueArn = (beginning: string): string =>
    `arn:aws:sqs:${region}:${account}:${deployment.named('AWS::SQS::Queue', beginning).split('/').at(-1)}`

  await prove('The form is a page, and /health answers', async () => {
    assert.deepEqual((await http('GET', '/health')).json, { ok: true })
    assert.match((await http('GET', '/', { headers: { accept: 'text/html' } })).text, /<form /)
  })

  const id = await prove('A request is stored, and its stream brings the confirmation mail', async () => {
    const stored = await post('/requests', adasForm)
    assert.equal(stored.status, 202, stored.text)
    const { configurationSet, tags } = await mail(ada, 'confirm')
    assert.equal(configurationSet, deployment.named('AWS::SES::ConfigurationSet', 'senderworkflow'))
    assert.equal(tags.request, stored.json.id)
    return stored.json.id as string
  })
  const partition = `REQUEST#${id}`
  const request = async () => (await item(partition, 'REQUEST')) ?? {}
  const rows = async () => Object.fromEntries((await items(partition, 'MAIL#')).map((row) => [row.mail, row]))

  const page = await prove('A GET of the link changes nothing, a POST confirms, and the draft comes', async () => {
    const link = pathIn(await mail(ada, 'confirm'), /^\/confirm\//)
    assert.equal((await http('GET', link, { headers: { accept: 'text/html' } })).status, 200)
    assert.equal((await request()).state, 'unconfirmed')
    const confirmed = await http('POST', link)
    assert.equal(confirmed.status, 200, confirmed.text)
    await mail(ada, 'draft')
    assert.equal((await request()).state, 'drafted')
    return new URL(confirmed.json.page).pathname
  })

  const next = await prove('“I sent it” is recorded, and the ledger holds what went out and what will', async () => {
    const told = await post(`${page}/events`, { event: 'sent' })
    assert.equal(told.json?.state, 'sent', told.text)
    const upcoming: { mail: string; dueAt: string }[] = told.json.nextMails
    assert.deepEqual(
      upcoming.map((one) => one.mail),
      ['widen', 'follow-up', 'let-rest'],
    )
    const ledger = await eventually('the ledger has all of them', async () => {
      const known = await rows()
      return upcoming.every((one) => known[one.mail]) && known
    })
    for (const name of ['confirm', 'draft']) {
      const { state, messageId } = await eventually(`${name} is settled`, async () => {
        const row = (await rows())[name]
        return row?.state === 'sent' && row
      })
      assert.equal(state, 'sent')
      assert.equal(messageId, (await mail(ada, name)).id)
    }
    for (const { mail: name, dueAt } of upcoming) {
      assert.equal(ledger[name]?.state, 'planned')
      assert.equal(ledger[name]?.dueAt, dueAt)
    }
    return upcoming
  })

  const nameOf = async (mailName: string): Promise<string> => {
    const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({ GroupName: group }))
    const found = Schedules.filter(({ Name }) => Name?.startsWith(`${id}-${mailName}-`))
    assert.equal(found.length, 1, `schedules of ${mailName}`)
    return found[0]?.Name ?? ''
  }

  await prove('Each of them has a one-time schedule in UTC that puts its ids on the mail queue', async () => {
    for (const { mail: name, dueAt } of next) {
      const { Target, ...schedule } = await eventually(`the schedule of ${name}`, async () =>
        scheduler.send(new GetScheduleCommand({ GroupName: group, Name: await nameOf(name) })),
      )
      assert.equal(schedule.ScheduleExpression, `at(${dueAt.slice(0, 19)})`)
      assert.equal(schedule.ScheduleExpressionTimezone, 'UTC')
      assert.equal(schedule.ActionAfterCompletion, 'DELETE')
      assert.equal(schedule.FlexibleTimeWindow?.Mode, 'OFF')
      assert.equal(Target?.Arn, queueArn('mailqueue'))
      assert.equal(Target?.DeadLetterConfig?.Arn, queueArn('schedulesdeadqueue'))
      assert.equal(
        Target?.RoleArn,
        `arn:aws:iam::${account}:role/${deployment.named('AWS::IAM::Role', 'schedulesrole')}`,
      )
      assert.deepEqual(Target?.RetryPolicy, { MaximumEventAgeInSeconds: 3600, MaximumRetryAttempts: 60 })
      const { requestId, mail: ringing } = JSON.parse(Target?.Input ?? '{}')
      assert.deepEqual({ requestId, ringing }, { requestId: id, ringing: name })
    }
  })

  const due = (name: string): string => next.find((one) => one.mail === name)?.dueAt ?? ''
  const sk = async (name: string): Promise<string> => (await rows())[name]?.sk
  const longAgo = new Date(Date.now() - 10 * 60_000).toISOString()
  const isPutBack = (name: string) =>
    eventually(`${name} is due again when it should be`, async () => (await rows())[name]?.dueAt === due(name))

  await prove(
    'A schedule rings, the queue takes it, send-mail finds it too early, sends nothing and says so',
    async () => {
      const sent = mailService.mails().length
      await walker.change(partition, await sk('let-rest'), { dueAt: longAgo })
      const Name = await nameOf('let-rest')
      const { Target, FlexibleTimeWindow, ...rest } = await scheduler.send(
        new GetScheduleCommand({ GroupName: group, Name }),
      )
      assert(Target && FlexibleTimeWindow)
      const { ScheduleExpressionTimezone, ActionAfterCompletion } = rest
      await scheduler.send(
        new UpdateScheduleCommand({
          Name,
          GroupName: group,
          ScheduleExpression: `at(${new Date().toISOString().slice(0, 19)})`,
          ScheduleExpressionTimezone,
          ActionAfterCompletion,
          FlexibleTimeWindow,
          Target,
        }),
      )
      await isPutBack('let-rest')
      await eventually('the schedule is gone', async () => {
        const { Schedules = [] } = await scheduler.send(new ListSchedulesCommand({ GroupName: group }))
        return !Schedules.some((schedule) => schedule.Name === Name)
      })
      assert.equal(mailService.mails().length, sent)
    },
  )

  await prove('reconcile finds in the index what never rang, and rings it again', async () => {
    const sent = mailService.mails().length
    await walker.change(partition, await sk('widen'), { dueAt: longAgo })
    const counts = await invoke(ministack, deployment.named('AWS::Lambda::Function', 'reconcile'))
    assert.deepEqual(counts, {
      'ring-again': 1,
      'call-unsettled': 0,
      'send-again': 0,
      'give-up': 0,
      wait: 0,
      failed: 0,
    })
    await isPutBack('widen')
    assert.equal(mailService.mails().length, sent)
  })

  await prove('What SES reports of a mail matches its rule and no other, and reaches the ledger', async () => {
    const report = reportOf(mailService, await mail(ada, 'draft'), 'Delivery')
    assert.deepEqual(await matchedBy(ministack, deployment, report), ['senderoutcome'])
    const recordOutcome = deployment.named('AWS::Lambda::Function', 'recordoutcome')
    const Rule = deployment.named('AWS::Events::Rule', 'senderoutcome')
    const { Targets } = await events(ministack, 'ListTargetsByRule', { Rule })
    assert.equal(Targets.length, 1)
    assert.equal(Targets[0].Arn, `arn:aws:lambda:${region}:${account}:function:${recordOutcome}`)
    assert.equal(Targets[0].DeadLetterConfig.Arn, queueArn('outcomesdeadqueue'))
    await invoke(ministack, recordOutcome, report)
    assert.equal((await rows()).draft?.state, 'delivered')
  })

  await prove('canary sees how far the request of its day has come', async () => {
    const canary = deployment.named('AWS::Lambda::Function', 'canary')
    assert.equal((await post('/requests', canaryForm(new Date().toISOString().slice(0, 10)))).status, 202)
    assert.equal(await invoke(ministack, canary), 'wait')
  })
}
