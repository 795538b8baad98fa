import { v7 as uuidv7 } from 'uuid'
import type { Database, Writer } from '../database/client.ts'
import type { Reference } from '../fields.ts'
import { slugOf, withFreeSlug } from '../slug.ts'

const wire = { uuid: true, name: true, slug: true, created: true, modified: true, claimed: true } as const

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

/** The organization, if this user leads it or is a server admin: to all others it is not there. */
export const findOrganization = (db: Database, { uuid, slug }: Reference, user: { uuid: string; admin: boolean }) =>
  db.prisma.organization.findFirst({
    where: {
      ...(uuid ? { uuid } : { slug: slug ?? '' }),
      ...(user.admin ? {} : { members: { some: { user: user.uuid } } }),
    },
    select: wire,
  })
