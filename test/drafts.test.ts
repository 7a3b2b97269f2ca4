import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type AskBack, compose, type Draft, draftNames, reasonsToWrite } from '../shared/drafts.ts'
import { lint } from '../shared/lint.ts'
import { channels, goals, type InterviewRequest, type Source, sources } from '../shared/request.ts'

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

type Typed = {
  seeker?: string
  contact?: string
  source: Source
  introduction: string
  connection?: string
  role?: string
  organization: string
  topic: string
  goal?: InterviewRequest['goal']
  minutes?: number
}

const asTyped = ({
  seeker = 'Ada Lovelace',
  contact = 'Grace Hopper',
  goal = 'explore-career',
  minutes = 20,
  ...typed
}: Typed): InterviewRequest => ({
  ...ada,
  seeker: { ...ada.seeker, name: seeker, introduction: typed.introduction },
  contact: {
    name: contact,
    organization: typed.organization,
    source: typed.source,
    ...(typed.role === undefined ? {} : { role: typed.role }),
    ...(typed.connection === undefined ? {} : { connection: typed.connection }),
  },
  topic: typed.topic,
  goal,
  minutes,
})

const drafted = (composed: Draft | AskBack): Draft => {
  if (composed.kind === 'ask') throw new Error(`Asked back: ${JSON.stringify(composed.asks)}`)
  return composed
}

const asked = (composed: Draft | AskBack): Record<string, string> =>
  composed.kind === 'ask' ? Object.fromEntries(composed.asks.map(({ field, question }) => [field, question])) : {}

/** The first paragraph after the greeting. */
const opening = (draft: Draft): string => draft.body.split('\n\n')[1] ?? ''

/** What people type, three to a source and in every form: these are also the letters of the golden files. */
const seekers: Typed[] = [
  {
    source: 'own-network',
    introduction: "I'm a nurse moving into data",
    connection: 'she supervised my thesis',
    role: 'Head of Data',
    organization: 'Leeds General',
    topic: 'data science?',
  },
  {
    source: 'own-network',
    seeker: 'TOMÁS NOVÁK',
    introduction: 'Final-year law student.',
    connection: 'friend from uni',
    organization: 'Clifford Chance',
    topic: 'what a first year in a law firm is like',
    goal: 'culture',
  },
  {
    source: 'own-network',
    contact: 'dr. amina yusuf',
    introduction: 'retired officer retraining as a gardener',
    role: 'owner',
    organization: 'Green & Sons',
    topic: 'Running a small nursery',
    goal: 'career-change',
    minutes: 30,
  },
  {
    source: 'referral',
    introduction: 'a nurse moving into data',
    connection: 'Maria Sanchez suggested I write',
    role: 'Head of Data',
    organization: 'Leeds General',
    topic: 'hospital data',
  },
  {
    source: 'referral',
    introduction: "I'm finishing a PhD in physics",
    connection: 'my supervisor Maria Sanchez',
    role: 'quant',
    organization: 'Man Group',
    topic: 'moving from academia to finance',
    goal: 'career-change',
  },
  {
    source: 'referral',
    contact: 'Nguyễn Thị Minh Khai',
    introduction: 'Marketing assistant',
    connection: 'tom baker',
    role: 'brand manager',
    organization: 'Unilever',
    topic: 'brand strategy',
    goal: 'hidden-market',
    minutes: 15,
  },
  {
    source: 'linkedin',
    introduction: 'I study economics at UCL',
    connection: 'your post about triage dashboards',
    role: 'data scientist',
    organization: 'NHS',
    topic: 'health economics',
  },
  {
    source: 'linkedin',
    introduction: 'a career changer from hospitality',
    connection: 'her move from chef to developer',
    role: 'Frontend Developer',
    organization: 'Monzo',
    topic: 'frontend development',
    goal: 'career-change',
    minutes: 15,
  },
  {
    source: 'linkedin',
    introduction: 'Accountant',
    role: 'Sustainability Lead',
    organization: 'Arup',
    topic: 'ESG reporting',
    goal: 'skills',
  },
  {
    source: 'association',
    introduction: 'junior statistician',
    connection: 'Royal Statistical Society',
    role: 'Principal Statistician',
    organization: 'ONS',
    topic: 'official statistics',
    goal: 'referrals',
  },
  {
    source: 'association',
    introduction: "I've been a midwife for ten years",
    connection: 'we are both members of RCM',
    role: 'Research midwife',
    organization: 'University of Leeds',
    topic: 'research',
    goal: 'career-change',
  },
  {
    source: 'association',
    introduction: 'Civil engineer',
    connection: 'heard her talk at the ICE annual meeting',
    role: 'Associate Director',
    organization: 'Mott MacDonald',
    topic: 'flood resilience',
    goal: 'skills',
  },
  {
    source: 'alumni',
    introduction: 'Final-year law student.',
    connection: 'University of Leeds, 2015',
    role: 'Associate',
    organization: 'Linklaters',
    topic: 'commercial law',
    goal: 'confidence',
  },
  {
    source: 'alumni',
    introduction: 'a nurse moving into data',
    connection: 'We both studied at Leeds',
    role: 'Head of Data',
    organization: 'Leeds General',
    topic: 'hospital data',
    goal: 'resume-feedback',
  },
  {
    source: 'alumni',
    contact: 'Prof. Jürgen Müller',
    introduction: 'Mechanical engineer',
    connection: 'studied at TU Munich, class of 2012',
    role: 'Project Engineer',
    organization: 'Siemens',
    topic: 'Rail engineering',
    goal: 'culture',
  },
  {
    source: 'target-company',
    introduction: 'operations analyst at a bakery chain',
    connection: 'got your name from reception',
    role: 'Supply Chain Manager',
    organization: 'Ocado',
    topic: 'supply planning',
    goal: 'hidden-market',
    minutes: 15,
  },
  {
    source: 'target-company',
    introduction: 'I am a translator',
    connection: 'your team page',
    role: 'Localisation Lead',
    organization: 'Canva',
    topic: 'Localisation',
    goal: 'skills',
  },
  {
    source: 'target-company',
    introduction: 'chemist',
    role: 'head of formulation',
    organization: 'Lush',
    topic: 'how products get from the lab to the shelf',
    goal: 'culture',
  },
  {
    source: 'event',
    introduction: 'My name is Ada Lovelace and I am a teacher',
    connection: 'met at PyCon in May',
    role: 'Developer Advocate',
    organization: 'GitHub',
    topic: 'Developer relations',
    goal: 'career-change',
  },
  {
    source: 'event',
    introduction: 'journalism student',
    connection: 'PyCon 2026',
    role: 'Data journalist',
    organization: 'The Guardian',
    topic: 'data journalism',
  },
  {
    source: 'event',
    introduction: 'architect',
    connection: 'talked after her panel at the Green Build fair',
    organization: 'Arup',
    topic: 'timber buildings',
    goal: 'skills',
  },
  {
    source: 'cold',
    introduction: 'Politics student at Leeds',
    connection: 'your article on alarm fatigue',
    role: 'Head of Data',
    organization: 'Leeds General',
    topic: 'alarm fatigue',
    goal: 'skills',
    minutes: 15,
  },
  {
    source: 'cold',
    introduction: 'a translator',
    connection: 'I read her article on machine translation in Nature',
    role: 'professor',
    organization: 'University of Edinburgh',
    topic: 'how translators work with machines',
    goal: 'explore-career',
  },
  {
    source: 'cold',
    introduction: 'barista',
    connection: 'podcast episode about green hydrogen',
    role: 'Analyst',
    organization: 'Aurora',
    topic: 'Is hydrogen a good field for a beginner?',
    goal: 'confidence',
  },
]

