import type { InterviewRequest, Source } from '../request.ts'
import { addressed } from './address.ts'
import { article, clause, inner, lowered, nameOf, type Reading, raised, read, wordsIn } from './clauses.ts'
import { withThe } from './readings.ts'

/** How the clause on what links the two becomes the first sentence of the letter. Sentences come without full stop. */

const verbs =
  'suggested|recommended|told|gave|mentioned|said|thought|introduced|pointed|encouraged|advised|referred|passed|connected|thinks|says|knows|knew|is|are|was|were|am|has|have|had|works|worked|lives|taught|teaches|supervised|supervises|managed|helped|inspired|changed|made|got|led|convinced|showed|opened|stuck|stayed|caught|struck|spoke|explained|impressed|reminded|met|studied|went|graduated|shared|share|talked|introduces|names|lists|describes|came|comes|put|sat|runs|leads|heads'

// "waiting lists", "shared care": verbs only where somebody or something follows that they can be about.
const orNouns = 'lists|names|works|leads|heads|runs|shared?|managed|supervised|connected|thought|passed|put|led|made'
const unlikely = `(?!(?:${orNouns})\\b(?! (?:(?:to|with|in|on|for) )?(?:me|my|us|our)\\b| (?:that|how|what|why|it|you|your|the|an?|I)\\b))`

// Within the first words, not behind a "who" or "what", and not a participle with "by".
const verbIn = (but: string) =>
  new RegExp(
    `^(?:(?!\\b(?:who|which|that|what|how|why|where|whom|whose|whether|if|when)\\b)[\\p{L}\\p{N}'’.,&()-]+\\s+){1,7}?${but}(?:${verbs})\\b(?! by\\b)`,
    'iu',
  )
