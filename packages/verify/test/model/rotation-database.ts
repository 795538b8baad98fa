import type { Origin } from '../../src/epoch.ts'
import { PLAIN } from '../../src/key-settings.ts'
import { readSnapshot } from '../../src/snapshot.ts'
import type { Facts } from '../../src/verdict.ts'
import type { Source } from '../../src/verification.ts'
import type { Time } from './time.ts'

/** In ms: as 30 days, but so short that a story sees it. */
export const LONGEST = 9000
export const PROJECT = { uuid: 'p', slug: 'p' }

type Key = { current: string; isAwaited: boolean; revoked: boolean; expiration: number; old: Old | null }
type Old = { hash: string; started: number; grace: number; firstUsed: number | null; ends: number }

/** One key as the tables hold it, its changes as the triggers tell them, and when each secret was good. */
export function createRotationDatabase(time: Time, firstSecret: string, lifetime: number) {
  const key: Key = { current: firstSecret, isAwaited: false, revoked: false, expiration: lifetime, old: null }
  const changes: { xid: number; hash: string }[] = []
  let xid = 100

  const endOf = (hash: string): number => {
    if (key.revoked) return 0
    if (hash === key.current) return key.expiration
    return key.old?.hash === hash ? Math.min(key.expiration, key.old.ends) : 0
  }
  /** From when on a secret has an end, for each of its ends: the time of the change, and the end. */
  const ends = new Map<string, { at: number; end: number }[]>()
  const note = (hash: string) => ends.set(hash, [...(ends.get(hash) ?? []), { at: time.now(), end: endOf(hash) }])
  note(firstSecret)

  /** A transaction, which is told for each secret that the key had or has. */
  const change = (apply: () => void) => {
    const before = [key.current, key.old?.hash]
    apply()
    xid += 1
    for (const hash of new Set([...before, key.current, key.old?.hash])) {
      if (hash === undefined) continue
      changes.push({ xid, hash })
      note(hash)
    }
  }
  const isOpen = () => key.old !== null && key.old.ends > time.now()

  /** False where it is refused. */
  const rotate = (hash: string, { grace, replace }: { grace: number; replace: boolean }): boolean => {
    if (key.revoked || key.expiration <= time.now() || (isOpen() && !replace)) return false
    const kept = isOpen() && key.old?.firstUsed === null ? key.old.hash : key.current
    change(() => {
      key.old = { hash: kept, started: time.now(), grace, firstUsed: null, ends: time.now() + LONGEST }
      key.current = hash
      key.isAwaited = true
    })
    return true
  }
  const end = (): boolean => {
    const { old } = key
    if (!isOpen() || !old) return false
    change(() => {
      old.ends = time.now()
    })
    return true
  }
  const revoke = () => change(() => void Object.assign(key, { revoked: true }))
  const renew = (expiration: number) => change(() => void Object.assign(key, { expiration }))
  /** As `record_first_key_use` does. */
  const recordFirstUse = (hashes: string[]) => {
    const { old } = key
    if (!key.isAwaited || !hashes.includes(key.current)) return
    change(() => {
      key.isAwaited = false
      if (!old) return
      old.firstUsed = time.now()
      old.ends = Math.min(old.ends, time.now() + old.grace)
    })
  }

  const origin = (): Origin => {
    const snapshot = readSnapshot(`${xid + 1}:${xid + 1}:`)
    if (!snapshot) throw new Error('The snapshot must be one of a primary.')
    return { system: 'one', timeline: 1, epoch: 'one', snapshot }
  }
  const secretOf = (hash: string): Facts['secret'] => {
    if (hash === key.current) return key.isAwaited ? 'new' : 'current'
    return Math.min(key.expiration, key.old?.ends ?? 0) <= time.now() ? 'ended' : 'old'
  }
  const factsOf = (hash: string): Facts | null => {
    if (hash !== key.current && hash !== key.old?.hash) return null
    const expiration = hash === key.current ? key.expiration : Math.min(key.expiration, key.old?.ends ?? 0)
    const common = { uuid: 'k', name: 'ci', project: PROJECT, projectDeleted: null, settings: PLAIN }
    return { ...common, expiration, revoked: key.revoked ? 1 : null, secret: secretOf(hash) }
  }
  const readKey = (hash: string) => ({ origin: origin(), facts: factsOf(hash) })
  const readFeed = (since: Parameters<Source['readFeed']>[0]) => ({
    origin: origin(),
    horizon: null,
    changes: changes
      .filter((each) => since !== null && BigInt(each.xid) >= since.xmax)
      .map(({ hash }) => ({ hash, project: null, age: 0 })),
  })
  return { key, ends, rotate, end, revoke, renew, recordFirstUse, readKey, readFeed }
}

export type RotationDatabase = ReturnType<typeof createRotationDatabase>

type Window = { since: number; began: number; over: number }

/**
 * What a call may be told, by what the database said at some time from `since` until the call was `over`: yes if it had
 * said that the secret ends after the call `began`, and a refusal if it had said that it ends before the call was over.
 */
export function mayBeTold(ends: RotationDatabase['ends'], hash: string, { since, began, over }: Window) {
  const steps = ends.get(hash) ?? []
  const known = steps.filter(({ at }, n) => at <= over && (steps[n + 1]?.at ?? Number.POSITIVE_INFINITY) >= since)
  const isNew = (steps[0]?.at ?? Number.POSITIVE_INFINITY) > since
  return { yes: known.some(({ end }) => end > began), no: isNew || known.some(({ end }) => end <= over) }
}
