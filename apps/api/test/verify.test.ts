import { createHash, randomUUID } from 'node:crypto'
import { createLimits, type Database } from '@project-keys/keys'
import { generateKey } from '@project-keys/verify/key'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { Content } from './http.ts'
import { START, startService } from './service.ts'
import { createKey, createProject, createUserKey, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const GUESSES = 5
const limited = (db: Database) =>
  createLimits(db, {
    sign_in: { count: 100, span: 3600 },
    authentication: { count: GUESSES, span: 60 },
    keys: { count: 100, span: 60 },
    mails: { count: 100, span: 3600 },
    recipients: { count: 100, span: 3600 },
  })
const service = await startService({ limits: limited })
let ada: Person
let project: Project
let key: Awaited<ReturnType<typeof createKey>>

const verify = (token?: string, query = '', content: Content = {}) =>
  service.send('GET', `/v0/verify${query}`, { token, ...content })
const challengeOf = ({ headers }: { headers: Headers }) => headers.get('www-authenticate')
const unknownKey = () => generateKey('bencher', 'run')
/** A key from elsewhere, which nobody told this process of. */
const importKey = (plaintext: string) =>
  service.db.pool.query(
    `INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration)
     VALUES ($1, $2, 'imported', $3, 'abcd', now(), now() + interval '100 years')`,
    [randomUUID(), project.uuid, createHash('sha256').update(plaintext).digest()],
  )

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  key = await createKey(service, ada, project, { name: 'ci 日本' })
})

/** Each test begins with a minute of its own, when all that was counted is over. */
let minute = 0
beforeEach(() => {
  minute += 1
  service.clock.now = new Date(START.getTime() + minute * 60_000)
})

describe('GET /v0/verify', () => {
  test('answers 200 for a good key with what it is, in the body and in headers', async () => {
    const { status, headers, body, text } = await verify(key.key)
    expect([status, headers.get('content-type')]).toEqual([200, 'application/json'])
    expect(body).toEqual({
      uuid: key.uuid,
      name: 'ci 日本',
      project: { uuid: project.uuid, slug: project.slug },
      expiration: key.expiration,
    })
    expect(Object.keys(JSON.parse(text))).toEqual(['uuid', 'name', 'project', 'expiration'])
    expect([headers.get('x-project'), headers.get('x-project-key')]).toEqual([project.slug, key.uuid])
  })

  test('may be kept by nobody, and is read by pages of any origin with its headers', async () => {
    for (const answer of [await verify(key.key), await verify(unknownKey()), await verify()]) {
      expect(answer.headers.get('cache-control')).toBe('no-store')
      expect(answer.headers.get('access-control-allow-origin')).toBe('*')
    }
    const { headers } = await verify(key.key)
    const exposed = headers.get('access-control-expose-headers')?.toLowerCase().split(', ')
    expect(exposed).toEqual(expect.arrayContaining(['x-project', 'x-project-key']))
  })

  test('takes the one project that the key must be of by slug or UUID: 403 for a key of another', async () => {
    const other = await createProject(service, ada)
    for (const at of [project.slug, project.uuid, project.uuid.toUpperCase()]) {
      expect([at, (await verify(key.key, `?project=${at}`)).status]).toEqual([at, 200])
    }
    for (const at of [other.slug, other.uuid, 'nowhere', randomUUID()]) {
      const { status, body } = await verify(key.key, `?project=${at}`)
      expect([at, status, body]).toEqual([
        at,
        403,
        {
          request_id: expect.any(String),
          message: 'This key is good for another project.',
          error_code: 'other_project',
        },
      ])
    }
  })

  test('answers 400 for a project that can be none, is empty, or is given twice; other parameters are nothing', async () => {
    for (const query of ['?project=NO-SLUG', '?project=', '?project=a&project=a', '?project=a%00']) {
      expect([query, (await verify(key.key, query)).status]).toEqual([query, 400])
    }
    expect((await verify(key.key, '?other=x&other=y')).status).toBe(200)
  })

  test('says 401 to who shows no good key, before it says anything about the project: over REST and tRPC', async () => {
    expect((await verify(undefined, '?project=NO-SLUG')).status).toBe(401)
    expect((await verify(unknownKey(), '?project=')).status).toBe(401)
    const input = encodeURIComponent(JSON.stringify({ project: 'NO-SLUG' }))
    const call = (token?: string) => service.send('GET', `/trpc/verification.verify?input=${input}`, { token })
    expect([(await call()).status, (await call(unknownKey())).status, (await call(key.key)).status]).toEqual([
      401, 401, 400,
    ])
  })

  test('takes the scheme in any letter case, and any number of spaces behind it', async () => {
    for (const scheme of ['bearer ', 'BEARER    ']) {
      expect((await verify(undefined, '', { headers: { authorization: scheme + key.key } })).status).toBe(200)
    }
  })
})

