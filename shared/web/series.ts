import { theStage } from '../aws/environment.ts'
import { seriesNamed } from '../delivery/parts.ts'
import { type Answer, cached, html, json, notFound, seeOther } from '../http.ts'
import { libraryPage } from '../pages/library.ts'
import type { Page } from '../pages/page.ts'
import { partPage, seriesPage } from '../pages/series.ts'
import type { Challenge } from '../proof-of-work.ts'
import { library } from '../tips/library.ts'
import type { Part, Series } from '../tips/series.ts'
import { type Call, publicUrl, type Route } from './call.ts'
import { challengeFor } from './proof.ts'

/** The tips as public pages: they may be kept by whoever is between us and the reader, for a few minutes. */

const urlOf = ({ id }: Pick<Series, 'id'>, part?: Pick<Part, 'id'>): string =>
  `${publicUrl()}/series/${id}${part ? `/${part.id}` : ''}`

/** What is read today. */
const current = ({ parts }: Series): Part[] => parts.filter(({ withdrawn }) => !withdrawn)

const seriesIn = ({ path }: Call): Series => {
  const series = seriesNamed(path.series ?? '')
  if (!series) throw notFound()
  return series
}

const briefly = (series: Series) => ({
  id: series.id,
  title: series.title,
  lead: series.lead,
  url: urlOf(series),
  parts: current(series).map((part) => ({
    id: part.id,
    title: part.title,
    takeaway: part.takeaway,
    url: urlOf(series, part),
  })),
})

/** The page with the form under it. What one visitor's browser is to work out is for no other. */
const withForm = (call: Call, pageWith: (challenge: Challenge | undefined) => Page): Answer => {
  const challenge = challengeFor(call)
  const answer = html(200, pageWith(challenge))
  return challenge ? answer : cached(answer)
}

export const allSeries: Route = async (call) =>
  cached(
    call.browser ? html(200, libraryPage({ stage: theStage(), library })) : json(200, { series: library.map(briefly) }),
  )

export const oneSeries: Route = async (call) => {
  const series = seriesIn(call)
  const others = library.filter(({ id }) => id !== series.id)
  if (!call.browser) return cached(json(200, briefly(series)))
  return withForm(call, (challenge) => seriesPage({ stage: theStage(), series, challenge, others }))
}

/** By the name of the part, which stays; a number leads to the one that has it today. */
export const onePart: Route = async (call) => {
  const series = seriesIn(call)
  const { part: name = '' } = call.path
  const numbered = /^[1-9]\d{0,2}$/.test(name) ? current(series)[Number(name) - 1] : undefined
  const part = series.parts.find(({ id }) => id === name)
  if (!part && numbered) return seeOther(urlOf(series, numbered))
  if (!part) throw notFound()
  if (call.browser) return withForm(call, (challenge) => partPage({ stage: theStage(), series, challenge, part }))
  const { id, title, takeaway, action, body } = part
  return cached(json(200, { id, series: series.id, title, takeaway, ...(action ? { action } : {}), body }))
}
