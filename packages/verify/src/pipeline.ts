import pg from 'pg'
import { batchingSocket } from './batching-socket.ts'

export type Pipeline = ReturnType<typeof createPipeline>

type Row = Record<string, unknown>

/**
 * In ms. A read notices at once that its connection was lost before; a read that took longer failed for another reason.
 */
const RETRY_WITHIN = 1000

type Options = {
  connections: number
  /** Called when an idle connection is lost. The pipeline replaces it. */
  log: (error: Error) => void
}

/**
 * Short reads of many callers over few connections. Each read leaves at once, without waiting for the answers to those
 * before it (PostgreSQL's manual, "Message Flow", "Pipelining"), so PostgreSQL handles several in one turn, at half the
 * cost of a connection for each caller. A slow read delays those behind it: use it for nothing that takes long, and for
 * no write, because a write waits for locks and for the disk. If a read hangs, `query_timeout` of `settings` closes its
 * connection.
 */
export function createPipeline(settings: pg.PoolConfig, { connections: count, log }: Options) {
  const pool = new pg.Pool({ ...settings, max: count, pipeline: true, stream: batchingSocket })
  ignoreErrors(pool, log)
  const connections = Array.from({ length: count }, () => createConnection(pool))
  const readOnce = <R extends object>(query: pg.QueryConfig): Promise<R[]> =>
    connections.reduce((best, next) => (next.readers() < best.readers() ? next : best)).read<R>(query)

  /** Rows by column name, which nothing checks. Retries once on a lost connection, because a read can be repeated. Otherwise pg's error. */
  const read = async <R extends object = Row>(query: pg.QueryConfig): Promise<R[]> => {
    const started = performance.now()
    try {
      return await readOnce<R>(query)
    } catch (error) {
      if (!isConnectionLost(error) || performance.now() - started > RETRY_WITHIN) throw error
      return readOnce<R>(query)
    }
  }
  return { read, close: () => pool.end() }
}

/**
 * A pool replaces a connection that is lost. Its error would end the process if it had no listener, which a connection
 * lacks for a moment between the pool and its user.
 */
export function ignoreErrors(pool: pg.Pool, log: (error: Error) => void = () => {}) {
  pool.on('error', log)
  pool.on('connect', (client) => client.on('error', () => {}))
}

/** One connection that concurrent readers share, and a new one as soon as it is lost. */
function createConnection(pool: pg.Pool) {
  let lease = leaseConnection(pool)
  const read = <R extends object>(query: pg.QueryConfig) => {
    if (lease.isOver()) lease = leaseConnection(pool)
    return lease.read<R>(query)
  }
  return { read, readers: () => lease.readers() }
}

/** Takes a connection from the pool for the first reader, and gives it back after the last. */
function leaseConnection(pool: pg.Pool) {
  let connecting: ReturnType<typeof connect> | null = null
  let readers = 0
  let over = false

  const connect = async () => {
    try {
      const client = await pool.connect()
      const end = (lost: boolean) => {
        if (over) return
        over = true
        client.off('error', onError)
        client.release(lost)
      }
      // A connection that is lost also emits an error here, which would end the process if it had no listener.
      const onError = () => end(true)
      client.on('error', onError)
      return { client, end }
    } catch (error) {
      over = true
      throw error
    }
  }

  const read = async <R extends object>(query: pg.QueryConfig): Promise<R[]> => {
    readers += 1
    connecting ??= connect()
    const { client, end } = await connecting
    try {
      return (await client.query<R & pg.QueryResultRow>(query)).rows
    } catch (error) {
      if (isConnectionLost(error)) end(true)
      throw error
    } finally {
      readers -= 1
      if (readers === 0) end(false)
    }
  }
  return { read, readers: () => (over ? 0 : readers), isOver: () => over }
}

/**
 * Whether another connection may succeed. 57P0…: the server was stopped, or an administrator closed the connection;
 * 26000 and 42P05: the read that was to prepare the statement for this one, too, got no answer. Every other error of
 * the server itself would come again.
 */
export const isConnectionLost = (error: unknown): boolean =>
  !(error instanceof pg.DatabaseError) || /^(57P0|26000|42P05)/.test(error.code ?? '')
