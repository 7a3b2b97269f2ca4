import { createElement, Fragment, type ReactElement, type ReactNode } from 'react'
import { renderToStaticMarkup } from 'react-dom/server.browser'
import type { Stage } from '../stage.ts'
import type { Block, Inline, Part, Series } from '../tips/series.ts'
import { A, Aside, Button, Em, Lead, List, P, Quote, Strong, Sub, Title } from './blocks.tsx'
import { Address, Layout } from './layout.tsx'
import { plainText } from './plain-text.ts'

/**
 * A mail that is written once and sent to many: `{{name}}` stands for what differs from reader to reader, and
 * `shared/tips/values.ts` makes the values. The subject and the headers are the same for all. `List-Unsubscribe` is each
 * reader's own, and added when it is sent.
 */
export type TipTemplate = {
  subject: string
  html: string
  text: string
  headers: { name: string; value: string }[]
}

// A placeholder while the mail is written: two characters for private use, which nobody's text can hold by then.
const [OPEN, SHUT] = ['\ue000', '\ue001'] as const
const slot = (name: string): string => `${OPEN}${name}${SHUT}`
/** What reads differently in HTML and in text: `{{nameHtml}}` and `{{nameText}}`. */
const slotInEach = (name: string): string => slot(`${name}*`)

const withoutSlots = <T,>(words: T): T => JSON.parse(JSON.stringify(words).replace(/[\ue000\ue001]/g, ''))

