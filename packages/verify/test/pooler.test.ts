import pg from 'pg'
import { afterAll, expect, test } from 'vitest'
import { createWorld } from './world.ts'

const world = await createWorld()

/** Resets the session after each statement, as a transaction pooler does. */
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
// A verifier opens its own connections with the settings of the pool that it is given, this client included.
const pool = new pg.Pool({ connectionString: world.url, max: 1, pipeline: true, Client: ForgetfulClient })
afterAll(() => pool.end())

test('a verifier without prepared statements works behind a transaction pooler', async () => {
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

test('a prepared statement does not survive its answer, or this file would prove nothing', async () => {
  const one = { name: 'one', text: 'SELECT 1 AS one' }
  expect((await pool.query(one)).rows).toEqual([{ one: 1 }])
  await expect(pool.query(one)).rejects.toThrow('does not exist')
})

test('a verifier that was given a pool leaves it open', async () => {
  const verifier = await world.startVerifier({ pool, preparedStatements: false })
  await verifier.close()
  expect((await pool.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }])
})
