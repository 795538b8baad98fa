import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { listPage, type PageRequest } from '../database/page.ts'
import type { Reference } from '../fields/fields.ts'

/** What people are members of: an organization, which they lead, or a project, with one of three roles. */
export type PlaceKind = 'organization' | 'project'

const COLUMNS = 'u.uuid, u.name, u.slug, u.email, m.role::text AS role, m.created, m.modified'
const IS_USER = '(u.uuid = $2 OR u.slug = $3)'

type NewRole = { user: Reference; role: string; now: Date }

/** The members of one kind of place, whose roles are `role`. */
export function membersOf<Role extends z.ZodType>(kind: PlaceKind, role: Role) {
  const table = `${kind}_members`
  const Row = z.object({
    uuid: z.string(),
    name: z.string(),
    slug: z.string(),
    email: z.string(),
    role,
    created: z.date(),
    modified: z.date(),
  })
  const first = async (db: Database, text: string, values: unknown[]) =>
    z.array(Row).parse((await db.pool.query({ text, values })).rows)[0] ?? null

  return {
    list: (db: Database, place: string, page: PageRequest) =>
      listPage(
        db,
        {
          row: Row,
          select: (put) =>
            `SELECT ${COLUMNS} FROM ${table} m JOIN users u ON u.uuid = m."user" WHERE m.${kind} = ${put(place)}::uuid`,
          name: 'u.name',
          searched: ['u.name', 'u.slug', 'u.email', 'u.uuid::text'],
        },
        page,
      ),

    find: (db: Database, place: string, user: Reference) =>
      first(
        db,
        `SELECT ${COLUMNS} FROM ${table} m JOIN users u ON u.uuid = m."user" WHERE m.${kind} = $1 AND ${IS_USER}`,
        [place, user.uuid, user.slug],
      ),

    /** The member with the new role; null where there is no such member. */
    setRole: (db: Database, place: string, { user, role, now }: NewRole) =>
      first(
        db,
        `UPDATE ${table} m SET role = $4::${kind}_role, modified = $5 FROM users u
         WHERE u.uuid = m."user" AND m.${kind} = $1 AND ${IS_USER} RETURNING ${COLUMNS}`,
        [place, user.uuid, user.slug, role, now],
      ),
  }
}

type Membership = { place: string; user: string }

/**
 * An organization keeps a leader who can act, so one who is not locked: of the last two who leave at once, one stays.
 * A lock that falls meanwhile is as one that falls right afterwards, and locking is always possible.
 */
export const removeLeader = (db: Database, { place, user }: Membership) =>
  db.prisma.$transaction(async (tx) => {
    await tx.$queryRaw`SELECT uuid FROM organizations WHERE uuid = ${place}::uuid FOR UPDATE`
    const leaders = await tx.organizationMember.findMany({
      where: { organization: place },
      select: { user: true, member: { select: { locked: true } } },
    })
    if (!leaders.some((leader) => leader.user === user)) return 'not found'
    if (!leaders.some((leader) => leader.user !== user && !leader.member.locked)) return 'is the last'
    await tx.organizationMember.deleteMany({ where: { organization: place, user } })
    return 'removed'
  })

export async function removeMember(db: Database, { place, user }: Membership) {
  const { count } = await db.prisma.projectMember.deleteMany({ where: { project: place, user } })
  return count === 1 ? 'removed' : 'not found'
}
