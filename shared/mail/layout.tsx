import { Container } from '@react-email/container'
import { Head } from '@react-email/head'
import { Hr } from '@react-email/hr'
import { Html } from '@react-email/html'
import { Preview } from '@react-email/preview'
import type { ReactNode } from 'react'
import { organizationOf } from '../drafts/readings.ts'
import { A, Aside, Strong, Theirs } from './blocks.tsx'
import { colours, darkSheet } from './colours.ts'
import type { Facts } from './facts.tsx'

const { light } = colours
const sans = 'system-ui, -apple-system, Segoe UI, Roboto, Helvetica Neue, Arial, sans-serif'

const sheet = `${darkSheet()}@media (max-width:480px){.inset{padding:26px 20px 10px!important}.margin{padding:0!important}}`

/** `lang` and `dir` stand twice: many clients throw the `html` element away and keep what is in the body. */
export const Layout = ({
  subject,
  preview,
  foot,
  children,
}: {
  subject: string
  preview: string
  foot: ReactNode
  children: ReactNode
}) => (
  <Html lang="en" dir="ltr">
    <Head>
      <meta name="viewport" content="width=device-width, initial-scale=1" />
      <meta name="color-scheme" content="light dark" />
      <meta name="supported-color-schemes" content="light dark" />
      <title>{subject}</title>
      {/* biome-ignore lint/security/noDangerouslySetInnerHtml: a constant; React would escape it as text, which a style sheet is not. */}
      <style dangerouslySetInnerHTML={{ __html: sheet }} />
    </Head>
    <body className="ground-page" style={{ backgroundColor: light.page, margin: 0, padding: 0 }}>
      <div
        lang="en"
        dir="ltr"
        className="ground-page margin"
        style={{ backgroundColor: light.page, padding: '24px 8px', fontFamily: sans }}
      >
        <Preview>{preview}</Preview>
        <Container
          className="ground-card edge-edge"
          style={{ backgroundColor: light.card, border: `1px solid ${light.edge}`, borderRadius: '10px' }}
        >
          <div className="inset" style={{ padding: '38px 40px 18px' }}>
            {children}
            <Hr className="edge-edge" style={{ borderTop: `1px solid ${light.edge}`, margin: '36px 0 22px' }} />
            {foot}
          </div>
        </Container>
      </div>
    </body>
  </Html>
)

/** Under every mail: why it came and which request it is about, what else will come, how to end it, and who is behind it. */
export const Foot = ({ why, links, who, fullName, request, stage: { brand } }: Facts & { why: string }) => (
  <>
    <Aside>
      <Strong>Why this mail came.</Strong> {why} It is about your request to{' '}
      <Theirs>{[fullName, organizationOf(request)].filter(Boolean).join(', ')}</Theirs>.
    </Aside>
    <Aside>We write to you alone, and never to {who}.</Aside>
    <Aside>
      <A href={links.page} alone>
        What we will send you, and when
      </A>
    </Aside>
    <Aside>
      <A href={links.stop} alone>
        Stop all mail about this request
      </A>
    </Aside>
    <Address brand={brand} />
  </>
)

/** Before anybody has said yes: no page, no story, only the way out. */
export const ConfirmFoot = ({ links, stage: { brand } }: Facts) => (
  <>
    <Aside>
      <Strong>Why this mail came.</Strong> This address was given in our form, and we make sure that it is yours before
      we use it.
    </Aside>
    <Aside>
      <A href={links.stop} alone>
        I did not ask for this: send nothing more
      </A>
    </Aside>
    <Address brand={brand} />
  </>
)

export const Address = ({ brand }: { brand: Facts['stage']['brand'] }) => (
  <>
    <Aside>
      {brand.name}. Questions? Write to {brand.supportAddress}.
      {brand.privacyUrl && (
        <>
          {' '}
          <A href={brand.privacyUrl}>What we keep, and why</A>
        </>
      )}
    </Aside>
    <Aside>{brand.postalAddress}</Aside>
  </>
)
