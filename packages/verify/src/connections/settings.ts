import { shortest } from './shortest.ts'
import type { Target } from './target.ts'

/** What the opener of connections wants of them. Times are in ms. */
export type Wishes = {
  /** Shown by PostgreSQL, unless the URL gives another one. */
  name: string
  connectTimeout: number
  queryTimeout?: number
  /** Settings of each session, such as `statement_timeout`. */
  session?: Record<string, string>
}

/** The settings of pg for `target`, but for the choice of a host. */
export function plainSettings(target: Target, { name, connectTimeout, queryTimeout }: Wishes) {
  const { user, password, database, tls, options, keepAlive, keepAliveDelay } = target
  const query_timeout = shortest(queryTimeout, target.queryTimeout)
  return {
    ssl: tls.options ?? false,
    connectionTimeoutMillis: shortest(connectTimeout, target.connectTimeout) ?? connectTimeout,
    application_name: target.applicationName ?? name,
    keepAlive,
    enableChannelBinding: target.channelBinding !== 'disable',
    ...(user === undefined ? {} : { user }),
    ...(password === undefined ? {} : { password }),
    ...(database === undefined ? {} : { database }),
    ...(options === undefined ? {} : { options }),
    ...(query_timeout === undefined ? {} : { query_timeout }),
    ...(keepAliveDelay === undefined ? {} : { keepAliveInitialDelayMillis: keepAliveDelay }),
    ...(target.directTls ? { sslnegotiation: 'direct' as const } : {}),
  }
}
