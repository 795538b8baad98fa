import { expect, test } from 'vitest'
import { execute } from '../../keys/test/database.ts'
import { createWorld, sleep } from './world.ts'

const world = await createWorld()

async function limitedKey(requests: number, seconds = 86_400) {
  const key = await world.createKey()
  await world.sql('UPDATE project_keys SET rate_limit = $2 WHERE uuid = $1', [
    key.uuid,
    JSON.stringify({ requests, seconds }),
  ])
  return key
}

test('two verifying services tell each other within a second how often a key was used', async () => {
  const [one, other] = [await world.startVerifier(), await world.startVerifier()]
  const { key } = await limitedKey(10)
  for (let n = 0; n < 6; n++) expect(await one.verify(key)).toMatchObject({ valid: true })
  expect(await other.verify(key)).toMatchObject({ valid: true })
  await sleep(1500)
  expect(await other.verify(key)).toMatchObject({ valid: true, quota: { requests: 10, seconds: 86_400, remaining: 2 } })
  await sleep(1500)
  expect(await one.verify(key)).toMatchObject({ valid: true, quota: { remaining: 1 } })
  expect([one.health().limits, other.health().limits]).toEqual([null, null])
})

test('a verifying service that starts anew learns what the key was used for before', async () => {
  const { key } = await limitedKey(4)
  const first = await world.startVerifier()
  for (let n = 0; n < 3; n++) await first.verify(key)
  await first.close()
  const second = await world.startVerifier()
  await second.verify(key)
  await sleep(700)
  expect(await second.verify(key)).toMatchObject({ valid: false, reason: 'key_rate_limited' })
})

test('beyond the limit a key is refused with the seconds until it gets through, and that is no use', async () => {
  const { uuid, key } = await limitedKey(2, 2)
  const verifier = await world.startVerifier()
  while (Date.now() % 2000 > 1000) await sleep(50)
  for (let n = 0; n < 2; n++) expect((await verifier.verify(key)).valid).toBe(true)
  const refused = await verifier.verify(key)
  if (refused.valid || refused.reason !== 'key_rate_limited') throw new Error('It must be refused by its limit.')
  expect([1, 2]).toContain(refused.quota.reset)
  await sleep(refused.quota.reset * 1000)
  expect((await verifier.verify(key)).valid).toBe(true)
  await verifier.close()
  expect(await world.sql('SELECT calls::int FROM project_key_calls WHERE key = $1', [uuid])).toEqual([{ calls: 3 }])
})

test('a call that a limit does not concern is neither counted nor refused', async () => {
  const { key } = await limitedKey(1)
  const verifier = await world.startVerifier()
  for (let n = 0; n < 3; n++) expect((await verifier.verify(key, { unlimited: true })).valid).toBe(true)
  expect((await verifier.verify(key)).valid).toBe(true)
  expect((await verifier.verify(key)).valid).toBe(false)
})

test('both secrets of a key share its limit', async () => {
  const { uuid, key } = await limitedKey(3)
  const old = await world.createKey()
  await world.sql(
    `INSERT INTO project_key_rotations (key, hash, last_four, started, grace, ends)
     SELECT $1, hash, 'abcd', now(), 60, now() + interval '1 day' FROM project_keys WHERE uuid = $2`,
    [uuid, old.uuid],
  )
  await world.sql('DELETE FROM project_keys WHERE uuid = $1', [old.uuid])
  const verifier = await world.startVerifier()
  const valid = []
  for (const secret of [key, old.key, key, old.key, key]) valid.push((await verifier.verify(secret)).valid)
  expect(valid).toEqual([true, true, true, false, false])
})

test('a role that may not share counts alone, and the health says why', async () => {
  await world.sql(`CREATE ROLE "lonely" LOGIN PASSWORD 'lonely'`)
  await world.sql('GRANT SELECT ON key_verification TO "lonely"')
  await world.sql('GRANT EXECUTE ON FUNCTION record_key_usage(uuid[], bigint[], timestamptz[], text[]) TO "lonely"')
  const url = new URL(world.url)
  url.username = url.password = 'lonely'
  const verifier = await world.startVerifier({ connectionString: url.href })
  const { key } = await limitedKey(2)
  expect((await verifier.verify(key)).valid).toBe(true)
  await expect.poll(() => verifier.health().limits).toContain('permission denied')
  expect((await verifier.verify(key)).valid).toBe(true)
  expect((await verifier.verify(key)).valid).toBe(false)
  await verifier.close()
  await world.sql('DROP OWNED BY "lonely"')
  await world.sql('DROP ROLE "lonely"')
})

test('no window is taken that ends later than any can, nor a count of a key that is not there', async () => {
  const { uuid } = await world.createKey()
  const now = Math.floor(Date.now() / 1000)
  const tell = (key: string, ends: number) =>
    execute(
      world.url,
      `SELECT share_key_limits(gen_random_uuid(), ARRAY['${key}'::uuid], ARRAY[60], ARRAY[${ends}::bigint], ARRAY[7::bigint])`,
    )
  await tell(uuid, now + 10 * 86_400)
  await tell('00000000-0000-4000-8000-000000000000', now + 60)
  expect(await world.sql('SELECT FROM project_key_limit_counts WHERE ends > $1', [now + 2 * 86_400])).toEqual([])
  expect(
    await world.sql(`SELECT FROM project_key_limit_counts WHERE key = '00000000-0000-4000-8000-000000000000'`),
  ).toEqual([])
})
