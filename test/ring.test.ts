import { describe, expect, test } from 'vitest'
import { lessonOf, movedOn } from '../shared/replanning.ts'
import type { LedgerMail } from '../shared/request.ts'
import { whenRung } from '../shared/ring.ts'
import { ada, confirmed, fileOf, having, row, settings, stage } from './people.ts'

const NOW = '2026-11-23T14:01:01.000Z'
const DRAFTED = '2026-11-23T14:01:00.000Z'
const REMINDED = '2026-11-25T13:30:00.000Z'
const AGAIN = '2026-12-02T13:30:00.000Z'
const USELESS = 'its useful time had passed'

const named = ({ mail, occurrence }: { mail: string; occurrence: string }) => `${mail}#${occurrence}`

describe('what a ledger has to learn from a new plan', () => {
  const plannedMail = (mail: LedgerMail['mail'], occurrence: string, dueAt: string, { id } = confirmed) => ({
    requestId: id,
    mail,
    occurrence,
    dueAt,
    latestAt: dueAt,
    lane: 'nudge' as const,
    merged: [],
    why: 'because',
  })
  const mails = [
    plannedMail('draft', '1', DRAFTED),
    plannedMail('draft-reminder', '1-1', REMINDED),
    plannedMail('draft-reminder', '1-2', AGAIN),
  ]
  const learnt = (rows: LedgerMail[], dropped: Parameters<typeof lessonOf>[0]['dropped'] = []) => {
    const file = fileOf(confirmed, rows)
    const lesson = lessonOf({ mails, dropped }, file, [file])
    return {
      planned: lesson.planned.map(
        ({ mail, isNew, moved }) => `${named(mail)}${isNew ? ' new' : ''}${moved ? ' moved' : ''}`,
      ),
      withdrawn: lesson.withdrawn.map(named),
      skipped: lesson.skipped.map((one) => `${named(one.row)}: ${one.reason}`),
      dropped: lesson.dropped.map((drop) => `${named(drop)}: ${drop.reason}`),
    }
  }
  const ofRow = (mail: LedgerMail['mail'], occurrence: string, at: string, state: LedgerMail['state'] = 'planned') =>
    row(confirmed, mail, occurrence, at, state)

  test('with nothing in it: everything', () => {
    expect(learnt([])).toEqual({
      planned: ['draft#1 new moved', 'draft-reminder#1-1 new moved', 'draft-reminder#1-2 new moved'],
      withdrawn: [],
      skipped: [],
      dropped: [],
    })
  })

  test('that knows a mail: its time where that is another one, and nothing of what is being sent or was', () => {
    const rows = [
      ofRow('draft', '1', DRAFTED, 'claimed'),
      ofRow('draft-reminder', '1-1', REMINDED),
      ofRow('draft-reminder', '1-2', '2026-12-03T13:30:00.000Z'),
    ]
    expect(learnt(rows)).toEqual({
      planned: ['draft-reminder#1-1', 'draft-reminder#1-2 moved'],
      withdrawn: [],
      skipped: [],
      dropped: [],
    })
    for (const state of ['unsettled', 'sent', 'delivered', 'bounced', 'complained', 'skipped'] as const)
      expect(learnt([ofRow('draft', '1', DRAFTED, state)]).planned, state).not.toContain('draft#1')
  })

  test('that knows a mail which the plan no longer holds: it is withdrawn, or skipped where there is a reason', () => {
    const rows = [
      ofRow('widen', '2', AGAIN),
      ofRow('follow-up', '2', AGAIN),
      ofRow('let-rest', '2', AGAIN, 'claimed'),
      ofRow('confirm', '0', DRAFTED, 'sent'),
    ]
    const late = { requestId: confirmed.id, mail: 'follow-up' as const, occurrence: '2', reason: USELESS }
    expect(learnt(rows, [late])).toMatchObject({
      withdrawn: ['widen#2'],
      skipped: [`follow-up#2: ${USELESS}`],
      dropped: [`follow-up#2: ${USELESS}`],
    })
  })

  test('of what was dropped: all that has not come to its end', () => {
    const drop = (mail: 'prepare' | 'invitation' | 'day-before') =>
      ({ requestId: confirmed.id, mail, occurrence: '4', reason: USELESS }) as const
    const rows = [
      ofRow('prepare', '4', AGAIN, 'sent'),
      ofRow('invitation', '4', AGAIN, 'claimed'),
      ofRow('prepare', '3', AGAIN, 'sent'),
    ]
    expect(learnt(rows, [drop('prepare'), drop('invitation'), drop('day-before')])).toMatchObject({
      dropped: [`invitation#4: ${USELESS}`, `day-before#4: ${USELESS}`],
      skipped: [],
    })
  })

  test('with parts in it: a row for each, a minute after the mail that is to take it along', () => {
    const parts = [
      { mail: 'prepare' as const, occurrence: '4' },
      { mail: 'day-before' as const, occurrence: '4' },
    ]
    const whole = { ...plannedMail('invitation', '4', AGAIN), merged: parts }
    const rows = [ofRow('invitation', '4', AGAIN), ofRow('day-before', '4', REMINDED)]
    const file = fileOf(confirmed, rows)
    const lesson = lessonOf({ mails: [whole], dropped: [] }, file, [file])
    const dueAt = '2026-12-02T13:31:00.000Z'
    const asPart = { ...whole, merged: [], dueAt }
    expect(lesson.planned).toEqual([
      { mail: whole, isNew: false, moved: false, isPart: false },
      { mail: { ...asPart, ...parts[0] }, isNew: true, moved: true, isPart: true },
      { mail: { ...asPart, ...parts[1] }, isNew: false, moved: true, isPart: true },
    ])
    expect(lesson.withdrawn).toEqual([])
    const told = fileOf(confirmed, [rows[0] ?? expect.unreachable(), ofRow('day-before', '4', dueAt)])
    expect(lessonOf({ mails: [whole], dropped: [] }, told, [told]).planned.map(({ moved }) => moved)).toEqual([
      false,
      true,
      false,
    ])
  })

  test('of the other requests of a person: new times, and nothing else', () => {
    const other = { ...confirmed, id: '01JDADA00000000000000000BB' }
    const files = [
      fileOf(confirmed, [
        row(confirmed, 'draft', '1', DRAFTED, 'sent'),
        row(confirmed, 'widen', '2', AGAIN, 'planned'),
      ]),
      fileOf(other, [row(other, 'draft', '1', DRAFTED, 'planned'), row(other, 'widen', '2', AGAIN, 'planned')]),
    ] as const
    const plan = {
      mails: [plannedMail('draft', '1', REMINDED, other), plannedMail('widen', '2', AGAIN, other)],
      dropped: [{ requestId: other.id, mail: 'follow-up' as const, occurrence: '2', reason: USELESS }],
    }
    const lesson = lessonOf(plan, files[0], files)
    expect(lesson.planned).toEqual([
      { mail: plan.mails[0], isNew: false, moved: true, isPart: false },
      { mail: plan.mails[1], isNew: false, moved: false, isPart: false },
    ])
    // A mail of the same name of somebody else's request keeps none of this one.
    expect(lesson.withdrawn).toEqual([files[0].mails[1]])
    expect([lesson.skipped, lesson.dropped]).toEqual([[], []])
  })
})

