import { once } from 'node:events'
import { readFile, stat } from 'node:fs/promises'
import { request } from 'node:http'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { execute, freshDatabase } from '@project-keys/keys/test'
import { expect, test } from 'vitest'
import {
  answering,
  killed,
  launcherIn,
  MAIN,
  newPlace,
  OWNER_LINK,
  outcome,
  postmasterOf,
  printedRequest,
  processesOf,
  type Run,
  run,
} from './process.ts'
import { startSmtp } from './smtp.ts'

const SECRET_KEY = 'a secret of the tests, which nobody else may know'

test('answers wrong values with a line each and exit code 1', async () => {
  const { env } = await newPlace()
  const { code, said } = await outcome(run(MAIN, { ...env, PORT: 'eighty', SECRET_KEY: '' }))
  expect(code).toBe(1)
  expect(said.split('\n')).toEqual([
    'PORT is "eighty", and must be a whole number from 1 to 65535.',
    'SECRET_KEY must not be empty: give 32 random bytes or more, or leave it out.',
  ])
})

test('prints a request to API_URL and a sign-in link that work, until the owner has signed in', async () => {
  const { env } = await newPlace()
  const API_URL = `http://localhost:${env.PORT}`
  const first = await answering(run(MAIN, { ...env, API_URL }))
  const { url, headers } = printedRequest(first.said())
  expect(url).toBe(`${API_URL}/v0/projects/example/keys`)
  expect(await (await fetch(url, { headers })).json()).toEqual([])

  const token = /confirm\?token=(\S+)/.exec(first.said())?.[1]
  const confirm = `http://127.0.0.1:${env.PORT}/v0/auth/confirm`
  const content = { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ token }) }
  expect((await fetch(confirm, content)).status).toBe(200)
  first.child.kill('SIGTERM')
  expect(await first.ended).toBe(0)

  const second = await answering(run(MAIN, env))
  expect(second.said().trim()).toBe(`Project Keys answers at http://127.0.0.1:${env.PORT}`)
})

test('keeps the secrets that it made, readable by their owner alone', async () => {
  const { folder, env } = await newPlace()
  const paths = ['secret-key', 'audit-key'].map((name) => join(folder, name))
  const secretsOf = () => Promise.all(paths.map((path) => readFile(path, 'utf8')))
  const auditKey = async () => (await fetch(`http://127.0.0.1:${env.PORT}/v0/server/audit-key`)).text()
  const first = await answering(run(MAIN, env))
  const [secrets, key] = [await secretsOf(), await auditKey()]
  await stopped(first)
  for (const secret of secrets) expect(secret).toMatch(/^[\w-]{43}$/)
  for (const path of paths) expect((await stat(path)).mode & 0o777).toBe(0o600)
  const second = await answering(run(MAIN, env))
  expect([await secretsOf(), await auditKey()]).toEqual([secrets, key])
  await stopped(second)
})

test('says what to do when the port is taken, and leaves nothing running', async () => {
  const { folder, env } = await newPlace()
  const other = createServer().listen(Number(env.PORT), '127.0.0.1')
  const { code, said } = await outcome(run(MAIN, env))
  other.close()
  expect({ code, said }).toEqual({
    code: 1,
    said: `Port ${env.PORT} on 127.0.0.1 is taken: stop the program that listens there, or set PORT to another one.`,
  })
  expect(processesOf(folder)).toEqual([])
})

test('says what to do when the data folder is in use', async () => {
  const { folder, env } = await newPlace()
  const first = await answering(run(MAIN, env))
  const { code, said } = await outcome(run(MAIN, { ...env, PORT: env.WEB_PORT ?? '', WEB_PORT: '1' }))
  const pid = first.child.pid
  expect({ code, said }).toEqual({
    code: 1,
    said: `${folder} is in use by another Project Keys process (pid ${pid}): stop it, or set DATA_DIR to another folder.`,
  })
})

test('says what to do when the database can not be reached, refuses the password, or is not there', async () => {
  const { env } = await newPlace()
  const { url } = await freshDatabase()
  const said = async (DATABASE_URL: string, more: Record<string, string> = {}) => {
    const result = await outcome(run(MAIN, { ...env, DATABASE_URL, SECRET_KEY, ...more }))
    expect(result.code).toBe(1)
    return result.said
  }
  expect(await said('postgresql://keys:hidden@127.0.0.1:1/keys')).toBe(
    "The database that DATABASE_URL names can't be reached (ECONNREFUSED): start it, or correct the host and port.",
  )
  expect(await said(url, { DATABASE_DIRECT_URL: 'postgresql://keys:hidden@127.0.0.1:1/keys' })).toBe(
    "The database that DATABASE_DIRECT_URL names can't be reached (ECONNREFUSED): start it, or correct the host and port.",
  )
  expect(await said(url.replace(/:[^:@/]+@/, ':hidden@'))).toBe(
    'The database refuses the user or password in DATABASE_URL: correct them.',
  )
  expect(await said(url.replace(/\/test_\w+/, '/nowhere'))).toBe(
    'The database that DATABASE_URL names does not exist: create it, or correct the name.',
  )
})

