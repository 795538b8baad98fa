import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { createUser } from '../../test/people.ts'
import { Prisma } from '../generated/client.ts'
import { MAY_INVITE } from './inviting.ts'
import { may } from './permissions.ts'

const { db } = await freshDatabase()
const now = new Date('2026-05-01T12:00:00Z')
const times = { created: now, modified: now }

/** Everything that somebody can be, alone and at once. */
const STANDINGS = [false, true].flatMap((admin) =>
  [false, true].flatMap((leads) =>
    ([null, 'viewer', 'developer', 'maintainer'] as const).map((role) => ({ admin, leads, role })),
  ),
)

async function createPlaces() {
  const organization = randomUUID()
  const project = randomUUID()
  const name = { name: 'A', ...times }
  await db.prisma.organization.create({
    data: { uuid: organization, slug: `o-${organization}`, claimed: now, ...name },
  })
  const data = { uuid: project, organization, slug: `p-${project}`, visibility: 'public' as const, ...name }
  await db.prisma.project.create({ data })
  return { organization, project }
}

async function mayInvite(kind: 'organization' | 'project', { user, uuid }: { user: string; uuid: string }) {
  const rows = await db.prisma.$queryRaw`SELECT ${MAY_INVITE[kind]} AS may FROM users u, ${Prisma.raw(`${kind}s`)} place
    WHERE u.uuid = ${user}::uuid AND place.uuid = ${uuid}::uuid`
  return rows
}

describe('who may invite by SQL', () => {
  test.each(STANDINGS)('is who may by the table of permissions: %j', async (standing) => {
    const { admin, leads, role } = standing
    const places = await createPlaces()
    const { uuid: user } = await createUser(db, { name: randomUUID(), admin, now })
    const at = { user, ...times }
    const { organization, project } = places
    if (leads) await db.prisma.organizationMember.create({ data: { organization, role: 'leader', ...at } })
    if (role) await db.prisma.projectMember.create({ data: { project, role, ...at } })
    const allowed = {
      organization: may('create_role', { admin, leads }),
      project: may('create_role', { ...standing, visibility: 'public' }),
    }
    for (const kind of ['organization', 'project'] as const) {
      expect(await mayInvite(kind, { user, uuid: places[kind] })).toEqual([{ may: allowed[kind] }])
    }
    await db.prisma.user.update({ where: { uuid: user }, data: { locked: true } })
    expect(await mayInvite('project', { user, uuid: project })).toEqual([{ may: false }])
  })
})
