import type { FunctionName, World } from './world.ts'

type Message = { id: string; body: string; visibleAt: number; receives: number; sentAt: number; gone: boolean }
type Limits = { visibility: number; maxReceives: number; batchSize: number; maxConcurrency: number }
type Entry = { Id: string; MessageBody: string; DelaySeconds?: number }

/**
 * A standard queue with its event source: any order, at least once, hidden while somebody works on it, put with the dead
 * letters when it was handed out too often.
 */
export const openQueue = (world: World, name: string, fn: FunctionName, limits: Limits) => {
  const { agenda, chance, faults, timeline } = world
  let messages: Message[] = []
  const dead: Message[] = []
  let count = 0
  let working = 0

  const poll = (): void => {
    if (working >= limits.maxConcurrency) return
    const visible = messages.filter(({ visibleAt }) => visibleAt <= world.now())
    const batch: Message[] = []
    while (visible.length > 0 && batch.length < limits.batchSize) {
      const [message] = visible.splice(chance.delivery.below(visible.length), 1)
      if (message && receive(message)) batch.push(message)
    }
    if (batch.length > 0) work(batch)
  }

  /** `false` when it has been handed out too often. */
  const receive = (message: Message): boolean => {
    message.receives += 1
    message.visibleAt = world.now() + limits.visibility
    wakeAt(message.visibleAt)
    if (message.receives <= limits.maxReceives) return true
    messages = messages.filter((other) => other !== message)
    message.gone = true
    dead.push(message)
    timeline.say(`queue ${name}: ${message.id} goes to the dead letters`)
    return false
  }

  const work = (batch: Message[]): void => {
    working += 1
    const Records = batch.map(({ id, body }) => ({ messageId: id, body }))
    world.invoke(fn, { Records }, (ending) => {
      working -= 1
      const failed =
        'answer' in ending
          ? (ending.answer as { batchItemFailures: { itemIdentifier: string }[] }).batchItemFailures
          : batch.map(({ id }) => ({ itemIdentifier: id }))
      for (const message of batch) {
        const isDone = failed.every(({ itemIdentifier }) => itemIdentifier !== message.id)
        if (!isDone || message.gone || faults.strike('message not deleted')) continue
        message.gone = true
        messages = messages.filter((other) => other !== message)
      }
      wakeAt(world.now())
    })
  }

  const wakeAt = (at: number): void => void agenda.add(at, `queue ${name}`, poll)

  const put = (body: string, delay = 0): void => {
    count += 1
    const late = faults.strike('message late') ? chance.delivery.spread(1000, 30 * 60_000) : 0
    const at = world.now() + delay + late + chance.delivery.spread(5, 200)
    const message = { id: `${name}-${count}`, body, visibleAt: at, receives: 0, sentAt: world.now(), gone: false }
    messages.push(message)
    wakeAt(at)
    if (faults.strike('message twice')) {
      // A copy of it that another server of the queue hands out, whatever becomes of this one.
      agenda.add(at + chance.delivery.spread(1, 600_000), `queue ${name}`, () => work([{ ...message }]))
    }
  }

  return {
    dead,
    put,
    take: (entries: readonly Entry[]) => {
      for (const { MessageBody, DelaySeconds = 0 } of entries) put(MessageBody, DelaySeconds * 1000)
      return { Successful: entries.map(({ Id }) => ({ Id, MessageId: Id, MD5OfMessageBody: '' })), Failed: [] }
    },
    depth: (): number => messages.length,
    left: (): string[] => messages.map(({ id, body }) => `${id} ${body}`),
  }
}

export type Queue = ReturnType<typeof openQueue>
