import { once } from 'node:events'
import { createServer } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { generateKey } from '../src/key.ts'
import { createVerifier } from '../src/verifier.ts'
import { createWorld } from './world.ts'

const world = await createWorld()
const key = generateKey('test', 'run')
const AWAY = 'The key cannot be checked now'

describe('without an answer of the database', () => {
  test('a call is an error at once where nobody listens', async () => {
    const verifier = createVerifier({ connectionString: 'postgresql://nobody@127.0.0.1:1/nothing' })
    onTestFinished(verifier.close)
    await expect(verifier.verify(key)).rejects.toThrow(AWAY)
    expect(verifier.health()).toMatchObject({ bound: 1000, fresh: false, age: null })
  })

  test('a call is an error after two seconds where somebody listens and says nothing', async () => {
    const silent = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1')
    await once(silent, 'listening')
    onTestFinished(() => void silent.close())
    const address = silent.address()
    const port = address !== null && typeof address === 'object' ? address.port : 0
    const verifier = createVerifier({ connectionString: `postgresql://nobody@127.0.0.1:${port}/nothing` })
    onTestFinished(verifier.close)
    const began = performance.now()
    await expect(verifier.verify(key)).rejects.toThrow(AWAY)
    expect(performance.now() - began).toBeGreaterThan(1900)
    expect(performance.now() - began).toBeLessThan(3000)
  })

  test('a statement that hangs is an error after two seconds, and its connection is not used again', async () => {
    const verifier = await world.startVerifier({ connections: 1 })
    const { key } = await world.createKey()
    const blocked = world.sql('BEGIN; LOCK TABLE project_keys; SELECT pg_sleep(3); COMMIT')
    await expect
      .poll(() => world.sql(`SELECT FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted`))
      .not.toEqual([])
    await expect(verifier.verify(key)).rejects.toThrow(AWAY)
    await blocked
    expect(await verifier.verify(key)).toMatchObject({ valid: true })
  })

  test('connections that were cut are made anew, without an error for anybody', async () => {
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

  test('a feed without its number is a fault, not an empty feed', async () => {
    const verifier = await world.startVerifier()
    const rows = await world.sql('DELETE FROM verification_feed RETURNING number')
    await expect.poll(() => verifier.health().failure).toBe('The feed has no number.')
    await world.sql('INSERT INTO verification_feed (number) VALUES ($1)', [rows[0]?.number])
    await expect.poll(() => verifier.health().failure).toBeNull()
  })
})
