import { cp, mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { migrate } from '@project-keys/keys'
import { execute, freshDatabase } from '@project-keys/keys/test'

const MIGRATIONS = join(import.meta.dirname, '../../../prisma/migrations')
const FIRST = ['20261124220000_init', '20261124223000_accounts', '20261124233000_verification']

/** The database of the first release, as its own server filled it. */
export async function firstRelease() {
  const database = await freshDatabase({ migrated: false })
  const folder = await mkdtemp(join(tmpdir(), 'first-release-'))
  for (const name of FIRST) await cp(join(MIGRATIONS, name), join(folder, name), { recursive: true })
  await migrate({ url: database.url, folder })
  await rm(folder, { recursive: true })
  await execute(database.url, await readFile(join(import.meta.dirname, 'upgrade/0.1.0.sql'), 'utf8'))
  return database
}