const written = (composed: Draft | AskBack): string => {
  const draft = drafted(composed)
  const heads = [
    `Subject: ${draft.subject}`,
    draft.alternativeSubject ? `     or: ${draft.alternativeSubject}` : '',
    `Because: ${draft.because}`,
  ]
  const other = draft.alternative ? `\n(${draft.alternative.when})\n\n${draft.alternative.body}` : ''
  return `${heads.filter((line) => line).join('\n')}\n\n${draft.body}${other}`
}

const met: InterviewRequest = {
  ...ada,
  state: 'met',
  meeting: {
    start: '2026-12-03T10:00',
    timeZone: 'Asia/Kathmandu',
    minutes: 20,
    place: 'https://meet.example.org/room?pwd=abc',
    startsAt: '2026-12-03T04:15:00.000Z',
    endsAt: '2026-12-03T04:35:00.000Z',
    sequence: 0,
    status: 'on',
    since: 4,
  },
  outcome: {
    learned: 'She told me to learn SQL before Python.',
    promised: 'send her my notes, she sends me the alarm data set',
    promisedBy: '2026-12-14',
    names: 'Marc Lee at Acme, Jane Roe (NHS Digital)',
  },
}
const withoutOutcome = ({ outcome: _outcome, meeting: _meeting, ...request }: InterviewRequest): InterviewRequest =>
  request

describe('golden drafts', () => {
  for (const source of sources) {
    test(`first letters, ${source}`, async () => {
      const texts = seekers
        .filter((typed) => typed.source === source)
        .flatMap((typed) => {
          const request = asTyped(typed)
          const ways = [
            ['email', compose('draft', request)],
            ['LinkedIn, invitation', compose('draft-short', { ...request, channel: 'linkedin' })],
            ['LinkedIn, message', compose('draft', { ...request, channel: 'linkedin' })],
            ['phone', compose('draft', { ...request, channel: 'phone' })],
          ] as const
          return ways.map(
            ([way, composed]) =>
              `=== ${typed.introduction} | ${typed.connection ?? '–'} | ${typed.topic} | ${way}\n\n${written(composed)}`,
          )
        })
      await expect(texts.join('\n')).toMatchFileSnapshot(`golden/drafts/${source}.txt`)
    })
  }

  test('everything after the first letter', async () => {
    const slots = [
      'Tuesday, 1 December, 10:00, London time (GMT)',
      'Wednesday, 2 December, 15:30, London time (GMT)',
      'Friday, 4 December, 09:00, London time (GMT)',
    ]
    const later = draftNames.slice(2)
    const texts = [
      ...later.map((name) => [name, compose(name, { ...met, followUps: 3 })] as const),
      ['arrange, with slots', compose('arrange', ada, { slots })] as const,
      ...(['thank', 'close-the-loop', 'keep-in-touch', 'gratitude'] as const).map(
        (name) => [`${name}, with nothing noted`, compose(name, withoutOutcome(met))] as const,
      ),
      ...[1, 2].map(
        (times) =>
          [
            `keep-in-touch, again (${times})`,
            compose('keep-in-touch', {
              ...met,
              history: Array(times).fill({ event: 'kept-in-touch', at: '2027-01-04T09:00:00.000Z' }),
            }),
          ] as const,
      ),
    ].map(([name, composed]) => `=== ${name}\n\n${written(composed)}`)
    await expect(texts.join('\n')).toMatchFileSnapshot('golden/drafts/later.txt')
  })
})

