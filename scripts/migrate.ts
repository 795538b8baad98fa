import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { messageOf } from '../apps/api/src/process/start-faults.ts'
import { migrate } from '../packages/keys/src/database/migrate.ts'
import { startEmbedded } from '../packages/postgres/src/index.ts'

const ROOT = join(import.meta.dirname, '..')
const USAGE = 'Usage: pnpm migrate NAME, such as pnpm migrate key_labels, after a change of prisma/schema.prisma'

/** Writes a new folder in prisma/migrations: the step from the existing migrations to the current schema. */
async function author(name: string) {
  await using ends = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'keys-migrate-'))
  ends.defer(() => rm(folder, { recursive: true, force: true }))
  // As root, PostgreSQL runs as another user, who must be able to reach its files.
  await chmod(folder, 0o755)
  const { url, stop } = await startEmbedded({ folder, log: console.error })
  ends.defer(stop)
  await migrate({ url })

  const args = ['migrate', 'dev', '--create-only', '--name', name]
  const env = { ...process.env, DATABASE_URL: url }
  const prisma = spawn(process.execPath, [join(ROOT, 'node_modules/prisma/build/index.js'), ...args], {
    cwd: ROOT,
    env,
    stdio: 'inherit',
  })
  const [code] = await once(prisma, 'exit')
  if (code !== 0) throw new Error('Prisma wrote no migration: see above.')
}

try {
  const [name = '', ...more] = process.argv.slice(2)
  if (!/^\w+$/.test(name) || more.length > 0) throw new Error(USAGE)
  await author(name)
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