/** Braces that an editor wrote stay braces: only our own placeholders look like one to SES. */
const apart = (written: string): string => written.replace(/\{(?=\{)/g, '{ ')

const asTemplate = (mail: string, each: 'Html' | 'Text'): string =>
  apart(mail).replaceAll(OPEN, '{{').replaceAll(`*${SHUT}`, `${each}}}`).replaceAll(SHUT, '}}')

type Sheet = {
  subject: string
  preview: string
  body: ReactElement
  foot: ReactElement
  headers: TipTemplate['headers']
}

const templateOf = ({ subject, preview, body, foot, headers }: Sheet): TipTemplate => {
  const markup = renderToStaticMarkup(
    <Layout subject={subject} preview={preview} foot={foot}>
      {body}
    </Layout>,
  )
  return {
    subject,
    html: asTemplate(`<!DOCTYPE html>${markup}`, 'Html'),
    text: asTemplate(`${plainText(body)}\n\n\n${'_'.repeat(40)}\n\n${plainText(foot)}\n`, 'Text'),
    headers: [
      ...headers,
      { name: 'Auto-Submitted', value: 'auto-generated' },
      { name: 'X-Auto-Response-Suppress', value: 'All' },
    ],
  }
}

type Context = {
  stage: Stage
  /** Without a slash at the end. */
  publicUrl: string
}

/** One part of a series, for every reader of it. */
export const renderTip = ({
  stage,
  publicUrl,
  ...words
}: Context & { series: Pick<Series, 'id' | 'title'>; part: Part }): TipTemplate => {
  const { series, part } = withoutSlots(words)
  const inFull = (to: string): string => (to.startsWith('/') ? `${publicUrl}${to}` : to)
  const onTheWeb = `${publicUrl}/series/${series.id}/${part.id}`
  return templateOf({
    subject: apart(part.title.replace(/\s+/gu, ' ')),
    preview: part.takeaway,
    body: (
      <>
        <Aside>
          {slot('place')} · {series.title}
        </Aside>
        <Title>{part.title}</Title>
        <Lead>{part.takeaway}</Lead>
        <P>{slotInEach('greeting')}</P>
        {row(part.body.map((block) => written(block, inFull)))}
        {part.action ? (
          <>
            <Button href={inFull(part.action.to)}>{part.action.label}</Button>
            <Aside>
              <A href={onTheWeb} alone>
                Read this on the web
              </A>
            </Aside>
          </>
        ) : (
          <Button href={onTheWeb}>Read it on the web</Button>
        )}
      </>
    ),
    foot: (
      <>
        <Aside>
          <Strong>Why this mail came.</Strong> You asked for our tips, and this is a part of “{series.title}”.
        </Aside>
        <Aside>
          <A href={slot('preferences')} alone>
            Change the hour, pause, or take the next part now
          </A>
        </Aside>
        <Aside>
          <A href={slot('unsubscribe')} alone>
            Unsubscribe from these tips
          </A>
        </Aside>
        <Aside>It ends the tips alone: reminders about your own interviews go on.</Aside>
        <Address brand={stage.brand} />
      </>
    ),
    headers: [{ name: 'List-Id', value: listId(series, stage) }],
  })
}

/** Side by side, in an order that never changes: no keys. */
const row = (nodes: ReactNode[]): ReactElement => createElement(Fragment, null, ...nodes)

/** What an editor wrote, in our blocks; `inFull` makes an address of a link. */
const written = (of: Block, inFull: (to: string) => string): ReactElement => {
  const words = (said: Inline[]): ReactElement => row(said.map(word))
  const word = (part: Inline): ReactNode => {
    if (typeof part === 'string') return part
    if ('strong' in part) return <Strong>{words(part.strong)}</Strong>
    if ('em' in part) return <Em>{words(part.em)}</Em>
    return <A href={inFull(part.link)}>{words(part.of)}</A>
  }
  if ('p' in of) return <P>{words(of.p)}</P>
  if ('heading' in of) return <Sub level={2}>{of.heading}</Sub>
  if ('list' in of) return <List of={of.list.map(words)} ordered={of.ordered ?? false} />
  return <Quote of={of.quote.map(words)} />
}

/** RFC 2919, in printable ASCII: the title as far as it is, and under the sender's domain a name that stays. */
const listId = ({ id, title }: Pick<Series, 'id' | 'title'>, { sender }: Stage): string => {
  const phrase = title
    .normalize('NFKD')
    .replace(/[^A-Za-z0-9 '-]+/g, ' ')
    .replace(/ +/g, ' ')
    .trim()
  return `${phrase} <${id}.${sender.address.slice(sender.address.lastIndexOf('@') + 1)}>`.trim()
}

/**
 * The mail that asks whether the address is its owner's: `confirm-series`, and `confirm-series-reminder` a day later.
 * Nothing in here was typed by anybody but us, and nothing in here advertises.
 */
export const renderConfirmSeries = ({ stage, reminder }: Context & { reminder: boolean }): TipTemplate => {
  const { brand, tips } = stage
  return templateOf({
    subject: reminder ? `Still to confirm: the tips from ${brand.name}` : `Please confirm: tips from ${brand.name}`,
    preview: 'One click and the tips begin. If this was not you, there is nothing to do.',
    body: (
      <>
        <Title>{reminder ? 'Is this still your wish?' : 'Is this your address?'}</Title>
        <P>
          Somebody gave this address in our form at {brand.name} and asked for tips by mail. If it was you, please
          confirm it, and they begin.
        </P>
        <Button href={slot('confirm')}>Confirm this address</Button>
        <Aside>The link opens a page with one button. Nothing happens until you press it.</Aside>
        <P>
          If it was not you, there is nothing to do.{' '}
          {reminder
            ? 'We do not remind you again, and the address is deleted within'
            : 'We remind you once at most, and the address is deleted after'}{' '}
          {hoursInWords(reminder ? Math.max(1, tips.confirmWithinHours - 24) : tips.confirmWithinHours)}.
        </P>
      </>
    ),
    foot: (
      <>
        <Aside>
          <Strong>Why this mail came.</Strong> This address was given in our form, and we make sure that it is yours
          before we use it.
        </Aside>
        <Aside>
          <A href={slot('unsubscribe')} alone>
            I did not ask for this: send nothing more
          </A>
        </Aside>
        <Address brand={brand} />
      </>
    ),
    headers: [],
  })
}

const hoursInWords = (hours: number): string =>
  hours >= 48 && hours % 24 === 0 ? `${hours / 24} days` : hours === 1 ? 'an hour' : `${hours} hours`
