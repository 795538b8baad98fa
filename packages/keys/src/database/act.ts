import { randomUUID } from 'node:crypto'

/**
 * The one who changes something: a user by a session or an API token, a project key by itself, the service, or somebody
 * who is not signed in, such as the holder of a mailed link.
 */
export type Actor =
  | { kind: 'session'; user: string }
  | { kind: 'api_token'; user: string; token: string | null }
  | { kind: 'project_key'; key: string }
  | { kind: 'service' }
  | { kind: 'anonymous' }

/** An actor, and from where and by which request they act. */
export type Act = Actor & { address?: string; request_id?: string }

/** How a change names itself where the changed row does not tell it. */
type Named = { action?: string }

/** The text of an act for a column `audit`. Each one differs, so that a row shows whether a statement said it. */
export const stampOf = (act: Act, named: Named = {}): string =>
  JSON.stringify({ ...act, ...named, nonce: randomUUID().slice(0, 8) })

export const BY_SERVICE: Act = { kind: 'service' }
