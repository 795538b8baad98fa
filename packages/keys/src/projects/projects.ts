import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { Caller, User } from '../callers/identify.ts'
import type { Changing, Database, Writer } from '../database/client.ts'
import { jsonOrNull } from '../database/json.ts'
import { listPage } from '../database/list-page.ts'
import type { PageRequest } from '../database/page-request.ts'
import type { AddParameter } from '../database/parameters.ts'
import { readStatement } from '../database/statement.ts'
import type { Visibility } from '../generated/enums.ts'
import type { KeyScopes } from '../key-settings/offered.ts'
import type { KeyPolicy } from '../policy/shapes.ts'
import { refuseReserved, takeSlug } from '../slugs/former.ts'
import { slugOf, withFreeSlug } from '../slugs/slug.ts'

type NewProject = {
  name: string
  slug?: string | null | undefined
  url?: string | null | undefined
  visibility?: Visibility | null | undefined
  organization: string
  now: Date
}

/** Creates a project, which its creator maintains. Returns its UUID. */
export async function createProject(db: Database, { user, ...project }: NewProject & { user: User }): Promise<string> {
  const uuid = uuidv7({ msecs: project.now.getTime() })
  await withFreeSlug(project.slug ?? slugOf(project.name), (slug) =>
    takeSlug(db, { kind: 'project', slug, thing: uuid, user, now: project.now }, (tx) =>
      insertProject(tx, { ...project, uuid, slug, maintainer: user.uuid }),
    ),
  )
  return uuid
}

/** Inserts a project under exactly this slug. */
export async function insertProject(
  db: Writer,
  project: NewProject & { uuid: string; slug: string; maintainer: string },
): Promise<void> {
  const { uuid, name, slug, url, visibility, organization, maintainer, now } = project
  await db.prisma.project.create({
    data: {
      uuid,
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
  })
}

/** Counts the projects of an organization. */
export const countProjects = (db: Database, organization: string): Promise<number> =>
  db.prisma.project.count({ where: { organization, deleted: null } })

const Row = z.object({
  uuid: z.string(),
  organization: z.string(),
  name: z.string(),
  slug: z.string(),
  url: z.string().nullable(),
  visibility: z.enum(['public', 'private']),
  created: z.string(),
  modified: z.string(),
  claimed: z.string(),
  organization_name: z.string(),
  organization_slug: z.string(),
})
const COLUMNS = `p.uuid, p.organization, p.name, p.slug, p.url, p.visibility, p.created, p.modified, o.claimed,
    o.name AS organization_name, o.slug AS organization_slug`
const FROM = 'FROM projects p JOIN organizations o ON o.uuid = p.organization WHERE p.deleted IS NULL'
const SELECT = `SELECT ${COLUMNS} ${FROM}`

/** The fields that only people who may manage the project see. */
type Managed = { key_policy: KeyPolicy | null; key_scopes: KeyScopes | null }
export type ProjectRow = z.output<typeof Row>
const findOne = readStatement<ProjectRow & Managed>(
  `SELECT ${COLUMNS}, p.key_policy, p.key_scopes ${FROM} AND p.uuid = $1`,
)

/** Null if the project was deleted. */
export async function findProject(db: Database, uuid: string) {
  const [row] = await findOne(db, [uuid])
  return row ?? null
}

const MEMBER = (parameter: AddParameter, { uuid }: User) =>
  `(EXISTS (SELECT FROM organization_members m WHERE m.organization = o.uuid AND m."user" = ${parameter(uuid)}::uuid)
    OR EXISTS (SELECT FROM project_members m WHERE m.project = p.uuid AND m."user" = ${parameter(uuid)}::uuid))`

/** SQL for the projects that the caller may see: public ones, and those of a member; a project key sees only its own. */
function visibleTo(caller: Caller, parameter: AddParameter): string {
  if (caller.kind === 'projectKey') return `p.uuid = ${parameter(caller.key.project)}::uuid`
  if (caller.kind === 'anonymous') return `p.visibility = 'public'`
  return caller.user.admin ? 'true' : `(p.visibility = 'public' OR ${MEMBER(parameter, caller.user)})`
}

const listWhere = (db: Pick<Database, 'pool'>, where: (parameter: AddParameter) => string, page: PageRequest) =>
  listPage(
    db,
    {
      row: Row,
      select: (parameter) => `${SELECT} AND ${where(parameter)}`,
      name: 'p.name',
      searched: ['p.name', 'p.slug', 'p.uuid::text'],
    },
    page,
  )

export const listVisible = ({ pool, anonymousPool }: Database, { caller, ...page }: PageRequest & { caller: Caller }) =>
  listWhere(
    { pool: caller.kind === 'anonymous' ? anonymousPool : pool },
    (parameter) => visibleTo(caller, parameter),
    page,
  )

export const listOfOrganization = (db: Database, { organization, ...page }: PageRequest & { organization: string }) =>
  listWhere(db, (parameter) => `p.organization = ${parameter(organization)}::uuid`, page)

/** Lists the projects of a user, as a member or as a leader of their organization. A server admin gets all. */
export const listOwn = (db: Database, { user, ...page }: PageRequest & { user: User }) =>
  listWhere(db, (parameter) => (user.admin ? 'true' : MEMBER(parameter, user)), page)

type Changes = {
  name?: string | null | undefined
  slug?: string | null | undefined
  /** Null removes it. */
  url?: string | null | undefined
  visibility?: Visibility | null | undefined
  /** Null removes it. */
  key_policy?: KeyPolicy | null | undefined
  /** Null removes them. */
  key_scopes?: KeyScopes | null | undefined
  now: Date
}

/** @throws a unique-constraint violation if another project has the slug or had it in the last 90 days */
export function updateProject(
  { db, verifier }: Changing,
  uuid: string,
  { user, ...changes }: Changes & { user: User },
) {
  const { name, slug, url, visibility, key_policy, key_scopes, now } = changes
  const data = {
    ...(name ? { name } : {}),
    ...(slug ? { slug } : {}),
    ...(url === undefined ? {} : { url }),
    ...(visibility ? { visibility } : {}),
    ...(key_policy === undefined ? {} : { key_policy: jsonOrNull(key_policy) }),
    ...(key_scopes === undefined ? {} : { key_scopes: jsonOrNull(key_scopes) }),
    modified: now,
  }
  const claim = slug ? { kind: 'project' as const, slug, thing: uuid, user, now } : null
  return db.changes(verifier).changeProject(uuid, data, claim && ((tx) => refuseReserved(tx, claim)))
}

/** Only marks the project as deleted. Its keys stop at once, because verification joins the project. */
export const deleteProject = ({ db, verifier }: Changing, uuid: string, now: Date): Promise<boolean> =>
  db.changes(verifier).changeProject(uuid, { deleted: now })
