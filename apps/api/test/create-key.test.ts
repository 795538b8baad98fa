import { beforeAll, describe, expect, test } from 'vitest'
import { startService } from './service.ts'
import { createKey, createProject, keyOf, keysOf, type Person, type Project, signUp } from './world.ts'

const service = await startService()
let ada: Person
let project: Project

beforeAll(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
})

const create = (body: unknown, headers: Record<string, string> = {}) =>
  service.send('POST', keysOf(project), { ...ada, headers, body })

const NEVER = '2162-06-07T18:28:15Z'

describe('POST /v0/projects/{project}/keys', () => {
  test('answers 201 with the key in full, its fields in this order', async () => {
    const { status, text, body } = await create({ name: 'ci', ttl: 60 })
    expect(status).toBe(201)
    expect(body).toEqual({
      uuid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      project: project.uuid,
      name: 'ci',
      key: expect.stringMatching(/^bencher_run_[0-9A-Za-z]{30}$/),
      creation: '2026-05-01T12:00:00Z',
      expiration: '2026-05-01T12:01:00Z',
    })
    expect(Object.keys(JSON.parse(text))).toEqual(['uuid', 'project', 'name', 'key', 'creation', 'expiration'])
  })

  test('shows the plaintext in this answer and nowhere else, ever', async () => {
    const key = await createKey(service, ada, project, { name: 'once' })
    const path = keyOf(project, key)
    const later = [
      await service.send('GET', path, ada),
      await service.send('GET', `${keysOf(project)}?name=once`, ada),
      await service.send('PATCH', path, { ...ada, body: { name: 'renamed' } }),
    ]
    for (const { status, text } of later) {
      expect(status).toBe(200)
      expect(text).toContain(key.uuid)
      expect(text).not.toContain(key.key.slice(-30))
    }
    const [row] = (
      await service.db.pool.query('SELECT to_jsonb(k)::text AS row FROM project_keys k WHERE uuid = $1', [key.uuid])
    ).rows
    expect(row.row).not.toContain(key.key.slice(-30))
  })

  test('lets no cache keep the answer', async () => {
    expect((await create({ name: 'uncached' })).headers.get('cache-control')).toBe('no-store')
  })

  test('shows the same key to whoever views it then', async () => {
    const { key, ...created } = await createKey(service, ada, project, { name: 'same', ttl: 77 })
    expect((await service.send('GET', keyOf(project, created), ada)).body).toEqual({
      ...created,
      project: project.uuid,
      creator: ada.uuid,
      name: 'same',
    })
  })

  test('gives each key a UUID and a secret of its own, under the same name too', async () => {
    const twins = [await create({ name: 'twin' }), await create({ name: 'twin' })].map(({ body }) =>
      JSON.stringify(body),
    )
    expect(twins[0]).not.toBe(twins[1])
  })

  test('ignores fields that it does not know', async () => {
    const more = { uuid: 'x', revoked: true, creation: 1, project: 'another', key: 'mine', nested: { a: [1] } }
    expect((await create({ name: 'more', ...more })).body).toMatchObject({ name: 'more', project: project.uuid })
  })

  test('keeps whole seconds, whatever the clock says', async () => {
    service.clock.now = new Date('2026-05-02T12:00:00.987Z')
    const { uuid, creation, expiration } = await createKey(service, ada, project, { name: 'ms', ttl: 1 })
    expect([creation, expiration]).toEqual(['2026-05-02T12:00:00Z', '2026-05-02T12:00:01Z'])
    expect((await service.send('GET', keyOf(project, { uuid }), ada)).body).toMatchObject({ creation, expiration })
    service.clock.now = new Date('2026-05-01T12:00:00Z')
  })
})

describe('a name', () => {
  test.each([
    ...['a', 'a  b c', 'x'.repeat(64), '日'.repeat(64), '🚀'.repeat(64), 'e\u0301'.repeat(32)],
    ...['a\u200d', '👩‍💻', '<b>&"\\', '%00', 'null', '__proto__', '\ufffd', '\u{10ffff}'],
  ])('may be %j, and is kept as it is', async (name) => {
    const { status, body } = await create({ name })
    expect(status).toBe(201)
    expect(body).toMatchObject({ name })
  })

  const WHITE = [...'\t\n\v\f\r \u0085\u00a0\u1680\u2000\u2005\u200a\u2028\u2029\u202f\u205f\u3000']
  const CONTROL = [...'\u0000\u0001\u001f\u007f\u0080\u009f']
  test.each([
    ...['', ' ', 'x'.repeat(65), '日'.repeat(65), '🚀'.repeat(65), `${'x'.repeat(64)} `],
    ...WHITE.flatMap((space) => [`${space}a`, `a${space}`]),
    ...[...CONTROL, '\t', '\n'].map((control) => `a${control}b`),
    ...['\ufeffa', 'a\u200bb', '\u180e', '\u3164', 'a\u202eb', '\u2800', '\u200d', '\u0301a'],
  ])('may not be %j', async (name) => {
    expect((await create({ name })).status).toBe(400)
  })

  test.each(['"\\ud83d"', '"a\\udc00b"', '"\\udc00\\ud83d"', '"a\\ud800"'])(
    'may hold no lone surrogate: %s',
    async (name) => {
      expect((await create(`{"name":${name}}`)).status).toBe(400)
      expect((await create('{"name":"\\ud83d\\ude80"}')).body).toMatchObject({ name: '🚀' })
    },
  )

  test.each([null, 1, true, ['a'], { a: 1 }, undefined])('may not be %j', async (name) => {
    expect((await create({ name })).status).toBe(400)
    expect((await create({ Name: 'a' })).status).toBe(400)
  })
})

