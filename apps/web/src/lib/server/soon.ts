import { setTimeout } from 'node:timers/promises'

/** In ms: so long a page waits for what it shows beside its content. */
const WAIT = 150

/**
 * Something that a page shows beside its content: the value if it is there soon, so that a page without a script has it, too; else a
 * promise, which the page fills in. Null if it failed.
 */
export async function soon<Value>(value: Promise<Value>): Promise<{ value: Value | null | Promise<Value | null> }> {
  const safe = value.catch(() => null)
  const first = await Promise.race([safe.then((value) => ({ value })), setTimeout(WAIT, null)])
  return first ?? { value: safe }
}
