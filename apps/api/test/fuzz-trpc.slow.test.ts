import { createHmac, randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import fc from 'fast-check'
import { beforeAll, beforeEach, describe, expect, test } from 'vitest'
import type { z } from 'zod'
import { type Procedure, procedures } from './procedures.ts'
import { ISSUER, SECRET, START, startService } from './service.ts'
import { createPeople, createTenant } from './tenant.ts'
import { createUserKey, keyOf, type Person } from './world.ts'

const lines: string[] = []
const service = await startService({ logStream: { write: (line) => void lines.push(line) } })
const { admin } = service
let leader: Person
let slug: string
/** Existing ids, tokens of each kind, and credentials. */
const known: string[] = []
const mailed: string[] = []
const credentials: (string | undefined)[] = []

const base64 = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
function sign(payload: unknown) {
  const text = `${base64({ alg: 'HS256', typ: 'JWT' })}.${base64(payload)}`
  return `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`
}
const iat = START.getTime() / 1000
const claims = { iss: ISSUER, iat, exp: iat + 10 * 24 * 60 * 60 }
/** Tokens that are signed as ours, about people and places that are like none of ours. */
const strangeTokens = (aud: string) =>
  [
    '\0@example.com',
    '\ud800@example.com',
    `${'a'.repeat(4000)}@example.com`,
    '\u0001',
    ' ',
    'owner@localhost\n',
  ].flatMap((sub) => [
    sign({ ...claims, aud, sub }),
    sign({ ...claims, aud, sub, user: randomUUID() }),
    sign({ ...claims, aud, sub, org: { uuid: randomUUID(), role: '\0' } }),
    sign({ ...claims, aud, sub, project: { uuid: randomUUID(), role: 'x'.repeat(3000) } }),
  ])

beforeAll(async () => {
  const people = await createPeople(service)
  const { project, key, projectKey, userKey, invitations } = await createTenant(service, people)
  leader = people.leader
  slug = project.slug
  const revoked = (await createUserKey(service, people.maintainer, { name: 'old' })).key
  await service.send('DELETE', keyOf(project, key), leader)
  known.push(slug, project.uuid, project.organization, key.uuid, projectKey.uuid, userKey.uuid, leader.uuid)
  for (const { uuid, invite } of [invitations.atProject, invitations.atOrganization]) {
    known.push(uuid)
    mailed.push(invite)
  }
  mailed.push(service.tokens.sign({ audience: 'auth', email: leader.email, now: START, ttl: 600 }), projectKey.key)
  mailed.push(...strangeTokens('auth'), ...strangeTokens('invite'))
  const sessions = [admin, leader, people.viewer].map(({ token }) => token)
  const ofNobody = [...strangeTokens('client'), ...strangeTokens('api_key')]
  credentials.push(undefined, 'x', ...sessions, ...sessions, projectKey.key, key.key, userKey.key, revoked, ...ofNobody)
})

const NASTY: unknown[] = [
  ...[
    '',
    ' ',
    '\0',
    'a\0b',
    '\ud800',
    '\udfff',
    '\u202e',
    '%',
    '_',
    '\\',
    "'",
    '🚀',
    'a'.repeat(3000),
    '\\'.repeat(999),
  ],
  ...['0000-01-01T00:00:00Z', '0001-01-01T00:00:00Z', '9999-12-31T23:59:59Z', '2026-01-01T24:00:00Z'],
  ...[
    '2016-12-31T23:59:60Z',
    `2026-01-01T00:00:00.${'1'.repeat(400)}Z`,
    '2026-02-30T00:00:00Z',
    '+010000-01-01T00:00:00Z',
  ],
  ...['a@b', `${'a'.repeat(64)}@${'b'.repeat(63)}.example`, 'İ@example.com', '00000000-0000-0000-0000-000000000000'],
  ...[0, -0, 1, -1, 1.5, 255, 256, 1e21, 1e308, 2 ** 31, 2 ** 32, 2 ** 53, 4294967295, true, false, null],
  ...[[], {}, [[]], ['a'], { length: 3 }, { toString: 1 }],
]

/** The values here that a field takes. */
function goodFor(name: string, schema: z.ZodType) {
  const words = [
    'https://example.com/',
    'manage',
    'leader',
    'viewer',
    'developer',
    'name',
    'creation',
    'expiration',
    'asc',
    'public',
    'basic',
    ...[
      '/projects',
      'active',
      'csv',
      'ndjson',
      'project_key.revoke',
      'idle',
      '10.0.0.7',
      'reports:write',
      '2030-01-01T00:00:00Z',
    ],
  ]
  const structures = [
    ['reports:write'],
    ['10.0.0.0/8'],
    ['01890a5d-ac96-774b-bcce-b302099a8057'],
    [{ scope: 'reports:write', description: 'Write reports' }],
    { team: 'ops' },
    { requests: 5, seconds: 60 },
    { max_ttl: 3600, require_scopes: true },
  ]
  const values = [
    ...known,
    ...mailed,
    ...words,
    ...structures,
    'a',
    'new@example.com',
    60,
    1,
    true,
    START.toISOString(),
  ]
  const good = values.filter((value) => schema.safeParse(value).success)
  if (good.length === 0) throw new Error(`Add a value for the field ${name} here.`)
  return good
}

/** Values of a field: often good ones, because a bad field hides the others. */
const anyValue = (name: string, schema: z.ZodType) =>
  fc.oneof(
    { weight: 3, arbitrary: fc.constantFrom<unknown>(...goodFor(name, schema)) },
    fc.constantFrom<unknown>(...NASTY, ...known, ...mailed),
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.jsonValue(),
  )

const inputOf = ({ shape }: Procedure) => {
  const fields = fc.record(
    Object.fromEntries(Object.entries(shape).map(([name, schema]) => [name, anyValue(name, schema)])),
    { requiredKeys: [] },
  )
  return fc.oneof({ weight: 12, arbitrary: fields }, fc.jsonValue(), fc.constantFrom<unknown>(...NASTY))
}

function send({ name, type }: Procedure, token: string | undefined, input: unknown) {
  const body = JSON.stringify(input)
  if (type === 'mutation') return service.send('POST', `/trpc/${name}`, { token, body })
  return service.send('GET', `/trpc/${name}?input=${encodeURIComponent(body)}`, { token })
}

const RUNS = 60

beforeEach(() => {
  lines.length = 0
})

describe('no input of any procedure is answered with a 5xx or logged as an error or a warning', () => {
  test.each(procedures)('$name', async (procedure) => {
    const call = fc.record({ input: inputOf(procedure), token: fc.constantFrom(...credentials) })
    const property = fc.asyncProperty(call, async ({ input, token }) => {
      lines.length = 0
      expect((await send(procedure, token, input)).status).toBeLessThan(500)
      expect(lines).toEqual([])
    })
    await fc.assert(property, { numRuns: RUNS })
  })

  test.each(procedures)('$name: one strange value in each field, with all else good', async (procedure) => {
    const good = Object.entries(procedure.shape).map(([name, schema]) => [name, goodFor(name, schema)[0]])
    for (const name of Object.keys(procedure.shape)) {
      for (const value of NASTY) {
        const { status } = await send(procedure, admin.token, { ...Object.fromEntries(good), [name]: value })
        expect([name, value, status]).toEqual([name, value, expect.toSatisfy((status) => status < 500)])
      }
    }
    expect(lines).toEqual([])
  })

  test.each(procedures)('$name: each strange credential', async (procedure) => {
    for (const token of credentials) expect((await send(procedure, token, {})).status).toBeLessThan(500)
    expect(lines).toEqual([])
  })
})

describe('a client that hangs up in the middle of a body', () => {
  test.each(['/trpc/projectKeys.create', '/v0/projects/{slug}/keys', '/v0/auth/login', '/v0/introspect'])(
    'is not logged as an error or a warning: %s',
    async (path) => {
      const types = ['application/json', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x']
      for (const type of types) {
        for (const length of ['Content-Length: 100', 'Transfer-Encoding: chunked']) {
          const socket = connect(Number(new URL(service.address).port), '127.0.0.1')
          await once(socket, 'ready')
          const head = [`POST ${path.replace('{slug}', slug)} HTTP/1.1`, 'Host: a', `Content-Type: ${type}`, length]
          socket.write(`${head.join('\r\n')}\r\nAuthorization: Bearer ${leader.token}\r\n\r\n5\r\n{"a":`)
          await setTimeout(20)
          socket.destroy()
        }
      }
      await setTimeout(100)
      expect(lines).toEqual([])
    },
  )
})
