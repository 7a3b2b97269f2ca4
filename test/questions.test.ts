import { describe, expect, test } from 'vitest'
import { bannedWords } from '../shared/lint.ts'
import { introductionLine, questionBank, questionsFor, researchChecklist, timeBudgets } from '../shared/questions.ts'
import { goals, type InterviewRequest, sources } from '../shared/request.ts'

const ada: InterviewRequest = {
  id: '01JDGZ5V7Q0000000000000ADA',
  person: 'ada',
  state: 'scheduled',
  version: 5,
  seeker: {
    name: 'Ada Lovelace',
    email: 'ada@example.org',
    introduction: 'a nurse moving into data',
    timeZone: 'Europe/London',
  },
  contact: {
    name: 'Grace Hopper',
    role: 'Head of Data',
    organization: 'Leeds General',
    source: 'referral',
    connection: 'maria sanchez',
  },
  goal: 'explore-career',
  topic: 'data work in hospitals',
  minutes: 20,
  channel: 'email',
  followUps: 1,
  tips: false,
  secret: 'AAAAAAAAAAAAAAAAAAAAAA',
  history: [],
  pauses: [],
  expiresAt: 0,
}

const lengths = [5, 15, 20, 30, 45, 480]

describe.each(goals)('questions for %s', (goal) => {
  test.each(lengths)('in %d minutes are five to eight, each once, with three that must be asked', (minutes) => {
    const questions = questionsFor(goal, { minutes })
    expect(questions.length).toBeGreaterThanOrEqual(5)
    expect(questions.length).toBeLessThanOrEqual(8)
    expect(new Set(questions.map(({ question }) => question)).size).toBe(questions.length)
    expect(questions.filter(({ must }) => must)).toHaveLength(3)
  })

  test('end with the next person and the last word, and nowhere else', () => {
    for (const minutes of lengths) {
      const categories = questionsFor(goal, { minutes }).map(({ category }) => category)
      const ends = categories.filter((category) => category === 'people' || category === 'close')
      expect(ends.length).toBeGreaterThan(0)
      expect(categories.slice(-ends.length)).toEqual(ends)
    }
  })

  test('are no more in less time', () => {
    const counts = lengths.map((minutes) => questionsFor(goal, { minutes }).length)
    expect(counts).toEqual([...counts].sort((one, other) => one - other))
  })

  test('put what must be asked before what may be', () => {
    const body = questionsFor(goal, { minutes: 30 }).filter(
      ({ category }) => category !== 'people' && category !== 'close',
    )
    expect(body.map(({ must }) => must)).toEqual(
      [...body.map(({ must }) => must)].sort((one, other) => Number(other) - Number(one)),
    )
  })
})

describe('the bank', () => {
  const all = Object.values(questionBank).flat()

  test('asks open questions only', () => {
    for (const question of all) expect(question).toMatch(/\b(?:what|which|how|who|whose|where|when)\b.*\?$/i)
    for (const question of all) expect(question).not.toMatch(/^(?:do|does|is|are|can|could|would|have|has|did)\b/i)
  })

  test('never asks for work, pay or a favour', () => {
    for (const question of all) {
      for (const { word } of bannedWords) expect(question).not.toMatch(word)
      expect(question).not.toMatch(/\b(?:salary|earn|pay|paid|money|position|vacancy|mentor)\b/i)
    }
  })

  test('says nothing twice', () => {
    expect(new Set(all).size).toBe(all.length)
  })

  test('brings out the CV only where the talk is about it', () => {
    for (const goal of goals) {
      const hasPage = questionsFor(goal, { minutes: 30 }).some(({ category }) => category === 'cv')
      expect(hasPage).toBe(goal === 'resume-feedback')
    }
  })

  test('keeps a first talk for confidence short', () => {
    expect(questionsFor('confidence', { minutes: 30 })).toHaveLength(5)
  })
})

describe('the first minute', () => {
  test('fits into sixty seconds, says who and why, and hands over', () => {
    for (const goal of goals) {
      for (const source of sources) {
        const line = introductionLine({ ...ada, goal, contact: { ...ada.contact, source } })
        const words = line.split(/\s+/).length
        expect(words).toBeGreaterThan(70)
        expect(words).toBeLessThan(150)
        expect(line).toContain('I am a nurse moving into data')
        expect(line).toContain('20 minutes')
        expect(line).toMatch(/May I begin with your own way into this\?$/)
        expect(line).not.toMatch(/\.\.|undefined| {2}/)
      }
    }
  })

  test('names the minutes that were agreed in the end', () => {
    const meeting = {
      start: '2026-12-03T10:00',
      timeZone: 'Europe/London',
      minutes: 45,
      startsAt: '2026-12-03T10:00:00.000Z',
      endsAt: '2026-12-03T10:45:00.000Z',
      sequence: 0,
      status: 'on',
      since: 4,
    } as const
    expect(introductionLine({ ...ada, meeting })).toContain('45 minutes')
    expect(introductionLine({ ...ada, meeting: { ...meeting, status: 'cancelled' } })).toContain('20 minutes')
  })

  test('reads as one would say it', () => {
    expect(introductionLine(ada)).toMatchInlineSnapshot(
      `"Thank you for making time, Grace. As I wrote, Maria Sanchez suggested that I get in touch with you. I am a nurse moving into data, and I am trying to understand data work in hospitals. I have read what I could find, so I would rather hear what is not written anywhere: what the work is like from day to day. I am not here to ask you for anything but your view. I have brought a handful of questions, and I will watch the clock so that we end after 20 minutes. Do ask me back whenever you like. May I begin with your own way into this?"`,
    )
  })
})

test('reading beforehand takes three quarters of an hour', () => {
  expect(researchChecklist.reduce((sum, { minutes }) => sum + minutes, 0)).toBe(45)
})

test.each([15, 20, 30] as const)('%d minutes are spent to the last one, most of them on the must-asks', (minutes) => {
  const budget = timeBudgets[minutes]
  expect(budget.reduce((sum, part) => sum + part.minutes, 0)).toBe(minutes)
  expect(Math.max(...budget.map((part) => part.minutes))).toBe(budget[1].minutes)
})
