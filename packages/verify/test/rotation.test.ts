import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { STALENESS_BOUND } from '../src/freshness.ts'
import { generateKey, hashKey } from '../src/key.ts'
import type { Verifier } from '../src/verifier.ts'
import { createWorld, sleep } from './world.ts'

const world = await createWorld()
const { sql } = world

/** Rotates a key as the service does, in one transaction. */
async function rotate({ uuid }: { uuid: string }, { grace = 3600 } = {}) {
  const key = generateKey('test', 'run')
  await sql(
    `WITH old AS (
       INSERT INTO project_key_rotations (key, hash, last_four, started, grace, ends)
       SELECT uuid, hash, last_four, date_trunc('second', now()), $3, date_trunc('second', now()) + interval '30 days'
       FROM project_keys WHERE uuid = $1
     )
     UPDATE project_keys SET hash = $2, rotated = now(), first_use_awaited = true WHERE uuid = $1`,
    [uuid, hashKey(key), grace],
  )
  return key
}
const rotationOf = async (uuid: string) => {
  const [row] = await sql(
    `SELECT first_used, ends, last_used, address, extract(epoch FROM ends - first_used)::int AS grace
     FROM project_key_rotations WHERE key = $1`,
    [uuid],
  )
  return row
}
const firstUsed = async (uuid: string) => (await rotationOf(uuid))?.first_used ?? null
const isWritten = (uuid: string) => expect.poll(() => firstUsed(uuid), { timeout: 2000 }).toEqual(expect.any(Date))
const says = async (verifier: Verifier, key: string) => {
  const verdict = await verifier.verify(key)
  return verdict.valid ? 'yes' : verdict.reason
}
/** Blocks what a verifier writes until the function that it returns is called. */
async function blockWrites(name: string) {
  await sql(`ALTER FUNCTION ${name} RENAME TO away`)
  return () => sql(`ALTER FUNCTION away RENAME TO ${name}`)
}

test('both secrets of a rotated key are good, in every process that knew the old one', async () => {
  const verifiers = await Promise.all([world.startVerifier(), world.startVerifier()])
  const { uuid, key } = await world.createKey()
  for (const verifier of verifiers) expect(await says(verifier, key)).toBe('yes')
  const next = await rotate({ uuid })
  for (const verifier of verifiers) {
    expect(await verifier.verify(next)).toMatchObject({ valid: true, key: { uuid, name: 'ci' } })
    expect(await says(verifier, key)).toBe('yes')
  }
})

test('the first of several processes that say yes to a new secret writes it, once', async () => {
  const verifiers = await Promise.all([world.startVerifier(), world.startVerifier(), world.startVerifier()])
  const { uuid } = await world.createKey()
  const next = await rotate({ uuid })
  await Promise.all(verifiers.map((verifier) => verifier.verify(next)))
  await isWritten(uuid)
  const first = await rotationOf(uuid)
  expect(first).toMatchObject({ grace: 3600 })
  await sleep(1100)
  await Promise.all(verifiers.map((verifier) => verifier.verify(next)))
  await sleep(100)
  expect(await rotationOf(uuid)).toEqual(first)
})

test('a process that said yes to an old secret a moment before refuses it within the bound after its end', async () => {
  const verifiers = await Promise.all([world.startVerifier(), world.startVerifier()])
  const { uuid, key } = await world.createKey()
  const next = await rotate({ uuid }, { grace: 0 })
  for (const verifier of verifiers) expect(await says(verifier, key)).toBe('yes')
  await verifiers[0]?.verify(next)
  await isWritten(uuid)
  const written = Date.now()
  while (Date.now() <= written + STALENESS_BOUND) await sleep(10)
  for (const verifier of verifiers)
    expect([await says(verifier, key), await says(verifier, next)]).toEqual(['replaced', 'yes'])
})

test('an old secret ends on time by the clock of each process, without a change to be told', async () => {
  let ahead = 0
  const clock = {
    monotonic: () => performance.now(),
    wall: () => Date.now() + ahead,
    after: (ms: number, run: () => void) => {
      const timer = setTimeout(run, ms)
      return () => clearTimeout(timer)
    },
  }
  const verifier = await world.startVerifier({ clock })
  const { uuid, key } = await world.createKey()
  const next = await rotate({ uuid }, { grace: 3600 })
  await verifier.verify(next)
  await isWritten(uuid)
  const { ends } = (await rotationOf(uuid)) ?? {}
  await expect.poll(async () => Number((await verifier.verify(key)).valid && ends)).toBe(Number(ends))
  ahead = Number(ends) - Date.now() - 60_000
  expect(await says(verifier, key)).toBe('yes')
  ahead += 60_000
  expect(await says(verifier, key)).toBe('replaced')
})

