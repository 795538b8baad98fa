import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../database/client.ts'
import { isTaken } from '../database/faults.ts'
import { slugOf, withFreeSlug } from '../slug.ts'

type NewUser = { name: string; email: string; slug?: string | null | undefined; now: Date }

/** Notes a sign-up, which is nobody's account until the mailed link was used. An address that is known stays as it is. */
export async function signUp(db: Database, { name, email, slug, now }: NewUser): Promise<void> {
  const known = () => db.prisma.user.findUnique({ where: { email }, select: { uuid: true } })
  if (await known()) return
  try {
    await withFreeSlug(slug ?? slugOf(name), (slug) =>
      db.prisma.user.create({
        data: {
          uuid: uuidv7({ msecs: now.getTime() }),
          name,
          slug,
          email,
          emailSince: now,
          created: now,
          modified: now,
        },
        select: { uuid: true },
      }),
    )
  } catch (error) {
    if (!isTaken(error) || !(await known())) throw error
  }
}
