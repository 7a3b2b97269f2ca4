import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import ICAL from 'ical.js'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { simulate } from '../ops/simulate/command.ts'
import { requestJourneys, seriesJourneys } from '../ops/simulate/journeys.ts'
import { Saved } from '../ops/simulate/simulation.ts'
import { runCommand } from './command-line.ts'

const root = join(import.meta.dirname, '..')
const folder = mkdtempSync(join(tmpdir(), 'interviews-simulate-'))
afterAll(() => rmSync(folder, { recursive: true }))

const ESCAPE = '\u001b'
const TODAY = Date.parse('2026-11-26T12:00:00Z')

const run = (args: string[], where: { cwd?: string; env?: Record<string, string> } = {}) =>
  runCommand('ops/simulate.ts', args, where)

const walked = (...args: string[]) => {
  const { text, code } = simulate([...args, '--json'], TODAY)
  expect(code).toBe(0)
  return Saved.parse(JSON.parse(text)).simulations
}
/** `name at its local time`, of mails that go out. */
const mails = (...args: string[]): string[] =>
  walked(...args).flatMap(({ steps }) =>
    steps.filter(({ kind }) => kind === 'mail').map(({ name, local }) => `${name} ${local.slice(0, 16)}`),
  )

/** Series of an editor who is no part of this repository. */
const content = join(folder, 'content')
const writeSeries = (delay: string): void => {
  const own = join(content, 'series', 'first-steps')
  mkdirSync(own, { recursive: true })
  writeFileSync(join(own, 'series.md'), '---\ntitle: First steps\norder: 1\nlead: Short mails.\n---\nFor a test.\n')
  const part = (file: string, head: string) =>
    writeFileSync(join(own, file), `---\n${head}\n---\nWords.\n\n## This week\n\nDo it.\n`)
  part('01-begin.md', 'title: Begin\ntakeaway: Small.\ndelay: none')
  part('02-go-on.md', `title: Go on\ntakeaway: Smaller.\ndelay: ${delay}`)
  part('03-when-they-answer.md', 'title: When they answer\ntakeaway: Soon.\ndelay: 3 days\nonly: replied')
  part('04-end.md', 'title: The end\ntakeaway: For now.\ndelay: 1 month')
}
const here = process.env.CONTENT_DIR
beforeAll(() => {
  writeSeries('1 week')
  process.env.CONTENT_DIR = content
})
afterAll(() => {
  if (here === undefined) delete process.env.CONTENT_DIR
  else process.env.CONTENT_DIR = here
})

/** A clock change in spring; a week from Sunday to Thursday with days off; the first and the last zone of a day. */
const places = {
  Berlin: ['--zone', 'Europe/Berlin', '--start', '2027-03-15T09:00'],
  Kathmandu: [
    '--zone',
    'Asia/Kathmandu',
    '--start',
    '2026-12-20T22:30',
    '--working-days',
    '7,1,2,3,4',
    '--holidays',
    '2026-12-24,2026-12-27',
  ],
  Kiritimati: ['--zone', 'Pacific/Kiritimati', '--start', '2026-12-31T07:15'],
  Apia: ['--zone', 'pacific/apia', '--start', '2026-12-04T16:45', '--stage', 'dev'],
}

describe('each journey, as it is shown', () => {
  const golden = async (name: string, args: string[]) => {
    const texts = Object.values(places).map((place) => simulate([...args, ...place], TODAY).text)
    const text = `${texts.join('\n\n\n')}\n`
    expect(text.split('\n').filter((line) => line.length > 100)).toEqual([])
    await expect(text).toMatchFileSnapshot(`golden/simulate/${name}.txt`)
  }
  test.each(Object.keys(requestJourneys))('of a request: %s', (name) =>
    golden(`request-${name}`, ['request', '--journey', name]),
  )
  test.each(Object.keys(seriesJourneys))('of a series: %s', (name) =>
    golden(`series-${name}`, ['series', 'first-steps', '--journey', name]),
  )
})

