import { databaseFault } from '@project-keys/verify/connections'
import { expect, test } from 'vitest'
import { databaseUrl, execute, freshDatabase } from '../../test/database.ts'
import { migrate } from './migrate.ts'
import { examineDatabase } from './target.ts'

const { url: own } = await freshDatabase({ migrated: false })
const run = (sql: string) => execute(databaseUrl(own, 'postgres'), sql)
const nameOf = (url: string) => new URL(url).pathname.slice(1)

async function databaseWith(...settings: string[]) {
  const { url } = await freshDatabase({ migrated: false })
  for (const setting of settings) await run(`ALTER DATABASE ${nameOf(url)} SET ${setting}`)
  return url
}

async function dropRole(url: string, role: string) {
  await execute(url, `REASSIGN OWNED BY ${role} TO CURRENT_USER; DROP OWNED BY ${role}; DROP ROLE ${role}`)
}

test('a database that takes no writes by default is refused with the statement that mends it', async () => {
  const url = await databaseWith('default_transaction_read_only = on')
  const { message } = await migrate({ url }).then(
    () => new Error('It started.'),
    (error: Error) => error,
  )
  const [, statement = ''] = /^The database .* takes no writes .*: run (ALTER ROLE .* = 'off') /.exec(message) ?? []
  await run(statement)
  expect(await migrate({ url })).not.toEqual([])
})

test('behind a transaction pooler each setting that is missing is named with its statement', async () => {
  const url = await databaseWith(
    `DateStyle = 'SQL, DMY'`,
    `TimeZone = 'Asia/Kathmandu'`,
    'synchronous_commit = off',
    'gin_fuzzy_search_limit = 1',
    `lock_timeout = '1s'`,
    `search_path = pg_catalog`,
  )
  const { message } = await examineDatabase(url, 'transaction').then(
    () => new Error('It fits.'),
    (error: Error) => error,
  )
  const [, statements = ''] = /so its user must have it: run (.*)\. Then let the pooler/.exec(message) ?? []
  const start = `ALTER ROLE keys IN DATABASE ${nameOf(url)} SET `
  expect(statements.replace(/ALTER ROLE \w+/g, 'ALTER ROLE keys').split('; ')).toEqual(
    [
      `TimeZone = 'UTC'`,
      `DateStyle = 'ISO, MDY'`,
      `synchronous_commit = 'on'`,
      `gin_fuzzy_search_limit = '0'`,
      `lock_timeout = '0'`,
      'search_path = "public"',
    ].map((setting) => start + setting),
  )
  await run(statements)
  expect(await examineDatabase(url, 'transaction')).toMatchObject({ pooled: true })
})

test('a setting that its user may not change back is named', async () => {
  const url = await databaseWith('session_replication_role = replica')
  const user = `ordinary_${nameOf(url)}`
  await run(`CREATE ROLE ${user} LOGIN PASSWORD 'a password'`)
  await run(`ALTER DATABASE ${nameOf(url)} OWNER TO ${user}`)
  const ordinary = new URL(url)
  ordinary.username = user
  ordinary.password = 'a%20password'
  const refusal = await migrate({ url: ordinary.href }).catch(databaseFault)
  expect(refusal).toBe(
    'The defaults of the user or the database change session_replication_role, and the user of DATABASE_URL may not change it back: reset it as a superuser, by ALTER ROLE … RESET and ALTER DATABASE … RESET session_replication_role.',
  )
  await run(`ALTER DATABASE ${nameOf(url)} RESET session_replication_role`)
  expect(await migrate({ url: ordinary.href })).not.toEqual([])
  await dropRole(url, user)
})

test('a session that changes its role by default makes the tables as that role', async () => {
  const url = await databaseWith()
  const role = `owner_${nameOf(url)}`
  await run(`CREATE ROLE ${role}`)
  await run(`ALTER DATABASE ${nameOf(url)} OWNER TO ${role}`)
  await run(`ALTER DATABASE ${nameOf(url)} SET role = ${role}`)
  await migrate({ url })
  const owners = await execute(url, "SELECT DISTINCT tableowner AS owner FROM pg_tables WHERE schemaname = 'public'")
  expect(owners).toEqual([{ owner: role }])
  await run(`ALTER DATABASE ${nameOf(url)} RESET role`)
  await dropRole(url, role)
})

test('a database that cannot store every name is refused with the way to one that can', async () => {
  const name = `${nameOf(own)}_latin`
  await run(`CREATE DATABASE ${name} ENCODING 'LATIN1' LOCALE 'C' TEMPLATE template0`)
  await expect(migrate({ url: databaseUrl(own, name) })).rejects.toThrow(
    /^The database that DATABASE_URL names has the encoding LATIN1, .* CREATE DATABASE name ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0, .*\.$/,
  )
  await run(`CREATE DATABASE ${name}_right ENCODING 'UTF8' LOCALE 'C' TEMPLATE template0`)
  expect(await migrate({ url: databaseUrl(own, `${name}_right`) })).not.toEqual([])
})
