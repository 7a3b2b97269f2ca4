import type { Series } from '../shared/tips/series.ts'

/** In place of the series of this build: what an editor deploys is put in here. */
export const library: Series[] = []
