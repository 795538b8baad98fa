import { randomUUID } from 'node:crypto'
import { execute } from '@project-keys/keys/test'
import pg from 'pg'
import { expect, test } from 'vitest'
import { answering, killed, MAIN, newPlace, run } from './process.ts'
import { ISSUER, SECRET, startService } from './service.ts'
import { createProject, keysOf, signUp } from './world.ts'

const WITHIN_MS = 30_000
const service = await startService()

test('a create that kill -9 ends leaves nothing behind: within 30 s the same header makes the one key', async () => {
  service.clock.now = new Date()
  const ada = await signUp(service)
  const project = await createProject(service, ada)
  const { env } = await newPlace()
  const { databaseUrl: DATABASE_URL } = service
  const child = { ...env, DATABASE_URL, SECRET_KEY: SECRET, CONSOLE_URL: ISSUER.slice(0, -1) }
  const { child: process } = await answering(run(MAIN, child))
  const headers = { 'idempotency-key': randomUUID() }
  const sent = { token: ada.token, body: { name: 'ci' }, headers }

  const locker = new pg.Client(DATABASE_URL)
  await locker.connect()
  await locker.query('BEGIN; LOCK TABLE project_keys IN SHARE MODE')
  const authorization = `Bearer ${ada.token}`
  const body = JSON.stringify(sent.body)
  const lost = fetch(`http://127.0.0.1:${env.PORT}${keysOf(project)}`, {
    method: 'POST',
    headers: { ...headers, authorization, 'content-type': 'application/json' },
    body,
  })
  const broken = expect(lost).rejects.toThrow()
  await expect.poll(isCreating).toBe(true)
  expect(await service.send('POST', keysOf(project), sent)).toMatchObject({ status: 409 })
  await killed(process)
  await broken
  const since = Date.now()
  await locker.query('ROLLBACK')
  await locker.end()

  const again = async () => (await service.send('POST', keysOf(project), sent)).status
  await expect.poll(again, { timeout: WITHIN_MS, interval: 200 }).toBe(201)
  expect(Date.now() - since).toBeLessThan(WITHIN_MS)
  const list = await service.send('GET', keysOf(project), ada)
  expect(list.headers.get('x-total-count')).toBe('1')
}, 60_000)

/** Whether the create of the other process waits for the locked table. */
async function isCreating() {
  const text = `SELECT count(*)::int AS waiting FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE 'INSERT INTO%project_keys%'`
  return (await execute(service.databaseUrl, text))[0]?.waiting === 1
}
