import { z } from 'zod'
import type { Database, Writer } from '../database/client.ts'
import { takenError } from '../database/faults.ts'

/** How long a slug stays taken after the thing that had it was renamed or deleted. */
const RESERVED_DAYS = 90
const DAY = 24 * 60 * 60 * 1000 // ms

type Claim = {
  kind: 'project' | 'organization'
  slug: string
  /** The UUID of the thing that gets the slug, which may have had it before. */
  thing: string
  user: { uuid: string; admin: boolean }
  now: Date
}

/** Freed by a thing at or before this time, a slug is free for everybody. */
export const reservedSince = (now: Date) => new Date(now.getTime() - RESERVED_DAYS * DAY)

/**
 * Lets `take` give a slug to a thing, unless the slug is still reserved: another thing had it until lately, which the
 * user may not manage. Checked after the write and in its transaction, because the unique index then keeps the slug.
 * @throws as for a slug that is taken, with nothing written
 */
export const takeSlug = <Taken>(db: Database, claim: Claim, take: (db: Writer) => Promise<Taken>): Promise<Taken> =>
  db.prisma.$transaction(async (prisma) => {
    const taken = await take({ prisma })
    await refuseReserved({ prisma }, claim)
    return taken
  })

/** @throws as for a slug that is taken, so that the transaction writes nothing */
export async function refuseReserved(db: Writer, claim: Claim): Promise<void> {
  if (await isReserved(db, claim)) throw takenError(`The slug ${claim.slug} is reserved.`)
}

const Answer = z.tuple([z.object({ reserved: z.boolean() })])

async function isReserved({ prisma }: Writer, { kind, slug, thing, user, now }: Claim): Promise<boolean> {
  if (user.admin) return false
  const [{ reserved }] = Answer.parse(
    await prisma.$queryRaw`SELECT EXISTS (
      SELECT FROM former_slugs f LEFT JOIN projects p ON f.kind = 'project' AND p.uuid = f.thing
      WHERE f.kind = ${kind} AND f.slug = ${slug} AND f.freed > ${reservedSince(now)} AND f.thing <> ${thing}::uuid
        AND NOT EXISTS (
          SELECT FROM organization_members m
          WHERE m.organization = coalesce(p.organization, f.thing) AND m."user" = ${user.uuid}::uuid
        )
        AND NOT EXISTS (
          SELECT FROM project_members m
          WHERE m.project = p.uuid AND m."user" = ${user.uuid}::uuid AND m.role = 'maintainer'
        )
    ) AS reserved`,
  )
  return reserved
}
