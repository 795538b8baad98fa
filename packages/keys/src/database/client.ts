import { PrismaPg } from '@prisma/adapter-pg'
import { createPipeline, type Pipeline } from '@project-keys/verify/pipeline'
import pg from 'pg'
import { type Prisma, PrismaClient } from '../generated/client.ts'

/**
 * Prisma for all that is ordinary and `pool` for statements written out, both on the same connections; `pipeline` for the
 * hot reads, on connections that many share at once.
 */
export type Database = { prisma: PrismaClient; pool: pg.Pool; pipeline: Pipeline; close: () => Promise<void> }
/** What can write, in a transaction or outside of one. */
export type Writer = { prisma: Prisma.TransactionClient }

type Options = { url: string; connections?: number; log?: (error: Error) => void }

/** How long anything waits for a free connection, and for a statement, before it is a 503. In milliseconds. */
const PATIENCE = 3000
/** More than one, so that reads go on where one connection breaks. */
const PIPELINE_CONNECTIONS = 2

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
  const pipeline = createPipeline(settings, { connections: PIPELINE_CONNECTIONS, log })
  // A connection that breaks while idle is replaced; without a listener it would end the process.
  pool.on('error', log)
  const prisma = new PrismaClient({
    adapter: new PrismaPg(pool, { disposeExternalPool: false, onConnectionError: log }),
  })
  const close = async () => {
    await prisma.$disconnect()
    await Promise.all([pool.end(), pipeline.close()])
  }
  return { prisma, pool, pipeline, close }
}
