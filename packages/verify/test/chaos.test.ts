import { expect, test } from 'vitest'
import { execute } from '../../keys/test/database.ts'
import { STALENESS_BOUND } from '../src/freshness.ts'
import { sharedClock } from './chaos/clock.ts'
import { type SeededKey, seedKeys } from './chaos/keys.ts'
import { startVerifying } from './chaos/processes.ts'
import { startServer } from './chaos/server.ts'
import { sleep } from './world.ts'

const KEYS = 240
const REVOKE_EVERY = 80 // ms

// Windows cannot stop a process and continue it.
test.skipIf(process.platform === 'win32')(
  'three processes never accept a revoked key late, whatever is done to them and to the database',
  async () => {
    const server = await startServer()
    const keys = await seedKeys(server.url, KEYS)
    const texts = keys.map(({ key }) => key)
    const processes = await Promise.all([1, 2, 3].map(() => startVerifying(server.url, texts)))
    const [first, second] = processes

    const revoked = new Map<string, number>()
    let calm = false
    const revoking = revokeAll(server.url, keys, revoked, () => calm)

    await sleep(1000)
    for (let n = 0; n < 3; n++) {
      await server.cutConnections()
      await sleep(400)
    }
    first?.signal('SIGSTOP')
    await sleep(1700)
    first?.signal('SIGCONT')
    await sleep(300)
    await server.freezeBackends(700)
    await server.freezeBackends(1600)
    await sleep(300)
    second?.signal('SIGSTOP')
    await server.freezeBackends(1300)
    second?.signal('SIGCONT')
    await sleep(300)
    await server.freezeAll(2600)
    await sleep(500)
    await server.end('SIGINT')
    await sleep(2000)
    await server.end('SIGQUIT')
    await sleep(2500)
    calm = true
    await revoking
    await sleep(STALENESS_BOUND + 500)

    const reports = await Promise.all(processes.map(({ report }) => report()))
    const late = reports.flatMap(({ lastYes }) =>
      [...revoked].filter(([key, acknowledged]) => (lastYes.get(key) ?? 0) > acknowledged + STALENESS_BOUND),
    )
    expect(late).toEqual([])
    // Otherwise nothing was tried, or nothing works any more.
    expect(revoked.size).toBeGreaterThan(40)
    for (const { counts } of reports) {
      expect(counts.get('cache')).toBeGreaterThan(10_000)
      expect(counts.get('refused')).toBeGreaterThan(1000)
      expect(counts.get('fresh')).toBe(1)
    }
  },
  60_000,
)

/** The last 40 keys are not revoked, to show that good keys stay accepted. */
async function revokeAll(url: string, keys: SeededKey[], revoked: Map<string, number>, isCalm: () => boolean) {
  for (const { uuid, key } of keys.slice(0, -40)) {
    // A revocation that was not acknowledged is tried again, as people would.
    while (!revoked.has(key) && !isCalm()) {
      await execute(url, 'UPDATE project_keys SET revoked = now() WHERE uuid = $1', [uuid]).then(
        () => revoked.set(key, sharedClock()),
        () => sleep(50),
      )
    }
    await sleep(REVOKE_EVERY)
    if (isCalm()) return
  }
}