describe('a ttl', () => {
  test.each([
    ['60', '2026-05-01T12:01:00Z'],
    ['60.0', '2026-05-01T12:01:00Z'],
    ['6e1', '2026-05-01T12:01:00Z'],
    ['1', '2026-05-01T12:00:01Z'],
    ['4294967295', NEVER],
    ['null', NEVER],
  ])('may be %s', async (ttl, expiration) => {
    const { status, body } = await create(`{"name":"a","ttl":${ttl}}`)
    expect(status).toBe(201)
    expect(body).toMatchObject({ expiration })
  })

  test('that is absent is the longest', async () => {
    expect((await create({ name: 'a' })).body).toMatchObject({ expiration: NEVER })
  })

  test.each(['0', '-0', '-1', '1.5', '4294967296', '1e400', '"60"', '""', 'true', '[60]', '{}', '060', '+60', 'NaN'])(
    'may not be %s',
    async (ttl) => {
      expect((await create(`{"name":"a","ttl":${ttl}}`)).status).toBe(400)
    },
  )
})

describe('a body', () => {
  test.each([
    ...['', ' \n ', '{}', 'null', '"a"', 'true', '1', 'name=a', '{"name":"a"/* c */}', "{'name':'a'}", '{"name":"a",}'],
    ...[
      '["a",60]',
      '[{"name":"a"}]',
      '[]',
      '{"name":"a"} trailing',
      '{"name":"a"}}',
      '{"name":"a"}{}',
      '{"name":"a\tb"}',
    ],
    ...['\ufeff{"name":"a"}', '{"name":"a"', '{name:"a"}'],
  ])('of %j is refused with 400', async (body) => {
    expect((await create(body)).status).toBe(400)
  })

  test('in no valid UTF-8 is refused with 400', async () => {
    for (const bytes of [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80], [0xe2, 0x82], [0xf5, 0x80, 0x80, 0x80]]) {
      const body = Buffer.concat([Buffer.from('{"name":"a'), Buffer.from(bytes), Buffer.from('"}')])
      expect((await create(body)).status).toBe(400)
    }
    expect((await create(Buffer.from('{"name":"a"}', 'utf16le'))).status).toBe(400)
  })

  test('with a field twice means the last', async () => {
    expect((await create('{"name":" bad","name":"last"}')).body).toMatchObject({ name: 'last' })
    expect((await create('{"name":"good","name":" bad"}')).status).toBe(400)
  })

  test('with __proto__ or constructor holds unknown fields like any other', async () => {
    expect((await create('{"__proto__":{"name":"a"}}')).status).toBe(400)
    expect((await create('{"constructor":{"prototype":{"name":"a"}}}')).status).toBe(400)
    const { status, body } = await create('{"name":"a","__proto__":{"ttl":60,"polluted":true}}')
    expect(status).toBe(201)
    expect(body).toMatchObject({ expiration: NEVER })
    expect('polluted' in {}).toBe(false)
  })

  test('counts as JSON without a content type, and may name its charset', async () => {
    const bare = { name: 'untyped' }
    const { status } = await service.sendRaw(withBody(JSON.stringify(bare), []))
    expect(status).toBe(201)
    for (const type of ['application/json; charset=utf-8', 'Application/JSON', 'application/json ; charset="utf-8"']) {
      expect((await create(bare, { 'content-type': type })).status).toBe(201)
    }
  })

  test.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=b',
    'application/xml',
    'application/jsonp',
    'text/json',
  ])('of the type %s is refused with 415', async (type) => {
    expect((await create({ name: 'a' }, { 'content-type': type })).status).toBe(415)
  })

  test('may have 1 MiB, and not a byte more: 413, by its length or in chunks', async () => {
    const padded = (length: number) => {
      const start = '{"name":"big","pad":"'
      return `${start}${'x'.repeat(length - start.length - 2)}"}`
    }
    const chunked = (body: string) => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`
    const inChunks = (body: string) => withBody(chunked(body), ['Transfer-Encoding: chunked'])
    expect((await create(padded(1 << 20))).status).toBe(201)
    expect((await create(padded((1 << 20) + 1))).status).toBe(413)
    expect((await service.sendRaw(inChunks(padded(1 << 20)))).status).toBe(201)
    expect((await service.sendRaw(inChunks(padded((1 << 20) + 1)))).status).toBe(413)
    expect((await service.sendRaw(withBody('', ['Content-Length: 99999999999']))).status).toBe(413)
  })

  test('whose path names the project wins over a field that does', async () => {
    const other = await createProject(service, ada)
    expect((await create({ name: 'a', project: other.slug })).body).toMatchObject({ project: project.uuid })
    expect((await create({ name: 'a', project: 7 })).status).toBe(201)
  })
})

/** A create in plain HTTP, whose headers of the content are given. */
function withBody(body: string, headers: string[]): string {
  const sized = headers.length > 0 ? headers : [`Content-Length: ${Buffer.byteLength(body)}`]
  const lines = [
    `POST ${keysOf(project)} HTTP/1.1`,
    'Host: localhost',
    'Connection: close',
    `Authorization: Bearer ${ada.token}`,
  ]
  return `${[...lines, ...sized].join('\r\n')}\r\n\r\n${body}`
}
