import { existsSync, globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { testsGone } from './deploy/elsewhere.ts'
import { leftOut, titlesIn } from './titles.ts'

const root = join(import.meta.dirname, '..')
const document = readFileSync(join(root, 'docs/security.md'), 'utf8')

/** The rows of its tables without their heads: attack, what stands against it, who has seen it. */
const rows = document
  .split('\n')
  .filter((line) => line.startsWith('|') && !line.startsWith('|---'))
  .map((line) => line.slice(1, -1).split(' | '))
  .filter(([attack = '']) => attack.trim() !== 'the attack')

/** `[http](../test/http.test.ts) “all get the same answer”`, one or more names behind each file. */
const seenBy = (cell: string): { file: string; name: string }[] =>
  [...cell.matchAll(/\(\.\.\/(test\/[\w.-]+)\)((?:[ ,]*“[^”]+”)+)/g)].flatMap(([, file = '', names = '']) =>
    [...names.matchAll(/“([^”]+)”/g)].map(([, name = '']) => ({ file, name })),
  )

describe('the table of doors', () => {
  test('has three columns, and names a test in each row', () => {
    expect(rows.length).toBeGreaterThan(20)
    for (const row of rows) {
      expect(row, row[0]).toHaveLength(3)
      expect(seenBy(row[2] ?? ''), row[0]).not.toEqual([])
    }
  })

  test.each(rows.map(([attack = '', , seen = '']) => [attack.trim(), seen] as const))(
    '%s: is tried',
    (_attack, seen) => {
      for (const { file, name } of seenBy(seen)) {
        expect(existsSync(join(root, file)), file).toBe(true)
        const text = readFileSync(join(root, file), 'utf8')
        expect(titlesIn(text), file).toContain(name)
        // This file writes down how such a test looks.
        if (!file.endsWith('/doors.test.ts')) expect(leftOut(text), file).toEqual([])
      }
    },
  )

  test('a test that is left out, or that only a comment names, has tried nothing', () => {
    expect(
      titlesIn("  test.each([1])('of many', () => {})\n  // test('gone')\n/** test('told') */\n * it('too')"),
    ).toEqual(['of many'])
    const text = "test.skip('a')\ntest.each.skip([1])('b')\ndescribe.skip('c')\nit.todo('d')\ntest.skipIf(slow)('e')"
    expect(leftOut(text)).toEqual(['test.skip', 'test.each.skip', 'describe.skip', 'it.todo'])
  })

  test('names no file that is not there', () => {
    for (const [, path = ''] of document.matchAll(/`((?:shared|functions|infra|ops|local)\/[\w./-]+)`/g))
      expect(existsSync(join(root, path)), path).toBe(true)
  })
})

test('what the check of a deployment cannot prove is held by the tests that it names', () => {
  expect(testsGone()).toEqual([])
})

test('no module asks the network for anything but AWS, and the canary our own form', () => {
  const modules = globSync('{functions,shared}/**/*.{ts,tsx}', { cwd: root })
  const asks =
    /\bfetch\(|XMLHttpRequest|WebSocket|['"](?:node:)?(?:https?|http2|net|tls|dgram|dns)(?:\/promises)?['"]|undici|axios/
  expect(modules.length).toBeGreaterThan(100)
  expect(modules.filter((file) => asks.test(readFileSync(join(root, file), 'utf8')))).toEqual(['functions/canary.ts'])
})
