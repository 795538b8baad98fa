import { createVerifier, systemClock } from '@project-keys/keys'
import { beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { z } from 'zod'
import { startService } from './service.ts'
import { createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
})

const ALL = {
  description: 'Uploads the reports of the nightly build',
  scopes: ['reports:*', 'jobs'],
  allowed_networks: ['192.0.2.0/24', '198.51.100.7/32', '2001:DB8::/32', '::1/128'],
  external_id: 'Customer-42',
  metadata: { team: 'billing', '': 'é' },
  rate_limit: { requests: 600, seconds: 60 },
  self_rotation: true,
}

const create = (body: object) => service.send('POST', keysOf(project), { ...ada, body: { name: 'ci', ...body } })
const Created = z.object({ uuid: z.string() })
async function made(body: object = {}) {
  const answer = await create(body)
  expect(answer.status).toBe(201)
  return keyOf(project, Created.parse(answer.body))
}
const view = async (path: string) => (await service.send('GET', path, ada)).body
const change = (path: string, body: unknown) => service.send('PATCH', path, { ...ada, body })
const trpc = (name: string, input: object) =>
  service.send('GET', `/trpc/projectKeys.${name}?input=${encodeURIComponent(JSON.stringify(input))}`, ada)

describe('a key with settings', () => {
  test('shows them in the answers of create, view, list and PATCH, as they were sent', async () => {
    const created = await create(ALL)
    expect(created.body).toMatchObject(ALL)
    const path = keyOf(project, Created.parse(created.body))
    expect(await view(path)).toMatchObject(ALL)
    expect((await change(path, { name: 'with settings' })).body).toMatchObject(ALL)
    expect(await view(`${keysOf(project)}?name=with settings`)).toEqual([expect.objectContaining(ALL)])
    expect(await view(`${keysOf(project)}?search=with set`)).toEqual([expect.objectContaining(ALL)])
  })

  test('shows them in the console, too, where a plain key has null', async () => {
    const { uuid } = Created.parse((await create({ ...ALL, name: 'for people' })).body)
    const plain = Created.parse((await create({ name: 'plain' })).body)
    const none = Object.fromEntries(Object.keys(ALL).map((field) => [field, null]))
    for (const [key, name, settings] of [
      [uuid, 'for people', ALL],
      [plain.uuid, 'plain', { ...none, self_rotation: false }],
    ] as const) {
      const details = await trpc('details', { project: project.slug, key })
      expect(details.body).toMatchObject({ result: { data: settings } })
      const page = await trpc('page', { project: project.slug, name })
      expect(page.body).toMatchObject({ result: { data: { keys: [settings] } } })
    }
  })

  test('has each field only where it is set, so that a plain key answers as ever', async () => {
    const fields = ['uuid', 'project', 'creator', 'name', 'creation', 'expiration']
    const nulls = Object.fromEntries(Object.keys(ALL).map((field) => [field, null]))
    for (const body of [{}, nulls, { self_rotation: false }, { metadata: {} }]) {
      expect(Object.keys(Object(await view(await made(body))))).toEqual(fields)
    }
    for (const [field, value] of Object.entries(ALL)) {
      const { status, text } = await create({ [field]: value })
      expect([status, Object.keys(JSON.parse(text)).slice(6)]).toEqual([201, [field]])
    }
  })

  test('keeps the largest and the smallest of each', async () => {
    const largest = {
      description: '日'.repeat(200),
      scopes: Array.from({ length: 64 }, (_, n) => `${n}:`.padEnd(64, '~')),
      allowed_networks: Array.from({ length: 32 }, (_, n) => `2001:db8:${n}::/48`),
      external_id: '!'.repeat(128),
      metadata: Object.fromEntries(Array.from({ length: 50 }, (_, n) => [`${n}`, 'x'])),
      rate_limit: { requests: 1_000_000, seconds: 86_400 },
    }
    const smallest = {
      description: 'a',
      scopes: ['!'],
      allowed_networks: ['0.0.0.0/0'],
      external_id: '~',
      metadata: { a: '' },
      rate_limit: { requests: 1, seconds: 1 },
    }
    for (const settings of [largest, smallest]) expect(await view(await made(settings))).toMatchObject(settings)
    const most = { a: 'x'.repeat(4096 - '{"a":""}'.length) }
    expect(await view(await made({ metadata: most }))).toMatchObject({ metadata: most })
  })
})

