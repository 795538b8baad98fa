import { z } from 'zod'
import type { Changing, Database } from '../database/client.ts'
import { listPage } from '../database/list-page.ts'
import type { PageRequest } from '../database/page-request.ts'
import { type AddParameter, addTo } from '../database/parameters.ts'
import { type KeyRow, keyFrom } from '../project-keys/columns.ts'
import { revokeNextMadeBy } from '../project-keys/revoke-many.ts'

/** Where keys were made: in a project, in the projects of an organization, or anywhere. */
type Within = { project: string } | { organization: string } | null

const Summary = z.tuple([
  z.object({
    active: z.int(),
    expired: z.int(),
    projects: z.int(),
    used_lately: z.int(),
    last_used: z.string().nullable(),
  }),
])

/** In days: a key that was used in these is likely to be in use. */
const LATELY = 7

/** So many keys are named, those that were used last. */
const NAMED = 5
const Named = z.array(
  z.object({
    uuid: z.string(),
    name: z.string(),
    last_four: z.string(),
    last_used: z.string().nullable(),
    project: z.string(),
  }),
)

type Made = { creator: string; now: Date }

/**
 * How many keys a user made that are not revoked, how much they are used, and the active ones that were used last. A deleted
 * project has no keys any more.
 */
export async function summarizeMade({ pool }: Database, { creator, within, now }: Made & { within: Within }) {
  const values: unknown[] = [creator, now.toISOString()]
  const from = `FROM project_keys k JOIN projects p ON p.uuid = k.project
    LEFT JOIN project_key_uses used ON used.key = k.uuid
    WHERE k.creator = $1 AND k.revoked IS NULL AND p.deleted IS NULL ${placeOf(within, addTo(values))}`
  const count = `SELECT count(*) FILTER (WHERE k.expiration > $2)::int AS active,
      count(*) FILTER (WHERE k.expiration <= $2)::int AS expired,
      count(DISTINCT k.project)::int AS projects,
      count(*) FILTER (WHERE k.expiration > $2 AND used.last_used > $2::timestamptz - interval '${LATELY} days')::int AS used_lately,
      max(used.last_used) FILTER (WHERE k.expiration > $2) AS last_used ${from}`
  const list = `SELECT k.uuid, k.name, k.last_four, used.last_used, p.name AS project ${from} AND k.expiration > $2
    ORDER BY used.last_used DESC NULLS LAST, k.name, k.uuid LIMIT ${NAMED}`
  const [summary, named] = await Promise.all([count, list].map((text) => pool.query({ text, values })))
  return { ...Summary.parse(summary?.rows)[0], latest: Named.parse(named?.rows) }
}

function placeOf(within: Within, parameter: AddParameter): string {
  if (within === null) return ''
  return 'project' in within
    ? `AND k.project = ${parameter(within.project)}::uuid`
    : `AND p.organization = ${parameter(within.organization)}::uuid`
}

type MadeKey = KeyRow & { last_used: string | null; slug: string; project_name: string; deleted: boolean }
const Row = z.custom<MadeKey>()

type Request = PageRequest & { creator: string; revoked?: boolean | undefined }

/** A page of the keys that a user made in any project, also in deleted ones. */
export const listMade = (db: Database, { creator, revoked, ...page }: Request) =>
  listPage(
    db,
    {
      row: Row,
      select: (parameter) => `SELECT ${keyFrom('k')}, p.slug, p.name AS project_name,
          p.deleted IS NOT NULL AS deleted, used.last_used
        FROM project_keys k JOIN projects p ON p.uuid = k.project LEFT JOIN project_key_uses used ON used.key = k.uuid
        WHERE k.creator = ${parameter(creator)}::uuid AND k.revoked IS ${revoked ? 'NOT NULL' : 'NULL'}`,
      name: 'k.name',
      searched: ['k.name', 'k.uuid::text', 'p.name'],
    },
    page,
  )

type Revocation = Made & { revoker: string; reason: string | null }

/**
 * Revokes the API tokens of a user, and the next of the project keys that they made. The tokens come first, because they
 * could make more keys. `remaining` project keys are left for the next calls.
 */
export async function revokeMade(ctx: Changing, { creator, revoker, reason, now }: Revocation) {
  const { prisma } = ctx.db
  const tokens = await prisma.userKey.updateMany({
    where: { user: creator, revoked: null },
    data: { revoked: now, audit: ctx.db.stamp() },
  })
  const revoked = await revokeNextMadeBy(ctx, { creator, revoker, reason, now })
  const remaining = await prisma.projectKey.count({ where: { creator, revoked: null } })
  return { user_keys: tokens.count, project_keys: revoked, remaining }
}

/** The number of API tokens of a user that still work. */
export const countTokens = ({ prisma }: Database, { creator, now }: Made) =>
  prisma.userKey.count({ where: { user: creator, revoked: null, expiration: { gt: now } } })
