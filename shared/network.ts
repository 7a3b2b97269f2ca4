import { createHash } from 'node:crypto'

/**
 * The network an address is in: IPv4 /24, IPv6 /48, hashed, because an address is personal and only "the same one again"
 * matters. What is no address is a network of its own.
 */
export const networkOf = (sourceIp: string, key: string): string => {
  const prefix = sourceIp.includes(':')
    ? expand(sourceIp).slice(0, 3).join(':')
    : sourceIp.split('.').slice(0, 3).join('.')
  return createHash('sha256').update(`${key}\n${prefix}`).digest('base64url').slice(0, 16)
}

const expand = (address: string): string[] => {
  const [head = '', tail = ''] = address.toLowerCase().split('::')
  const before = head === '' ? [] : head.split(':')
  const after = tail === '' ? [] : tail.split(':')
  return [...before, ...Array(Math.max(0, 8 - before.length - after.length)).fill('0'), ...after]
}
