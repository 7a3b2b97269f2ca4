import { localTime } from '../shared/calendar.ts'
import { isRequestId } from '../shared/request-id.ts'
import { command, only, WrongUse } from './command.ts'
import { when, zoneInWords } from './in-words.ts'

const usage = `next <request id> [options]

Lists the mails that will go out for a request, with the day and hour where the seeker is,
and why.`

export const next = command({
  summary: 'the mails that will go out for a request',
  usage,
  run: async ({ positionals, open }) => {
    const id = only(positionals, 'one request')
    if (!isRequestId(id)) throw new WrongUse('The id of a request has 26 letters and digits.')
    const stack = await open()
    const [{ theStage }, { load }, { mailKey, plan }, { nameInWords }] = await Promise.all([
      import('../shared/aws/environment.ts'),
      import('../shared/aws/files.ts'),
      import('../shared/plan.ts'),
      import('./mail-words.ts'),
    ])
    const now = stack.now()
    const loaded = await load(id, now)
    if (!loaded) {
      const text = `There is no request ${id} in ${stack.name}: it was never sent in, or it is deleted.`
      return { code: 1, data: { request: id, found: false, mails: [] }, text }
    }
    const zone = loaded.file.request.seeker.timeZone
    const mails = plan(loaded.files, theStage().calendar, now).mails.filter(({ requestId }) => requestId === id)
    const names = mails.map((mail) => nameInWords(mail))
    const width = Math.max(0, ...names.map((name) => name.length))
    const lines = mails.map((mail, index) => {
      const moment = mail.dueAt <= now ? 'within minutes' : when(mail.dueAt, zone)
      const merged = mail.merged.map((part) => ` With it: ${nameInWords(part)}.`).join('')
      return `  ${moment.padEnd(23)} ${(names[index] ?? '').padEnd(width)}  ${mail.why}${merged}`
    })
    const stopped = loaded.person.suppressedAt ? '\nMail to this address is stopped: none of them will be sent.' : ''
    return {
      data: {
        request: id,
        found: true,
        timeZone: zone,
        stopped: loaded.person.suppressedAt !== undefined,
        mails: mails.map((mail) => ({
          mail: mailKey(mail),
          dueAt: mail.dueAt,
          dueLocal: localTime(mail.dueAt, zone),
          latestAt: mail.latestAt,
          why: mail.why,
          merged: mail.merged.map(mailKey),
        })),
      },
      text:
        mails.length === 0
          ? `Nothing is planned for ${id}, which is ${loaded.file.request.state}.`
          : `${zoneInWords(zone, now)}:\n${lines.join('\n')}${stopped}`,
    }
  },
})
