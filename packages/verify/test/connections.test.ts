import { randomUUID } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { connectionSettings, databaseFault, openClient, readTarget } from '../src/connections.ts'
import { makeCertificates, startTlsServer } from './tls-server.ts'
import { createWorld } from './world.ts'

const world = await createWorld()
const WISHES = { name: 'connections-test', connectTimeout: 3000 }

async function ask(url: string, question: string) {
  const client = await openClient(connectionSettings(readTarget(url), WISHES))
  try {
    return (await client.query(question)).rows
  } finally {
    await client.end()
  }
}

/** What the operator is told about a database that cannot be used. */
const told = (url: string, question = 'SELECT 1') =>
  ask(url, question).then(
    () => null,
    (error: unknown) => databaseFault(error) ?? `not explained: ${error}`,
  )

const certificates = makeCertificates()

describe.skipIf(!certificates)('a server with a certificate of a private authority (needs openssl)', async () => {
  const { url, seen } = await startTlsServer(world.url, certificates)
  const ca = `sslrootcert=${encodeURIComponent(certificates?.ca ?? '')}`

  test('is used with sslmode=require, and without any, as psql does', async () => {
    const warnings: unknown[] = []
    const listen = (warning: unknown) => warnings.push(warning)
    process.on('warning', listen)
    const before = seen.encrypted
    for (const parameters of ['sslmode=require', 'sslmode=prefer', '', 'sslmode=require&uselibpqcompat=true'])
      expect(await ask(url(parameters), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    await new Promise(setImmediate)
    process.off('warning', listen)
    expect({ encrypted: seen.encrypted > before, plain: seen.plain, warnings }).toEqual({
      encrypted: true,
      plain: 0,
      warnings: [],
    })
  })

  test('is used with sslmode=verify-full, if the URL names the authority and the name fits', async () => {
    expect(await ask(url(`sslmode=verify-full&${ca}`), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(await told(url('sslmode=verify-full'))).toMatch(/^The database's certificate is not from an authority/)
    expect(await told(url(`sslmode=verify-full&${ca}`, '127.0.0.1'))).toMatch(
      /^The database's certificate is for another/,
    )
    expect(await ask(url(`sslmode=verify-ca&${ca}`, '127.0.0.1'), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
  })

  test('is spoken to without TLS with sslmode=disable', async () => {
    const before = { ...seen }
    await ask(url('sslmode=disable'), 'SELECT 1')
    expect(seen).toEqual({ encrypted: before.encrypted, plain: before.plain + 1 })
  })

  test('gets no password without channel binding, if the URL requires it', async () => {
    expect(await told(url('channel_binding=require'))).toMatch(/^The database offers no channel binding/)
  })
})

describe('a server without TLS', async () => {
  const { url, seen } = await startTlsServer(world.url, null)

  test('is used where the URL does not ask for it', async () => {
    expect(await ask(url(''), 'SELECT 1 AS one')).toEqual([{ one: 1 }])
    expect(seen.plain).toBeGreaterThan(0)
  })

  test('is refused with a sentence where the URL does', async () => {
    expect(await told(url('sslmode=require'))).toMatch(/^The database offers no TLS, which DATABASE_URL asks for/)
  })
})

describe('a session', () => {
  const withParameters = (parameters: Record<string, string>) => {
    const url = new URL(world.url)
    for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value)
    return url.href.replaceAll('+', '%20')
  }

  test('has what the URL asks for, and UTC', async () => {
    const url = withParameters({ options: '-c geqo=off -c timezone=Asia/Tokyo', application_name: 'billing' })
    const settings = ['geqo', 'application_name', 'timezone'].map((name) => `current_setting('${name}') AS ${name}`)
    expect(await ask(url, `SELECT ${settings}`)).toEqual([
      { geqo: 'off', application_name: 'billing', timezone: 'UTC' },
    ])
  })

  test('finds the tables in the schema that the URL names', async () => {
    await world.sql('CREATE SCHEMA "My ""service"')
    expect(await ask(withParameters({ schema: 'My "service' }), 'SELECT current_schema() AS schema')).toEqual([
      { schema: 'My "service' },
    ])
  })

  test('opens with a password that holds every special character', async () => {
    const [role, password] = [`r${randomUUID().slice(-12)}`, `#?:&=+ü"'\\`]
    await world.sql(`CREATE ROLE ${role} LOGIN PASSWORD '${password.replaceAll("'", "''")}'`)
    const url = world.url.replace(/\/\/[^@]*@/, `//${role}:${password}@`)
    expect(await ask(url, 'SELECT current_user AS name')).toEqual([{ name: role }])
    const missing = 'CREATE TABLE here (n int)'
    expect(await told(url, missing)).toBe(
      'The user of DATABASE_URL may not create tables in the schema public: run GRANT USAGE, CREATE ON SCHEMA "public" TO the user, or name a schema of its own with ?schema=NAME.',
    )
    expect(await told(url, 'CREATE SCHEMA here')).toMatch(/^The user of DATABASE_URL may not create a schema/)
    expect(await told(url, 'CREATE EXTENSION citext')).toMatch(/^The user of DATABASE_URL may not create the extension/)
    await world.sql(`DROP ROLE ${role}`)
  })
})
