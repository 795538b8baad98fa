import { holdSession } from '../callers/session.ts'
import type { Database, Writer } from '../database/client.ts'
import { refusal } from './errors.ts'

/** In ms. A change that decides over an account takes a sign-in that is at most this old: a stolen session is older. */
const RECENT = 60 * 60 * 1000

/** `signedIn` is null for an API token. */
type Session = { signedIn: Date | null }

/** @throws session_required for an API token, which could otherwise make itself the owner of what it was lent */
export function requireSession({ signedIn }: Session): Date {
  if (!signedIn) throw refusal('session_required', 'An API token may not do this: sign in.')
  return signedIn
}

/** @throws session_required for an API token, recent_sign_in_required for a session that is older than an hour */
export function requireRecentSession({ signedIn, now }: Session & { now: Date }): Date {
  const since = requireSession({ signedIn })
  if (now.getTime() - since.getTime() <= RECENT) return since
  throw refusal(
    'recent_sign_in_required',
    'You signed in more than an hour ago: sign out, sign in again, and then repeat this.',
  )
}

type UserSession = Session & { db: Database; user: { uuid: string } }

/**
 * Does what only a session may do, unless the session ends meanwhile: what it made at that moment would outlive it.
 * @throws session_required for an API token, invalid_token for a session that has just ended
 */
export const inSession = <Made>(ctx: UserSession, work: (db: Writer) => Promise<Made>): Promise<Made> => {
  const session = { user: ctx.user.uuid, signedIn: requireSession(ctx) }
  return ctx.db.prisma.$transaction(async (prisma) => {
    if (!(await holdSession({ prisma }, session))) throw sessionEnded()
    return work({ prisma })
  })
}

export const sessionEnded = () => refusal('invalid_token', 'The session has ended: sign in again.')
