import { readdirSync, writeFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { type BuildOptions, buildSync, type Metafile } from 'esbuild'
import { library } from './content.ts'

/** The folder of the repository. */
export const root = join(import.meta.dirname, '..')

/** Every file in `functions/` is one Lambda function, called as the file is. */
export const functionNames: readonly string[] = readdirSync(join(root, 'functions'))
  .filter((file) => file.endsWith('.ts'))
  .map((file) => basename(file, '.ts'))
  .sort()

/**
 * What the SDK loads only when it is needed, and here never is: the ways to find credentials when the environment holds
 * none, which on Lambda it always does, and streams of events, which none of our services has. Left out they take a
 * function with the DynamoDB client from 331 KB to 188 KB.
 */
export const neverOnLambda = [
  '@aws-sdk/credential-provider-ini',
  '@aws-sdk/credential-provider-sso',
  '@aws-sdk/credential-provider-process',
  '@aws-sdk/credential-provider-web-identity',
  '@aws-sdk/credential-provider-http',
  '@aws-sdk/credential-provider-login',
  '@aws-sdk/token-providers',
  '@smithy/credential-provider-imds',
  '@smithy/core/event-streams',
]

/** But for these: the client of CloudWatch Logs is built on streams of events, whether one is opened or not. */
const neededAfterAll: Record<string, readonly string[]> = { 'send-tips': ['@smithy/core/event-streams'] }

const leftOutOf = (name: string): string[] => neverOnLambda.filter((path) => !neededAfterAll[name]?.includes(path))

/** How every function is built, here and in the bench. */
export const bundling = {
  absWorkingDir: root,
  bundle: true,
  platform: 'node',
  target: 'node24',
  // CJS starts 5 to 27 ms sooner than ESM: an ESM import of node:http touches its lazy getters.
  format: 'cjs',
  minify: true,
  // ESM sources where a package has both: a DynamoDB handler shrinks from 526 KB to 331 KB.
  mainFields: ['module', 'main'],
  external: neverOnLambda,
  // `renderToStaticMarkup` alone. The package's entry brings the streaming renderer along: 100 KB more, and an open port
  // that keeps a process from ending.
  alias: {
    'react-dom/server.browser': join(root, 'node_modules/react-dom/cjs/react-dom-server-legacy.browser.production.js'),
    // Made by the DynamoDB client and used by none of its commands: 7 KB.
    '@aws-sdk/endpoint-cache': join(root, 'infra/no-endpoint-cache.ts'),
  },
  // Typographic marks as they are, three bytes each, and not as escapes of six.
  charset: 'utf8',
  jsx: 'automatic',
  define: { 'process.env.NODE_ENV': '"production"' },
  // Beside the code, so that Node reads it only when a stack trace is printed; without sources, which Node does not need.
  sourcemap: 'linked',
  sourcesContent: false,
  // Licences of what is bundled travel in a file beside the code.
  legalComments: 'external',
  metafile: true,
  logLevel: 'warning',
} as const satisfies BuildOptions

const KB = 1024
const budgets: Record<string, number> = { requests: 430 * KB }
const workerBudget = 700 * KB

/** The most bytes that the code of a function may have, minified, without its source map. */
export const budgetOf = (name: string): number => budgets[name] ?? workerBudget

export type Bundle = { files: { name: string; contents: Uint8Array }[]; bytes: number; metafile: Metafile }

const built = new Map<string, Bundle>()

/**
 * Builds `functions/<name>.ts`, once in the life of the process. Throws when the code breaks its size budget, when it
 * would load at start a package that was left out, or when there is something wrong with a tip series, whose texts are
 * written into the functions that use them and into no other. The same sources give the same bytes in any folder: paths in the
 * source map are relative to the root of the repository.
 */
export const bundle = (name: string): Bundle => {
  const known = built.get(name)
  if (known) return known
  const { outputFiles, metafile } = buildSync({
    ...bundling,
    define: { ...bundling.define, SERIES: JSON.stringify(JSON.stringify(library())) },
    external: leftOutOf(name),
    entryPoints: [join('functions', `${name}.ts`)],
    outfile: 'index.js',
    write: false,
  })
  const files: Bundle['files'] = outputFiles.map(({ path, contents }) => ({ name: basename(path), contents }))
  // The assets lie in a repository of ES modules, which a Node that runs them from there would take them for.
  files.push({ name: 'package.json', contents: new TextEncoder().encode('{"type":"commonjs"}\n') })
  const bytes = files.find((file) => file.name === 'index.js')?.contents.byteLength ?? 0
  if (bytes > budgetOf(name)) throw new Error(overBudget(name, bytes, metafile))
  const missing = Object.values(metafile.outputs)
    .flatMap((output) => output.imports)
    .filter(({ path, kind }) => kind !== 'dynamic-import' && leftOutOf(name).includes(path))
  if (missing.length > 0) {
    const names = missing.map(({ path }) => path).join(', ')
    throw new Error(`functions/${name}.ts loads at start what infra/bundling.ts leaves out: ${names}`)
  }
  const done = { files, bytes, metafile }
  built.set(name, done)
  return done
}

/** Writes a built function into a folder: `index.js`, its source map and the licences of what it contains. */
export const writeBundle = (name: string, folder: string): void => {
  for (const file of bundle(name).files) writeFileSync(join(folder, file.name), file.contents)
}

const overBudget = (name: string, bytes: number, metafile: Metafile): string => {
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs))
  const bySource = new Map<string, number>()
  for (const [path, { bytesInOutput }] of inputs) {
    const source = /.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? path
    bySource.set(source, (bySource.get(source) ?? 0) + bytesInOutput)
  }
  const largest = [...bySource].sort((a, b) => b[1] - a[1]).slice(0, 8)
  return [
    `functions/${name}.ts is ${inKb(bytes)} bundled; its budget is ${inKb(budgetOf(name))}. The largest parts:`,
    ...largest.map(([source, size]) => `  ${inKb(size).padStart(9)}  ${source}`),
  ].join('\n')
}

const inKb = (bytes: number): string => `${(bytes / KB).toFixed(1)} KB`