test('says what to do when the database is newer than the code', async () => {
  const { env } = await newPlace()
  const { url } = await freshDatabase()
  await execute(
    url,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at) VALUES ('x', 'x', '99990101_later', now())`,
  )
  const { code, said } = await outcome(run(MAIN, { ...env, DATABASE_URL: url, SECRET_KEY }))
  expect(code).toBe(1)
  expect(said).toMatch(/^The database is newer than this code: .*\.$/)
})

/** The row that a newer release leaves in the database; `oldest` is the newest migration of the oldest code that may go on. */
const migrateByNewer = (url: string, oldest: string | null) =>
  execute(
    url,
    `INSERT INTO _prisma_migrations (id, checksum, migration_name, finished_at, logs)
     VALUES (gen_random_uuid(), 'x', '99990101_later', now(), $1)`,
    [oldest],
  )

test('goes on beside a newer release that allows it, and starts again beside it', async () => {
  const { env } = await newPlace()
  const { url } = await freshDatabase()
  const api = await answering(run(MAIN, { ...env, DATABASE_URL: url, SECRET_KEY }))
  await migrateByNewer(url, '20261128220000_audit')
  await sleep(1500)
  expect((await fetch(`http://127.0.0.1:${env.PORT}/readyz`)).status).toBe(200)
  await stopped(api)
  await stopped(await answering(run(MAIN, { ...env, DATABASE_URL: url, SECRET_KEY })))
})

test('answers nothing beside a newer release that does not allow it, says so, and stays alive', async () => {
  const { env } = await newPlace()
  const { url } = await freshDatabase()
  const api = await answering(run(MAIN, { ...env, DATABASE_URL: url, SECRET_KEY }))
  const request = printedRequest(api.said())
  await migrateByNewer(url, null)
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${env.PORT}${path}`, request)
    return [response.status, await response.text()]
  }
  const outdated = [503, expect.stringContaining('"outdated"')]
  await expect.poll(() => get('/readyz'), { timeout: 3000 }).toEqual(outdated)
  for (const path of ['/v0/projects/example/keys', '/v0/verify', '/health']) expect(await get(path)).toEqual(outdated)
  expect((await get('/livez'))[0]).toBe(200)
  expect(api.said()).toMatch(
    /^A newer release has migrated the database \(99990101_later\), .* Stop it, or update its code\.$/m,
  )
  await stopped(api)
})

/** Creates a key by the request that a process printed, and returns the headers of a request with it. */
async function createKey({ url, headers }: ReturnType<typeof printedRequest>) {
  const body = JSON.stringify({ name: 'ci' })
  const made = await fetch(url, { method: 'POST', headers: { ...headers, 'content-type': 'application/json' }, body })
  expect(made.status).toBe(201)
  const answer: unknown = await made.json()
  expect(answer).toEqual(expect.objectContaining({ key: expect.any(String) }))
  const key = typeof answer === 'object' && answer && 'key' in answer ? answer.key : null
  return { authorization: `Bearer ${key}` }
}

test('writes all that was counted of a key before it ends on SIGTERM', async () => {
  const { env } = await newPlace()
  const { url } = await freshDatabase()
  const api = await answering(run(MAIN, { ...env, DATABASE_URL: url, SECRET_KEY }))
  const headers = await createKey(printedRequest(api.said()))
  for (let call = 0; call < 3; call++) {
    expect((await fetch(`http://127.0.0.1:${env.PORT}/v0/verify`, { headers })).status).toBe(200)
  }
  api.child.kill('SIGTERM')
  expect(await api.ended).toBe(0)
  expect(await execute(url, 'SELECT sum(calls)::int AS calls FROM project_key_calls')).toEqual([{ calls: 3 }])
})

test('recovers after everything was killed: a key that was made still opens its project', async () => {
  const { folder, env } = await newPlace()
  const first = await answering(run(MAIN, env))
  const request = printedRequest(first.said())
  const headers = await createKey(request)
  const postmaster = postmasterOf(folder)
  await killed(first.child)
  process.kill(postmaster, 'SIGKILL')

  await answering(run(MAIN, env))
  expect((await fetch(request.url.replace(/\/keys$/, ''), { headers })).status).toBe(200)
})

