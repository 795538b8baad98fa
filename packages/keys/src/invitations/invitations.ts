import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import { hashToken, type InvitationClaims, type Tokens } from '../callers/token.ts'
import type { Database, Writer } from '../database/client.ts'
import { listPage } from '../database/list-page.ts'
import type { PageRequest } from '../database/page-request.ts'
import { Prisma } from '../generated/client.ts'
import { MAY_INVITE } from '../permissions/inviting.ts'
import type { PlaceKind } from '../permissions/permissions.ts'

/** In seconds: how long an invitation can be accepted. */
export const INVITATION_TTL = 7 * 24 * 60 * 60

export type Place = { kind: PlaceKind; uuid: string; name: string }
type NewInvitation = { email: string; role: string; inviter: string; now: Date }

/**
 * Stores an invitation and returns its UUID. It replaces a former one of the same address and so ends its link. It checks
 * the inviter's right once more, because a concurrent request may have taken it away. Call it in a transaction that holds
 * the inviter's session.
 */
export async function invite({ prisma: tx }: Writer, place: Place, { email, role, inviter, now }: NewInvitation) {
  const { kind, uuid: at } = place
  const [column, table] = [Prisma.raw(kind), Prisma.raw(`${kind}s`)]
  const [standing] = Standing.parse(
    await tx.$queryRaw`SELECT ${MAY_INVITE[kind]} AS may, EXISTS (
          SELECT FROM ${Prisma.raw(`${kind}_members`)} m JOIN users ON users.uuid = m."user"
          WHERE m.${column} = place.uuid AND users.email = ${email}
        ) AS is_member
        FROM users u, ${table} place WHERE u.uuid = ${inviter}::uuid AND place.uuid = ${at}::uuid`,
  )
  if (!standing?.may) return { refused: 'may not invite' as const }
  if (standing.is_member) return { refused: 'is a member' as const }
  const uuid = uuidv7({ msecs: now.getTime() })
  const expiration = new Date(now.getTime() + INVITATION_TTL * 1000)
  await tx.$executeRaw`INSERT INTO invitations (uuid, ${column}, email, role, inviter, created, expiration)
      VALUES (${uuid}::uuid, ${at}::uuid, ${email}, ${role}, ${inviter}::uuid, ${now}, ${expiration})
      ON CONFLICT (${column}, email) DO UPDATE SET uuid = excluded.uuid, role = excluded.role,
        inviter = excluded.inviter, created = excluded.created, expiration = excluded.expiration`
  return { uuid }
}

const Standing = z.array(z.object({ may: z.boolean(), is_member: z.boolean() }))

type LinkOptions = {
  tokens: Tokens
  consoleUrl: string
  email: string
  place: Place
  role: string
  invitation: string
  now: Date
}

/** Signs a link that accepts this one invitation. */
export function invitationLink({ tokens, consoleUrl, email, place, role, invitation, now }: LinkOptions): string {
  const to = { kind: place.kind, uuid: place.uuid, role }
  const token = tokens.sign({ audience: 'invite', email, now, ttl: INVITATION_TTL, place: to, invitation })
  return `${consoleUrl}/auth/accept?token=${token}`
}

const Row = z.object({
  uuid: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.string(),
  created: z.string(),
  expiration: z.string(),
})

export const listInvitations = (db: Database, { kind, uuid }: Place, page: PageRequest) =>
  listPage(
    db,
    {
      row: Row,
      select: (parameter) =>
        `SELECT i.*, i.email AS name FROM invitations i WHERE i.${kind} = ${parameter(uuid)}::uuid`,
      name: 'i.email',
      searched: ['i.email', 'i.uuid::text'],
    },
    page,
  )

/** Counts the pending invitations of an inviter. */
export const countInvitations = (db: Database, inviter: string, now: Date): Promise<number> =>
  db.prisma.invitation.count({ where: { inviter, expiration: { gt: now } } })