test('a create with settings can be repeated with its Idempotency-Key, and one with other settings is another request', async () => {
  const send = (body: object) => {
    const headers = { 'idempotency-key': 'with-settings' }
    return service.send('POST', keysOf(project), { ...ada, headers, body: { name: 'once', ...body } })
  }
  const first = await send(ALL)
  expect(first.body).toMatchObject(ALL)
  expect((await send(ALL)).body).toEqual(first.body)
  expect((await send({ ...ALL, scopes: ['jobs'] })).status).toBe(422)
})

/** For each field what it refuses, and a part of the sentence that says why. */
const REFUSED: [object, RegExp][] = [
  [{ scopes: [] }, /^scopes: must not be empty: leave it out or send null/],
  [{ scopes: 'a' }, /^scopes: must be a list/],
  [{ scopes: [1] }, /^scopes\.0: must be a string/],
  [{ scopes: [null] }, /^scopes\.0: must be a string/],
  [{ scopes: Array.from({ length: 65 }, (_, n) => `${n}`) }, /^scopes: must have at most 64/],
  [{ scopes: ['x'.repeat(65)] }, /^scopes\.0: must have at most 64 characters/],
  ...['*', ':*', 'a*', '*:a', 'a:*:b', 'a:**', 'a b', '', 'é', 'a"b', 'a\\b', 'a\n', 'a\t', '\0'].map(
    (scope): [object, RegExp] => [{ scopes: ['ok', scope] }, /^scopes\.1: must be of the characters of a scope/],
  ),
  [{ allowed_networks: [] }, /^allowed_networks: must not be empty: leave it out or send null/],
  [{ allowed_networks: '10.0.0.0/8' }, /^allowed_networks: must be a list/],
  [{ allowed_networks: [10] }, /^allowed_networks\.0: must be a string/],
  [{ allowed_networks: Array.from({ length: 33 }, (_, n) => `10.0.0.${n}/32`) }, /must have at most 32/],
  [{ allowed_networks: ['10.0.0.5/8'] }, /no host bits set: write 10\.0\.0\.0\/8/],
  [{ allowed_networks: ['10.0.0.0/33'] }, /prefix length of at most 32/],
  [{ allowed_networks: ['010.0.0.0/8'] }, /without leading zeros/],
  [{ allowed_networks: ['10.1/16'] }, /four decimal numbers/],
  [{ allowed_networks: ['10.0.0.1'] }, /for one address, 192\.0\.2\.7\/32/],
  [{ allowed_networks: ['::ffff:10.0.0.0/104'] }, /must be written as IPv4: 10\.0\.0\.0\/8/],
  [{ external_id: '' }, /^external_id: must be of 1 to 128 visible ASCII/],
  [{ external_id: 'a b' }, /^external_id: must be of 1 to 128 visible ASCII/],
  [{ external_id: 'é' }, /^external_id: must be of 1 to 128 visible ASCII/],
  [{ external_id: 'x'.repeat(129) }, /^external_id: must have at most 128/],
  [{ external_id: 7 }, /^external_id: must be a string/],
  [{ description: '' }, /^description: must be a string of 1 to 200/],
  [{ description: 'x'.repeat(201) }, /^description: must have at most 200/],
  [{ description: 'a\nb' }, /^description: must be a string of 1 to 200/],
  [{ description: 'a\u202eb' }, /^description: must not contain U\+202E/],
  [{ description: 1 }, /^description: must be a string/],
  [{ metadata: 'a' }, /^metadata: must be an object of texts/],
  [{ metadata: ['a'] }, /^metadata: must be an object of texts/],
  [{ metadata: { a: 1 } }, /^metadata: must hold only texts: "a" is none/],
  [{ metadata: { a: null } }, /^metadata: must hold only texts/],
  [{ metadata: { a: { b: 'c' } } }, /^metadata: must hold only texts/],
  [{ metadata: { a: '\0' } }, /^metadata: must be well-formed Unicode/],
  [{ metadata: { '\0': 'a' } }, /^metadata: must be well-formed Unicode/],
  [{ metadata: JSON.parse('{"__proto__":"a"}') }, /^metadata: must have no field with the name __proto__/],
  [{ metadata: Object.fromEntries(Array.from({ length: 51 }, (_, n) => [`${n}`, ''])) }, /at most 50 fields/],
  [{ metadata: { a: 'é'.repeat(2045) } }, /^metadata: must have at most 4096 bytes/],
  [{ rate_limit: 5 }, /^rate_limit: must be an object of `requests` and `seconds`/],
  [{ rate_limit: { requests: 5 } }, /^rate_limit\.seconds: must be a whole number/],
  [{ rate_limit: { requests: 5, seconds: 60, burst: 9 } }, /^rate_limit: must be an object of .* nothing else/],
  [{ rate_limit: { requests: 0, seconds: 60 } }, /^rate_limit\.requests: must be at least 1/],
  [{ rate_limit: { requests: 1_000_001, seconds: 60 } }, /^rate_limit\.requests: must be at most 1000000/],
  [{ rate_limit: { requests: 1.5, seconds: 60 } }, /^rate_limit\.requests: must be a whole number/],
  [{ rate_limit: { requests: '5', seconds: 60 } }, /^rate_limit\.requests: must be a whole number/],
  [{ rate_limit: { requests: 5, seconds: 86_401 } }, /^rate_limit\.seconds: must be at most 86400/],
  [{ self_rotation: 'true' }, /^self_rotation: must be true or false/],
  [{ self_rotation: 1 }, /^self_rotation: must be true or false/],
]

