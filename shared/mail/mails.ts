import type { MailName } from '../mail-names.ts'
import { closeTheLoop, gratitude, keepInTouch, pauseContact, pointer, refer } from './afterwards.tsx'
import { arrange, arrangeReminder, invitation } from './arranging.tsx'
import { confirm, draft, draftReminder } from './asking.tsx'
import type { Mail } from './facts.tsx'
import { dayBefore, prepare } from './preparing.tsx'
import { debrief, thank, thankReminder } from './thanking.tsx'
import { followUp, followUp2, followUp3, letRest, resume, widen } from './waiting.tsx'

/** Every mail of the workflow: a name without one does not compile. */
export const mails = {
  confirm,
  draft,
  'draft-reminder': draftReminder,
  widen,
  'follow-up': followUp,
  'follow-up-2': followUp2,
  'follow-up-3': followUp3,
  'let-rest': letRest,
  arrange,
  'arrange-reminder': arrangeReminder,
  invitation,
  prepare,
  'day-before': dayBefore,
  thank,
  'thank-reminder': thankReminder,
  debrief,
  refer,
  pointer,
  'close-the-loop': closeTheLoop,
  'keep-in-touch': keepInTouch,
  'pause-contact': pauseContact,
  resume,
  gratitude,
} as const satisfies Record<MailName, Mail>
