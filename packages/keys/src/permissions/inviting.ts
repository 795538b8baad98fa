import type { Writer } from '../database/client.ts'
import { Prisma } from '../generated/client.ts'

const leads = (organization: Prisma.Sql) =>
  Prisma.sql`EXISTS (SELECT FROM organization_members l WHERE l."user" = u.uuid AND l.organization = ${organization})`

/** `may('create_role', …)` in SQL: true if the user `u` may invite to `place`. A test compares the two. */
export const MAY_INVITE = {
  organization: Prisma.sql`(NOT u.locked AND (u.admin OR ${leads(Prisma.sql`place.uuid`)}))`,
  project: Prisma.sql`(NOT u.locked AND place.deleted IS NULL AND (
    u.admin OR ${leads(Prisma.sql`place.organization`)}
    OR EXISTS (SELECT FROM project_members m WHERE m."user" = u.uuid AND m.project = place.uuid AND m.role = 'maintainer')
  ))`,
}

/** Serializes the requests that invite in the name of a user and those that take the right away. */
const lockInviter = ({ prisma }: Writer, user: string) =>
  prisma.$queryRaw`SELECT uuid FROM users WHERE uuid = ${user}::uuid FOR NO KEY UPDATE`

/**
 * Withdraws the invitations that their inviter may no longer send. Call it after the change that takes the right away, in
 * the same transaction, because then it also sees an invitation that a concurrent request has just stored.
 */
export async function withdrawForbidden({ prisma }: Writer, user: string): Promise<void> {
  await lockInviter({ prisma }, user)
  for (const kind of ['organization', 'project'] as const) {
    const [column, table] = [Prisma.raw(kind), Prisma.raw(`${kind}s`)]
    await prisma.$executeRaw`DELETE FROM invitations i USING users u, ${table} place
      WHERE i.inviter = ${user}::uuid AND u.uuid = i.inviter AND place.uuid = i.${column} AND NOT ${MAY_INVITE[kind]}`
  }
}
