import { randomUUID } from 'node:crypto'
import { createVerifier } from '@project-keys/verify'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { execute, freshDatabase } from '../../test/database.ts'
import { createUser } from '../../test/people.ts'
import { createKey } from './project-keys.ts'
import { revokeMany, revokeNextMadeBy } from './revoke-many.ts'

const { db, url } = await freshDatabase()
const verifier = createVerifier({ pool: db.pool })
afterAll(() => verifier.close())
const ctx = { db, verifier }
const now = new Date('2026-05-01T12:00:00Z')
const later = new Date('2026-05-02T12:00:00Z')

let ada: string
let grace: string
let project: string
let other: string

beforeAll(async () => {
  ada = (await createUser(db, { name: 'Ada', now })).uuid
  grace = (await createUser(db, { name: 'Grace', now })).uuid
  project = await addProject()
  other = await addProject()
})

async function addProject() {
  const [uuid, organization] = [randomUUID(), randomUUID()]
  const named = { name: 'A', created: now, modified: now }
  await db.prisma.organization.create({
    data: { uuid: organization, slug: `o-${organization}`, claimed: now, ...named },
  })
  const data = { uuid, organization, slug: `p-${uuid}`, visibility: 'private' as const, ...named }
  await db.prisma.project.create({ data })
  return uuid
}

const add = (place: string, creator: string) =>
  createKey(ctx, { project: place, creator, name: 'ci', prefix: 'bencher', now: new Date() })
const addMany = (place: string, creator: string, count: number) =>
  Promise.all(Array.from({ length: count }, () => add(place, creator)))
const stored = (uuid: string) =>
  db.prisma.projectKey.findUnique({ where: { uuid }, select: { revoked: true, revoker: true, reason: true } })
const revoking = () => ({ project, revoker: ada, reason: null, now })

test('tells of each key what became of it, in the order of the request, and of one that is named twice once', async () => {
  const [live, dead, foreign] = [await add(project, ada), await add(project, ada), await add(other, ada)]
  await revokeMany(ctx, { ...revoking(), uuids: [dead.uuid], reason: 'rotated' })
  const unknown = randomUUID()
  const uuids = [unknown, live.uuid, foreign.uuid, dead.uuid, live.uuid]
  expect(await revokeMany(ctx, { project, uuids, revoker: grace, reason: 'leaked', now: later })).toEqual([
    { uuid: unknown, outcome: 'not_found' },
    { uuid: live.uuid, outcome: 'revoked' },
    { uuid: foreign.uuid, outcome: 'not_found' },
    { uuid: dead.uuid, outcome: 'already_revoked' },
  ])
  expect(await stored(live.uuid)).toEqual({ revoked: later, revoker: grace, reason: 'leaked' })
  expect(await stored(dead.uuid)).toEqual({ revoked: now, revoker: ada, reason: 'rotated' })
  expect(await stored(foreign.uuid)).toEqual({ revoked: null, revoker: null, reason: null })
})

test('revokes all or none', async () => {
  const keys = await addMany(project, ada, 3)
  const uuids = keys.map(({ uuid }) => uuid)
  await expect(revokeMany(ctx, { ...revoking(), uuids, reason: 'x'.repeat(201) })).rejects.toThrow()
  expect(await Promise.all(uuids.map(stored))).toEqual(
    uuids.map(() => ({ revoked: null, revoker: null, reason: null })),
  )
})

test('leaves no verdict of a revoked key in the cache', async () => {
  const keys = await addMany(project, ada, 3)
  const verify = () => Promise.all(keys.map(({ key }) => verifier.verify(key)))
  expect(await verify()).toMatchObject(keys.map(() => ({ valid: true })))
  await revokeMany(ctx, { ...revoking(), uuids: keys.map(({ uuid }) => uuid) })
  expect(await verify()).toMatchObject(keys.map(() => ({ valid: false, reason: 'revoked' })))
})

test('two requests that name the same keys in opposite orders end without a deadlock, and each key is revoked once', async () => {
  const uuids = (await addMany(project, ada, 5)).map(({ uuid }) => uuid).sort()
  const revoke = (each: string[]) => revokeMany(ctx, { ...revoking(), uuids: each })
  const [both] = await db.prisma.$transaction(async (tx) => {
    // Both have locked what comes before this key in their order when they wait for it.
    await tx.$queryRaw`SELECT FROM project_keys WHERE uuid = ${uuids[2]}::uuid FOR UPDATE`
    const requests = Promise.all([revoke(uuids), revoke(uuids.toReversed())])
    await expect.poll(countWaiting).toBe(2)
    return [requests]
  })
  expect((await both).flat().filter(({ outcome }) => outcome === 'revoked')).toHaveLength(5)
})

/** How many statements on keys wait for a lock. */
async function countWaiting() {
  const text = `SELECT FROM pg_stat_activity
    WHERE datname = current_database() AND wait_event_type = 'Lock' AND query LIKE '%FROM project_keys%'`
  return (await execute(url, text)).length
}

test('revokes what one user made in all projects, a thousand at a time, and nothing of others', async () => {
  const leaver = (await createUser(db, { name: 'Linus', now })).uuid
  const kept = await add(other, ada)
  await addMany(project, leaver, 40)
  await execute(
    url,
    `INSERT INTO project_keys (uuid, project, creator, name, hash, last_four, creation, expiration)
     SELECT gen_random_uuid(), $1, $2, 'key ' || n, sha256(n::text::bytea), 'aaaa', $3, $3
     FROM generate_series(1, 1000) n`,
    [other, leaver, now],
  )
  const next = () => revokeNextMadeBy(ctx, { creator: leaver, revoker: ada, reason: 'left', now })
  expect([await next(), await next(), await next()]).toEqual([1000, 40, 0])
  expect(await db.prisma.projectKey.count({ where: { creator: leaver, revoked: null } })).toBe(0)
  expect(await stored(kept.uuid)).toEqual({ revoked: null, revoker: null, reason: null })
})