test.each(REFUSED)('a create and a PATCH refuse %j with 400, and nothing is changed', async (settings, reason) => {
  const created = await create(settings)
  expect([created.status, created.body]).toEqual([
    400,
    expect.objectContaining({ message: expect.stringMatching(reason) }),
  ])
  const path = await made(ALL)
  const before = await view(path)
  const changed = await change(path, { name: 'changed', ...settings })
  expect([changed.status, changed.body]).toEqual([
    400,
    expect.objectContaining({ message: expect.stringMatching(reason) }),
  ])
  expect(await view(path)).toEqual(before)
})

test('a lone surrogate in metadata is refused with 400', async () => {
  const body = '{"name":"ci","metadata":{"a":"\\ud83d"}}'
  expect((await service.send('POST', keysOf(project), { ...ada, body })).status).toBe(400)
})

describe('a field that is a likely slip', () => {
  const SLIPS = {
    scope: 'scopes',
    allowed_ips: 'allowed_networks',
    networks: 'allowed_networks',
    ratelimit: 'rate_limit',
  }

  test.each(Object.entries(SLIPS))('%s is a 400 that names %s, in a create and in a PATCH', async (slip, field) => {
    const path = await made()
    for (const value of ['a', ['a'], null, {}]) {
      for (const answer of [await create({ [slip]: value }), await change(path, { name: 'b', [slip]: value })]) {
        const message = `${slip}: must be left out, because the field is called \`${field}\`.`
        expect([answer.status, answer.body]).toEqual([400, expect.objectContaining({ message })])
      }
    }
    expect(await view(path)).toMatchObject({ name: 'ci' })
  })

  test('expires_at is a 400 that names ttl in a create, and expiration in a PATCH', async () => {
    const path = await made()
    const slip = { expires_at: '2027-01-01T00:00:00Z' }
    expect((await create(slip)).body).toMatchObject({
      message: 'expires_at: must be left out, because the field is called `ttl`.',
    })
    const changed = await change(path, slip)
    expect(changed.status).toBe(400)
    expect(changed.body).toMatchObject({
      message: 'expires_at: must be left out, because the field is called `expiration`.',
    })
  })

  test('is one over tRPC, too, and the document shows none of them', async () => {
    const input = { project: project.slug, name: 'ci', networks: ['10.0.0.0/8'] }
    for (const [name, rest] of [
      ['create', {}],
      ['createOnce', { uuid: crypto.randomUUID() }],
    ] as const) {
      const answer = await service.send('POST', `/trpc/projectKeys.${name}`, { ...ada, body: { ...input, ...rest } })
      expect([answer.status, answer.text]).toEqual([400, expect.stringContaining('is called `allowed_networks`')])
    }
    expect((await service.send('GET', '/v0/server/spec')).text).not.toMatch(/"(allowed_ips|expires_at|ratelimit)":/)
  })

  test('is none where it is unknown and no slip: other unknown fields are ignored', async () => {
    expect((await create({ Scopes: ['a'], network: 'x', expires: 1, expiration: 'never', ips: [] })).status).toBe(201)
  })
})

