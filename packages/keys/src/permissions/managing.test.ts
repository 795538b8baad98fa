import { randomUUID } from 'node:crypto'
import { expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { createUser } from '../../test/people.ts'
import { mayManage } from './managing.ts'
import { may } from './permissions.ts'

const { db } = await freshDatabase()
const now = new Date('2026-05-01T12:00:00Z')
const times = { created: now, modified: now }

const STANDINGS = [false, true].flatMap((admin) =>
  [false, true].flatMap((leads) =>
    ([null, 'viewer', 'developer', 'maintainer'] as const).map((role) => ({ admin, leads, role })),
  ),
)

test.each(STANDINGS)('who may manage by SQL is who may by the table of permissions: %j', async (standing) => {
  const { admin, leads, role } = standing
  const [organization, project] = [randomUUID(), randomUUID()]
  const name = { name: 'A', ...times }
  await db.prisma.organization.create({ data: { uuid: organization, slug: organization, claimed: now, ...name } })
  await db.prisma.project.create({
    data: { uuid: project, organization, slug: project, visibility: 'public', ...name },
  })
  const { uuid: user } = await createUser(db, { name: randomUUID(), admin, now })
  if (leads) await db.prisma.organizationMember.create({ data: { organization, user, role: 'leader', ...times } })
  if (role) await db.prisma.projectMember.create({ data: { project, user, role, ...times } })
  const text = `SELECT ${mayManage({ user: '$1', admin: '$2' })} AS may FROM projects p WHERE p.uuid = $3`
  const { rows } = await db.pool.query(text, [user, admin, project])
  expect(rows).toEqual([{ may: may('manage', { ...standing, visibility: 'public' }) }])
})