test('an old secret that was ended is refused within the bound even where the clock is behind', async () => {
  const behind = { monotonic: () => performance.now(), wall: () => Date.now() - 60_000, after: later }
  const verifier = await world.startVerifier({ clock: behind })
  const { uuid, key } = await world.createKey()
  await rotate({ uuid })
  expect(await says(verifier, key)).toBe('yes')
  await sql(`UPDATE project_key_rotations SET ends = date_trunc('second', now()) WHERE key = $1`, [uuid])
  await sleep(STALENESS_BOUND)
  expect(await says(verifier, key)).toBe('replaced')
})
const later = (ms: number, run: () => void) => {
  const timer = setTimeout(run, ms)
  return () => clearTimeout(timer)
}

test('a first use is written when the database takes writes again, and at close', async () => {
  const verifier = await world.startVerifier()
  const [one, other] = [await world.createKey(), await world.createKey()]
  const unblock = await blockWrites('record_first_key_use')
  await verifier.verify(await rotate(one))
  await expect.poll(() => verifier.health().usage).toContain('record_first_key_use')
  await unblock()
  await isWritten(one.uuid)
  expect(verifier.health().usage).toBeNull()

  const unblockAgain = await blockWrites('record_first_key_use')
  await verifier.verify(await rotate(other))
  await expect.poll(() => verifier.health().usage).toContain('record_first_key_use')
  await unblockAgain()
  await verifier.close()
  expect(await firstUsed(other.uuid)).toEqual(expect.any(Date))
})

test('a first use is written although no usage is recorded', async () => {
  const verifier = await world.startVerifier({ recordUsage: false })
  const { uuid } = await world.createKey()
  await verifier.verify(await rotate({ uuid }))
  await isWritten(uuid)
})

test('a secret that another rotation dropped starts no grace', async () => {
  const { uuid } = await world.createKey()
  const dropped = await rotate({ uuid })
  await sql('UPDATE project_keys SET hash = $2 WHERE uuid = $1', [uuid, hashKey(generateKey('test', 'run'))])
  await sql('SELECT record_first_key_use($1)', [[hashKey(dropped)]])
  expect(await firstUsed(uuid)).toBeNull()
})

test('uses of an old secret are calls of its key, and its last use is kept apart', async () => {
  const verifier = await world.startVerifier()
  const { uuid, key } = await world.createKey()
  const next = await rotate({ uuid })
  for (let n = 0; n < 3; n++) await verifier.verify(key, { address: '192.0.2.7' })
  for (let n = 0; n < 2; n++) await verifier.verify(next, { address: '192.0.2.8' })
  await verifier.close()
  expect(await sql('SELECT calls::int FROM project_key_calls WHERE key = $1', [uuid])).toEqual([{ calls: 5 }])
  expect(await rotationOf(uuid)).toMatchObject({ address: '192.0.2.7', last_used: expect.any(Date) })
  expect(await sql('SELECT address FROM project_key_uses WHERE key = $1', [uuid])).toEqual([{ address: '192.0.2.8' }])
})

test('the last use of an old secret never goes back, and is never in the future', async () => {
  const { uuid } = await world.createKey()
  await rotate({ uuid })
  const record = (used: string, address: string) =>
    sql('SELECT record_old_key_usage($1, $2, $3, $4)', [[uuid], [1], [used], [address]])
  await record('2026-03-02T10:00:30Z', '10.0.0.1')
  await record('2026-03-02T09:00:00Z', '10.0.0.2')
  expect(await rotationOf(uuid)).toMatchObject({ last_used: new Date('2026-03-02T10:00:00Z'), address: '10.0.0.1' })
  await record('2999-01-01T00:00:00Z', '10.0.0.3')
  const last = (await rotationOf(uuid))?.last_used
  expect(Math.abs(Date.now() - Number(last))).toBeLessThan(120_000)
})

test('the role of verifying services may tell first uses and old uses', async () => {
  const password = randomBytes(12).toString('hex')
  await sql(await readFile(join(import.meta.dirname, '../role.sql'), 'utf8'))
  await sql(`ALTER ROLE project_keys_verifier PASSWORD '${password}'`)
  const url = new URL(world.url)
  Object.assign(url, { username: 'project_keys_verifier', password })
  const verifier = await world.startVerifier({ connectionString: url.href })
  const { uuid, key } = await world.createKey()
  const next = await rotate({ uuid })
  await Promise.all([verifier.verify(key), verifier.verify(next)])
  await verifier.close()
  expect(await rotationOf(uuid)).toMatchObject({ first_used: expect.any(Date), last_used: expect.any(Date) })
})

test('a plain key is told as before: one change for each, and none for a first use', async () => {
  const { uuid, key } = await world.createKey()
  const count = async () => (await sql('SELECT count(*)::int AS n FROM verification_changes'))[0]?.n
  const before = Number(await count())
  await sql('SELECT record_first_key_use($1)', [[hashKey(key)]])
  expect(await count()).toBe(before)
  await world.revoke(uuid)
  expect(await count()).toBe(before + 1)
})
