import type { InterviewRequest, Source } from '../request.ts'
import { article, clause, escaped, inner, nameOf, tidy } from './clauses.ts'

/**
 * How a clause that somebody typed becomes a sentence of a letter. A reading changes grammar only (person, article, a
 * verb's ending); when no reading fits, a frame with a colon takes the words as they are. Sentences come without their
 * full stop.
 */

type Reading = { when: RegExp; as: string | ((...match: string[]) => string) }

const read = (text: string, readings: readonly Reading[]): string | undefined => {
  for (const { when, as } of readings) {
    const match = when.exec(text)
    if (!match) continue
    if (typeof as === 'string') return text.replace(when, as)
    return as(...match.map((part) => part ?? '')) + text.slice(match.index + match[0].length)
  }
  return undefined
}

const lift = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

const withoutS = (verb: string): string =>
  ({ is: 'are', was: 'were', has: 'have', does: 'do', "isn't": "aren't", "wasn't": "weren't", "hasn't": "haven't" })[
    verb
  ] ??
  (/(?:ss|[^s]us|is|as)$/.test(verb)
    ? verb
    : /(?:ch|sh|ss|x|zz|o)es$/.test(verb)
      ? verb.slice(0, -2)
      : /[^aeiou]ies$/.test(verb)
        ? `${verb.slice(0, -3)}y`
        : verb.replace(/s$/, ''))

const objectFollows =
  'at|in|on|from|through|after|before|when|while|during|last|this|once|twice|to|and|for|about|via|by|since|there|again|because|over|with|of|as|online|briefly|my|our|the|an?|some|these|those|that|it|how|what|why|if|one|two|three'

/**
 * Speaks to the contact where the seeker spoke about them: "she supervised my thesis" and "Grace supervised my thesis"
 * both become "you supervised my thesis".
 */
