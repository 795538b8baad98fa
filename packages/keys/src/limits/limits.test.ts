import { beforeEach, describe, expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import { sweep } from '../maintenance/maintenance.ts'
import { createLimits } from './limits.ts'

const { db } = await freshDatabase()
const now = new Date('2026-05-01T12:00:00Z')
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000)
const limit = { count: 3, span: 60 }
const startProcess = () =>
  createLimits(db, { sign_in: limit, authentication: limit, keys: limit, mails: limit, recipients: limit })
type Process = ReturnType<typeof startProcess>

const take = ({ take }: Process, who = 'a', at = now) => take('sign_in', who, at)
const takes = (process: Process, times: number) => Array.from({ length: times }, () => take(process))

beforeEach(async () => {
  await db.prisma.rateCount.deleteMany()
})

describe('a limit', () => {
  test('allows as many attempts as it says, then tells when to try again', () => {
    const process = startProcess()
    expect(takes(process, 5)).toEqual([null, null, null, 60, 60])
    expect(take(process, 'a', after(59.5))).toBe(1)
    expect(take(process, 'a', after(60))).toBeNull()
  })

  test('counts each caller and each kind of attempt separately', () => {
    const process = startProcess()
    takes(process, 4)
    expect(take(process, 'b')).toBeNull()
    expect(process.take('keys', 'a', now)).toBeNull()
  })
})

describe('two processes on one database', () => {
  test('share their counts after a merge, so that only the attempts between two merges can exceed a limit', async () => {
    const [one, other] = [startProcess(), startProcess()]
    expect([...takes(one, 3), ...takes(other, 3)]).toEqual([null, null, null, null, null, null])
    await Promise.all([one.merge(now), other.merge(now)])
    await Promise.all([one.merge(now), other.merge(now)])
    expect([take(one), take(other)]).toEqual([60, 60])
    expect(await db.prisma.rateCount.findMany({ select: { bucket: true, count: true } })).toEqual([
      { bucket: 'sign_in a', count: 6 },
    ])
  })

  test('learn of each other’s attempts when they have one of their own', async () => {
    const [one, other] = [startProcess(), startProcess()]
    takes(one, 3)
    await one.merge(now)
    expect(take(other)).toBeNull()
    await other.merge(now)
    expect(take(other)).toBe(60)
  })

  test('merge many counts at once without a deadlock', async () => {
    const processes = Array.from({ length: 4 }, startProcess)
    const people = Array.from({ length: 50 }, (_, index) => `person ${index}`)
    for (const [index, process] of processes.entries()) {
      for (const who of index % 2 ? people : people.toReversed()) take(process, who)
    }
    await Promise.all(processes.map((process) => process.merge(now)))
    expect(await db.prisma.rateCount.groupBy({ by: 'count', _count: true })).toEqual([{ count: 4, _count: 50 }])
  })
})

describe('a merge', () => {
  test('counts each attempt once, even one that comes during the merge', async () => {
    const process = startProcess()
    take(process)
    const merging = process.merge(now)
    take(process)
    await merging
    await process.merge(now)
    await process.merge(now)
    expect(await db.prisma.rateCount.findFirst()).toMatchObject({ count: 2 })
    expect([take(process), take(process)]).toEqual([null, 60])
  })

  test('that fails loses no count', async () => {
    const process = startProcess()
    takes(process, 3)
    await db.pool.query('ALTER TABLE rate_counts RENAME TO away')
    await expect(process.merge(now)).rejects.toThrow('rate_counts')
    await db.pool.query('ALTER TABLE away RENAME TO rate_counts')
    expect(take(process)).toBe(60)
    await process.merge(now)
    expect(await db.prisma.rateCount.findFirst()).toMatchObject({ count: 3 })
  })

  test('drops expired counts from memory, and the sweep from the database', async () => {
    const process = startProcess()
    takes(process, 3)
    await process.merge(now)
    await process.merge(after(60))
    expect(take(process, 'a', after(60))).toBeNull()
    expect(await sweep(db, after(61))).toMatchObject({ counts: 1 })
  })
})

test('a flood of addresses takes bounded memory, and drops the oldest first', () => {
  const process = startProcess()
  takes(process, 3)
  for (let index = 0; index < 99_999; index++) take(process, `address ${index}`)
  expect(take(process)).toBe(60)
  for (let index = 0; index < 100_001; index++) take(process, `another ${index}`)
  expect(take(process)).toBeNull()
})
