import { type Check, type Finding, failure, ok, warning } from './finding.ts'

const A_DAY_MS = 24 * 60 * 60 * 1000
const FIRST_WALK =
  'The daily test request has not come to its end yet: so it is until a day after the first deployment.'

export const alarms: Check = {
  name: 'Alarms',
  why: 'Each says what is wrong for a seeker at this moment.',
  run: async ({ named, alarms, stack, aws, restore }) => {
    const names = await named('AWS::CloudWatch::Alarm')
    const all = await alarms(names)
    const found: Finding[] = []
    for (const { AlarmName = '', AlarmDescription = '', StateValue } of all) {
      if (StateValue !== 'ALARM') continue
      const [what = '', todo] = AlarmDescription.split(' What to do: ')
      if (todo?.endsWith('#canary') && Date.now() - ((await stack())?.CreationTime?.getTime() ?? 0) < A_DAY_MS) {
        found.push(warning(FIRST_WALK, 'Run this again tomorrow'))
        continue
      }
      found.push(failure(`${AlarmName.replace(/-[A-Za-z0-9]{12,}$/, '')}: ${what}`, todo ?? 'docs/runbook.md'))
    }
    const mute = all.filter(({ ActionsEnabled }) => ActionsEnabled === false).map(({ AlarmName = '' }) => AlarmName)
    if (mute.length > 0) {
      found.push(
        warning(
          `Nobody is told when these go off: ${mute.join(', ')}.`,
          aws(`cloudwatch enable-alarm-actions --alarm-names ${mute.join(' ')}`),
        ),
      )
    }
    const missing = names.filter((name) => !all.some(({ AlarmName }) => AlarmName === name))
    if (missing.length > 0) {
      found.push(warning(`Deleted: ${missing.join(', ')}.`, restore))
    }
    return [ok(`None of ${all.length} goes off.`), ...found]
  },
}

export const alarmMail: Check = {
  name: 'Mail of alarms',
  why: 'An alarm that nobody hears of helps nobody.',
  run: async ({ deployment, theOne, subscriptions, aws, stackName }) => {
    const { name, cloud } = deployment
    const { alarmsTo } = cloud
    if (!alarmsTo) {
      const words = 'Nobody is mailed when an alarm goes off.'
      const step = `infra/stages.ts: ${name}.cloud.alarmsTo: an address that somebody reads; then npx cdk deploy ${stackName}`
      return cloud.keepData ? warning(words, step) : ok(`${words} The stage keeps nothing that matters.`)
    }
    const topic = await theOne('AWS::SNS::Topic', 'watchalarms')
    const subscription = (await subscriptions(topic)).find(({ Endpoint }) => Endpoint === alarmsTo)
    const anew = aws(`sns subscribe --topic-arn ${topic} --protocol email --notification-endpoint ${alarmsTo}`)
    if (!subscription) {
      return failure(
        `${alarmsTo} hears nothing: it was never deployed, or somebody pressed "unsubscribe" in a mail of an alarm.`,
        anew,
        'Open the mail "AWS Notification - Subscription Confirmation" in that mailbox, and its link',
      )
    }
    if (subscription.SubscriptionArn === 'PendingConfirmation') {
      return failure(
        `${alarmsTo} has not agreed yet, and hears nothing until then.`,
        'Open the mail "AWS Notification - Subscription Confirmation" in that mailbox, and its link. It holds for three days',
        `After that, anew: ${anew}`,
      )
    }
    return ok(`${alarmsTo} is mailed.`)
  },
}
