import { handOver } from '../shared/delivery/handover.ts'

/** Hands the tips that are due to the queue. */
export const handler = () => handOver(new Date().toISOString())
