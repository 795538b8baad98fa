import pg from 'pg'
import { gatheringSocket } from './gathering-socket.ts'

export type Lanes = ReturnType<typeof createLanes>

type Row = Record<string, unknown>

/** In ms: a connection that was cut before is found out at once; who waited longer than this waited for something else. */
const AT_ONCE = 1000

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
  const pool = new pg.Pool({ ...settings, max: count, pipeline: true, stream: gatheringSocket })
  pool.on('error', log)
  const lanes = Array.from({ length: count }, () => createLane(pool))
  const readOnce = (query: pg.QueryConfig): Promise<Row[]> =>
    lanes.reduce((best, lane) => (lane.readers() < best.readers() ? lane : best)).read(query)

  /** The rows. Reading them again changes nothing, so a connection that was cut is no error for its readers. */
  const read = async (query: pg.QueryConfig): Promise<Row[]> => {
    const began = performance.now()
    try {
      return await readOnce(query)
    } catch (error) {
      if (!isCut(error) || performance.now() - began > AT_ONCE) throw error
      return readOnce(query)
    }
  }
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
      if (isCut(error)) end(true)
      throw error
    } finally {
      readers -= 1
      if (readers === 0) end(false)
    }
  }
  return { read, readers: () => (over ? 0 : readers), isOver: () => over }
}

/**
 * 57P0…: the server was stopped, or somebody ended the connection; 26000 and 42P05: another read, which was to prepare
 * the statement for this one too, had no answer. What else the server itself says will not change.
 */
export const isCut = (error: unknown): boolean =>
  !(error instanceof pg.DatabaseError) || /^(57P0|26000|42P05)/.test(error.code ?? '')
