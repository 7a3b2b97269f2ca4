import { env } from '../names.ts'
import { Stage } from '../stage.ts'

/** The setting of this function; throws when the deployment forgot it, so that it fails at the first start and loudly. */
export const setting = (name: keyof typeof env): string => {
  const value = process.env[env[name]]
  if (!value) throw new Error(`The environment variable ${env[name]} is missing`)
  return value
}

/** The keys one of which a request has to show, or none where nothing stands before the API. */
export const frontKeys = (): string[] => process.env[env.frontKeys]?.split(' ') ?? []

let stage: Stage | undefined

export const theStage = (): Stage => {
  stage ??= Stage.parse(JSON.parse(setting('stage')))
  return stage
}
