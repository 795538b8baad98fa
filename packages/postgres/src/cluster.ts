import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { chown, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { commandOf } from './processes.ts'
import type { Programs, SystemUser } from './programs.ts'

/** The paths of an embedded database's parts, all in one folder. */
export type Cluster = { data: string; passwordFile: string; logFile: string }
export type Address = { host: string; port: number }

const FOLDER_PREFIX = 'project-keys-'

export const clusterIn = (folder: string): Cluster => ({
  data: join(folder, 'postgres'),
  passwordFile: join(folder, 'postgres.password'),
  logFile: join(folder, 'postgres.log'),
})

/** Creates the database's files, once. They get their name when they are complete, so a crash leaves no half of them. */
export async function initialise(cluster: Cluster, programs: Programs) {
  const version = (await readable(join(cluster.data, 'PG_VERSION')))?.trim()
  if (version) return refuseOtherVersion(cluster, { version, major: programs.major })
  const unfinished = `${cluster.data}.new`
  await rm(unfinished, { recursive: true, force: true })
  await mkdir(unfinished, { mode: 0o700 })
  if (programs.user) await chown(unfinished, programs.user.uid, programs.user.gid)

  const password = randomBytes(24).toString('base64url')
  await writeFile(cluster.passwordFile, password, { mode: 0o600 })
  const forInitdb = await temporaryFolder(programs.user)
  try {
    const copy = join(forInitdb, 'password')
    await writeFile(copy, password, { mode: 0o600 })
    if (programs.user) await chown(copy, programs.user.uid, programs.user.gid)
    await initdb(programs, unfinished, copy)
  } finally {
    await rm(forInitdb, { recursive: true, force: true })
  }
  await rename(unfinished, cluster.data)
}

/** PostgreSQL reads no files of another major version, and has no way to say what to do. */
function refuseOtherVersion({ data }: Cluster, { version, major }: { version: string; major: string }) {
  if (version === major) return
  throw new Error(
    `The database in ${data} is of PostgreSQL ${version}, and this release brings PostgreSQL ${major}: write a backup with the release that you used before (pnpm run backup FILE), set DATA_DIR to a new folder, and restore it there with this one (pnpm run restore FILE). Copy secret-key into the new folder.`,
  )
}

/**
 * The collations are PostgreSQL's own and ICU's, which are the same on every machine. The system's locale only tells
 * pg_trgm which characters are letters. `C` always exists, but knows only ASCII letters, so it comes last.
 */
async function initdb(programs: Programs, data: string, passwordFile: string) {
  const locales = ['--encoding=UTF8', '--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8']
  const access = ['--auth=scram-sha-256', '--username=keys', `--pwfile=${passwordFile}`]
  let errors = ''
  for (const letters of ['C.UTF-8', 'en_US.UTF-8', 'C']) {
    const args = ['-D', data, ...access, ...locales, `--lc-ctype=${letters}`, '--no-instructions']
    const result = await finished(programs, 'initdb', args)
    if (result.code === 0) return
    errors = result.errors
  }
  throw new Error(`PostgreSQL cannot create the database's files in ${dirname(data)}: ${errors.trim()}`)
}

/** The pid file of the PostgreSQL that runs, or ran, on these files; null after a clean stop. */
export async function readPidFile(cluster: Cluster) {
  const text = await readable(join(cluster.data, 'postmaster.pid'))
  if (!text) return null
  const [pid, , , port, sockets, host] = text.split('\n')
  return { pid: Number(pid), port: Number(port), host: sockets || host || '127.0.0.1', text }
}

/** Stops a PostgreSQL whose owner is gone. Only the holder of the folder's lock may call it. */
export async function stopOrphan(cluster: Cluster, programs: Programs) {
  const left = await readPidFile(cluster)
  if (!left) return
  if (commandOf(left.pid)?.includes(cluster.data)) await stopFast(cluster, programs)
  else await disownPid(cluster, left.text)
  if (basename(left.host).startsWith(FOLDER_PREFIX)) await rm(left.host, { recursive: true, force: true })
}

export async function stopFast(cluster: Cluster, programs: Programs) {
  const args = ['stop', '-D', cluster.data, '-t', '20', '-m']
  const { code } = await finished(programs, 'pg_ctl', [...args, 'fast'])
  if (code !== 0) await finished(programs, 'pg_ctl', [...args, 'immediate'])
}

/**
 * A stale postmaster.pid may hold the pid of another program by now, and then PostgreSQL would refuse to start. It takes
 * the pid of its own parent for stale, so we write ours. Without the file, PostgreSQL could not detect server processes
 * that were left behind.
 */
const disownPid = (cluster: Cluster, text: string) =>
  writeFile(join(cluster.data, 'postmaster.pid'), text.replace(/^.*/, String(process.pid)))

/** A Unix socket in a folder of its own or, on Windows, a free local port. */
export async function newAddress(user: SystemUser | null): Promise<Address> {
  if (process.platform !== 'win32') return { host: await temporaryFolder(user), port: 5432 }
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const address = probe.address()
  await new Promise((closed) => probe.close(closed))
  if (typeof address === 'string' || !address)
    throw new Error('PostgreSQL needs a free port, and there is none: end a program that listens.')
  return { host: '127.0.0.1', port: address.port }
}

export async function dropAddress({ host }: Address) {
  if (host.includes(FOLDER_PREFIX)) await rm(host, { recursive: true, force: true })
}

export async function urlOf(cluster: Cluster, { host, port }: Address) {
  const password = (await readable(cluster.passwordFile))?.trim()
  if (!password)
    throw new Error(
      `${cluster.passwordFile} is missing, and the database cannot be opened without it: put it back from a backup.`,
    )
  const location = host.startsWith('/')
    ? `localhost:${port}/postgres?host=${encodeURIComponent(host)}`
    : `${host}:${port}/postgres`
  return `postgresql://keys:${encodeURIComponent(password)}@${location}`
}

/** Uses /tmp if it must: a socket's path holds at most 107 bytes, and the server's user may not enter root's folder. */
async function temporaryFolder(user: SystemUser | null) {
  const parent = user || tmpdir().length > 70 ? '/tmp' : tmpdir()
  const folder = await mkdtemp(join(parent, FOLDER_PREFIX))
  if (user) await chown(folder, user.uid, user.gid)
  return folder
}

async function finished(programs: Programs, program: 'initdb' | 'pg_ctl', args: string[]) {
  const child = programs.spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
  let errors = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const [code] = await once(child, 'close')
  return { code, errors }
}

const readable = (path: string) => readFile(path, 'utf8').catch(() => null)
