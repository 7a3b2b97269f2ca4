import type { Part, Series } from '../shared/tips/series.ts'

/** A part with everything that an editor can write, among them signs that mean something to HTML and to SES. */
const everything: Part = {
  id: 'the-letter',
  title: 'Ask one question & no more',
  takeaway: 'What links you comes first; then one question, 20 minutes, and “thank you”.',
  delay: { days: 7, months: 0 },
  action: { label: 'Get a draft for one person', to: '/?from=tips&part=3' },
  body: [
    {
      p: [
        'Your message is read ',
        { em: ['standing up'] },
        ', between two other things. Fewer than < 90 words fit on the screen, and ',
        { strong: ['nobody ', { em: ['scrolls'] }] },
        '.',
      ],
    },
    { heading: 'What goes in' },
    {
      list: [
        [{ strong: ['What links you.'] }, ' Where you met, or who gave you the name.'],
        ['One question, as in ', { link: '/series/the-other-way-round/questions', of: ['our list of questions'] }, '.'],
        ['A way out: a no is fine.'],
      ],
      ordered: true,
    },
    { heading: 'What stays out' },
    {
      list: [
        ['your CV'],
        ['the word ', { em: ['vacancy'] }],
        [
          'praise that fits everybody; the ',
          { link: 'https://example.com/praise?a=1&b=2', of: ['study of ', { em: ['praise'] }] },
          ' counts {some} of it',
        ],
      ],
    },
    { p: ['Kofi, who teaches chemistry in Accra, wrote:'] },
    {
      quote: [
        ['Dear Esi Boateng,'],
        [
          'At the science teachers’ day in Kumasi you explained why tap water smells different after the first rains. My pupils have asked me about it ever since.',
        ],
        ['Would you have ', { strong: ['20 minutes'] }, ' for a call in the next two weeks?'],
        ['Kofi Asante'],
      ],
    },
    { heading: 'This week' },
    { p: ['Choose one person, and ', { link: '/', of: ['fill in our form'] }, '. It takes about three minutes.'] },
  ],
}

const withdrawn: Part = {
  id: 'gone',
  title: 'What nobody gets any more',
  takeaway: 'It was withdrawn.',
  delay: { days: 7, months: 0 },
  withdrawn: true,
  body: [{ p: ['Nothing.'] }],
}

/** The series that tests know, with a part of every kind. */
export const fixtureSeries: Series = {
  id: 'the-other-way-round',
  title: 'The other way round – à l’envers',
  lead: 'Short mails on asking people about their work. Whom to ask, what to write, and how to lead the talk.',
  intro: [
    { p: ['In a job interview they ask and you answer. Here it is the other way round: ', { em: ['you'] }, ' ask.'] },
    { p: ['The people in the examples are invented.'] },
  ],
  parts: [
    {
      id: 'you-ask',
      title: 'You ask the questions',
      takeaway: 'It is research, and you lead.',
      delay: { days: 0, months: 0 },
      body: [{ p: ['You are not applying for anything.'] }, { heading: 'This week' }, { p: ['Write one sentence.'] }],
    },
    everything,
    withdrawn,
    {
      id: 'questions',
      title: 'Questions that open people',
      takeaway: 'Story first, advice later, the next name last.',
      delay: { days: 3, months: 0 },
      only: 'scheduled',
      correction: '2027-01-15',
      body: [{ p: ['Begin with their story.'] }],
    },
    {
      id: 'later',
      title: 'A month on',
      takeaway: 'Tell them what came of it.',
      delay: { days: 0, months: 1 },
      body: [{ p: ['Write again.'] }],
    },
  ],
  edition: 'fixture',
}

export const partNamed = (id: string): Part => {
  const found = fixtureSeries.parts.find((part) => part.id === id)
  if (!found) throw new Error(`No part ${id} in the fixture`)
  return found
}

/** A series of one short part. */
export const seriesOf = (id: string, title: string): Series => ({
  id,
  title,
  lead: `What “${title}” is about.`,
  intro: [],
  parts: [partNamed('you-ask')],
  edition: 'fixture',
})
