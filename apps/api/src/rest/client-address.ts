import { createHash, timingSafeEqual } from 'node:crypto'
import { plainAddress } from '@project-keys/network'
import type { FastifyRequest } from 'fastify'

/**
 * Where a request comes from. Only a trusted proxy may tell another address than the connection's (Fastify sees to
 * that), and the console, which shows the secret that both were started with.
 */
export function clientAddress({ ip, headers }: FastifyRequest, consoleToken: string | undefined): string {
  const told = headers['x-client-address']
  const isConsole = consoleToken !== undefined && isSame(headers['x-console-token'], consoleToken)
  return plainAddress(isConsole && typeof told === 'string' ? told : ip)
}

/** Compared by hash, so that how long it takes tells nothing of the secret. */
function isSame(given: unknown, secret: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return typeof given === 'string' && timingSafeEqual(hash(given), hash(secret))
}
