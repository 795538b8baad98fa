import type { RateLimit } from './key-settings.ts'

/** What is left of the limit of a key. `reset`: in so many seconds, a whole number of 1 or more, a new window begins. */
export type Quota = RateLimit & { readonly remaining: number; readonly reset: number }

/** The calls of a key in the window of `seconds` that ends at `ends`, in seconds since 1970. */
export type KeyCalls = { key: string; seconds: number; ends: number; calls: number }

/** The count of a key: the calls of this process, those of the others as far as they told, and what this one told. */
export type CountedCalls = KeyCalls & { requests: number; others: number; told: number; forgotten: boolean }

/**
 * The fields of draft-ietf-httpapi-ratelimit-headers, for an answer to the holder of a key with a limit. The name of the
 * policy is a string, as the draft has it since its version 08.
 */
export const quotaHeaders = ({ requests, seconds, remaining, reset }: Quota) => ({
  'ratelimit-policy': `"key";q=${requests};w=${seconds}`,
  ratelimit: `"key";r=${remaining};t=${reset}`,
})