const hasVerb = verbIn('')
const surelyHasVerb = verbIn(unlikely)
const subject = /^(?:I|we|you|it|there|both of us|neither of us)(?:\s|['’])/i

/** A clause with a subject and a verb of its own, as far as common words tell. */
const standsAlone = (text: string, source: Source): boolean =>
  subject.test(text) ||
  // People are spoken of where they suggested the letter or are friends, and things elsewhere.
  (source === 'referral' || (source === 'own-network' && !pointed.test(text)) ? hasVerb : surelyHasVerb).test(text)

// What can stand at the beginning of a clause that left its subject out; what is only looked ahead at is put after it.
const dropped: readonly Reading[] = [
  {
    when: /^both (?=(?:\S+ ){0,3}?(?:members?|graduates|students|alumni|alumnae|alums|grads|volunteers|fellows|nurses|engineers|teachers)\b|(?:in|at|from|on|part)\b)/i,
    as: 'We are both ',
  },
  { when: /^both /i, as: 'We both ' },
  { when: /^(?=(?:first |briefly )?met you\b)/i, as: 'I ' },
  {
    when: /^(?=(?:(?:first|briefly|last|once|recently) )?(?:met|spoke|talked|chatted|bumped into each other|ran into each other)\b)/i,
    as: 'We ',
  },
  { when: /^(?=(?:worked|studied|lived|volunteered|taught|trained|played|sang) together\b)/i, as: 'We ' },
  { when: /^(?=(?:sat|shared|exchanged|were|have|know|knew|used to) )/i, as: 'We ' },
  { when: /^(?=known each other\b)/i, as: 'We have ' },
  { when: /^(?=known you\b)/i, as: 'I have ' },
  { when: /^(?=in touch\b)/i, as: 'We have been ' },
  { when: /^(?=(?:impressed|inspired|struck|intrigued|moved|fascinated|touched) by\b)/i, as: 'I was ' },
  { when: /^(?=(?:quoted|featured|interviewed|mentioned|profiled) (?:in|on|by)\b)/i, as: 'You were ' },
  {
    when: /^(?=(?:(?:recently|just|once|always|really) )?(?:read|heard|saw|found|watched|attended|listened|came|follow|followed|got|liked|loved|enjoyed|discovered|noticed|took|worked|studied|went|graduated|volunteered|interned|asked|used|use|learned|learnt|stumbled|reached|called|rang|visited|joined|was|am|have been)\b)/i,
    as: 'I ',
  },
  {
    when: /^same (?=(?:university|school|college|uni|faculty|course|programme|program|department)\b)/i,
    as: 'We went to the same ',
  },
  { when: /^same (?=\S)/i, as: 'We have the same ' },
  {
    when: /^(?:an? )?(mutual|shared|common) (?=\p{L}+s\b)/iu,
    as: (_all, word = '') => `We have ${word.toLowerCase()} `,
  },
  { when: /^(?:an? )?(mutual|shared|common) /i, as: (_all, word = '') => `We have a ${word.toLowerCase()} ` },
]

/** The subject and verb put in, when the clause begins with what follows them: "met at PyCon" is "We met at PyCon". */
const completed = (text: string): string | undefined => {
  if (subject.test(text)) return raised(text)
  const reading = dropped.find(({ when }) => when.test(text))
  if (!reading) return undefined
  const isAhead = reading.when.exec(text)?.[0] === ''
  return read(isAhead ? lowered(text) : text.replace(/ as (?:me|mine|I)$/i, ''), [reading])
}

const pointed = /^(?:your|her|his|the|an?|this|that) /i

/** Names a thing by itself: "University of Leeds, 2015", "PyCon in May". */
const isName = (text: string): boolean =>
  /^(?:the )?[\p{Lu}\p{Lo}\d]/u.test(text) && !/^(?:your|my|our|her|his)\b/i.test(text) && wordsIn(text) <= 12

const readings = 'post|article|podcast|book|paper|essay|comment|interview|video|newsletter|blog|report|column'
const heard = `talk|lecture|presentation|webinar|keynote|${readings}`
const content = `(?:${heard}|project|thread|course)s?|profile|work|panel|research|episode|story|tutorial|workshop|series|career|path|piece|study|review|team|dashboard|library|thesis|speech|session|move|switch|change|promotion|background|role|experience|appointment|award|journey|transition|press release|announcement|letter|exhibition|design|code|package|app`
const isContent = new RegExp(`^(?:[\\p{L}\\p{N}'’-]+\\s+){0,4}?(?:${content})\\b`, 'iu')
const areMany = new RegExp(`^(?:your|the|these|those) (?:[\\p{L}-]+ ){0,2}?(?:${heard}|project|thread)s\\b`, 'iu')

const pieces = `(?:[\\p{L}-]+ ){0,2}?(?:${heard})s?`
// Something read or heard, made by whomever: it explains a letter to anybody.
const isPiece = new RegExp(
  `^(?:your ${pieces}(?: (?:on|about|at|in|with|from|for)\\b|$)|(?:(?:the|an?|this|that) )?${pieces} (?:on|about)\\b)`,
  'iu',
)
const isReading = new RegExp(`\\b(?:${readings})s? (?:on|about)\\b`, 'iu')

// Where a thing that is named can only be the contact's.
const areTheirs = (source: Source): boolean => source === 'linkedin' || source === 'cold' || source === 'target-company'

/** "Your post about triage is why I am writing", for something that the contact made or did. */
const becauseOf = (text: string, source: Source): string | undefined => {
  // "your talk in Leeds, I was in the third row" would be two sentences.
  const [, first, more] = /^(.+?)(?:[.;!,]| [–—-]) ((?:I|we|it)\b.+)$/i.exec(text) ?? []
  const thing = (first ?? text).replace(/^(?:about|on) /i, '')
  if (/^what you \p{L}/iu.test(thing)) return `${raised(thing)} is why I am writing`
  const theirs = areTheirs(source)
  if (!(theirs || pointed.test(thing) ? isContent : isPiece).test(thing) || surelyHasVerb.test(thing)) return undefined
  if (source === 'event' && !/^your /i.test(thing) && !isReading.test(thing)) return undefined
  const whole = pointed.test(thing) ? thing : `${theirs ? 'your' : article(thing)} ${inner(thing)}`
  const comma = /, (?:which|who|that|where|at|in)\b/i.test(whole) ? ',' : ''
  const aside = more ? ` (${more.replace(/^(?:We|It)\b/, lowered)})` : ''
  return `${raised(whole)}${aside || comma} ${areMany.test(whole) ? 'are' : 'is'} why I am writing`
}

const persons =
  'friend|colleague|classmate|flatmate|roommate|housemate|neighbou?r|boss|manager|supervisor|professor|teacher|tutor|mentor|lecturer|coach|trainer|adviser|advisor|team ?lead|mate|coworker|co-worker|cousin|uncle|aunt'
const peers =
  '(?:ex-)?(?:friend|colleague|classmate|flatmate|roommate|housemate|neighbou?r|mate|coworker|co-worker|cousin)'
const word = "[\\p{L}'’-]+ "

const asWhom: readonly Reading[] = [
  {
    when: new RegExp(`^my (?:${word}){0,4}?(?:ex-)?(?:${persons})\\b`, 'iu'),
    as: (all = '') => `I am turning to you as ${lowered(all)}`,
  },
  {
    when: new RegExp(`^(?:an? )?(?!your |the )((?:${word}){0,3}?${peers}\\b)`, 'iu'),
    as: (_all, phrase = '') => `I am turning to you as ${article(phrase)} ${inner(phrase)}`,
  },
  {
    when: new RegExp(`^(?!your |the )((?:${word}){0,2}?(?:ex-)?(?:${persons})\\b)`, 'iu'),
    as: (all = '') => `I am turning to you as my ${inner(all)}`,
  },
]

const nouns = {
  'own-network': [
    ...asWhom,
    { when: /^(?:at|from) /i, as: 'We know each other from ' },
    { when: /^(?:through|via|in|by way of|over) /i, as: (start = '') => `We know each other ${start.toLowerCase()}` },
  ],
  referral: [],
  linkedin: [],
  cold: [],
  'target-company': [
    { when: /^(?:(?:your|the|a) )?name (?=from\b|on\b)/i, as: 'I have your name ' },
    {
      when: /^(?:from )?((?:the )?)(?=(?:reception|switchboard|front desk|main number|receptionist)$)/i,
      as: (_all, the = '') => `I have your name from ${the.toLowerCase()}`,
    },
    {
      when: /^(?:on |through |via |from )?((?:your|the|their|our|an?) )?((?:[\p{L}-]+ ){0,3}(?:page|website|site|homepage|directory|org chart|brochure|annual report)\b)/iu,
      as: (_all, which = '', page = '') =>
        `I found you through ${which && !/their/i.test(which) ? which.toLowerCase() : 'the '}${inner(page)}`,
    },
  ],
  association: [
    { when: /^fellow /i, as: 'I am a fellow ' },
    { when: /^members? of (?:the )?/i, as: 'I found you through the ' },
    { when: /^the (?!talk|panel|workshop|article|keynote)/i, as: 'I found you through the ' },
  ],
  alumni: [
    { when: /^fellow /i, as: 'I am a fellow ' },
    {
      when: /^(?:the )?(?=.*\b(?:directory|network|office|database|portal|platform)\b)/i,
      as: 'I found you through the ',
    },
    { when: /^(?:alum\p{L}*|graduates?) (?:of|from) (?:the )?/iu, as: 'We share a school: ' },
    { when: /^(.+?) (?:alum\p{Ll}*|grads?|graduates?)$/iu, as: (_all, school = '') => `We share a school: ${school}` },
  ],
  event: [
    { when: /^(?:we were )?at (?=\p{L})/iu, as: 'We were both at ' },
    { when: /^(?:after|following) /i, as: 'I am writing after ' },
    { when: /^during /i, as: 'I am writing because of ' },
    {
      when: /^([^,]+), (?:we )?(talked|spoke|chatted|met) (.+)$/iu,
      as: (_all, where = '', did = '', what = '') => `We ${did.toLowerCase()} ${what} at ${where}`,
    },
    { when: /^(?=(?:the|an?) )/i, as: 'We were both at ' },
    {
      when: /^(?:talk|panel|keynote|presentation|conference|meetup|workshop|fair|career fair|summit|webinar|seminar|lecture|training|course|party|dinner|wedding|networking event|event)\b/i,
      as: (all = '') => `We were both at ${article(all)} ${all.toLowerCase()}`,
    },
  ],
} as const satisfies Record<Source, readonly Reading[]>

const frames = {
  'own-network': (text) =>
    isName(text) ? `We know each other from ${withThe(text)}` : `A reminder of how we know each other: ${inner(text)}`,
  referral: (text) => {
    const flowing = text.replace(/\s+[-–—]\s+/g, ', ')
    return `${raised(flowing)}${flowing.includes(',') ? ',' : ''} suggested that I get in touch with you`
  },
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
    as: (_all, who = '') => frames.referral(who),
  },
  { when: /^(?:through|via|from|by|thanks to) (.+)$/i, as: (_all, who = '') => frames.referral(who) },
]

const shortOfYou =
  /\b((?:suggested|recommended|said|thought)(?: that)? I (?:should |could |might )?(?:write|reach out)|(?:told|asked|encouraged|advised) me to (?:write|reach out)|(?:referred|introduced|sent|pointed|recommended) me)$/i
const smallName = /^\p{Ll}[\p{Ll}'’-]+(?: \p{Ll}[\p{Ll}'’-]+)?$/u
const relation = /^(?:my|our|your|an?|the|one|some|his|her)\b/i