describe('a script of answers', () => {
  const script = `
# What Ada does.
- on confirm + 2 minutes: confirmed
- 2026-12-02T10:00: sent
- when: on follow-up + 1 working day at 09:15
  event: replied
- + 30 min: { event: scheduled, start: + 3 wd at 15:00, place: Café Central }
- on thank: { event: met, promisedBy: + 2 weeks }
`
  const expected = [
    'confirm 2026-12-01T09:00',
    'draft 2026-12-01T09:02',
    'widen 2026-12-07T08:30',
    'follow-up 2026-12-11T08:30',
    'arrange 2026-12-14T09:15',
    'invitation 2026-12-14T09:45',
    'prepare 2026-12-14T09:45',
  ]

  test('is read from a file, from JSON and from the command line', () => {
    const file = join(folder, 'answers.yaml')
    writeFileSync(file, script)
    const place = ['--zone', 'Europe/Berlin', '--start', '2026-12-01T09:00']
    const fromFile = mails('request', '--answers', file, ...place)
    expect(fromFile.slice(0, 6)).toEqual(expected.slice(0, 6))
    const inline = script.trim().split('\n').slice(1).join('\n')
    expect(mails('request', `--answers=${inline}`, ...place)).toEqual(fromFile)
    const [{ answers, steps } = { answers: [], steps: [] }] = walked('request', '--answers', file, ...place)
    expect(mails('request', '--answers', JSON.stringify(answers), ...place)).toEqual(fromFile)
    expect(steps.findLast(({ kind }) => kind === 'done')?.fields).toEqual({ promisedBy: '2026-12-31' })
    expect(mails('request', '--answers', 'on confirm: confirmed; on draft + 1 h: sent', ...place)).toEqual([
      'confirm 2026-12-01T09:00',
      'draft 2026-12-01T09:00',
      'widen 2026-12-04T08:30',
      'follow-up 2026-12-10T08:30',
      'let-rest 2026-12-17T08:30',
    ])
  })

  test('of a series tells how far a request has come, and what was passed over comes', () => {
    const answers = 'on confirm-series + 1 min: confirmed; on part 4 + 1 day: { event: reached, state: replied }'
    expect(
      mails(
        'series',
        'first-steps',
        '--answers',
        answers,
        '--zone',
        'UTC',
        '--start',
        '2026-12-01T09:00',
        '--hour',
        '7',
      ),
    ).toEqual([
      'confirm-series 2026-12-01T09:00',
      'begin 2026-12-02T07:00',
      'go-on 2026-12-09T07:00',
      'end 2027-01-09T07:00',
      'when-they-answer 2027-01-11T07:00',
    ])
  })

  test('says why a mail does not go out when the request is deleted before', () => {
    const [{ steps } = { steps: [] }] = walked(
      'request',
      '--answers',
      '+ 6 days: confirmed',
      '--start',
      '2026-12-01T09:00',
    )
    expect(steps.filter(({ kind }) => kind === 'done').map(({ name }) => name)).toEqual(['requested', 'confirmed'])
    const late = () => simulate(['request', '--answers', '+ 8 days: confirmed', '--start', '2026-12-01T09:00'], TODAY)
    expect(late).toThrow(
      'Answer 1, “+ 8 days: confirmed”: it is never given: the request was deleted on Tue, 8 Dec 2026',
    )
  })
})

