import { open, stat } from 'node:fs/promises'
import { DatabaseSync } from 'node:sqlite'
import { pathToFileURL } from 'node:url'

/** The columns that Bencher v0.6.12 has in the tables that have a place here, in alphabetical order. */
const TABLES = {
  user: 'admin created email id locked modified name slug uuid',
  organization: 'created deleted id license modified name slug uuid',
  organization_role: 'created id modified organization_id role user_id',
  project: 'created deleted id modified name organization_id slug url uuid visibility',
  project_role: 'created id modified project_id role user_id',
  project_key: 'creation creator_id expiration id key_hash name project_id revoked uuid',
  user_key: 'creation expiration id key_hash name revoked user_id uuid',
  token: 'creation expiration id jwt name revoked user_id uuid',
}
/** The last change that Bencher v0.6.12 made to its tables. */
const SCHEMA = '20260718120000'
const MAGIC = 'SQLite format 3\0'
/** The first 100 bytes of a file describe it (SQLite's file format, section 1.3). */
const HEADER = 100

/** A file that nothing writes any more. `isUnchanged` tells whether that was still so when it was asked. */
export type BencherFile = { db: DatabaseSync; isUnchanged: () => Promise<boolean>; close: () => void }

/**
 * Opens the SQLite file of a Bencher server, without writing to it or beside it.
 * @throws an Error for people if it is being written, cut, damaged, no such file, or of another version
 */
export async function openBencherFile(path: string): Promise<BencherFile> {
  await refuseOpen(path)
  const before = await fingerprint(path)
  const header = await readHeader(path)
  refuseCut(path, header, before.size)
  // SQLite would otherwise look for files beside it, and might make some.
  const url = pathToFileURL(path)
  url.search = 'immutable=1'
  const db = new DatabaseSync(url, { readOnly: true })
  try {
    refuseDamage(path, db)
    refuseOtherVersion(path, db)
  } catch (error) {
    db.close()
    throw error
  }
  const isUnchanged = async () => JSON.stringify(await fingerprint(path)) === JSON.stringify(before)
  return { db, isUnchanged, close: () => db.close() }
}

/** A log is there as long as a server has the file open; a journal, as long as it holds a change. */
async function refuseOpen(path: string) {
  const log = await stat(`${path}-wal`).catch(() => null)
  const journal = await stat(`${path}-journal`).catch(() => null)
  const beside = log ? `${path}-wal` : journal && journal.size > 0 ? `${path}-journal` : null
  if (beside === null) return
  throw new Error(
    `${path} is being written, or its server did not end well: ${beside} may hold changes that are not in it yet. Stop Bencher, copy the database by \`sqlite3 ${path} "VACUUM INTO 'copy.db'"\`, and import the copy.`,
  )
}

async function fingerprint(path: string) {
  const found = await stat(path).catch((cause: unknown) => {
    throw new Error(`There is no file ${path} that can be read.`, { cause })
  })
  if (!found.isFile()) throw new Error(`${path} is not a file: name the SQLite file of Bencher.`)
  return { size: found.size, changed: found.mtimeMs, inode: found.ino }
}

async function readHeader(path: string): Promise<Buffer> {
  await using file = await open(path).catch((cause: unknown) => {
    throw new Error(`${path} cannot be read: check its rights.`, { cause })
  })
  const { buffer, bytesRead } = await file.read(Buffer.alloc(HEADER), 0, HEADER, 0)
  if (bytesRead < HEADER || buffer.toString('latin1', 0, MAGIC.length) !== MAGIC) {
    throw new Error(`${path} is no SQLite database: name the file that Bencher's \`database\` setting names.`)
  }
  return buffer
}

/** The header tells the size of a page, and how many there are. */
function refuseCut(path: string, header: Buffer, size: number) {
  const pageSize = header.readUInt16BE(16) === 1 ? 65_536 : header.readUInt16BE(16)
  const whole = header.readUInt32BE(28) * pageSize
  if (size < whole) throw new Error(`${path} is cut: it has ${size} of ${whole} bytes. Copy it again.`)
}

function refuseDamage(path: string, db: DatabaseSync) {
  const damage = (cause: unknown) => new Error(`${path} is damaged (${String(cause)}). Copy it again.`, { cause })
  try {
    const [first] = db.prepare('PRAGMA quick_check(1)').all()
    if (first?.quick_check !== 'ok') throw first?.quick_check
  } catch (cause) {
    throw damage(cause instanceof Error ? cause.message : cause)
  }
}

function refuseOtherVersion(path: string, db: DatabaseSync) {
  const other = (found: string) =>
    new Error(
      `${path} is not the database of a Bencher v0.6.12 server: ${found}. Start that version once on a copy of it, and import the copy.`,
    )
  if (columnsOf(db, '__diesel_schema_migrations') === '') throw other('it has no table __diesel_schema_migrations')
  for (const [table, columns] of Object.entries(TABLES)) {
    const found = columnsOf(db, table)
    if (found === '') throw other(`it has no table ${table}`)
    if (found !== columns) throw other(`its table ${table} has the columns ${found}, and not ${columns}`)
  }
  const [latest] = db.prepare('SELECT max(version) AS version FROM __diesel_schema_migrations').all()
  if (latest?.version !== SCHEMA) throw other(`its last migration is ${latest?.version}, and not ${SCHEMA}`)
}

const columnsOf = (db: DatabaseSync, table: string): string =>
  db
    .prepare('SELECT name FROM pragma_table_info(?) ORDER BY name')
    .all(table)
    .map(({ name }) => name)
    .join(' ')
