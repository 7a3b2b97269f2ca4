import { readSubmission } from '../shared/submission.ts'
import { adasForm } from './traveller.ts'

/** What people type who mean no good, and what happens to be typed. One line each where a field has one line. */
export const hostile = {
  tags: '<script>alert(1)</script><img src=x onerror=alert(1)>',
  closing: '</pre></p></td></table></body><a href="https://evil.example">free</a>',
  attribute: '"><svg/onload=alert(1)> x="\' onfocus=alert(1) autofocus=',
  entities: '&lt;b&gt; &amp;lt; &#x3c;i&#x3e; <!-- --> ]]> <![CDATA[x',
  template: '{{x}} {{{y}}} {{#if a}}b{{/if}} $\u007bz} <%= w %> }}{{',
  headers: 'Ada\r\nBcc: victim@example.com\r\nSubject: other\r\n\r\n<b>body</b>',
  bareFeed: 'Ada\nBcc: victim@example.com',
  encoded: 'Ada%0d%0aBcc:%20victim@example.com =?UTF-8?Q?=0D=0ABcc:_victim@example.com?=',
  unicodeFeed: 'Ada\u2028Bcc: victim@example.com\u2029Cc: victim@example.com\u0085X: y\u000bz',
  addresses: 'Ada <victim@example.com>, "Bob" <bob@example.com>; victim@example.com',
  calendar: 'x\\nEND:VEVENT\\nBEGIN:VEVENT;ATTENDEE:mailto:victim@example.com,a:b',
  calendarFeed: 'x\r\nATTENDEE:mailto:victim@example.com\r\nEND:VCALENDAR',
  bidi: '\u202egnp.exe\u202c \u2066x\u2069 moc.live',
  unseen: 'A\u200bd\u200ca\u200d\u2060 \ufeff\u00ad\u034f\u180e\u{e0041}',
  marks: 'Ada\u200e \u200fLovelace\u061c and\u2061 \ufff9so\u{1d173} on',
  lookalikes: 'Аdа Lοvelаce ⅼogin・раураl．com／',
  addressInWords: 'see www.evil.example/login or https://evil.example//x?y=z now',
  otherScheme: 'javascript:alert(1) data:text/html,<b>x</b> mailto:victim@example.com',
  markdown: '[free](https://evil.example) ![x](https://evil.example/x.png) **b** `c`',
  brokenCharacters: 'Ada \ud800 Lovelace \udc00',
  controls: 'A\u0000d\u0007a\u001b[31m\u007f',
  long: 'W'.repeat(2000),
  manyMarks: `Z${'\u0301'.repeat(120)}algo`,
  formula: '=HYPERLINK("https://evil.example","x")',
  prototype: '__proto__',
} as const

/** The fields of the form that take text, but for the address. */
export const texts = [
  'seekerName',
  'introduction',
  'contactName',
  'contactRole',
  'organization',
  'connection',
  'topic',
] as const

/** As much of it as a field holds. */
export const cut = (text: string, field: string): string =>
  [...text]
    .slice(0, ({ seekerName: 100, contactName: 100, contactRole: 100 } as Record<string, number>)[field] ?? 150)
    .join('')

/** A local part that SES takes, and nobody has. */
export const hostileEmail = "{{x}}&'@example.org"

/** Of these fields those that are taken with this text; the others as Ada fills them in. */
export const taken = (
  of: (field: string) => string,
  only?: readonly string[],
): { form: typeof adasForm; fields: string[] } => {
  let form = { ...adasForm, seekerEmail: hostileEmail }
  const fields: string[] = texts.filter((field) => {
    if (only?.includes(field) === false) return false
    const tried = { ...form, [field]: cut(of(field), field) }
    const { ok } = readSubmission(tried, 'json')
    if (ok) form = tried
    return ok
  })
  return { form, fields }
}