describe('what cannot be done is said', () => {
  const confirmed = 'on confirm: confirmed'
  test.each([
    [[], 'Say what to simulate.'],
    [['letters'], 'There is nothing called letters to simulate.'],
    [['request', '--frobnicate'], "Unknown option '--frobnicate'"],
    [['request', 'now'], 'A request takes options only, and now is none.'],
    [['request'], 'Name a journey with --journey, or all; or give --answers.'],
    [['request', '--journey', 'moon'], 'No journey is called moon.'],
    [['request', '--journey', 'toString'], 'No journey is called toString.'],
    [['request', '--journey', 'silence', '--answers', confirmed], 'Either --journey or --answers'],
    [['request', '--journey', 'silence', '--json', '--ics', '-'], 'Either --ics or --json'],
    [['request', '--journey', 'silence', '--hour', '7'], '--hour is for a series'],
    [
      ['request', '--journey', 'silence', '--follow-ups', '4'],
      '--follow-ups is a whole number from 0 to 3; 4 is none.',
    ],
    [['request', '--journey', 'silence', '--stage', 'moon'], 'No stage is called "moon". There are: dev, prod.'],
    [
      ['request', '--journey', 'silence', '--zone', 'Berlin'],
      'No time zone is called Berlin. Did you mean Europe/Berlin?',
    ],
    [['request', '--journey', 'silence', '--zone', '+01:00'], 'One is called Europe/Berlin, for example.'],
    [['request', '--journey', 'silence', '--start', '2026-02-30T09:00'], '--start is a day and a time by their clock'],
    [['request', '--journey', 'silence', '--start', 'tomorrow'], 'tomorrow is none.'],
    [['request', '--journey', 'silence', '--working-days', '0,1'], '--working-days are numbers'],
    [['request', '--journey', 'silence', '--working-days', ''], '--working-days are numbers'],
    [['request', '--journey', 'silence', '--holidays', '24.12.2026'], '“24.12.2026” is none.'],
    [['request', '--against', '/nowhere.json'], 'There is no file /nowhere.json.'],
    [['request', '--against', 'package.json'], 'package.json is not what --json prints.'],
    [['request', '--against', 'README.md'], 'README.md is not what --json prints.'],
    [['series'], 'Name a series. There are: first-steps.'],
    [['series', 'moon', '--journey', 'reads-all'], 'No series is called moon. There are: first-steps.'],
    [['series', 'first-steps', '--journey', 'silence'], 'No journey is called silence.'],
    [['series', 'first-steps', '--journey', 'reads-all', '--follow-ups', '1'], '--follow-ups is for a request'],
    [['series', 'first-steps', '--journey', 'reads-all', '--hour', '24'], '--hour is a whole number from 0 to 23'],
  ])('%j', (args, words) => {
    expect(() => simulate(args, TODAY)).toThrow(words)
  })

  const start = ['--zone', 'Europe/Berlin', '--start', '2026-12-01T09:00']
  test.each([
    ['sent', 'Answer 1 is not “moment: event”.'],
    ['{', 'The answers cannot be read:'],
    ['[', 'The answers cannot be read:'],
    ['on confirm: sing', 'Answer 1, “on confirm: sing”: there is no event sing. There are: sent, replied'],
    ['on confrim: confirmed', 'no mail is called confrim. There are: confirm, draft'],
    ['soon: confirmed', 'Answer 1, “soon: confirmed”: “soon” is no moment. It can be:'],
    ['on confirm + 2 fortnights: confirmed', 'fortnights is no length of time. There are: minutes, hours'],
    ['on confirm + 2 h at 10:00: confirmed', 'so many hours later is a time already'],
    ['on confirm + 2 d at 25:00: confirmed', '25:00 is no time of day'],
    [
      'on confirm: replied',
      'Answer 1, “on confirm: replied”, Tue, 1 Dec 2026, 09:00: this does not fit, for the request is “unconfirmed” then: the form was sent in, and nobody has confirmed the address for it. Possible would be: confirmed, closed, stopped-everything, bounced, complained.',
    ],
    [`${confirmed}; on draft: thanked`, 'the request is “drafted” then: the first message is ready'],
    [`${confirmed}; on draft: confirmed`, 'Answer 2, “on draft: confirmed”, Tue, 1 Dec 2026, 09:00: this does not fit'],
    [
      `${confirmed}; on draft: sent; on arrange: replied`,
      'Answer 3, “on arrange: replied”: no mail arrange comes any more',
    ],
    [`${confirmed}; 2026-11-01T09:00: sent`, 'is before what came before it, on Tue, 1 Dec 2026, 09:00'],
    [`${confirmed}; on draft: { event: scheduled, start: 2026-11-01T09:00 }`, 'start: This time has passed.'],
    [`${confirmed}; on draft: { event: scheduled, start: + 1 moon }`, 'moon is no length of time'],
    [`${confirmed}; on draft: { event: sent, by: post }`, 'by: There is no such field.'],
  ])('of the answers %j', (answers, words) => {
    expect(() => simulate(['request', '--answers', answers, ...start], TODAY)).toThrow(words)
  })

  test.each([
    ['on confirm-series: paused', 'Answer 1, “on confirm-series: paused”, Tue, 1 Dec 2026, 09:00: weeks: '],
    [
      'on confirm-series: next',
      'for the series is “pending” then: asked for, and not confirmed yet. Possible would be: confirmed, left, reached, bounced.',
    ],
    ['on confirm-series: confirmed; + 1 h: { event: settings, hour: 9 }', 'nothing would change by it'],
    ['on confirm-series: confirmed; on part 9: next', 'no mail is called part 9. There are: confirm-series'],
    ['on confirm-series: sent', 'there is no event sent. There are: confirmed, settings'],
  ])('of what a reader does, %j', (answers, words) => {
    expect(() => simulate(['series', 'first-steps', '--answers', answers, ...start], TODAY)).toThrow(words)
  })
})