export async function withdrawInvitation(db: Database, { kind, uuid }: Place, invitation: string): Promise<boolean> {
  const { count } = await db.prisma.$transaction((tx) =>
    tx.invitation.deleteMany({ where: { uuid: invitation, [kind]: uuid } }),
  )
  return count === 1
}

/** The token of a link and its claims. */
export type InvitationToken = { token: string; claims: InvitationClaims }

/**
 * Selects the invitation that a link is good for. Our links name it. A link that names none (Bencher's) works once, and
 * only for an invitation that existed when the link was signed.
 */
const isInvitedBy = ({ token, claims }: InvitationToken, now: Date) => Prisma.sql`(
  i.${Prisma.raw(claims.place.kind)} = ${claims.place.uuid}::uuid AND i.email = ${claims.email} AND i.expiration > ${now}
  AND CASE WHEN ${claims.invitation}::uuid IS NULL THEN i.created <= ${claims.issued}
    ELSE i.uuid = ${claims.invitation}::uuid END
  AND NOT EXISTS (SELECT FROM spent_tokens WHERE hash = ${spentHash(token)})
  AND ${MAY_INVITE[claims.place.kind]}
)`

const spentHash = (token: string) => new Uint8Array(hashToken(token))

const Found = z.array(
  z.object({ uuid: z.string(), place_name: z.string(), slug: z.string(), role: z.string(), inviter: z.string() }),
)

/** Finds an invitation; null if it was withdrawn or accepted, has expired, or its inviter may no longer invite. */
export async function findInvitation({ prisma }: Writer, link: InvitationToken, now: Date, lock = Prisma.empty) {
  const { kind } = link.claims.place
  const rows = await prisma.$queryRaw`
    SELECT i.uuid, place.name AS place_name, place.slug, i.role, u.name AS inviter
    FROM invitations i JOIN users u ON u.uuid = i.inviter
      JOIN ${Prisma.raw(`${kind}s`)} place ON place.uuid = i.${Prisma.raw(kind)}
    WHERE ${isInvitedBy(link, now)} ${lock}`
  const [invitation] = Found.parse(rows)
  return invitation ? { ...invitation, kind } : null
}

/** The same, for a transaction that accepts it: concurrent calls that accept or withdraw it wait. */
export const lockInvitation = (tx: Writer, link: InvitationToken, now: Date) =>
  findInvitation(tx, link, now, Prisma.sql`FOR UPDATE OF i`)

type Accepting = { user: string; now: Date }

/** Makes the user a member. False if the link is not good, or if the user no longer has the address. */
export const acceptInvitation = (db: Database, link: InvitationToken, { user, now }: Accepting): Promise<boolean> =>
  db.prisma.$transaction(async (prisma) => {
    const theirs = await prisma.user.count({ where: { uuid: user, email: link.claims.email, locked: false } })
    const invitation = theirs === 1 && (await lockInvitation({ prisma }, link, now))
    if (!invitation) return false
    await addMember({ prisma }, link, { ...invitation, user, now })
    return true
  })

type Member = Accepting & { uuid: string; role: string }

/** Makes the user a member and uses up the invitation and its link. Call it in the transaction that locked it. */
export async function addMember({ prisma }: Writer, { token, claims }: InvitationToken, member: Member) {
  const { user, uuid, role, now } = member
  const { kind, uuid: place } = claims.place
  const [column, type] = [Prisma.raw(kind), Prisma.raw(`${kind}_role`)]
  await prisma.invitation.delete({ where: { uuid } })
  await prisma.spentToken.create({ data: { hash: spentHash(token), expiration: claims.expiration } })
  await prisma.$executeRaw`INSERT INTO ${Prisma.raw(`${kind}_members`)} (${column}, "user", role, created, modified)
    VALUES (${place}::uuid, ${user}::uuid, ${role}::${type}, ${now}, ${now})
    ON CONFLICT ("user", ${column}) DO UPDATE SET role = excluded.role, modified = excluded.modified`
}
