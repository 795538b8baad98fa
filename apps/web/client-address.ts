import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'
import { plainAddress } from '@project-keys/api/proxies'

/** The browser's address: only a proxy that is trusted may tell another one than the connection's. */
export function clientAddress({ socket, headers }: IncomingMessage, isTrusted: (address: string) => boolean): string {
  const told = String(headers['x-forwarded-for'] ?? '').split(',')
  let address = plainAddress(socket.remoteAddress)
  for (const former of told.reverse().map((each) => plainAddress(each))) {
    if (!isIP(former) || !isTrusted(address)) break
    address = former
  }
  return address
}
