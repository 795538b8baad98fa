import { randomUUID } from 'node:crypto'
import { beforeEach, expect, test } from 'vitest'
import { z } from 'zod'
import { freshDatabase } from '../../test/database.ts'
import { createUser } from '../../test/people.ts'
import type { Act } from '../database/act.ts'
import { createOrganization, updateOrganization } from '../organizations/organizations.ts'
import { GENESIS, hashLine, linkAfter, SERVER_CHAIN } from './chain.ts'
import { seal } from './seal.ts'

const { db } = await freshDatabase({ connections: 20 })
const now = new Date('2026-05-01T12:00:00Z')
const ada = await createUser(db, { name: 'ada', now })
const act: Act = { kind: 'session', user: ada.uuid, address: '10.0.3.7', request_id: 'a request' }

beforeEach(async () => {
  await seal(db)
})

const Stored = z.array(
  z.object({ number: z.bigint(), line: z.string(), hash: z.instanceof(Buffer), link: z.instanceof(Buffer) }),
)
async function eventsOf(chain: string) {
  const { rows } = await db.pool.query(
    'SELECT number::int8, line, hash, link FROM audit_events WHERE chain = $1 ORDER BY number',
    [chain],
  )
  return Stored.parse(rows.map((row) => ({ ...row, number: BigInt(row.number) })))
}
const lastOf = async (chain: string) => JSON.parse((await eventsOf(chain)).at(-1)?.line ?? 'null')

async function newOrganization(name: string = randomUUID()) {
  const { uuid } = await createOrganization(db.by(act), { name, user: { ...ada, expiration_mails: true }, now })
  return uuid
}
const rename = (uuid: string, name: string, by: Act = act) =>
  updateOrganization(db.by(by), uuid, { name, user: { ...ada, expiration_mails: true }, now })

test('a change is an event that says who made it, from where, and what it was before', async () => {
  const organization = await newOrganization('One')
  await rename(organization, 'Two')
  await seal(db)
  expect(await lastOf(organization)).toEqual({
    number: 3,
    chain: organization,
    time: expect.stringMatching(/^20\d\d-.*\.\d{3}Z$/),
    action: 'organization.rename',
    actor: { kind: 'session', user: { uuid: ada.uuid, name: 'ada' } },
    address: '10.0.3.7',
    request_id: 'a request',
    target: { kind: 'organization', uuid: organization, name: 'Two' },
    before: { name: 'One' },
    after: { name: 'Two' },
  })
})

test('a change by somebody who does not say who they are is an event without a person', async () => {
  const organization = await newOrganization()
  await rename(organization, 'Two')
  await db.pool.query(`UPDATE organizations SET name = 'Three' WHERE uuid = $1`, [organization])
  await seal(db)
  expect(await lastOf(organization)).toMatchObject({ actor: { kind: 'unknown' }, after: { name: 'Three' } })
})

test('a transaction that is rolled back leaves no event', async () => {
  const organization = await newOrganization()
  const failing = db.by(act).prisma.$transaction(async (tx) => {
    await tx.organization.update({ where: { uuid: organization }, data: { name: 'Never' } })
    throw new Error('No.')
  })
  await expect(failing).rejects.toThrow('No.')
  await seal(db)
  expect(await eventsOf(organization)).toHaveLength(2)
})

test('64 writers at once lose no event, and several that seal make one chain', async () => {
  const organization = await newOrganization()
  const writers = Array.from({ length: 64 }, (_, n) => rename(organization, `Name ${n}`))
  await Promise.all([...writers, ...Array.from({ length: 6 }, () => seal(db))])
  await seal(db)
  const events = await eventsOf(organization)
  expect(events.map(({ number }) => Number(number))).toEqual(Array.from({ length: 66 }, (_, n) => n + 1))
  let before: Uint8Array = GENESIS
  for (const { line, hash, link } of events) {
    expect(hash).toEqual(hashLine(line))
    expect(link).toEqual(linkAfter(before, hash))
    before = link
  }
})

test('the event of a long transaction comes after younger ones and keeps its own time', async () => {
  const organization = await newOrganization()
  await db.by(act).prisma.$transaction(async (tx) => {
    const long = await tx.organization.update({ where: { uuid: organization }, data: { name: 'Long' } })
    await rename(await newOrganization(), long.name)
    await createUser(db, { name: 'young', now })
    await seal(db)
  })
  await seal(db)
  const young = await lastOf(SERVER_CHAIN)
  const long = await lastOf(organization)
  expect(long).toMatchObject({ number: 3, after: { name: 'Long' } })
  expect(long.time < young.time).toBe(true)
})

test('a text of the service’s role that is no act stops no sealing', async () => {
  const organization = await newOrganization()
  await db.pool.query(`UPDATE organizations SET name = 'Odd', audit = 'odd' WHERE uuid = $1`, [organization])
  await seal(db)
  expect(await lastOf(organization)).toMatchObject({ actor: { kind: 'unknown' }, after: { name: 'Odd' } })
})
