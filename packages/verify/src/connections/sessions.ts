import type pg from 'pg'
import { processTimelines, type TimelineOf } from '../timelines.ts'
import { connectionOf } from './client-parts.ts'

/** The open connections of this process to primaries. */
const open = new Map<pg.ClientBase, TimelineOf>()

/** Keeps the connection in mind until it ends. It is closed when a primary of a higher timeline is seen. */
export function noteSession(client: pg.ClientBase, primary: TimelineOf) {
  open.set(client, primary)
  client.once('end', () => open.delete(client))
  processTimelines.note(primary)
  endOutdated()
}

/** Closes the connections to primaries beside which another one was promoted. */
export function endOutdated() {
  for (const [client, primary] of open) {
    if (processTimelines.isLatest(primary)) continue
    open.delete(client)
    connectionOf(client).stream.destroy(new Error('Connection terminated, because the database has a new primary.'))
  }
}
