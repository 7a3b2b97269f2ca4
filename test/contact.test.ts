import { describe, expect, test } from 'vitest'
import { isNamesake, isTo, withoutName } from '../ops/contact.ts'
import type { InterviewRequest } from '../shared/request.ts'
import { ada } from './people.ts'

/** By which spellings somebody is found who wants to be forgotten, and what is left alone. */

const to = (name: string, organization = 'NACA'): InterviewRequest => ({
  ...ada,
  contact: { ...ada.contact, name, organization },
})
const typed = (topic: string): InterviewRequest => ({ ...ada, topic })

describe('a contact', () => {
  test.each([
    ['Mary Jackson', 'Mary Jackson'],
    ['in capitals', 'MARY JACKSON'],
    ['with more spaces, of any kind', 'Mary\u00a0  Jackson'],
    ['surname first', 'Jackson, Mary'],
    ['in full-width letters', 'Ｍａｒｙ Ｊａｃｋｓｏｎ'],
    ['in mathematical letters', '𝐌𝐚𝐫𝐲 𝐉𝐚𝐜𝐤𝐬𝐨𝐧'],
    ['with a soft hyphen', 'Mary Jack\u00adson'],
  ])('is found %s, as whom a request is to and in what others typed', (_how, spelling) => {
    expect(isTo(to(spelling), { name: 'Mary Jackson' })).toBe(true)
    expect(isTo(to('Mary Jackson'), { name: spelling })).toBe(true)
    for (const name of ['Mary Jackson', spelling]) {
      const { topic } = withoutName(typed(`Ｗhat ${spelling}’s “²” did, and (${spelling})`), { name }) ?? ada
      expect(topic).toBe('Ｗhat [name removed]’s “²” did, and ([name removed])')
    }
  })

  test.each([
    ['Zoë Müller', 'Zoe\u0308 Mu\u0308ller'],
    ['Zoë Müller', 'Zoe Muller'],
    ['José García', 'JOSE\u0301 GARCI\u0301A'],
    ['Seán O’Brien', "Sean O'Brien"],
    ['Anne-Marie Duval', 'Anne‑Marie Duval'],
    ['İrem Işık', 'i\u0307rem ışık'],
    ['Oﬁlia Fisher', 'Ofilia Fisher'],
    ['Νίκος Πέτρος', 'ΝΙΚΟΣ ΠΕΤΡΟΣ'],
    ['Anna van der Berg', 'van der Berg, Anna'],
    ['Mary (Molly) Jackson', 'mary (molly) jackson'],
  ])('%s is %s', (one, other) => {
    for (const [name, spelling] of [[one, other] as const, [other, one] as const]) {
      expect(isTo(to(spelling), { name })).toBe(true)
      expect(withoutName(typed(`Ask ${spelling}.`), { name })?.topic).toBe('Ask [name removed].')
    }
  })

  test.each([
    'Dr. Mary Jackson',
    'dr.Mary Jackson',
    'Prof. Dr. Mary Jackson',
    'Ms\u00a0MARY JACKSON',
    'Mary Jackson, PhD',
    'Mary Jackson, M.Sc., Ph. D.',
    'Jackson, Dr. Mary',
    'Dr. Jackson, Mary',
  ])('is found as %s, with a title, and without it', (spelling) => {
    expect(isTo(to(spelling), { name: 'Mary Jackson' })).toBe(true)
    expect(isTo(to('Mary Jackson'), { name: spelling })).toBe(true)
    expect(isTo(to('Mary Jane'), { name: spelling })).toBe(false)
    expect(withoutName(typed('Ask Mary Jackson.'), { name: spelling })?.topic).toBe('Ask [name removed].')
  })

  test.each([
    ['Dr. Lee', 'Ms. Lee'],
    ['Dr. Lee', 'Lee'],
    ['Dr. Lee', 'Mary Lee'],
    ['Ing Wong', 'Mr. Wong'],
    ['Ma, Jack', 'Jack'],
    ['Jack, Ma', 'Jack'],
    ['Jackson, PhD', 'Jackson'],
  ])('%s, of which one name is left without the title, is not %s', (name, other) => {
    expect(isTo(to(name), { name })).toBe(true)
    expect(isTo(to(other), { name })).toBe(false)
    expect(isTo(to(name), { name: other })).toBe(false)
    expect(withoutName(typed(`Ask ${other}.`), { name })).toBeUndefined()
  })

  test.each([
    ['J. Smith', 'J.Smith'],
    ['J.Smith', 'J. Smith'],
  ])('with an initial, %s, is found as %s', (name, spelling) => {
    expect(isTo(to(spelling), { name })).toBe(true)
    expect(withoutName(typed(`Ask ${spelling}`), { name })?.topic).toBe('Ask [name removed]')
  })

  test.each(['Mary Jacksonville', 'Rosemary Jackson', 'Mary, Jackson and Co', 'Jackson Mary', 'Mary', 'Jackson'])(
    'is not found in %s',
    (words) => {
      expect(isTo(to(words), { name: 'Mary Jackson' })).toBe(false)
      expect(withoutName(typed(words), { name: 'Mary Jackson' })).toBeUndefined()
    },
  )

  test('is told from others of the name by the organisation, however that is spelt', () => {
    const contact = { name: 'Mary Jackson', organization: 'NACA  langley' }
    expect(isTo(to('Mary Jackson', 'Naca Langley'), contact)).toBe(true)
    expect(isTo(to('Mary Jackson', 'NASA'), contact)).toBe(false)
    expect(isNamesake(to('Mary Jackson', 'NASA'), contact)).toBe(true)
    expect(isNamesake(to('Dorothy Vaughan', 'NACA Langley'), contact)).toBe(false)
  })

  test('may have the name of the seeker, who keeps hers', () => {
    const request = {
      ...ada,
      seeker: { ...ada.seeker, name: 'Mary Jackson', introduction: 'as Mary Jackson once was' },
    }
    expect(withoutName(request, { name: 'Mary Jackson' })?.seeker).toMatchObject({
      name: 'Mary Jackson',
      introduction: 'as [name removed] once was',
    })
  })
})
