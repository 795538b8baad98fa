import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { createVerifier } from '@project-keys/verify'
import { databaseFault } from '@project-keys/verify/connections'
import { generateKey, hashKey } from '@project-keys/verify/key'
import { afterAll, describe, expect, test } from 'vitest'
import { execute } from '../../test/database.ts'
import { BIN, freePort, startServers } from '../../test/servers.ts'
import { openDatabase } from './client.ts'
import { isAway } from './faults.ts'
import { migrate } from './migrate.ts'
import { examineDatabase } from './target.ts'

const told = (work: Promise<unknown>) =>
  work.then(
    () => null,
    (error: Error) => databaseFault(error) ?? error.message,
  )

describe.skipIf(!BIN)('a primary and a standby (needs PostgreSQL’s own programs)', async () => {
  const [servers, other] = BIN ? await Promise.all([startServers(), startServers()]) : []
  if (!servers || !other) return
  const { primary, standby } = servers
  const urlOf = (...ports: number[]) => `postgresql://postgres@${ports.map((port) => `127.0.0.1:${port}`)}/postgres`
  const url = `${urlOf(standby.port, primary.port)}?target_session_attrs=read-write`
  await migrate({ url })
  const sqlAt = ({ port }: { port: number }, text: string, values: unknown[] = []) => execute(urlOf(port), text, values)
  const [organization, project] = [randomUUID(), randomUUID()]
  await sqlAt(primary, `INSERT INTO organizations VALUES ($1, 'Acme', 'acme', now(), now(), now())`, [organization])
  await sqlAt(
    primary,
    `INSERT INTO projects (uuid, organization, name, slug, visibility, created, modified)
     VALUES ($1, $2, 'Example', 'example', 'private', now(), now())`,
    [project, organization],
  )
  const createKey = async () => {
    const [uuid, key] = [randomUUID(), generateKey('test', 'run')]
    await sqlAt(
      primary,
      `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
       VALUES ($1, $2, 'ci', $3, 'abcd', now(), now() + interval '1 day')`,
      [uuid, project, hashKey(key)],
    )
    return { uuid, key }
  }
  const db = openDatabase({ url })
  const verifier = createVerifier({ pool: db.pool })
  afterAll(() => verifier.close().then(db.close))
  const portOf = async () => (await db.pool.query('SELECT inet_server_port() AS port')).rows[0].port

  test('a list of hosts leads to the primary, wherever it stands', async () => {
    expect(await portOf()).toBe(primary.port)
    expect(await db.prisma.user.count()).toBe(0)
    expect(await examineDatabase(url)).toEqual({ pooled: false, warnings: [] })
  })

  test('a standby alone is refused with a sentence, and is away for a request', async () => {
    const alone = urlOf(standby.port)
    const sentence =
      'The database that DATABASE_URL names is a standby, which takes no writes: name the primary, or all hosts with commas between.'
    expect(await told(examineDatabase(alone))).toBe(sentence)
    expect(await told(migrate({ url: alone }))).toBe(sentence)
    const standbyDb = openDatabase({ url: alone })
    expect(isAway(await standbyDb.prisma.user.count().catch((error: unknown) => error))).toBe(true)
    await standbyDb.close()
  })

  test('a wrong host in the list is told at the start, and does not prevent it', async () => {
    const unused = await freePort()
    expect(await examineDatabase(urlOf(unused, primary.port))).toEqual({
      pooled: false,
      warnings: [
        `DATABASE_URL names 127.0.0.1:${unused}, which can't be reached (ECONNREFUSED): correct the name if it is wrong.`,
      ],
    })
    expect(await told(migrate({ url: urlOf(unused, standby.port) }))).toBe(
      `None of the hosts in DATABASE_URL is a primary: 127.0.0.1:${unused} can't be reached (ECONNREFUSED), 127.0.0.1:${standby.port} is a standby. Start or promote one, or correct the hosts.`,
    )
  })

  test('hosts of two clusters are refused with a sentence', async () => {
    expect(await told(examineDatabase(urlOf(primary.port, other.primary.port)))).toMatch(
      /^The hosts in DATABASE_URL \(.*\) are not copies of one database/,
    )
  })

  test('after a promotion all connections go to the new primary, although the old one lives on', async () => {
    const keys = [await createKey(), await createKey()]
    for (const { key } of keys) expect(await verifier.verify(key)).toMatchObject({ valid: true })
    const held = await db.pool.connect()
    held.on('error', () => {})
    await expect
      .poll(() => sqlAt(standby, 'SELECT uuid FROM project_keys').then(({ length }) => length))
      .toBe(keys.length)
    await standby.promote()
    const promoted = performance.now()

    const [first] = keys
    await sqlAt(standby, 'UPDATE project_keys SET revoked = now() WHERE uuid = $1', [first?.uuid])
    const revoked = performance.now()
    await expect
      .poll(
        async () => (await Promise.resolve(verifier.verify(first?.key ?? '')).catch(() => ({ valid: false }))).valid,
        {
          interval: 10,
        },
      )
      .toBe(false)
    expect(performance.now() - revoked).toBeLessThan(1000)
    await expect.poll(() => portOf().catch(() => 0), { interval: 10 }).toBe(standby.port)
    expect(performance.now() - promoted).toBeLessThan(2000)
    await expect(held.query('SELECT 1')).rejects.toThrow()
    held.release(true)
    for (let n = 0; n < 50; n++) {
      expect(await verifier.verify(first?.key ?? '')).toMatchObject({ reason: 'revoked' })
      expect(await portOf()).toBe(standby.port)
    }
    expect(await sqlAt(primary, 'SELECT pg_is_in_recovery() AS replica')).toEqual([{ replica: false }])
  })

  test('a process that saw the promotion takes the old primary for none, even alone', async () => {
    expect(await told(migrate({ url: urlOf(primary.port) }))).toBe(
      'The database that DATABASE_URL names is an old primary, beside which another one was promoted: name that one.',
    )
  })

  test('a frozen host takes connections and says nothing, and delays nobody', async () => {
    const pid = await primary.pid()
    process.kill(pid, 'SIGSTOP')
    try {
      const started = performance.now()
      const other = openDatabase({ url })
      expect(await other.prisma.user.count()).toBe(0)
      expect(performance.now() - started).toBeLessThan(1500)
      await other.close()
    } finally {
      process.kill(pid, 'SIGCONT')
    }
  })
  test('a frozen primary delays nobody longer than the promotion, whoever waits for it', async () => {
    const otherDb = openDatabase({ url: urlOf(other.primary.port, other.standby.port) })
    const ask = () => otherDb.pipeline.read({ text: 'SELECT 1 AS one' })
    await ask()
    const pid = await other.primary.pid()
    process.kill(pid, 'SIGSTOP')
    try {
      const asking = Array.from({ length: 5 }, () => ask().catch(() => 'away'))
      await sleep(2500)
      asking.push(ask().catch(() => 'away'))
      await other.standby.promote()
      const promoted = performance.now()
      await expect.poll(() => ask().catch(() => 'away'), { interval: 20 }).toEqual([{ one: 1 }])
      expect(performance.now() - promoted).toBeLessThan(2000)
      await Promise.all(asking)
    } finally {
      process.kill(pid, 'SIGCONT')
      await otherDb.close()
    }
  })
})
