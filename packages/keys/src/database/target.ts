import { examine, type PoolMode, readTarget } from '@project-keys/verify/connections'

/** `pooled`: a transaction pooler is in between. */
export type DatabasePlace = { url: string; pooled?: boolean }

/** What DATABASE_URL asks for, with the schema that Prisma takes if the URL names none. */
export function databaseTarget({ url, pooled = false }: DatabasePlace) {
  const target = readTarget(url)
  return {
    ...target,
    schema: target.schema ?? 'public',
    pooled: target.pooled || pooled,
    prepared: target.prepared && !pooled,
  }
}

/** Examines the way to a database before its first use; see `examine`. */
export const examineDatabase = (url: string, declared?: PoolMode) =>
  examine(databaseTarget({ url }), { name: 'project-keys', connectTimeout: 5000 }, declared)
