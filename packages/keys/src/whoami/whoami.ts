import type { Changing, Database } from '../database/client.ts'
import { readStatement } from '../database/statement.ts'
import { type KeyRow, keyFrom, onWire } from '../project-keys/columns.ts'

type Self = { uuid: string; project: string; ends: string }

const findSelf = readStatement<KeyRow & { slug: string }>(
  `SELECT ${keyFrom('k')}, p.slug FROM project_keys k JOIN projects p ON p.uuid = k.project WHERE k.uuid = $1`,
)

/** What a key may know of itself. `expiration` is the end of the secret that it showed. Null if it was just deleted. */
export async function describeKey(db: Database, { uuid, project, ends }: Self) {
  const [row] = await findSelf(db, [uuid])
  if (!row) return null
  const { name, creation, scopes, allowed_networks, rate_limit, self_rotation } = onWire(row)
  return {
    ...{ uuid, name, project: { uuid: project, slug: row.slug }, creation, expiration: ends },
    ...{ scopes, allowed_networks, rate_limit, self_rotation },
  }
}

/** False if the key was revoked meanwhile. */
export async function revokeItself({ db, verifier }: Changing, { uuid, project }: Self, now: Date): Promise<boolean> {
  const revocation = { revoked: now, revoker: null, reason: 'By the key itself.' }
  return (await db.changes(verifier).changeKey({ project, uuid, revoked: null }, revocation)) !== null
}
