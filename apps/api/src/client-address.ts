import { createHash, timingSafeEqual } from 'node:crypto'
import { isIPv6 } from 'node:net'
import type { FastifyRequest } from 'fastify'

/**
 * Whom attempts are counted by. Only a trusted proxy may tell another address than the connection's (Fastify sees to
 * that), and the console, which shows the secret that both were started with.
 */
export function clientAddress({ ip, headers }: FastifyRequest, consoleToken: string | undefined): string {
  const told = headers['x-client-address']
  const isConsole = consoleToken !== undefined && isSame(headers['x-console-token'], consoleToken)
  return network(isConsole && typeof told === 'string' ? told : ip)
}

/** Compared by hash, so that how long it takes tells nothing of the secret. */
function isSame(given: unknown, secret: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return typeof given === 'string' && timingSafeEqual(hash(given), hash(secret))
}

/** Who has an IPv6 address has 2^64 of them: they count as one. */
function network(ip: string): string {
  if (!isIPv6(ip) || ip.includes('.')) return ip
  const [head = '', tail = ''] = ip.split('::')
  const start = head.split(':').filter(Boolean)
  const end = tail.split(':').filter(Boolean)
  const zeros = Array.from({ length: Math.max(0, 8 - start.length - end.length) }, () => '0')
  return `${[...start, ...zeros, ...end].slice(0, 4).join(':')}::/64`
}
