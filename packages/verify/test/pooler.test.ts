import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { createWorld } from './world.ts'

const world = await createWorld()

// What a transaction pooler does to a connection between two statements: nothing of the session stays.
const pool = new pg.Pool({ connectionString: world.url, max: 1 })
pool.on('release', (_, client) => client.query('DISCARD ALL').catch(() => {}))
afterAll(() => pool.end())

test('a verifier without prepared statements works where connections keep nothing', async () => {
  const verifier = await world.startVerifier({ pool, preparedStatements: false })
  for (let n = 0; n < 5; n++) {
    const { uuid, key } = await world.createKey()
    expect(await verifier.verify(key)).toMatchObject({ valid: true })
    await world.revoke(uuid)
    verifier.evict(uuid)
    expect(await verifier.verify(key)).toMatchObject({ reason: 'revoked' })
  }
  const { uuid, key } = await world.createKey()
  expect(await verifier.verify(key)).toMatchObject({ valid: true })
  await world.revoke(uuid)
  await expect.poll(() => verifier.verify(key)).toMatchObject({ reason: 'revoked' })
})

test('a verifier on a pool of the service leaves that pool open', async () => {
  const verifier = await world.startVerifier({ pool, preparedStatements: false })
  await verifier.close()
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})
