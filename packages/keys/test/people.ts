import { randomUUID } from 'node:crypto'
import type { Database } from '../src/database/client.ts'

type NewPerson = { name: string; email?: string; admin?: boolean; now: Date }

/** A user with a confirmed account. */
export const createUser = (db: Database, { name, email = `${name}@example.com`, admin = false, now }: NewPerson) =>
  db.prisma.user.create({
    data: {
      uuid: randomUUID(),
      name,
      slug: `u-${randomUUID()}`,
      email,
      emailSince: now,
      admin,
      created: now,
      modified: now,
      confirmed: now,
    },
  })
