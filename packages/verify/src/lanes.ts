import pg from 'pg'
import { GatheringSocket } from './gathering-socket.ts'

export type Lanes = ReturnType<typeof createLanes>

type Row = Record<string, unknown>
type Options = {
  count: number
  /** Told of a connection that broke while nobody used it: it is replaced. */
  log: (error: Error) => void
}

/**
 * Short reads of many callers on few connections: each leaves at once, behind those under way, so that PostgreSQL
 * answers several in one turn, for half of what a connection for each would cost. Who has to wait makes those behind wait
 * too: so nothing that takes long, and nothing that writes. By its `query_timeout` the connection of a read that hangs is
 * broken.
 */
export function createLanes(settings: pg.PoolConfig, { count, log }: Options) {
  const pool = new pg.Pool({ ...settings, max: count, pipeline: true, stream: () => new GatheringSocket() })
  pool.on('error', log)
  const lanes = Array.from({ length: count }, () => createLane(pool))
  const read = (query: pg.QueryConfig): Promise<Row[]> =>
    lanes.reduce((best, lane) => (lane.readers() < best.readers() ? lane : best)).read(query)
  return { read, close: () => pool.end() }
}

/** One connection of the pool for all who read meanwhile, and another as soon as it is broken. */
function createLane(pool: pg.Pool) {
  let line = openLine(pool)
  const read = (query: pg.QueryConfig) => {
    if (line.isOver()) line = openLine(pool)
    return line.read(query)
  }
  return { read, readers: () => line.readers() }
}

/** Asks for its connection when the first read comes, and gives it back when nobody reads any more. */
function openLine(pool: pg.Pool) {
  let connecting: ReturnType<typeof connect> | null = null
  let readers = 0
  let over = false

  const connect = async () => {
    try {
      const client = await pool.connect()
      const end = (broken: boolean) => {
        if (over) return
        over = true
        client.off('error', onError)
        client.release(broken)
      }
      // A connection that breaks says so here, and without a listener that would end the process.
      const onError = () => end(true)
      client.on('error', onError)
      return { client, end }
    } catch (error) {
      over = true
      throw error
    }
  }

  const read = async (query: pg.QueryConfig): Promise<Row[]> => {
    readers += 1
    connecting ??= connect()
    const { client, end } = await connecting
    try {
      return (await client.query<Row>(query)).rows
    } catch (error) {
      if (!(error instanceof pg.DatabaseError)) end(true)
      throw error
    } finally {
      readers -= 1
      if (readers === 0) end(false)
    }
  }
  return { read, readers: () => (over ? 0 : readers), isOver: () => over }
}
