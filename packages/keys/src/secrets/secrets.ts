import { hkdfSync } from 'node:crypto'

/** All that SECRET_KEY vouches for. The audit log has a key of its own. */
export const SEALED = [
  'session',
  'old_api_token',
  'sign_in_link',
  'invitation',
  'restore_link',
  'idempotent_answer',
] as const
export type Sealed = (typeof SEALED)[number]

/** `id` tells which secret made something, and reveals nothing of it. */
export type Secret = { id: string; text: string }

export type Secrets = {
  /** The only one that signs and derives. */
  current: Secret
  /** The current one first. */
  all: readonly Secret[]
  /** The result of the first secret for which `attempt` is not null: first the one that `id` names, then the others. */
  open: <Value>(id: string | null, attempt: (secret: Secret) => Value | null) => { value: Value; by: Secret } | null
  /** Counts something that was opened, if only an old secret could. */
  count: (kind: Sealed, by: Secret) => void
  /** How often each kind was good by an old secret alone, since the start of the process. */
  oldUses: () => Record<Sealed, number>
}

const ID_BYTES = 6

/** SECRET_KEY, and the secrets of SECRET_KEYS_BEFORE, which still open what they made. */
export function createSecrets(current: string, before: readonly string[] = []): Secrets {
  const all: [Secret, ...Secret[]] = [named(current), ...before.map(named)]
  const uses: Record<Sealed, number> = {
    session: 0,
    old_api_token: 0,
    sign_in_link: 0,
    invitation: 0,
    restore_link: 0,
    idempotent_answer: 0,
  }

  const open: Secrets['open'] = (id, attempt) => {
    for (const by of all.toSorted((one, other) => Number(other.id === id) - Number(one.id === id))) {
      const value = attempt(by)
      if (value !== null) return { value, by }
    }
    return null
  }
  const count: Secrets['count'] = (kind, by) => {
    if (by !== all[0]) uses[kind]++
  }
  return { current: all[0], all, open, count, oldUses: () => ({ ...uses }) }
}

function named(text: string): Secret {
  const id = Buffer.from(hkdfSync('sha256', text, '', 'id of a secret', ID_BYTES)).toString('base64url')
  return { id, text }
}
