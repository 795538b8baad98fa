import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { generateKey } from '../src/key.ts'
import { createVerifier } from '../src/verifier.ts'
import { createWorld } from './world.ts'

const world = await createWorld()
const key = generateKey('test', 'run')
const UNAVAILABLE = 'The key cannot be checked now'

/** Until it is given back, every read fails. */
async function takeHorizon() {
  await world.sql('CREATE TABLE kept AS SELECT * FROM verification_horizon; DELETE FROM verification_horizon')
  return () => world.sql('INSERT INTO verification_horizon SELECT * FROM kept; DROP TABLE kept')
}

describe('without an answer from the database', () => {
  test('a call fails at once if the port is closed', async () => {
    const verifier = createVerifier({ connectionString: 'postgresql://anonymous@127.0.0.1:1/nothing' })
    onTestFinished(verifier.close)
    await expect(verifier.verify(key)).rejects.toThrow(UNAVAILABLE)
    expect(verifier.health()).toMatchObject({ bound: 1000, fresh: false, age: null })
  })

  test('a call fails after two seconds if the server accepts connections and never answers', async () => {
    const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const address = silent.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const verifier = createVerifier({ connectionString: `postgresql://anonymous@127.0.0.1:${port}/nothing` })
    onTestFinished(verifier.close)
    const began = performance.now()
    await expect(verifier.verify(key)).rejects.toThrow(UNAVAILABLE)
    expect(performance.now() - began).toBeGreaterThan(1900)
    expect(performance.now() - began).toBeLessThan(3000)
  })

  test('a call whose statement hangs fails after two seconds, and the next call uses another connection', async () => {
    const verifier = await world.startVerifier({ connections: 1 })
    const { key } = await world.createKey()
    const blocked = world.sql('BEGIN; LOCK TABLE project_keys; SELECT pg_sleep(3); COMMIT')
    await expect
      .poll(() => world.sql(`SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted`))
      .not.toEqual([])
    await expect(verifier.verify(key)).rejects.toThrow(UNAVAILABLE)
    await blocked
    expect(await verifier.verify(key)).toMatchObject({ valid: true })
  })

  test('connections that were lost are replaced, and no call fails', async () => {
    const verifier = await world.startVerifier()
    for (let n = 0; n < 3; n++) {
      const { key } = await world.createKey()
      await world.sql(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE application_name = 'project-keys-verify' AND datname = current_database()`,
      )
      expect(await verifier.verify(key)).toMatchObject({ valid: true })
    }
  })

  test('a feed without its horizon counts as a failure, not as an empty feed', async () => {
    const verifier = await world.startVerifier()
    const giveBack = await takeHorizon()
    await expect.poll(() => verifier.health().failure).toContain('verification_horizon')
    await expect(verifier.verify(generateKey('test', 'run'))).rejects.toThrow(UNAVAILABLE)
    await giveBack()
    await expect.poll(() => verifier.health().failure).toBeNull()
  })

  test('the longest time that a change took does not count the time in which the database was away', async () => {
    const verifier = await world.startVerifier()
    const { uuid, key } = await world.createKey()
    await verifier.verify(key)
    const giveBack = await takeHorizon()
    await expect.poll(() => verifier.health().fresh).toBe(false)
    await world.revoke(uuid)
    await giveBack()
    await expect.poll(() => verifier.health().fresh).toBe(true)
    expect(await verifier.verify(key)).toMatchObject({ reason: 'revoked' })
    expect(verifier.health().slowest).toBeLessThanOrEqual(1000)
  })
})
