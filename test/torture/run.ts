import { spawn } from 'node:child_process'
import { build } from './build.ts'
import { isMutation, mutations } from './mutations.ts'

/** `npm run torture -- --runs N --seed S [--trace] [--bare] [--defect NAME]`: builds the simulator, and starts it. */
const args = process.argv.slice(2)
const at = args.indexOf('--defect')
const [, defect] = at < 0 ? [] : args.splice(at, 2)
if (defect !== undefined && !isMutation(defect)) {
  console.error(`No such defect. There are: ${Object.keys(mutations).join(', ')}`)
  process.exit(2)
}
const child = spawn(process.execPath, ['--enable-source-maps', await build(defect), ...args], {
  stdio: 'inherit',
  // As Lambda bundles it: half of the time would go into checks of React.
  env: { ...process.env, NODE_ENV: 'production' },
})
// Ctrl-C reaches the child too, which says what it has found so far.
process.on('SIGINT', () => undefined)
child.once('exit', (code) => process.exit(code ?? 1))
