import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { type Prisma, PrismaClient } from '../generated/client.ts'

/** Prisma for all that is ordinary, `pool` for the few hot statements: both on the same connections. */
export type Database = { prisma: PrismaClient; pool: pg.Pool; close: () => Promise<void> }
/** What can write, in a transaction or outside of one. */
export type Writer = { prisma: Prisma.TransactionClient }

type Options = { url: string; connections?: number; log?: (error: Error) => void }

/** How long anything waits for a free connection, and for a statement, before it is a 503. In milliseconds. */
const PATIENCE = 3000

export function openDatabase({ url, connections = 10, log = () => {} }: Options): Database {
  const pool = new pg.Pool({
    connectionString: url,
    max: connections,
    connectionTimeoutMillis: PATIENCE,
    statement_timeout: PATIENCE,
    query_timeout: PATIENCE + 1000,
    idle_in_transaction_session_timeout: 2 * PATIENCE,
    application_name: 'project-keys',
  })
  // A connection that breaks while idle is replaced; without a listener it would end the process.
  pool.on('error', log)
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: false, onConnectionError: log }),
  })
  const close = async () => {
    await prisma.$disconnect()
    await pool.end()
  }
  return { prisma, pool, close }
}
