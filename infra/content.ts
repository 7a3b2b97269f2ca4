import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative, resolve, sep } from 'node:path'
import type { ContentError } from '../shared/tips/content-error.ts'
import { readSeries, type TextFile } from '../shared/tips/markdown.ts'
import type { Library, Series } from '../shared/tips/series.ts'

const root = join(import.meta.dirname, '..')

/** Where editors write: another folder than `content/` is named by CONTENT_DIR. */
export const contentFolder = (): string => resolve(process.env.CONTENT_DIR ?? join(root, 'content'))

/** What can be read of the content, the first series first, and what is wrong with the rest. Files are read anew each time. */
export const readContent = (): { series: Series[]; errors: ContentError[] } => {
  const folder = contentFolder()
  if (!isFolder(folder)) throw new Error(`There is no folder ${folder} to read tip series from`)
  const all = join(folder, 'series')
  const errors: ContentError[] = []
  const read: { series: Series; order: number; file: TextFile }[] = []
  for (const id of isFolder(all) ? namesIn(all) : []) {
    const own = join(all, id)
    if (!isFolder(own)) {
      errors.push({ path: nameOf(own), line: 1, message: 'A series is a folder. This file is in none.' })
      continue
    }
    const files = namesIn(own).filter((name) => {
      const folder = isFolder(join(own, name))
      const message = 'A series has no folders within it.'
      if (folder) errors.push({ path: nameOf(join(own, name)), line: 1, message })
      return !folder
    })
    const texts = files.map((name) => ({ path: nameOf(join(own, name)), text: readFileSync(join(own, name), 'utf8') }))
    const isHead = ({ path }: TextFile): boolean => path.endsWith('/series.md')
    const file = texts.find(isHead)
    if (!file) {
      const message = 'This file is missing. It says what the series is called, and where it stands among the others.'
      errors.push({ path: nameOf(join(own, 'series.md')), line: 1, message })
      continue
    }
    const result = readSeries({ id, series: file, parts: texts.filter((text) => !isHead(text)) })
    if (result.ok) read.push({ ...result, file })
    else errors.push(...result.errors)
  }
  read.sort((a, b) => a.order - b.order)
  for (const [index, { order, file }] of read.entries()) {
    const before = read[index - 1]
    if (before?.order !== order) continue
    const line = file.text.split(/\r\n|\r|\n/).findIndex((text) => /^["']?order\b/.test(text)) + 1
    const message = `\`order\` is ${order} in ${before.file.path} as well, and only one of them can come first.`
    errors.push({ path: file.path, line: Math.max(1, line), message })
  }
  return { series: read.map(({ series }) => series), errors }
}

/** All series, the first one first. Throws one error that names every file and line with something wrong in it. */
export const library = (): Library => {
  const { series, errors } = readContent()
  if (errors.length === 0) return series
  const lines = errors.map(({ path, line, message }) => `${path}:${line}  ${message}`)
  throw new Error(`The tip series cannot be built before this is put right:\n${lines.join('\n')}`)
}

const isFolder = (path: string): boolean => statSync(path, { throwIfNoEntry: false })?.isDirectory() ?? false

/** In order, without what an operating system or an editor leaves behind. A README is for those who write here. */
const namesIn = (folder: string): string[] =>
  readdirSync(folder)
    .filter((name) => !/^\.|~$|^#.*#$|^README\.md$/.test(name))
    .sort()

/** As it is known in the repository, or in full when it is none of its files. */
const nameOf = (path: string): string => {
  const within = relative(root, path)
  return (within.startsWith('..') ? path : within).split(sep).join('/')
}
