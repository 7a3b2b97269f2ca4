import { Button as EmailButton } from '@react-email/button'
import { Heading } from '@react-email/heading'
import { Hr } from '@react-email/hr'
import { Link } from '@react-email/link'
import { Section as EmailSection } from '@react-email/section'
import { Text } from '@react-email/text'
import type { CSSProperties, ReactNode } from 'react'
import type { Draft } from '../drafts.ts'
import { type Colour, colours } from './colours.ts'
import { block, hang, inline, lineOf, paragraph, wrap } from './plain-text.ts'

const { light } = colours

/** Inline for the clients that know nothing else, and a class for the dark. */
const text = (colour: Colour, style: CSSProperties = {}) => ({
  className: `text-${colour}`,
  style: { color: light[colour], ...style },
})

const body = { fontSize: '17px', lineHeight: '27px', margin: '0 0 16px' } satisfies CSSProperties
const small = { fontSize: '16px', lineHeight: '25px', margin: '0 0 12px' } satisfies CSSProperties
const serif = 'ui-serif, Iowan Old Style, Palatino Linotype, Palatino, Georgia, serif'
const spoken = { ...body, fontFamily: serif, fontSize: '19px', lineHeight: '30px' } satisfies CSSProperties
const anywhere = { overflowWrap: 'anywhere', wordBreak: 'break-word' } satisfies CSSProperties

type Children = { children: ReactNode }

const underlined = (heading: string, mark: string): string =>
  wrap(heading)
    .split('\n')
    .flatMap((line, at, all) => (at === all.length - 1 ? [line, mark.repeat(Math.min(line.length, 76))] : [line]))
    .join('\n')

/** The one h1 of a mail. */
export const Title = block<Children>(
  ({ children }) => (
    <Heading
      as="h1"
      {...text('ink', {
        fontFamily: serif,
        fontSize: '30px',
        lineHeight: '37px',
        fontWeight: 600,
        margin: '0 0 18px',
        ...anywhere,
      })}
    >
      {children}
    </Heading>
  ),
  ({ children }) => underlined(lineOf(children), '='),
)

export type Level = 2 | 3

/** A heading below the title, one step under the part it stands in. */
export const Sub = block<Children & { level: Level }>(
  ({ level, children }) => (
    <Heading
      as={`h${level}`}
      {...text('ink', {
        fontFamily: serif,
        fontSize: level === 2 ? '23px' : '20px',
        lineHeight: level === 2 ? '30px' : '28px',
        fontWeight: 600,
        margin: level === 2 ? '32px 0 12px' : '24px 0 10px',
        ...anywhere,
      })}
    >
      {children}
    </Heading>
  ),
  ({ level, children }) => `\n${level === 2 ? underlined(lineOf(children), '-') : wrap(`${lineOf(children)}:`)}`,
)

export const P = block<Children>(
  ({ children }) => <Text {...text('ink', { ...body, ...anywhere })}>{children}</Text>,
  ({ children }) => paragraph(children),
)

/** Under the title: the whole of it in a sentence. */
export const Lead = block<Children>(
  ({ children }) => <Text {...text('quiet', { ...spoken, margin: '0 0 22px', ...anywhere })}>{children}</Text>,
  ({ children }) => paragraph(children),
)

/** What may be skipped: reasons, how-to. */
export const Aside = block<Children>(
  ({ children }) => <Text {...text('quiet', { ...small, ...anywhere })}>{children}</Text>,
  ({ children }) => paragraph(children),
)

export const Strong = inline<Children>(
  ({ children }) => <strong style={{ fontWeight: 650 }}>{children}</strong>,
  ({ children }) => lineOf(children),
)

export const Em = inline<Children>(
  ({ children }) => <em>{children}</em>,
  ({ children }) => `_${lineOf(children)}_`,
)

/** What the seeker typed, within a line: it takes its own direction and disturbs none. */
export const Theirs = inline<{ children: string }>(
  ({ children }) => <span dir="auto">{children}</span>,
  ({ children }) => children,
)

type Target = { href: string; children: ReactNode }

/** `alone`: it stands outside of a sentence, with room for a thumb. */
export const A = inline<Target & { alone?: boolean }>(
  ({ href, alone, children }) => (
    <Link
      href={href}
      rel="noreferrer"
      {...text('link', {
        textDecorationLine: 'underline',
        ...(alone ? { display: 'inline-block', padding: '3px 0' } : {}),
      })}
    >
      {children}
    </Link>
  ),
  ({ children }) => lineOf(children),
  ({ href }) => href,
)

const linkLines = (label: ReactNode, href: string, first = ''): string => {
  const named = hang(first, `${lineOf(label)}:`)
  return `${named}\n${' '.repeat(first.length)}${href}`
}

/** The one thing to press. It leads to a page with one plain button: opening it changes nothing. */
export const Button = block<Target>(
  ({ href, children }) => (
    <Text style={{ ...body, margin: '4px 0 20px' }}>
      <EmailButton
        href={href}
        rel="noreferrer"
        className="text-onButton ground-button"
        style={{
          color: light.onButton,
          backgroundColor: light.button,
          borderRadius: '999px',
          fontSize: '17px',
          fontWeight: 650,
          padding: '15px 26px',
        }}
      >
        {children}
      </EmailButton>
    </Text>
  ),
  ({ href, children }) => linkLines(children, href),
)

export type Answer = { label: ReactNode; href: string }

