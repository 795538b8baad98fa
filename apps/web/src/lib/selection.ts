import type { Inputs, Outputs } from './api-types.ts'

// Acts on many keys of a list at once. The pages and the server share these shapes.

/** As many keys as one request takes. */
export const MOST_AT_ONCE = 1_000
/** As many keys as can be selected. */
export const MOST_SELECTED = 10_000

export const acts = ['renew', 'revoke'] as const
export type Act = (typeof acts)[number]

export const formats = ['csv', 'ndjson'] as const satisfies Inputs['projectKeys']['exportSelected']['format'][]
export type Format = (typeof formats)[number]

export type Impact = Outputs['projectKeys']['impact']
/** The answer of the server about a selection, before an act. */
export type Question = { act: Act; uuids: string[]; impact: Impact; matching: number | null }

/** How many keys had which outcome, and how many were refused for which reason. */
export type Outcomes = { counts: Record<string, number>; reasons: Record<string, number> }

export const noOutcomes: Outcomes = { counts: {}, reasons: {} }

const added = (one: Record<string, number>, other: Record<string, number>): Record<string, number> => ({
  ...one,
  ...Object.fromEntries(Object.entries(other).map(([name, count]) => [name, (one[name] ?? 0) + count])),
})

export const addOutcomes = (one: Outcomes, other: Outcomes): Outcomes => ({
  counts: added(one.counts, other.counts),
  reasons: added(one.reasons, other.reasons),
})

/** The impact of two disjoint sets of keys. */
export function addImpacts(one: Impact, other: Impact): Impact {
  const makers = new Map(one.makers.map((maker) => [maker.uuid, maker]))
  for (const maker of other.makers) {
    makers.set(maker.uuid, { ...maker, keys: maker.keys + (makers.get(maker.uuid)?.keys ?? 0) })
  }
  return {
    active: one.active + other.active,
    expired: one.expired + other.expired,
    revoked: one.revoked + other.revoked,
    used_today: one.used_today + other.used_today,
    makers: [...makers.values()].sort((a, b) => b.keys - a.keys),
  }
}

/** Parts of a list that one request can hold. */
export const batchesOf = (uuids: string[]): string[][] =>
  Array.from({ length: Math.ceil(uuids.length / MOST_AT_ONCE) }, (_, place) =>
    uuids.slice(place * MOST_AT_ONCE, (place + 1) * MOST_AT_ONCE),
  )