describe('a clause in any form becomes a sentence', () => {
  const openings: [Source, string, string][] = [
    ['own-network', 'she supervised my thesis', 'You supervised my thesis.'],
    ['own-network', 'Grace supervised my thesis', 'You supervised my thesis.'],
    ['own-network', 'She teaches my sister', 'You teach my sister.'],
    ['own-network', "she's my old neighbour", 'You are my old neighbour.'],
    ['own-network', 'my old manager at Acme', 'I am turning to you as my old manager at Acme.'],
    ['own-network', 'friend from uni', 'I am turning to you as a friend from uni.'],
    ['own-network', 'former boss', 'I am turning to you as my former boss.'],
    ['own-network', 'from the church choir', 'We know each other from the church choir.'],
    ['own-network', 'through my sister', 'We know each other through my sister.'],
    ['own-network', 'worked together at IBM', 'We worked together at IBM.'],
    ['own-network', "my dad's colleague", "I am turning to you as my dad's colleague."],
    ['own-network', 'Known each other since school', 'We have known each other since school.'],
    ['own-network', 'last spoke in June', 'We last spoke in June.'],
    [
      'own-network',
      'my old boss, we had lunch last year',
      'I am turning to you as my old boss; we had lunch last year.',
    ],
    ['own-network', 'your talk on waiting lists in May', 'Your talk on waiting lists in May is why I am writing.'],
    ['own-network', 'bit of this and that', 'A reminder of how we know each other: bit of this and that.'],
    ['referral', 'Maria Sanchez', 'Maria Sanchez suggested that I get in touch with you.'],
    ['referral', 'maria sanchez', 'Maria Sanchez suggested that I get in touch with you.'],
    ['referral', 'Maria Sanchez suggested I write', 'Maria Sanchez suggested I write to you.'],
    ['referral', 'referred by Maria Sanchez', 'Maria Sanchez suggested that I get in touch with you.'],
    [
      'referral',
      'Tom Baker, your colleague at GSK',
      'Tom Baker, your colleague at GSK, suggested that I get in touch with you.',
    ],
    ['referral', 'Maria gave me her name', 'Maria gave me your name.'],
    [
      'referral',
      'my friend who works with her',
      'My friend who works with you suggested that I get in touch with you.',
    ],
    [
      'referral',
      'Lisa Wong - my thesis adviser',
      'Lisa Wong, my thesis adviser, suggested that I get in touch with you.',
    ],
    ['referral', 'Sam Lee said I should reach out', 'Sam Lee said I should reach out to you.'],
    ['referral', 'talk on waiting lists', 'A talk on waiting lists is why I am writing.'],
    ['linkedin', 'Impressed by your profile', 'I was impressed by your profile.'],
    ['linkedin', 'what you wrote about burnout', 'What you wrote about burnout is why I am writing.'],
    ['linkedin', 'same career path as me', 'We have the same career path.'],
    ['linkedin', 'something with boats', 'What made me write to you: something with boats.'],
    ['linkedin', 'Your post about triage.', 'Your post about triage is why I am writing.'],
    ['linkedin', 'her posts on wind farms', 'Your posts on wind farms are why I am writing.'],
    ['linkedin', 'post on offshore wind', 'Your post on offshore wind is why I am writing.'],
    ['linkedin', 'mutual friend: Maria', 'We have a mutual friend: Maria.'],
    ['linkedin', 'I saw her comment on triage', 'I saw your comment on triage.'],
    ['cold', 'your talk at PyCon inspired me', 'Your talk at PyCon inspired me.'],
    [
      'cold',
      'Your talk on waiting lists at the Leeds data day',
      'Your talk on waiting lists at the Leeds data day is why I am writing.',
    ],
    ['cold', 'your talk on shared care', 'Your talk on shared care is why I am writing.'],
    ['cold', 'Talk on waiting lists', 'Your talk on waiting lists is why I am writing.'],
    ['cold', 'An article about triage', 'An article about triage is why I am writing.'],
    ['cold', 'your talk on triage changed how I work', 'Your talk on triage changed how I work.'],
    ['cold', 'Your waiting lists in Leeds', 'What made me write to you: your waiting lists in Leeds.'],
    [
      'cold',
      'Your talk in Leeds, I was in the third row',
      'Your talk in Leeds (I was in the third row) is why I am writing.',
    ],
    ['cold', 'read her book twice', 'I read your book twice.'],
    ['cold', '“the Data Nurses podcast”', 'The Data Nurses podcast is why I am writing.'],
    ['association', 'Royal Statistical Society', 'I found you through the Royal Statistical Society.'],
    ['association', 'PMI Chicago chapter', 'I found you through the PMI Chicago chapter.'],
    ['association', 'the local chamber of commerce', 'I found you through the local chamber of commerce.'],
    [
      'association',
      'IEEE, your talk at the Vienna meeting',
      'I found you through IEEE; your talk at the Vienna meeting is why I am writing.',
    ],
    ['association', 'Talk on waiting lists', 'A talk on waiting lists is why I am writing.'],
    ['association', 'both members of CILIP', 'We are both members of CILIP.'],
    ['association', 'RSS member', 'I found you through RSS.'],
    ['association', 'heard her talk at the annual meeting', 'I heard you talk at the annual meeting.'],
    ['alumni', 'University of Leeds, 2015', 'We share a school: University of Leeds, 2015.'],
    ['alumni', 'both went to Leeds', 'We both went to Leeds.'],
    ['alumni', 'studied at TU Munich', 'I studied at TU Munich, so we share a school.'],
    ['alumni', 'Both Michigan grads', 'We are both Michigan grads.'],
    ['alumni', 'Leeds alumni', 'We share a school: Leeds.'],
    ['alumni', 'same university', 'We went to the same university.'],
    ['alumni', 'alumni directory', 'I found you through the alumni directory.'],
    ['target-company', 'got her name from reception', 'I got your name from reception.'],
    ['target-company', 'your name from the careers page', 'I have your name from the careers page.'],
    ['target-company', 'team page', 'I found you through the team page.'],
    ['target-company', 'press release about the lab', 'Your press release about the lab is why I am writing.'],
    ['event', 'the career fair last week', 'We were both at the career fair last week.'],
    ['event', 'Leeds Data Meetup, talked about SQL', 'We talked about SQL at Leeds Data Meetup.'],
    ['event', 'We met at PyCon!!', 'We met at PyCon.'],
    ['event', 'met at PyCon in May', 'We met at PyCon in May.'],
    ['event', 'met her at PyCon', 'I met you at PyCon.'],
    ['event', 'PyCon 2026', 'We were both at PyCon 2026.'],
    ['event', 'Talk on waiting lists', 'We were both at a talk on waiting lists.'],
    ['event', 'an article about triage', 'An article about triage is why I am writing.'],
    ['event', 'after your panel at PyCon', 'I am writing after your panel at PyCon.'],
    ['event', 'your talk at PyCon', 'Your talk at PyCon is why I am writing.'],
  ]
  test.each(openings)('%s: %s', (source, connection, expected) => {
    const request = { ...ada, contact: { ...ada.contact, source, connection } }
    expect(opening(drafted(compose('draft', request)))).toMatch(
      new RegExp(`^${expected.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')} I am a nurse`),
    )
  })

  const introductions: [string, string][] = [
    ["I'm a nurse moving into data", 'I am a nurse moving into data'],
    ['i am a nurse', 'I am a nurse'],
    ['im a nurse', 'I am a nurse'],
    ['A nurse moving into data.', 'I am a nurse moving into data'],
    ['Nurse', 'I am a nurse'],
    ['Final-year law student.', 'I am a final-year law student'],
    ['Just finished my degree in law', 'I just finished my degree in law'],
    ['Stay-at-home mom returning to work', 'I am a stay-at-home mom returning to work'],
    ['Biology major at UCLA', 'I am a biology major at UCLA'],
    ['ENGINEER IN LEEDS', 'I am an engineer in leeds'],
    ['Working in retail, want to move to logistics', 'I am working in retail and want to move to logistics'],
    ['UX designer', 'I am a UX designer'],
    ['MSc student at Leeds', 'I am an MSc student at Leeds'],
    ['HR manager', 'I am an HR manager'],
    ['university lecturer', 'I am a university lecturer'],
    ['German teacher', 'I am a German teacher'],
    ['Python developer with a day to spare', 'I am a Python developer with a day to spare'],
    ['head of marketing at a charity', 'I am head of marketing at a charity'],
    ['PhD in physics', 'I have a PhD in physics'],
    ['currently retraining as a baker', 'I am currently retraining as a baker'],
    ['studying law in Leeds', 'I am studying law in Leeds'],
    ['Graduated in biology last year', 'I graduated in biology last year'],
    ['I work as a nurse in Leeds', 'I work as a nurse in Leeds'],
    ['My background is in nursing', 'My background is in nursing'],
    ['My name is Ada Lovelace, a nurse from Leeds', 'I am a nurse from Leeds'],
    ['My name is Ada and I am a nurse', 'I am a nurse'],
    ["Hi, I'm Ada, a nurse", 'I am a nurse'],
    ['10 years in retail, now learning SQL', 'About me: 10 years in retail, now learning SQL'],
    ['我是护士', 'About me: 我是护士'],
    ['أنا ممرضة', 'About me: أنا ممرضة'],
  ]
  test.each(introductions)('introduction: %s', (introduction, expected) => {
    const { body } = drafted(compose('draft', { ...ada, seeker: { ...ada.seeker, introduction } }))
    expect(body).toContain(`you. ${expected}`)
  })

  const topics: [string, string][] = [
    ['data science?', 'trying to understand data science.'],
    ['Data Science', 'trying to understand data science.'],
    ['Python', 'trying to understand Python.'],
    ['I want to learn about clinical trials', 'trying to understand clinical trials.'],
    ['How do nurses get into data?', 'trying to understand how nurses get into data.'],
    ['What is it like to work nights', 'trying to understand what it is like to work nights.'],
    ['how can I move into data', 'trying to understand how I can move into data.'],
    ['Should I do a PhD?', 'trying to understand whether I should do a PhD.'],
    ['Is a PhD worth it', 'trying to understand whether a PhD is worth it.'],
    ['What does a product manager do all day?', 'trying to understand what a product manager does all day.'],
    ['how she became a partner', 'trying to understand how you became a partner.'],
    ['day-to-day life of a vet', 'trying to understand the day-to-day life of a vet.'],
    ['Transition from academia to industry', 'trying to understand the transition from academia to industry.'],
    ['advice on getting into UX', 'thinking about getting into UX.'],
    ['to become a pilot', 'trying to understand how to become a pilot.'],
    ['moving from academia to finance', 'thinking about moving from academia to finance.'],
    ['Becoming a product manager', 'thinking about becoming a product manager.'],
    ['I want to move into data', 'I want to move into data.'],
  ]
  test.each(topics)('topic: %s', (topic, expected) => {
    expect(drafted(compose('draft', { ...ada, topic })).body).toContain(expected)
  })

  const names: [string, string][] = [
    ['GRACE HOPPER', 'Dear Grace Hopper,'],
    ['grace hopper', 'Dear Grace Hopper,'],
    ['HOPPER, GRACE', 'Dear Grace Hopper,'],
    ["SINÉAD O'CONNOR-MCDONALD", "Dear Sinéad O'Connor-Mcdonald,"],
    ['ludwig van beethoven', 'Dear Ludwig van Beethoven,'],
    ['Dr. Grace Hopper', 'Dear Dr. Grace Hopper,'],
    ['Ms. Lee', 'Dear Ms. Lee,'],
    ['Prof. JOSÉ GARCÍA LÓPEZ', 'Dear Prof. José García López,'],
    ['prof. josé garcía', 'Dear Prof. José García,'],
    ['Sammy Davis, Jr.', 'Dear Sammy Davis, Jr.,'],
    ['王小明', 'Dear 王小明,'],
    ['محمد الأمين', 'Dear محمد الأمين,'],
    ['Nguyễn Thị Minh Khai', 'Dear Nguyễn Thị Minh Khai,'],
    ['  Grace   Hopper ', 'Dear Grace Hopper,'],
  ]
  test.each(names)('name: %s', (name, expected) => {
    expect(drafted(compose('draft', { ...ada, contact: { ...ada.contact, name } })).body.split('\n')[0]).toBe(expected)
  })
})

