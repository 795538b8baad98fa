import { Prisma } from '../generated/client.ts'

/** How long a change is kept at least. A verifying service that was away for longer clears its cache. In minutes. */
const KEPT = 10

/** Of this cluster, and not from the future, as a dump from another one may be. */
const IS_OURS = (snapshot: string) =>
  Prisma.sql`(system = (SELECT system_identifier FROM pg_control_system())
    AND pg_snapshot_xmax(next) <= pg_snapshot_xmax(${snapshot}::pg_snapshot))`

/**
 * Deletes the changes that a snapshot of ten minutes ago had seen, and writes that snapshot down, so that a reader whose
 * own snapshot does not contain it knows that it missed changes. By snapshots and not by time, because a change may be
 * committed long after it was made. It must come first in its transaction, because a snapshot that is taken after a
 * write would count that transaction among those that are over.
 */
export async function sweepChanges(tx: Pick<Prisma.TransactionClient, '$queryRaw' | '$executeRaw'>, now: Date) {
  const [row] = await tx.$queryRaw<{ snapshot: string }[]>`SELECT pg_current_snapshot()::text AS snapshot`
  if (!row) return
  const { snapshot } = row
  const due = new Date(now.getTime() - KEPT * 60_000)
  await tx.$executeRaw`UPDATE verification_horizon
    SET swept = CASE WHEN ${IS_OURS(snapshot)} THEN next ELSE ${snapshot}::pg_snapshot END,
      next = ${snapshot}::pg_snapshot, taken = ${now}, system = (SELECT system_identifier FROM pg_control_system())
    WHERE taken <= ${due} OR NOT ${IS_OURS(snapshot)}`
  await tx.$executeRaw`DELETE FROM verification_changes changes USING verification_horizon horizon
    WHERE changes.system <> horizon.system OR pg_visible_in_snapshot(changes.xid, horizon.swept)`
}