describe('a key that is no good is a 401', () => {
  test('which names no error where none was shown', async () => {
    const { status, headers } = await verify()
    expect([status, headers.get('www-authenticate')]).toEqual([401, 'Bearer realm="Project Keys"'])
  })

  test('that says what is no project key, a user’s token and an API token too', async () => {
    for (const [token, message] of [
      ['x', 'This is not a project key.'],
      [ada.token, 'This is the session of a user: send a project key.'],
      [(await createUserKey(service, ada, { name: 'cli' })).key, 'This is an API token of a user: send a project key.'],
    ]) {
      const { status, body } = await verify(token)
      expect([status, body]).toEqual([401, expect.objectContaining({ message })])
    }
  })

  test('that tells an unknown key from one that was mistyped or cut', async () => {
    expect(challengeOf(await verify(unknownKey()))).toContain('error_description="This key is not known."')
    const mistyped = `${key.key.slice(0, -8)}${key.key.slice(-8, -7) === 'a' ? 'b' : 'a'}${key.key.slice(-7)}`
    const answer = await verify(mistyped)
    expect([answer.status, challengeOf(answer)]).toEqual([401, expect.stringContaining('mistyped or cut')])
  })

  test('that says since when to who holds it: expired, revoked, its project deleted', async () => {
    const gone = await createProject(service, ada)
    const [expired, revoked, ended] = [
      await createKey(service, ada, project, { name: 'a', ttl: 5 }),
      await createKey(service, ada, project, { name: 'b' }),
      await createKey(service, ada, gone, { name: 'c' }),
    ]
    for (const each of [expired, revoked, ended]) expect((await verify(each.key)).status).toBe(200)
    expect((await service.send('DELETE', keyOf(project, revoked), ada)).status).toBe(204)
    expect((await service.send('DELETE', `/v0/projects/${gone.slug}`, ada)).status).toBe(204)
    service.wait(5)
    for (const [each, message] of [
      [expired, 'This key expired on 2026-05-01.'],
      [revoked, 'This key was revoked on 2026-05-01.'],
      [ended, 'The project of this key was deleted on 2026-05-01.'],
    ] as const) {
      const answer = await verify(each.key)
      expect([answer.status, answer.body]).toEqual([401, expect.objectContaining({ message })])
      expect(challengeOf(answer)).toBe(
        `Bearer realm="Project Keys", error="invalid_token", error_description="${message}"`,
      )
    }
  })
})

describe('limits', () => {
  test('never meet a good key, while guesses from its address get a 429 that says when to try again', async () => {
    for (let guess = 0; guess < GUESSES; guess++) expect((await verify(unknownKey())).status).toBe(401)
    const { status, headers } = await verify(unknownKey())
    expect([status, headers.get('retry-after'), headers.has('www-authenticate')]).toEqual([429, '60', false])
    for (let n = 0; n < GUESSES * 3; n++) expect((await verify(key.key)).status).toBe(200)
    expect((await verify(key.key, '?project=nowhere')).status).toBe(403)
  })

  test('count no request that shows nothing: it guesses nothing', async () => {
    for (let n = 0; n < GUESSES * 2; n++) expect((await verify()).status).toBe(401)
    expect((await verify(unknownKey())).status).toBe(401)
  })
})

describe('a change by this process', () => {
  test('counts at once: the name of a key, the slug of its project, the end of it', async () => {
    const own = await createProject(service, ada)
    const { key: token, ...named } = await createKey(service, ada, own, { name: 'old' })
    expect((await verify(token)).status).toBe(200)
    await service.send('PATCH', keyOf(own, named), { token: ada.token, body: { name: 'new' } })
    expect((await verify(token)).body).toMatchObject({ name: 'new' })
    const slug = `moved-${own.slug}`.slice(0, 64)
    await service.send('PATCH', `/v0/projects/${own.slug}`, { token: ada.token, body: { slug } })
    expect((await verify(token, `?project=${slug}`)).headers.get('x-project')).toBe(slug)
    await service.send('DELETE', keyOf({ slug }, named), ada)
    expect((await verify(token)).status).toBe(401)
  })

  test('counts at once for keys that were asked for before they were there', async () => {
    const once = (body: object) => service.send('POST', '/trpc/projectKeys.createOnce', { token: ada.token, body })
    for (const create of [
      () => service.send('POST', keysOf(project), { token: ada.token, body: { name: 'a' } }),
      () => once({ project: project.slug, uuid: randomUUID(), name: 'b' }),
    ]) {
      const token = unknownKey()
      expect((await verify(token)).status).toBe(401)
      await importKey(token)
      expect((await verify(token)).status).toBe(401)
      expect((await create()).status).toBeOneOf([200, 201])
      expect((await verify(token)).status).toBe(200)
    }
  })
})
