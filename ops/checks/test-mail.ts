import { SendEmailCommand } from '@aws-sdk/client-sesv2'
import { fromHeader } from '../../shared/aws/mail.ts'
import { type Check, failure, ok, skipped } from './finding.ts'
import { nobodysLink } from './pages.ts'
import { setOf } from './reports.ts'

const SIMULATOR = 'success@simulator.amazonses.com'

const text = (stage: string): string => `This is a test by "npm run preflight -- --stage ${stage}".

It goes the way that tips go. To see that it was signed as it should be, save it in full,
with all its headers, and run:

  npm run preflight -- --check-message <file>
`

export const testMail: Check = {
  name: 'Test mail',
  why: 'What really arrives: above all whether the signature covers the headers that one-click unsubscribe needs.',
  run: async (look) => {
    const { deployment, wishes, sendMail, output, region } = look
    const { sendTo } = wishes
    if (!sendTo) {
      return skipped(
        'None was asked for.',
        `Add --send-to ${SIMULATOR}, which costs no reputation; or --send-to your own address, to look at what arrives`,
      )
    }
    const set = await setOf(look, 'tips')
    const url = await output('Url')
    if (!url) return skipped('The stack does not say where its pages are.')
    const utf8 = (Data: string) => ({ Data, Charset: 'UTF-8' })
    const mail = new SendEmailCommand({
      FromEmailAddress: fromHeader(deployment.sender),
      Destination: { ToAddresses: [sendTo] },
      ConfigurationSetName: set,
      Content: {
        Simple: {
          Subject: utf8(`Preflight of ${deployment.name}`),
          Body: { Text: utf8(text(deployment.name)) },
          Headers: [
            { Name: 'List-Unsubscribe', Value: `<${nobodysLink(url)}>` },
            { Name: 'List-Unsubscribe-Post', Value: 'List-Unsubscribe=One-Click' },
            { Name: 'Auto-Submitted', Value: 'auto-generated' },
          ],
        },
      },
    })
    const sent = await sendMail(mail)
    if ('refused' in sent) {
      const who = /identities failed the check in region [\w-]+: (.+)$/i.exec(sent.refused)?.[1]
      return failure(
        `SES refused it: ${sent.refused}`,
        ...(who
          ? [`Verify ${who} with SES (console, ${region}: SES → Identities), or leave the sandbox: see "SES sandbox"`]
          : ['See "SES sending", "Sender" and "Mail of tips"']),
      )
    }
    if (sendTo.endsWith('@simulator.amazonses.com'))
      return ok(`SES took it (${sent.messageId}), and the simulator takes all.`)
    return {
      ...ok(`SES took it (${sent.messageId}).`),
      todo: [
        `Open it at ${sendTo} and save it in full. Gmail: ⋮ → Show original → Download original. Outlook: ⋯ → Save as. Apple Mail: File → Save as → Raw message source`,
        'npm run preflight -- --check-message <file>',
      ],
    }
  },
}