const referral = (text: string): string =>
  read(text, byReferrer) ??
  (standsAlone(text, 'referral') ? raised(text.replace(shortOfYou, '$1 to you')) : undefined) ??
  completed(text) ??
  frames.referral(smallName.test(text) && !relation.test(text) ? nameOf(text) : text)

const typedIn = ({ contact }: Pick<InterviewRequest, 'contact'>): string =>
  clause(contact.connection ?? '').replace(/^(?:because|that|since) (?=\p{L})/iu, '')

/** What links the two, as the first sentence of the letter; nothing when the seeker named no link. */
export const connectionSentence = (request: Pick<InterviewRequest, 'contact'>): string | undefined => {
  const { source, name } = request.contact
  const typed = typedIn(request)
  if (!typed) return undefined
  const text = addressed(typed, name)
  // "IEEE, your talk at the Vienna meeting": where from, and what.
  const [, where, what = ''] = /^([^,]+), (your .+)$/i.exec(text) ?? []
  if (where && isName(where) && !completed(where) && !areTheirs(source)) {
    const because = isContent.test(what) ? becauseOf(what, source) : undefined
    if (because)
      return `${connectionSentence({ contact: { ...request.contact, connection: where } })}; ${lowered(because)}`
  }
  if (source === 'referral') return (isPiece.test(text) && becauseOf(text, source)) || referral(text)
  const whole = completed(text)
  if (whole)
    return source === 'alumni' && /^I (?:studied|went|graduated)\b/.test(whole)
      ? `${whole}, so we share a school`
      : whole
  const ofSource: readonly Reading[] = nouns[source]
  // A page is found and a friend is known: there the reading of the source comes before "is why I am writing".
  const found =
    source === 'own-network' || source === 'target-company'
      ? (read(text, ofSource) ?? becauseOf(text, source))
      : (becauseOf(text, source) ?? read(text, ofSource))
  // "my old boss, we had lunch" is two sentences.
  if (found) return found.replace(/^(I am turning to you as [^,]+), (?=(?:we|I|you) )/i, '$1; ')
  return standsAlone(text, source) ? raised(text) : frames[source](text)
}

