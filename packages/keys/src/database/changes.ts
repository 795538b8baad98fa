import type { Verifier } from '@project-keys/verify'
import { Prisma, type PrismaClient } from '../generated/client.ts'
import { holdKey, PRIVATE, type Secrets, secretsOf } from './secrets.ts'

/** The tables that a verification reports. */
export type VerifiedTables = Pick<PrismaClient, 'project' | 'projectKey' | 'projectKeyRotation'>
export type Changes = ReturnType<typeof createChanges>

type WhichKey = { project: string; uuid: string; revoked?: null }
type NewKey = Prisma.ProjectKeyUncheckedCreateInput
type KeyChange = Omit<Prisma.ProjectKeyUncheckedUpdateManyInput, 'uuid'>
type ProjectChange = Omit<Prisma.ProjectUncheckedUpdateManyInput, 'uuid'>

/** The keys of a project, or those that a user made. */
type Within = { project: string } | { creator: string }
type ManyKeys = { within: Within; uuids: string[] }
type Revocation = { revoked: Date; revoker: string; reason: string | null }

type Renewal = { expiration: Date; expiration_set: Date }
type LockedKey = { uuid: string; active: boolean; scopes: string[] | null; allowed_networks: string[] | null }

type Check = (db: { prisma: Prisma.TransactionClient }) => Promise<void>

type OneKey = { project: string; uuid: string }

/** The cache of this process, as far as a change concerns it. */
type Cache = Pick<Verifier, 'evict' | 'clearUnknown'>

/**
 * The only way to write what a verification reports. Each change also evicts from this process's cache what it changed:
 * after the outcome, because a concurrent verification may cache the old row until then; on failure too, because a lost
 * connection hides whether PostgreSQL committed; and before the caller learns the outcome, because from then on a stale
 * answer breaks the promise.
 */
export function createChanges(prisma: Prisma.TransactionClient, verifier: Cache, stamp: () => string) {
  const keys = prisma.projectKey
  /** A new key, or a new hash, may have been asked for before it existed. */
  const clearUnknown = () => verifier.clearUnknown()
  const evict = (uuid: string) => () => {
    verifier.evict(uuid)
    clearUnknown()
  }

  const evictMany = (uuids: string[]) => () => {
    for (const uuid of uuids) verifier.evict(uuid)
    clearUnknown()
  }

  return {
    addKey: (data: NewKey) => keys.create({ data: { ...data, audit: stamp() }, omit: PRIVATE }).finally(clearUnknown),

    /** The project's key after the change; null if the project has no such key or, with `revoked: null`, no active one. */
    changeKey: async ({ project, uuid, ...state }: WhichKey, data: KeyChange) => {
      const change = { where: { ...state, project, uuid }, data: { ...data, audit: stamp() }, omit: PRIVATE }
      const [key] = await keys.updateManyAndReturn(change).finally(evict(uuid))
      return key ?? null
    },

    /**
     * Changes the secrets of a key in one transaction that holds the key; null if the project has no such key. `decide`
     * learns what is held, the last rotation and the last use, and may write a new secret with the rotation from the old
     * one, or end the old one.
     */
    changeSecrets: <Done>({ project, uuid }: OneKey, decide: (secrets: Secrets) => Promise<Done>) =>
      prisma
        .$transaction(async (tx) => {
          const held = await holdKey(tx, { project, uuid })
          return held && decide(await secretsOf(tx, uuid, held))
        })
        .finally(evict(uuid)),

    /**
     * Revokes those of the keys that are active, in one transaction, and returns all that are there. It locks them in the
     * order of their UUIDs, so that two such calls never wait for each other.
     */
    revokeKeys: ({ within, uuids }: ManyKeys, revocation: Revocation) =>
      prisma
        .$transaction(async (tx) => {
          const locked = await lockKeys(tx, { within, uuids })
          const active = locked.filter((key) => key.active).map(({ uuid }) => uuid)
          await tx.projectKey.updateMany({ where: { uuid: { in: active } }, data: revocation })
          return locked
        })
        .finally(evictMany(uuids)),

    /**
     * Renews those of the keys that are active and that `judge` does not refuse, in one transaction, and returns all that
     * are there. It locks them as a revocation does.
     */
    renewKeys: <Refusal>(many: ManyKeys, renewal: Renewal, judge: (key: LockedKey) => Refusal | null) =>
      prisma
        .$transaction(async (tx) => {
          const locked = await lockKeys(tx, many)
          const judged = locked.map((key) => ({ ...key, refusal: key.active ? judge(key) : null }))
          const allowed = judged.filter(({ active, refusal }) => active && refusal === null)
          await tx.projectKey.updateMany({ where: { uuid: { in: allowed.map(({ uuid }) => uuid) } }, data: renewal })
          return judged
        })
        .finally(evictMany(many.uuids)),

    /** False if the project is deleted. If `check` throws, in the same transaction, nothing is written. */
    changeProject: async (uuid: string, data: ProjectChange, check?: Check | null): Promise<boolean> => {
      const update = (db: Pick<PrismaClient, 'project'>) =>
        db.project.updateMany({ where: { uuid, deleted: null }, data: { ...data, audit: stamp() } })
      const checked = (check: Check) =>
        prisma.$transaction(async (tx) => {
          const updated = await update(tx)
          await check({ prisma: tx })
          return updated
        })
      const { count } = await (check ? checked(check) : update(prisma)).finally(evict(uuid))
      return count === 1
    },
  }
}

/**
 * Changes in one transaction. They evict when its outcome is known and not before, because until then a concurrent
 * verification may cache the old rows again.
 */
export async function changeTogether<Done>(
  { prisma, verifier, stamp }: { prisma: PrismaClient; verifier: Cache; stamp: () => string },
  work: (tx: Prisma.TransactionClient, changes: Changes) => Promise<Done>,
): Promise<Done> {
  const changed = new Set<string>()
  const later: Cache = { evict: (uuid) => void changed.add(uuid), clearUnknown: () => {} }
  return prisma
    .$transaction((tx) => work(tx, createChanges(tx, later, stamp)))
    .finally(() => {
      for (const uuid of changed) verifier.evict(uuid)
      verifier.clearUnknown()
    })
}

/** Not `FOR UPDATE`, which would also wait for reports of usage. */
function lockKeys(tx: Prisma.TransactionClient, { within, uuids }: ManyKeys) {
  const [column, value] =
    'project' in within ? [Prisma.sql`project`, within.project] : [Prisma.sql`creator`, within.creator]
  return tx.$queryRaw<LockedKey[]>`SELECT uuid, revoked IS NULL AS active, scopes, allowed_networks FROM project_keys
    WHERE ${column} = ${value}::uuid AND uuid = ANY(${uuids}::uuid[]) ORDER BY uuid FOR NO KEY UPDATE`
}
