import assert from 'node:assert/strict'
import { CloudWatchLogsClient, CreateLogStreamCommand, PutLogEventsCommand } from '@aws-sdk/client-cloudwatch-logs'
import { library } from '../../infra/content.ts'
import type { Mail } from '../../local/mail.ts'
import { clientOf, type Deployment, events, invoke } from './deployment.ts'
import type { MailService } from './mail-service.ts'
import { account, type MiniStack, region } from './ministack.ts'
import { matchedBy, reportOf } from './reports.ts'
import { eventually, prove } from './steps.ts'
import { pathIn, type Walker } from './walker.ts'

export const lou = 'lou@example.org'
const complaining = 'complaint+tips@simulator.amazonses.com'
const bulk = '/v2/email/outbound-bulk-emails'

/** A subscription from the form to its end, through the functions as they are deployed. */
export const walkTips = async (
  ministack: MiniStack,
  deployment: Deployment,
  mailService: MailService,
  walker: Walker,
): Promise<void> => {
  const { http, post, mail, item } = walker
  const [series] = library()
  const parts = (series?.parts ?? []).map(({ id }) => id)
  const pickTips = deployment.named('AWS::Lambda::Function', 'picktips')
  const minutesAgo = (minutes: number): string => new Date(Date.now() - minutes * 60_000).toISOString()
  const keyOf = ({ tags = {} }: Mail): [pk: string, sk: string] => {
    const [, person, id] = /^(.{22})-(.+)$/.exec(tags.subscription ?? '') ?? []
    return [`PERSON#${person}`, `SERIES#${id}`]
  }

  const confirmation = await prove(
    'A subscription is stored, and its stream brings the mail that asks to confirm',
    async () => {
      const asked = await post('/subscriptions', { email: lou, timeZone: 'Europe/London', firstName: 'Lou' })
      assert.equal(asked.status, 202, asked.text)
      const asking = await mail(lou, 'confirm-series')
      assert.equal(asking.configurationSet, deployment.named('AWS::SES::ConfigurationSet', 'sendertips'))
      return asking
    },
  )
  const key = keyOf(confirmation)
  const subscription = async () => (await item(...key)) ?? {}

  const preferences = await prove('A GET of the link changes nothing, a POST confirms', async () => {
    const link = pathIn(confirmation, /\/confirm$/)
    assert.equal((await http('GET', link, { headers: { accept: 'text/html' } })).status, 200)
    assert.equal((await subscription()).state, 'pending')
    const confirmed = await http('POST', link)
    assert.equal(confirmed.status, 200, confirmed.text)
    assert.equal((await subscription()).state, 'active')
    return new URL(confirmed.json.preferences).pathname
  })

  const hasHad = (count: number) =>
    eventually(`she has had ${count} parts`, async () => {
      const now = await subscription()
      return now.had?.length === count && now
    })

  const tip = await prove(
    '“The next part now” comes at once, by SendBulkEmail, with the headers of one click',
    async () => {
      const wished = await post(preferences, { next: 'now' })
      assert.equal(wished.status, 200, wished.text)
      const came = await mail(lou, 'tip')
      assert.equal(came.tags.part, parts[0])
      assert(mailService.paths.includes(bulk))
      assert.equal(came.headers['list-unsubscribe-post'], 'List-Unsubscribe=One-Click')
      assert.match(came.headers['list-unsubscribe'] ?? '', /^<https:\/\/\S+\/unsubscribe>$/)
      const { had, messageId, claim } = await hasHad(1)
      assert.deepEqual({ had, messageId, claim }, { had: [parts[0]], messageId: came.id, claim: undefined })
      return came
    },
  )

  await prove('pick-tips finds in the index who is due and hands her over; when nobody is, it says so', async () => {
    assert.deepEqual(await invoke(ministack, pickTips), { readers: 0, messages: 0 })
    await walker.change(...key, { dueAt: minutesAgo(1) })
    assert.deepEqual(await invoke(ministack, pickTips), { readers: 1, messages: 1 })
    const came = await mail(lou, 'tip', ({ tags }) => tags.part === parts[1])
    assert.equal((await hasHad(2)).messageId, came.id)
  })

  await prove(
    'A worker that died after SES took the part is looked up in the log group: nothing is sent twice',
    async () => {
      const logs = new CloudWatchLogsClient(clientOf(ministack))
      const logGroupName = deployment.named('AWS::Logs::LogGroup', 'sendertakentips')
      const [batch, messageId] = ['01JDEADWORKER0000000000000', 'taken-by-ses']
      const sent = mailService.mails().length
      // As the rule writes it, which MiniStack does not.
      await logs.send(new CreateLogStreamCommand({ logGroupName, logStreamName: 'events' }))
      const message = `${batch} ${tip.tags.subscription} ${messageId}`
      const logEvents = [{ timestamp: Date.parse(minutesAgo(20)), message }]
      await logs.send(new PutLogEventsCommand({ logGroupName, logStreamName: 'events', logEvents }))
      await walker.change(...key, { dueAt: minutesAgo(20), claim: { at: minutesAgo(20), batch } })
      assert.deepEqual(await invoke(ministack, pickTips), { readers: 1, messages: 1 })
      assert.equal((await hasHad(3)).messageId, messageId)
      assert.equal(mailService.mails().length, sent)
    },
  )

  await prove('What SES takes matches the rule that writes it down, and no rule that invokes a function', async () => {
    const report = reportOf(mailService, tip, 'Send')
    assert.deepEqual(await matchedBy(ministack, deployment, report), ['sendertaken'])
    const { Targets } = await events(ministack, 'ListTargetsByRule', {
      Rule: deployment.named('AWS::Events::Rule', 'sendertaken'),
    })
    const group = deployment.named('AWS::Logs::LogGroup', 'sendertakentips')
    assert.deepEqual(
      Targets.map(({ Arn }: { Arn: string }) => Arn),
      [`arn:aws:logs:${region}:${account}:log-group:${group}`],
    )
  })

  await prove('One click, as a mailbox makes it, ends the subscription', async () => {
    const body = new FormData()
    body.set('List-Unsubscribe', 'One-Click')
    const link = tip.headers['list-unsubscribe']?.slice(1, -1) ?? ''
    const left = await http('POST', new URL(link).pathname, { body })
    assert.equal(left.status, 200, left.text)
    const { state, due } = await subscription()
    assert.deepEqual({ state, due }, { state: 'unsubscribed', due: undefined })
  })

  await prove('A complaint matches its rule, reaches record-outcome, and stops all mail to the address', async () => {
    assert.equal((await post('/subscriptions', { email: complaining })).status, 202)
    const asking = await mail(complaining, 'confirm-series')
    const report = reportOf(mailService, asking, 'Complaint')
    assert.deepEqual(await matchedBy(ministack, deployment, report), ['senderoutcomeoftips'])
    await invoke(ministack, deployment.named('AWS::Lambda::Function', 'recordoutcome'), report)
    assert.equal((await item(...keyOf(asking)))?.state, 'suppressed')
  })
}
