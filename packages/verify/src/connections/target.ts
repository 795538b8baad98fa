import { checkParameters } from './parameters.ts'
import { shortest } from './shortest.ts'
import { type Tls, tlsOf } from './tls.ts'
import { type Host, parseUrl } from './url.ts'

export type ChannelBinding = 'disable' | 'prefer' | 'require'

/** What a connection URL asks for. Times are in ms; undefined where the URL says nothing. */
export type Target = {
  hosts: Host[]
  user: string | undefined
  password: string | undefined
  database: string | undefined
  schema: string | undefined
  tls: Tls
  directTls: boolean
  channelBinding: ChannelBinding
  applicationName: string | undefined
  options: string | undefined
  keepAlive: boolean
  keepAliveDelay: number | undefined
  connectTimeout: number | undefined
  queryTimeout: number | undefined
  connectionLimit: number | undefined
  /** Whether connections keep prepared statements. */
  prepared: boolean
  /** Whether the URL says that a pooler hands out connections for one transaction each. */
  pooled: boolean
}

/**
 * Reads a connection URL: libpq's parameters and Prisma's, each as they mean it. The files that it names are read now.
 * @throws an Error that says what the URL must be; it contains nothing of the password
 */
export function readTarget(url: string): Target {
  const { parameters, passwordFault, ...place } = parseUrl(url)
  checkParameters({ parameters, passwordFault })
  const text = (name: string) => parameters.get(name) || undefined
  const number = (name: string) => (text(name) === undefined ? undefined : Number(text(name)))
  /** 0 means no limit, as where nothing is said. */
  const ms = (name: string) => (number(name) ?? 0) * 1000 || undefined
  const pooled = text('pgbouncer') === 'true'
  const binding = text('channel_binding')
  return {
    ...place,
    schema: text('schema'),
    tls: tlsOf(parameters),
    directTls: text('sslnegotiation') === 'direct',
    channelBinding: binding === 'require' || binding === 'prefer' ? binding : 'disable',
    applicationName: text('application_name') ?? text('fallback_application_name'),
    options: text('options'),
    keepAlive: text('keepalives') !== '0',
    keepAliveDelay: ms('keepalives_idle'),
    connectTimeout: shortest(ms('connect_timeout'), ms('pool_timeout')),
    queryTimeout: ms('socket_timeout'),
    connectionLimit: number('connection_limit'),
    prepared: !pooled && text('statement_cache_size') !== '0',
    pooled,
  }
}

/** What the URL must be, such as "must be of the form …"; null if it can be used as it is. */
export function urlFault(url: string): string | null {
  try {
    readTarget(url)
    return null
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