const capitalised = /\p{Lu}[\p{L}'’.-]*(?: (?:(?:van|von|der|den|de|da|di|du|del|la|bin|al) )*\p{Lu}[\p{L}'’.-]*)*/u
const noName =
  /^(?:My|Our|Your|The|An?|We|I|I['’]m|I['’]ve|Through|Via|From|By|Thanks|Both|She|He|They|You|Referred|Introduced|Recommended|Suggested|It|One|Some|Got|Found|Heard)(?: |$)/

/** Who suggested the letter, when a name can be made out. */
export const referrerOf = (request: Pick<InterviewRequest, 'contact'>): string | undefined => {
  const typed = typedIn(request)
  if (smallName.test(typed) && !relation.test(typed)) return nameOf(typed)
  const small =
    /^(\p{Ll}[\p{Ll}'’-]+(?: \p{Ll}[\p{Ll}'’-]+)?) (?:suggested|recommended|told|gave|said|mentioned|referred|introduced)\b/u.exec(
      typed,
    )?.[1]
  if (small && !relation.test(small)) return nameOf(small)
  let rest = typed
  while (noName.test(rest)) rest = rest.replace(noName, '')
  const name = capitalised.exec(rest)?.[0]?.replace(/['’]s$|\.$/, '')
  if (!name || name === 'I' || wordsIn(name) > 4) return undefined
  return nameOf(request.contact.name).includes(name) ? undefined : name
}

const month =
  '(?:January|February|March|April|May|June|July|August|September|October|November|December|Spring|Summer|Autumn|Winter)'
const proper = "\\p{Lu}[\\p{L}\\p{N}&.'’:-]*"
const place = `((?!${month}\\b)${proper}(?: (?:(?:of|for|and|de|la|in) )?(?:(?!${month}\\b)${proper}|re:\\p{Lu}\\p{Ll}+|\\d{4}))*)`
const namedPlace = new RegExp(`^(?:the )?${place}`, 'u')
const placeAfter = new RegExp(`\\b(?:at|from|of|to|in|through) (?:the )?${place}`, 'u')

/** The school, the association or the event by its name, for a subject line. */
export const placeOf = (request: Pick<InterviewRequest, 'contact'>): string | undefined => {
  const typed = addressed(typedIn(request), request.contact.name).replace(
    /^(?:we (?:were|are) (?:both )?|we['’]re (?:both )?|both )?(?:at|in) (?=\p{Lu})/iu,
    '',
  )
  const isBare =
    isName(typed) &&
    !completed(typed) &&
    !pointed.test(typed) &&
    !/^(?:Fellow|Members?|Alum\p{Ll}+|Graduates?) /u.test(typed)
  const found = (isBare ? namedPlace : placeAfter).exec(typed)?.[1]
  return found?.replace(/^University of (?=\S+$)/, '').replace(/[.:]$/, '')
}
