import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'

export const MIGRATIONS = join(import.meta.dirname, '../../../../prisma/migrations')

export type Migration = {
  name: string
  sql: string
  /** Of the text with the line ends of Unix, and of Windows, because a checkout may have either. */
  checksums: string[]
  /** The newest migration of the oldest code that may run beside this one; null if older code may not. */
  oldest: string | null
}

/** All migrations of a folder, in their order. */
export async function readMigrations(folder: string): Promise<Migration[]> {
  const entries = await readdir(folder, { withFileTypes: true })
  const names = entries.filter((entry) => entry.isDirectory()).map(({ name }) => name)
  return Promise.all(
    names.sort().map(async (name) => {
      const sql = (await readFile(join(folder, name, 'migration.sql'), 'utf8')).replaceAll('\r\n', '\n')
      const oldest = await readFile(join(folder, name, 'oldest-code'), 'utf8').catch(() => null)
      const checksums = [sql, sql.replaceAll('\n', '\r\n')].map(checksumOf)
      return { name, sql, checksums, oldest: oldest?.trim() ?? null }
    }),
  )
}

/** The names of all migrations, in their order. */
export const migrationNames = async (): Promise<string[]> => (await readMigrations(MIGRATIONS)).map(({ name }) => name)

export const checksumOf = (sql: string) => createHash('sha256').update(sql).digest('hex')
