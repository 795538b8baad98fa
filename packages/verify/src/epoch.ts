import { noPrimary } from './outage.ts'
import type { Snapshot } from './snapshot.ts'
import type { TimelineOf, Timelines } from './timelines.ts'

/**
 * Where an answer comes from. Snapshots can be compared only within one `epoch`, a text that differs for each start of a
 * server, each crash, timeline, cluster and database: their histories may give the same ids to different transactions.
 */
export type Origin = TimelineOf & { epoch: string; snapshot: Snapshot }

export const isSameEpoch = (one: Origin, other: Origin): boolean => one.epoch === other.epoch

/** Only the latest primary is a source, because a replica may be behind and an old primary gets no revocations. */
export function requirePrimary(origin: Origin | null, timelines: Timelines): Origin {
  if (!origin) throw noPrimary('The database is a replica, not the primary.')
  if (!timelines.note(origin)) throw noPrimary('The database is an old primary, because another one was promoted.')
  return origin
}