const list = { margin: '0 0 18px', paddingLeft: '24px' } satisfies CSSProperties

/** The other answers, as plain links with room for a thumb. */
export const Answers = block<{ of: readonly Answer[] }>(
  ({ of }) => (
    <ul {...text('ink', { ...list, listStyleType: 'disc' })}>
      {of.map(({ label, href }) => (
        <li key={href + lineOf(label)} style={{ fontSize: '17px', lineHeight: '27px' }}>
          <Link
            href={href}
            rel="noreferrer"
            {...text('link', { textDecorationLine: 'underline', display: 'inline-block', padding: '5px 0' })}
          >
            {label}
          </Link>
        </li>
      ))}
    </ul>
  ),
  ({ of }) => of.map(({ label, href }) => linkLines(label, href, '- ')).join('\n'),
)

export const List = block<{ of: readonly ReactNode[]; ordered?: boolean }>(
  ({ of, ordered }) => {
    const Tag = ordered ? 'ol' : 'ul'
    return (
      <Tag {...text('ink', list)}>
        {of.map((item) => (
          <li key={lineOf(item)} style={{ fontSize: '17px', lineHeight: '27px', margin: '0 0 8px', ...anywhere }}>
            {item}
          </li>
        ))}
      </Tag>
    )
  },
  ({ of, ordered }) => of.map((item, at) => paragraph(item, ordered ? `${at + 1}. `.padStart(4) : '- ')).join('\n'),
)

/** A sheet of paper in the mail: what is to be copied, or was written by the seeker. */
const Sheet = ({ children }: Children) => (
  <EmailSection
    className="ground-sheet edge-edge"
    style={{
      backgroundColor: light.sheet,
      border: `1px solid ${light.edge}`,
      borderRadius: '8px',
      margin: '4px 0 14px',
      tableLayout: 'fixed',
    }}
  >
    <div style={{ padding: '18px 20px 4px' }}>{children}</div>
  </EmailSection>
)

/** One paragraph a paragraph and `<br>` for a line end: survives every client, and copying. */
const Typed = ({ children }: { children: string }) => (
  <>
    {children
      .trim()
      .split(/\n{2,}/)
      .map((paragraph, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the order of a letter's paragraphs is what they are.
        <Text key={at} dir="auto" {...text('ink', { ...spoken, margin: '0 0 14px', ...anywhere })}>
          {paragraph.split('\n').flatMap((line, n) => (n === 0 ? [line] : [<br key={line + String(n)} />, line]))}
        </Text>
      ))}
  </>
)

/** Text the seeker wrote down, shown back. */
export const Kept = block<{ children: string }>(
  ({ children }) => (
    <Sheet>
      <Typed>{children}</Typed>
    </Sheet>
  ),
  ({ children }) =>
    children
      .trim()
      .split('\n')
      .map((line) => wrap(line, 70).replace(/^(?=.)/gm, '  '))
      .join('\n'),
)

/** Paragraphs of an example, set apart. */
export const Quote = block<{ of: readonly ReactNode[] }>(
  ({ of }) => (
    <Sheet>
      {of.map((said) => (
        <Text key={lineOf(said)} {...text('ink', { ...spoken, margin: '0 0 14px', ...anywhere })}>
          {said}
        </Text>
      ))}
    </Sheet>
  ),
  ({ of }) => of.map((said) => paragraph(said, '    ').replace(/^ {4}$/gm, '')).join('\n\n'),
)

/** Where a text to be copied begins and ends, in the plain-text part. */
export const scissors = { from: '---------- copy from here ----------', to: '---------- to here ----------' } as const

/**
 * A draft, to be selected and copied. In the plain-text part its lines are neither indented nor wrapped: what is copied
 * is the letter and nothing else. `brief`: a second wording, whose reason and page were given with the first.
 */
export const Letter = block<{ draft: Draft; href?: string | undefined; subject?: boolean; brief?: boolean }>(
  ({ draft, href, subject = true, brief }) => (
    <>
      <Sheet>
        {subject && <SubjectLine label="Subject">{draft.subject}</SubjectLine>}
        {subject && draft.alternativeSubject && <SubjectLine label="Or">{draft.alternativeSubject}</SubjectLine>}
        {subject && <Hr className="edge-edge" style={{ borderTop: `1px solid ${light.edge}`, margin: '2px 0 16px' }} />}
        <Typed>{draft.body}</Typed>
      </Sheet>
      {!brief && (
        <Aside>
          {draft.because} To copy it, select the text
          {href && (
            <>
              , or <A href={href}>open it on a page of its own</A>
            </>
          )}
          .
        </Aside>
      )}
    </>
  ),
  ({ draft, href, subject = true, brief }) =>
    [
      ...(subject ? [`Subject: ${draft.subject}`] : []),
      ...(subject && draft.alternativeSubject ? [`Or:      ${draft.alternativeSubject}`] : []),
      ...(subject ? [''] : []),
      scissors.from,
      '',
      draft.body.trimEnd(),
      '',
      scissors.to,
      ...(brief
        ? []
        : ['', wrap(draft.because), ...(href ? ['', linkLines('The same text on a page of its own', href)] : [])]),
    ].join('\n'),
)

const SubjectLine = ({ label, children }: { label: string; children: string }) => (
  <Text {...text('ink', { ...body, margin: '0 0 8px', ...anywhere })}>
    <span {...text('quiet')}>{label}:</span> <span dir="auto">{children}</span>
  </Text>
)
