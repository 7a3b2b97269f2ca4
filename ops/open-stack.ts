import { join, resolve } from 'node:path'
import { defaultDataDir, readEndpoints } from '../local/endpoints.ts'
import { planOf, readAssembly } from '../local/template.ts'
import { env } from '../shared/names.ts'
import type { Instant } from '../shared/request.ts'
import type { Library } from '../shared/tips/series.ts'
import { openPlace } from './command-line.ts'
import { PlainError } from './plain-error.ts'

/** A deployment that a command works on, with the names that its parts have there. */
export type Stack = {
  /** As people know it. */
  name: string
  isLocal: boolean
  now: () => Instant
  /** A command about this deployment, as it is to be typed. */
  ops: (words: string) => string
  library: Library
  /** URLs of all queues, by the path of the construct without its punctuation: `maildeadqueue`. */
  queues: ReadonlyMap<string, string>
  configurationSets: { workflow: string; tips: string }
}

type Given = { local: boolean; data?: string; stage?: string; table?: string }
type Part = { type: 'queue' | 'configuration-set' | 'schedule-group' | 'log-group'; stem: string; name: string }

/** Finds it, and tells the modules of `shared/aws` of it: they are to be imported after this. */
export const openStack = async (given: Given): Promise<Stack> => {
  const { target, library } = await openPlace(given)
  const parts = given.stage === undefined ? localParts(given.data) : await deployedParts(given.stage)
  const named = (type: Part['type'], stem: string): string => {
    const found = parts.find((part) => part.type === type && part.stem === stem)
    if (found) return found.name
    throw new PlainError(`${target.name} has no ${type} ${stem}. Was it deployed by another version than this one?`)
  }
  Object.assign(process.env, {
    [env.mailQueueUrl]: named('queue', 'mailqueue'),
    [env.tipsQueueUrl]: named('queue', 'tipsqueue'),
    [env.scheduleGroup]: named('schedule-group', 'schedulesgroup'),
    [env.takenTips]: named('log-group', 'sendertakentips'),
  })
  return {
    name: target.name,
    isLocal: given.stage === undefined,
    now: target.now,
    ops: (words) => `npm run ops -- ${words}${placeOf(given)}`,
    library,
    queues: new Map(parts.filter(({ type }) => type === 'queue').map(({ stem, name }) => [stem, name])),
    configurationSets: {
      workflow: named('configuration-set', 'senderworkflow'),
      tips: named('configuration-set', 'sendertips'),
    },
  }
}

const placeOf = ({ stage, table, data }: Given): string =>
  [stage && ` --stage ${stage}`, table && ` --table ${table}`, data && ` --data ${data}`].filter(Boolean).join('')

const localParts = (data: string | undefined): Part[] => {
  const dataDir = resolve(data ?? process.env.LOCAL_DATA ?? defaultDataDir)
  const { publicUrl = '', services: servicesUrl = '' } = readEndpoints(dataDir) ?? {}
  for (const service of ['SQS', 'SESV2', 'SCHEDULER', 'CLOUDWATCH_LOGS'])
    process.env[`AWS_ENDPOINT_URL_${service}`] = servicesUrl
  const plan = planOf(readAssembly(join(dataDir, 'cloud')), { publicUrl, servicesUrl })
  const stemOf = (name: string): string => name.replace(`${plan.stack}-`, '').replaceAll('-', '')
  return [
    ...plan.queues.map(({ name, arn }): Part => {
      const [account = ''] = arn.split(':').slice(4)
      return { type: 'queue', stem: stemOf(name), name: `${servicesUrl}/${account}/${name}` }
    }),
    ...plan.configurationSets.map(({ name }): Part => ({ type: 'configuration-set', stem: stemOf(name), name })),
    ...plan.groups
      .filter((name) => name !== 'default')
      .map((name): Part => ({ type: 'schedule-group', stem: 'schedulesgroup', name })),
    ...plan.logGroups.map(({ name }): Part => ({ type: 'log-group', stem: 'sendertakentips', name })),
  ]
}

const types: Record<string, Part['type']> = {
  'AWS::SQS::Queue': 'queue',
  'AWS::SES::ConfigurationSet': 'configuration-set',
  'AWS::Scheduler::ScheduleGroup': 'schedule-group',
  'AWS::Logs::LogGroup': 'log-group',
}

const deployedParts = async (stage: string): Promise<Part[]> => {
  const { resourcesOf } = await import('../shared/aws/stack.ts')
  return (await resourcesOf(`interviews-${stage}`)).flatMap(({ type: given, logicalId, physicalId }) => {
    const type = types[given]
    // CDK ends a name with eight digits of a hash over its path.
    return type ? [{ type, stem: logicalId.replace(/[0-9A-F]{8}$/, ''), name: physicalId }] : []
  })
}
