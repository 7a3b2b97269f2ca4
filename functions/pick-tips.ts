import { fromEvent } from '../shared/batch.ts'
import { handOver } from '../shared/delivery/handover.ts'

/** Hands the tips that are due to the queue. */
export const handler = fromEvent(() => handOver(new Date().toISOString()))
