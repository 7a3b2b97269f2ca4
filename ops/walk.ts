import type { Item } from '../shared/aws/database.ts'
import { everyPartition, itemCount } from '../shared/aws/whole-table.ts'
import { showProgress } from './progress-bar.ts'

/** Reads the whole table, and says how far it is. */
export const walkTable = async (visit: (items: Item[]) => void): Promise<void> => {
  const progress = showProgress(await itemCount())
  try {
    await everyPartition(visit, progress.at)
  } finally {
    progress.stop()
  }
}