describe('PATCH /v0/projects/{project}/keys/{key}', () => {
  let path: string
  beforeEach(async () => {
    path = await made({ ...ALL, ttl: 3600 })
  })

  test.each(Object.entries({ ...ALL, name: 'new', expiration: '2027-01-01T00:00:00Z' }))(
    'changes %s alone, and nothing else',
    async (field) => {
      const values: Record<string, unknown> = {
        ...{ name: 'new', expiration: '2027-01-01T00:00:00Z', description: 'new', scopes: ['new'] },
        ...{ allowed_networks: ['203.0.113.0/24'], external_id: 'new', metadata: { new: 'new' } },
        ...{ rate_limit: { requests: 1, seconds: 2 } },
      }
      const before = Object(await view(path))
      const body = { [field]: values[field] ?? false }
      const after = Object.assign({}, before, body)
      if (field === 'self_rotation') delete after.self_rotation
      const answer = await change(path, body)
      expect([answer.status, answer.body]).toEqual([200, after])
      expect(await view(path)).toEqual(after)
    },
  )

  test.each(Object.keys(ALL))('takes %s away by null, and nothing else', async (field) => {
    const { [field]: _, ...rest } = Object(await view(path))
    const answer = await change(path, { [field]: null })
    expect([answer.status, answer.body]).toEqual([200, rest])
    expect(await view(path)).toEqual(rest)
    const uuid = path.split('/').at(-1) ?? ''
    const details = await trpc('details', { project: project.slug, key: uuid })
    const unset = field === 'self_rotation' ? false : null
    expect(details.body).toMatchObject({ result: { data: { name: 'ci', [field]: unset } } })
  })

  test('replaces metadata as a whole; {} takes it away, and an absent one stays', async () => {
    await change(path, { metadata: { plan: 'pro' } })
    expect(await view(path)).toMatchObject({ metadata: { plan: 'pro' } })
    expect(Object(await view(path)).metadata).toEqual({ plan: 'pro' })
    await change(path, { description: 'other' })
    expect(Object(await view(path)).metadata).toEqual({ plan: 'pro' })
    expect((await change(path, { metadata: {} })).body).not.toHaveProperty('metadata')
    expect(await view(path)).not.toHaveProperty('metadata')
  })

  test.each([{}, { name: null }, { ttl: 60 }, { unknown: 1 }])(
    'answers %j, which changes nothing, with 409',
    async (body) => {
      const before = await view(path)
      expect((await change(path, body)).body).toMatchObject({ error_code: 'nothing_to_change' })
      expect(await view(path)).toEqual(before)
    },
  )

  test('leaves the name where it is null beside a change', async () => {
    expect((await change(path, { name: null, description: 'x' })).body).toMatchObject({ name: 'ci', description: 'x' })
  })

  test('of a revoked key takes name, description, external_id and metadata only: else 409, and nothing is changed', async () => {
    await service.send('DELETE', path, ada)
    const facts = { name: 'late', description: 'late', external_id: 'late', metadata: { late: 'yes' } }
    const answer = await change(path, facts)
    expect([answer.status, answer.body]).toEqual([
      200,
      expect.objectContaining({ ...facts, revoked: expect.any(String) }),
    ])
    const before = await view(path)
    for (const body of [
      { scopes: ['a'] },
      { scopes: null },
      { allowed_networks: null },
      { rate_limit: null },
      { self_rotation: true },
      { expiration: '2027-01-01T00:00:00Z' },
    ]) {
      const refused = await change(path, { name: 'changed', ...body })
      expect([refused.status, refused.body]).toEqual([409, expect.objectContaining({ error_code: 'key_revoked' })])
    }
    expect(await view(path)).toEqual(before)
  })

  test('answers 404 for a key of another project, whatever the change', async () => {
    const other = await createProject(service, ada)
    const at = keyOf(other, { uuid: path.split('/').at(-1) ?? '' })
    for (const body of [{ description: 'x' }, { scopes: null }, { expiration: '2027-01-01T00:00:00Z' }]) {
      expect((await change(at, body)).status).toBe(404)
    }
    expect(await view(path)).toMatchObject(ALL)
  })
})

/** A second, and the time of the test's own requests on a busy machine. */
const BOUND_MS = 1500

