import { describe, expect, test } from 'vitest'
import { STALENESS_BOUND } from '../src/freshness.ts'
import { generateKey } from '../src/key.ts'
import { PLAIN } from '../src/key-settings.ts'
import { createWorld, sleep } from './world.ts'

const world = await createWorld()
const { project, sql } = world
const verifier = await world.startVerifier()
/** The verdict of the cache, which comes without a promise; null if the cache has none. */
const fromCache = (key: string) => {
  const verdict = verifier.verify(key)
  return verdict instanceof Promise ? null : verdict
}

/** When the last call began that the cache answered, in ms after the change, which was acknowledged just now. */
async function lastAnswer(key: string) {
  const acknowledged = performance.now()
  for (let last = 0; ; await sleep(5)) {
    const began = performance.now() - acknowledged
    if (!fromCache(key)) return last
    last = began
  }
}

describe('a key', () => {
  test('that is good is reported with its project, first from the database and then from the cache', async () => {
    const expiration = new Date('2999-01-02T03:04:05Z')
    const { uuid, key } = await world.createKey({ name: 'Éclair ☂', expiration })
    const verdict = { valid: true, key: { uuid, name: 'Éclair ☂', project, expiration, ...PLAIN } }
    expect(fromCache(key)).toBeNull()
    expect(await verifier.verify(key)).toEqual(verdict)
    expect(fromCache(key)).toEqual(verdict)
  })

  test('without the form of a project key is malformed', async () => {
    for (const text of ['', 'x', generateKey('test', 'user'), `${generateKey('test', 'run')}0`]) {
      expect(await verifier.verify(text)).toEqual({ valid: false, reason: 'malformed' })
    }
  })

  test('that does not exist is unknown, or mistyped if its checksum is wrong', async () => {
    const key = generateKey('test', 'run')
    const wrong = key.slice(0, -1) + (key.endsWith('0') ? '1' : '0')
    expect(await verifier.verify(key)).toEqual({ valid: false, reason: 'unknown' })
    expect(await verifier.verify(wrong)).toEqual({ valid: false, reason: 'mistyped' })
  })

  test('that was imported is good, even if its checksum is wrong', async () => {
    const { key } = await world.createKey({ key: `other_run_${'0'.repeat(30)}` })
    expect(await verifier.verify(key)).toMatchObject({ valid: true })
  })

  test('is expired from the second of its expiration on', async () => {
    const expiration = new Date(Math.ceil(Date.now() / 1000 + 1) * 1000)
    const { key } = await world.createKey({ expiration })
    expect(await verifier.verify(key)).toMatchObject({ valid: true })
    while (Date.now() < expiration.getTime()) await sleep(5)
    expect(await verifier.verify(key)).toEqual({ valid: false, reason: 'expired', date: expiration })
  })

  test('that was revoked is reported with the date', async () => {
    const { uuid, key } = await world.createKey()
    await world.revoke(uuid)
    const verdict = await verifier.verify(key)
    expect(verdict).toEqual({ valid: false, reason: 'revoked', date: expect.any(Date) })
  })

  test('whose project was deleted is reported with the date', async () => {
    const gone = await world.createProject()
    const { key } = await world.createKey({}, gone)
    await sql('UPDATE projects SET deleted = now() WHERE uuid = $1', [gone.uuid])
    expect(await verifier.verify(key)).toEqual({ valid: false, reason: 'project_deleted', date: expect.any(Date) })
  })
})

const spellingsOf = (uuid: string) => {
  const bare = uuid.replaceAll('-', '')
  return [uuid, uuid.toUpperCase(), bare, bare.toUpperCase()]
}

describe('the project that is required', () => {
  test('may be given as its slug or as its UUID in any spelling', async () => {
    const { key } = await world.createKey()
    for (const reference of [project.slug, ...spellingsOf(project.uuid)]) {
      expect(await verifier.verify(key, { project: reference })).toMatchObject({ valid: true })
    }
    for (const reference of ['another', '', crypto.randomUUID(), 'EXAMPLE']) {
      expect(await verifier.verify(key, { project: reference })).toEqual({ valid: false, reason: 'other_project' })
    }
  })

  test.each([crypto.randomUUID(), crypto.randomUUID().replaceAll('-', '')])(
    'is not a project whose slug looks like that UUID: %s',
    async (slug) => {
      const impostor = await world.createProject(slug)
      const { key } = await world.createKey({}, impostor)
      expect(await verifier.verify(key, { project: impostor.slug })).toEqual({ valid: false, reason: 'other_project' })
      expect(await verifier.verify(key, { project: impostor.uuid })).toMatchObject({ valid: true })
    },
  )
})

describe('a request', () => {
  test('has its key in the Authorization header, with the scheme Bearer in any letter case', async () => {
    const { key } = await world.createKey()
    for (const scheme of ['Bearer ', 'bearer   ', 'BEARER ']) {
      const request = new Request('http://localhost/', { headers: { authorization: scheme + key } })
      expect(await verifier.forRequest(request)).toMatchObject({ valid: true })
      expect(await verifier.forRequest(scheme + key)).toMatchObject({ valid: true })
    }
  })

  test('without a key, or with something else, has the verdict `missing`', async () => {
    for (const nothing of [
      new Request('http://localhost/'),
      undefined,
      null,
      '',
      'Basic eDp5',
      'Bearer',
      'Bearer a b',
    ]) {
      expect(await verifier.forRequest(nothing)).toEqual({ valid: false, reason: 'missing' })
    }
  })
})

