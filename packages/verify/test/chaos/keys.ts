import { randomUUID } from 'node:crypto'
import { execute } from '../../../keys/test/database.ts'
import { generateKey, hashKey } from '../../src/key.ts'

export type SeededKey = { uuid: string; key: string }

/** Creates keys of one project in plain SQL. */
export async function seedKeys(url: string, count: number): Promise<SeededKey[]> {
  const keys = Array.from({ length: count }, () => ({ uuid: randomUUID(), key: generateKey('chaos', 'run') }))
  const [organization, project] = [randomUUID(), randomUUID()]
  await execute(url, `INSERT INTO organizations VALUES ($1, 'Acme', 'acme', now(), now(), now())`, [organization])
  await execute(
    url,
    `INSERT INTO projects (uuid, organization, name, slug, visibility, created, modified)
     VALUES ($1, $2, 'Example', 'example', 'private', now(), now())`,
    [project, organization],
  )
  await execute(
    url,
    `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
     SELECT uuid, $1, 'ci', hash, 'abcd', now(), now() + interval '1 day'
     FROM unnest($2::uuid[], $3::bytea[]) AS made (uuid, hash)`,
    [project, keys.map(({ uuid }) => uuid), keys.map(({ key }) => hashKey(key))],
  )
  return keys
}
