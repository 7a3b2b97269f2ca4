import type { Command } from './command.ts'
import { deadLetters } from './dead-letters-command.ts'
import { explain } from './explain-command.ts'
import { forgetContact } from './forget-contact-command.ts'
import { next } from './next-command.ts'
import { erase, exportPerson } from './person-commands.ts'
import { replan } from './replan-command.ts'
import { pauseSending, resumeSending } from './sending-commands.ts'
import { stats } from './stats-command.ts'
import { suppress, unsuppress } from './stop-commands.ts'

/** What `npm run ops` can do, by name. */
export const commands: Record<string, Command> = {
  explain,
  next,
  stats,
  'dead-letters': deadLetters,
  replan,
  suppress,
  unsuppress,
  export: exportPerson,
  erase,
  'forget-contact': forgetContact,
  'pause-sending': pauseSending,
  'resume-sending': resumeSending,
}
