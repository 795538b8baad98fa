import { hashKey } from '@project-keys/verify/key'
import type { User } from '../callers/identify.ts'
import type { Database } from '../database/client.ts'
import { readStatement } from '../database/statement.ts'
import type { ProjectRole, Visibility } from '../generated/enums.ts'
import { may } from '../permissions/permissions.ts'

type Row = { uuid: string; project: string; visibility: Visibility; leads: boolean; role: ProjectRole | null }

const findByHash = readStatement<Row>(
  `SELECT k.uuid, p.uuid AS project, p.visibility, leader."user" IS NOT NULL AS leads, member.role
   FROM (
     SELECT uuid FROM project_keys WHERE hash = $1
     UNION ALL SELECT key FROM project_key_rotations WHERE hash = $1
   ) secret
   JOIN project_keys k ON k.uuid = secret.uuid
   JOIN projects p ON p.uuid = k.project AND p.deleted IS NULL
   LEFT JOIN organization_members leader ON leader.organization = p.organization AND leader."user" = $2
   LEFT JOIN project_members member ON member.project = p.uuid AND member."user" = $2`,
)

/**
 * The key that has this secret or had it before its rotation, whether it is good or not, for a user who may manage it;
 * otherwise null, by the same statement as for a key that never was.
 */
export async function findManagedKey(db: Database, { key, user }: { key: string; user: User }) {
  const [row] = await findByHash(db, [hashKey(key), user.uuid])
  if (!row || !may('manage', { ...row, admin: user.admin })) return null
  return { project: row.project, uuid: row.uuid }
}
