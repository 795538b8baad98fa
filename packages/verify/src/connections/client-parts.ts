import { EventEmitter } from 'node:events'
import { Duplex } from 'node:stream'
import type pg from 'pg'

/** What pg's types do not show of a client; `connections.test.ts` fails if pg changes what this relies on. */
export type Connection = EventEmitter & { stream: Duplex; ssl: unknown }

export function connectionOf(client: pg.ClientBase): Connection {
  const connection: unknown = Reflect.get(client, 'connection')
  if (!isConnection(connection)) throw new Error('This version of pg is not supported.')
  return connection
}

const isConnection = (value: unknown): value is Connection =>
  value instanceof EventEmitter && 'stream' in value && value.stream instanceof Duplex && 'ssl' in value

/** Points a client that has not connected yet at a host. */
export function aim(client: pg.ClientBase, { host, port, useTls }: { host: string; port: number; useTls: boolean }) {
  Object.assign(client, { host, port })
  if (useTls) return
  Object.assign(client, { ssl: false })
  Object.assign(connectionOf(client), { ssl: false })
}

/** Lets a client prepare no statement by its name, because behind a transaction pooler the next one goes elsewhere. */
export function forgetNames(client: pg.ClientBase) {
  const query = client.query.bind(client)
  const unnamed = (given: unknown) =>
    typeof given === 'object' && given !== null && 'name' in given && !('submit' in given)
      ? { ...given, name: undefined }
      : given
  const queryUnnamed = (given: unknown, ...rest: unknown[]) => Reflect.apply(query, client, [unnamed(given), ...rest])
  Object.assign(client, { query: queryUnnamed })
}
