import { escaped, nameOf } from './clauses.ts'

/** A verb as it stands after "you": teaches, teach. */
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
  return (
    text
      .replace(new RegExp(`${named.source}['’]s`, 'gu'), 'your')
      .replace(named, (_name, ...rest) => {
        const [at, whole] = [rest.at(-2) as number, rest.at(-1) as string]
        return at === 0 || /(?:and|that|where|when|because|while),? $/i.test(whole.slice(0, at)) ? '\ue000' : 'you'
      })
      // Once the clause has begun with them, it goes on about them.
      .replace(/^(s?he)(?=\s|['’]).*$/is, (whole, pronoun: string) =>
        whole.replace(new RegExp(`\\b${pronoun}(?=\\s|['’])`, 'gi'), '\ue000'),
      )
      .replace(/^they(?=\s|['’])/i, '\ue000')
      .replace(/(\b(?:and|or|but|where|when|if|because|while|how|what|why)|[,;.]) s?he(?=\s|['’])/gi, '$1 \ue000')
      .replace(/\ue000['’]s /g, 'you are ')
      .replace(
        /\ue000((?: (?:also|once|still|now|often|\p{L}+ly))*) ([\p{L}']+)/gu,
        (_, adverbs: string, verb: string) => `you${adverbs} ${withoutS(verb)}`,
      )
      .replace(/\ue000/g, 'you')
      .replace(/\b(?:him|her)self\b/gi, 'yourself')
      .replace(/\b(heard|saw|watched|seen|listened to) (?:her|him|them) (?=speak\b|talk\b|present\b)/gi, '$1 you ')
      .replace(
        /\b(let|make|help|ask|tell|thank|remind|email|call|invite|send|give|show|bring|lend|forward|owe|write) her (?=\p{L})/giu,
        '$1 you ',
      )
      .replace(/\bhers\b/gi, 'yours')
      .replace(/\bhim\b/gi, 'you')
      .replace(/\bhis\b/gi, 'your')
      .replace(new RegExp(`\\bher(?=\\s*(?:$|[,.;:)–—-])|\\s(?:${objectFollows})\\b)`, 'gi'), 'you')
      .replace(/\bher\b/gi, 'your')
  )
}
