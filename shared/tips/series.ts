import type { State } from '../request.ts'

/** A tip series as the build reads it from `content/series/`. */

export type Inline = string | { strong: Inline[] } | { em: Inline[] } | { link: string; of: Inline[] }

/** What a part may be made of: an editor's Markdown holds nothing else. */
export type Block =
  | { p: Inline[] }
  | { heading: string }
  | { list: Inline[][]; ordered?: true }
  /** Paragraphs of an example, set apart. */
  | { quote: Inline[][] }

/** By the calendar of the reader, after the part before it; of the first part, after the subscription. */
export type Delay = { days: number; months: number }

export type Part = {
  /** From the file's name: what links and the subscription remember it by. It stays when the order changes. */
  id: string
  title: string
  takeaway: string
  delay: Delay
  /** Only for a reader who has brought a request this far; without it, for everybody. */
  only?: State
  /** Its one button: words, and a path on our origin. */
  action?: { label: string; to: string }
  /** A mistake was put right: this text goes to readers of older editions as well. Any text, a date serves well. */
  correction?: string
  /** Nobody gets it any more, readers of older editions included. */
  withdrawn?: true
  body: Block[]
}

export type Series = {
  id: string
  title: string
  /** One or two sentences for forms and pages. */
  lead: string
  /** Begins by itself for a subscriber whose request comes this far. */
  starts?: State
  /** What its own page says above the list of parts. */
  intro: Block[]
  parts: Part[]
  /** A short hash of all of the above: what an enrolment is pinned to. */
  edition: string
}

/** The first is the one that the form offers. */
export type Library = readonly Series[]

/**
 * The parts for a reader whose subscription is pinned to `pinned`, in order: those she began with, in their words, and
 * between them what was added since. What was corrected comes as it reads now; what was withdrawn keeps its place and is
 * not sent.
 */
export const partsFor = (pinned: readonly Part[], current: readonly Part[]): Part[] => {
  const now = new Map(current.map((part) => [part.id, part]))
  const inOrder = pinned.map((part) => {
    const present = now.get(part.id)
    // One that was withdrawn and is back has no words of then that anybody should read.
    const changed = present && (present.withdrawn || part.withdrawn || present.correction !== part.correction)
    return changed ? present : part
  })
  for (const [index, part] of current.entries()) {
    if (inOrder.some(({ id }) => id === part.id)) continue
    // Behind the part before it, which is among hers by now.
    const before = current[index - 1]?.id
    inOrder.splice(inOrder.findIndex(({ id }) => id === before) + 1, 0, part)
  }
  return inOrder
}

/** How far a reader has come. */
export type Progress = {
  /** Ids of the parts she had, oldest first. */
  had: readonly string[]
  /** Parts that were not for her when their turn came: they come as soon as they are. */
  passed?: readonly string[]
  /** How far her requests have come, at any time. */
  reached?: readonly State[]
}

/** What comes next; nothing when she has had all that is for her. `passed` is what it was passed over on the way. */
export const nextPart = (
  parts: readonly Part[],
  { had, passed = [], reached = [] }: Progress,
): { part: Part | undefined; passed: string[] } => {
  const isForHer = (part: Part): boolean => !part.withdrawn && (!part.only || reached.includes(part.only))
  const late = parts.find((part) => passed.includes(part.id) && isForHer(part) && !had.includes(part.id))
  if (late) return { part: late, passed: passed.filter((id) => id !== late.id) }
  // What was added before the point that she has reached has come too late for her.
  const ahead = parts
    .slice(parts.findLastIndex((part) => had.includes(part.id)) + 1)
    .filter((part) => !part.withdrawn && !passed.includes(part.id))
  const at = ahead.findIndex(isForHer)
  const skipped = (at < 0 ? ahead : ahead.slice(0, at)).map((part) => part.id)
  return { part: ahead[at], passed: [...passed, ...skipped] }
}

/** What she is passed over for once she has had `part`. */
export const passedWith = (parts: readonly Part[], { had, passed = [] }: Progress, part: Part): string[] => {
  const before = parts
    .slice(
      parts.findLastIndex(({ id }) => had.includes(id)) + 1,
      parts.findIndex(({ id }) => id === part.id),
    )
    .filter(({ withdrawn }) => !withdrawn)
  return [...new Set([...passed, ...before.map(({ id }) => id)])].filter((id) => id !== part.id)
}
