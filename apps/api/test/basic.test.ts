import { createLimits } from '@project-keys/keys'
import { generateKey } from '@project-keys/verify/key'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { START, startService } from './service.ts'
import { createKey, createProject, createUserKey, keysOf, type Person, type Project, signUp } from './world.ts'

const GUESSES = 3
const many = { count: 1000, span: 3600 }
const service = await startService({
  limits: (db) =>
    createLimits(db, {
      ...{ sign_in: many, keys: many, mails: many, recipients: many },
      authentication: { count: GUESSES, span: 60 },
    }),
})
let ada: Person
let project: Project
let key: string

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  key = (await createKey(service, ada, project, { name: 'ci' })).key
})

/** Each test begins with a minute of its own, when all that was counted is over. */
let minute = 0
beforeEach(() => {
  minute += 1
  service.clock.now = new Date(START.getTime() + minute * 60_000)
})

const basic = (text: string) => ({ authorization: `Basic ${Buffer.from(text).toString('base64')}` })
const verify = (headers: Record<string, string>, query = '') => service.send('GET', `/v0/verify${query}`, { headers })
const unknownKey = () => generateKey('bencher', 'run')

describe('Basic at /v0/verify', () => {
  test('takes the key as the password of any user, or as the user without a password', async () => {
    for (const text of [`ada:${key}`, `:${key}`, `ü@example.com:${key}`, `x-access-token:${key}`, `${key}:`]) {
      const { status, headers } = await verify(basic(text))
      expect([text, status, headers.get('x-project')]).toEqual([text, 200, project.slug])
    }
    const lower = basic(`ada:${key}`).authorization.replace('Basic ', 'BASIC   ')
    expect((await verify({ authorization: lower })).status).toBe(200)
  })

  test('is read at every path of verification, for the one project too', async () => {
    const headers = basic(`ada:${key}`)
    for (const path of [
      '/v0/verify/a',
      `/v0/projects/${project.slug}/verify`,
      '/trpc/verification.verify?input=%7B%7D',
    ]) {
      expect([path, (await service.send('GET', path, { headers })).status]).toEqual([path, 200])
    }
    expect((await verify(headers, '?project=nowhere')).status).toBe(403)
  })

  test('refuses what holds no key, and says what it must hold', async () => {
    const noKey = ['Basic', 'Basic ', 'Basic !', 'Basic Og==', `Basic ${btoa(key)}`]
    for (const authorization of noKey) {
      const { status, body } = await verify({ authorization })
      expect([authorization, status, body]).toEqual([
        authorization,
        401,
        expect.objectContaining({
          error_code: 'missing',
          message: 'The Basic credential must have a project key as its password.',
        }),
      ])
    }
  })

  test('refuses a bad password beside a good user name', async () => {
    expect((await verify(basic(`${key}:x`))).body).toMatchObject({ error_code: 'malformed' })
    expect((await verify(basic(`ada:${unknownKey()}`))).body).toMatchObject({ error_code: 'unknown' })
  })

  test('counts a wrong password as a guess', async () => {
    for (let guess = 0; guess < GUESSES; guess++) expect((await verify(basic(`ada:${unknownKey()}`))).status).toBe(401)
    expect((await verify(basic(`ada:${unknownKey()}`))).status).toBe(429)
    expect((await verify(basic(`ada:${key}`))).status).toBe(200)
  })
})

describe('the challenge of a 401', () => {
  const challengeOf = async (query: string, headers: Record<string, string> = {}) => {
    const answer = await verify(headers, query)
    expect(answer.status).toBe(401)
    return answer.headers.get('www-authenticate')
  }
  const BASIC = 'Basic realm="Project Keys", charset="UTF-8"'

  test('is Bearer, also for a Basic credential', async () => {
    for (const query of ['', '?challenge=bearer']) {
      expect(await challengeOf(query)).toBe('Bearer realm="Project Keys"')
      expect(await challengeOf(query, basic('ada:x'))).toMatch(/^Bearer realm="Project Keys", error="invalid_token"/)
    }
  })

  test('is Basic if the gateway asks for it, whatever was sent', async () => {
    for (const headers of [{}, basic(`ada:${unknownKey()}`), basic(':'), { authorization: `Bearer ${unknownKey()}` }]) {
      expect(await challengeOf(`?challenge=basic&project=${project.uuid}`, headers)).toBe(BASIC)
    }
    const { headers } = await service.send('GET', `/v0/projects/${project.slug}/verify?challenge=basic`)
    expect(headers.get('www-authenticate')).toBe(BASIC)
  })

  test('can be no other one: a 400 that says so, for a good key', async () => {
    const { status, body } = await verify(basic(`ada:${key}`), '?challenge=digest')
    expect([status, body]).toEqual([
      400,
      expect.objectContaining({ message: 'challenge: must be bearer or basic.', error_code: 'invalid_input' }),
    ])
    expect(await challengeOf('?challenge=digest')).toBe('Bearer realm="Project Keys"')
  })
})

test('everywhere else a Basic credential is a 401 that says to send Bearer', async () => {
  const apiToken = (await createUserKey(service, ada, { name: 'cli' })).key
  for (const path of [keysOf(project), `/v0/projects/${project.slug}`, '/trpc/users.me']) {
    const { status, text, headers } = await service.send('GET', path, { headers: basic(`ada:${apiToken}`) })
    expect([path, status]).toEqual([path, 401])
    expect(text).toContain('send `Authorization: Bearer TOKEN`')
    expect(headers.get('www-authenticate')).toMatch(/^Bearer /)
    service.wait(60)
  }
})
