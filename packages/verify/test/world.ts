import { randomUUID } from 'node:crypto'
import { afterAll } from 'vitest'
import { execute, freshDatabase } from '../../keys/test/database.ts'
import { generateKey, hashKey } from '../src/key.ts'
import { createVerifier, type Verifier, type VerifierOptions } from '../src/verifier.ts'

export type World = Awaited<ReturnType<typeof createWorld>>
type NewKey = { name?: string; expiration?: Date; key?: string }

/** A database of this test file's own with one organization, and functions that change it in plain SQL. */
export async function createWorld() {
  const { url } = await freshDatabase()
  const sql = (text: string, values: unknown[] = []) => execute(url, text, values)
  const organization = randomUUID()
  await sql(`INSERT INTO organizations VALUES ($1, 'Acme', 'acme', now(), now(), now())`, [organization])

  const createProject = async (slug = `p-${randomUUID()}`) => {
    const uuid = randomUUID()
    await sql(
      `INSERT INTO projects (uuid, organization, name, slug, visibility, created, modified)
       VALUES ($1, $2, 'Example', $3, 'private', now(), now())`,
      [uuid, organization, slug],
    )
    return { uuid, slug }
  }
  const project = await createProject('example')

  const createKey = async (
    { name = 'ci', expiration = tomorrow(), key = generateKey('test', 'run') }: NewKey = {},
    of = project,
  ) => {
    const uuid = randomUUID()
    await sql(
      `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
       VALUES ($1, $2, $3, $4, 'abcd', now(), $5)`,
      [uuid, of.uuid, name, hashKey(key), expiration],
    )
    return { uuid, key }
  }
  const revoke = (uuid: string) => sql('UPDATE project_keys SET revoked = now() WHERE uuid = $1', [uuid])

  const verifiers: Verifier[] = []
  afterAll(() => Promise.all(verifiers.map(({ close }) => close())))
  /** A fresh verifier, which is closed after the file's tests. */
  const startVerifier = async (options: Partial<VerifierOptions> = {}) => {
    const verifier = createVerifier({ connectionString: url, ...options })
    verifiers.push(verifier)
    while (!verifier.health().fresh) await sleep(5)
    return verifier
  }
  return { url, sql, project, createProject, createKey, revoke, startVerifier }
}

export const sleep = (ms: number) => new Promise((over) => setTimeout(over, ms))

function tomorrow(): Date {
  const now = new Date()
  now.setUTCHours(now.getUTCHours() + 24, 0, 0, 0)
  return now
}
