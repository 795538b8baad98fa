/**
 * How many a user may make: organizations that they lead, projects in an organization, pending invitations by an inviter,
 * and keys of a project that are not revoked.
 */
export const QUOTAS = ['organizations', 'projects', 'invitations', 'keys'] as const
export type Counted = (typeof QUOTAS)[number]

export type Quotas = {
  /**
   * Whether an owner may have one more. `count` asks the database how many there are; it is asked rarely, because a count
   * is good for one percent of the quota. Requests at once and several processes may thus exceed a quota a little.
   */
  allows: (what: Counted, owner: string, count: () => Promise<number>) => Promise<boolean>
  most: (what: Counted) => number
}

export const NO_QUOTAS: Quotas = { allows: async () => true, most: () => Number.POSITIVE_INFINITY }

/** How many owners are remembered at most. */
const MOST_OWNERS = 10_000

export function createQuotas(quotas: Record<Counted, number>): Quotas {
  /** How many more each owner may have before they are counted again. */
  const room = new Map<string, number>()

  const allows: Quotas['allows'] = async (what, owner, count) => {
    const key = `${what} ${owner}`
    const left = room.get(key) ?? 0
    const free = left > 0 ? left : Math.min(quotas[what] - (await count()), Math.ceil(quotas[what] / 100))
    if (free <= 0) return false
    if (room.size >= MOST_OWNERS) room.clear()
    room.set(key, free - 1)
    return true
  }
  return { allows, most: (what) => quotas[what] }
}
