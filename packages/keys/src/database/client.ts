import { PrismaPg } from '@prisma/adapter-pg'
import type { Verifier } from '@project-keys/verify'
import { connectionSettings } from '@project-keys/verify/connections'
import { createPipeline, type Pipeline } from '@project-keys/verify/pipeline'
import pg from 'pg'
import { type Prisma, PrismaClient } from '../generated/client.ts'
import { type Act, BY_SERVICE, stampOf } from './act.ts'
import { type Changes, changeTogether, createChanges, type VerifiedTables } from './changes.ts'
import { nameOf } from './statement-name.ts'
import { type DatabasePlace, databaseTarget } from './target.ts'
import { TIMES_AS_TEXT } from './times.ts'

type Read = 'findUnique' | 'findFirst' | 'findMany' | 'count'
/**
 * Prisma, in a transaction or outside of one, without what changes a verdict: keys can be read, and projects read and
 * created, because the way to change them is `changes`.
 */
type Models = Omit<Prisma.TransactionClient, keyof VerifiedTables | `$${string}`> & {
  project: Pick<PrismaClient['project'], Read | 'create'>
  projectKey: Pick<PrismaClient['projectKey'], Read>
} & Pick<PrismaClient, '$queryRaw' | '$executeRaw'>
export type Writer = { prisma: Models }

export type Database = {
  prisma: Models & { $transaction: <Done>(work: (tx: Models) => Promise<Done>) => Promise<Done> }
  /** The same database for somebody: what they change through it carries who they are. */
  by: (act: Act) => Database
  /** Says who changes a row, for its column `audit`. A transaction says it by itself. */
  stamp: (named?: { action?: string }) => string
  /** Writes keys and projects, and evicts what it changed from the verifier's cache. */
  changes: (verifier: Verifier) => Changes
  /** One transaction. What `work` does with its database is part of it, a transaction of its own as a savepoint. */
  transaction: <Done>(verifier: Verifier, work: (db: Database) => Promise<Done>) => Promise<Done>
  /** For searches, on the same connections as Prisma. */
  pool: pg.Pool
  /** For lists that anonymous callers ask for, so that many of them at once do not slow down other requests. */
  anonymousPool: pg.Pool
  /** For the hot reads, on connections that many requests share at once. */
  pipeline: Pipeline
  /** The numbers of keys in larger projects when they were last listed. They choose how to search, and are in no answer. */
  largeProjects: Map<string, number>
  /** The projects in which thousands of keys were expired when they were last listed. They choose how to list, too. */
  oldProjects: Set<string>
  close: () => Promise<void>
}

/** Every function that changes a key or a project takes these. */
export type Changing = { db: Database; verifier: Verifier }

type Options = DatabasePlace & { connections?: number; log?: (error: Error) => void }

/** In ms: a request that waits longer for a connection or for a statement is answered with a 503. */
const DATABASE_TIMEOUT = 3000
/** The most lists of anonymous callers that the database works on at once. */
const ANONYMOUS_CONNECTIONS = 2
/** Two, so that reads go on where one connection breaks. */
const PIPELINE_CONNECTIONS = 2
/** A hot read costs the same for all values, and to plan it again would cost more than to run it. */
const PLANNED_ONCE = { plan_cache_mode: 'force_generic_plan' }

/** Gives tests the whole client of Prisma; the service takes it as a `Database`. */
export function openDatabase({ connections = 10, log = () => {}, ...place }: Options) {
  const target = databaseTarget(place)
  const own = connectionSettings(target, {
    name: 'project-keys',
    connectTimeout: DATABASE_TIMEOUT,
    queryTimeout: DATABASE_TIMEOUT + 1000,
    session: {
      statement_timeout: `${DATABASE_TIMEOUT}`,
      idle_in_transaction_session_timeout: `${2 * DATABASE_TIMEOUT}`,
    },
  })
  const settings = { ...own, types: TIMES_AS_TEXT }
  const pool = new pg.Pool({ ...settings, max: target.connectionLimit ?? connections })
  const anonymousPool = new pg.Pool({ ...settings, max: ANONYMOUS_CONNECTIONS })
  const plannedOnce = { ...settings, session: { ...settings.session, ...PLANNED_ONCE } }
  const pipeline = createPipeline(plannedOnce, { connections: PIPELINE_CONNECTIONS, log })
  // A pool replaces an idle connection that breaks; without a listener the error would end the process.
  for (const each of [pool, anonymousPool]) each.on('error', log)
  const adapter = new PrismaPg(pool, {
    schema: target.schema,
    disposeExternalPool: false,
    onConnectionError: log,
    // Without names PostgreSQL would plan each of Prisma's statements anew.
    statementNameGenerator: ({ sql }) => nameOf(sql),
  })
  const prisma = new PrismaClient({ adapter })
  const close = async () => {
    await prisma.$disconnect()
    await Promise.all([pool.end(), anonymousPool.end(), pipeline.close()])
  }
  const [largeProjects, oldProjects] = [new Map<string, number>(), new Set<string>()]
  const shared = { pool, anonymousPool, pipeline, largeProjects, oldProjects, close }
  const databaseOf = (act: Act): Database => {
    const stamp = (named?: { action?: string }) => stampOf(act, named)
    const saying = sayingInTransactions(prisma, stamp)
    const inTransaction = (tx: Prisma.TransactionClient, changes: Changes): Database => ({
      ...{ ...shared, stamp, by: databaseOf, prisma: tx },
      changes: () => changes,
      transaction: (_, work) => tx.$transaction((nested) => work(inTransaction(nested, changes))),
    })
    return {
      ...{ ...shared, stamp, by: databaseOf, prisma: saying },
      changes: (verifier) => createChanges(saying, verifier, stamp),
      transaction: (verifier, work) =>
        changeTogether({ prisma: saying, verifier, stamp }, (tx, changes) => work(inTransaction(tx, changes))),
    }
  }
  const service = databaseOf(BY_SERVICE)
  return { ...service, prisma: sayingInTransactions(prisma, service.stamp) }
}

/** Prisma whose transactions begin by saying who acts, for the triggers that write events. */
const sayingInTransactions = (prisma: PrismaClient, stamp: () => string): PrismaClient =>
  new Proxy(prisma, {
    get: (target, name) =>
      name === '$transaction'
        ? <Done>(work: (tx: Prisma.TransactionClient) => Promise<Done>) =>
            prisma.$transaction(async (tx) => {
              await tx.$executeRaw`SELECT set_config('project_keys.audit', ${stamp()}, true)`
              return work(tx)
            })
        : Reflect.get(target, name),
  })
