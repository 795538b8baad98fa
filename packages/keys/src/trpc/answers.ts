import type { TRPCError } from '@trpc/server'
import { isTaken } from '../database/faults.ts'
import { refusal } from './errors.ts'

/** The thing itself; refuses the call if there is none. */
export function found<Thing>(thing: Thing | null | undefined | false, refused: () => TRPCError): Thing {
  if (thing === null || thing === undefined || thing === false) throw refused()
  return thing
}

export const nothingToChange = () => refusal('nothing_to_change', 'There is nothing to change: send a `name`.')
export const alreadyRevoked = () => refusal('already_revoked', 'The key is already revoked.')
export const alreadyCreated = () => refusal('already_created', 'A key with this UUID was already created.')
export const slugTaken = () => refusal('slug_taken', 'This slug is taken.')

/** Refuses the call if making the thing violates a unique constraint. */
export async function unlessTaken<Made>(refused: () => TRPCError, make: () => Promise<Made>): Promise<Made> {
  try {
    return await make()
  } catch (cause) {
    if (isTaken(cause)) throw refused()
    throw cause
  }
}

/** The items of a page; puts the total of all pages in a header. */
export function counted<Item>(
  { headers }: { headers: Record<string, string> },
  page: { items: Item[]; total: number },
) {
  headers['x-total-count'] = String(page.total)
  return page.items
}
