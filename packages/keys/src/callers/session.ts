import type { Writer } from '../database/client.ts'

/** The user of a session, and when it was signed in. */
export type Session = { user: string; signedIn: Date }

/**
 * Whether a session is still good. Whatever ends it waits until this transaction is over, and then finds all that the
 * transaction wrote. It also serializes the requests that invite in the name of a user and those that take the right away.
 */
export async function holdSession({ prisma }: Writer, { user, signedIn }: Session): Promise<boolean> {
  const held = await prisma.$executeRaw`SELECT uuid FROM users WHERE uuid = ${user}::uuid AND NOT locked
    AND email_since <= ${signedIn} AND coalesce(sessions_since <= ${signedIn}, true) FOR NO KEY UPDATE`
  return held === 1
}
