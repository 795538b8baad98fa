import { randomUUID } from 'node:crypto'
import { wholeSecond } from '@project-keys/keys'
import { execute } from '@project-keys/keys/test'
import { beforeEach, describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { Answer } from './http.ts'
import { type Service, startService } from './service.ts'
import {
  addMember,
  createKey,
  createProject,
  createUserKey,
  keyOf,
  keysOf,
  type Person,
  type Project,
  signUp,
} from './world.ts'

const service = await startService({ connections: 4 })
let ada: Person
let project: Project
let header: string

beforeEach(async () => {
  ada = await signUp(service)
  project = await createProject(service, ada)
  header = randomUUID()
})

type Sent = { token?: string; body?: unknown; key?: string; at?: string; by?: Service }
const create = ({
  token = ada.token,
  body = { name: 'ci' },
  key = header,
  at = keysOf(project),
  by = service,
}: Sent = {}) => by.send('POST', at, { token, body, headers: { 'idempotency-key': key } })

const Created = z.object({ uuid: z.string(), key: z.string() })
const made = async (sent?: Sent) => {
  const { status, body } = await create(sent)
  expect(status).toBe(201)
  return Created.parse(body)
}
const total = async (at = project) => Number((await service.send('GET', keysOf(at), ada)).headers.get('x-total-count'))

describe('a create with an Idempotency-Key', () => {
  test('is answered again with the same bytes, its key among them, and makes one key', async () => {
    const [first, again] = [await create(), await create()]
    expect([first.status, again.status, again.text]).toEqual([201, 201, first.text])
    expect(await total()).toBe(1)
    const { key } = Created.parse(again.body)
    expect(key).toMatch(/^bencher_run_[0-9A-Za-z]{30}$/)
    expect((await service.send('GET', '/v0/verify', { token: key })).status).toBe(200)
  })

  test('stores no plaintext: neither the key, nor its letters, nor the header', async () => {
    const { key } = await made({ key: `my header ${header}`.replaceAll(' ', '-') })
    const rows = await execute(
      service.databaseUrl,
      `SELECT a::text, encode(salt, 'escape') AS salt FROM remembered_answers a`,
    )
    const stored = JSON.stringify(rows)
    expect(rows.length).toBeGreaterThan(0)
    for (const secret of [key, key.slice(12, 36), header, key.slice(12, 24)]) expect(stored).not.toContain(secret)
  })

  test('of eight at once makes one key: the seven others get 409 with Retry-After: 1, and then its answer', async () => {
    const locker = await service.db.pool.connect()
    await locker.query('BEGIN; LOCK TABLE remembered_answers IN SHARE MODE')
    const refused: Answer[] = []
    const sent = Array.from({ length: 8 }, async () => {
      const answer = await create()
      if (answer.status !== 201) refused.push(answer)
      return answer
    })
    await expect.poll(() => refused.length).toBe(7)
    await locker.query('ROLLBACK')
    locker.release()
    const answers = await Promise.all(sent)
    for (const { status, body, headers } of refused) {
      expect([status, headers.get('retry-after')]).toEqual([409, '1'])
      expect(body).toMatchObject({ error_code: 'request_under_way' })
    }
    const { text } = answers.find(({ status }) => status === 201) ?? {}
    expect([(await create()).text, await total()]).toEqual([text, 1])
  })

  test('is never a 5xx, however few connections there are and however many headers come at once', async () => {
    const answers = await Promise.all(
      Array.from({ length: 24 }, (_, index) => create({ key: `${header}-${index % 12}` })),
    )
    expect(answers.filter(({ status }) => status !== 201 && status !== 409)).toEqual([])
    expect(await total()).toBe(12)
  })

  test('gets the remembered answer also after the key was renamed or revoked', async () => {
    const first = await create()
    const path = keyOf(project, Created.parse(first.body))
    await service.send('PATCH', path, { ...ada, body: { name: 'renamed' } })
    expect((await create()).text).toBe(first.text)
    await service.send('DELETE', path, ada)
    expect((await create()).text).toBe(first.text)
    expect(await total()).toBe(0)
  })

  test('is the same by another credential of the same user, and with a session that came later', async () => {
    const { key } = await made()
    const { key: token } = await createUserKey(service, ada, { name: 'cli' })
    service.wait(1)
    expect(await made({ token })).toMatchObject({ key })
    expect(await made({ token: service.tokenOf(ada.email) })).toMatchObject({ key })
  })

  test('of another user is a new one, though the header, the address and the body are the same', async () => {
    const maintainer = await addMember(service, project, 'maintainer')
    const [mine, theirs] = [await made(), await made({ token: maintainer.token })]
    expect(theirs.uuid).not.toBe(mine.uuid)
    expect(theirs.key).not.toBe(mine.key)
    expect(await made({ token: maintainer.token })).toEqual(theirs)
  })

  test('at another address is a new one: in another project, and at the UUID of the same', async () => {
    const other = await createProject(service, ada)
    const keys = [await made(), await made({ at: keysOf(other) }), await made({ at: keysOf({ slug: project.uuid }) })]
    expect(new Set(keys.map(({ key }) => key)).size).toBe(3)
    expect([await total(), await total(other)]).toEqual([2, 1])
  })

  test('needs the right each time: a user who lost it gets no key again, and a stranger never does', async () => {
    const maintainer = await addMember(service, project, 'maintainer')
    await made({ token: maintainer.token })
    await service.db.prisma.projectMember.deleteMany({ where: { user: maintainer.uuid } })
    expect((await create({ token: maintainer.token })).status).toBe(403)
    expect((await create({ token: 'x' })).status).toBe(401)
    expect((await create({ token: (await signUp(service)).token, key: '' })).status).toBe(403)
  })

  test('with another body is a 422 that changes nothing, and the first body still gets its answer', async () => {
    const first = await create()
    for (const body of [{ name: 'other' }, { name: 'ci', ttl: 60 }, { name: 'ci', ttl: null }]) {
      expect(await create({ body })).toMatchObject({ status: 422, body: { error_code: 'idempotency_key_reused' } })
    }
    expect(await total()).toBe(1)
    expect((await create()).text).toBe(first.text)
  })

  test('compares the fields, whatever their order, the blanks between them, and fields that nothing reads', async () => {
    const { text } = await create({ body: '{"name":"ci","ttl":60}' })
    const metadata = await create({ body: '{"name":"ci","metadata":{"a":"1","b":"2"}}', key: `${header}-2` })
    const other = '{"metadata":{"b":"2","a":"1"},"name":"ci"}'
    expect((await create({ body: other, key: `${header}-2` })).text).toBe(metadata.text)
    for (const body of ['{ "ttl": 6e1,\n "name": "c\\u0069" }', '{"name":"ci","ttl":60,"unknown":1}']) {
      expect((await create({ body })).text).toBe(text)
    }
  })

  test('remembers a 201 alone: after a 400 the corrected request is done, after a 403 and a 409 the same one', async () => {
    expect((await create({ body: { name: ' ' } })).status).toBe(400)
    expect((await create({ body: { name: 'corrected' } })).status).toBe(201)

    const viewer = await addMember(service, project, 'viewer')
    expect((await create({ token: viewer.token })).status).toBe(403)
    await service.db.prisma.projectMember.updateMany({ where: { user: viewer.uuid }, data: { role: 'maintainer' } })
    expect((await create({ token: viewer.token })).status).toBe(201)
  })

  test('does the request after a 5xx, which leaves nothing behind', async () => {
    await execute(
      service.databaseUrl,
      `CREATE FUNCTION fail() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'given up'; END $$;
       CREATE TRIGGER fail BEFORE INSERT ON remembered_answers FOR EACH ROW EXECUTE FUNCTION fail()`,
    )
    expect([(await create()).status, await total()]).toEqual([500, 0])
    await execute(service.databaseUrl, 'DROP FUNCTION fail CASCADE')
    expect([(await create()).status, await total()]).toEqual([201, 1])
  })

  test('is forgotten after 24 hours, and not before', async () => {
    const { key } = await made()
    service.wait(24 * 60 * 60 - 1)
    expect(await made({ token: service.tokenOf(ada.email) })).toMatchObject({ key })
    service.wait(1)
    const token = service.tokenOf(ada.email)
    const later = await made({ token })
    expect(later.key).not.toBe(key)
    expect(await made({ token })).toEqual(later)
  })

  test('counts for the limit of new keys once, however often it is repeated', async () => {
    const tried: string[] = []
    const take = (what: string) => {
      tried.push(what)
      return null
    }
    const limits = { merge: async () => {}, take }
    const limited = await startService({ database: { db: service.db, url: service.databaseUrl }, limits: () => limits })
    limited.clock.now = service.clock.now
    const answers = [await create({ by: limited }), await create({ by: limited })]
    expect(answers.map(({ status }) => status)).toEqual([201, 201])
    expect(tried).toEqual(['keys'])
  })
})

describe('a header Idempotency-Key', () => {
  test.each([
    ['1 character', 'a'],
    ['255 characters', 'x'.repeat(255)],
    ['any visible ones', '!#$%&\'()*+,-./:;<=>?@[]^_`{|}~"\\'],
    ['a UUID in quotes', `"${randomUUID()}"`],
    ['a text in quotes, escaped', '"a\\"b\\\\c"'],
  ])('may be %s', async (_, key) => {
    expect(await made({ key })).toEqual(await made({ key }))
  })

  test('is the same with and without quotes', async () => {
    const { key } = await made({ key: header })
    expect(await made({ key: `"${header}"` })).toMatchObject({ key })
    const quoted = await made({ key: '"a\\"b\\\\c"' })
    expect(await made({ key: 'a"b\\c' })).toEqual(quoted)
  })

  test.each([
    ['empty', ''],
    ['empty in quotes', '""'],
    ['of 256 characters', 'x'.repeat(256)],
    ['of 256 characters in quotes', `"${'x'.repeat(256)}"`],
    ['with a blank', 'a b'],
    ['with a blank in quotes', '"a b"'],
    ['with a tab', 'a\tb'],
    ['with a letter beyond ASCII', 'caf\u00e9'],
    ['whose quotes do not close', '"a'],
    ['whose quote in quotes is not escaped', '"a"b"'],
    ['with parameters', '"a";b=1'],
  ])('may not be %s: 400, and no key', async (_, key) => {
    expect(await create({ key })).toMatchObject({
      status: 400,
      body: { error_code: 'invalid_input', message: expect.stringContaining('Idempotency-Key: must be 1 to 255') },
    })
    expect(await total()).toBe(0)
  })

  test('may not be given twice: 400', async () => {
    const head = [`POST ${keysOf(project)} HTTP/1.1`, 'Host: localhost', 'Connection: close', 'Content-Length: 13']
    const lines = [...head, `Authorization: Bearer ${ada.token}`, 'Idempotency-Key: a', 'Idempotency-Key: a']
    expect((await service.sendRaw(`${lines.join('\r\n')}\r\n\r\n{"name":"ci"}`)).status).toBe(400)
    expect(await total()).toBe(0)
  })

  test('means nothing over tRPC and where nothing is made', async () => {
    const input = { project: project.slug, uuid: randomUUID(), name: 'ci' }
    const sent = { token: ada.token, body: input, headers: { 'idempotency-key': '' } }
    expect((await service.send('POST', '/trpc/projectKeys.createOnce', sent)).status).toBe(200)
    const { body: _, ...read } = sent
    expect((await service.send('GET', keysOf(project), read)).status).toBe(200)
  })
})

describe('with another SECRET_KEY or KEY_PREFIX since', () => {
  test.each([
    ['SECRET_KEY', { secret: 'another secret of the tests, as long as it must be' }],
    ['KEY_PREFIX', { keyPrefix: 'other' }],
  ])('%s, a repeat is a 409 that says what to do, never another key', async (_, changed) => {
    const first = await create()
    const later = await startService({ database: { db: service.db, url: service.databaseUrl }, ...changed })
    later.clock.now = service.clock.now
    const token = later.tokenOf(ada.email)
    expect(await create({ token, by: later })).toMatchObject({ status: 409, body: { error_code: 'answer_lost' } })
    expect((await create({ token, by: later, body: { name: 'other' } })).status).toBe(422)
    expect((await create()).text).toBe(first.text)
    expect(await total()).toBe(1)
  })
})

describe('a rotation with an Idempotency-Key', () => {
  // The first use of a secret has the time of the database.
  beforeEach(() => {
    service.clock.now = wholeSecond(new Date())
    ada = { ...ada, token: service.tokenOf(ada.email) }
  })

  const rotate = (one: { uuid: string }, { key = header, body = {} as unknown, token = ada.token } = {}) =>
    service.send('POST', `${keyOf(project, one)}/rotate`, { token, body, headers: { 'idempotency-key': key } })
  const isGood = async (token: string) => (await service.send('GET', '/v0/verify', { token })).status === 200

  test('is answered again with the same bytes, its secret among them, and rotates once', async () => {
    const old = await createKey(service, ada, project, { name: 'ci' })
    const [first, again] = [await rotate(old), await rotate(old)]
    expect([first.status, again.text]).toEqual([201, first.text])
    const { key } = Created.parse(again.body)
    expect([key === old.key, await isGood(old.key), await isGood(key)]).toEqual([false, true, true])
    expect(await rotate(old, { key: `${header}-2` })).toMatchObject({
      status: 409,
      body: { error_code: 'rotation_open' },
    })
  })

  test('of eight at once rotates once', async () => {
    const old = await createKey(service, ada, project, { name: 'ci' })
    const answers = await Promise.all(Array.from({ length: 8 }, () => rotate(old)))
    const codes = answers.filter(({ status }) => status !== 201).map(({ body }) => body)
    for (const body of codes) expect(body).toMatchObject({ error_code: 'request_under_way' })
    expect(new Set(answers.filter(({ status }) => status === 201).map(({ text }) => text)).size).toBe(1)
    expect(await isGood(old.key)).toBe(true)
  })

  test('with another body is a 422, and one that was refused is not remembered', async () => {
    const old = await createKey(service, ada, project, { name: 'ci' })
    await rotate(old, { body: { grace: 60 } })
    expect((await rotate(old, { body: { grace: 61 } })).status).toBe(422)
    const next = { key: `${header}-2` }
    expect((await rotate(old, next)).status).toBe(409)
    await service.send('DELETE', `${keyOf(project, old)}/rotation`, ada)
    expect((await rotate(old, next)).status).toBe(201)
  })

  test('by the key itself is bound to the key', async () => {
    const { body } = await service.send('POST', keysOf(project), {
      ...ada,
      body: { name: 'self', self_rotation: true },
    })
    const old = Created.parse(body)
    const rotateAs = (token: string) =>
      service.send('POST', '/v0/whoami/rotate', { token, body: {}, headers: { 'idempotency-key': header } })
    const first = await rotateAs(old.key)
    expect([(await rotateAs(old.key)).text, (await rotate(old)).status]).toEqual([first.text, 409])
  })

  test('is another request than a create or a rotation of another key with the same header', async () => {
    const old = await createKey(service, ada, project, { name: 'a' })
    const other = await createKey(service, ada, project, { name: 'b' })
    const keys = [await made(), Created.parse((await rotate(old)).body), Created.parse((await rotate(other)).body)]
    expect(new Set(keys.map(({ key }) => key)).size).toBe(3)
  })
})
