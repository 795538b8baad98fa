import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { User } from '../callers/identify.ts'
import type { Database, Writer } from '../database/client.ts'
import { listPage, type PageRequest } from '../database/page.ts'
import { slugOf, withFreeSlug } from '../fields/slug.ts'

const wire = { uuid: true, name: true, slug: true, created: true, modified: true, claimed: true } as const
const Row = z.object({
  uuid: z.string(),
  name: z.string(),
  slug: z.string(),
  created: z.date(),
  modified: z.date(),
  claimed: z.date(),
})

type NewOrganization = { name: string; slug?: string | null | undefined; leader: string; now: Date }

/** Creates an organization with its first leader. */
export const createOrganization = (db: Writer, { name, slug, leader, now }: NewOrganization) =>
  withFreeSlug(slug ?? slugOf(name), (slug) =>
    db.prisma.organization.create({
      data: {
        uuid: uuidv7({ msecs: now.getTime() }),
        name,
        slug,
        created: now,
        modified: now,
        claimed: now,
        members: { create: { user: leader, role: 'leader', created: now, modified: now } },
      },
      select: wire,
    }),
  )

/** The organizations that a user leads; for a server admin all. */
export const listOrganizations = (db: Database, { user, ...page }: PageRequest & { user: User }) =>
  listPage(
    db,
    {
      row: Row,
      select: (put) =>
        `SELECT o.* FROM organizations o WHERE ${
          user.admin
            ? 'true'
            : `EXISTS (SELECT FROM organization_members m WHERE m.organization = o.uuid AND m."user" = ${put(user.uuid)}::uuid)`
        }`,
      name: 'o.name',
      searched: ['o.name', 'o.slug', 'o.uuid::text'],
    },
    page,
  )

export const findOrganization = (db: Database, uuid: string) =>
  db.prisma.organization.findUnique({ where: { uuid }, select: wire })

type Changes = { name?: string | null | undefined; slug?: string | null | undefined; now: Date }

export const updateOrganization = (db: Database, uuid: string, { name, slug, now }: Changes) =>
  db.prisma.organization.update({
    where: { uuid },
    data: { ...(name ? { name } : {}), ...(slug ? { slug } : {}), modified: now },
    select: wire,
  })
