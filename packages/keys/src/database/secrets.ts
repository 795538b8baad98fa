import type { Prisma, ProjectKey } from '../generated/client.ts'

type OneKey = { project: string; uuid: string }
type Held = Pick<ProjectKey, 'hash' | 'last_four' | 'expiration' | 'revoked' | 'rotated' | 'self_rotation'>
type NewSecret = Pick<ProjectKey, 'hash' | 'last_four' | 'rotated' | 'first_use_awaited'>
type NewRotation = Omit<Prisma.ProjectKeyRotationUncheckedCreateInput, 'key'>

/** No response needs these columns, and the hash must never leave. */
export const PRIVATE = { hash: true, search: true, audit: true } as const

/** Holds a key until the end of the transaction, because another secret is a change of the row's identity. */
export async function holdKey(tx: Prisma.TransactionClient, { project, uuid }: OneKey): Promise<Held | null> {
  const [held] = await tx.$queryRaw<Held[]>`SELECT hash, last_four, expiration, revoked, rotated,
      self_rotation FROM project_keys
    WHERE project = ${project}::uuid AND uuid = ${uuid}::uuid FOR UPDATE`
  return held ?? null
}

export type Secrets = Awaited<ReturnType<typeof secretsOf>>

/** What is known of the secrets of a key that is held, and how to write them. */
export async function secretsOf(tx: Prisma.TransactionClient, uuid: string, held: Held) {
  const where = { key: uuid }
  const last = held.rotated ? await tx.projectKeyRotation.findUnique({ where }) : null
  const use = await tx.projectKeyUse.findUnique({ where })
  return {
    held,
    /** The last rotation, open or over. */
    last,
    /** The last use that was recorded of the current secret. */
    used: { last_used: use?.lastUsed ?? null, address: use?.address ?? null },
    write: async ({ secret, rotation }: { secret: NewSecret; rotation: NewRotation }) => {
      await tx.projectKeyRotation.upsert({ where, create: { ...rotation, key: uuid }, update: rotation })
      return tx.projectKey.update({ where: { uuid }, data: secret, omit: PRIVATE })
    },
    /** By whichever clock is behind, so that it has ended by both: that of the service, and that of the database. */
    endOld: async (now: Date) => {
      await tx.$executeRaw`UPDATE project_key_rotations SET ends = least(${now}::timestamptz, date_trunc('second', now()))
        WHERE key = ${uuid}::uuid`
      return 'ended' as const
    },
  }
}
