import type { Clock } from './clock.ts'

const TICK = 1000 // ms
/** A key in use is written once in so many ticks, and at the tick after its first use. */
const ROUND = 50 // ticks
/** The most keys in one statement, so that no write holds up the database, or this process, for long. */
const BATCH = 1000
/** The most keys that are counted. So many gather only while the database takes no writes. */
const LIMIT = 1_000_000

/**
 * How a key was used since the last write; `used` is the time of the latest call, in ms. The old secret of a rotation is
 * counted apart (`isOld`).
 */
export type Use = { uuid: string; isOld: boolean; calls: number; used: number; address: string | null }
export type WriteUses = (uses: Use[]) => Promise<void>
/** The use of a key while it is counted. A key that was not used for a round is forgotten. */
export type CountedUse = Use & { forgotten: boolean }
/** A cached key knows where its use is counted, because that saves a lookup a call. */
type KeyInUse = {
  readonly yes: { readonly key: { readonly uuid: string } }
  readonly isOld: boolean
  use: CountedUse | null
}

/**
 * Counts in memory how keys are used, and writes it, so that no call waits for it. The first use of a key is written at
 * the next tick. After that, the key has a place in the round, so that later writes are spread over it and no tick has
 * many. A crash loses what was not written yet: a minute at most.
 */
export function createUsageCounter(clock: Clock, writeUses: WriteUses) {
  const counted = new Map<string, CountedUse>()
  const round = Array.from({ length: ROUND }, (): CountedUse[] => [])
  let firstUses: CountedUse[] = []
  let filling = 0
  let ticked = tickOf(clock)
  let failure: string | null = null
  let stopped = false
  let cancel = () => {}
  let tick = Promise.resolve()

  const record = (cached: KeyInUse, now: number, address: string | undefined) => {
    if (!cached.use || cached.use.forgotten) cached.use = find(cached)
    const { use } = cached
    if (!use) return
    use.calls += 1
    use.used = now
    if (address !== undefined) use.address = address
  }
  const find = ({ yes, isOld }: KeyInUse): CountedUse | null => {
    const { uuid } = yes.key
    return counted.get(nameOf({ uuid, isOld })) ?? (counted.size < LIMIT ? add(uuid, isOld) : null)
  }
  const add = (uuid: string, isOld: boolean): CountedUse => {
    const use = { uuid, isOld, calls: 0, used: 0, address: null, forgotten: false }
    counted.set(nameOf(use), use)
    firstUses.push(use)
    return use
  }
  const forget = (use: CountedUse) => {
    use.forgotten = true
    counted.delete(nameOf(use))
  }

  /** The keys of the places that time has passed since the last tick, without those that were not used since. */
  const takeDue = (): CountedUse[] => {
    const now = tickOf(clock)
    const from = Math.max(ticked, now - ROUND)
    ticked = now
    return Array.from({ length: now - from }, (_, n) => (from + n) % ROUND).flatMap((place) => {
      const [used, unused] = split(round[place] ?? [])
      unused.forEach(forget)
      round[place] = used
      return used
    })
  }
  /** Fills one place after the other, because a few keys are cheaper in one statement than in many. */
  const enterRound = (use: CountedUse) => {
    // While so many keys come and go, their place is needed for counts.
    if (counted.size > LIMIT / 2 && use.calls === 0) return forget(use)
    const most = Math.max(BATCH, Math.ceil(counted.size / ROUND))
    while ((round[filling]?.length ?? 0) >= most) filling = (filling + 1) % ROUND
    round[filling]?.push(use)
  }

  const writeDue = async () => {
    const first = firstUses
    firstUses = []
    const written = await writeAll([...first, ...takeDue()])
    first.slice(0, written).forEach(enterRound)
    firstUses = [...first.slice(written), ...firstUses]
  }
  /** Writes one batch after the other, up to the first that fails. Returns how many keys were written. */
  const writeAll = async (uses: CountedUse[]): Promise<number> => {
    for (let from = 0; from < uses.length; from += BATCH) {
      if (!(await writeBatch(uses.slice(from, from + BATCH)))) return from
    }
    return uses.length
  }
  const writeBatch = async (batch: CountedUse[]): Promise<boolean> => {
    const uses = batch.map(({ uuid, isOld, calls, used, address }): Use => ({ uuid, isOld, calls, used, address }))
    for (const use of batch) use.calls = 0
    try {
      await writeUses(uses)
      failure = null
      return true
    } catch (error) {
      failure = error instanceof Error ? error.message : String(error)
      batch.forEach((use, n) => {
        use.calls += uses[n]?.calls ?? 0
      })
      return false
    }
  }

  const keepWriting = () => {
    if (stopped) return
    cancel = clock.after(TICK - (clock.monotonic() % TICK), () => {
      tick = writeDue().finally(keepWriting)
    })
  }
  /** Resolves after a last write. */
  const stop = async () => {
    stopped = true
    cancel()
    await tick
    const [used] = split([...counted.values()])
    await writeAll(used)
  }
  /** `failure`: why the latest write failed. Its counts are kept for a later one. */
  return { record, keepWriting, stop, failure: () => failure }
}

/** The name under which a use is counted. */
const nameOf = ({ uuid, isOld }: Pick<Use, 'uuid' | 'isOld'>) => (isOld ? `old ${uuid}` : uuid)

const tickOf = (clock: Clock) => Math.floor(clock.monotonic() / TICK)

/** Those that were used since they were last written, and the others. */
function split(uses: CountedUse[]): [CountedUse[], CountedUse[]] {
  return [uses.filter(({ calls }) => calls > 0), uses.filter(({ calls }) => calls === 0)]
}
