import { describe, expect, test } from 'vitest'
import { compose, type Draft, type DraftName } from '../shared/drafts.ts'
import { bannedWords, lint } from '../shared/lint.ts'
import type { InterviewRequest } from '../shared/request.ts'

const ada: InterviewRequest = {
  id: '01JDGZ5V7Q0000000000000ADA',
  person: 'ada',
  state: 'drafted',
  version: 1,
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
    connection: 'Maria Sanchez suggested I write',
  },
  goal: 'explore-career',
  topic: 'hospital data',
  minutes: 20,
  channel: 'email',
  followUps: 1,
  tips: false,
  secret: 'AAAAAAAAAAAAAAAAAAAAAA',
  history: [],
  pauses: [],
  expiresAt: 0,
}

const draftOf = (name: DraftName, request = ada): Draft => {
  const composed = compose(name, request)
  if (composed.kind === 'ask') throw new Error('Asked back')
  return composed
}

const letter = draftOf('draft')
const edited = (find: string | RegExp, replacement: string, draft = letter): Draft => ({
  ...draft,
  body: draft.body.replace(find, replacement),
})
const found = (draft: Draft, request = ada): string[] =>
  lint(draft, request).map(({ rule, level }) => `${rule}: ${level}`)

test('a letter as it is composed has nothing against it', () => {
  expect(lint(letter, ada)).toEqual([])
})

describe('each rule', () => {
  const broken: [string, Draft][] = [
    ['word-limit: block', edited('Thank you', `${'and so on '.repeat(15)}Thank you`)],
    ['rather-long: warn', edited('Thank you', 'Let me add a few more words to this. Thank you')],
    [
      'rather-short: warn',
      {
        ...letter,
        body: 'Dear Grace Hopper,\n\nMaria Sanchez suggested I write. Could we talk for 20 minutes?\n\nAda Lovelace\n',
      },
    ],
    ['one-question: block', edited('Thank you for considering it.', 'Does that sound right?')],
    ['one-question: block', edited('?', '.')],
    ['one-question: block', edited('Thank you for considering it.', '好吗？')],
    ['connection-first: block', edited('Maria Sanchez suggested I write to you.', 'Hello there.')],
    ['minutes-stated: block', edited('20 minutes', 'some time')],
    ['minutes-stated: block', edited('20 minutes', '45 minutes')],
    ['banned-words: block', edited('hospital data', 'jobs in hospital data')],
    ['banned-words: block', { ...letter, subject: 'About the data vacancy' }],
    ['placeholder: block', edited('hospital data', '[your field]')],
    ['placeholder: block', edited('hospital data', '{{topic}}')],
    ['placeholder: block', edited('hospital data', '____')],
    ['recipient: block', edited('Dear Grace Hopper', 'Hello')],
    ['recipient-once: warn', edited('From you,', 'Grace, from you,')],
    ['shouting: block', edited('Dear Grace Hopper,', 'DEAR GRACE,')],
    ['attachment: block', edited('Thank you for considering it.', 'My CV is attached.')],
    ['signature: block', edited('Ada Lovelace', 'A.')],
    ['subject: block', { ...letter, subject: 'Quick question' }],
    ['subject: block', { ...letter, subject: ' ' }],
    ['subject-words: warn', { ...letter, subject: 'Hello Grace' }],
    ['subject-words: warn', { ...letter, subject: 'A question about the work that you do in hospital data' }],
    ['unseen: block', edited('hospital', 'hosp\u202eital')],
    ['unseen: block', edited('hospital', 'hosp\u00adital')],
    ['unseen: block', edited('hospital', 'hosp\u0007ital')],
  ]
  test.each(broken)('%s', (finding, draft) => {
    expect(found(draft)).toContain(finding)
    for (const { message } of lint(draft, ada)) expect(message).toMatch(/^[^\s].{15,}[.!]$/s)
  })

  test('thread: a follow-up is no new letter', () => {
    expect(found({ ...draftOf('follow-up'), subject: 'Following up' })).toContain('thread: block')
  })

  test('character-limit: an invitation on LinkedIn holds 200', () => {
    const note = draftOf('draft-short')
    expect(found(edited('May I connect?', `${'really '.repeat(20)}May I connect?`, note))).toContain(
      'character-limit: block',
    )
  })

  test('character-range: a message on LinkedIn reads best under 400', () => {
    const request = { ...ada, channel: 'linkedin' as const }
    const message = draftOf('draft', request)
    expect(
      found(
        edited('Thank you,', 'I would be ever so grateful for that, and for more.\n\nThank you,', message),
        request,
      ),
    ).toContain('character-range: warn')
  })

  test.each(['thank', 'gratitude', 'close-the-loop', 'let-rest'] as const)(
    'one-question: %s asks for nothing',
    (name) => {
      const draft = draftOf(name)
      expect(found({ ...draft, body: draft.body.replace(/\.\n/, '?\n') })).toContain('one-question: block')
    },
  )
})

describe('banned words', () => {
  test.each([
    'Are there any jobs?',
    'a vacancy',
    'are you hiring',
    'hire me',
    'job openings',
    'any openings',
    'open positions',
    'please refer me',
    'a referral',
    'employment',
    'be my mentor',
    'pick your brain',
    'just following up',
    'touch base',
    'I hope this email finds you well',
    'urgent',
    'at your earliest convenience',
    'your salary',
  ])('%s', (text) => {
    expect(bannedWords.some(({ word }) => word.test(text))).toBe(true)
  })

  test.each([
    'the opening of the museum',
    'positioning',
    'a recruiter',
    'my mentor at school',
    'Jobiness',
    'hospitable',
    'a preferred route',
    'the finest wells',
  ])('not %s', (text) => {
    expect(bannedWords.some(({ word }) => word.test(text))).toBe(false)
  })
})

test('names are nobody’s fault', () => {
  const request = { ...ada, contact: { ...ada.contact, organization: 'Jobs & Co?', role: 'Hiring Manager' } }
  const draft = draftOf('draft', request)
  expect(lint(draft, request).filter(({ level }) => level === 'block')).toEqual([])
  expect(draft.body).toContain('Hiring Manager')
})

test('a link in the place is no question', () => {
  const meeting = {
    start: '2026-12-03T10:00',
    timeZone: 'Europe/London',
    minutes: 45,
    place: 'https://example.org/?a=1',
    startsAt: '2026-12-03T10:00:00.000Z',
    endsAt: '2026-12-03T10:45:00.000Z',
    sequence: 0,
    status: 'on',
    since: 4,
  } as const
  const request = { ...ada, meeting }
  const draft = draftOf('invitation', request)
  expect(draft.body).toContain('https://example.org/?a=1')
  expect(lint(draft, request)).toEqual([])
})
