import { z } from 'zod'
import type { PublicKey } from '../audit/signing.ts'
import { jsonOf, type SignedHead } from './lines.ts'

const Head = z.looseObject({
  chain: z.string(),
  number: z.int(),
  link: z.string(),
  time: z.string(),
})
/** A signed head. `trusted`: its signature is that of a key that was given; null if its key was not given. */
export type Head = z.output<typeof Head> & { line: number; key: string; trusted: boolean | null }

/** Null if the text is no head, whoever signed it. */
export function readHead({ key, text, signature }: SignedHead, { line, keys }: { line: number; keys: PublicKey[] }) {
  const { data: head } = Head.safeParse(jsonOf(text))
  const publicKey = keys.find((each) => each.key === key)
  return head ? { ...head, line, key, trusted: publicKey ? publicKey.verifies(text, signature) : null } : null
}
