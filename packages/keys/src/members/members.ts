import { z } from 'zod'
import type { Database } from '../database/client.ts'
import { listPage } from '../database/list-page.ts'
import type { PageRequest } from '../database/page-request.ts'
import type { Reference } from '../fields/fields.ts'
import { Prisma } from '../generated/client.ts'
import { withdrawForbidden } from '../permissions/inviting.ts'
import type { PlaceKind } from '../permissions/permissions.ts'

/** A list reads a text (times.ts), Prisma a Date. */
const Moment = z.union([z.string(), z.date()])

const COLUMNS = 'u.uuid, u.name, u.slug, u.email, m.role::text AS role, m.created, m.modified'

type NewRole = { user: Reference; role: string; now: Date }

/** Functions over the members of one kind of place, whose roles are `role`. */
export function membersOf<Role extends z.ZodType>(kind: PlaceKind, role: Role) {
  const table = `${kind}_members`
  const Row = z.object({
    uuid: z.string(),
    name: z.string(),
    slug: z.string(),
    email: z.string(),
    role,
    created: Moment,
    modified: Moment,
  })
  const firstOf = async (rows: Promise<unknown>) => z.array(Row).parse(await rows)[0] ?? null

  return {
    list: (db: Database, place: string, page: PageRequest) =>
      listPage(
        db,
        {
          row: Row,
          select: (parameter) =>
            `SELECT ${COLUMNS} FROM ${table} m JOIN users u ON u.uuid = m."user" WHERE m.${kind} = ${parameter(place)}::uuid`,
          name: 'u.name',
          searched: ['u.name', 'u.slug', 'u.email', 'u.uuid::text'],
        },
        page,
      ),

    find: (db: Database, place: string, user: Reference) =>
      firstOf(
        db.prisma.$queryRaw`SELECT ${Prisma.raw(COLUMNS)}
          FROM ${Prisma.raw(table)} m JOIN users u ON u.uuid = m."user"
          WHERE m.${Prisma.raw(kind)} = ${place}::uuid AND (u.uuid = ${user.uuid}::uuid OR u.slug = ${user.slug})`,
      ),

    /** The member with the new role; null if there is no such member. */
    setRole: (db: Database, place: string, { user, role, now }: NewRole) =>
      db.prisma.$transaction(async (prisma) => {
        const rows = await prisma.$queryRaw`UPDATE ${Prisma.raw(table)} m
          SET role = ${role}::${Prisma.raw(`${kind}_role`)}, modified = ${now} FROM users u
          WHERE u.uuid = m."user" AND m.${Prisma.raw(kind)} = ${place}::uuid
            AND (u.uuid = ${user.uuid}::uuid OR u.slug = ${user.slug}) RETURNING ${Prisma.raw(COLUMNS)}`
        const [member] = z.array(Row).parse(rows)
        if (!member) return null
        await withdrawForbidden({ prisma }, member.uuid)
        return member
      }),
  }
}

type Membership = { place: string; user: string }

/**
 * Removes a leader. An organization keeps at least one who can act, that is, who is not locked: of the last two who leave
 * at the same moment, one stays. Locking is always possible, so a lock at that moment counts as one right afterwards.
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
    await withdrawForbidden({ prisma: tx }, user)
    return 'removed'
  })

export const removeMember = (db: Database, { place, user }: Membership) =>
  db.prisma.$transaction(async (tx) => {
    const { count } = await tx.projectMember.deleteMany({ where: { project: place, user } })
    if (count === 0) return 'not found'
    await withdrawForbidden({ prisma: tx }, user)
    return 'removed'
  })
