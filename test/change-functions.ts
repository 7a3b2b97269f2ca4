import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** As the template has it, and as far as somebody here changes it: seconds, and variables. */
type Fn = { Timeout: number; Environment: { Variables: Record<string, string> } }

/** Changes, in its own folder, what the assembly of the stage `dev` says of each function. */
export const changeFunctions = (assembly: string, change: (fn: Fn, logicalId: string) => void): void => {
  const file = join(assembly, 'interviews-dev.template.json')
  const template = JSON.parse(readFileSync(file, 'utf8')) as {
    Resources: Record<string, { Type: string; Properties: Fn }>
  }
  for (const [logicalId, { Type, Properties }] of Object.entries(template.Resources))
    if (Type === 'AWS::Lambda::Function') change(Properties, logicalId)
  writeFileSync(file, JSON.stringify(template))
}

/** Tells them all of another stage. */
export const changeStage = (assembly: string, change: (stage: string) => string): void => {
  let told = 0
  changeFunctions(assembly, ({ Environment: { Variables } }) => {
    if (!Variables.STAGE) return
    Variables.STAGE = change(Variables.STAGE)
    told += 1
  })
  if (told === 0) throw new Error('No function of the assembly is told of a stage')
}
