/** In MiB: what the heap of a busy API needs beside its cache, four times over. */
const BASE = 256
/** In bytes: a key in the cache takes about half of it. */
const PER_KEY = 1400
/** In MiB. Larger ones collect garbage a little less often, and keep up to 128 MiB of it. */
const SEMI_SPACE = 16

/**
 * V8's options for a process with a cache of so many keys. By itself, V8 lets garbage grow with the memory of the machine.
 * A heap that reaches its limit ends the process, so the limits leave room.
 */
export const heapLimits = (cacheSize: number): string[] => [
  `--max-semi-space-size=${SEMI_SPACE}`,
  `--max-old-space-size=${BASE + Math.ceil((cacheSize * PER_KEY) / 2 ** 20)}`,
]
