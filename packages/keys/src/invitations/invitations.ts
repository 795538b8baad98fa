import { v7 as uuidv7 } from 'uuid'
import { z } from 'zod'
import type { InvitationClaims, Tokens } from '../callers/token.ts'
import type { Database } from '../database/client.ts'
import { listPage, type PageRequest } from '../database/page.ts'
import type { PlaceKind } from '../members/members.ts'

/** For how long an invitation can be accepted, in seconds. */
export const INVITATION_TTL = 7 * 24 * 60 * 60

export type Place = { kind: PlaceKind; uuid: string; name: string }
type NewInvitation = { email: string; role: string; inviter: string; now: Date }

/** Notes who is invited; another invitation of the same address takes the place of the former. False for a member. */
export async function invite(db: Database, { kind, uuid }: Place, { email, role, inviter, now }: NewInvitation) {
  const text = `INSERT INTO invitations (uuid, ${kind}, email, role, inviter, created, expiration)
    SELECT $1, $2, $3, $4, $5, $6, $7 WHERE NOT EXISTS (
      SELECT FROM ${kind}_members m JOIN users u ON u.uuid = m."user" WHERE m.${kind} = $2 AND u.email = $3
    )
    ON CONFLICT (${kind}, email) DO UPDATE
    SET role = excluded.role, inviter = excluded.inviter, created = excluded.created, expiration = excluded.expiration`
  const expiration = new Date(now.getTime() + INVITATION_TTL * 1000)
  const values = [uuidv7({ msecs: now.getTime() }), uuid, email, role, inviter, now, expiration]
  return (await db.pool.query({ text, values })).rowCount === 1
}

type LinkOptions = { tokens: Tokens; consoleUrl: string; email: string; place: Place; role: string; now: Date }

/** A link that accepts an invitation. */
export function invitationLink({ tokens, consoleUrl, email, place, role, now }: LinkOptions): string {
  const { kind, uuid } = place
  const token = tokens.sign({ audience: 'invite', email, now, ttl: INVITATION_TTL, place: { kind, uuid, role } })
  return `${consoleUrl}/auth/accept?token=${token}`
}

const Row = z.object({
  uuid: z.string(),
  name: z.string(),
  email: z.string(),
  role: z.string(),
  created: z.date(),
  expiration: z.date(),
})

export const listInvitations = (db: Database, { kind, uuid }: Place, page: PageRequest) =>
  listPage(
    db,
    {
      row: Row,
      select: (put) => `SELECT i.*, i.email AS name FROM invitations i WHERE i.${kind} = ${put(uuid)}::uuid`,
      name: 'i.email',
      searched: ['i.email', 'i.uuid::text'],
    },
    page,
  )

/** How many invitations of an inviter are pending. */
export const countInvitations = (db: Database, inviter: string, now: Date): Promise<number> =>
  db.prisma.invitation.count({ where: { inviter, expiration: { gt: now } } })

export async function withdrawInvitation(db: Database, { kind, uuid }: Place, invitation: string): Promise<boolean> {
  const { count } = await db.prisma.invitation.deleteMany({ where: { uuid: invitation, [kind]: uuid } })
  return count === 1
}

const Pending = z.object({
  kind: z.enum(['organization', 'project']),
  place_name: z.string(),
  slug: z.string(),
  role: z.string(),
  inviter: z.string().nullable(),
})

/** What an invitation is to; null where it was withdrawn, accepted or has expired, or its project was deleted. */
export async function findInvitation(db: Database, { email, place }: InvitationClaims, now: Date) {
  const text = `SELECT $1 AS kind, place.name AS place_name, place.slug, i.role, inviter.name AS inviter
    FROM invitations i JOIN ${place.kind}s place ON place.uuid = i.${place.kind}
    LEFT JOIN users inviter ON inviter.uuid = i.inviter
    WHERE i.${place.kind} = $2 AND i.email = $3 AND i.expiration > $4 AND ${live(place.kind)}`
  const { rows } = await db.pool.query({ text, values: [place.kind, place.uuid, email, now] })
  return z.array(Pending).parse(rows)[0] ?? null
}

type Accepting = { user: string; now: Date }

/** Makes a member of who was invited, in one statement: the invitation is gone with its acceptance. */
export async function acceptInvitation(db: Database, { email, place }: InvitationClaims, { user, now }: Accepting) {
  const { kind, uuid } = place
  const text = `WITH accepted AS (
      DELETE FROM invitations i USING ${kind}s place
      WHERE i.${kind} = $1 AND i.email = $2 AND i.expiration > $3 AND place.uuid = $1 AND ${live(kind)} RETURNING i.role
    )
    INSERT INTO ${kind}_members (${kind}, "user", role, created, modified)
    SELECT $1, $4, role::${kind}_role, $3, $3 FROM accepted
    ON CONFLICT ("user", ${kind}) DO UPDATE SET role = excluded.role, modified = excluded.modified`
  return (await db.pool.query({ text, values: [uuid, email, now, user] })).rowCount === 1
}

const live = (kind: PlaceKind) => (kind === 'project' ? 'place.deleted IS NULL' : 'true')
