import pg from 'pg'
import { requireChannelBinding } from './channel-binding.ts'
import { aim } from './client-parts.ts'
import { createTlsOffers } from './hosts.ts'
import { sessionSettings, setSettings } from './session-settings.ts'
import type { Target } from './target.ts'

/** What the opener of connections wants of them. Times are in ms. */
export type Wishes = {
  /** Shown by PostgreSQL, unless the URL gives another one. */
  name: string
  connectTimeout: number
  queryTimeout?: number
  /** Set for each session, such as `statement_timeout`. */
  settings?: Record<string, string>
}

/**
 * The settings of pools and clients that connect to `target`. Give them as they are: they choose the host, speak TLS as
 * the URL says, and prepare each session. Behind a transaction pooler a session keeps no setting, so none is made.
 */
export function connectionSettings(target: Target, { name, connectTimeout, queryTimeout, settings = {} }: Wishes) {
  const { user, password, database, tls, options, keepAlive, keepAliveDelay, pooled } = target
  const [{ host, port } = { host: 'localhost', port: 5432 }] = target.hosts
  const query_timeout = shortest(queryTimeout, target.queryTimeout)
  const plain = {
    host,
    port,
    ssl: tls.options ?? false,
    connectionTimeoutMillis: shortest(connectTimeout, target.connectTimeout) ?? connectTimeout,
    application_name: target.applicationName ?? name,
    keepAlive,
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    ...(options === undefined ? {} : { options }),
    ...(query_timeout === undefined ? {} : { query_timeout }),
    ...(keepAliveDelay === undefined ? {} : { keepAliveInitialDelayMillis: keepAliveDelay }),
    ...(target.directTls ? { sslnegotiation: 'direct' as const } : {}),
    enableChannelBinding: target.channelBinding !== 'disable',
  }
  const own = Object.entries(settings).map(([setting, value]) => ({ name: setting, value }))
  const session = setSettings([...sessionSettings(target.schema), ...own])
  const onConnect = async (client: pg.ClientBase) => {
    if (!pooled) await client.query(session)
  }
  return { ...plain, Client: clientOf(target, plain), onConnect }
}

/** Opens one connection. Call `end` of it. */
export async function openClient(settings: ReturnType<typeof connectionSettings>): Promise<pg.Client> {
  const client = new settings.Client(settings)
  // A connection that breaks also rejects its statement; without a listener its error would end the process.
  client.on('error', () => {})
  try {
    await client.connect()
    await settings.onConnect(client)
    return client
  } catch (error) {
    client.end().catch(() => {})
    throw error
  }
}

/** A `pg.Client` that finds its host when it connects. */
function clientOf(target: Target, plain: pg.ClientConfig): typeof pg.Client {
  const offers = createTlsOffers(target.tls)
  const open = (client: pg.Client) => {
    const connect = client.connect.bind(client)
    const connectToHost = async () => {
      const { host, port } = client
      aim(client, { host, port, useTls: await offers.usesTls({ host, port }, plain) })
      if (target.channelBinding === 'require') requireChannelBinding(client)
      try {
        await connect()
        return client
      } catch (error) {
        offers.forget({ host, port })
        throw error
      }
    }
    const connectAs = (callback?: (error: unknown, client?: pg.Client) => void) => {
      const connected = connectToHost()
      if (!callback) return connected
      connected.then(() => callback(null, client), callback)
    }
    return Object.assign(client, { connect: connectAs })
  }
  return new Proxy(pg.Client, { construct: (Client, [settings]) => open(new Client(settings)) })
}

const shortest = (one: number | undefined, other: number | undefined) =>
  one === undefined || other === undefined ? (one ?? other) : Math.min(one, other)
