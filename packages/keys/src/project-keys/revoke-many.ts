import { z } from 'zod'
import type { Changing } from '../database/client.ts'
import { Uuid } from '../fields/fields.ts'

/** The most keys that one transaction changes. */
export const MOST_AT_ONCE = 1000

export const UuidsOrNone = z
  .array(Uuid, 'must be a list of UUIDs')
  .max(MOST_AT_ONCE, `must hold at most ${MOST_AT_ONCE} UUIDs: send the others in another request`)
export const Uuids = UuidsOrNone.min(1, 'must hold at least one UUID')

type Revocation = { revoker: string; reason: string | null; now: Date }
type Wanted = { project: string; uuids: string[] } & Revocation
export const OUTCOMES = ['revoked', 'already_revoked', 'not_found'] as const
export type Outcome = (typeof OUTCOMES)[number]

/**
 * Revokes keys of a project for good, at most MOST_AT_ONCE, in one transaction. The outcomes are in the order of the UUIDs;
 * one that is named twice counts once. A key of another project is not found.
 */
export async function revokeMany({ db, verifier }: Changing, { project, uuids, revoker, reason, now }: Wanted) {
  const wanted = [...new Set(uuids)]
  const which = { within: { project }, uuids: wanted }
  const found = await db.changes(verifier).revokeKeys(which, { revoked: now, revoker, reason })
  const outcomes = new Map(found.map(({ uuid, active }) => [uuid, active ? 'revoked' : 'already_revoked'] as const))
  return wanted.map((uuid): { uuid: string; outcome: Outcome } => ({
    uuid,
    outcome: outcomes.get(uuid) ?? 'not_found',
  }))
}

/** Revokes the next keys that a user made, in any project, in one transaction. Returns how many; 0 when none is left. */
export async function revokeNextMadeBy(
  { db, verifier }: Changing,
  { creator, revoker, reason, now }: { creator: string } & Revocation,
): Promise<number> {
  const next = await db.prisma.projectKey.findMany({
    where: { creator, revoked: null },
    select: { uuid: true },
    orderBy: { uuid: 'asc' },
    take: MOST_AT_ONCE,
  })
  if (next.length === 0) return 0
  const which = { within: { creator }, uuids: next.map(({ uuid }) => uuid) }
  const found = await db.changes(verifier).revokeKeys(which, { revoked: now, revoker, reason })
  return found.filter(({ active }) => active).length
}
