import type { EventDestination, EventType } from '@aws-sdk/client-sesv2'
import { type Check, type Finding, failure, listed, ok, warning } from './finding.ts'
import type { Look } from './look.ts'

/** Of which events each kind of mail is to be reported. A test holds this against the template. */
export const neededEvents = {
  workflow: ['SEND', 'DELIVERY', 'DELIVERY_DELAY', 'BOUNCE', 'COMPLAINT', 'REJECT', 'RENDERING_FAILURE'],
  tips: ['SEND', 'BOUNCE', 'COMPLAINT', 'REJECT', 'RENDERING_FAILURE'],
} as const satisfies Record<string, EventType[]>
export type Kind = keyof typeof neededEvents

export const setOf = ({ theOne }: Look, kind: Kind): Promise<string> =>
  theOne('AWS::SES::ConfigurationSet', `sender${kind}`)

const mailsOf: Record<Kind, string> = { workflow: 'Mail of requests', tips: 'Mail of tips' }

/** Sending by a configuration set, and what is reported of it. */
const reportsOn = (kind: Kind): Check => ({
  name: mailsOf[kind],
  why: 'Its configuration set in SES: each kind of mail can be stopped alone, and what becomes of it is reported to us.',
  run: async (look) => {
    const { aws } = look
    const name = await setOf(look, kind)
    const set = await look.configurationSet(name)
    if (!set) {
      return failure(
        `The configuration set ${name} was deleted: SES takes no mail of this kind.`,
        look.restore,
        `Or: ${aws(`sesv2 create-configuration-set --configuration-set-name ${name}`)}   (and run this again: it says what else it needs)`,
      )
    }
    const put = (what: string, how: string): string =>
      aws(`sesv2 put-configuration-set-${what} --configuration-set-name ${name} ${how}`)
    const found: Finding[] = []
    if (set.SendingOptions?.SendingEnabled === false) {
      found.push(
        failure(
          'It was stopped: SES refuses all mail of this kind, and lets through the rest.',
          `When the reason is gone: ${put('sending-options', '--sending-enabled')}`,
        ),
      )
    }
    if (!set.ReputationOptions?.ReputationMetricsEnabled) {
      found.push(
        warning(
          'Its bounces and complaints are not measured: the dashboard does not tell this kind of mail from the other.',
          put('reputation-options', '--reputation-metrics-enabled'),
        ),
      )
    }
    const { SuppressedReasons = [] } = set.SuppressionOptions ?? {}
    if (!SuppressedReasons.includes('BOUNCE') || !SuppressedReasons.includes('COMPLAINT')) {
      found.push(
        warning(
          'SES does not remember all that bounced or complained.',
          put('suppression-options', '--suppressed-reasons BOUNCE COMPLAINT'),
        ),
      )
    }
    return [ok(`${name} sends, and reports to us.`), ...found, ...(await destinationsOf(look, kind, name))]
  },
})

/** SES reports to the default bus of EventBridge, and to no other. */
const destinationsOf = async (look: Look, kind: Kind, set: string): Promise<Finding[]> => {
  const { eventDestinations, aws, region, caller } = look
  const busArn = `arn:aws:events:${region}:${(await caller())?.Account}:event-bus/default`
  const all = await eventDestinations(set)
  const bus = all.find(({ EventBridgeDestination }) =>
    EventBridgeDestination?.EventBusArn?.endsWith(':event-bus/default'),
  )
  const destination = (events: readonly string[]): string =>
    `'${JSON.stringify({
      Enabled: true,
      MatchingEventTypes: events,
      EventBridgeDestination: { EventBusArn: busArn },
    })}'`
  const found: Finding[] = []
  const set_ = `--configuration-set-name ${set}`
  if (!bus?.Name) {
    found.push(
      failure(
        'It reports to nobody: an address that bounces or complains would be written to again.',
        aws(
          `sesv2 create-configuration-set-event-destination ${set_} --event-destination-name outcomes --event-destination ${destination(neededEvents[kind])}`,
        ),
      ),
    )
  } else {
    const missing = neededEvents[kind].filter((event) => !bus.MatchingEventTypes?.includes(event))
    if (!bus.Enabled || missing.length > 0) {
      found.push(
        failure(
          bus.Enabled
            ? `It does not report ${listed(missing)}.`
            : 'Its reports are switched off: an address that bounces or complains would be written to again.',
          aws(
            `sesv2 update-configuration-set-event-destination ${set_} --event-destination-name ${bus.Name} --event-destination ${destination(neededEvents[kind])}`,
          ),
        ),
      )
    }
  }
  return [...found, ...all.flatMap((one) => spiesIn(look, set, one))]
}

const spiesIn = (
  { aws }: Look,
  set: string,
  { Name, Enabled, MatchingEventTypes = [] }: EventDestination,
): Finding[] =>
  Enabled && MatchingEventTypes.some((event) => event === 'OPEN' || event === 'CLICK')
    ? [
        warning(
          `"${Name}" counts opens or clicks: SES puts a pixel into each mail and leads every link over a server of its own, those that open somebody's page too.`,
          `Console: SES → Configuration sets → ${set} → Event destinations → ${Name} → Edit: take out opens and clicks`,
          `Or all of it: ${aws(`sesv2 delete-configuration-set-event-destination --configuration-set-name ${set} --event-destination-name ${Name}`)}`,
        ),
      ]
    : []

export const workflowReports = reportsOn('workflow')
export const tipReports = reportsOn('tips')

export const rules: Check = {
  name: 'Rules for reports',
  why: 'They bring what SES reports to the function that acts on it.',
  run: async (look) => {
    const { named, rule, targets, aws, restore } = look
    const names = await named('AWS::Events::Rule')
    const sets = await Promise.all((['workflow', 'tips'] as const).map((kind) => setOf(look, kind)))
    const found: Finding[] = []
    for (const name of names) {
      const one = await rule(name)
      if (!one) {
        found.push(failure(`The rule ${name} was deleted: what it reported is lost.`, restore))
        continue
      }
      const what = one.Description ?? name
      if (one.State === 'DISABLED') {
        found.push(failure(`Switched off: ${what}.`, aws(`events enable-rule --name ${name}`)))
      }
      if (one.EventPattern?.includes('ses:configuration-set') && !sets.some((set) => one.EventPattern?.includes(set))) {
        found.push(
          failure(
            `Listens to another configuration set than the stack has: ${what}.`,
            `Console: EventBridge → Rules → ${name} → Event pattern: "ses:configuration-set" is ${listed(sets)}`,
          ),
        )
      }
      if ((await targets(name)).length === 0) {
        found.push(failure(`Tells nobody: ${what}.`, restore))
      }
    }
    return [ok(`${names.length} rules are on, and each has its target.`), ...found]
  },
}
