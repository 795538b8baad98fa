import { PrismaPg } from '@prisma/adapter-pg'
import { createLanes, type Lanes } from '@project-keys/verify/lanes'
import pg from 'pg'
import { type Prisma, PrismaClient } from '../generated/client.ts'

/**
 * Prisma for all that is ordinary and `pool` for statements written out, both on the same connections; `lanes` for the
 * hot reads, on connections that many share at once.
 */
export type Database = { prisma: PrismaClient; pool: pg.Pool; lanes: Lanes; close: () => Promise<void> }
/** What can write, in a transaction or outside of one. */
export type Writer = { prisma: Prisma.TransactionClient }

type Options = { url: string; connections?: number; log?: (error: Error) => void }

/** How long anything waits for a free connection, and for a statement, before it is a 503. In milliseconds. */
const PATIENCE = 3000
/** More than one, so that reads go on where one connection breaks. */
const LANES = 2

export function openDatabase({ url, connections = 10, log = () => {} }: Options): Database {
  const settings = {
    connectionString: url,
    connectionTimeoutMillis: PATIENCE,
    statement_timeout: PATIENCE,
    query_timeout: PATIENCE + 1000,
    idle_in_transaction_session_timeout: 2 * PATIENCE,
    application_name: 'project-keys',
  }
  const pool = new pg.Pool({ ...settings, max: connections })
  const lanes = createLanes(settings, { count: LANES, log })
  // A connection that breaks while idle is replaced; without a listener it would end the process.
  pool.on('error', log)
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: false, onConnectionError: log }),
  })
  const close = async () => {
    await prisma.$disconnect()
    await Promise.all([pool.end(), lanes.close()])
  }
  return { prisma, pool, lanes, close }
}
