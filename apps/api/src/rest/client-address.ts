import { createHash, timingSafeEqual } from 'node:crypto'
import { plainAddress } from '@project-keys/network'
import type { FastifyRequest } from 'fastify'

/**
 * The client's address. It is the connection's, unless a trusted proxy tells another one (Fastify handles that) or the
 * console does, which proves itself by the secret that both were started with.
 */
export function clientAddress({ ip, headers }: FastifyRequest, consoleToken: string | undefined): string {
  const told = headers['x-client-address']
  const isConsole = consoleToken !== undefined && isSame(headers['x-console-token'], consoleToken)
  return plainAddress(isConsole && typeof told === 'string' ? told : ip)
}

/** Compares hashes, so that the time it takes reveals nothing about the secret. */
function isSame(given: unknown, secret: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return typeof given === 'string' && timingSafeEqual(hash(given), hash(secret))
}