describe('forms of address', () => {
  const to = (name: string, more: Partial<InterviewRequest> = {}, source: Source = 'referral') => ({
    ...met,
    ...more,
    contact: { ...met.contact, name, source },
  })
  const greeting = (name: (typeof draftNames)[number], request: InterviewRequest) =>
    drafted(compose(name, request)).body.split('\n')[0]

  test.each([
    ['referral', 'Dr. Siobhán O’Brien-Smith', 'Dear Dr. Siobhán O’Brien-Smith,'],
    ['event', 'Dr. Siobhán O’Brien-Smith', 'Hello Siobhán,'],
    ['event', 'Ms. Lee', 'Dear Ms. Lee,'],
    ['own-network', 'Grace Hopper', 'Hi Grace,'],
  ] as const)('%s: %s is greeted alike in every letter', (source, name, expected) => {
    for (const draft of ['draft', ...draftNames.slice(2)] as const)
      expect(greeting(draft, to(name, {}, source)), draft).toBe(expected)
  })

  test('on LinkedIn stay with the first name, which the first message used', () => {
    for (const draft of ['follow-up', 'thank'] as const)
      expect(greeting(draft, to('Dr. Grace Hopper', { channel: 'linkedin' }))).toBe('Hello Grace,')
  })

  test('keep the title where no first name is known', () => {
    const call = drafted(compose('draft', to('Ms. Lee', { channel: 'phone', topic: 'hospital data' })))
    expect(call.subject).toBe('Call to Ms. Lee about hospital data')
    expect(call.body).toContain('When Ms. Lee answers')
    expect(drafted(compose('draft-short', to('Prof. LEE', { channel: 'linkedin' }))).body).toContain('Hello Prof. Lee!')
  })

  test('end with the words of the source', () => {
    for (const draft of ['draft', 'follow-up', 'let-rest', 'arrange', 'refer', 'keep-in-touch'] as const)
      expect(drafted(compose(draft, to('Grace Hopper', {}, 'own-network'))).body).toContain('\nAll the best,\nAda')
  })
})

