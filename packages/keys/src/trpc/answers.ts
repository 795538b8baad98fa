import { TRPCError } from '@trpc/server'
import { isTaken } from '../database/faults.ts'

// What routers make of the plain answers of what they call.

/** What is there; else 404 with the sentence. */
export function found<Thing>(thing: Thing | null | undefined | false, message: string): Thing {
  if (thing === null || thing === undefined || thing === false) throw new TRPCError({ code: 'NOT_FOUND', message })
  return thing
}

export const conflict = (message: string) => new TRPCError({ code: 'CONFLICT', message })

export const forbidden = (message: string) => new TRPCError({ code: 'FORBIDDEN', message })

/** Makes what is taken already a sentence. */
export async function unlessTaken<Made>(message: string, make: () => Promise<Made>): Promise<Made> {
  try {
    return await make()
  } catch (cause) {
    if (isTaken(cause)) throw new TRPCError({ code: 'CONFLICT', message, cause })
    throw cause
  }
}

/** A list leaves as its items; their total, whatever the page, in a header. */
export function counted<Item>(
  { headers }: { headers: Record<string, string> },
  page: { items: Item[]; total: number },
) {
  headers['x-total-count'] = String(page.total)
  return page.items
}

/** On the wire `revoked` is absent while a key is active. */
export const withoutNull = <Key extends { revoked: Date | null }>({ revoked, ...key }: Key) =>
  revoked ? { ...key, revoked } : key
