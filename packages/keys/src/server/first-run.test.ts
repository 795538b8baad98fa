import { expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { firstRun } from './first-run.ts'

const { db } = await freshDatabase()
const now = new Date('2026-05-01T12:00:00Z')

test('many first runs at once make one owner, with one organization and one project', async () => {
  const runs = Array.from({ length: 6 }, () => firstRun(db, { ownerEmail: 'Owner@Example.com', now }))
  expect(await Promise.all(runs)).toEqual(runs.map(() => ({ ownerSignedIn: false })))
  expect(await db.prisma.user.findMany()).toMatchObject([{ email: 'owner@example.com', admin: true, confirmed: null }])
  expect(await db.prisma.organization.findMany({ include: { members: true } })).toMatchObject([
    { slug: 'example', members: [{ role: 'leader' }] },
  ])
  expect(await db.prisma.project.findMany({ include: { members: true } })).toMatchObject([
    { slug: 'example', visibility: 'public', members: [{ role: 'maintainer' }] },
  ])
})

test('a later run makes nothing, and knows whether the owner has signed in', async () => {
  await db.prisma.user.updateMany({ data: { confirmed: now } })
  expect(await firstRun(db, { ownerEmail: 'owner@example.com', now })).toEqual({ ownerSignedIn: true })
  expect(await firstRun(db, { ownerEmail: 'another@example.com', now })).toEqual({ ownerSignedIn: true })
  expect(await db.prisma.user.count()).toBe(1)
})