export const addressed = (text: string, contactName: string): string => {
  const full = nameOf(contactName)
  const names = [full, full.split(' ').find((word) => !/\.$|^(?:dr|prof|mr|mrs|ms|mx|sir|dame)$/i.test(word))]
    .filter((name): name is string => !!name && /\p{L}{2}/u.test(name))
    .map(escaped)
    .join('|')
  const named = names
    ? new RegExp(`(?<![\\p{L}\\p{N}])(?:${names})(?![\\p{L}\\p{N}-])(?!['’]?\\s\\p{Lu})`, 'gu')
    : /$^/g
  return text
    .replace(new RegExp(`${named.source}['’]s`, 'gu'), 'your')
    .replace(named, (_name, ...rest) => {
      const [at, whole] = [rest.at(-2) as number, rest.at(-1) as string]
      return at === 0 || /(?:and|that|where|when|because|while),? $/i.test(whole.slice(0, at)) ? '\ue000' : 'you'
    })
    .replace(/^(?:s?he|they)(?=\s|['’])/i, '\ue000')
    .replace(/(\b(?:and|or|but|where|when|if|because|while)|[,;.]) s?he(?=\s|['’])/gi, '$1 \ue000')
    .replace(/\ue000['’]s /g, 'you are ')
    .replace(
      /\ue000((?: (?:also|once|still|now|often|\p{L}+ly))*) ([\p{L}']+)/gu,
      (_, adverbs: string, verb: string) => `you${adverbs} ${withoutS(verb)}`,
    )
    .replace(/\ue000/g, 'you')
    .replace(/\b(?:him|her)self\b/gi, 'yourself')
    .replace(/\b(heard|saw|watched|seen|listened to) (?:her|him|them) (?=speak\b|talk\b|present\b)/gi, '$1 you ')
    .replace(/\bhers\b/gi, 'yours')
    .replace(/\bhim\b/gi, 'you')
    .replace(/\bhis\b/gi, 'your')
    .replace(new RegExp(`\\bher(?=\\s*(?:$|[,.;:)–—-])|\\s(?:${objectFollows})\\b)`, 'gi'), 'you')
    .replace(/\bher\b/gi, 'your')
}

const verbs =
  'suggested|recommended|told|gave|mentioned|said|thought|introduced|pointed|encouraged|advised|referred|passed|connected|thinks|says|knows|knew|is|are|was|were|am|has|have|had|works|worked|lives|taught|teaches|supervised|supervises|hired|managed|helped|inspired|changed|made|got|led|convinced|showed|opened|stuck|stayed|caught|struck|spoke|explained|impressed|reminded|met|studied|went|graduated|shared|share|talked|introduces|names|lists|describes|came|comes|put|sat|runs|leads|heads'

const hasVerb = new RegExp(
  `^(?:(?!\\b(?:who|which|that|what|how|why|where|whom)\\b)[\\p{L}\\p{N}'’.,&()-]+\\s+){1,7}?(?:${verbs})\\b(?! by\\b)`,
  'iu',
)

/** A clause with a subject and a verb of its own, as far as common words tell. */
const standsAlone = (text: string): boolean =>
  /^(?:I|we|you|it|there|both of us|neither of us)(?:\s|['’])/i.test(text) || hasVerb.test(text)

const content =
  'posts?|articles?|talks?|podcasts?|books?|papers?|profile|essays?|comments?|interviews?|videos?|newsletters?|work|projects?|blog|blogs|threads?|panel|keynote|lectures?|presentation|webinar|research|report|episode|story|column|tutorial|course|workshop|series|career|path|piece|study|review|team|dashboard|library|thesis|speech|session|move|switch|change'
const isContent = new RegExp(`^(?:(?:[\\p{L}\\p{N}'’-]+\\s+){0,4}?)(?:${content})\\b`, 'iu')

const persons =
  'friend|colleague|classmate|flatmate|roommate|housemate|neighbou?r|boss|manager|supervisor|professor|teacher|tutor|mentor|lecturer|coach|trainer|adviser|advisor|team ?lead|mate|coworker|co-worker|cousin|uncle|aunt'

// What can stand at the beginning of a clause that left its subject out.
const dropped: readonly Reading[] = [
  {
    when: /^both (?=(?:members|graduates|students|alumni|alumnae|in|at|from|on|part|volunteers|fellows)\b)/i,
    as: 'We are both ',
  },
  { when: /^both /i, as: 'We both ' },
  { when: /^(?:met|first met|briefly met)(?= you\b)/i, as: (verb) => `I ${verb.toLowerCase()}` },
  {
    when: /^(?:met|first met|briefly met|bumped into each other|ran into each other)\b/i,
    as: (verb) => `We ${verb.toLowerCase()}`,
  },
  { when: /^(?=(?:worked|studied|lived|volunteered|taught|trained|played|sang) together\b)/i, as: 'We ' },
  { when: /^(?=(?:talked|spoke|chatted|sat|shared|exchanged|were|have|know|knew|used to) )/i, as: 'We ' },
  { when: /^in touch\b/i, as: 'We have been in touch' },
  {
    when: /^(?=(?:read|heard|saw|found|watched|attended|listened|came|follow|followed|got|liked|enjoyed|discovered|noticed|took|worked|studied|went|graduated|volunteered|interned|asked|used|use|learned|learnt|stumbled|reached|called|rang|visited|joined|was|am|have been)\b)/i,
    as: 'I ',
  },
  { when: /^same (?=\S)/i, as: 'We have the same ' },
  {
    when: /^(?:a )?(?:mutual|shared|common) /i,
    as: (start) => `We have ${/^a /i.test(start) ? '' : 'a '}${start.toLowerCase()}`,
  },
]

const startsSmall = (start: string, text: string): string => start + inner(text)

/** The subject and verb put in, when the clause begins with what follows them: "met at PyCon" is "We met at PyCon". */
const completed = (text: string): string | undefined => {
  if (/^(?:I|we|you|it|there|both of us|neither of us)(?:\s|['’])/i.test(text)) return lift(text)
  for (const { when, as } of dropped) {
    const match = when.exec(text)
    if (!match) continue
    const rest = text.slice(match[0].length)
    return typeof as === 'string' ? startsSmall(as, rest) : as(match[0]) + rest
  }
  return undefined
}

const institution =
  /\b(?:Society|Association|Institute|Institution|Union|Guild|Federation|Council|Network|Chamber|Academy|Club|Forum|Alliance|Board|Library|Museum|Gallery|Archives|Orchestra|Ministry)$/
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

const about = /^(?:your|her|his|the|a|an|this|that) /i

const becauseOfContent: Reading = {
  when: new RegExp(`^(?:(?:${content})\\b|.{0,60}?\\b(?:${content})\\b).*$`, 'iu'),
  as: (whole) => `${lift(about.test(whole) ? whole : `your ${inner(whole)}`)} is why I am writing`,
}

const plural =
  /^(?:your|the|these|those) (?:[\p{L}-]+ ){0,2}?(?:posts|articles|talks|podcasts|books|papers|essays|comments|interviews|videos|newsletters|projects|blogs|threads|lectures)\b/iu

const nouns = {
  'own-network': [
    {
      when: new RegExp(`^my (?:[\\p{L}-]+ ){0,4}?(?:${persons})\\b`, 'iu'),
      as: (start) => `I am turning to you as ${inner(start)}`,
    },
    {
      when: /^((?:an? )?)((?:[\p{L}-]+ ){0,3}?(?:friend|colleague|classmate|flatmate|roommate|housemate|neighbou?r|mate|coworker|co-worker|cousin)\b)/iu,
      as: (_all, _article, phrase) => `I am turning to you as ${article(phrase ?? '')} ${inner(phrase ?? '')}`,
    },
    {
      when: new RegExp(`^(?:[\\p{L}-]+ ){0,2}?(?:${persons})\\b`, 'iu'),
      as: (start) => `I am turning to you as my ${inner(start)}`,
    },
    { when: /^(?:at|from) /i, as: 'We know each other from ' },
    { when: /^(?:through|via|in|by way of|over) /i, as: (start) => `We know each other ${start.toLowerCase()}` },
  ],
  referral: [],
  linkedin: [],
  cold: [],
  'target-company': [
    { when: /^(?:(?:your|the|a) )?name (?=from\b|on\b)/i, as: 'I have your name ' },
    {
      when: /^(?:from )?(?:the )?(?=reception|switchboard|front desk|main number)/i,
      as: (start) => `I have your name from ${/the /i.test(start) ? 'the ' : ''}`,
    },
    {
      when: /^(?:on |through |via |from )?((?:your|the|their|our|a) )?(?=(?:[\p{L}-]+ ){0,3}(?:page|website|site|homepage|directory|org chart|brochure|annual report)\b)/iu,
      as: (_all, which) => `I found you through ${which && !/their/i.test(which) ? which.toLowerCase() : 'the '}`,
    },
  ],
  association: [
    { when: /^fellow /i, as: 'I am a fellow ' },
    { when: /^member of (?:the )?/i, as: 'I found you through the ' },
  ],
  alumni: [
    { when: /^fellow /i, as: 'I am a fellow ' },
    {
      when: /^(?:the )?(?=.*\b(?:directory|network|office|database|portal|platform)\b)/i,
      as: 'I found you through the ',
    },
  ],
  event: [
    { when: /^at /i, as: 'We were both at ' },
    {
      when: /^(?:after|during|following) /i,
      as: (start) =>
        `I am writing ${/^f/i.test(start) ? 'after ' : start.toLowerCase().replace('during', 'because of')}`,
    },
  ],
} as const satisfies Record<Source, readonly Reading[]>

/** Names a thing by itself: "University of Leeds, 2015", "PyCon in May". */
const isName = (text: string): boolean =>
  /^(?:the )?(?:\p{Lu}|\p{Lo}|\d)/iu.test(text) && /^(?:the )?(?:[\p{Lu}\p{Lo}\d])/u.test(text) && wordCount(text) <= 12

const wordCount = (text: string): number => text.split(' ').length

const frames = {
  'own-network': (text) =>
    isName(text) ? `We know each other from ${withThe(text)}` : `A reminder of how we know each other: ${inner(text)}`,
  referral: (text) =>
    `${lift(text.replace(/\s+[-–—]\s+/g, ', '))}${/,/.test(text) || /\s[-–—]\s/.test(text) ? ',' : ''} suggested that I get in touch with you`,
  linkedin: (text) => `What made me write to you: ${inner(text)}`,
  cold: (text) => `What made me write to you: ${inner(text)}`,
  'target-company': (text) => `What made me write to you: ${inner(text)}`,
  association: (text) =>
    isName(text)
      ? `I found you through ${withThe(text.replace(/ members?(?:hip)?$/i, ''))}`
      : `What links us: ${inner(text)}`,
  alumni: (text) => (isName(text) ? `We share a school: ${text}` : `What links us: ${inner(text)}`),
  event: (text) => (isName(text) ? `We were both at ${text}` : `Where our paths crossed: ${inner(text)}`),
} as const satisfies Record<Source, (text: string) => string>

const byReferrer: readonly Reading[] = [
  {
    when: /^(?:I (?:was|got|am) )?(?:referred|recommended|suggested|introduced|sent|pointed|advised)(?: to (?:you|her|him))? (?:by|from) (.+)$/i,
    as: (_all, who) => frames.referral(who ?? ''),
  },
  { when: /^(?:through|via|from|by|thanks to) (.+)$/i, as: (_all, who) => frames.referral(who ?? '') },
]

const uncapitalised = /^\p{Ll}[\p{Ll}'’-]+(?: \p{Ll}[\p{Ll}'’-]+)?$/u
const relations = /^(?:my|our|your|a|an|the|one|some|his|her)\b/i

/** What links the two, as the first sentence of the letter; nothing when the seeker named no link. */
export const connectionSentence = ({ contact }: Pick<InterviewRequest, 'contact'>): string | undefined => {
  const typed = clause(contact.connection ?? '').replace(/^(?:because|that|since) (?=\p{L})/iu, '')
  if (!typed) return undefined
  const { source } = contact
  const text = addressed(typed, contact.name)
  if (source === 'referral') {
    const referred = read(text, byReferrer)
    if (referred) return referred
    if (standsAlone(text))
      return lift(
        text.replace(
          /\b((?:suggested|recommended|said|thought)(?: that)? I (?:should |could |might )?(?:write|reach out)|(?:told|asked|encouraged|advised) me to (?:write|reach out))$/i,
          '$1 to you',
        ),
      )
    return completed(text) ?? frames.referral(uncapitalised.test(text) && !relations.test(text) ? nameOf(text) : text)
  }
  const ready = completed(text)
  if (ready)
    return source === 'alumni' && /^I (?:studied|went|graduated)\b/.test(ready)
      ? `${ready}, so we share a school`
      : ready
  const named = read(text, nouns[source])
  if (named) return named
  const thing = text.replace(/^(?:about |on )/i, '')
  if (
    (about.test(thing) || source === 'linkedin' || source === 'cold') &&
    isContent.test(thing) &&
    !hasVerb.test(thing) &&
    !(isName(thing) && source === 'event')
  ) {
    const why = read(thing, [becauseOfContent])
    if (why) return plural.test(why) ? why.replace(/ is why I am writing$/, ' are why I am writing') : why
  }
  if (standsAlone(text)) return lift(text)
  return frames[source](text)
}

const capitalised = /\p{Lu}[\p{L}'’.-]*(?: (?:(?:van|von|der|den|de|da|di|du|del|la|bin|al) )*\p{Lu}[\p{L}'’.-]*)*/u
const notNames =
  /^(?:My|Our|Your|The|A|An|We|I|I['’]m|I['’]ve|Through|Via|From|By|Thanks|Both|She|He|They|You|Referred|Introduced|Recommended|Suggested|It|One|Some) ?/

/** Who suggested the letter, when a name can be made out. */
export const referrerOf = ({ contact }: Pick<InterviewRequest, 'contact'>): string | undefined => {
  const typed = clause(contact.connection ?? '')
  if (uncapitalised.test(typed) && !relations.test(typed)) return nameOf(typed)
  let rest = typed
  while (notNames.test(rest)) rest = rest.replace(notNames, '')
  const name = capitalised.exec(rest)?.[0]?.replace(/['’]s$|\.$/, '')
  if (!name || wordCount(name) > 4) return undefined
  return nameOf(contact.name).includes(name) ? undefined : name
}

const person =
  /(?:^|[\s-])(?:student|nurse|chef|cook|clerk|vet|postdoc|graduate|grad|undergraduate|undergrad|candidate|parent|mum|mom|dad|veteran|pilot|athlete|alum|alumna|alumnus|apprentice|intern|lead|rep|representative|executive|guide|lawyer|solicitor|paralegal|carer|changer|starter|freelance|analyst|architect|barista|advocate|associate|trainee|employee|attorney|cadet|refugee|entrepreneur|nanny|concierge|agent|resident|linguist|paramedic|mechanic|cleric|priest|pharmacist|banker|monk|chemist|activist|therapist|polymath|creative|comedian|freelancer|fellow|midwife|secretary|geek|novice|doctor|barista|bartender|[\p{L}]+(?:er|or|ist|ian|eer|man|woman|person|ant))$/iu
const noPerson =
  /(?:^|[\s-])(?:career|computer|center|summer|winter|autumn-?er|paper|power|matter|order|number|former|other|after|over|under|water|master|behaviou?r|factor|sector|interior|never|however|rather|restaurant|important|relevant|labor|quarter|semester|chapter|letter|better|later|either|whether|together|per|her|for|or|plant|minor|junior|senior|major)$/i
const headEnds =
  /\s(?:with|at|in|from|who|that|moving|turning|turned|looking|hoping|trying|working|studying|interested|based|and|of|for|by|on|to|about|currently|now|transitioning|switching|exploring|considering|aspiring|wanting|specialising|specializing|finishing|returning|retraining|learning|&|\/|\|)(?:\s|$)|[,;:(.|/]|\s[-–—]\s/iu

const bareParticiple =
  /^(?:currently|recently|just|newly|originally|formerly)? ?(?:graduated|finished|completed|moved|left|qualified|started|became|switched|studied|worked|trained|spent|retired from|quit|changed)\b/i
const afterAm = /^(?:an?|the|one of|your|currently|now|about to|soon|also|still|at present|presently|no longer|not)\b/i
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
  const bare = text.replace('\ue000', '').trim()
  if (!bare || new RegExp(`^(?:${names})$`, 'iu').test(bare)) return ''
  if (text.startsWith('\ue000')) return `I am ${inner(bare)}`
  if (/^(?:I['’]?\s?(?:ve|d|ll)?|we|my|our)\b/i.test(bare) || /\bI(?:['’](?:m|ve|d))?\s/.test(bare)) return lift(bare)
  if (bareParticiple.test(bare)) return `I ${inner(bare)}`
  if (afterAm.test(bare)) return `I am ${inner(bare)}`
  if (
    /^(?:ph\.?d|m\.?sc|b\.?sc|mba|ba|ma|master['’]?s|bachelor['’]?s|degree|diploma)(?: degree)? (?:in|from) /i.test(
      bare,
    )
  ) {
    return `I have ${article(bare)} ${inner(bare)}`
  }
  const head = bare.split(headEnds, 1)[0]?.trim() ?? ''
  if (person.test(head) && !noPerson.test(head) && wordCount(head) <= 6)
    return `I am ${article(inner(head))} ${inner(bare)}`
  if (laterAm.test(bare)) return `I am ${inner(bare)}`
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
    when: /^(is|are) (.+?) (?=(?:right|good|worth|possible|realistic|a|an|the|still|too|better|hard|easy|for|open|enough|really|something|what)\b)/i,
    as: (_all, verb, who) => `whether ${who} ${verb?.toLowerCase()} `,
  },
  { when: /^am I (?=\S)/i, as: 'whether I am ' },
]

const doing =
  /^(?:moving|getting|becoming|switching|changing|breaking|starting|running|building|going|leaving|returning|retraining|transitioning|working|making|doing|being|living|entering|training|joining|founding|opening) \S/i

export type Topic = {
  /** What the letter says the seeker is trying to find out, made to follow "understand". */
  text: string
  /** Its grammar: a thing, something to do, an indirect question, a sentence of its own, or a question that resists. */
  form: 'thing' | 'doing' | 'question' | 'sentence' | 'open'
}

/** What the talk is to be about. */
export const topicOf = ({ topic }: Pick<InterviewRequest, 'topic'>): Topic => {
  const typed = clause(topic)
  const stripped = typed.replace(wants, '').replace(/^(?:about|on|the topic of|questions? (?:about|on)) (?=\S)/i, '')
  const text = stripped || typed
  const turned = read(text, inversion)
  if (turned) return { text: inner(turned.replace(/\bI am I\b/, 'I am')), form: 'question' }
  if (
    /^(?:is|are|does|did|has|have|do|can|could|should|would|will) (?=\S)/i.test(text) ||
    /^(?:how|why|where|when|what|who|which)(?: \S+)? (?:does|did) /i.test(text)
  ) {
    return { text: inner(text), form: 'open' }
  }
  if (/^(?:how|what|why|where|when|which|who|whether|if)\b/i.test(text))
    return { text: inner(text.replace(/^if\b/i, 'whether')), form: 'question' }
  if (/^(?:I|we|my)(?:\s|['’])/i.test(text) && /^(?:I|we)\b/i.test(text)) return { text, form: 'sentence' }
  return { text: inner(text), form: doing.test(text) ? 'doing' : 'thing' }
}

/** A topic short enough for a subject line, and for "about …". */
export const briefTopic = (request: Pick<InterviewRequest, 'topic'>, words = 4): string | undefined => {
  const { text, form } = topicOf(request)
  return (form === 'thing' || form === 'doing') && wordCount(text) <= words && text.length <= 40 ? text : undefined
}

const unique =
  /^(?:(?:deputy |assistant |acting |former )?(?:head|director|chief|president|chair|dean|vp|cto|ceo|cfo|coo|cio|ciso|vice|team lead|lead|managing|principal|secretary) |(?:cto|ceo|cfo|coo|cio|ciso|vp)$)|\b(?:lead|manager|director|officer|head)$/i
const belongs = /^(?:the )?(owner|founder|co-founder|president|chair|director|head|dean|manager)$/i
const oneOfMany =
  /\b(?:developer|engineer|analyst|scientist|designer|researcher|associate|consultant|journalist|nurse|advocate|writer|teacher|lecturer|statistician|professor|doctor|lawyer|architect|librarian|midwife|specialist|technician|student|fellow|assistant|coordinator|curator|accountant|economist|planner|producer|translator|chemist|biologist|physicist|recruiter|editor|reporter|programmer|trader|investor|partner|planner|buyer|surveyor|pharmacist|therapist|psychologist)$/i

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
