import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { execute, freshDatabase } from '@project-keys/keys/test'
import { findEmbedded } from '@project-keys/postgres'
import { expect, test } from 'vitest'
import { answering, BACKUP, killed, MAIN, MOVE, newPlace, outcome, printedRequest, RESTORE, run } from './process.ts'
import { SECRET } from './service.ts'

const KEYS = 60_000
const count = 'SELECT count(*)::int AS keys FROM project_keys'

/** Fills the project of the first run with keys, some of them revoked. */
const fill = (url: string) =>
  execute(
    url,
    `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration, revoked)
     SELECT gen_random_uuid(), p.uuid, 'key ' || n, sha256(n::text::bytea), 'abcd', now(), now() + interval '1 year',
       CASE WHEN n % 10 = 0 THEN now() END
     FROM projects p, generate_series(1, ${KEYS}) n`,
  )

async function emptyDatabase() {
  const { db, url } = await freshDatabase({ migrated: false })
  await db.close()
  return url
}

/** A data folder whose service was started once, with a key that works and many others. */
async function filledPlace() {
  const place = await newPlace()
  const service = await answering(run(MAIN, place.env))
  const request = printedRequest(service.said())
  await fill((await findEmbedded(place.folder)) ?? '')
  const stop = () => killed(service.child)
  return { ...place, request, stop }
}

test('a backup is written and restored by the commands, while the service runs', async () => {
  const { folder, env, stop } = await filledPlace()
  const path = join(folder, 'keys.backup')
  const written = await outcome(run(BACKUP, env, [], [path]))
  expect(written).toMatchObject({ code: 0, said: expect.stringContaining(`project_keys: ${KEYS} rows.`) })
  expect(written.said).toContain('keep the file secret-key')
  const other = await newPlace()
  const restored = await outcome(run(RESTORE, other.env, [], [path]))
  expect(restored).toMatchObject({ code: 0, said: expect.stringContaining('Restored') })
  const again = await outcome(run(RESTORE, other.env, [], [path]))
  expect(again).toMatchObject({ code: 1, said: expect.stringContaining('The database is not empty') })
  await answering(run(MAIN, other.env))
  expect(await execute((await findEmbedded(other.folder)) ?? '', count)).toEqual([{ keys: KEYS }])
  await stop()
})

test('killed in the middle, a backup leaves no file under its name, and the next one is whole', async () => {
  const { folder, env } = await filledPlace()
  const path = join(folder, 'keys.backup')
  const writing = run(BACKUP, env, [], [path])
  await expect.poll(() => existsSync(`${path}.unfinished`), { timeout: 30_000, interval: 5 }).toBe(true)
  writing.child.kill('SIGKILL')
  await writing.ended
  expect(existsSync(path)).toBe(false)
  expect(await outcome(run(BACKUP, env, [], [path]))).toMatchObject({ code: 0 })
  expect(readdirSync(folder).filter((name) => name.startsWith('keys.backup'))).toEqual(['keys.backup'])
})

test('killed in the middle, a restore leaves no row, and can be run again', async () => {
  const { folder, env } = await filledPlace()
  const path = join(folder, 'keys.backup')
  await outcome(run(BACKUP, env, [], [path]))
  const url = await emptyDatabase()
  const target = { ...env, DATABASE_URL: url, SECRET_KEY: SECRET }
  const restoring = run(RESTORE, target, [], [path])
  await expect.poll(() => restoring.said(), { timeout: 60_000, interval: 5 }).toContain('project_keys is loaded.')
  restoring.child.kill('SIGKILL')
  await restoring.ended
  expect(await execute(url, count)).toEqual([{ keys: 0 }])
  expect(await outcome(run(RESTORE, target, [], [path]))).toMatchObject({ code: 0 })
  expect(await execute(url, count)).toEqual([{ keys: KEYS }])
})

test('a move takes all data to a database of your own and back, but not while the service runs', async () => {
  const { folder, env, stop } = await filledPlace()
  const url = await emptyDatabase()
  const refused = await outcome(run(MOVE, env, [], ['--to', url]))
  expect(refused).toMatchObject({ code: 1, said: expect.stringContaining('Stop the service first') })
  await stop()
  const moved = await outcome(run(MOVE, env, [], ['--to', url]))
  expect(moved).toMatchObject({ code: 0, said: expect.stringContaining(join(folder, 'secret-key')) })
  expect(await execute(url, count)).toEqual([{ keys: KEYS }])

  const other = await newPlace()
  const own = { ...other.env, DATABASE_URL: url, SECRET_KEY: SECRET }
  const service = await answering(run(MAIN, own))
  const back = () => outcome(run(MOVE, own, [], ['--to', 'embedded']))
  expect(await back()).toMatchObject({ code: 1, said: expect.stringContaining('Stop the service first') })
  await killed(service.child)
  await expect.poll(back, { timeout: 60_000, interval: 1000 }).toMatchObject({ code: 0 })
  await answering(run(MAIN, { ...other.env, SECRET_KEY: SECRET }))
  expect(await execute((await findEmbedded(other.folder)) ?? '', count)).toEqual([{ keys: KEYS }])
})

test('each command says how it is used', async () => {
  const { env } = await newPlace()
  for (const [command, usage] of [
    [BACKUP, 'Usage: pnpm run backup FILE'],
    [RESTORE, 'Usage: pnpm run restore FILE'],
    [MOVE, 'Usage: pnpm run move --to'],
  ] as const) {
    for (const options of [[], ['--nonsense'], ['a', 'b']]) {
      expect(await outcome(run(command, env, [], options))).toMatchObject({
        code: 1,
        said: expect.stringContaining(usage),
      })
    }
  }
})
