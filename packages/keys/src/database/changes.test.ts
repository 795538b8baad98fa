import { expect, test } from 'vitest'
import { freshDatabase } from '../../test/database.ts'
import type { Database } from './client.ts'

const { db } = await freshDatabase()

/** The compiler must reject each of these, so that no write of a key or a project goes without its eviction. */
const rejected = ({ prisma }: Database) => [
  // @ts-expect-error
  prisma.projectKey.create,
  // @ts-expect-error
  prisma.projectKey.update,
  // @ts-expect-error
  prisma.projectKey.updateManyAndReturn,
  // @ts-expect-error
  prisma.projectKey.deleteMany,
  // @ts-expect-error
  prisma.project.updateMany,
  // @ts-expect-error
  prisma.project.delete,
  // @ts-expect-error
  prisma.$executeRawUnsafe,
  (tx: Parameters<Parameters<typeof prisma.$transaction>[0]>[0]) => [
    // @ts-expect-error
    tx.projectKey.updateMany,
    // @ts-expect-error
    tx.project.update,
  ],
]

test('the service’s type of Prisma has no way to change a key or a project past the eviction', () => {
  expect(rejected(db)).not.toHaveLength(0)
})