describe('by phone', () => {
  const calling: InterviewRequest = { ...ada, channel: 'phone', followUps: 3 }

  test.each(['follow-up', 'follow-up-2', 'follow-up-3', 'let-rest', 'resume'] as const)(
    '%s is something to say, not a letter',
    (name) => {
      const { subject, body, because } = drafted(compose(name, calling))
      expect(body).toMatch(/^Hello Grace, this is Ada Lovelace\. /)
      expect(body).not.toMatch(/Dear|regards|wrote|My note/)
      expect(because).toContain('voicemail')
      expect(because).not.toMatch(/letter|thread/)
      expect(subject).toBe('Call to Grace')
    },
  )

  test('reception is asked for the role only where it is not known', () => {
    const script = (role?: string) =>
      drafted(
        compose('draft', {
          ...calling,
          contact: {
            name: 'Grace Hopper',
            organization: 'Leeds General',
            source: 'target-company',
            connection: 'your team page',
            ...(role ? { role } : {}),
          },
        }),
      ).body
    expect(script()).toContain('tell me the exact role')
    expect(script('Head of Data')).not.toContain('the exact role')
  })
})

describe('what cannot be said is asked back', () => {
  test.each(['own-network', 'linkedin', 'target-company', 'cold'] as const)(
    '%s with neither link nor role',
    (source) => {
      const request = { ...ada, contact: { name: 'Grace Hopper', organization: 'Leeds General', source } }
      expect(Object.keys(asked(compose('draft', request)))).toEqual(['connection'])
    },
  )

  test.each(['own-network', 'linkedin', 'target-company', 'cold'] as const)(
    '%s with a role alone is written from the role, and claims nothing else',
    (source) => {
      const request = {
        ...ada,
        contact: { name: 'Grace Hopper', role: 'Head of Data', organization: 'Leeds General', source },
      }
      const { body } = drafted(compose('draft', request))
      expect(body).toContain('because you are Head of Data at Leeds General')
      expect(body).not.toMatch(/\b(?:read|heard|saw|met you|met at|article|talk at)\b/)
    },
  )

  test('a referral is nothing without who gave the name', () => {
    const request = {
      ...ada,
      contact: {
        name: 'Grace Hopper',
        role: 'Head of Data',
        organization: 'Leeds General',
        source: 'referral' as const,
      },
    }
    expect(asked(compose('draft', request)).connection).toMatch(/Who gave you this name/)
  })

  const unsayable: [string, Partial<Typed>][] = [
    ['introduction', { introduction: 'a nurse looking for a job' }],
    ['introduction', { introduction: 'My name is Ada Lovelace' }],
    ['introduction', { introduction: '...' }],
    ['introduction', { introduction: 'a nurse, my CV is attached' }],
    ['connection', { connection: 'saw your vacancy' }],
    ['connection', { connection: 'We met, remember? At PyCon' }],
    ['connection', { connection: '[how we met]' }],
    ['topic', { topic: 'Why did you leave consulting?' }],
    ['topic', { topic: 'any openings in data' }],
    ['topic', { topic: '{{topic}}' }],
    ['topic', { topic: 'what is it like? and how do I start?' }],
    ['topic', { topic: '???' }],
    ['contactName', { contact: '[Name]' }],
    ['contactName', { contact: '???' }],
    ['seekerName', { seeker: ' ' }],
    ['organization', { organization: '___' }],
    ['connection', { connection: Array(60).fill('long').join(' ') }],
  ]
  test.each(unsayable)('%s in %j', (field, typed) => {
    const base: Typed = {
      source: 'referral',
      introduction: 'a nurse',
      connection: 'Maria Sanchez',
      organization: 'Leeds General',
      topic: 'hospital data',
    }
    const questions = asked(compose('draft', asTyped({ ...base, ...typed })))
    expect(Object.keys(questions)).toEqual([field])
    expect(questions[field]?.length).toBeGreaterThan(30)
  })

  test('proper names may contain what a sentence may not', () => {
    const request = asTyped({
      source: 'referral',
      introduction: 'a nurse',
      connection: 'Maria Sanchez',
      role: 'Hiring Manager',
      organization: 'Jobs for the Future',
      topic: 'training',
    })
    expect(drafted(compose('draft', request)).body).toContain('Jobs for the Future')
  })
})

