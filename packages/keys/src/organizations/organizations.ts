import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { User } from '../callers/identify.ts'
import type { Database, Writer } from '../database/client.ts'
import { jsonOrNull } from '../database/json.ts'
import { listPage } from '../database/list-page.ts'
import type { PageRequest } from '../database/page-request.ts'
import type { KeyPolicy } from '../policy/shapes.ts'
import { takeSlug } from '../slugs/former.ts'
import { slugOf, withFreeSlug } from '../slugs/slug.ts'

const wire = { uuid: true, name: true, slug: true, created: true, modified: true, claimed: true } as const
/** With what only those see who may manage it. */
const managed = { ...wire, key_policy: true } as const
const Row = z.object({
  uuid: z.string(),
  name: z.string(),
  slug: z.string(),
  created: z.string(),
  modified: z.string(),
  claimed: z.string(),
})

type NewOrganization = { name: string; slug?: string | null | undefined; now: Date }

/** Creates an organization, which its creator leads. */
export function createOrganization(db: Database, { user, ...organization }: NewOrganization & { user: User }) {
  const uuid = uuidv7({ msecs: organization.now.getTime() })
  return withFreeSlug(organization.slug ?? slugOf(organization.name), (slug) =>
    takeSlug(db, { kind: 'organization', slug, thing: uuid, user, now: organization.now }, (tx) =>
      insertOrganization(tx, { ...organization, uuid, slug, leader: user.uuid }),
    ),
  )
}

/** Inserts an organization under exactly this slug. */
export const insertOrganization = (
  db: Writer,
  { uuid, name, slug, leader, now }: NewOrganization & { uuid: string; slug: string; leader: string },
) =>
  db.prisma.organization.create({
    data: {
      uuid,
      name,
      slug,
      created: now,
      modified: now,
      claimed: now,
      members: { create: { user: leader, role: 'leader', created: now, modified: now } },
    },
    select: wire,
  })

/** Lists the organizations that a user leads. A server admin gets all. */
export const listOrganizations = (db: Database, { user, ...page }: PageRequest & { user: User }) =>
  listPage(
    db,
    {
      row: Row,
      select: (parameter) =>
        `SELECT o.* FROM organizations o WHERE ${
          user.admin
            ? 'true'
            : `EXISTS (SELECT FROM organization_members m WHERE m.organization = o.uuid AND m."user" = ${parameter(user.uuid)}::uuid)`
        }`,
      name: 'o.name',
      searched: ['o.name', 'o.slug', 'o.uuid::text'],
    },
    page,
  )

/** Counts the organizations that a user leads. */
export const countLed = (db: Database, user: string): Promise<number> =>
  db.prisma.organizationMember.count({ where: { user, role: 'leader' } })

export const findOrganization = (db: Database, uuid: string) =>
  db.prisma.organization.findUnique({ where: { uuid }, select: managed })

type Changes = {
  name?: string | null | undefined
  slug?: string | null | undefined
  /** Null removes it. */
  key_policy?: KeyPolicy | null | undefined
  now: Date
}

/** @throws a unique-constraint violation if another organization has the slug or had it in the last 90 days */
export async function updateOrganization(db: Database, uuid: string, { user, ...changes }: Changes & { user: User }) {
  const { name, slug, key_policy, now } = changes
  const update = ({ prisma }: Writer) =>
    prisma.organization.update({
      where: { uuid },
      data: {
        ...(name ? { name } : {}),
        ...(slug ? { slug } : {}),
        ...(key_policy === undefined ? {} : { key_policy: jsonOrNull(key_policy) }),
        modified: now,
        audit: db.stamp(),
      },
      select: managed,
    })
  return slug ? takeSlug(db, { kind: 'organization', slug, thing: uuid, user, now }, update) : update(db)
}
