import type { Library } from './series.ts'

/**
 * Written in by the build, as JSON, so that a function knows the texts without a file to read. A text and not an object:
 * an object would add to functions that do not use it.
 */
declare const SERIES: string

/** The series of `content/` as they were when this was built, the first one first. */
export const library: Library = /* @__PURE__ */ JSON.parse(SERIES)
