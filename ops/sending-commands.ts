import { command, WrongUse } from './command.ts'

const kinds = { tips: { type: 'boolean' }, workflow: { type: 'boolean' }, all: { type: 'boolean' } } as const

type Kind = 'tips' | 'workflow'

/** Which kinds of mail the command line names; one of them has to be. */
const chosen = (
  values: { tips?: boolean; workflow?: boolean; all?: boolean },
  positionals: readonly string[],
): Kind[] => {
  if (positionals.length > 0) throw new WrongUse('It takes options only.')
  const { all, ...named } = values
  const wanted = (['workflow', 'tips'] as const).filter((kind) => all || named[kind])
  if (wanted.length === 0) throw new WrongUse('Say --tips, --workflow or --all.')
  return wanted
}

const titles = { tips: 'Tips', workflow: 'Workflow mail' } as const
const both = (wanted: readonly Kind[]): string =>
  wanted
    .map((kind) => titles[kind])
    .join(' and ')
    .replace('and Tips', 'and tips')

export const pauseSending = command({
  summary: 'SES takes no more tips, or no more mail at all',
  usage: `pause-sending --tips|--workflow|--all [options]

SES refuses this kind of mail from now on, and nobody is lost: mails and tips that are due
wait, and go out after \`resume-sending\` while they are still useful. Tips are not handed
over meanwhile. What waits for days can end among the dead letters; it is due all the same.

  --tips           the tips, and the mail that asks to confirm them
  --workflow       the mails of requests: confirmations, drafts, reminders
  --all            both`,
  options: kinds,
  run: async ({ values, positionals, open }) => {
    const wanted = chosen(values, positionals)
    const stack = await open()
    const [{ setSending }, { hold }, { forGood }, { depthOf }] = await Promise.all([
      import('../shared/aws/sending.ts'),
      import('../shared/aws/handover.ts'),
      import('../shared/aws/by-hand.ts'),
      import('../shared/aws/queue-contents.ts'),
    ])
    for (const kind of wanted) await setSending(stack.configurationSets[kind], false)
    if (!wanted.includes('tips')) return { data: { paused: wanted }, text: `${both(wanted)} paused.` }
    await hold(forGood)
    const depth = await depthOf(stack.queues.get('tipsqueue') ?? '')
    const onTheWay = depth.waiting + depth.inFlight + depth.delayed
    const rest =
      onTheWay > 0
        ? ` ${onTheWay} ${onTheWay === 1 ? 'message' : 'messages'} with readers had been handed over: SES refuses them. Run this again in a quarter of an hour, when they are through: what is refused shortens the hold.`
        : ''
    return { data: { paused: wanted, onTheWay }, text: `${both(wanted)} paused.${rest}` }
  },
})

export const resumeSending = command({
  summary: 'SES takes mail again',
  usage: `resume-sending --tips|--workflow|--all [options]

Takes back \`pause-sending\`. Mails that are due are rung within 15 minutes, tips are handed
over within five.

  --tips           the tips, and the mail that asks to confirm them
  --workflow       the mails of requests
  --all            both`,
  options: kinds,
  run: async ({ values, positionals, open }) => {
    const wanted = chosen(values, positionals)
    const stack = await open()
    const [{ setSending }, { endHold }] = await Promise.all([
      import('../shared/aws/sending.ts'),
      import('../shared/aws/by-hand.ts'),
    ])
    for (const kind of wanted) await setSending(stack.configurationSets[kind], true)
    if (wanted.includes('tips')) await endHold()
    return { data: { resumed: wanted }, text: `${both(wanted)}: SES takes them again.` }
  },
})
