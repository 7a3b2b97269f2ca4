import { resolve } from 'node:path'
import { type Deployment, placeholders, stageJson, stageNamed, stages } from '../infra/stages.ts'
import { defaultDataDir, readEndpoints } from '../local/endpoints.ts'
import { region } from '../local/template.ts'
import { env } from '../shared/names.ts'
import type { Instant } from '../shared/request.ts'
import { PlainError } from './plain-error.ts'

/** The table that a command works on, as people know it, and what time it is there. */
export type Target = { name: string; now: () => Instant }

export type Place = { stage?: string | undefined; table?: string | undefined; data?: string | undefined }

/**
 * Finds the table, and tells the modules of `shared/aws` of it, which read the environment when they load: they are to be
 * imported after this. Without a stage it is the cloud of `npm start`, by its own clock. Throws a PlainError when there is
 * none.
 */
export const openTarget = ({ stage, table, data }: Place): Promise<Target> =>
  stage === undefined ? openLocal(resolve(data ?? process.env.LOCAL_DATA ?? defaultDataDir)) : openStage(stage, table)

const openLocal = async (dataDir: string): Promise<Target> => {
  const found = readEndpoints(dataDir)
  const offset = found && (await clockOffset(found.publicUrl))
  if (!found || offset === undefined) {
    throw new PlainError(
      `No local cloud is running with its data in ${dataDir}. Start it with \`npm start\` in another terminal, or name a stage on AWS with --stage.`,
    )
  }
  for (const name of ['AWS_PROFILE', 'AWS_SESSION_TOKEN']) delete process.env[name]
  Object.assign(process.env, {
    AWS_ENDPOINT_URL_DYNAMODB: found.dynamodb,
    AWS_REGION: region,
    AWS_ACCESS_KEY_ID: 'local',
    AWS_SECRET_ACCESS_KEY: 'local',
    [env.table]: found.table,
    [env.stage]: stageJson(stages.dev),
  })
  return { name: `the local cloud at ${found.publicUrl}`, now: () => new Date(Date.now() + offset).toISOString() }
}

/** How far the clock of the local cloud is ahead, in milliseconds; nothing when nobody answers. */
const clockOffset = async (publicUrl: string): Promise<number | undefined> => {
  try {
    const response = await fetch(`${publicUrl}/_local/clock`, { signal: AbortSignal.timeout(5000) })
    const { now } = (await response.json()) as { now: string }
    return Date.parse(now) - Date.now()
  } catch {
    return undefined
  }
}

const openStage = async (name: string, table: string | undefined): Promise<Target> => {
  const stage = knownStage(name)
  if (placeholders(stage).includes('addressKey')) {
    throw new PlainError(
      `infra/stages.ts: ${name}.addressKey is still a placeholder. It has to be the key that ${name} was deployed with: by another one nobody who has left would be found.`,
    )
  }
  const inRegion = stage.cloud.env?.region
  if (inRegion) process.env.AWS_REGION = inRegion
  // A long import outlives a moment in which the database takes no more.
  process.env.AWS_MAX_ATTEMPTS ??= '10'
  Object.assign(process.env, {
    [env.table]: table ?? (await tableOf(`interviews-${name}`)),
    [env.stage]: stageJson(stage),
  })
  return { name: `stage ${name}, table ${process.env[env.table]}`, now: () => new Date().toISOString() }
}

const knownStage = (name: string): Deployment => {
  try {
    return stageNamed(name)
  } catch (error) {
    throw new PlainError((error as Error).message)
  }
}

/** The table of a deployed stack, which says its name in the output `Table`. */
export const tableOf = async (stack: string): Promise<string> => {
  const { CloudFormationClient, DescribeStacksCommand } = await import('@aws-sdk/client-cloudformation')
  const client = new CloudFormationClient({})
  const { Stacks = [] } = await client.send(new DescribeStacksCommand({ StackName: stack })).catch((error: Error) => {
    if (error.name !== 'ValidationError') throw error
    throw new PlainError(
      `There is no stack ${stack} in this AWS account and region. Deploy it first, sign in to the account it is in, or set AWS_REGION.`,
    )
  })
  const output = Stacks[0]?.Outputs?.find(({ OutputKey }) => OutputKey === 'Table')?.OutputValue
  if (!output) throw new PlainError(`The stack ${stack} has no output Table. Name the table with --table.`)
  return output
}