describe('the command line', { timeout: 300_000 }, () => {
  test('helps, ends with 2 when something is wrong, and has no colours where nobody looks', async () => {
    const help = await run(['--help'])
    expect(help).toMatchObject({ code: 0, err: '' })
    expect(help.out).toMatch(/^npm run simulate -- request/)
    for (const name of [...Object.keys(requestJourneys), ...Object.keys(seriesJourneys)])
      expect(help.out).toContain(name)
    expect(help.out.split('\n').filter((line) => line.length > 100)).toEqual([])
    const wrong = await run(['request', '--journey', 'silence', '--zone', 'Berlin'])
    expect(wrong).toEqual({ code: 2, out: '', err: 'No time zone is called Berlin. Did you mean Europe/Berlin?' })
    const shown = await run(['request', '--journey', 'silence', ...places.Berlin])
    expect(shown).toMatchObject({ code: 0, err: '' })
    expect(shown.out).not.toContain(ESCAPE)
    const coloured = await run(['request', '--journey', 'silence', ...places.Berlin], { env: { FORCE_COLOR: '1' } })
    expect(coloured.out).toContain(ESCAPE)
    expect(stripVTControlCharacters(coloured.out)).toBe(shown.out)
  })

  test('begins on the coming Monday at nine, where the stage is', () => {
    expect(walked('request', '--journey', 'silence')).toMatchObject([
      { start: '2026-11-30T09:00', timeZone: 'America/New_York', stage: 'prod' },
    ])
  })

  test('writes a calendar with an entry for each mail', async () => {
    const file = join(folder, 'mails.ics')
    const args = ['request', '--journey', 'referral', ...places.Berlin]
    expect(await run([...args, '--ics', file])).toEqual({ code: 0, out: `Written to ${file}.`, err: '' })
    const text = readFileSync(file, 'utf8')
    expect(text.split('\n').filter((line) => line !== '' && !line.endsWith('\r'))).toEqual([])
    const entries = new ICAL.Component(ICAL.parse(text)).getAllSubcomponents('vevent').map((one) => new ICAL.Event(one))
    const [{ steps } = { steps: [] }] = walked(...args)
    expect(entries.map(({ summary, startDate }) => [summary, startDate.toJSDate().toISOString()])).toEqual(
      steps.filter(({ kind }) => kind === 'mail').map(({ name, subject, at }) => [`${name}: ${subject}`, at]),
    )
    expect(new Set(entries.map(({ uid }) => uid)).size).toBe(entries.length)
    expect((await run([...args, '--ics', '-'])).out).toContain('BEGIN:VCALENDAR')
  })
})

