import { mkdirSync, readFileSync, rmSync } from 'node:fs'
import { extname, join } from 'node:path'
import { build as bundle, type Plugin } from 'esbuild'
import { root } from '../../infra/bundling.ts'
import { library } from '../../infra/content.ts'
import { type MutationName, mutations } from './mutations.ts'

/** Puts the defect into the source as it is read. Throws when the text that it changes is not there exactly once. */
const withDefect = (name: MutationName): Plugin => {
  const { file, from, to } = mutations[name]
  const path = join(root, file)
  return {
    name,
    setup: ({ onLoad }) => {
      onLoad({ filter: /\.tsx?$/ }, (loaded) => {
        if (loaded.path !== path) return undefined
        const source = readFileSync(path, 'utf8')
        if (source.split(from).length !== 2) throw new Error(`${file} no longer holds what “${name}” changes`)
        return { contents: source.replace(from, () => to), loader: extname(path) === '.tsx' ? 'tsx' : 'ts' }
      })
    },
  }
}

/** Builds the simulator with our functions in it, and a defect when one is asked for; the result is the file to run. */
export const build = async (defect?: MutationName): Promise<string> => {
  // Where packages are found from.
  const folder = join(root, 'node_modules', '.cache', 'torture')
  mkdirSync(folder, { recursive: true })
  // Of its own, so that two may build at once.
  const outfile = join(folder, `${defect?.replaceAll(' ', '-') ?? 'as-it-is'}-${process.pid}.mjs`)
  process.once('exit', () => {
    for (const file of [outfile, `${outfile}.map`]) rmSync(file, { force: true })
  })
  await bundle({
    absWorkingDir: root,
    entryPoints: [join(import.meta.dirname, 'main.ts')],
    outfile,
    bundle: true,
    packages: 'external',
    platform: 'node',
    target: 'node24',
    format: 'esm',
    jsx: 'automatic',
    sourcemap: 'linked',
    logLevel: 'silent',
    define: { SERIES: JSON.stringify(JSON.stringify(library())) },
    plugins: defect ? [withDefect(defect)] : [],
  })
  return outfile
}
