import { execFileSync } from 'node:child_process'
import { cpSync, mkdtempSync, readdirSync, symlinkSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import { migrate } from '../../keys/src/database/migrate.ts'
import { execute, freshDatabase } from '../../keys/test/database.ts'
import { STALENESS_BOUND } from '../src/freshness.ts'
import { sharedClock } from './chaos/clock.ts'
import { seedKeys } from './chaos/keys.ts'
import { startVerifying } from './chaos/processes.ts'
import { sleep } from './world.ts'

/** The last commit whose library read the feed by number. */
const COMMIT = '54f90ec'
const PACKAGE = join(import.meta.dirname, '..')
const MIGRATIONS = join(PACKAGE, '../../prisma/migrations')
const CHANGE_FEED = '20261128170000_change_feed'

const hasHistory = () => {
  try {
    execFileSync('git', ['cat-file', '-e', `${COMMIT}:packages/verify`], { cwd: PACKAGE, stdio: 'ignore' })
    return true
  } catch {
    return false
  }
}

/** The program of that commit that verifies keys until its input ends. */
function oldProgram(): string {
  const folder = mkdtempSync(join(tmpdir(), 'old-library-'))
  onTestFinished(() => rm(folder, { recursive: true }))
  const archive = execFileSync('git', ['archive', COMMIT, 'src', 'test/chaos', 'package.json'], {
    cwd: PACKAGE,
    maxBuffer: 1 << 25,
  })
  execFileSync('tar', ['-x', '-C', folder], { input: archive })
  symlinkSync(join(PACKAGE, 'node_modules'), join(folder, 'node_modules'))
  return join(folder, 'test/chaos/verifying-process.ts')
}

async function migrateUntilFeed(url: string) {
  const folder = mkdtempSync(join(tmpdir(), 'migrations-'))
  for (const name of readdirSync(MIGRATIONS).filter((name) => /^\d/.test(name) && name < CHANGE_FEED))
    cpSync(join(MIGRATIONS, name), join(folder, name), { recursive: true })
  await migrate({ url, folder })
  await rm(folder, { recursive: true })
}

test.skipIf(process.platform === 'win32' || !hasHistory())(
  `the library of commit ${COMMIT} fails closed beside the migrated database, and its usage is written`,
  async () => {
    const { url } = await freshDatabase({ migrated: false })
    await migrateUntilFeed(url)
    const keys = await seedKeys(url, 30)
    const old = await startVerifying(
      url,
      keys.map(({ key }) => key),
      oldProgram(),
    )
    const acknowledged = new Map<string, number>()
    const revoke = async (count: number) => {
      for (const { uuid, key } of keys.filter(({ key }) => !acknowledged.has(key)).slice(0, count)) {
        await execute(url, 'UPDATE project_keys SET revoked = now() WHERE uuid = $1', [uuid])
        acknowledged.set(key, sharedClock())
      }
    }
    await sleep(1000)
    await revoke(5)
    await migrate({ url })
    const migrated = sharedClock()
    await revoke(5)
    await sleep(2 * STALENESS_BOUND)
    const { lastYes, counts } = await old.report()

    for (const { key } of keys) {
      expect(lastYes.get(key)).toBeLessThanOrEqual(
        Math.min(acknowledged.get(key) ?? migrated, migrated) + STALENESS_BOUND,
      )
    }
    expect(counts.get('memory')).toBeGreaterThan(1000)
    expect(counts.get('errors')).toBeGreaterThan(100)
    const [row] = await execute(url, 'SELECT sum(calls)::int AS calls FROM project_key_calls')
    expect(row?.calls).toBe((counts.get('memory') ?? 0) + (counts.get('database') ?? 0))
  },
)
