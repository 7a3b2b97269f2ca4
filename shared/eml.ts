import type { Draft } from './drafts.ts'

// RFC 2047: a line with encoded words has at most 76 characters; after `Subject: =?UTF-8?B?` 52 of base64 fit, which is 39 bytes.
const WORD_BYTES = 39
const LINE = 76

const encodedWords = (text: string): string => {
  if (/^[ -~]*$/.test(text)) return text
  const words: string[] = []
  let word = ''
  for (const character of text) {
    if (Buffer.byteLength(word + character) > WORD_BYTES) {
      words.push(word)
      word = ''
    }
    word += character
  }
  return [...words, word].map((part) => `=?UTF-8?B?${Buffer.from(part).toString('base64')}?=`).join('\r\n ')
}

/** A draft as a message that a mail program opens for editing (`X-Unsent`), without an address: that is the seeker's to fill in. */
export const toEml = ({ subject, body }: Pick<Draft, 'subject' | 'body'>): string => {
  const encoded = Buffer.from(body.replaceAll(/\r?\n/g, '\r\n')).toString('base64')
  const lines = encoded.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? []
  return [
    `Subject: ${encodedWords(subject.replaceAll(/[\r\n]+/g, ' '))}`,
    'X-Unsent: 1',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: base64',
    '',
    ...lines,
    '',
  ].join('\r\n')
}
