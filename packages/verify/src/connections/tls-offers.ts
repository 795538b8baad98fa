import pg from 'pg'
import type { Tls } from './tls.ts'
import { type Host, nameOf } from './url.ts'

const NO_TLS = 'The server does not support SSL connections'

/** Remembers which hosts offer TLS, for connections that use it where it is offered. */
export function createTlsOffers({ options, optional }: Tls) {
  const offers = new Map<string, Promise<boolean>>()

  /** Whether to speak TLS to a host: never over a Unix socket. Rejects if the host does not answer. */
  const usesTls = (host: Host, settings: pg.ClientConfig): Promise<boolean> => {
    if (options === null || host.host.startsWith('/')) return Promise.resolve(false)
    if (!optional) return Promise.resolve(true)
    const known = offers.get(nameOf(host))
    if (known) return known
    const asked = askForTls({ ...settings, ...host })
    asked.catch(() => forget(host))
    offers.set(nameOf(host), asked)
    return asked
  }
  /** Call it after a connection failed, because the server may offer something else from now on. */
  const forget = (host: Host) => offers.delete(nameOf(host))
  return { usesTls, forget }
}

async function askForTls(settings: pg.ClientConfig): Promise<boolean> {
  const client = new pg.Client(settings)
  client.on('error', () => {})
  try {
    await client.connect()
    return true
  } catch (error) {
    if (error instanceof Error && error.message === NO_TLS) return false
    throw error
  } finally {
    client.end().catch(() => {})
  }
}
