import type { AskBack, AskedField, DraftName } from '../drafts.ts'
import { asks, attachment, bannedWords, type Finding, placeholders } from '../lint.ts'
import { firstName, type InterviewRequest, type Source } from '../request.ts'
import { clause, isShouted, nameOf, tidy, wordsIn } from './clauses.ts'
import { introductionSentence, topicOf } from './readings.ts'

/** Sources that need no link of their own, as long as the contact's role says why it is this person. */
const roleWillDo = ['own-network', 'linkedin', 'target-company', 'cold'] as const satisfies readonly Source[]

const missingLink = {
  'own-network': (name) =>
    `How do you and ${name} know each other? One line is enough, such as “You supervised my thesis in 2021”.`,
  referral: () => 'Who gave you this name, and may you say so? Their name will be the first thing in the letter.',
  linkedin: (name) =>
    `What did you see on ${name}’s profile that made you stop: a post, a project, a change of direction? If it was the role, fill that in instead.`,
  association: () => 'Which association is it, and what do you share: a membership, a working group, a talk you heard?',
  alumni: () => 'Which school do you share, and what else, if anything: the course, the year, a teacher?',
  'target-company': (name) =>
    `How did you come by ${name}’s name: the team page, an article, the front desk? If you only know the role, fill that in instead.`,
  event: () => 'Where did your paths cross, and what did you talk about or hear? The place and the month will do.',
  cold: (name) =>
    `What by ${name} did you read, watch or hear? Name the one piece: without it, this letter could go to anybody.`,
} as const satisfies Record<Source, (name: string) => string>

type Asking = AskBack['asks'][number]

const labels = {
  connection: 'what links you',
  introduction: 'the line about you',
  topic: 'your topic',
  contactRole: 'the role',
} as const

const unsayable = (field: keyof typeof labels, text: string): string | undefined => {
  const blank = placeholders.exec(text)?.[0]
  if (blank) return `“${blank}” in ${labels[field]} looks like a blank. What belongs there?`
  if (field === 'contactRole') return undefined
  for (const { word, why } of bannedWords) {
    const found = word.exec(text)?.[0]
    if (found) return `Could you say ${labels[field]} without “${found}”? ${why}`
  }
  if (attachment.test(text)) {
    return `Could you say ${labels[field]} without the CV or the attachment? A first letter travels light; they will ask for it if they want it.`
  }
  return asks(text)
    ? `There is a question inside ${labels[field]}, and the letter should ask one thing only. Could you put it as a statement?`
    : undefined
}

const nameAsks = ({ seeker, contact }: InterviewRequest): Asking[] => {
  const question = (field: 'contactName' | 'seekerName', text: string): string | undefined => {
    const whose = field === 'contactName' ? 'the person you write to' : 'yourself'
    const name = nameOf(text)
    if (!/[\p{L}\p{N}]/u.test(name)) return `How do you write the name of ${whose}?`
    if (placeholders.test(name) || asks(name) || isShouted(name) || wordsIn(name) > 12)
      return `Could you write the name of ${whose} as it would stand on an envelope?`
    return undefined
  }
  return [
    { field: 'contactName' as const, question: question('contactName', contact.name) },
    { field: 'seekerName' as const, question: question('seekerName', seeker.name) },
  ].flatMap(({ field, question: asked }) => (asked ? [{ field, question: asked }] : []))
}

const isFirst = (draft: DraftName): boolean => draft === 'draft' || draft === 'draft-short'

/** What has to be asked before this draft can be written, one question a field. */
export const askBack = (draft: DraftName, request: InterviewRequest): Asking[] => {
  const names = nameAsks(request)
  if (!isFirst(draft)) return names
  const { seeker, contact } = request
  const name = firstName(nameOf(contact.name)) || 'this person'
  const link = clause(contact.connection ?? '')
  const role = clause(contact.role ?? '')
  const asked: [AskedField, string | undefined][] = [
    [
      'connection',
      link
        ? unsayable('connection', link)
        : role && (roleWillDo as readonly Source[]).includes(contact.source)
          ? undefined
          : missingLink[contact.source](name),
    ],
    ['contactRole', role ? unsayable('contactRole', role) : undefined],
    [
      'introduction',
      introductionSentence(request)
        ? unsayable('introduction', clause(seeker.introduction))
        : `Who are you, in one clause that means something to ${name}? For instance “a nurse moving into data”.`,
    ],
    [
      'topic',
      clause(request.topic)
        ? (unsayable('topic', clause(request.topic)) ??
          (topicOf(request).form === 'open'
            ? `Your letter already asks ${name} one thing, the talk itself. Could you put the topic as a theme, or begin it with “how” or “whether”? “Whether a nurse can move into data” would do.`
            : undefined))
        : `What would you like to talk about with ${name}? A field or a theme is enough, such as “data work in hospitals”.`,
    ],
    [
      'organization',
      !/[\p{L}\p{N}]/u.test(tidy(contact.organization)) || placeholders.test(contact.organization)
        ? `Where does ${name} work? The name of the organisation as people say it will do.`
        : undefined,
    ],
  ]
  return [...names, ...asked.flatMap(([field, question]) => (question ? [{ field, question }] : []))]
}

const envelope = 'Could you check both names, yours and theirs? Write them as they would stand on an envelope.'

/** What to ask when even the leanest wording broke a rule: a name, or the clause that takes up most of the room. */
export const asksAfter = (
  draft: DraftName,
  findings: readonly Finding[],
  { seeker, contact, topic }: InterviewRequest,
): Asking[] => {
  const broken = new Set(findings.filter(({ level }) => level === 'block').map(({ rule }) => rule))
  const nameBroken = broken.has('recipient') || broken.has('signature') || broken.has('shouting')
  if (nameBroken || !isFirst(draft)) return [{ field: 'contactName', question: envelope }]
  const clauses: { field: AskedField; text: string }[] = [
    { field: 'connection', text: contact.connection ?? '' },
    { field: 'introduction', text: seeker.introduction },
    { field: 'topic', text: topic },
    { field: 'contactRole', text: contact.role ?? '' },
    { field: 'organization', text: contact.organization },
  ]
  const longest = clauses.reduce((one, other) => (wordsIn(other.text) > wordsIn(one.text) ? other : one))
  const what = {
    connection: 'what links you two in one short sentence',
    introduction: 'who you are in one short clause',
    topic: 'your topic in a few words',
    contactRole: 'the role in two or three words',
    organization: 'the name of the organisation as people say it',
    contactName: 'the name',
    seekerName: 'your name',
  } as const satisfies Record<AskedField, string>
  return [
    {
      field: longest.field,
      question: `Could you give ${what[longest.field]}? The letter has room for about a hundred words, and the shorter it is, the likelier the answer.`,
    },
  ]
}