describe('the cache', () => {
  const changes: [string, (key: { uuid: string }, of: { uuid: string }) => [string, unknown[]]][] = [
    ['revoked', ({ uuid }) => ['UPDATE project_keys SET revoked = now() WHERE uuid = $1', [uuid]]],
    ['given another expiration', ({ uuid }) => ['UPDATE project_keys SET expiration = now() WHERE uuid = $1', [uuid]]],
    [
      'replaced by another secret',
      ({ uuid }) => [`UPDATE project_keys SET hash = sha256('x') WHERE uuid = $1`, [uuid]],
    ],
    [
      'moved to another project',
      ({ uuid }) => ['UPDATE project_keys SET project = $2 WHERE uuid = $1', [uuid, project.uuid]],
    ],
    ['removed', ({ uuid }) => ['DELETE FROM project_keys WHERE uuid = $1', [uuid]]],
    ['of a deleted project', (_, { uuid }) => ['UPDATE projects SET deleted = now() WHERE uuid = $1', [uuid]]],
    [
      'of a project with another slug',
      (_, { uuid }) => [`UPDATE projects SET slug = 'new-' || slug WHERE uuid = $1`, [uuid]],
    ],
    ['of a removed project', (_, { uuid }) => ['DELETE FROM projects WHERE uuid = $1', [uuid]]],
  ]

  test.each(changes)('evicts a key within a second when it is %s', async (_, change) => {
    const of = await world.createProject()
    const { uuid, key } = await world.createKey({}, of)
    const before = await verifier.verify(key)
    const other = await world.createKey()
    await verifier.verify(other.key)
    await sql(...change({ uuid }, of))
    expect(await lastAnswer(key)).toBeLessThanOrEqual(STALENESS_BOUND)
    expect(await verifier.verify(key)).not.toEqual(before)
    expect(fromCache(other.key)).toMatchObject({ valid: true })
  })

  test('accepts the keys of a deleted project again after the project is restored', async () => {
    const of = await world.createProject()
    const { key } = await world.createKey({}, of)
    await sql('UPDATE projects SET deleted = now() WHERE uuid = $1', [of.uuid])
    expect(await verifier.verify(key)).toMatchObject({ valid: false })
    await sql('UPDATE projects SET deleted = NULL WHERE uuid = $1', [of.uuid])
    await expect.poll(() => verifier.verify(key), { interval: 10 }).toMatchObject({ valid: true })
  })

  test('keeps a key when something changes that no verdict depends on', async () => {
    const { uuid, key } = await world.createKey()
    await verifier.verify(key)
    const [before] = await sql('SELECT count(*) FROM verification_changes')
    await sql(`UPDATE project_keys SET last_four = 'wxyz', name = 'new' WHERE uuid = $1`, [uuid])
    await sql(`UPDATE projects SET name = 'Other', modified = now() WHERE uuid = $1`, [project.uuid])
    expect(await sql('SELECT count(*) FROM verification_changes')).toEqual([before])
    expect(fromCache(key)).toMatchObject({ valid: true })
  })

  test('is cleared when changes are too many, or concern all keys', async () => {
    const { key } = await world.createKey()
    const losses = [
      `INSERT INTO verification_changes (hash) SELECT sha256(n::text::bytea) FROM generate_series(1, 1100) AS n`,
      'SELECT tell_everything_changed()',
      `BEGIN; ALTER TABLE project_keys DISABLE TRIGGER USER; CREATE TABLE kept AS SELECT uuid, project, name, hash, last_four, creation, expiration FROM project_keys;
       ALTER TABLE project_keys ENABLE TRIGGER USER; TRUNCATE project_keys CASCADE;
       INSERT INTO project_keys (uuid, project, name, hash, last_four, creation, expiration) SELECT * FROM kept; DROP TABLE kept; COMMIT`,
    ]
    for (const loss of losses) {
      await expect.poll(() => fromCache(key), { interval: 10 }).toMatchObject({ valid: true })
      await sql(loss)
      expect(await lastAnswer(key)).toBeLessThanOrEqual(STALENESS_BOUND)
    }
  })
})

describe('in the process that makes the change', () => {
  test('a key is refused at once, in whatever spelling its UUID is told', async () => {
    for (const spell of [0, 1, 2, 3]) {
      const { uuid, key } = await world.createKey()
      await verifier.verify(key)
      await world.revoke(uuid)
      verifier.evict(spellingsOf(uuid)[spell] ?? '')
      expect(await verifier.verify(key)).toMatchObject({ valid: false, reason: 'revoked' })
    }
  })

  test('all keys of a project are refused at once', async () => {
    const of = await world.createProject()
    const { key } = await world.createKey({}, of)
    await verifier.verify(key)
    await sql('UPDATE projects SET deleted = now() WHERE uuid = $1', [of.uuid])
    verifier.evict(of.uuid)
    expect(await verifier.verify(key)).toMatchObject({ valid: false, reason: 'project_deleted' })
  })

  test('a key that was called unknown before it was created is good at once', async () => {
    const key = generateKey('test', 'run')
    expect(await verifier.verify(key)).toMatchObject({ reason: 'unknown' })
    await world.createKey({ key })
    expect(await verifier.verify(key)).toMatchObject({ reason: 'unknown' })
    verifier.clearUnknown()
    expect(await verifier.verify(key)).toMatchObject({ valid: true })
  })
})