describe('every draft', () => {
  const passes = (name: (typeof draftNames)[number], request: InterviewRequest) => {
    const draft = drafted(compose(name, request))
    expect(lint(draft, request), `${name}\n${draft.body}`).toEqual([])
  }

  test('of every source, channel, goal and length passes the lint without a word', () => {
    let turn = 0
    for (const typed of seekers) {
      const { role: _role, ...roleless } = typed
      for (const form of typed.connection === undefined ? [typed] : [typed, roleless]) {
        for (const channel of channels) {
          for (const goal of goals) {
            turn += 1
            const request = { ...asTyped(form), channel, goal, minutes: [15, 20, 30][turn % 3] ?? 20 }
            passes('draft', request)
            passes('draft-short', request)
          }
          for (const name of draftNames.slice(2)) {
            passes(name, { ...asTyped(form), channel })
            passes(name, { ...met, ...asTyped(form), channel })
          }
        }
      }
    }
  })

  test('asks for the minutes that the seeker chose', () => {
    for (const minutes of [15, 20, 30])
      expect(drafted(compose('draft', { ...ada, minutes })).body).toContain(`${minutes} minutes`)
  })

  test('says the same thing when composed again', () => {
    for (const name of draftNames) expect(compose(name, met)).toEqual(compose(name, met))
  })

  test('that follows up is shorter than the one before, and the last says so', () => {
    const words = (['follow-up', 'follow-up-2', 'follow-up-3'] as const).map(
      (name) => drafted(compose(name, { ...ada, followUps: 3 })).body.split(/\s+/).length,
    )
    expect(words[1]).toBeLessThan(words[0] ?? 0)
    expect(words[2]).toBeLessThanOrEqual(words[1] ?? 0)
    for (const [name, followUps] of [
      ['follow-up', 1],
      ['follow-up-2', 2],
      ['follow-up-3', 3],
    ] as const) {
      expect(drafted(compose(name, { ...ada, followUps })).body).toContain('I will leave it there')
    }
    expect(drafted(compose('follow-up', { ...ada, followUps: 2 })).body).not.toContain('leave it there')
  })

  test('of a thank-you asks for nothing, and keeps what was promised', () => {
    const { body } = drafted(compose('thank', met))
    expect(body).toContain('you told me to learn SQL before Python')
    expect(body).toContain('send you my notes, you send me the alarm data set')
    expect(body).toContain('Monday, 14 December')
    expect(body).not.toContain('?')
  })

  test.each([
    ['that hospital data is 80% plumbing', 'One thing stays with me: hospital data is 80% plumbing.'],
    [
      'She told me that she started as a nurse too',
      'One thing stays with me: you told me that you started as a nurse too.',
    ],
    ['Grace thinks I need no degree!', 'One thing stays with me: you think I need no degree.'],
    ['- learn SQL\n- read Tufte', 'One thing stays with me: learn SQL; read Tufte.'],
    ['Start with SQL', 'One thing stays with me: start with SQL.'],
    ['I do not want to do this', 'It helped to hear it from somebody who does the work.'],
    [Array(40).fill('long').join(' '), 'It helped to hear it from somebody who does the work.'],
  ])('of a thank-you takes up the note “%s”', (learned, expected) => {
    expect(drafted(compose('thank', { ...met, outcome: { learned } })).body).toContain(expected)
  })

  test.each([
    ['I said I would send her the article', 'What we agreed is on my list: send you the article.'],
    ["I'll let her know how the course goes", 'What we agreed is on my list: let you know how the course goes.'],
    ['promised to write a summary for her', 'What we agreed is on my list: write a summary for you.'],
    [
      'she will introduce me to Marc',
      'Thank you, too, for what you offered; I have made a note of it: you will introduce me to Marc.',
    ],
  ])('of a thank-you keeps the promise “%s”', (promised, expected) => {
    expect(drafted(compose('thank', { ...met, outcome: { promised } })).body).toContain(expected)
  })

  test('that closes the loop claims nothing about what the other side promised', () => {
    const draft = drafted(compose('close-the-loop', { ...met, outcome: { promised: 'she will introduce me to Marc' } }))
    expect(draft.body).not.toContain('It is done')
    expect(draft.alternative?.body).toContain('I would rather tell you so than go quiet')
  })

  test('that closes the loop says only what was noted, and marks what it cannot know', () => {
    const { body, because, alternative } = drafted(compose('close-the-loop', met))
    expect(body).toContain('It is done')
    expect(because).toContain('is true only if you have done it')
    expect(alternative?.body).not.toContain('It is done')
    for (const request of [withoutOutcome(met), { ...met, outcome: { learned: 'She said: do a pupillage first.' } }])
      expect(drafted(compose('close-the-loop', request)).body).not.toMatch(/done|put it to use|tried/)
  })

  test('takes advice out of the words that announce it', () => {
    const outcome = { learned: 'She said: do a pupillage first.' }
    expect(drafted(compose('close-the-loop', { ...met, outcome })).body).toContain(
      'I wrote this down after it: do a pupillage first.',
    )
    expect(drafted(compose('thank', { ...met, outcome })).body).toContain('stays with me: do a pupillage first.')
  })

  test('to pass on says who asks and about what, whatever was typed', () => {
    for (const [typed, expected] of [
      [{}, 'I am a nurse moving into data. I am trying to understand data work in hospitals.'],
      [{ topic: 'moving into data' }, 'I am thinking about moving into data.'],
      [{ topic: 'I want to move into data' }, 'I want to move into data.'],
      [{ topic: 'any job?' }, 'I am a nurse moving into data. I would like to learn about your work.'],
      [{ seeker: { ...met.seeker, introduction: '[who I am]' } }, 'I am trying to understand data work in hospitals.'],
    ] as [Partial<InterviewRequest>, string][]) {
      const { body } = drafted(compose('refer', { ...met, ...typed }))
      expect(body).toContain('“My name is Ada Lovelace. ')
      expect(body).toContain(expected)
    }
  })

  test('that takes up an old question says nothing about who put it off', () => {
    expect(drafted(compose('resume', ada)).body).toContain(
      'I wrote to you about data work in hospitals a while ago, and made a note to come back to it now.',
    )
  })

  test('that finds a new time for a talk keeps the length that was agreed', () => {
    const calledOff: InterviewRequest = met.meeting
      ? { ...met, meeting: { ...met.meeting, minutes: 45, status: 'cancelled' } }
      : met
    expect(drafted(compose('arrange', calledOff)).body).toContain('Would 45 minutes')
  })

  test.each(['none', 'Nobody yet', ' ', 'n/a'])('with “%s” for names asks for one', (names) => {
    expect(drafted(compose('refer', { ...met, outcome: { names } })).name).toBe('pointer')
  })

  test('leaves out notes that do not belong into a letter', () => {
    const outcome = { learned: 'maybe there is a job?', promised: 'find out [what]', names: 'who was it?' }
    for (const name of ['thank', 'refer', 'close-the-loop', 'keep-in-touch', 'gratitude'] as const) {
      expect(drafted(compose(name, { ...met, outcome })).body).not.toMatch(/job|\[|who was it/)
    }
  })

  test('without a meeting proposes one, without names asks for one', () => {
    expect(drafted(compose('invitation', ada)).name).toBe('arrange')
    expect(drafted(compose('day-before', ada)).name).toBe('arrange')
    expect(drafted(compose('refer', ada)).name).toBe('pointer')
  })

  test('of keeping in touch differs from the last one', () => {
    const touched = (times: number) => ({
      ...met,
      history: Array(times).fill({ event: 'kept-in-touch', at: '2027-01-04T09:00:00.000Z' }),
    })
    expect(new Set([0, 1, 2].map((times) => drafted(compose('keep-in-touch', touched(times))).body)).size).toBe(3)
    expect(reasonsToWrite(met)).toHaveLength(3)
  })
})

describe('whatever is typed', () => {
  const anything = fc.oneof(
    { weight: 3, arbitrary: fc.string({ unit: 'binary', maxLength: 160 }) },
    { weight: 2, arbitrary: fc.string({ unit: 'grapheme', maxLength: 100 }) },
    {
      weight: 4,
      arbitrary: fc
        .array(
          fc.constantFrom(
            "I'm",
            'I',
            'she',
            'her',
            'met',
            'We',
            'a',
            'nurse',
            'who',
            'your',
            'article',
            'on',
            'data',
            'PyCon',
            'in',
            'May',
            '?',
            '!',
            '…',
            '[',
            ']',
            '{{',
            '}}',
            '___',
            'job',
            'hiring',
            'attached',
            'Grace',
            'Hopper',
            'Ada',
            '$1',
            '$&',
            '\\',
            '"',
            '“',
            '<b>',
            'https://x.org/?a=1',
            '\r\n',
            'BEGIN:VALARM',
            '\u202e',
            '\u200d',
            '\u200f',
            '\u00ad',
            'العربية',
            '数据',
            'how',
            'do',
            'is',
            'through',
            'GRACE',
            '30 minutes',
            '45 minutes',
            'X'.repeat(40),
          ),
          { maxLength: 12 },
        )
        .map((words) => words.join(' ')),
    },
  )
  const anyRequest = fc
    .record({
      seeker: anything,
      contact: anything,
      introduction: anything,
      connection: fc.option(anything, { nil: undefined }),
      role: fc.option(anything, { nil: undefined }),
      organization: anything,
      topic: anything,
      note: anything,
      source: fc.constantFrom(...sources),
      channel: fc.constantFrom(...channels),
      goal: fc.constantFrom(...goals),
      minutes: fc.constantFrom(15, 20, 30),
      sane: fc.boolean(),
    })
    .map(
      ({ connection, role, note, channel, sane, seeker, contact, ...typed }): InterviewRequest => ({
        ...met,
        ...asTyped({
          ...typed,
          ...(sane ? {} : { seeker, contact }),
          ...(connection === undefined ? {} : { connection }),
          ...(role === undefined ? {} : { role }),
        }),
        channel,
        outcome: { learned: note, promised: typed.topic, names: typed.introduction },
      }),
    )

  test('a draft passes the lint, or something is asked; nothing throws', () => {
    fc.assert(
      fc.property(anyRequest, fc.constantFrom(...draftNames), (request, name) => {
        const composed = compose(name, request)
        if (composed.kind === 'ask') {
          expect(composed.asks.length).toBeGreaterThan(0)
          return
        }
        expect(lint(composed, request).filter(({ level }) => level === 'block')).toEqual([])
        expect(composed.body).toMatch(/[^\n]\n$/)
        expect(composed.body).not.toMatch(/\n{3}|undefined|\ue000/)
        expect(composed.body.isWellFormed()).toBe(true)
        expect(composed.subject).not.toMatch(/[\r\n]/)
      }),
      { numRuns: 3000 },
    )
  })

  test('the later drafts ask for a name or for nothing', () => {
    fc.assert(
      fc.property(anyRequest, fc.constantFrom(...draftNames.slice(2)), (request, name) => {
        for (const field of Object.keys(asked(compose(name, request))))
          expect(['contactName', 'seekerName']).toContain(field)
      }),
      { numRuns: 2000 },
    )
  })
})
