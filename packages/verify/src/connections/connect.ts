import pg from 'pg'
import { processTimelines } from '../timelines.ts'
import { requireChannelBinding } from './channel-binding.ts'
import { aim, forgetNames } from './client-parts.ts'
import { createHosts } from './hosts.ts'
import { outdatedError, standbyError } from './not-primary.ts'
import { askServer } from './server.ts'
import { prepareSession } from './session-settings.ts'
import { noteSession } from './sessions.ts'
import { plainSettings, type Wishes } from './settings.ts'
import { tellStatements } from './statements.ts'
import type { Target } from './target.ts'
import { createTlsOffers } from './tls-offers.ts'
import type { Host } from './url.ts'

const LOOK_TIMEOUT = 1000 // ms

/**
 * The settings of pools and clients that connect to the primary of `target`. Give them as they are: `Client` finds the
 * host, speaks TLS as the URL says, and makes the settings of `session` for each session. A pool may change those.
 */
export function connectionSettings(target: Target, wishes: Wishes) {
  const plain = plainSettings(target, wishes)
  return { ...plain, session: wishes.session ?? {}, Client: clientOf(target, plain) }
}

/** Opens one connection. Call `end` of it. */
export async function openClient(settings: ReturnType<typeof connectionSettings>): Promise<pg.Client> {
  const client = new settings.Client(settings)
  await client.connect()
  return client
}

/** A `pg.Client` that finds its host when it connects. */
function clientOf(target: Target, plain: pg.ClientConfig): typeof pg.Client {
  const opener = createOpener(target, plain)
  const hosts = target.hosts.length > 1 ? createHosts(target.hosts, opener.open) : oneHost(target.hosts[0])

  const extend = (client: pg.Client, { session = {} }: { session?: Record<string, string> }) => {
    const connect = client.connect.bind(client)
    // A connection that breaks also rejects its statement; without a listener its error would end the process. A pool
    // listens only when the session has begun.
    client.on('error', () => {})
    const connectToPrimary = async () => {
      const endUse = hosts.use()
      client.once('end', endUse)
      try {
        await opener.prepare(client, await hosts.primary())
        await connect()
        await begin(client, target, session)
        return client
      } catch (error) {
        hosts.forget()
        opener.forget(client)
        endUse()
        client.end().catch(() => {})
        throw error
      }
    }
    const connectAs = (callback?: (error: unknown, client?: pg.Client) => void) => {
      const connected = connectToPrimary()
      if (!callback) return connected
      connected.then(() => callback(null, client), callback)
    }
    if (!target.prepared) forgetNames(client)
    tellStatements(client)
    return Object.assign(client, { connect: connectAs })
  }
  return new Proxy(pg.Client, { construct: (Client, [given]) => extend(new Client(given), given) })
}

const oneHost = (host: Host = { host: 'localhost', port: 5432 }) => ({
  primary: async () => host,
  forget: () => {},
  use: () => () => {},
})

/** How to reach one host, primary or not. */
export function createOpener({ tls, channelBinding }: Target, plain: pg.ClientConfig) {
  const offers = createTlsOffers(tls)
  const prepare = async (client: pg.Client, host: Host, settings = plain) => {
    aim(client, { ...host, useTls: await offers.usesTls(host, settings) })
    if (channelBinding === 'require') requireChannelBinding(client)
  }
  const open = async (host: Host) => {
    const settings = { ...plain, connectionTimeoutMillis: LOOK_TIMEOUT, query_timeout: LOOK_TIMEOUT }
    const client = new pg.Client(settings)
    client.on('error', () => {})
    await prepare(client, host, settings)
    await client.connect()
    return client
  }
  return { prepare, open, forget: offers.forget }
}

/**
 * Makes the session's settings and refuses any server but the primary, in one round trip. Behind a transaction pooler a
 * session keeps no setting and no server.
 */
async function begin(client: pg.Client, { schema, pooled }: Target, session: Record<string, string>) {
  const server = await askServer(client, pooled ? [] : prepareSession(schema, session))
  if (server.replica) throw standbyError()
  if (!processTimelines.note(server)) throw outdatedError()
  if (!pooled) noteSession(client, server)
}
