import { execFileSync } from 'node:child_process'
import { existsSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { createSecrets, createTokens, importBencher, openBencherFile, type Report } from '@project-keys/keys'
import { execute, freshDatabase } from '@project-keys/keys/test'
import { findEmbedded } from '@project-keys/postgres'
import { describe, expect, onTestFinished, test } from 'vitest'
import { CREATED, smallFile } from './bencher-file.ts'
import { answering, IMPORT_BENCHER, MAIN, newPlace, outcome, run } from './process.ts'
import { ISSUER, SECRET, START, startService } from './service.ts'
import { keysOf, namesIn } from './world.ts'

type Options = { dryRun?: boolean; skip?: boolean }

async function importTo(url: string, path: string, { dryRun = false, skip = false }: Options = {}): Promise<Report> {
  const file = await openBencherFile(path)
  try {
    return await importBencher(file, { place: { url }, dryRun, skip, tell: () => {} })
  } finally {
    file.close()
  }
}

const TABLES = [
  'users',
  'organizations',
  'organization_members',
  'projects',
  'project_members',
  'project_keys',
  'user_keys',
]

/** All rows of the tables that an import writes. */
async function rowsIn(url: string) {
  const texts = TABLES.map((table) => `SELECT '${table}' AS table, to_jsonb(t) AS row FROM ${table} t`)
  return execute(url, `${texts.join(' UNION ALL ')} ORDER BY 1, 2`)
}

async function newDatabase() {
  const { db, url } = await freshDatabase()
  onTestFinished(() => db.close())
  return url
}

describe('after an import from Bencher', () => {
  test('users, roles, projects and keys are as they were, and each key is as good as it was', async () => {
    const { grace, ada, project, key, userKey, ...file } = smallFile()
    const revoked = file.addKey(project.id, { name: 'revoked', revoked: CREATED + 60 })
    const expired = file.addKey(project.id, { name: 'expired', expiration: CREATED + 1 })
    const deleted = file.addProject(1, { deleted: CREATED + 60 })
    const orphan = file.addKey(deleted.id)
    const locked = file.addUser({ locked: 1 })
    const ofLocked = file.addUserKey(locked.id)
    const revokedToken = file.addUserKey(ada.id, { revoked: CREATED + 60 })
    file.close()

    const database = await freshDatabase()
    const report = await importTo(database.url, file.path)
    expect(report.written).toBe(true)
    const service = await startService({ database })
    service.clock.now = START

    const list = await service.send('GET', `${keysOf(project)}?per_page=255`, { token: userKey.key })
    expect(list.status).toBe(200)
    expect(list.body).toContainEqual({
      uuid: key.uuid,
      project: project.uuid,
      creator: grace.uuid,
      name: 'ci',
      creation: '2026-04-01T00:00:00Z',
      expiration: '2163-01-04T03:52:03Z',
    })
    expect(namesIn(list.body)).toEqual(['ci', 'expired'])
    expect(list.headers.get('x-total-count')).toBe('2')

    const statusOf = async (token: string, path = '/v0/verify') => (await service.send('GET', path, { token })).status
    expect(await statusOf(key.key)).toBe(200)
    expect(await Promise.all([revoked, expired, orphan].map(({ key }) => statusOf(key)))).toEqual([401, 401, 401])
    expect(await statusOf(ofLocked.key, '/v0/projects')).toBe(401)
    expect(await statusOf(revokedToken.key, '/v0/projects')).toBe(401)
  })

  test('a session and a token of the old kind that were signed there go on, but not a revoked one', async () => {
    const { ada, ...file } = smallFile()
    const tokens = createTokens({ secrets: createSecrets(SECRET), issuer: ISSUER })
    const sign = (audience: 'client' | 'api_key', after: number) =>
      tokens.sign({ audience, email: ada.email, now: new Date((CREATED + after) * 1000), ttl: 900 * 24 * 60 * 60 })
    const [session, kept, revoked] = [sign('client', 1), sign('api_key', 2), sign('api_key', 3)]
    file.addToken(ada.id, kept, null)
    file.addToken(ada.id, revoked, CREATED + 60)
    file.close()

    const database = await freshDatabase()
    const report = await importTo(database.url, file.path)
    expect(report.withoutPlace).toContainEqual({ what: expect.stringContaining('JWT'), count: 2 })
    const service = await startService({ database })
    const statusOf = async (token: string) => (await service.send('GET', `/v0/users/${ada.uuid}`, { token })).status
    expect(await statusOf(session)).toBe(200)
    expect(await statusOf(kept)).toBe(200)
    expect(await statusOf(revoked)).toBe(401)
  })

  test('the same file adds nothing, and a later copy adds what is new and changes nothing that is here', async () => {
    const { project, key, ...file } = smallFile()
    const url = await newDatabase()
    await importTo(url, file.path)
    const first = await rowsIn(url)
    await importTo(url, file.path)
    expect(await rowsIn(url)).toEqual(first)

    file.db.exec(`UPDATE project_key SET name = 'renamed there', revoked = ${CREATED + 5}`)
    const added = file.addKey(project.id)
    file.close()
    const report = await importTo(url, file.path)
    expect(report.counts.get('project_keys')).toEqual({ inFile: 2, here: 1, leftOut: 0 })
    expect(report.revokedThere).toEqual([{ kind: 'project_keys', uuid: key.uuid }])
    const later = await rowsIn(url)
    expect(later).toEqual(expect.arrayContaining(first))
    expect(later).toHaveLength(first.length + 1)
    expect(await execute(url, 'SELECT name FROM project_keys WHERE uuid = $1', [added.uuid])).toEqual([{ name: 'ci' }])
  })

  test('what has no place here is counted, and nothing of it is stored', async () => {
    const { grace, organization, project, ...file } = smallFile()
    const gone = file.addOrganization({ deleted: CREATED + 1 })
    file.addLeader(grace.id, gone.id)
    const inGone = file.addProject(gone.id, { deleted: CREATED + 1 })
    file.addKey(inGone.id)
    file.addLeader(grace.id, organization.id, 'member')
    file.db.exec(`UPDATE project_role SET role = 'owner' WHERE project_id = ${project.id}`)
    file.close()

    const url = await newDatabase()
    const { withoutPlace } = await importTo(url, file.path)
    expect(withoutPlace.map(({ count }) => count)).toEqual([1, 1, 1, 1, 1, 1, 0])
    const [counted] = await execute(
      url,
      `SELECT (SELECT count(*)::int FROM organizations) AS organizations, (SELECT count(*)::int FROM project_keys) AS keys,
         (SELECT count(*)::int FROM project_members) AS members`,
    )
    expect(counted).toEqual({ organizations: 1, keys: 1, members: 0 })
  })

  test('a name that a new thing may not have is kept and listed', async () => {
    const { project, ...file } = smallFile()
    const name = 'turned \u202e round'
    const odd = file.addKey(project.id, { name })
    file.close()
    const url = await newDatabase()
    const { oddNames } = await importTo(url, file.path)
    expect(oddNames).toEqual([{ kind: 'project_keys', uuid: odd.uuid, fault: expect.stringContaining('U+202E') }])
    expect(await execute(url, 'SELECT name FROM project_keys WHERE uuid = $1', [odd.uuid])).toEqual([{ name }])
  })
})

describe('an import writes nothing', () => {
  test('if it is a dry run', async () => {
    const file = smallFile()
    file.close()
    const url = await newDatabase()
    const report = await importTo(url, file.path, { dryRun: true })
    expect(report).toMatchObject({ written: false, clashes: [] })
    expect(report.counts.get('project_keys')).toEqual({ inFile: 1, here: 0, leftOut: 0 })
    expect(await rowsIn(url)).toEqual([])
  })

  test.each([
    ['the address of a user', 'UPDATE users SET uuid = gen_random_uuid(), slug = uuid::text', 'address'],
    ['the slug of a user', 'UPDATE users SET uuid = gen_random_uuid(), email = slug', 'slug'],
    ['the slug of an organization', 'UPDATE organizations SET uuid = gen_random_uuid()', 'slug'],
    ['the slug of a project', 'UPDATE projects SET uuid = gen_random_uuid()', 'slug'],
    ['the hash of a project key', 'UPDATE project_keys SET uuid = gen_random_uuid()', 'hash'],
    ['the hash of a user key', 'UPDATE user_keys SET uuid = gen_random_uuid()', 'hash'],
  ])('if another row has %s, and says which; --skip leaves out what clashes', async (_what, makeOther, field) => {
    const file = smallFile()
    file.close()
    const url = await newDatabase()
    await importTo(url, file.path)
    await execute(url, makeOther)
    const before = await rowsIn(url)

    const { clashes, written } = await importTo(url, file.path)
    expect(clashes.length).toBeGreaterThan(0)
    expect(new Set(clashes.map(({ field }) => field))).toEqual(new Set([field]))
    expect(written).toBe(false)
    expect(await rowsIn(url)).toEqual(before)

    const skipped = await importTo(url, file.path, { skip: true })
    expect(skipped.written).toBe(true)
    expect(await rowsIn(url)).toEqual(before)
  })

  test('if two rows of the file have one hash, or addresses that differ only in letter case', async () => {
    const { project, key, grace, ...file } = smallFile()
    const { key_hash = null } = file.db.prepare('SELECT key_hash FROM project_key WHERE uuid = ?').get(key.uuid) ?? {}
    const again = file.addKey(project.id, { key_hash: String(key_hash) })
    const other = file.addUser({ email: grace.email.toUpperCase() })
    file.close()
    const url = await newDatabase()
    const { clashes, written } = await importTo(url, file.path)
    expect(written).toBe(false)
    expect(clashes.map(({ uuid }) => uuid)).toEqual([other.uuid, again.uuid])
    expect(await rowsIn(url)).toEqual([])
    await importTo(url, file.path, { skip: true })
    expect(await execute(url, 'SELECT uuid FROM project_keys')).toEqual([{ uuid: key.uuid }])
  })
})

describe('a file is refused with a sentence', () => {
  const fileOf = () => {
    const file = smallFile()
    file.close()
    return file.path
  }
  const changed = (sql: string) => {
    const file = smallFile()
    file.db.exec(sql)
    file.close()
    return file.path
  }
  const refusal = (path: string) => openBencherFile(path).then(String, (error: Error) => error.message)

  test('while it is written, with a log or a journal beside it', async () => {
    const file = smallFile()
    file.db.exec('PRAGMA journal_mode = wal; UPDATE user SET locked = 0')
    expect(existsSync(`${file.path}-wal`)).toBe(true)
    expect(await refusal(file.path)).toMatch(/is being written.*-wal may hold changes.*VACUUM INTO/)
    file.close()
    const path = fileOf()
    writeFileSync(`${path}-journal`, 'a page')
    expect(await refusal(path)).toMatch(/is being written.*-journal/)
  })

  test('if it was written while it was read', async () => {
    const path = fileOf()
    const url = await newDatabase()
    const file = await openBencherFile(path)
    writeFileSync(path, '', { flag: 'a' })
    execFileSync('touch', ['-d', '2030-01-01', path])
    const imported = importBencher(file, { place: { url }, dryRun: false, skip: false, tell: () => {} })
    await expect(imported).rejects.toThrow('The file changed while it was read: nothing was written.')
    file.close()
    expect(await rowsIn(url)).toEqual([])
  })

  test('if it is cut, damaged, no database, or not there', async () => {
    const cut = fileOf()
    truncateSync(cut, 5000)
    expect(await refusal(cut)).toMatch(/is cut: it has 5000 of \d+ bytes/)
    const text = fileOf()
    writeFileSync(text, 'no database '.repeat(100))
    expect(await refusal(text)).toContain('is no SQLite database')
    const empty = fileOf()
    writeFileSync(empty, '')
    expect(await refusal(empty)).toContain('is no SQLite database')
    const gone = fileOf()
    rmSync(gone)
    expect(await refusal(gone)).toContain('There is no file')
  })

  test.each([
    ['a table is missing', 'DROP TABLE project_key', 'it has no table project_key'],
    ['a column is missing', 'ALTER TABLE user DROP COLUMN locked', 'its table user has the columns'],
    ['a column is new', 'ALTER TABLE project_key ADD COLUMN scopes TEXT', 'its table project_key has the columns'],
    ['it is newer', "INSERT INTO __diesel_schema_migrations VALUES ('20991231000000', NULL)", 'its last migration is'],
    ['it is of something else', 'DROP TABLE __diesel_schema_migrations', 'it has no table __diesel_schema_migrations'],
  ])('of another version: %s', async (_what, sql, found) => {
    const said = await refusal(changed(sql))
    expect(said).toContain('is not the database of a Bencher v0.6.12 server')
    expect(said).toContain(found)
  })

  test('that holds a value that Bencher does not store, and nothing of it is stored', async () => {
    const url = await newDatabase()
    const path = changed("UPDATE project_key SET key_hash = 'short'")
    await expect(importTo(url, path)).rejects.toThrow(/A row of project_keys.*hash: must be the SHA-256/)
    expect(await rowsIn(url)).toEqual([])
  })
})

test('the command imports before the first start, which then makes nothing of its own', async () => {
  const { ada, ...file } = smallFile()
  file.close()
  const { env, folder } = await newPlace()
  const command = (...options: string[]) => outcome(run(IMPORT_BENCHER, env, [], [file.path, ...options]))
  const dry = await command('--dry-run')
  expect(dry).toMatchObject({ code: 0, said: expect.stringContaining('A dry run: nothing was written.') })
  const { code, said } = await command()
  expect(said).toMatch(/project keys +1 +1 +0 +0\n/)
  expect(said).toMatch(/Imported\.$/)
  expect(code).toBe(0)

  await answering(run(MAIN, { ...env, OWNER_EMAIL: ada.email }))
  const users = await execute((await findEmbedded(folder)) ?? '', 'SELECT email FROM users WHERE admin')
  expect(users).toEqual([{ email: ada.email }])
  expect(await outcome(run(IMPORT_BENCHER, env, [], ['--dry']))).toMatchObject({
    code: 1,
    said: expect.stringContaining('Usage: pnpm run import-bencher FILE'),
  })
})
