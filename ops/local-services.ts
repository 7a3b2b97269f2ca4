import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { join } from 'node:path'
import { PlainError } from './plain-error.ts'

/**
 * Where SQS, Scheduler, SES and CloudWatch Logs of the local cloud answer: as `endpoints.json` says (`services`). Until it
 * does, the process that answers on `publicUrl` is asked of Linux for the other ports that it listens on.
 */
export const servicesOf = async (dataDir: string, publicUrl: string): Promise<string> => {
  const written = writtenIn(dataDir)
  if (written) return written
  for (const port of portsBeside(Number(new URL(publicUrl).port))) {
    const url = `http://127.0.0.1:${port}`
    if (await isServices(url)) return url
  }
  throw new PlainError('The queues and the mail service of the local cloud were not found. Is it still running?')
}

const writtenIn = (dataDir: string): string | undefined => {
  try {
    const { services } = JSON.parse(readFileSync(join(dataDir, 'endpoints.json'), 'utf8'))
    return typeof services === 'string' ? services : undefined
  } catch {
    return undefined
  }
}

/** Nothing else there has schedule groups. */
const isServices = async (url: string): Promise<boolean> => {
  try {
    const response = await fetch(`${url}/schedule-groups`, { signal: AbortSignal.timeout(2000) })
    return Array.isArray(((await response.json()) as { ScheduleGroups?: unknown }).ScheduleGroups)
  } catch {
    return false
  }
}

const LISTENS = '0A'

/** Ports on which TCP connections are waited for, by the inode of the socket. */
const listening = (): Map<string, number> => {
  const found = new Map<string, number>()
  for (const file of ['/proc/net/tcp', '/proc/net/tcp6']) {
    for (const line of linesOf(file)) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      if (state === LISTENS) found.set(inode, Number.parseInt(local.slice(local.lastIndexOf(':') + 1), 16))
    }
  }
  return found
}

const linesOf = (file: string): string[] => {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(1)
  } catch {
    return []
  }
}

const portsBeside = (known: number): number[] => {
  const ports = listening()
  for (const pid of namesIn('/proc').filter((name) => /^\d+$/.test(name))) {
    const own = new Set(socketsOf(pid).flatMap((inode) => ports.get(inode) ?? []))
    if (own.has(known)) return [...own].filter((port) => port !== known)
  }
  return []
}

/** Inodes; none of a process of somebody else. */
const socketsOf = (pid: string): string[] =>
  namesIn(`/proc/${pid}/fd`).flatMap((fd) => {
    try {
      return /^socket:\[(\d+)\]$/.exec(readlinkSync(`/proc/${pid}/fd/${fd}`))?.[1] ?? []
    } catch {
      return []
    }
  })

const namesIn = (folder: string): string[] => {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
