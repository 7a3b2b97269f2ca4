import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { App } from 'aws-cdk-lib'
import { afterAll, describe, expect, test } from 'vitest'
import { budgetOf, bundle, functionNames, root } from '../infra/bundling.ts'
import { InterviewsStack } from '../infra/interviews-stack.ts'
import { stageJson, stages } from '../infra/stages.ts'
import { settings } from '../infra/synthesis.ts'
import { env } from '../shared/names.ts'

// Where assets lie in earnest: inside a repository of ES modules.
mkdirSync(join(root, 'cdk.out'), { recursive: true })
const outdir = mkdtempSync(join(root, 'cdk.out/.test-'))
afterAll(() => rmSync(outdir, { recursive: true }))

const lambdaEnvironment = {
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'test',
  AWS_SECRET_ACCESS_KEY: 'test',
  ...Object.fromEntries(Object.values(env).map((name) => [name, 'test'])),
  [env.stage]: stageJson(stages.dev),
}

describe('bundles', () => {
  test.each(functionNames)('%s is within its budget', (name) => {
    expect(bundle(name).bytes).toBeLessThanOrEqual(budgetOf(name))
  })

  test('each function is built once for all stages, and is what the templates name', () => {
    const app = new App({ ...settings, outdir })
    for (const stage of Object.values(stages)) new InterviewsStack(app, `interviews-${stage.name}`, stage)
    app.synth()
    const folders = readdirSync(outdir).filter((entry) => entry.startsWith('asset.'))
    expect(folders).toHaveLength(functionNames.length)
    for (const stage of Object.values(stages)) {
      const template = readFileSync(join(outdir, `interviews-${stage.name}.template.json`), 'utf8')
      for (const folder of folders) expect(template).toContain(`${folder.replace('asset.', '')}.zip`)
    }
    for (const folder of folders) {
      expect(readdirSync(join(outdir, folder))).toEqual(expect.arrayContaining(['index.js', 'index.js.map']))
      const map = readFileSync(join(outdir, folder, 'index.js.map'), 'utf8')
      // The hash of the asset must not tell one checkout from another.
      expect(map).not.toContain(root)
      expect(readFileSync(join(outdir, folder, 'index.js'), 'utf8')).toMatch(
        /\/\/# sourceMappingURL=index\.js\.map\s*$/,
      )
    }
  })

  test('a bundle runs from where it lies as it does on Lambda: as CommonJS with a handler', () => {
    for (const folder of readdirSync(outdir).filter((entry) => entry.startsWith('asset.'))) {
      const run = `process.stdout.write(typeof require('./index.js').handler)`
      const cwd = join(outdir, folder)
      expect(execFileSync(process.execPath, ['-e', run], { cwd, encoding: 'utf8', env: lambdaEnvironment })).toBe(
        'function',
      )
    }
  })
})