test.each(['SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'finishes requests in flight on %s, even a second one',
  async (signal) => {
    const { folder, env } = await newPlace()
    const api = await answering(run(MAIN, env))
    const { url, headers } = printedRequest(api.said())
    const body = JSON.stringify({ name: 'in flight' })
    const slow = request(url, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        expect: '100-continue',
        'content-length': body.length,
      },
    })
    slow.flushHeaders()
    await once(slow, 'continue')

    const response = once(slow, 'response')
    api.child.kill(signal)
    await expect.poll(() => fetch(url).catch(() => 'closed')).toBe('closed')
    api.child.kill(signal)
    slow.end(body)
    const [{ statusCode }] = await response
    expect(statusCode).toBe(201)
    expect(await api.ended).toBe(0)
    expect(processesOf(folder)).toEqual([])
  },
)

/** Starts the service on a database that another process migrates, until `migrated` is called. */
async function startWhileMigrating() {
  const { env } = await newPlace()
  const { db, url } = await freshDatabase()
  const other = await db.pool.connect()
  await other.query('SELECT pg_advisory_lock(72707369)')
  const api = run(MAIN, { ...env, DATABASE_URL: url, SECRET_KEY })
  const get = async (path: string) => {
    const response = await fetch(`http://127.0.0.1:${env.PORT}${path}`).catch(() => null)
    return (
      response && { status: response.status, retry: response.headers.get('retry-after'), text: await response.text() }
    )
  }
  await expect.poll(() => get('/livez'), { timeout: 20_000 }).toMatchObject({ status: 200 })
  return { api, get, migrated: () => other.release(true) }
}

test('is alive while it waits for the migrations, tells callers to try again, and is ready after them', async () => {
  const { api, get, migrated } = await startWhileMigrating()
  for (const path of ['/readyz', '/health', '/metrics', '/docs', '/v0/server/version', '/nowhere']) {
    const answer = await get(path)
    expect([path, answer]).toEqual([path, { status: 503, retry: '1', text: expect.stringContaining('"starting"') }])
  }
  expect(api.said()).toBe('')
  migrated()
  await answering(api)
  await expect.poll(() => get('/readyz')).toMatchObject({ status: 200 })
  await stopped(api)
})

test('ends at once when it is told to stop while it waits for the migrations', async () => {
  const { api, migrated } = await startWhileMigrating()
  api.child.kill('SIGTERM')
  expect(await api.ended).toBe(0)
  expect(api.said()).toBe('')
  migrated()
})

/** Signs up at a service that mails by this SMTP server, and tells the service to stop as soon as it has answered. */
async function signUpAndStop(smtpUrl: string) {
  const { env } = await newPlace()
  const api = await answering(run(MAIN, { ...env, SMTP_URL: smtpUrl }))
  const response = await fetch(`http://127.0.0.1:${env.PORT}/v0/auth/signup`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'Ada', email: 'ada@example.com', i_agree: true }),
  })
  expect(response.status).toBe(202)
  api.child.kill('SIGTERM')
  expect(await api.ended).toBe(0)
  return api.said()
}

test('sends the mails under way before it ends', async () => {
  const { url, letters } = await startSmtp(async (line) => {
    if (line === 'DATA') await sleep(1000)
    return null
  })
  expect(await signUpAndStop(url)).not.toContain('ada@example.com')
  expect(letters.map(({ to }) => to)).toEqual([['<ada@example.com>']])
})

test('says which mails it gave up, where their server does not answer', async () => {
  const { url, letters } = await startSmtp(() => new Promise(() => {}))
  expect(await signUpAndStop(url)).toMatch(/^The mail “.*” to ada@example.com was given up, because .*\.$/m)
  expect(letters).toEqual([])
})

test('ends with the npx that launched it, when that alone is ended', async () => {
  const place = await newPlace()
  const launched = await answering(run(MAIN, place.env, await launcherIn(place)))
  launched.child.kill('SIGTERM')
  await expect.poll(() => processesOf(place.folder), { timeout: 10_000 }).toEqual([])
})

test('gives the owner a new link, whether it runs or not', async () => {
  const { env } = await newPlace()
  const link = /^http:\/\/localhost:\d+\/auth\/confirm\?token=\S+$/
  expect(await outcome(run(OWNER_LINK, env))).toEqual({
    code: 1,
    said: 'There is no owner yet: start Project Keys once to create one and get a sign-in link. If you started it with a SECRET_KEY, set the same one here.',
  })
  const api = await answering(run(MAIN, env))
  expect((await outcome(run(OWNER_LINK, env))).said).toMatch(link)
  await stopped(api)
  expect((await outcome(run(OWNER_LINK, env))).said).toMatch(link)
  expect((await outcome(run(OWNER_LINK, { ...env, OWNER_EMAIL: 'other@localhost' }))).said).toBe(
    'There is no user other@localhost: set OWNER_EMAIL to the address of the first run.',
  )
})

async function stopped({ child, ended }: Run) {
  child.kill('SIGTERM')
  expect(await ended).toBe(0)
}
