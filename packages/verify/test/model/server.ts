import type { Origin } from '../../src/epoch.ts'
import type { FeedAnswer } from '../../src/feed.ts'
import { PLAIN } from '../../src/key-settings.ts'
import type { KeyAnswer } from '../../src/lookups.ts'
import { readSnapshot, type Snapshot } from '../../src/snapshot.ts'
import { isUnseen, KEYS, type KeyName, projectOf, type State, snapshotOf } from './state.ts'

export type Server = {
  system: string
  timeline: number
  /** These numbers differ for each start, each crash and each database that was ever there. */
  started: number
  crashed: number
  database: number
  inRecovery: boolean
  state: State
}

const epochOf = ({ system, timeline, started, crashed, database }: Server) =>
  [system, timeline, started, crashed, database].join(' ')

/**
 * A statement takes its snapshot at once, but its backend may freeze before the rest is evaluated: the recovery and the
 * epoch. A start or a crash meanwhile ends it; a promotion does not.
 */
function ask<T>(server: Server, read: (state: State) => T): () => (T & { origin: Origin | null }) | null {
  const { started, crashed, database } = server
  const text = snapshotOf(server.state, server.inRecovery)
  const answer = read(server.state)
  return () => {
    if (server.started !== started || server.crashed !== crashed || server.database !== database) return null
    const snapshot = readSnapshot(text)
    const { system, timeline } = server
    const origin = server.inRecovery || !snapshot ? null : { system, timeline, epoch: epochOf(server), snapshot }
    return { ...answer, origin }
  }
}

export const askKey = (server: Server, hashes: Record<KeyName, string>, hash: string): (() => KeyAnswer | null) =>
  ask(server, (state) => ({
    facts: factsOf(
      state,
      KEYS.find((name) => hashes[name] === hash),
    ),
  }))

export const askFeed = (server: Server, since: Snapshot | null): (() => FeedAnswer | null) =>
  ask(server, ({ changes, horizon }) => ({
    horizon: horizon.system === server.system ? readSnapshot(horizon.swept) : null,
    changes: changes
      .filter(({ system, xid }) => since && system === server.system && isUnseen(xid, since.text))
      .map(({ hash, project }) => ({ hash, project, age: 0 })),
  }))

function factsOf({ made, renames, revoked, deleted }: State, name: KeyName | undefined) {
  if (!name || !made.has(name)) return null
  return {
    uuid: name,
    name: String(renames.get(name) ?? 0),
    project: { uuid: projectOf(name), slug: projectOf(name) },
    expiration: Number.MAX_SAFE_INTEGER,
    revoked: revoked.has(name) ? 1 : null,
    projectDeleted: deleted.has(projectOf(name)) ? 1 : null,
    secret: 'current' as const,
    settings: PLAIN,
  }
}
