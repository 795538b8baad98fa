import { createHash, timingSafeEqual } from 'node:crypto'
import { plainAddress } from '@project-keys/network'
import type { FastifyRequest } from 'fastify'

/**
 * The client's address. It is the connection's, unless a trusted proxy tells another one (Fastify handles that) or the
 * console does, which proves itself by the secret that both were started with.
 */
export function clientAddress({ ip, headers }: FastifyRequest, consoleToken: string | undefined): string {
  return plainAddress(toldByConsole(headers, consoleToken) ?? ip)
}

function toldByConsole(headers: Headers, consoleToken: string | undefined): string | null {
  const told = headers['x-client-address']
  const isConsole = consoleToken !== undefined && isSame(headers['x-console-token'], consoleToken)
  return isConsole && typeof told === 'string' ? told : null
}

type Headers = FastifyRequest['headers']
type Trust = { isTrusted: (address: string) => boolean; consoleToken: string | undefined }

/**
 * Whether that address may be a proxy's: an unknown proxy tells of a client, or a trusted one tells of none. Keys with
 * networks are then refused.
 */
export function isAddressInDoubt({ socket, headers }: FastifyRequest, { isTrusted, consoleToken }: Trust): boolean {
  const isForwarded = headers['x-forwarded-for'] !== undefined
  return isForwarded !== isTrusted(socket.remoteAddress ?? '') && toldByConsole(headers, consoleToken) === null
}

/** Compares hashes, so that the time it takes reveals nothing about the secret. */
function isSame(given: unknown, secret: string): boolean {
  const hash = (text: string) => createHash('sha256').update(text).digest()
  return typeof given === 'string' && timingSafeEqual(hash(given), hash(secret))
}