describe('a change, before it is deployed', () => {
  test('nothing differs from itself, and with days off what moves is said', () => {
    const before = join(folder, 'before.json')
    writeFileSync(before, simulate(['request', '--journey', 'all', '--json', ...places.Berlin], TODAY).text)
    expect(simulate(['request', '--against', before], TODAY)).toEqual({
      code: 0,
      text: 'Nothing differs: 18 journeys send the same mails at the same times.',
    })
    const changed = ['request', '--against', before, '--journey', 'silence', '--holidays', '2027-03-25']
    expect(simulate(changed, TODAY)).toEqual({
      code: 1,
      text: [
        'silence, in Europe/Berlin from Mon, 15 Mar 2027:',
        '  ~ follow-up: 1 day later, Fri, 26 Mar 2027, 08:30 (was Thu, 25 Mar 2027, 08:30).',
        '  ~ let-rest: 1 day later, Fri, 2 Apr 2027, 08:30 (was Thu, 1 Apr 2027, 08:30).',
        '',
        '1 journey differs.',
      ].join('\n'),
    })
    expect(JSON.parse(simulate([...changed, '--json'], TODAY).text)).toMatchObject({
      version: 1,
      differences: [
        { journey: 'silence', mail: 'follow-up', change: 'moved', by: 86_400_000 },
        { mail: 'let-rest', change: 'moved' },
      ],
    })
    expect(() => simulate(['series', 'first-steps', '--against', before], TODAY)).toThrow('holds no run of the series')
  })

  test('of a delay in the front matter of a part', () => {
    const before = join(folder, 'series.json')
    const args = ['series', 'first-steps', '--journey', 'reads-all', '--zone', 'UTC', '--start', '2026-12-01T08:00']
    writeFileSync(before, simulate([...args, '--json'], TODAY).text)
    writeSeries('9 days')
    try {
      expect(simulate(['series', 'first-steps', '--against', before], TODAY)).toMatchObject({
        code: 1,
        text: expect.stringContaining('  ~ go-on: 2 days later, Thu, 10 Dec 2026, 09:00 (was Tue, 8 Dec 2026, 09:00).'),
      })
    } finally {
      writeSeries('1 week')
    }
  })

  test('of the workflow table', { timeout: 300_000 }, async () => {
    const copy = join(folder, 'changed')
    for (const name of ['content', 'functions', 'infra', 'local', 'ops', 'shared', 'package.json'])
      cpSync(join(root, name), join(copy, name), { recursive: true })
    symlinkSync(join(root, 'node_modules'), join(copy, 'node_modules'))
    const before = join(folder, 'workflow.json')
    writeFileSync(before, simulate(['request', '--journey', 'all', '--json', ...places.Berlin], TODAY).text)
    const table = join(copy, 'shared/workflow.ts')
    const changed = readFileSync(table, 'utf8')
      .replace('FOLLOW_UP_EVERY = 7', 'FOLLOW_UP_EVERY = 6')
      .replace('waits: [{ businessDays: 2 }, { businessDays: 7 }],', 'waits: [{ businessDays: 2 }],')
    writeFileSync(table, changed)
    const { code, out, err } = await run(['request', '--against', before], { cwd: copy })
    expect({ code, err }).toEqual({ code: 1, err: '' })
    expect(out).toContain('  ~ follow-up: 1 day earlier, Wed, 24 Mar 2027, 08:30 (was Thu, 25 Mar 2027, 08:30).')
    expect(out).toContain('  – draft-reminder (2) “Your message to Grace: our last reminder”: no longer comes (was')
    expect(out).toMatch(/\n\d+ journeys differ, \d+ are the same\.$/)
  })
})
