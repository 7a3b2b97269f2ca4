import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Template } from 'aws-cdk-lib/assertions'
import { allOptions, deployments, stackOf } from '../stacks.ts'
import { preparePython } from './python.ts'

/** Synthesizes every stage, and one that has all options, and has cfn-lint look at the templates. */
const root = join(import.meta.dirname, '../..')
const folder = mkdtempSync(join(tmpdir(), 'interviews-lint-'))

/** What it says is shown when it fails. */
const run = (command: string, args: string[], env: Record<string, string>): void => {
  const { status, error, stdout, stderr } = spawnSync(command, args, {
    cwd: root,
    env: { ...process.env, ...env },
    encoding: 'utf8',
  })
  if (error) throw error
  if (status !== 0) throw new Error(`${stdout}${stderr}`)
}

try {
  const python = preparePython()
  run(process.execPath, ['infra/app.ts'], { CDK_OUTDIR: folder, STAGE_NAME: '' })
  writeFileSync(
    join(folder, `interviews-${allOptions.name}.template.json`),
    JSON.stringify(Template.fromStack(stackOf(allOptions)).toJSON()),
  )
  const names = readdirSync(folder).filter((name) => name.endsWith('.template.json'))
  if (names.length !== deployments.length) throw new Error(`There are templates of ${names.length} stages only`)
  const lint = 'import sys; from cfnlint.runner import main; sys.exit(main())'
  const config = join(import.meta.dirname, 'cfn-lint.yaml')
  // Nobody's own settings: those in a home are read as well.
  run(python.command, ['-c', lint, '--config-file', config, '--template', ...names.map((name) => join(folder, name))], {
    ...python.env,
    HOME: folder,
  })
  console.log(`✓ cfn-lint has nothing to say about ${names.join(', ')}`)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  rmSync(folder, { recursive: true, force: true })
}
