import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Database, Writer } from '../database/client.ts'
import { statement } from '../database/statement.ts'
import { offset } from '../fields.ts'
import type { Visibility } from '../generated/enums.ts'
import { slugOf, withFreeSlug } from '../slug.ts'

type NewProject = {
  name: string
  slug?: string | null | undefined
  url?: string | null | undefined
  visibility?: Visibility | null | undefined
  organization: string
  maintainer: string
  now: Date
}

/** Creates a project; who makes it maintains it. Returns its UUID. */
export async function createProject(db: Writer, options: NewProject): Promise<string> {
  const { name, slug, url, visibility, organization, maintainer, now } = options
  const { uuid } = await withFreeSlug(slug ?? slugOf(name), (slug) =>
    db.prisma.project.create({
      data: {
        uuid: uuidv7({ msecs: now.getTime() }),
        organization,
        name,
        slug,
        url: url ?? null,
        visibility: visibility ?? 'public',
        created: now,
        modified: now,
        members: { create: { user: maintainer, role: 'maintainer', created: now, modified: now } },
      },
      select: { uuid: true },
    }),
  )
  return uuid
}

const findOne = statement(
  `SELECT p.uuid, p.organization, p.name, p.slug, p.url, p.visibility, p.created, p.modified, o.claimed,
     o.name AS organization_name, o.slug AS organization_slug
   FROM projects p JOIN organizations o ON o.uuid = p.organization WHERE p.uuid = $1 AND p.deleted IS NULL`,
  z.object({
    uuid: z.string(),
    organization: z.string(),
    name: z.string(),
    slug: z.string(),
    url: z.string().nullable(),
    visibility: z.enum(['public', 'private']),
    created: z.date(),
    modified: z.date(),
    claimed: z.date(),
    organization_name: z.string(),
    organization_slug: z.string(),
  }),
)

export async function findProject(db: Database, uuid: string) {
  const [row] = await findOne(db, [uuid])
  return row ?? null
}

type Mine = { user: { uuid: string; admin: boolean }; search?: string | undefined; page: number; per_page: number }

const card = {
  uuid: true,
  slug: true,
  name: true,
  visibility: true,
  inOrganization: { select: { uuid: true, slug: true, name: true } },
} as const

/** The projects that a user may manage: led, maintained or, for a server admin, all. By name. */
export async function listManaged(db: Database, { user, search, page, per_page }: Mine) {
  const managed = {
    OR: [
      { inOrganization: { members: { some: { user: user.uuid } } } },
      { members: { some: { user: user.uuid, role: 'maintainer' as const } } },
    ],
  }
  const text = search?.replace(/[\\%_]/g, '\\$&')
  const where = {
    deleted: null,
    AND: [
      user.admin ? {} : managed,
      text
        ? {
            OR: [text].flatMap((contains) => [
              { name: { contains, mode: 'insensitive' as const } },
              { slug: { contains } },
            ]),
          }
        : {},
    ],
  }
  const [total, projects] = await db.prisma.$transaction([
    db.prisma.project.count({ where }),
    db.prisma.project.findMany({
      where,
      select: card,
      orderBy: [{ name: 'asc' }, { uuid: 'asc' }],
      skip: offset(page, per_page),
      take: per_page,
    }),
  ])
  return { total, projects }
}