describe('a renewal', () => {
  const keyed = async (ttl: number) => {
    const created = z.object({ uuid: z.string(), key: z.string() }).parse((await create({ ttl })).body)
    return { path: keyOf(project, created), token: created.key }
  }
  const works = async (token: string) => (await service.send('GET', '/v0/verify', { token })).status === 200

  test('honours the offset, and answers in Z', async () => {
    const { path } = await keyed(60)
    const answer = await change(path, { expiration: '2026-06-01T02:00:00+02:00' })
    expect(answer.body).toMatchObject({ expiration: '2026-06-01T00:00:00Z' })
    expect(await view(path)).toMatchObject({ expiration: '2026-06-01T00:00:00Z' })
  })

  test('brings an expired key back at once, where it was refused a moment ago, and touches no other', async () => {
    const [one, other] = [await keyed(60), await keyed(60)]
    service.wait(60)
    expect([await works(one.token), await works(other.token)]).toEqual([false, false])
    expect((await change(one.path, { expiration: '2026-07-01T00:00:00Z' })).status).toBe(200)
    expect([await works(one.token), await works(other.token)]).toEqual([true, false])
  })

  test('is seen by every process that refused the key or said yes to it a moment ago, within the bound', async () => {
    const wall = () => service.clock.now.getTime()
    const elsewhere = createVerifier({ pool: service.db.pool, clock: { ...systemClock, wall } })
    onTestFinished(() => elsewhere.close())
    const verdict = async (token: string) => (await elsewhere.verify(token)).valid
    const { path, token } = await keyed(60)
    service.wait(60)
    expect(await verdict(token)).toBe(false)
    await change(path, { expiration: '2026-08-01T00:00:00Z' })
    await expect.poll(() => verdict(token), { timeout: BOUND_MS, interval: 50 }).toBe(true)
    const now = new Date(service.clock.now.getTime() + 1000).toISOString().replace('.000', '')
    await change(path, { expiration: now })
    service.wait(1)
    await expect.poll(() => verdict(token), { timeout: BOUND_MS, interval: 50 }).toBe(false)
  })

  test('may bring the end nearer, at once', async () => {
    const { path, token } = await keyed(86_400)
    expect(await works(token)).toBe(true)
    const soon = new Date(service.clock.now.getTime() + 1000).toISOString().replace('.000', '')
    await change(path, { expiration: soon })
    service.wait(1)
    expect(await works(token)).toBe(false)
  })

  test('of a revoked key is a 409, and the key stays refused', async () => {
    const { path, token } = await keyed(60)
    await service.send('DELETE', path, ada)
    expect((await change(path, { expiration: '2027-01-01T00:00:00Z' })).status).toBe(409)
    expect(await works(token)).toBe(false)
  })

  test.each([
    null,
    ...['2027-01-01', '2027-01-01T00:00:00', '2027-01-01T00:00Z', '2027-01-01 00:00:00Z', '2027-01-01T00:00:00.0Z'],
    ...[
      '2027-02-30T00:00:00Z',
      '2027-01-01T24:00:00Z',
      '2027-01-01T00:00:60Z',
      '2027-01-01T00:00:00+0200',
      'never',
      '',
    ],
    ...['9999-12-31T23:59:59-01:00', '12027-01-01T00:00:00Z', '+012027-01-01T00:00:00Z', '2027-01-01T00:00:00+24:00'],
    ...[1_830_297_600, 1_830_297_600_000, true, ['2027-01-01T00:00:00Z'], {}],
  ])('to %j is a 400, and nothing is changed', async (expiration) => {
    const { path } = await keyed(3600)
    const before = await view(path)
    const answer = await change(path, { name: 'renewed', expiration })
    expect([answer.status, answer.body]).toEqual([
      400,
      expect.objectContaining({ message: expect.stringMatching(/^expiration: must be/) }),
    ])
    expect(await view(path)).toEqual(before)
  })

  test('to a time that is past, or now, is a 400, also by its offset', async () => {
    const { path } = await keyed(3600)
    const before = await view(path)
    const now = service.clock.now.toISOString().slice(0, 19)
    for (const expiration of [`${now}Z`, `${now}+02:00`, '0001-01-01T00:00:00Z', '0000-01-01T00:00:00Z']) {
      expect((await change(path, { name: 'renewed', expiration })).body).toMatchObject({
        message: 'expiration: must be in the future.',
      })
    }
    expect(await view(path)).toEqual(before)
    expect((await change(path, { expiration: `${now}-00:01` })).status).toBe(200)
  })

  test('keeps the moment at which the end was set', async () => {
    const { path } = await keyed(3600)
    const uuid = path.split('/').at(-1) ?? ''
    const set = async () => (await service.db.prisma.projectKey.findUnique({ where: { uuid } }))?.expiration_set ?? null
    await change(path, { name: 'renamed', scopes: ['a'] })
    expect(await set()).toBeNull()
    service.wait(5)
    await change(path, { expiration: '2027-01-01T00:00:00Z' })
    expect(await set()).toEqual(service.clock.now)
  })
})
