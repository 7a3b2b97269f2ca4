import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root } from '../../infra/bundling.ts'
import { explained } from './explained.ts'
import { isTried, tried } from './tried.ts'

/**
 * `npm run mutation [-- core|aws|sending|edge] [--only FILES]`: changes our modules in every small way that Stryker knows, runs the tests
 * that run the changed place, and tells which changes nobody noticed. Ends with 1 when one of those is not explained, or
 * when an explanation is of nothing. What a run before said of other modules is told along as long as they are as they
 * were; `--report` runs nothing, and tells that.
 */
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { only: { type: 'string' }, report: { type: 'boolean', default: false } },
})
const groups = positionals.length > 0 ? positionals : Object.keys(tried)

type Mutant = {
  status: 'Killed' | 'Timeout' | 'Survived' | 'NoCoverage' | 'RuntimeError' | 'Ignored'
  /** It is made when the module is loaded, which no single test does: what survives there was not tried. */
  static?: boolean
  replacement?: string
  location: { start: { line: number; column: number } }
}
type Report = { files: Record<string, { source: string; mutants: Mutant[] }> }

const flat = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

const readReport = (file: string): Report => JSON.parse(readFileSync(file, 'utf8'))

let failures = 0
for (const group of groups) {
  if (!isTried(group)) {
    console.error(`No such group. There are: ${Object.keys(tried).join(', ')}`)
    process.exit(2)
  }
  const reportFile = join(root, 'node_modules', '.cache', 'mutation', `${group}.json`)
  const known = existsSync(reportFile) ? readReport(reportFile).files : {}
  if (!values.report) {
    const stryker = join(root, 'node_modules', '@stryker-mutator', 'core', 'bin', 'stryker.js')
    const { status } = spawnSync(process.execPath, [stryker, 'run', join(import.meta.dirname, 'stryker.config.ts')], {
      cwd: root,
      stdio: ['ignore', 'inherit', 'inherit'],
      env: { ...process.env, MUTATE: group, MUTATE_ONLY: values.only ?? '' },
    })
    if (status !== 0) process.exit(status ?? 1)
  }
  const report = readReport(reportFile)
  report.files = Object.fromEntries(
    Object.entries({ ...known, ...report.files }).filter(
      ([file, { source }]) => existsSync(join(root, file)) && readFileSync(join(root, file), 'utf8') === source,
    ),
  )
  writeFileSync(reportFile, JSON.stringify(report))
  const { files } = report
  const unused = new Set(explained[group].filter(({ file }) => file in files))
  const sums = { mutants: 0, killed: 0, explained: 0, survived: 0 }
  console.log(`\n${'module'.padEnd(36)} mutants  killed  explained  survived`)
  for (const [file, { source, mutants }] of Object.entries(files).sort()) {
    const lines = source.split('\n')
    const isSurvivor = ({ status }: Mutant): boolean => status === 'Survived' || status === 'NoCoverage'
    const counted = mutants.filter(
      (mutant) =>
        mutant.status !== 'Ignored' && mutant.status !== 'RuntimeError' && !(mutant.static && isSurvivor(mutant)),
    )
    const survivors = counted.filter(isSurvivor)
    const left = survivors.filter(({ replacement = '', location }) => {
      const line = lines[location.start.line - 1]?.trim() ?? ''
      const found = explained[group].find(
        (one) => one.file === file && line.includes(one.line) && (one.to?.includes(flat(replacement)) ?? true),
      )
      if (found) unused.delete(found)
      return !found
    })
    const killed = counted.length - survivors.length
    const row = { mutants: counted.length, killed, explained: survivors.length - left.length, survived: left.length }
    for (const name of Object.keys(sums) as (keyof typeof sums)[]) sums[name] += row[name]
    console.log(tableRow(file, row))
    for (const { status, replacement = '', location } of left) {
      const { line, column } = location.start
      const what = status === 'NoCoverage' ? 'no test runs it' : 'survived'
      console.log(`  ✗ ${line}:${column} ${what}: ${lines[line - 1]?.trim()}\n      → ${flat(replacement)}`)
    }
    failures += left.length
  }
  console.log(tableRow(`all of ${group}`, sums))
  if (sums.mutants === 0) {
    console.error(`✗ nothing of ${group} has been tried`)
    process.exit(1)
  }
  console.log(`Score: ${((100 * sums.killed) / (sums.mutants - sums.explained)).toFixed(1)} % of what can be noticed`)
  for (const { file, line } of unused) {
    console.log(`  ✗ explained, and nothing of it survived: ${file}: ${line}`)
    failures += 1
  }
}
process.exit(failures === 0 ? 0 : 1)

function tableRow(
  name: string,
  { mutants, killed, explained: excused, survived }: Record<'mutants' | 'killed' | 'explained' | 'survived', number>,
): string {
  return `${name.padEnd(36)} ${`${mutants}`.padStart(7)} ${`${killed}`.padStart(7)} ${`${excused}`.padStart(10)} ${`${survived}`.padStart(9)}`
}
