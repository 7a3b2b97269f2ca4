import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { faults } from '../local/ses.ts'
import { draftNames } from '../shared/drafts.ts'
import { events, openStates } from '../shared/events.ts'
import { mailNames } from '../shared/mail-names.ts'
import { requestRoutes, subscriptionRoutes } from '../shared/routes.ts'
import { editable, readSubmission } from '../shared/submission.ts'
import { preferenceFields, readSubscribing } from '../shared/tips/subscribe.ts'

const document = readFileSync(join(import.meta.dirname, '../docs/http.md'), 'utf8')

const section = (title: string): string => document.split(/^## /m).find((part) => part.startsWith(`${title}\n`)) ?? ''
/** The rows of the table in a section, without its head. */
const rowsOf = (title: string): string[][] =>
  section(title)
    .split('\n')
    .filter((line) => line.startsWith('| `'))
    .map((line) => line.slice(1, -1).split('|'))
    .map((cells) => cells.map((cell) => cell.trim()))
const named = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, name = '']) => name)
const firstOf = (title: string): string[] => rowsOf(title).flatMap(([first]) => named(first))
type Read = { ok: boolean; errors?: readonly { field: string; message: string }[] }
/** Fields that must be there. */
const missing = (read: Read): string[] => (read.errors ?? []).map(({ field }) => field)
/** Fields that JSON must not bring. */
const unknown = (read: Read): string[] =>
  (read.errors ?? []).filter(({ message }) => message === 'There is no such field.').map(({ field }) => field)
const filled = (names: string[]) => Object.fromEntries(names.map((name) => [name, 'x']))

describe('docs/http.md', () => {
  test('has every route that there is, and no other', () => {
    const routes = [...requestRoutes, ...subscriptionRoutes].filter(({ method }) => method !== 'HEAD')
    expect(firstOf('Routes').sort()).toEqual(routes.map(({ method, path }) => `${method} ${path}`).sort())
  })

  test('has every event, with its states and its fields', () => {
    const rows = rowsOf('Events of a request').map(([event = '', states, fields, becomes]) => ({
      event: named(event)[0],
      states,
      fields: named(fields),
      becomes,
    }))
    const words = { same: 'the same', before: 'the one before' } as Record<string, string>
    const statesOf = (row: (typeof events)[keyof typeof events]['in']): string =>
      row === 'any' ? 'any' : row === openStates ? 'any that is open' : row.join(', ')
    expect(rows.filter(({ event }) => event !== 'revised')).toEqual(
      Object.entries(events)
        .filter(([event]) => event !== 'revised')
        .map(([event, row]) => ({
          event,
          states: statesOf(row.in),
          fields: Object.keys(row.fields),
          becomes: words[row.becomes] ?? row.becomes,
        })),
    )
    const revised = rows.find(({ event }) => event === 'revised')
    const ofTheForm = firstOf('Fields of a request').filter((name) => name !== 'submissionId' && name !== 'altcha')
    expect(ofTheForm.filter((name) => !revised?.fields.includes(name)).sort()).toEqual(Object.keys(editable).sort())
  })

  test('has the fields that the forms know, and no other', () => {
    expect(unknown(readSubmission({ stranger: 'x' }, 'json'))).toEqual(['stranger'])
    expect(unknown(readSubmission(filled(firstOf('Fields of a request')), 'json'))).toEqual([])
    expect(firstOf('Fields of a request')).toEqual(expect.arrayContaining(Object.keys(editable)))
    expect(firstOf('Fields of a request')).toEqual(expect.arrayContaining(missing(readSubmission({}, 'json'))))
    expect(unknown(readSubscribing({ stranger: 'x' }, 'json', []))).toEqual(['stranger'])
    expect(missing(readSubscribing({}, 'json', []))).toEqual(['email'])
    expect(unknown(readSubscribing(filled(firstOf('Fields of a subscription')), 'json', []))).toEqual([])
    const [, preferences = ''] = section('Fields of a subscription').split('Of the preferences:')
    expect(named(preferences).filter((name) => name !== 'now')).toEqual(expect.arrayContaining(preferenceFields))
    expect(preferenceFields).toEqual(expect.arrayContaining(named(preferences).filter((name) => name !== 'now')))
  })

  test('has every mail and every draft by its name', () => {
    const ofTips = ['confirm-series', 'confirm-series-reminder', 'tip']
    const places = ['nextMails', 'drafts/{mail}', 'mail']
    expect(new Set(named(section('Names of mails')))).toEqual(
      new Set([...places, ...mailNames, ...draftNames, ...ofTips]),
    )
  })

  test('has every fault of SES', () => {
    const [, fault = ''] = rowsOf('On a laptop').find(([route]) => route === '`POST /_local/faults`') ?? []
    expect(named(fault)).toEqual(expect.arrayContaining([...faults]))
  })
})