describe('a mail that moves its request on', () => {
  const sent = having(confirmed, ['sent', '2026-11-23T15:00:00.000Z'])
  const given = { ...stage, now: '2026-12-09T13:30:05.000Z' }

  test('does so once it is sent', () => {
    const rested = movedOn(sent, { mail: 'let-rest', occurrence: '2' }, given)
    expect(rested).toMatchObject({ state: 'no-response', version: sent.version + 1 })
    expect(rested?.history.at(-1)).toMatchObject({ event: 'rested', at: given.now })
  })

  test.each([
    ['of an earlier round', sent, 'let-rest', '1'],
    ['of a request that has gone on', having(sent, ['replied', '2026-12-01T15:00:00.000Z']), 'let-rest', '2'],
    ['of a kind that moves nothing', sent, 'follow-up', '2'],
  ] as const)('does not: %s', (_which, request, mail, occurrence) => {
    expect(movedOn(request, { mail, occurrence }, given)).toBeUndefined()
  })
})

describe('an alarm that rings', () => {
  const ring = (
    due: { mail: LedgerMail['mail']; occurrence: string },
    file: ReturnType<typeof fileOf>,
    now: string,
    files = [file],
  ) => whenRung({ requestId: file.request.id, ...due }, { file, files }, settings, now)
  const reminder = { mail: 'draft-reminder', occurrence: '1-1' } as const
  const earlier = (instant: string, ms: number) => new Date(Date.parse(instant) - ms).toISOString()

  test('on time, up to a minute early, sends its mail, and knows what comes with it and after it', () => {
    const known = row(confirmed, 'draft-reminder', '1-1', REMINDED, 'planned')
    const file = fileOf(confirmed, [row(confirmed, 'draft', '1', DRAFTED), known])
    for (const early of [0, 60_000]) {
      const rung = ring(reminder, file, earlier(REMINDED, early))
      expect(rung).toMatchObject({
        becomes: 'sent',
        mail: { requestId: confirmed.id, ...reminder, dueAt: REMINDED, merged: [] },
        row: known,
      })
      expect(rung.becomes === 'sent' && rung.upcoming.map(named)).toEqual(['draft-reminder#1-1', 'draft-reminder#1-2'])
    }
  })

  test('earlier than that is of a time that was moved', () => {
    const file = fileOf(confirmed, [row(confirmed, 'draft', '1', DRAFTED)])
    expect(ring(reminder, file, earlier(REMINDED, 60_001))).toMatchObject({
      becomes: 'postponed',
      mail: { ...reminder, dueAt: REMINDED },
      row: undefined,
    })
  })

  test.each([
    ['that the plan holds no longer', { mail: 'widen', occurrence: '2' }],
    ['of an earlier round', { mail: 'draft-reminder', occurrence: '0-1' }],
  ] as const)('for a mail %s sends nothing', (_which, due) => {
    expect(ring(due, fileOf(confirmed), NOW)).toEqual({ becomes: 'withdrawn' })
  })

  test('for a mail that is of no use any more says why', () => {
    const scheduled = having(
      confirmed,
      ['sent', '2026-11-23T15:00:00.000Z'],
      ['replied', '2026-11-25T15:00:00.000Z'],
      ['scheduled', '2026-11-25T16:00:00.000Z', { start: '2026-12-08T15:00' }],
    )
    const afterwards = '2026-12-08T20:00:01.000Z'
    const prepare = { mail: 'prepare', occurrence: '4' } as const
    expect(ring(prepare, fileOf(scheduled), afterwards)).toEqual({ becomes: 'skipped', reason: USELESS })
    // That of another round is not what was dropped.
    expect(ring({ ...prepare, occurrence: '3' }, fileOf(scheduled), afterwards)).toEqual({ becomes: 'withdrawn' })
  })

  test('takes along what it took along when it was claimed before, each once', () => {
    const scheduled = having(
      confirmed,
      ['sent', '2026-11-23T15:00:00.000Z'],
      ['replied', '2026-11-25T15:00:00.000Z'],
      ['scheduled', '2026-11-25T16:00:00.000Z', { start: '2026-11-26T15:00' }],
    )
    const invitation = { mail: 'invitation', occurrence: '4' } as const
    const known = {
      ...row(scheduled, 'invitation', '4', '2026-11-25T16:00:00.000Z', 'planned'),
      merged: [
        { mail: 'arrange' as const, occurrence: '3' },
        { mail: 'prepare' as const, occurrence: '4' },
      ],
    }
    const rung = ring(invitation, fileOf(scheduled, [known]), '2026-11-25T16:00:01.000Z')
    expect(rung.becomes === 'sent' && rung.mail.merged.map(named)).toEqual(['arrange#3', 'prepare#4', 'day-before#4'])
  })

  test('waits for the mail that is to take it along', () => {
    const scheduled = having(confirmed, ['scheduled', NOW, { start: '2026-11-24T15:00' }])
    const invitation = row(scheduled, 'invitation', '2', NOW, 'planned')
    const part = row(scheduled, 'prepare', '2', NOW, 'planned')
    const due = { mail: 'prepare', occurrence: '2' } as const
    expect(ring(due, fileOf(scheduled, [invitation, part]), NOW)).toMatchObject({
      becomes: 'postponed',
      mail: { requestId: scheduled.id, ...due, dueAt: '2026-11-23T14:02:01.000Z', merged: [] },
      row: part,
    })
    // That is over, without it.
    const over = { ...invitation, state: 'skipped' as const }
    expect(ring(due, fileOf(scheduled, [over, part]), NOW)).toMatchObject({ becomes: 'sent', mail: due, row: part })
  })

  test('is for its own request, whatever else of the same name is due for this person', () => {
    const other = { ...ada, id: '01JDADA00000000000000000BB' }
    const files = [fileOf(confirmed), fileOf(other)]
    expect(ring({ mail: 'confirm', occurrence: '0' }, files[0] ?? expect.unreachable(), NOW, files)).toEqual({
      becomes: 'withdrawn',
    })
    expect(ring({ mail: 'confirm', occurrence: '0' }, files[1] ?? expect.unreachable(), NOW, files)).toMatchObject({
      becomes: 'sent',
      mail: { requestId: other.id },
    })
  })
})
