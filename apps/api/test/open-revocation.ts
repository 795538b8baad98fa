import { setTimeout as sleep } from 'node:timers/promises'
import { STALENESS_BOUND } from '@project-keys/verify'
import { generateKey, hashKey } from '@project-keys/verify/key'
import { expect } from 'vitest'
import { serveFrom } from './second-process.ts'
import { startService } from './service.ts'
import { createProject, keyOf } from './world.ts'

const WRITERS = 8
const PAUSE = 100 // ms between two revocations of a writer
const LONGEST = 250 // ms more than a plain write takes on this machine meanwhile

type Key = { uuid: string; key: string }

/** One transaction that revoked a key stays open for so many ms, while eight connections revoke other keys of its project. */
export async function revokeBesideOpenTransaction(ms: number) {
  const service = await startService()
  const other = await serveFrom(service.databaseUrl)
  const project = await createProject(service, service.admin)
  const statusOf = async ({ key: token }: Key) => (await other.ask('GET', '/v0/verify', { token })).status
  const makeKeys = async (count: number): Promise<Key[]> => {
    const keys = Array.from({ length: count }, () => ({
      uuid: crypto.randomUUID(),
      key: generateKey('bencher', 'run'),
    }))
    await service.db.pool.query(
      `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
       SELECT uuid, $1, 'ci', hash, 'abcd', now(), now() + interval '100 years'
       FROM unnest($2::uuid[], $3::bytea[]) AS made (uuid, hash)`,
      [project.uuid, keys.map(({ uuid }) => uuid), keys.map(({ key }) => hashKey(key))],
    )
    return keys
  }

  const revoke = async (key: Key) => {
    const sent = performance.now()
    expect((await service.send('DELETE', keyOf(project, key), service.admin)).status).toBe(204)
    return performance.now() - sent
  }
  // Opens the connections of all writers.
  for (let n = 0; n < 3; n++) await Promise.all((await makeKeys(WRITERS)).map(revoke))

  const [held, ...keys] = await makeKeys(1 + (WRITERS * ms) / PAUSE)
  if (!held) throw new Error('There must be a key.')
  const open = await service.db.pool.connect()
  // As psql: the service ends its own transactions that idle.
  await open.query('BEGIN; SET LOCAL idle_in_transaction_session_timeout = 0')
  await open.query('UPDATE project_keys SET revoked = now() WHERE uuid = $1', [held.uuid])

  let [longest, longestPlain] = [0, 0]
  await service.db.pool.query('CREATE TABLE plain (n int)')
  const writePlain = async (end: number) => {
    for (; performance.now() < end; await sleep(PAUSE)) {
      const sent = performance.now()
      await service.db.pool.query('INSERT INTO plain VALUES (1)')
      longestPlain = Math.max(longestPlain, performance.now() - sent)
    }
  }
  const checks: Promise<void>[] = []
  const write = async (end: number) => {
    for (let key = keys.pop(); key && performance.now() < end; key = keys.pop()) {
      expect(await statusOf(key)).toBe(200)
      longest = Math.max(longest, await revoke(key))
      checks.push(refusedAfterBound(key))
      await sleep(PAUSE)
    }
  }
  const refusedAfterBound = async (key: Key) => {
    await sleep(STALENESS_BOUND + 1)
    expect(await statusOf(key)).toBe(401)
  }
  const end = performance.now() + ms
  await Promise.all([writePlain(end), ...Array.from({ length: WRITERS }, () => write(end))])
  expect(await statusOf(held)).toBe(200)
  await open.query('COMMIT')
  open.release()
  await refusedAfterBound(held)
  await Promise.all(checks)
  expect(checks.length).toBeGreaterThan(ms / PAUSE)
  expect(longest).toBeLessThan(LONGEST + longestPlain)
}
