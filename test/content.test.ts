import { cpSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { bundle, functionNames, root } from '../infra/bundling.ts'
import { library, readContent } from '../infra/content.ts'
import { synthesized } from '../local/synthesized.ts'
import { wordsIn } from '../shared/tips/body.ts'
import { library as built } from '../shared/tips/library.ts'

describe('our series', () => {
  const series = library()
  const parts = series.flatMap(({ id, parts }) => parts.map((part) => ({ name: `${id}/${part.id}`, part })))

  test('are two, in their order', () => {
    expect(series.map(({ id, parts }) => [id, parts.length])).toEqual([
      ['the-other-way-round', 8],
      ['after-the-talk', 7],
    ])
  })

  test('are built in as they are read', () => {
    expect(built).toEqual(series)
  })

  test.each(parts)('$name has 250 to 400 words', ({ part }) => {
    const words = wordsIn(part.body)
    expect(words).toBeGreaterThanOrEqual(250)
    expect(words).toBeLessThanOrEqual(400)
  })

  test.each(parts)('$name has one example and one task, and the task comes last', ({ part }) => {
    expect(part.body.filter((block) => 'quote' in block)).toHaveLength(1)
    const headings = part.body.flatMap((block) => ('heading' in block ? [block.heading] : []))
    expect(headings.filter((heading) => heading === 'This week')).toHaveLength(1)
    expect(headings.at(-1)).toBe('This week')
  })

  test.each(functionNames)('are in the bundle of %s if it uses them, and otherwise not', (name) => {
    const { files, metafile } = bundle(name)
    const code = new TextDecoder().decode(files.find((file) => file.name === 'index.js')?.contents)
    const inputs = Object.values(metafile.outputs).flatMap((output) => Object.keys(output.inputs))
    const uses = inputs.includes('shared/tips/library.ts')
    for (const { edition } of series) expect(code.includes(edition)).toBe(uses)
    // What reads Markdown stays at home.
    expect(inputs.filter((path) => /mdast|micromark|node_modules\/yaml|shared\/tips\/markdown/.test(path))).toEqual([])
  })
})

describe('content in another folder', () => {
  let folder = ''
  const here = process.env.CONTENT_DIR
  const at = (name: string): string => join(folder, 'series', name)
  const edit = (name: string, change: (text: string) => string): void =>
    writeFileSync(at(name), change(readFileSync(at(name), 'utf8')))
  const errors = (): string[] =>
    readContent().errors.map(
      ({ path, line, message }) => `${path.replace(`${folder}/series/`, '')}:${line}  ${message}`,
    )

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'interviews-content-'))
    cpSync(join(root, 'content'), folder, { recursive: true })
    process.env.CONTENT_DIR = folder
  })
  afterEach(() => {
    if (here === undefined) delete process.env.CONTENT_DIR
    else process.env.CONTENT_DIR = here
    rmSync(folder, { recursive: true })
  })

  test('is read as ours, and anew each time', () => {
    expect(library()).toEqual(built)
    edit('after-the-talk/series.md', (text) => text.replace(/^title: .*$/m, 'title: Another'))
    expect(library().map(({ title }) => title)).toContain('Another')
  })

  test('stops the build with each file and line that is wrong', () => {
    edit('after-the-talk/01-thanks.md', (text) => text.replace(/^delay: .*$/m, 'delay: soon'))
    edit('the-other-way-round/02-five-doors.md', (text) =>
      text.replace('## This week', '### This week\n\n![a](/b.png)'),
    )
    const [delay, ...more] = ['after-the-talk/01-thanks.md', 'the-other-way-round/02-five-doors.md'].flatMap((name) =>
      readFileSync(at(name), 'utf8')
        .split('\n')
        .flatMap((line, index) => (/^(delay: soon|###|!\[)/.test(line) ? [`${at(name)}:${index + 1}  `] : [])),
    )
    const build = () => synthesized(join(folder, 'out'), 'dev')
    for (const attempt of [library, build]) {
      expect(attempt).toThrow(`${delay}\`delay\` is none, 3 days`)
      expect(attempt).toThrow(`${more[0]}A heading begins with ##`)
      expect(attempt).toThrow(`${more[1]}Pictures are not possible here.`)
    }
  })

  test('reads the good series though another is broken', () => {
    edit('after-the-talk/series.md', () => 'Words.')
    expect(readContent().series.map(({ id }) => id)).toEqual(['the-other-way-round'])
    expect(errors()).toEqual([
      expect.stringMatching(/^after-the-talk\/series\.md:1 {2}The file begins with its fields/),
    ])
  })

  test.each<[string, () => void, string]>([
    [
      'two series in one place',
      () => edit('after-the-talk/series.md', (text) => text.replace(/^order: .*$/m, 'order: 1')),
      'the-other-way-round/series.md:3  `order` is 1 in',
    ],
    [
      'a series that does not say what it is',
      () => rmSync(at('after-the-talk/series.md')),
      'after-the-talk/series.md:1  This file is missing',
    ],
    ['a series without parts', () => mkdirSync(at('none')), 'none/series.md:1  This file is missing'],
    [
      'a part in no series',
      () => renameSync(at('after-the-talk/01-thanks.md'), at('01-thanks.md')),
      '01-thanks.md:1  A series is a folder',
    ],
    [
      'a folder in a series',
      () => mkdirSync(at('after-the-talk/pictures')),
      'after-the-talk/pictures:1  A series has no folders',
    ],
    [
      'a file that is no part',
      () => writeFileSync(at('after-the-talk/notes.txt'), ''),
      'after-the-talk/notes.txt:1  A part is named by',
    ],
    [
      'a folder with capitals',
      () => renameSync(at('after-the-talk'), at('After')),
      'After/series.md:1  The folder is named',
    ],
  ])('may not hold %s', (_, change, expected) => {
    change()
    expect(errors()).toEqual([expect.stringContaining(expected)])
    expect(library).toThrow(expected)
  })

  test('may hold what editors and their machines leave behind', () => {
    for (const name of ['.DS_Store', 'README.md', 'after-the-talk/.01-thanks.md.swp', 'after-the-talk/01-thanks.md~'])
      writeFileSync(at(name), '')
    expect(errors()).toEqual([])
  })

  test('may hold no series at all', () => {
    rmSync(join(folder, 'series'), { recursive: true })
    expect(library()).toEqual([])
  })

  test('is missed when there is no such folder', () => {
    process.env.CONTENT_DIR = join(folder, 'nowhere')
    expect(library).toThrow('There is no folder')
  })

  test('is named as it lies in the repository, if it does', () => {
    mkdirSync(join(root, 'cdk.out'), { recursive: true })
    const within = mkdtempSync(join(root, 'cdk.out/.test-'))
    mkdirSync(join(within, 'series/none'), { recursive: true })
    process.env.CONTENT_DIR = within
    const [error] = readContent().errors
    rmSync(within, { recursive: true })
    expect(error?.path).toBe(`cdk.out/${basename(within)}/series/none/series.md`)
  })
})
