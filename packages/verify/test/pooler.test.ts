import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { createWorld } from './world.ts'

const world = await createWorld()

/** What a transaction pooler does to a connection after each statement: nothing of the session stays. */
class ForgetfulClient extends pg.Client {
  constructor(config?: pg.ClientConfig) {
    super(config)
    const query = this.query.bind(this)
    const queryAndForget = (...given: unknown[]) => {
      const answer = Reflect.apply(query, this, given)
      query('DISCARD ALL').catch(() => {})
      return answer
    }
    Object.assign(this, { query: queryAndForget })
  }
}
// A verifier makes all its connections as those of the pool that it is given.
const pool = new pg.Pool({ connectionString: world.url, max: 1, pipeline: true, Client: ForgetfulClient })
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

test('what a connection prepared is gone with its answer, or this file would show nothing', async () => {
  const one = { name: 'one', text: 'SELECT 1 AS one' }
  expect((await pool.query(one)).rows).toEqual([{ one: 1 }])
  await expect(pool.query(one)).rejects.toThrow('does not exist')
})

test('a verifier on a pool of the service leaves that pool open', async () => {
  const verifier = await world.startVerifier({ pool, preparedStatements: false })
  await verifier.close()
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})
