import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { execute } from '../../keys/test/database.ts'
import { createWorld } from './world.ts'

const world = await createWorld()
const url = new URL(world.url)

beforeAll(async () => {
  const password = randomBytes(12).toString('hex')
  await world.sql(await readFile(join(import.meta.dirname, '../role.sql'), 'utf8'))
  await world.sql(`ALTER ROLE project_keys_verifier PASSWORD '${password}'`)
  url.username = 'project_keys_verifier'
  url.password = password
})

const asRole = (text: string) => execute(url.href, text)

describe('the role of a verifying service', () => {
  test('verifies keys, sees revocations and records usage', async () => {
    const verifier = await world.startVerifier({ connectionString: url.href })
    const { uuid, key } = await world.createKey()
    expect(await verifier.verify(key)).toMatchObject({ valid: true })
    expect(verifier.verify(key)).toMatchObject({ valid: true })
    await world.revoke(uuid)
    await expect.poll(() => verifier.verify(key)).toMatchObject({ reason: 'revoked' })
    await verifier.close()
    expect(await world.sql('SELECT calls::int FROM project_key_calls WHERE key = $1', [uuid])).toEqual([
      { calls: expect.any(Number) },
    ])
  })

  test('may read no table', async () => {
    const tables = await world.sql(`SELECT tablename FROM pg_tables WHERE schemaname = 'public'`)
    expect(tables.length).toBeGreaterThan(10)
    for (const { tablename } of tables) {
      await expect(asRole(`SELECT FROM "${tablename}"`), `${tablename}`).rejects.toThrow('permission denied')
    }
  })

  test('may write nothing itself, not even through the view', async () => {
    for (const statement of [
      `UPDATE project_keys SET revoked = NULL`,
      `DELETE FROM key_verification`,
      `UPDATE verification_horizon SET swept = '1:1:'`,
      `SELECT tell_everything()`,
      `SELECT tell_everything_changed()`,
      `INSERT INTO verification_changes DEFAULT VALUES`,
      `BEGIN; LOCK TABLE verification_changes IN SHARE ROW EXCLUSIVE MODE`,
      `BEGIN; LOCK TABLE key_verification IN SHARE ROW EXCLUSIVE MODE`,
      `SELECT add_to_project_key_total(gen_random_uuid(), 1, 1)`,
      `CREATE TABLE mine (n int)`,
      `CREATE FUNCTION mine() RETURNS int LANGUAGE sql AS 'SELECT 1'`,
    ]) {
      await expect(asRole(statement), statement).rejects.toThrow(/permission denied|cannot delete|trigger functions/)
    }
  })

  test('cannot replace one of our tables by a temporary one of the same name', async () => {
    const { uuid } = await world.createKey()
    await asRole(
      `CREATE TEMP TABLE project_key_calls (key uuid, day date, calls bigint, PRIMARY KEY (key, day));
       SELECT record_key_usage(ARRAY['${uuid}'::uuid], ARRAY[7], ARRAY[now()], ARRAY[NULL])`,
    )
    expect(await world.sql('SELECT calls::int FROM project_key_calls WHERE key = $1', [uuid])).toEqual([{ calls: 7 }])
  })
})

test('no other role may call the function that records usage', async () => {
  const [row] = await world.sql(`SELECT proacl::text AS acl FROM pg_proc WHERE proname = 'record_key_usage'`)
  expect(row?.acl).not.toMatch(/[{,]=X/)
})
