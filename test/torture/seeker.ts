import { tokenFor } from '../../shared/capability.ts'
import { allowedEvents, type EventName, events } from '../../shared/events.ts'
import { mailTags, tipTags } from '../../shared/names.ts'
import type { InterviewRequest } from '../../shared/request.ts'
import { adasForm } from '../traveller.ts'
import { personIn, requestsIn } from './contents.ts'
import type { Ending } from './lambda.ts'
import type { Mailbox, Taken } from './mail-service.ts'
import type { FunctionName, World } from './world.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE
const DAY = 24 * HOUR

const zones = ['America/New_York', 'Europe/Berlin', 'Asia/Kolkata', 'Pacific/Auckland', 'America/Sao_Paulo', 'UTC']
const mailboxes: readonly Mailbox[] = [
  'fine',
  'fine',
  'fine',
  'fine',
  'fine',
  'fine',
  'fine',
  'gone',
  'full',
  'complains',
]

/** A form that was sent in, and the links that have come of it: paths, without their origin. */
type Asked = { form: Record<string, unknown>; confirm?: string; page?: string; stop?: string }

/** A word that only this seeker uses. */
export const wordOf = (number: number): string => `word${number}x`

/** One person: fills in forms, reads her mail, presses its buttons; twice at times, too late, and in any order. */
export const openSeeker = (world: World, number: number) => {
  const { agenda, timeline } = world
  const { story } = world.chance
  const email = `seeker-${number}@example.org`
  world.mailboxes.set(email, story.pick(mailboxes))
  const asked: Asked[] = []
  /** Links of what she reads, by their names. */
  const reading = new Map<string, string>()
  let left = 2 + story.below(9)

  const click = (fn: FunctionName, path: string, body: object, tries = 3): void => {
    world.count('clicks')
    const once = (onEnd: (ending: Ending) => void): void => {
      const event = httpEvent(path, body)
      timeline.say(`seeker ${number} presses ${path} ${JSON.stringify(body)}`)
      world.invoke(fn, event, onEnd)
    }
    once((ending) => {
      const { statusCode = 500, body: text = '' } = ('answer' in ending ? ending.answer : {}) as {
        statusCode?: number
        body?: string
      }
      const page = /"page":"https?:\/\/[^/"]+([^"]+)"/.exec(text)?.[1]
      const mine = page && asked.find((one) => one.confirm === path)
      if (mine) learn(mine, page)
      if (mine) confirmHeld(path)
      // What fails for no reason of hers she tries again, or gives up.
      if (statusCode >= 500 && tries > 1 && story.is(0.8))
        agenda.add(world.now() + story.spread(SECOND, 5 * MINUTE), 'seeker', () => click(fn, path, body, tries - 1))
    })
    if (!story.is(0.15)) return
    world.count('clicks')
    agenda.add(world.now() + story.spread(1, 4 * SECOND), 'seeker', () => once(() => undefined))
  }

  /** The page that confirms one offers the others that wait for it. */
  const confirmHeld = (path: string): void => {
    const confirmed = requestsIn(world.table).find(({ id }) => path.includes(id))
    const { held = new Set<string>() } = confirmed ? personIn(world.table, confirmed.person) : {}
    for (const { id, secret } of requestsIn(world.table).filter((request) => held.has(request.id))) {
      const confirm = `/confirm/${id}${tokenFor(secret, 'confirm')}`
      const one = asked.find((other) => !other.confirm)
      if (one) one.confirm = confirm
      agenda.add(world.now() + story.spread(10, 20 * SECOND), 'seeker', () => click('requests', confirm, {}))
    }
  }

  const ask = (form: Record<string, unknown>): void => click('requests', '/requests', form)

  const begin = (): void => {
    const one: Asked = {
      form: {
        ...adasForm,
        seekerEmail: email,
        timeZone: story.pick(zones),
        topic: wordOf(number),
        followUps: story.below(4),
        tips: story.is(0.5),
        submissionId: `form-${number}-${asked.length}`,
      },
    }
    asked.push(one)
    ask(one.form)
  }

  const learn = (one: Asked, page: string): void => {
    const isNew = !one.page
    one.page = page
    if (isNew) agenda.add(world.now() + gap(), 'seeker', next)
  }

  const gap = (): number => (story.is(0.15) ? story.spread(10, SECOND) : story.spread(2 * SECOND, 12 * DAY))

  const next = (): void => {
    if (left <= 0) return
    act()
    agenda.add(world.now() + gap(), 'seeker', next)
  }

  const act = (): void => {
    const known = asked.filter(({ page }) => page)
    if (left <= 0 || known.length + reading.size === 0) return
    left -= 1
    if (reading.size > 0 && (known.length === 0 || story.is(0.3))) changeReading()
    else doSomething(story.pick(known))
  }

  const doSomething = (one: Asked): void => {
    const { page = '', stop = '', form, confirm } = one
    const id = page.split('/')[2] ?? ''
    const request = requestsIn(world.table).find((other) => other.id === id)
    const chosen = story.below(100)
    if (chosen < 62) tell(page, request && story.pick(allowedEvents(request.state)), request)
    else if (chosen < 74) tell(page, story.pick(Object.keys(events) as EventName[]), request)
    else if (chosen < 78 && stop) waver('requests', stop, {}, { undo: 'on' })
    else if (chosen < 82 && stop) waver('requests', stop, { undo: 'on' }, {})
    else if (chosen < 86 && stop) waver('subscriptions', `${stop}-everything`, {}, { undo: 'on' })
    else if (chosen < 90 && stop) waver('subscriptions', `${stop}-everything`, { undo: 'on' }, {})
    else if (chosen < 92) click('requests', `${page}/erase`, {})
    else if (chosen < 94) ask(form)
    else if (chosen < 96 && confirm) click('requests', confirm, {})
    else if (asked.length < 3) begin()
  }

  /** Says it, and now and then in the same second the contrary, and once more what she said first. */
  const waver = (fn: 'requests' | 'subscriptions', path: string, says: object, takesBack: object): void => {
    click(fn, path, says)
    const again = story.is(0.4) ? story.below(4) : 0
    for (let times = 1; times <= again; times += 1)
      agenda.add(world.now() + story.spread(1, 300), 'seeker', () => click(fn, path, times % 2 ? takesBack : says))
  }

  /** Leaves, comes back, pauses, wants the next part now, or has all of it erased. */
  const changeReading = (): void => {
    const path = (name: string): string => reading.get(name) ?? ''
    const wish = (fields: object): void => click('subscriptions', path('preferences'), fields)
    const chosen = story.below(100)
    if (chosen < 25) waver('subscriptions', path('unsubscribe'), {}, { undo: 'on' })
    else if (chosen < 40) waver('subscriptions', path('unsubscribe'), { undo: 'on' }, { everything: 'on' })
    else if (chosen < 47) waver('subscriptions', path('unsubscribe'), { everything: 'on' }, { undo: 'on' })
    else if (chosen < 57) wish({ next: 'now' })
    else if (chosen < 67) wish({ pauseWeeks: story.below(4) })
    else if (chosen < 77) wish({ again: true })
    else if (chosen < 84) wish({ leave: true })
    else if (chosen < 90) wish({ hour: story.below(24) })
    else if (chosen < 94) click('subscriptions', path('preferences').replace(/preferences$/, 'erase'), {})
    else click('subscriptions', '/subscriptions', { email })
  }

  const readTip = (text: string): void => {
    const isFirst = reading.size === 0
    for (const [, path = '', name = ''] of text.matchAll(
      /https?:\/\/[^/\s]+(\/subscriptions\/[\w-]+\/[\w-]+\/(confirm|unsubscribe|preferences))/g,
    ))
      reading.set(name, path)
    const confirm = reading.get('confirm')
    if (confirm && story.is(0.5))
      agenda.add(world.now() + story.spread(3 * SECOND, 2 * DAY), 'seeker', () => click('subscriptions', confirm, {}))
    if (isFirst && asked.every(({ page }) => !page)) agenda.add(world.now() + gap(), 'seeker', next)
  }

  const tell = (page: string, event: EventName | undefined, request: InterviewRequest | undefined): void => {
    if (event) click('requests', `${page}/events`, { event, ...fieldsOf(event, request) })
  }

  /** Wall times and days are near enough: what has passed is refused, as it is with people. */
  const later = (low: number, high: number): string => new Date(world.now() + story.spread(low, high)).toISOString()

  const fieldsOf = (event: EventName, request: InterviewRequest | undefined): object => {
    switch (event) {
      case 'scheduled':
      case 'rescheduled':
        return { start: later(30 * MINUTE, 25 * DAY).slice(0, 16), ...(story.is(0.3) ? { minutes: 30 } : {}) }
      case 'deferred':
        return { until: later(DAY, 40 * DAY).slice(0, 10) }
      case 'paused':
        return story.is(0.7) ? { until: later(DAY, 30 * DAY).slice(0, 10) } : {}
      case 'met':
        return {
          ...(story.is(0.5) ? { learned: 'That compilers are for people.' } : {}),
          ...(story.is(0.5) ? { names: 'Jean Bartik' } : {}),
          ...(story.is(0.3) ? { promisedBy: later(2 * DAY, 40 * DAY).slice(0, 10) } : {}),
        }
      case 'closed':
        return story.is(0.5) ? { landed: true } : {}
      case 'revised':
        return story.is(0.5) ? { followUps: (request?.followUps ?? 0) === 3 ? 0 : 3 } : { timeZone: story.pick(zones) }
      default:
        return {}
    }
  }

  return {
    /** With a form for a talk, or one for the tips. */
    begin: (): void => {
      if (story.is(0.15)) click('subscriptions', '/subscriptions', { email })
      else begin()
    },
    /** A mail is on its way to somebody: at this very moment she may change her mind. */
    interrupt: (): void => void agenda.add(world.now() + story.spread(1, 200), 'seeker', act),
    /** A mail of ours is in her inbox, if it gets there. */
    read: ({ to, text, tags }: Taken): void => {
      const {
        [mailTags.request]: requestId = '',
        [mailTags.mail]: mail = '',
        [tipTags.subscription]: subscription,
      } = tags
      const fate = world.mailboxes.get(email)
      if (!to.includes(email) || fate === 'gone' || fate === 'full') return
      agenda.add(world.now() + story.spread(2 * SECOND, 10 * MINUTE), 'seeker reads', () => {
        if (subscription) return readTip(text)
        const path = (pattern: RegExp): string | undefined => pattern.exec(text)?.[1]
        const confirm = path(/https?:\/\/[^/\s]+(\/confirm\/[\w-]+)/)
        const stop = path(/https?:\/\/[^/\s]+(\/requests\/\w+\/[\w-]+\/stop)/)
        const page = path(/https?:\/\/[^/\s]+(\/requests\/\w+\/[\w-]+)(?!\/stop|[\w-])/)
        const one =
          asked.find((other) => other.page?.includes(requestId) || other.confirm?.includes(requestId)) ??
          asked.find((other) => !other.confirm)
        if (!one) return
        if (stop) one.stop = stop
        if (page && !page.endsWith('/stop')) learn(one, page)
        if (mail !== 'confirm' || !confirm) return
        one.confirm = confirm
        if (story.is(0.9))
          agenda.add(world.now() + story.spread(3 * SECOND, 2 * DAY), 'seeker', () => click('requests', confirm, {}))
      })
    },
  }
}

/** What one button does takes a form only, as browsers send it. */
const takesForms = /\/(stop|stop-everything|unsubscribe|confirm|erase)$|^\/confirm\//

const httpEvent = (path: string, body: object) => ({
  version: '2.0',
  rawPath: path,
  rawQueryString: '',
  headers: {
    'content-type': takesForms.test(path) ? 'application/x-www-form-urlencoded' : 'application/json',
    accept: 'application/json',
  },
  requestContext: { http: { method: 'POST', path, sourceIp: '192.0.2.1' } },
  body: takesForms.test(path) ? new URLSearchParams({ ...body }).toString() : JSON.stringify(body),
  isBase64Encoded: false,
})

export type Seeker = ReturnType<typeof openSeeker>
