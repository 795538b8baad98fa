import { v7 as uuidv7 } from 'uuid'
import type { Database } from '../database/client.ts'
import { foldEmail } from '../fields/email.ts'
import { insertOrganization } from '../organizations/organizations.ts'
import { insertProject } from '../projects/projects.ts'

/** If several processes start at once on an empty database, one creates the first rows and the others wait. */
export const FIRST_ROWS_LOCK = 61016_2

type Options = { ownerEmail: string; now: Date }

/** Fills an empty database: the owner, a server admin, with an organization and a project `example`. */
export const firstRun = async (db: Database, { ownerEmail, now }: Options): Promise<{ ownerSignedIn: boolean }> => {
  const email = foldEmail(ownerEmail)
  await db.prisma.$transaction(async (prisma) => {
    await prisma.$executeRaw`SELECT pg_advisory_xact_lock(${FIRST_ROWS_LOCK})`
    if ((await prisma.user.count()) > 0) return
    const uuid = uuidv7({ msecs: now.getTime() })
    const times = { emailSince: now, created: now, modified: now }
    await prisma.user.create({ data: { uuid, name: 'Owner', slug: 'owner', email, admin: true, ...times } })
    const example = () => ({ uuid: uuidv7({ msecs: now.getTime() }), name: 'Example', slug: 'example', now })
    const organization = await insertOrganization({ prisma }, { ...example(), leader: uuid })
    await insertProject({ prisma }, { ...example(), organization: organization.uuid, maintainer: uuid })
  })
  const owner = await db.prisma.user.findUnique({ where: { email }, select: { confirmed: true } })
  return { ownerSignedIn: owner === null || owner.confirmed !== null }
}
