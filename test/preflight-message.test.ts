/**
 * What `npm run preflight -- --check-message` says of a mail that arrived, in test/golden/preflight/message.txt. The mails
 * are made up here: their signatures are of the right form, and sign nothing.
 */
import { expect, test } from 'vitest'
import type { State } from '../ops/checks/finding.ts'
import { examine } from '../ops/checks/message.ts'
import { showAll } from '../ops/checks/show.ts'

const EVERYTHING =
  'From:Subject:To:Message-ID:Date:MIME-Version:Content-Type:List-Unsubscribe:\r\n\t List-Unsubscribe-Post:Feedback-ID'

const signature = (d: string, h: string): string =>
  `DKIM-Signature: v=1; a=rsa-sha256; q=dns/txt; c=relaxed/simple;\r\n\ts=aaaa1111; d=${d}; t=1763985600;\r\n\th=${h};\r\n\tbh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=;\r\n\tb=made+up==`

const verdict = {
  gmail:
    'Authentication-Results: mx.google.com;\r\n       dkim=pass header.i=@campus.edu header.s=aaaa1111 header.b=made;\r\n       dkim=pass header.i=@amazonses.com header.s=bbbb header.b=up;\r\n       spf=pass (google.com: domain of 0100@mail.campus.edu designates 54.240.8.1 as permitted sender) smtp.mailfrom=0100@mail.campus.edu;\r\n       dmarc=pass (p=NONE sp=NONE dis=NONE) header.from=campus.edu',
  outlook:
    'Authentication-Results: spf=pass (sender IP is 54.240.8.1)\r\n smtp.mailfrom=mail.campus.edu; dkim=pass (signature was verified)\r\n header.d=campus.edu;dmarc=pass action=none header.from=campus.edu;compauth=pass\r\n reason=100',
  bad: 'Authentication-Results: mx.google.com;\r\n       dkim=fail header.i=@campus.edu; dkim=pass header.i=@amazonses.com;\r\n       spf=softfail smtp.mailfrom=0100@campus.edu; dmarc=fail (p=REJECT) header.from=campus.edu',
}

const unsubscribe = [
  'List-Unsubscribe: <https://talks.campus.edu/subscriptions/AAAAAAAAAAAAAAAAAAAAAA-preflight/AAAAAAAAAAAAAAAAAAAAAA/unsubscribe>',
  'List-Unsubscribe-Post: List-Unsubscribe=One-Click',
]

const mail = (...headers: string[]): string =>
  [
    'Delivered-To: ada@gmail.com',
    ...headers,
    'From: "Campus Talks" <talks@campus.edu>',
    'To: ada@gmail.com',
    'Subject: Preflight of prod',
    'MIME-Version: 1.0',
    'Content-Type: text/plain; charset=UTF-8',
    '',
    'DKIM-Signature: this line is no header',
    '',
  ].join('\r\n')

const both = [signature('campus.edu', EVERYTHING), signature('amazonses.com', EVERYTHING)]
const withoutPost = EVERYTHING.replace(':\r\n\t List-Unsubscribe-Post', '')

const mails: { when: string; is: State[]; message: string }[] = [
  { when: 'all is as it should be, at Gmail', is: ['ok'], message: mail(verdict.gmail, ...both, ...unsubscribe) },
  { when: 'all is as it should be, at Outlook', is: ['ok'], message: mail(verdict.outlook, ...both, ...unsubscribe) },
  {
    when: 'the signature does not cover List-Unsubscribe-Post',
    is: ['ok', 'failure'],
    message: mail(
      verdict.gmail,
      signature('campus.edu', withoutPost),
      signature('amazonses.com', withoutPost),
      ...unsubscribe,
    ),
  },
  {
    when: 'only that of amazonses.com covers both',
    is: ['ok', 'warning'],
    message: mail(
      verdict.gmail,
      signature('campus.edu', withoutPost),
      signature('amazonses.com', EVERYTHING),
      ...unsubscribe,
    ),
  },
  {
    when: 'the mailbox believes none of it',
    is: ['ok', 'failure'],
    message: mail(verdict.bad, ...both, ...unsubscribe),
  },
  { when: 'the mailbox says nothing', is: ['ok', 'skipped'], message: mail(...both, ...unsubscribe) },
  { when: 'it was forwarded, and its headers are lost', is: ['failure', 'skipped'], message: mail() },
  {
    when: 'the headers are there twice',
    is: ['failure', 'ok'],
    message: mail(verdict.gmail, ...both, ...unsubscribe, ...unsubscribe),
  },
  {
    when: 'the headers are of another form',
    is: ['failure', 'ok'],
    message: mail(
      verdict.gmail,
      ...both,
      'List-Unsubscribe: <mailto:leave@campus.edu>',
      'List-Unsubscribe-Post: One-Click',
    ),
  },
  { when: 'it is no mail at all', is: ['failure'], message: 'PK\u0003\u0004 a zip of pictures' },
]

test('each mail has its words', async () => {
  const told: string[] = []
  for (const { when, is, message } of mails) {
    const checks = await examine(message)
    expect({ when, is: [...new Set(checks.map(({ state }) => state))].sort() }).toEqual({ when, is: is.sort() })
    told.push(`--- ${when}\n${showAll({ of: 'message.eml', checks })}`)
  }
  await expect(`${told.join('\n\n')}\n`).toMatchFileSnapshot('./golden/preflight/message.txt')
})
