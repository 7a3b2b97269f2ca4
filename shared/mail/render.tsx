import { renderToStaticMarkup } from 'react-dom/server.browser'
import { calendarEntry } from '../calendar-entry.ts'
import { withoutUnseen } from '../drafts/person-name.ts'
import type { MailName } from '../mail-names.ts'
import type { InterviewRequest } from '../request.ts'
import { workflow } from '../workflow.ts'
import { Sub, Title } from './blocks.tsx'
import { dayIn } from './dates.ts'
import { type Facts, factsOf, type Mail, type MailContext } from './facts.tsx'
import { ConfirmFoot, Foot, Layout } from './layout.tsx'
import { mails } from './mails.ts'
import { Coming } from './parts.tsx'
import { plainText } from './plain-text.ts'

export type { MailContext } from './facts.tsx'

export type RenderedMail = {
  subject: string
  html: string
  text: string
  headers: { name: string; value: string }[]
  attachments: { filename: string; contentType: string; content: string }[]
}

/** The mail as SES takes it, from the request as it stands now. Pure; throws for nothing that a request can hold. */
export const renderMail = (context: MailContext): RenderedMail => {
  const facts = factsOf({ ...context, request: asSeen(context.request) })
  const mail = mailNamed(context.mail)
  const subject = oneLine(mail.subject(facts))
  const body = (
    <>
      <Title>{mail.title(facts)}</Title>
      <mail.Body {...facts} />
      {context.merged.map((name) => (
        <Merged key={name} name={name} facts={facts} />
      ))}
      {context.mail !== 'confirm' && <Coming {...facts} of={coming(facts)} />}
    </>
  )
  const foot =
    context.mail === 'confirm' ? (
      <ConfirmFoot {...facts} />
    ) : (
      <Foot {...facts} why={mail.why?.(facts) ?? workflow[context.mail].why} />
    )
  const markup = renderToStaticMarkup(
    <Layout subject={subject} preview={oneLine(mail.preview(facts))} foot={foot}>
      {body}
    </Layout>,
  )
  return {
    subject,
    html: clean(`<!DOCTYPE html>${markup}`),
    text: clean(`${plainText(body)}\n\n\n${'_'.repeat(40)}\n\n${plainText(foot)}\n`).replace(/\n{4,}/g, '\n\n\n'),
    headers: headersOf(facts),
    attachments: attachmentsOf(facts),
  }
}

/** What was typed, without what nobody sees. Before there is a page: the layout keeps the preview apart with such characters. */
const asSeen = (request: InterviewRequest): InterviewRequest => JSON.parse(withoutUnseen(JSON.stringify(request)))

const mailNamed = (name: MailName): Mail => mails[name]

const Merged = ({ name, facts }: { name: MailName; facts: Facts }) => {
  const mail = mailNamed(name)
  return (
    <>
      <Sub level={2}>{mail.title(facts)}</Sub>
      <mail.Body {...facts} level={3} />
    </>
  )
}

/** The next two that this request still has in front of it, should nothing happen before. */
const coming = (facts: Facts): { day: string; what: string }[] => {
  const { upcoming, request, includes } = facts
  return upcoming
    .filter(({ requestId }) => requestId === request.id)
    .slice(0, 2)
    .map(({ mail, dueAt }, at, all) => {
      const { announced: first, announcedAgain } = mailNamed(mail)
      const announced = typeof first === 'string' ? first : first(facts)
      const again = includes(mail) || all.findIndex((other) => other.mail === mail) < at
      return { day: dayIn(dueAt, request.seeker.timeZone), what: again ? (announcedAgain ?? announced) : announced }
    })
}

/** The last net under what people type: no half characters, no control but the line end, nothing that turns the text round. */
const clean = (text: string): string =>
  text
    .toWellFormed()
    .replace(/\r\n?/g, '\n')
    .replace(/[^\P{Cc}\n]|[\u202a-\u202e\u2066-\u2069]/gu, '')

/** Fit for a header: one line, nothing that cannot be seen, nothing that turns the text round, at most 120 characters. */
const oneLine = (text: string): string => {
  const seen = text
    .toWellFormed()
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]+/gu, ' ')
    .replace(/\s+/gu, ' ')
    .trim()
  const characters = [...seen]
  return characters.length > 120 ? `${characters.slice(0, 119).join('')}…` : seen
}

/** Throws rather than let a value pass that SES may or may not refuse: its own pattern is not anchored. */
const headersOf = ({ links }: Facts): RenderedMail['headers'] => {
  const headers = [
    { name: 'List-Unsubscribe', value: `<${links.stop}>` },
    { name: 'List-Unsubscribe-Post', value: 'List-Unsubscribe=One-Click' },
    { name: 'Auto-Submitted', value: 'auto-generated' },
    { name: 'X-Auto-Response-Suppress', value: 'All' },
  ]
  const bad = headers.find(({ name, value }) => !/^[ -~]{1,995}$/.test(value) || name.length + value.length > 996)
  if (bad) throw new Error(`The header ${bad.name} is not printable ASCII of at most 995 characters`)
  return headers
}

/** The calendar entry, once, however many parts of the mail bring it. */
const attachmentsOf = (facts: Facts): RenderedMail['attachments'] => {
  const { mail, merged, request, now, links } = facts
  if (!request.meeting || ![mail, ...merged].some((name) => mailNamed(name).calendar)) return []
  const entry = calendarEntry(request, { now, pageUrl: links.page })
  return entry ? [entry] : []
}
