import type { Changing } from '../database/client.ts'
import { timeOf } from '../database/times.ts'
import { issueSecret } from '../key/issue.ts'
import { settingsStored } from '../key-settings/stored.ts'

type One = { project: string; uuid: string }
/**
 * `grace` is in seconds. `replace`: an open rotation ends, and the secret that is not in use is dropped. `byItself`: only a
 * key that may rotate itself.
 */
type Wanted = One & {
  grace: number
  replace: boolean
  byItself?: boolean
  prefix: string
  letters?: string | undefined
  now: Date
}

/** The longest that an old secret goes on, in ms: so long if the new one is never used. */
const LONGEST = 30 * 24 * 60 * 60 * 1000

/**
 * Gives a key a new secret, in one transaction that holds the key, so that of several at once one is carried out. Only this
 * answer holds the plaintext. The old secret goes on until `grace` after the first use of the new one.
 */
export async function rotateKey({ db, verifier }: Changing, wanted: Wanted) {
  const { grace, replace, byItself, prefix, letters, now, ...one } = wanted
  const { key, hash, last_four } = issueSecret('run', { prefix, letters })
  const outcome = await db.changes(verifier).changeSecrets(one, async ({ held, last, used, write }) => {
    if (held.revoked) return 'revoked'
    if (held.expiration <= now) return 'expired'
    if (byItself && !held.self_rotation) return 'not by itself'
    const isOpen = last !== null && last.ends > now
    if (isOpen && !replace) return last.first_used ? 'open' : 'unused'
    const isUnused = last !== null && last.first_used === null
    const own = { hash: held.hash, last_four: held.last_four, ...(isUnused ? null : used) }
    const old = isOpen && isUnused ? last : own
    return write({
      secret: { hash, last_four, rotated: now, first_use_awaited: true },
      rotation: {
        ...{ hash: old.hash, last_four: old.last_four, started: now, grace, first_used: null },
        ends: new Date(now.getTime() + LONGEST),
        ...{ last_used: old.last_used ?? null, address: old.address ?? null },
      },
    })
  })
  if (outcome === null || typeof outcome === 'string') return outcome ?? 'not found'
  const { uuid, project, name, creation, expiration } = outcome
  return {
    ...{ uuid, project, name, key, creation: timeOf(creation), expiration: timeOf(expiration) },
    ...settingsStored(outcome),
  }
}

/** Ends the old secret of an open rotation. */
export async function endRotation({ db, verifier }: Changing, { now, ...one }: One & { now: Date }) {
  const outcome = await db.changes(verifier).changeSecrets(one, async ({ held, last, endOld }) => {
    const isOpen = last !== null && last.ends > now && held.expiration > now && held.revoked === null
    return isOpen ? endOld(now) : 'none'
  })
  return outcome ?? 'not found'
}
