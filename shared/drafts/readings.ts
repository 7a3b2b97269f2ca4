import type { InterviewRequest } from '../request.ts'
import { addressed } from './address.ts'
import {
  article,
  clause,
  escaped,
  inner,
  lowered,
  nameOf,
  type Reading,
  raised,
  read,
  tidy,
  wordsIn,
} from './clauses.ts'

/**
 * How what somebody typed about themselves, the topic and the contact becomes words of a letter. A reading changes
 * grammar only (person, article, a verb's ending); when none fits, a frame with a colon takes the words as they are.
 * Sentences come without their full stop.
 */

const institution =
  /\b(?:Society|[Aa]ssociation|[Cc]hapter|[Bb]ranch|Institute|Institution|Union|Guild|Federation|Council|Network|Chamber|Academy|Club|Forum|Alliance|Board|Library|Museum|Gallery|Archives|Orchestra|Ministry)$/
const initials = /^(?:BBC|NHS|UN|EU|WHO|OECD|IMF|ECB|FDA|EPA|ONS|FBI|RSPB)$/
/** "the" where a reader would miss it: the University of Leeds, the Royal Statistical Society. */
export const withThe = (name: string): string =>
  /^(?:University|Ministry|Department|Institute|Office|Bank|Museum|College|City|School|Faculty|Technical University|Port|Government|Council|Federation|Society|Association|Guild) (?:of|for)\b/.test(
    name,
  ) ||
  initials.test(name) ||
  (institution.test(name) &&
    /^\p{Lu}/u.test(name) &&
    !/^(?:The|My|Our|Your)\b/.test(name) &&
    !/^\S+$/.test(name) &&
    !/['’]s /.test(name))
    ? `the ${name}`
    : name

const person =
  /(?:^|[\s-])(?:student|nurse|chef|cook|clerk|vet|postdoc|graduate|grad|undergraduate|undergrad|candidate|parent|mum|mom|dad|veteran|pilot|athlete|alum|alumna|alumnus|apprentice|intern|lead|rep|representative|executive|guide|paralegal|freelance|professional|exec|enthusiast|cpa|rn|gp|analyst|architect|advocate|associate|trainee|employee|attorney|cadet|refugee|entrepreneur|nanny|concierge|agent|resident|paramedic|mechanic|cleric|priest|monk|polymath|creative|fellow|midwife|secretary|geek|novice|barista|[\p{L}]+(?:er|or|ist|ian|eer|man|woman|person|ant))$/iu
const noPerson =
  /(?:^|[\s-])(?:career|computer|center|summer|winter|autumn-?er|paper|power|matter|order|number|former|other|after|over|under|water|master|behaviou?r|factor|sector|interior|never|however|rather|restaurant|important|relevant|labor|quarter|semester|chapter|letter|better|later|either|whether|together|per|her|for|or|plant|minor)$/i
const headEnds =
  /\s(?:with|at|in|from|who|that|moving|turning|turned|looking|hoping|trying|working|studying|interested|based|and|of|for|by|on|to|about|currently|now|transitioning|switching|exploring|considering|aspiring|wanting|specialising|specializing|finishing|returning|retraining|learning|&|\/|\|)(?:\s|$)|[,;:(.|/]|\s[-–—]\s/iu

const bareParticiple =
  /^(?:currently|recently|just|newly|originally|formerly)? ?(?:graduated|finished|completed|moved|left|qualified|started|became|switched|studied|worked|trained|spent|retired from|quit|changed)\b/i
const afterAm =
  /^(?:an?|the|one of|someone|somebody|your|currently|now|about to|soon|also|still|at present|presently|no longer|not)(?=\s|$)/i
const laterAm =
  /^(?:in my|in the|in his|in her|at the|between|based|working|studying|training|moving|finishing|looking|hoping|trying|returning|retraining|switching|changing|considering|exploring|learning|teaching|leaving|living|doing|writing|retired|new to|interested|self-taught|self-employed|unemployed|curious|passionate|keen|recently retired|from|transitioning|pursuing|completing|preparing|on a|on the|head of|director of|president of|chair of|vice[- ]president|co-founder|founder of)\b/i

/** Who the seeker is, as one sentence. Empty when nothing but a name is left. */
export const introductionSentence = ({ seeker }: Pick<InterviewRequest, 'seeker'>): string => {
  const name = nameOf(seeker.name)
  const names = [name, name.split(' ')[0] ?? name].map(escaped).join('|')
  const text = clause(seeker.introduction)
    .replace(/^(?:hi|hello|hey|dear all)\b[\s,!.–-]*/i, '')
    .replace(
      /^my name(?:['’]s| is) [^,.;:–—]{1,60}?(?:,? and (?=I\b|am\b)|[,.;:] ?|\s[-–—]\s?|$)(?:and )?(?:am (?=\p{L}))?/iu,
      '',
    )
    .replace(
      new RegExp(`^(?:I am|I['’]m|this is|it['’]s) (?:${names})(?=$|[,.;–—]|\\sand\\b)[\\s,.;–—]*(?:and )?`, 'iu'),
      '',
    )
    .replace(new RegExp(`^(?:${names})(?:,| is| [-–—]) `, 'iu'), '')
    .replace(/^(?:s?he is|i am|i['’]m|am) (?=\S)/i, '\ue000')
  const bare = text
    .replace('\ue000', '')
    .replace(/, (?=want to |hope to |plan to )/i, ' and ')
    .trim()
  if (!bare || new RegExp(`^(?:${names})$`, 'iu').test(bare)) return ''
  if (text.startsWith('\ue000')) return `I am ${inner(bare)}`
  if (/^(?:I['’]?\s?(?:ve|d|ll)?|we|my|our)\b/i.test(bare) || /\bI(?:['’](?:m|ve|d))?\s/.test(bare)) return raised(bare)
  if (bareParticiple.test(bare)) return `I ${lowered(bare)}`
  if (afterAm.test(bare)) return `I am ${lowered(bare)}`
  if (
    /^(?:ph\.?d|m\.?sc|b\.?sc|mba|ba|ma|master['’]?s|bachelor['’]?s|degree|diploma)(?: degree)? (?:in|from) /i.test(
      bare,
    )
  ) {
    return `I have ${article(bare)} ${inner(bare)}`
  }
  const head = bare.split(headEnds, 1)[0]?.trim() ?? ''
  if (person.test(head) && !noPerson.test(head) && wordsIn(head) <= 6)
    return `I am ${article(inner(head))} ${inner(bare)}`
  if (laterAm.test(bare)) return `I am ${lowered(bare)}`
  return `About me: ${inner(bare)}`
}

const wants =
  /^(?:(?:i(?: am|['’]m)? |i['’]d |we )?(?:would |really |also |just )*(?:want|wanting|like|love|hope|hoping|trying|looking|need|wish|keen|interested|curious)(?: in| about)? (?:to )?)?(?:to )?(?:learn|learning|know|knowing|understand|understanding|find out|finding out|hear|hearing|talk|talking|ask|asking|explore|exploring|see)(?: (?:more|a bit|something|everything|all))*(?: (?:about|on|into))? (?=\S)/i

const inversion: readonly Reading[] = [
  {
    when: /^((?:how|why|where|when|what|who)(?: (?:else|exactly|much|many|long|often|far|kind of \S+|sort of \S+|\S+ly))*|(?:which|what|how many) \S+(?: \S+)??) (?:do) (?=\S)/i,
    as: '$1 ',
  },
  {
    when: /^((?:how|why|where|when|what|who)(?: \S+)??|(?:which|what) \S+(?: \S+)??) (can|could|should|would|will|is|are|am|was|were|must|might|has|have) (I|we|you|they|it|he|she|one|people|there)(?= |$)/i,
    as: '$1 $3 $2',
  },
  {
    when: /^(?:should|can|could|would|will|must) (I|we|you|they|it|one|people|(?:an?|the) \S+) /i,
    as: (all, who) => `whether ${who} ${all.split(' ')[0]?.toLowerCase()} `,
  },
  { when: /^do (I|we|you|they|people|\S+s) (?=\S)/i, as: 'whether $1 ' },
  {
    when: /^(is|are) (.+?) (?=(?:right|good|worth|possible|realistic|a|an|the|still|too|better|hard|easy|for|open|enough|really|something|what|needed|necessary|required|useful|helpful|important|growing|changing|dying|like)\b)/i,
    as: (_all, verb, who) => `whether ${who} ${verb?.toLowerCase()} `,
  },
  { when: /^am I (?=\S)/i, as: 'whether I am ' },
]

const thirdPerson = (verb: string): string =>
  /(?:o|ss|x|ch|sh)$/.test(verb) ? `${verb}es` : /[^aeiou]y$/.test(verb) ? `${verb.slice(0, -1)}ies` : `${verb}s`

const whWord = '(?:how|why|where|when|what|who|which)(?: (?!does)\\S+)?'
const theOne = '(?:an?|the|your|my|this|one|it|someone|somebody)'
const turning: readonly Reading[] = [
  ...inversion,
  {
    // "what does a product manager do all day": the verb is told by what verbs people ask about.
    when: new RegExp(
      `^(${whWord}) does (${theOne}(?: \\S+){0,3}?) (do|look|work|get|become|start|mean|take|need|make|learn|go|feel|spend|find|handle|decide|move|change|begin|choose|grow|know|pay off|stay|differ|compare|help|break)\\b`,
      'i',
    ),
    as: (_all, wh = '', who = '', verb = '') => `${wh} ${who} ${thirdPerson(verb)}`,
  },
  {
    when: new RegExp(
      `^(${whWord}) (is|are|will|can|should) (${theOne} \\S+) (?=\\S+ing\\b|like\\b|about\\b|for\\b|most\\b|needed\\b|done\\b|made\\b|become\\b|change\\b|look\\b)`,
      'i',
    ),
    as: '$1 $3 $2 ',
  },
  { when: /^to (?=\p{Ll}+ )/u, as: 'how to ' },
]

const doing =
  /^(?:moving|getting|becoming|switching|changing|breaking|starting|running|building|going|leaving|returning|retraining|transitioning|working|making|doing|being|living|entering|training|joining|founding|opening|finding|turning|setting up|applying|specialising|specializing) \S/i

export type Topic = {
  /** What the letter says the seeker is trying to find out, made to follow "understand". */
  text: string
  /** Its grammar: a thing, something to do, an indirect question, a sentence of its own, or a question that resists. */
  form: 'thing' | 'doing' | 'question' | 'sentence' | 'open'
}

// Nouns that miss their article where the rest of the phrase defines them.
const bareNouns: readonly Reading[] = [
  {
    when: /^(?:(?:day-to-day|daily|everyday|inner) )?(?:life|lives|work|workings?|role|path|culture|future|business|state|history|world|field|structure|art|craft|side|basics|realities|reality) of (?=\S)/i,
    as: (all = '') => `the ${lowered(all)}`,
  },
  {
    when: /^(?:transition|move|switch|shift|path|way|route|step) (?=(?:from|to|into|out of)\b)/i,
    as: (all = '') => `the ${lowered(all)}`,
  },
  {
    when: /^(?:career|role|degree|life|day) (?=(?:in|as|at)\b)/i,
    as: (all = '') => (/^life/i.test(all) ? lowered(all) : `a ${lowered(all)}`),
  },
]

/** What the talk is to be about, said to the contact. */
export const topicOf = ({ topic, contact }: Pick<InterviewRequest, 'topic' | 'contact'>): Topic => {
  const typed = addressed(clause(topic), contact.name)
  const stripped = typed
    .replace(wants, '')
    .replace(
      /^I(?: am|['’]m) (?:really |very |also )?(?:curious|interested|keen)(?: to (?:learn|know|hear))?(?: more)? (?:about|in|on) (?=\S)/i,
      '',
    )
    .replace(
      /^(?:(?:some )?(?:advice|tips?|insights?|information|questions?|guidance|thoughts?) (?:about|on|for|into|regarding)|about|on|the topic of) (?=\S)/i,
      '',
    )
  const text = stripped || typed
  const turned = read(text, turning)
  if (turned) return { text: lowered(turned.replace(/\bI am I\b/, 'I am')), form: 'question' }
  if (
    /^(?:is|are|does|did|has|have|do|can|could|should|would|will) (?=\S)/i.test(text) ||
    /^(?:how|why|where|when|what|who|which)(?: \S+)? (?:does|did|is|are|can|will|should) (?:the|an?|your|you|they|we|I|my|this) /i.test(
      text,
    )
  ) {
    return { text: lowered(text), form: 'open' }
  }
  if (/^(?:how|what|why|where|when|which|who|whether|if)\b/i.test(text)) {
    return { text: lowered(text.replace(/^if\b/i, 'whether')), form: 'question' }
  }
  if (/^(?:I|we)(?:\s|['’])/i.test(text)) return { text, form: 'sentence' }
  if (doing.test(text)) return { text: lowered(text), form: 'doing' }
  return { text: read(text, bareNouns) ?? inner(text), form: 'thing' }
}

/** A topic short enough for a subject line, and for "about …". */
export const briefTopic = (request: Pick<InterviewRequest, 'topic' | 'contact'>, words = 4): string | undefined => {
  const { text, form } = topicOf(request)
  return (form === 'thing' || form === 'doing') && wordsIn(text) <= words && text.length <= 40 ? text : undefined
}

const unique =
  /^(?:(?:deputy |assistant |acting |former )?(?:head|director|chief|president|chair|dean|vp|cto|ceo|cfo|coo|cio|ciso|vice|team lead|lead|managing|principal|secretary) |(?:cto|ceo|cfo|coo|cio|ciso|vp)$)|\b(?:lead|manager|director|officer|head)$/i
const belongs = /^(?:the )?(owner|founder|co-founder|president|chair|director|head|dean|manager)$/i
const oneOfMany =
  /\b(?:developer|engineer|analyst|scientist|designer|researcher|associate|consultant|journalist|nurse|advocate|writer|teacher|lecturer|statistician|professor|doctor|lawyer|architect|librarian|midwife|specialist|technician|student|fellow|assistant|coordinator|curator|accountant|economist|producer|translator|chemist|biologist|physicist|recruiter|editor|reporter|programmer|trader|investor|partner|planner|buyer|surveyor|pharmacist|therapist|psychologist)$/i

/** The organisation as it stands in a sentence. */
export const organizationOf = ({ contact }: Pick<InterviewRequest, 'contact'>): string =>
  withThe(clause(contact.organization) ? tidyEnd(contact.organization) : '')

const tidyEnd = (text: string): string => tidy(text).replace(/[\s,;:]+$/u, '')

/** The contact's role, to follow "as": "Head of Data", "a data scientist", "the owner of"; nothing for what is no role. */
export const roleOf = ({ contact }: Pick<InterviewRequest, 'contact'>): string | undefined => {
  const text = clause(contact.role ?? '')
  if (!text || /^(?:s?he|they|works?|working|leads|runs|manages|does|I)\b/i.test(text)) return undefined
  if (/^(?:an?|the|my|one of)\s/i.test(text)) return inner(text)
  if (belongs.test(text)) return `the ${text.toLowerCase()} of`
  if (unique.test(text)) return text
  if (/^\p{Lu}\p{Ll}+$/u.test(text) && person.test(text)) return `${article(text)} ${text.toLowerCase()}`
  return /^\p{Ll}/u.test(text) || oneOfMany.test(text)
    ? `${article(text)} ${/\s\p{Lu}/u.test(text) ? text : inner(text)}`
    : text
}

/** What the contact does, as the seeker knows it: "As Head of Data at Leeds General, you", to be followed by a verb. */
export const standing = (request: Pick<InterviewRequest, 'contact'>): string => {
  const organization = organizationOf(request)
  const role = roleOf(request)
  if (!role) return ''
  if (role.endsWith(' of')) return organization ? `${role} ${organization}` : ''
  const named = role.toLowerCase().includes(request.contact.organization.trim().toLowerCase())
  return named || !organization ? role : `${role} at ${organization}`
}
