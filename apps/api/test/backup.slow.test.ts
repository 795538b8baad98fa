import { existsSync, mkdtempSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { backUp, compareTotals, migrate, restore } from '@project-keys/keys'
import { execute, freshDatabase } from '@project-keys/keys/test'
import { generateX25519Identity, identityToRecipient } from 'age-encryption'
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest'
import { firstRelease } from './first-release.ts'
import { startService } from './service.ts'
import first from './upgrade/0.1.0.json' with { type: 'json' }
import { createKey, createProject, keyOf, keysOf, namesIn, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project
/** Letters that COPY, a line or JSON could mistake. */
const ODD = [
  '\\.',
  'a\\nb',
  '\\N',
  'tab\\tand\\\\',
  '"quoted", {x}',
  "it's",
  'é\u{1f511}',
  '-- {"tables":[]}',
  'COPY x;',
]

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  for (const name of ODD) await createKey(service, ada, project, { name })
})

const tell = () => {}
const newFile = () => {
  const folder = mkdtempSync(join(tmpdir(), 'backup-test-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  return join(folder, 'keys.backup')
}
const emptyDatabase = async () => {
  const { db, url } = await freshDatabase({ migrated: false })
  onTestFinished(() => db.close())
  return url
}

async function backUpTo(path: string, url = service.databaseUrl, recipient: string | null = null) {
  return backUp(path, { place: { url }, recipient, now: new Date(), tell })
}
const restoreTo = (path: string, url: string, identity: string | null = null) =>
  restore(path, { place: { url }, identity, tell })

const OWN = ['_prisma_migrations', 'verification_changes', 'verification_horizon']
/** Every row of every table of data. */
async function rowsIn(url: string) {
  const tables = await execute(
    url,
    `SELECT table_name AS name FROM information_schema.tables
     WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> ALL($1)`,
    [OWN],
  )
  const texts = tables.map(({ name }) => `SELECT '${name}' AS "table", to_jsonb(t) AS row FROM "${name}" t`)
  return tables.length === 0 ? [] : execute(url, `${texts.join(' UNION ALL ')} ORDER BY 1, 2`)
}
const indexesIn = (url: string) =>
  execute(url, `SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef`)
const triggersIn = (url: string) =>
  execute(
    url,
    `SELECT tgname, tgenabled FROM pg_trigger WHERE NOT tgisinternal ORDER BY tgrelid::regclass::text, tgname`,
  )

const messageOf = (refused: Promise<unknown>) =>
  refused.then(
    () => 'done',
    (error: Error) => error.message,
  )

describe('a backup', () => {
  test('restored elsewhere has every row, index and trigger, and tells all who verify that everything changed', async () => {
    const [path, url] = [newFile(), await emptyDatabase()]
    const sums = await backUpTo(path)
    expect(sums.find(({ table }) => table === 'project_keys')?.rows).toBe(ODD.length)
    await restoreTo(path, url)
    expect(await rowsIn(url)).toEqual(await rowsIn(service.databaseUrl))
    expect(await indexesIn(url)).toEqual(await indexesIn(service.databaseUrl))
    expect(await triggersIn(url)).toEqual(await triggersIn(service.databaseUrl))
    const everything = 'SELECT count(*)::int AS told FROM verification_changes WHERE hash IS NULL AND project IS NULL'
    expect(await execute(url, everything)).toEqual([{ told: 1 }])
  })

  test('restored serves as before: keys verify, lists and totals agree, and new rows get new numbers', async () => {
    const key = await createKey(service, ada, project, { name: 'kept' })
    const revoked = await createKey(service, ada, project, { name: 'revoked' })
    await service.send('DELETE', keyOf(project, revoked), { token: ada.token })
    const path = newFile()
    await backUpTo(path)
    const database = await freshDatabase({ migrated: false })
    await restoreTo(path, database.url)
    const other = await startService({ database })
    const statusOf = async (token: string) => (await other.send('GET', '/v0/verify', { token })).status
    expect([await statusOf(key.key), await statusOf(revoked.key)]).toEqual([200, 401])
    expect(await compareTotals(other.db)).toEqual([])
    const list = await other.send('GET', `${keysOf(project)}?search=%5C.`, { token: ada.token })
    expect(namesIn(list.body)).toEqual(['\\.'])
    const changed = await other.send('PATCH', `/v0/users/${ada.uuid}`, { token: ada.token, body: { name: 'Ada L' } })
    expect(changed.status).toBe(200)
  })

  test('is one moment, however much is written meanwhile', async () => {
    const path = newFile()
    let isDone = false
    const writing = (async () => {
      for (let n = 0; !isDone; n++) await createKey(service, ada, project, { name: `meanwhile ${n}` })
    })()
    await backUpTo(path)
    isDone = true
    await writing
    const database = await freshDatabase({ migrated: false })
    onTestFinished(() => database.db.close())
    await restoreTo(path, database.url)
    expect(await compareTotals(database.db)).toEqual([])
  })

  test('only its owner can read, and it holds no key and no secret', async () => {
    const { key } = await createKey(service, ada, project, { name: 'secret' })
    const path = newFile()
    await backUpTo(path)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect(gunzipSync(readFileSync(path)).includes(key)).toBe(false)
  })

  test('encrypted to a recipient is restored only with its identity', async () => {
    const identity = await generateX25519Identity()
    const [path, url] = [newFile(), await emptyDatabase()]
    await backUpTo(path, service.databaseUrl, await identityToRecipient(identity))
    expect(readFileSync(path).includes('users')).toBe(false)
    expect(await messageOf(restoreTo(path, url))).toContain('is encrypted: name the file with its age identity')
    expect(await messageOf(restoreTo(path, url, await generateX25519Identity()))).toContain('no identity matched')
    expect(await rowsIn(url)).toEqual([])
    await restoreTo(path, url, `# a comment\n${identity}\n`)
    expect(await rowsIn(url)).toEqual(await rowsIn(service.databaseUrl))
  })

  test('of an older release is restored with its tables, and then updated', async () => {
    const old = await firstRelease()
    onTestFinished(() => old.db.close())
    await migrate({ url: old.url, until: '20261128200000_key_settings' })
    const path = newFile()
    await backUpTo(path, old.url)
    const database = await freshDatabase({ migrated: false })
    await restoreTo(path, database.url)
    const upgraded = await startService({ database })
    expect((await upgraded.send('GET', '/v0/verify', { token: first.keys.active.key })).status).toBe(200)
  })

  test('overwrites no file, and needs a database', async () => {
    const path = newFile()
    writeFileSync(path, 'mine')
    expect(await messageOf(backUpTo(path))).toContain('exists: name a new file')
    expect(readFileSync(path, 'utf8')).toBe('mine')
    const other = newFile()
    expect(await messageOf(backUpTo(other, await emptyDatabase()))).toContain('There is no database yet')
    expect(await messageOf(backUpTo(other, service.databaseUrl, 'age1wrong'))).toContain('must be one of age')
    expect(existsSync(other)).toBe(false)
  })
})

describe('a restore writes nothing', () => {
  test('if the database holds a row, whatever it is of', async () => {
    const [path, url] = [newFile(), await emptyDatabase()]
    await backUpTo(path)
    await migrate({ url })
    await execute(url, `INSERT INTO rate_counts (bucket, ends, count) VALUES ('a', now(), 1)`)
    const before = await rowsIn(url)
    expect(await messageOf(restoreTo(path, url))).toMatch(
      /not empty: its table rate_counts has 1 rows.*nothing was written/,
    )
    expect(await rowsIn(url)).toEqual(before)
  })

  test.each<[string, (path: string) => void, RegExp]>([
    ['cut', (path) => truncateSync(path, statSync(path).size - 20), /damaged \(unexpected end of file\)/],
    [
      'changed in one byte',
      (path) => changeRows(path, /^([0-9a-f-]{36}\t.*)quoted/m, '$1quotes'),
      /project_keys have another checksum/,
    ],
    [
      'short of a row',
      (path) => changeRows(path, /^[0-9a-f-]{36}\t.*quoted.*\n/m, ''),
      /project_keys has \d+ rows and not \d+/,
    ],
    ['short of its end', (path) => changeRows(path, /-- \{"tables":\[\{.*\n$/, ''), /damaged \(it is cut\)/],
    [
      'of a newer version',
      (path) => changeRows(path, '"migrations":[', '"migrations":["29991231_new",'),
      /newer version/,
    ],
    ['no backup', (path) => writeFileSync(path, 'SELECT 1;'), /no backup of Project Keys/],
    ['empty', (path) => writeFileSync(path, ''), /no backup of Project Keys/],
  ])('of a file that is %s', async (_what, spoil, said) => {
    const [path, url] = [newFile(), await emptyDatabase()]
    await backUpTo(path)
    spoil(path)
    expect(await messageOf(restoreTo(path, url))).toMatch(said)
    expect(await execute(url, `SELECT FROM pg_tables WHERE schemaname = 'public'`)).toEqual([])
  })
})

function changeRows(path: string, from: string | RegExp, to: string) {
  const text = gunzipSync(readFileSync(path)).toString()
  expect(text.replace(from, to)).not.toBe(text)
  writeFileSync(path, gzipSync(text.replace(from, to)))
}
